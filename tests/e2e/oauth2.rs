//! Plain OAuth 2.0, without ID tokens: PyPI's `oidc-provider-mock`, which issues none if the scope
//! `openid` is not requested.

use std::process::Command;

use serde_json::json;

use crate::{
    app::{Address, App, binary},
    browser::Browser,
    provider::{CLIENT_SECRET, Kind, Provider},
    users::ALICE,
};

/// The keys of `[auth]` for a provider that is configured by its endpoints.
async fn secrets(provider: &Provider) -> String {
    let document = provider.discovery().await;
    let endpoint = |name: &str| document[name].clone();
    format!(
        r#"client_id = {}
client_secret = {}
authorization_endpoint = {}
token_endpoint = {}
userinfo_endpoint = {}
claims_map = {{ sub = "sub", name = "name", email = "email", email_verified = "email_verified" }}
client_kwargs = {{ scope = "profile email" }}
"#,
        json!(provider.client_id()),
        json!(CLIENT_SECRET),
        endpoint("authorization_endpoint"),
        endpoint("token_endpoint"),
        endpoint("userinfo_endpoint"),
    )
}

#[tokio::test]
async fn login_works_with_explicit_endpoints() {
    let address = Address::free();
    let origin = address.origin();
    let provider = Provider::start(Kind::Mock, &address).await;
    let app = App::start_with("hello", address, &secrets(&provider).await).await;

    let mut browser = Browser::new();
    let form = app.start_login(&mut browser).await;
    let page = provider.sign_in(&mut browser, form, "alice").await;

    assert_eq!(
        (page.status, page.url.as_str()),
        (200, app.url("/").as_str()),
        "{page:?}\n{}",
        app.log()
    );
    app.assert_logged_in_as(&mut browser, ALICE).await;
    // The provider has no logout.
    let page = app.start_logout(&mut browser).await;
    assert!(page.is_at(&origin), "{page:?}");
    app.assert_logged_out(&mut browser).await;
    app.assert_clean_log();

    let output = Command::new(binary("doctor"))
        .arg(app.secrets_file())
        .output()
        .unwrap();
    let report = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{report}");
}
