//! `Debug` and `Display` of every public type.

use axum::{Router, routing::get};
use axum_streamlit_auth::{
    AuthLayer, LoggedIn, Login, LoginRequired, Logout, MissingAuthLayer, User, require_login,
};
use serde_json::json;
use tower::Layer;

use support::{Clock, ORIGIN, signed, text, with_cookies};

const CANARY: &str = "canary-3e9d-0a7b-44c1-9f52";

fn toml() -> String {
    signed::toml(CANARY, ORIGIN)
        .replace("a-secret", CANARY)
        .replace("\"app\"", "\"the-client\"")
        + &format!(
            "cookie_secrets_old = [\"{CANARY}-old\"]\n[auth.two]\nclient_id = \"b\"\nclient_secret = \"{CANARY}\"\nserver_metadata_url = \"https://idp.example/.well-known/openid-configuration\"\n"
        )
}

#[test]
fn debug_of_layer_shows_no_secret() {
    let layer = AuthLayer::from_toml(&toml()).unwrap();
    let guard = require_login().claim("groups", CANARY).when(|_| true);
    let shown = [
        format!("{layer:?}"),
        format!("{layer:#?}"),
        format!("{:?}", layer.layer("inner")),
        format!("{guard:?}"),
        format!("{:?}", guard.layer("inner")),
        format!(
            "{:?}",
            Router::<()>::new()
                .route("/", get(|| async {}))
                .route_layer(guard)
                .layer(layer)
        ),
    ];
    for shown in shown {
        assert!(!shown.contains("canary"), "{shown}");
    }
    let layer = AuthLayer::from_toml(&toml()).unwrap();
    let shown = format!("{layer:?}");
    assert!(
        shown.contains("redirect_uri") && shown.contains("two"),
        "what helps is there: {shown}"
    );
}

#[tokio::test]
async fn debug_of_extractors_shows_no_claim() {
    async fn show(user: User, LoggedIn(same): LoggedIn, optional: Option<LoggedIn>) -> String {
        let tokens = user.tokens().clone();
        format!(
            "{user:?} {user:#?} {:?} {optional:?} {tokens:?} {tokens:#?} {:?}",
            LoggedIn(same),
            user.tokens()
        )
    }
    async fn refused(result: Result<LoggedIn, LoginRequired>) -> String {
        result.map_or_else(
            |refusal| format!("{refusal:?} {refusal} {refusal:#?}"),
            |_| String::new(),
        )
    }
    let layer = Clock::at(1_790_000_000).layer(&toml());
    let app = Router::new()
        .route("/show", get(show))
        .route("/refused", get(refused))
        .layer(layer);
    let claims = signed::identity_text(json!({"sub": CANARY, "email": CANARY, "list": [CANARY]}));
    let tokens = format!(r#"{{"id_token": "{CANARY}", "access_token": "{CANARY}"}}"#);
    let cookie = |name: &str, text: &str| {
        format!("{name}={}", signed::sign(CANARY, name, text, 1_790_000_000))
    };
    let both = format!(
        "{}; {}",
        cookie("_streamlit_user", &claims),
        cookie("_streamlit_user_tokens", &tokens)
    );
    let shown = text(with_cookies(&app, "/show", &both).await).await;
    assert!(
        shown.contains("is_logged_in: true") && shown.contains("[redacted]"),
        "{shown}"
    );
    assert!(!shown.contains("canary"), "{shown}");
    for cookies in ["", "_streamlit_user=canary"] {
        let shown = text(with_cookies(&app, "/refused", cookies).await).await;
        assert!(
            shown.contains("LoginRequired") && !shown.contains("canary"),
            "{shown}"
        );
    }
}

#[test]
fn debug_of_responses_is_readable() {
    assert_eq!(
        format!("{:?}", Login::new().provider("google").return_to("/x")),
        r#"Login { provider: Some("google"), return_to: Some("/x"), options: {} }"#
    );
    assert_eq!(format!("{:?}", Logout::new()), "Logout");
    assert_eq!(format!("{MissingAuthLayer:?}"), "MissingAuthLayer");
}
