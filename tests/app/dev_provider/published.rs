//! Cookies that are signed with a published secret are not accepted.

use axum::{
    body::Body,
    http::{Request, header::COOKIE, header::HOST},
};
use axum_streamlit_auth::{AuthLayer, TestUser};
use serde_json::json;
use tower::ServiceExt;

use super::{app, text};
use support::{
    COOKIE_SECRET,
    signed::{IDENTITY, identity_text, sign, toml},
};

const PUBLISHED: &str = "public-development-secret-for-loopback-only";
const COMMITTED: &str = include_str!("../../../.streamlit/secrets.toml");
const TIME: u64 = 1_790_000_000;

fn at_that_time(auth: AuthLayer) -> AuthLayer {
    auth.with_clock(|| std::time::UNIX_EPOCH + std::time::Duration::from_secs(TIME + 1))
}

async fn home(auth: &AuthLayer, cookie: &str) -> String {
    let request = Request::get("/")
        .header(HOST, "localhost:8501")
        .header(COOKIE, cookie)
        .body(Body::empty());
    text(app(auth).oneshot(request.unwrap()).await.unwrap()).await
}

/// An identity cookie for ada at localhost:8501, signed with `secret`.
fn forged(secret: &str) -> String {
    let text = identity_text(json!({ "sub": "ada", "name": "ada" }));
    format!("{IDENTITY}={}", sign(secret, IDENTITY, &text, TIME))
}

#[tokio::test]
async fn published_secret_cannot_forge_identity() {
    let provider = |secret: &str| AuthLayer::from_toml(&toml(secret, "http://localhost:8501"));
    let old = COMMITTED.replace(
        &format!("cookie_secret = \"{PUBLISHED}\""),
        &format!("cookie_secret = \"{COOKIE_SECRET}\"\ncookie_secrets_old = [\"{PUBLISHED}\"]"),
    );
    assert!(old.contains("cookie_secrets_old"));
    for (name, auth) in [
        ("dev()", AuthLayer::dev()),
        (
            "the committed file",
            AuthLayer::from_toml(COMMITTED).unwrap(),
        ),
        ("an old secret", AuthLayer::from_toml(&old).unwrap()),
        ("a real provider", provider(PUBLISHED).unwrap()),
    ] {
        let auth = at_that_time(auth);
        assert_eq!(home(&auth, &forged(PUBLISHED)).await, "Hello, !", "{name}");
        let own = TestUser::new("ada").cookie(&auth);
        assert_eq!(home(&auth, &own).await, "Hello, ada!", "{name}");
    }
    // The same cookie, signed with a valid secret, is accepted. This proves that the forgery is
    // well-formed.
    let auth = at_that_time(provider(COOKIE_SECRET).unwrap());
    assert_eq!(home(&auth, &forged(COOKIE_SECRET)).await, "Hello, ada!");
}

#[tokio::test]
async fn variants_of_published_secret_are_mixed_too() {
    for secret in [
        "Public-Development-Secret-For-Loopback-Only",
        "public_development_secret_for_loopback_only",
        "public-development-secret-for-loopback-only-2",
        " public-development-secret-for-loopback-only ",
        "public development secret of our team",
    ] {
        let file = COMMITTED.replace(PUBLISHED, secret);
        let auth = at_that_time(AuthLayer::from_toml(&file).unwrap());
        assert_eq!(home(&auth, &forged(secret)).await, "Hello, !", "{secret}");
        let own = TestUser::new("ada").cookie(&auth);
        assert_eq!(home(&auth, &own).await, "Hello, ada!", "{secret}");
        let public = file.replace("http://localhost:8501", "https://app.example");
        assert!(AuthLayer::from_toml(&public).is_err(), "{secret}");
    }
}

/// The key is stored per computer, so that a restart and a second layer accept the same logins.
#[tokio::test]
async fn layers_on_one_machine_share_the_key() {
    let (one, two) = (AuthLayer::dev(), AuthLayer::dev());
    let cookie = TestUser::new("ada").cookie(&one);
    assert_eq!(home(&two, &cookie).await, "Hello, ada!");
    let file = || AuthLayer::from_toml(COMMITTED).unwrap();
    let cookie = TestUser::new("ada").cookie(&file());
    assert_eq!(home(&file(), &cookie).await, "Hello, ada!");
}

#[test]
fn published_secret_is_refused_with_streamlit() {
    for format in ["current", "tornado"] {
        let file = COMMITTED.replace(
            "[auth]\n",
            &format!("[auth]\nstreamlit_cookies = {format:?}\n"),
        );
        let error = AuthLayer::from_toml(&file).unwrap_err().to_string();
        assert!(error.contains("cookie_secret"), "{error}");
        assert!(!error.contains(PUBLISHED), "{error}");
        AuthLayer::from_toml(&file.replace(PUBLISHED, COOKIE_SECRET)).unwrap();
    }
}
