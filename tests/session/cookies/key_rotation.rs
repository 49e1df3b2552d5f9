//! Rotation of the cookie secret without logging users out.

use axum::{
    Router,
    http::{HeaderMap, header},
};
use tracing::Level;

use super::{TIME, large};
use support::{
    Browser, COOKIE_SECRET as OLD, Clock, Cookie, Jar, Log, ORIGIN, Provider, Visit, app, app_with,
    current_user,
    jar::Context,
    secrets,
    signed::{self, IDENTITY, header as joined, identity, sign, text_of, time_of},
    text, with_cookies,
};

const NEW: &str = "nW4hB8sD1fG6jK3lQ9zX5cV7bM2pR0tYwE4uI8oA";

#[tokio::test]
async fn cookie_with_unknown_secret_is_ignored_and_kept() {
    let app = app_of(NEW, &[]);
    // `current_user` asserts that no cookie is set or cleared, because the cookie may belong to an
    // instance with the other secret.
    assert_eq!(
        current_user(&app, format!("{IDENTITY}={}", identity("ada", TIME))).await,
        "nobody"
    );
    assert_eq!(
        current_user(&app, joined(&large("ada", 3, TIME))).await,
        "nobody"
    );
}

/// The identity cookie itself is never rewritten; see tests/session/cookies/renewed.rs.
#[tokio::test]
async fn identity_with_old_secret_is_accepted_and_renewed() {
    let (rotating, after) = (app_of(NEW, &[OLD]), app_of(NEW, &[]));
    let time = TIME - 1000;
    let small = vec![(IDENTITY.to_owned(), identity("ada", time))];
    let tokens = sign(
        OLD,
        "_streamlit_user_tokens",
        r#"{"access_token":"t"}"#,
        time,
    );
    let with_tokens = [
        small.clone(),
        vec![("_streamlit_user_tokens".to_owned(), tokens)],
    ]
    .concat();
    for cookies in [small, with_tokens, large("ada", 3, time)] {
        let response = with_cookies(&rotating, "/", joined(&cookies)).await;
        let headers = response.headers().clone();
        assert_eq!(text(response).await, "ada");
        assert_eq!(headers[header::CACHE_CONTROL], "no-store");
        let mut jar = jar_after(&headers);
        assert_eq!(jar.names(), ["_streamlit_user_renewal"]);
        // The renewal expires together with the identity.
        let cookie = headers[header::SET_COOKIE].to_str().unwrap();
        assert!(cookie.contains("; Max-Age=2591000"), "{cookie}");
        let renewal = jar.header(&home(), Context::SameSite).unwrap();
        let renewed = format!("{}; {renewal}", joined(&cookies));
        assert_eq!(current_user(&rotating, &renewed).await, "ada");
        assert_eq!(current_user(&after, &renewed).await, "ada");
        assert_eq!(current_user(&after, joined(&cookies)).await, "nobody");
        assert_eq!(current_user(&after, &renewal).await, "nobody");
    }
    // A page that does not read the user does not renew the identity.
    let header = format!("{IDENTITY}={}", identity("ada", time));
    let response = with_cookies(&rotating, "/no-such-page", &header).await;
    assert!(!response.headers().contains_key(header::SET_COOKIE));
    let response = with_cookies(&rotating, "/guarded", &header).await;
    assert!(response.headers().contains_key(header::SET_COOKIE));
}

#[tokio::test]
async fn old_secret_never_signs() {
    let provider = Provider::start().await;
    let toml = secrets(&provider)
        .cookie_secret(NEW)
        .auth(&format!("cookie_secrets_old = [\"{OLD}\"]"));
    let mut browser = Browser::new(app(&toml.toml()), ORIGIN);
    assert_eq!(browser.get("/auth/login").await.text(), "ada");
    let value = browser.jar.get(IDENTITY).unwrap().value;
    assert_eq!(
        value,
        sign(NEW, IDENTITY, &text_of(&value), time_of(&value))
    );
}

#[tokio::test]
async fn login_survives_secret_rotation() {
    let provider = Provider::start().await;
    let before = app(&secrets(&provider).toml());
    let mut browser = Browser::new(before, ORIGIN);
    let start = browser.step(Visit::get(browser.url("/auth/login"))).await;
    let callback = browser.step(start.next().unwrap()).await.next().unwrap();
    let toml = secrets(&provider)
        .cookie_secret(NEW)
        .auth(&format!("cookie_secrets_old = [\"{OLD}\"]"));
    browser.serve(app(&toml.toml()), ORIGIN);
    assert_eq!(browser.follow(callback).await.text(), "ada");
    assert_eq!(provider.violations(), [""; 0]);
}

/// Streamlit's WebSocket server accepts a line of at most 8,190 bytes, of which 1,024 are reserved
/// for other cookies.
#[tokio::test]
async fn large_identity_is_logged_as_warning() {
    let provider = Provider::start().await;
    let toml = secrets(&provider).auth("provider_logout = false").toml();
    provider.sign_in_with(serde_json::json!({ "sub": "ada", "x": "y".repeat(2800) }));
    let login = async |beside: usize| {
        let mut browser = Browser::new(app(&toml), ORIGIN);
        let beside = Cookie::new(&home(), "beside", &"x".repeat(beside));
        browser.jar.plant(beside);
        let log = Log::start();
        assert_eq!(browser.get("/auth/login").await.text(), "ada");
        let logged = log.warnings();
        browser.jar.remove("_streamlit_recent_logins");
        let line = browser.jar.header(&home(), Context::SameSite).unwrap();
        (format!("Cookie: {line}").len(), logged)
    };
    // The attempt cookie is only in the header until the login finishes.
    let attempt = {
        let mut browser = Browser::new(app(&toml), ORIGIN);
        browser.step(Visit::get(browser.url("/auth/login"))).await;
        let cookie = &browser.jar.cookies()[0];
        cookie.name.len() + cookie.value.len() + "=; ".len()
    };
    let limit = 8190 - 1024 - attempt - login(0).await.0;
    for (beside, logged) in [(limit, 0), (limit + 1, 1)] {
        let (_, said) = login(beside).await;
        assert_eq!(said.len(), logged, "{said:?}");
        for (level, text) in said {
            assert_eq!(level, Level::WARN);
            assert!(text.contains("cookie_line=7167 limit=8190"), "{text}");
        }
    }
}

/// The first secret signs and all verify: [old] → [old, new] → [new, old] → [new], with two
/// instances at each step.
#[tokio::test]
async fn rolling_secret_rotation_keeps_sessions() {
    let steps = [
        app_of(OLD, &[]),
        app_of(OLD, &[NEW]),
        app_of(NEW, &[OLD]),
        app_of(NEW, &[]),
    ];
    let mut jar = Jar::default();
    jar.set_now(TIME);
    let first = identity("ada", TIME);
    jar.store(
        &home(),
        &format!("{IDENTITY}={first}; Max-Age=2592000; Path=/"),
        Context::SameSite,
    );
    for pair in steps.windows(2) {
        for _ in 0..3 {
            for app in pair {
                let header = jar.header(&home(), Context::SameSite).unwrap();
                let response = with_cookies(app, "/", header).await;
                for cookie in response.headers().get_all(header::SET_COOKIE) {
                    jar.store(&home(), cookie.to_str().unwrap(), Context::SameSite);
                }
                assert_eq!(text(response).await, "ada");
            }
        }
    }
    assert_eq!(
        current_user(&steps[3], format!("{IDENTITY}={first}")).await,
        "nobody"
    );
    // The identity cookie is still that of the login.
    assert_eq!(jar.get(IDENTITY).unwrap().value, first);
}

/// An app with a clock fixed at [`TIME`].
fn app_of(secret: &str, old: &[&str]) -> Router {
    let toml = signed::toml(secret, ORIGIN) + &format!("cookie_secrets_old = {old:?}\n");
    app_with(Clock::at(TIME).layer(&toml))
}

/// The cookie jar after this response.
fn jar_after(headers: &HeaderMap) -> Jar {
    let mut jar = Jar::default();
    jar.set_now(TIME);
    for cookie in headers.get_all(header::SET_COOKIE) {
        jar.store(&home(), cookie.to_str().unwrap(), Context::SameSite);
    }
    assert_eq!(jar.refused(), []);
    jar
}

fn home() -> url::Url {
    ORIGIN.parse().unwrap()
}
