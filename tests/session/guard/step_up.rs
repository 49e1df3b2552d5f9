//! Guards that require a recent or strong login of a logged-in user.

use std::time::Duration;

use axum::{
    Router,
    extract::Request,
    routing::{get, post},
};
use axum_streamlit_auth::{AuthLayer, User, require_login};
use serde_json::{Map, Value, json};

use support::{Browser, Clock, Mode, ORIGIN, Page, Provider, Visit, secrets, two_providers};

pub(super) struct Setup {
    pub(super) provider: Provider,
    pub(super) browser: Browser,
    clock: Clock,
}

/// The app with guards that require an age, an `acr`, or both.
fn routes(auth: AuthLayer) -> Router {
    let echo = |user: User, request: Request| async move {
        let path = request.uri().path_and_query().unwrap().to_string();
        format!("{} at {path}", user.subject().unwrap())
    };
    let fresh = require_login().fresh(Duration::from_secs(300));
    let strong = require_login().acr("gold").acr("platinum urn:x:y");
    Router::new()
        .route("/fresh", get(echo).post(echo))
        .route_layer(fresh.clone())
        .merge(
            Router::new()
                .route("/strong", get(echo))
                .route_layer(strong),
        )
        .merge(
            Router::new()
                .route("/both", get(echo))
                .route_layer(fresh.acr("gold")),
        )
        .merge(
            Router::new()
                .route("/split", get(echo))
                .route_layer(require_login().acr("silver"))
                .route_layer(require_login().acr("gold")),
        )
        .merge(
            Router::new()
                .route("/admin", get(echo))
                .route_layer(require_login().claim("groups", "none").acr("gold")),
        )
        .merge(
            Router::new()
                .route("/instant", get(echo))
                .route_layer(require_login().fresh(Duration::ZERO)),
        )
        .route("/form", post(echo))
        .route(
            "/",
            get(|user: User| async move { user.subject().unwrap_or("nobody").to_owned() }),
        )
        .layer(auth)
}

impl Setup {
    pub(super) async fn new() -> Self {
        Self::with_secrets("").await
    }

    async fn with_secrets(line: &str) -> Self {
        let provider = Provider::start().await;
        let clock = Clock::at_system_time();
        let auth = clock.layer(&secrets(&provider).auth(line).toml());
        Self {
            browser: Browser::new(routes(auth), ORIGIN),
            provider,
            clock,
        }
    }

    /// Logs ada in with this `acr`. The user authenticated `age` seconds ago.
    pub(super) async fn log_in(&mut self, age: u64, acr: &str) {
        let auth_time = self.clock.now() - age;
        self.provider.set(|f| {
            f.claims.set("auth_time", auth_time);
            f.claims.set("acr", acr);
        });
        assert_eq!(self.browser.get("/auth/login").await.text(), "ada");
        self.provider.clear_faults();
        self.provider.forget_requests();
    }

    pub(super) async fn step(&mut self, path: &str) -> Page {
        let visit = Visit::get(self.browser.url(path));
        self.browser.step(visit).await
    }

    pub(super) fn assert_still_logged_in(&self, page: &Page) {
        let touched = page.set_cookies();
        assert!(
            !touched
                .iter()
                .any(|cookie| cookie.contains("_streamlit_user")),
            "{touched:?}"
        );
    }
}

#[tokio::test]
async fn recent_and_strong_login_is_admitted() {
    for (path, age, acr, is_admitted) in [
        ("/fresh", 0, "1", true),
        ("/fresh", 360, "1", true),
        ("/fresh", 361, "gold", false),
        ("/strong", 9999, "gold", true),
        ("/strong", 9999, "platinum", true),
        ("/strong", 9999, "urn:x:y", true),
        ("/strong", 0, "silver", false),
        ("/strong", 0, "platinum urn:x:y", false),
        ("/both", 300, "gold", true),
        ("/both", 300, "1", false),
        ("/both", 400, "gold", false),
        ("/instant", 119, "1", true),
        ("/instant", 121, "1", false),
    ] {
        let mut setup = Setup::new().await;
        setup.log_in(age, acr).await;
        let page = setup.step(path).await;
        let status = if is_admitted { 200 } else { 303 };
        assert_eq!(page.status, status, "{path} {age} {acr}: {page:?}");
    }
}

/// The user goes to the provider, which asks for a password again, and returns to the page.
#[tokio::test]
async fn old_login_is_renewed_and_returns_to_page() {
    let mut setup = Setup::new().await;
    setup.log_in(3600, "1").await;

    let page = setup.browser.get("/fresh?a=1&b=2").await;

    assert_eq!(page.text(), "ada at /fresh?a=1&b=2", "{page:?}");
    let [asked] = &setup.provider.requests("authorize")[..] else {
        panic!("one login")
    };
    assert_eq!(asked.parameter("max_age"), Some("300"));
    // The user is known, so the provider does not have to offer a choice.
    assert_eq!(asked.parameter("prompt"), None);
    assert_eq!(setup.provider.violations(), [""; 0]);
    // Opening the same page again needs no login.
    assert_eq!(setup.step("/fresh").await.status, 200);
}

#[tokio::test]
async fn weak_login_is_upgraded_and_returns_to_page() {
    let mut setup =
        Setup::with_secrets("client_kwargs = { acr_values = \"1\", prompt = \"consent\" }").await;
    setup.log_in(0, "1").await;

    let page = setup.browser.get("/strong").await;

    assert_eq!(page.text(), "ada at /strong", "{page:?}");
    let asked = setup.provider.requests("authorize").remove(0);
    assert_eq!(asked.parameter("acr_values"), Some("gold platinum urn:x:y"));
    assert_eq!(asked.parameter("prompt"), Some("consent"));
    assert_eq!(asked.parameter("max_age"), None);
}

/// RFC 9470, section 3. The link in the body starts a login with the same requirements.
#[tokio::test]
async fn script_receives_challenge_and_login_url() {
    for (path, challenge, members) in [
        ("/fresh", r#", max_age="300""#, json!({"max_age": 300})),
        (
            "/strong",
            r#", acr_values="gold platinum urn:x:y""#,
            json!({"acr_values": "gold platinum urn:x:y"}),
        ),
        (
            "/both",
            r#", acr_values="gold", max_age="300""#,
            json!({"acr_values": "gold", "max_age": 300}),
        ),
    ] {
        let mut setup = Setup::new().await;
        setup.log_in(3600, "1").await;

        let page = setup.browser.fetch(path).await;

        assert_eq!(page.status, 401, "{page:?}");
        let error = "insufficient_user_authentication";
        let start = format!("Cookie realm=\"login\", error=\"{error}\"");
        assert_eq!(page.header("www-authenticate"), Some(&*(start + challenge)));
        let body = page.json();
        assert_eq!(
            (&body["error"], &body["status"]),
            (&json!(error), &json!(401))
        );
        for name in ["max_age", "acr_values"] {
            assert_eq!(body[name], members[name], "{body}");
        }
        let link = body["login"].as_str().unwrap().to_owned() + "&next=" + path;
        let page = setup.browser.click(&link).await;
        assert_eq!(page.text(), format!("ada at {path}"), "{page:?}");
        let asked = setup.provider.requests("authorize").remove(0);
        let sent = asked.parameter("max_age").map(str::to_owned);
        assert_eq!(
            sent,
            members["max_age"]
                .as_u64()
                .map(|seconds| seconds.to_string())
        );
    }
}

#[tokio::test]
async fn frame_receives_link_to_new_window() {
    let mut setup = Setup::new().await;
    setup.log_in(3600, "1").await;
    let visit = Visit::get(setup.browser.url("/fresh")).mode(Mode::Frame);
    let page = setup.browser.step(visit).await;
    assert_eq!(page.status, 401, "{page:?}");
    assert!(page.text().contains("href=\"/fresh\""), "{page:?}");
    assert_eq!(setup.provider.count("authorize"), 0);
}

/// A further login does not help a user who is not admitted.
#[tokio::test]
async fn condition_is_checked_before_step_up() {
    let mut setup = Setup::new().await;
    setup.log_in(3600, "1").await;
    assert_eq!(setup.step("/admin").await.status, 403);
    assert_eq!(setup.browser.fetch("/admin").await.status, 403);
    assert_eq!(setup.provider.count("authorize"), 0);
}

/// The claims remain in the identity, even if `claims` does not list them.
#[tokio::test]
async fn claims_list_keeps_authentication_claims() {
    let mut setup = Setup::with_secrets("claims = [\"name\"]").await;
    setup.log_in(10, "gold").await;
    assert_eq!(setup.step("/both").await.status, 200);
}

/// Only the provider knows how the user authenticated.
#[tokio::test]
async fn sign_in_hook_cannot_change_authentication_claims() {
    let provider = Provider::start().await;
    let clock = Clock::at_system_time();
    for forged in [false, true] {
        let hook = move |mut claims: Map<String, Value>| async move {
            claims.shift_remove("auth_time");
            claims.shift_remove("acr");
            if forged {
                claims.insert("acr".to_owned(), "gold".into());
                claims.insert("auth_time".to_owned(), 9_999_999_999_u64.into());
            }
            Ok(claims)
        };
        let auth = clock.layer(&secrets(&provider).toml()).on_sign_in(hook);
        let mut browser = Browser::new(routes(auth), ORIGIN);
        for (age, acr, status) in [(10, "gold", 200), (10, "1", 303), (3600, "gold", 303)] {
            let auth_time = clock.now() - age;
            provider.set(|f| {
                f.claims.set("auth_time", auth_time);
                f.claims.set("acr", acr);
            });
            browser.jar.clear();
            assert_eq!(browser.get("/auth/login").await.text(), "ada");
            let page = browser.step(Visit::get(browser.url("/both"))).await;
            assert_eq!(page.status, status, "{forged} {age} {acr}: {page:?}");
        }
    }
}

/// The further login uses the provider of the first login.
#[tokio::test]
async fn step_up_uses_provider_of_identity() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let clock = Clock::at_system_time();
    let auth = clock.layer(&two_providers(&one, &two).toml());
    let mut browser = Browser::new(routes(auth), ORIGIN);
    let old = clock.now() - 3600;
    two.set(|f| f.claims.set("auth_time", old));
    assert_eq!(browser.get("/auth/login/two").await.text(), "ada");
    two.clear_faults();

    let page = browser.get("/fresh").await;

    assert_eq!(page.text(), "ada at /fresh", "{page:?}");
    assert_eq!((one.count("authorize"), two.count("authorize")), (0, 2));
}
