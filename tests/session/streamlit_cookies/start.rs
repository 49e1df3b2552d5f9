//! `/auth/login?provider=<JWT>`: a login started by the front end of a Streamlit app.

use std::time::{Duration, SystemTime};

use axum::http::{StatusCode, header};
use axum_streamlit_auth::AuthLayer;
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{
    SECRET, TIME,
    app::{app, jwt, request},
};

#[tokio::test]
async fn streamlit_login_token_selects_its_provider() {
    let provider = support::Provider::start().await;
    let secrets = support::secrets(&provider)
        .cookie_secret(SECRET)
        .provider("second", &provider);
    let auth = AuthLayer::from_toml(&secrets.toml())
        .unwrap()
        .with_clock(|| SystemTime::UNIX_EPOCH + Duration::from_secs(TIME));
    let app = app(&auth);
    let location = async |token: &str| {
        let uri = format!("/auth/login?provider={token}");
        let response = app.clone().oneshot(request(&uri, "")).await.unwrap();
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        response.headers()[header::LOCATION]
            .to_str()
            .unwrap()
            .to_owned()
    };
    let token = |payload: Value| jwt(SECRET, r#"{"typ":"JWT","alg":"HS256"}"#, &payload);

    for name in ["default", "second"] {
        // The clock of the Streamlit app may be off by a minute.
        for exp in [TIME - 59, TIME + 120, TIME + 180] {
            let good = location(&token(json!({ "provider": name, "exp": exp }))).await;
            assert!(good.contains("client_id"), "{good}");
        }
    }
    let long = |letters: usize| {
        let mut tokens = (0..letters).flat_map(|more| {
            let payload =
                json!({ "provider": "default", "exp": TIME + 120, "more": "x".repeat(more) });
            [r#"{"alg":"HS256"}"#, r#"{"alg": "HS256"}"#]
                .map(|header| jwt(SECRET, header, &payload))
        });
        tokens.find(|token| token.len() == letters)
    };
    let longest = location(&long(1000).unwrap()).await;
    assert!(longest.contains("client_id"), "{longest}");
    let payload = json!({ "provider": "default", "exp": TIME + 120 });
    for bad in [
        long(1001).unwrap(),
        token(json!({ "provider": "default", "exp": TIME - 60 })),
        token(json!({ "provider": "default", "exp": TIME + 181 })),
        token(json!({ "provider": "default", "exp": true })),
        token(json!({ "provider": "default" })),
        token(json!({ "provider": "", "exp": TIME + 120 })),
        token(json!({ "provider": 1, "exp": TIME + 120 })),
        jwt(
            "U5tG1eK9oN3xB7iQ2wM8rC6zV4lP0yHd",
            r#"{"alg":"HS256"}"#,
            &payload,
        ),
        jwt(SECRET, r#"{"alg":"none"}"#, &payload),
        token(payload.clone()) + "x",
        token(payload.clone())
            .rsplit_once('.')
            .unwrap()
            .0
            .to_owned()
            + ".",
        String::new(),
        "a.b.c".to_owned(),
    ] {
        assert_eq!(location(&bad).await, "/", "{bad}");
    }
}

/// Streamlit calls its only provider `default`. With several named providers, the user selects one.
#[tokio::test]
async fn streamlit_default_login_shows_sign_in_page() {
    let provider = support::Provider::start().await;
    let secrets = support::two_providers(&provider, &provider).cookie_secret(SECRET);
    let clock = || SystemTime::UNIX_EPOCH + Duration::from_secs(TIME);
    let auth = AuthLayer::from_toml(&secrets.toml())
        .unwrap()
        .with_clock(clock);
    for (name, status) in [("default", 200), ("two", 303), ("nobody", 404)] {
        let payload = json!({ "provider": name, "exp": TIME + 120 });
        let token = jwt(SECRET, r#"{"alg":"HS256"}"#, &payload);
        let uri = format!("/auth/login?provider={token}");
        let response = app(&auth).oneshot(request(&uri, "")).await.unwrap();
        assert_eq!(response.status(), status, "{name}");
        let page = support::text(response).await;
        assert_eq!(
            page.contains("/auth/login/one"),
            name == "default",
            "{page}"
        );
    }
}
