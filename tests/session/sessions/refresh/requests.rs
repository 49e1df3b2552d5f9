//! The authorization requests, which ask for refresh tokens.

use super::{App, app};

/// Scope, prompt and access type of the last authorization request.
fn asked(app: &App) -> (String, String, String) {
    let requests = app.provider.requests("authorize");
    let last = requests.last().unwrap();
    let text = |name| last.parameter(name).unwrap_or_default().to_owned();
    (text("scope"), text("prompt"), text("access_type"))
}

#[tokio::test]
async fn listed_scope_is_requested_with_consent() {
    let app = app().await;
    app.signed_in("ada").await;
    let (scope, prompt, access_type) = asked(&app);
    assert_eq!(scope, "openid profile email offline_access");
    assert_eq!(prompt, "select_account consent");
    assert_eq!(access_type, "");

    let other = App::new("").await;
    other.signed_in("ada").await;
    let (scope, prompt, _) = asked(&other);
    assert_eq!(
        (&*scope, &*prompt),
        ("openid profile email", "select_account")
    );
}
