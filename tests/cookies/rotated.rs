//! Another cookie secret, and nobody has to sign in again.

use axum::{
    Router,
    http::{HeaderMap, header},
};
use tracing::Level;

use super::{
    TIME, large,
    support::{
        Browser, COOKIE_SECRET as OLD, Clock, Cookie, Jar, Log, ORIGIN, Provider, Visit, app,
        app_with,
        jar::Context,
        secrets,
        signed::{self, IDENTITY, header as joined, identity, sign, text_of, time_of},
        text, who, with_cookies,
    },
};

const NEW: &str = "nW4hB8sD1fG6jK3lQ9zX5cV7bM2pR0tYwE4uI8oA";

#[tokio::test]
async fn a090_a_value_of_an_unknown_secret_is_nobody_and_is_left_alone() {
    let app = app_of(NEW, &[]);
    // `who` asserts that nothing is set or cleared: a replica that knows the secret already may own it.
    assert_eq!(
        who(&app, format!("{IDENTITY}={}", identity("ada", TIME))).await,
        "nobody"
    );
    assert_eq!(who(&app, joined(&large("ada", 3, TIME))).await, "nobody");
}

/// The identity itself is never written again; see tests/cookies/renewed.rs.
#[tokio::test]
async fn earlier_secret_is_valid_and_renewed_beside_the_identity() {
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
        let mut jar = taken(&headers);
        assert_eq!(jar.names(), ["_streamlit_user_renewal"]);
        // It ends when the identity ends.
        let cookie = headers[header::SET_COOKIE].to_str().unwrap();
        assert!(cookie.contains("; Max-Age=2591000"), "{cookie}");
        let renewal = jar.header(&home(), Context::SameSite).unwrap();
        let renewed = format!("{}; {renewal}", joined(&cookies));
        assert_eq!(who(&rotating, &renewed).await, "ada");
        assert_eq!(who(&after, &renewed).await, "ada");
        assert_eq!(who(&after, joined(&cookies)).await, "nobody");
        assert_eq!(who(&after, &renewal).await, "nobody");
    }
    // A page that does not ask for the user renews nothing.
    let header = format!("{IDENTITY}={}", identity("ada", time));
    let response = with_cookies(&rotating, "/no-such-page", &header).await;
    assert!(!response.headers().contains_key(header::SET_COOKIE));
    let response = with_cookies(&rotating, "/guarded", &header).await;
    assert!(response.headers().contains_key(header::SET_COOKIE));
}

#[tokio::test]
async fn a090_an_earlier_secret_never_signs() {
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
async fn a090_a_login_that_began_before_the_change_ends_after_it() {
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
    assert_eq!(provider.complaints(), [""; 0]);
}

/// 8,190 bytes are the longest line that Streamlit's websocket takes; 1,024 of them are left to cookies that others set later.
#[tokio::test]
async fn the_log_warns_of_an_identity_that_leaves_less_than_a_kilobyte_of_the_line() {
    let provider = Provider::start().await;
    let toml = secrets(&provider).auth("provider_logout = false").toml();
    provider.sign_in_with(serde_json::json!({ "sub": "ada", "x": "y".repeat(2800) }));
    let login = async |beside: usize| {
        let mut browser = Browser::new(app(&toml), ORIGIN);
        let beside = Cookie::new(&home(), "beside", &"x".repeat(beside));
        browser.jar.plant(beside);
        let log = Log::start();
        assert_eq!(browser.get("/auth/login").await.text(), "ada");
        let complaints = log.complaints();
        browser.jar.remove("_streamlit_rounds");
        let line = browser.jar.header(&home(), Context::SameSite).unwrap();
        (format!("Cookie: {line}").len(), complaints)
    };
    // The attempt is in the line when the login finishes, and does not stay.
    let attempt = {
        let mut browser = Browser::new(app(&toml), ORIGIN);
        browser.step(Visit::get(browser.url("/auth/login"))).await;
        let cookie = &browser.jar.cookies()[0];
        cookie.name.len() + cookie.value.len() + "=; ".len()
    };
    let room = 8190 - 1024 - attempt - login(0).await.0;
    for (beside, complaints) in [(room, 0), (room + 1, 1)] {
        let (_, said) = login(beside).await;
        assert_eq!(said.len(), complaints, "{said:?}");
        for (level, text) in said {
            assert_eq!(level, Level::WARN);
            assert!(text.contains("cookie_line=7167 limit=8190"), "{text}");
        }
    }
}

/// The first key signs and all verify: [old] → [old, new] → [new, old] → [new], two replicas at each step.
#[tokio::test]
async fn a153_a_rolling_change_in_three_steps_signs_nobody_out() {
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
        who(&steps[3], format!("{IDENTITY}={first}")).await,
        "nobody"
    );
    // The identity is still the one that was set at the login.
    assert_eq!(jar.get(IDENTITY).unwrap().value, first);
}

/// An app that stands still at [`TIME`].
fn app_of(secret: &str, old: &[&str]) -> Router {
    let toml = signed::toml(secret, ORIGIN) + &format!("cookie_secrets_old = {old:?}\n");
    app_with(Clock::at(TIME).layer(&toml))
}

/// A browser's jar after this answer.
fn taken(headers: &HeaderMap) -> Jar {
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
