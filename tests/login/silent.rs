//! Silent logins: a visitor with a session at the provider is logged in, and everyone else gets the
//! page.

use std::time::Duration;

use axum::{
    Router,
    http::Method,
    response::{IntoResponse, Response},
    routing::get,
};
use axum_streamlit_auth::{AuthLayer, Login, SilentLogin, User};

use support::{
    Behaviour, Browser, Log, Mode, ORIGIN, Page, Provider, Visit, secrets, two_providers,
};

async fn page(user: User) -> Response {
    page_with(user, Login::silent())
}

fn page_with(user: User, silent: SilentLogin) -> Response {
    match user.subject() {
        Some(sub) => sub.to_owned().into_response(),
        None => (silent, "guest").into_response(),
    }
}

fn routes(auth: AuthLayer) -> Router {
    let named =
        |user: User| async { page_with(user, Login::silent().provider("two").login_hint("ada")) };
    let unknown = |user: User| async { page_with(user, Login::silent().provider("three")) };
    Router::new()
        .route("/", get(page).post(page))
        .route("/docs", get(page))
        .route("/named", get(named))
        .route("/unknown", get(unknown))
        .route("/always", get(|| async { (Login::silent(), "always") }))
        .layer(auth)
}

async fn setup(line: &str) -> (Provider, Browser) {
    let provider = Provider::start().await;
    let toml = secrets(&provider).auth(line).toml();
    let mut browser = Browser::new(routes(AuthLayer::from_toml(&toml).unwrap()), ORIGIN);
    browser.jar.stop_clock();
    (provider, browser)
}

/// Asserts that the response is the page for guests, without a redirect.
fn assert_guest(page: &Page) {
    assert_eq!(
        (page.status.as_u16(), page.text().as_str()),
        (200, "guest"),
        "{page:?}"
    );
}

#[tokio::test]
async fn visitor_with_provider_session_is_logged_in() {
    let (provider, mut browser) = setup("").await;

    let page = browser.get("/docs?page=2").await;

    assert_eq!(
        (page.path(), page.text().as_str()),
        ("/docs?page=2", "ada"),
        "{page:?}"
    );
    let asked = provider.requests("authorize").remove(0);
    assert_eq!(asked.parameter("prompt"), Some("none"));
    assert_eq!(provider.violations(), [""; 0]);
    assert_eq!(browser.get("/").await.text(), "ada");
    assert_eq!(provider.count("authorize"), 1);
}

/// Every error that means "the provider would have to show a page", and a refused account.
#[tokio::test]
async fn declined_silent_login_is_not_repeated_at_once() {
    for error in [
        "login_required",
        "interaction_required",
        "consent_required",
        "account_selection_required",
        "access_denied",
    ] {
        let (provider, mut browser) = setup("").await;
        provider.set(|f| f.deny(error, "AADSTS50058: no session"));
        let log = Log::start();

        let page = browser.get("/docs?page=2").await;

        assert_guest(&page);
        assert_eq!(page.path(), "/docs?page=2", "{error}");
        assert_eq!(log.warnings(), [], "{error}");
        for path in ["/", "/docs"] {
            assert_guest(&browser.get(path).await);
        }
        assert_eq!(provider.count("authorize"), 1, "{error}");
        let names = browser.jar.names();
        assert!(
            !names.iter().any(|name| name.contains("_login_")),
            "{names:?}"
        );

        provider.clear_faults();
        browser.jar.advance(Duration::from_secs(599));
        assert_guest(&browser.get("/").await);
        browser.jar.advance(Duration::from_secs(1));
        assert_eq!(browser.get("/").await.text(), "ada", "{error}");
    }
}

/// The app may reject the user, as at any login. There is no error page, because the visitor did
/// not start the login.
#[tokio::test]
async fn visitor_who_is_not_admitted_gets_page() {
    for (line, claim, value) in [
        ("allow = { emails = [\"bob@example.org\"] }", "x", "x"),
        ("client_kwargs = { max_age = 60 }", "auth_time", "1"),
        ("client_kwargs = { acr_values = \"gold\" }", "acr", "silver"),
    ] {
        let (provider, mut browser) = setup(line).await;
        let value: serde_json::Value = value.parse().unwrap_or_else(|_| value.into());
        provider.set(|f| f.claims.set(claim, value));
        let page = browser.get("/").await;
        assert_guest(&page);
        assert_eq!((page.hops.len(), provider.count("token")), (4, 1), "{line}");
    }
}

/// Only a navigation that arrives at the app is delayed. After a logout, the user stays logged out.
#[tokio::test]
async fn only_arriving_navigation_starts_silent_login() {
    let (provider, mut browser) = setup("").await;
    let visit = || Visit::get(browser.url("/"));
    let elsewhere = "https://portal.example/".parse().unwrap();
    let own_page = browser.url("/docs");
    let requests = [
        ("click in the app", visit().started_by(own_page.clone())),
        ("script", visit().mode(Mode::Cors).started_by(own_page)),
        ("frame", visit().mode(Mode::Frame)),
        ("image", visit().mode(Mode::NoCors)),
        ("prefetch", visit().header("sec-purpose", "prefetch")),
        ("HEAD", visit().method(Method::HEAD)),
        ("form", Visit::post(browser.url("/"), &[("a", "b")])),
        (
            "other site's frame",
            visit().mode(Mode::Frame).started_by(elsewhere),
        ),
    ];
    for (name, visit) in requests {
        browser.jar.clear();
        let page = browser.step(visit).await;
        assert_eq!(
            (page.status.as_u16(), page.location()),
            (200, None),
            "{name}"
        );
        assert!(name == "HEAD" || page.text() == "guest", "{name}: {page:?}");
    }
    browser.modern = false;
    assert_guest(&browser.get("/").await);
    assert_eq!(provider.all_requests().len(), 0);

    browser.modern = true;
    browser.jar.clear();
    let link = Visit::get(browser.url("/")).started_by("https://portal.example/".parse().unwrap());
    assert_eq!(browser.follow(link).await.text(), "ada");
}

#[tokio::test]
async fn user_stays_logged_out_after_logout() {
    let (provider, mut browser) = setup("provider_logout = false").await;
    assert_eq!(browser.get("/").await.text(), "ada");
    browser.jar.advance(Duration::from_secs(700));
    provider.forget_requests();

    assert_guest(&browser.post("/auth/logout", &[]).await);
    // The user reloads the page, or types its address.
    assert_guest(&browser.get("/").await);
    assert_eq!(provider.all_requests().len(), 0);
}

/// The page for guests does not depend on the provider.
#[tokio::test]
async fn page_is_shown_if_silent_login_cannot_start() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let toml = two_providers(&one, &two).toml();
    let mut browser = Browser::new(routes(AuthLayer::from_toml(&toml).unwrap()), ORIGIN);
    two.set(|f| f.discovery = Behaviour::Html(500));
    for (path, reason) in [
        ("/", "several providers"),
        ("/unknown", "unknown provider"),
        ("/named", "provider_status"),
    ] {
        browser.jar.clear();
        let log = Log::start();
        assert_guest(&browser.get(path).await);
        let warnings = log.warnings();
        assert!(
            warnings.last().unwrap().1.contains(reason),
            "{path}: {warnings:?}"
        );
    }
    two.clear_faults();
    browser.serve(routes(AuthLayer::from_toml(&toml).unwrap()), ORIGIN);
    browser.jar.clear();
    assert_eq!(browser.get("/named").await.text(), "ada");
    let asked = two.requests("authorize").remove(0);
    assert_eq!(asked.parameter("login_hint"), Some("ada"));
}

/// The clock of the runtime is paused, so that the timeout passes without waiting.
#[tokio::test(start_paused = true)]
async fn slow_provider_does_not_delay_page() {
    let (provider, mut browser) = setup("").await;
    provider.set(|f| f.discovery = Behaviour::Hang);
    let start = tokio::time::Instant::now();
    assert_guest(&browser.get("/").await);
    assert!(start.elapsed() < Duration::from_secs(2));
}

/// A fault is shown once. The page itself stays reachable.
#[tokio::test]
async fn provider_fault_shows_error_page_once() {
    let (provider, mut browser) = setup("").await;
    for (error, reason) in [
        ("invalid_request", "request_refused"),
        ("server_error", "provider_error"),
    ] {
        browser.jar.clear();
        provider.set(|f| f.deny(error, ""));
        let page = browser.get("/").await;
        assert!(page.text().contains(reason), "{page:?}");
        assert_guest(&browser.get("/").await);
        provider.clear_faults();
    }
}

/// A browser that keeps no cookies gets an error page with a link to the page of the app.
#[tokio::test]
async fn browser_without_cookies_reaches_page() {
    let (provider, mut browser) = setup("").await;
    provider.set(|f| f.deny("login_required", ""));
    let mut page = browser.step(Visit::get(browser.url("/"))).await;
    while let Some(next) = page.next() {
        browser.jar.clear();
        page = browser.step(next).await;
    }
    assert!(page.status.is_client_error(), "{page:?}");
    browser.jar.clear();
    assert_guest(&browser.click("/").await);
    assert_eq!(provider.count("authorize"), 1);
}

#[tokio::test]
async fn logged_in_user_causes_no_silent_login() {
    let (provider, mut browser) = setup("").await;
    browser.get("/auth/login").await;
    browser.jar.advance(Duration::from_secs(700));
    provider.forget_requests();
    let page = browser.get("/always").await;
    assert_eq!(
        (page.status.as_u16(), page.text().as_str()),
        (200, "always")
    );
    assert_eq!(provider.all_requests().len(), 0);
}
