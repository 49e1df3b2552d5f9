//! `Login` as the response of a handler: with a provider, with a return path, and for each kind of
//! request.

use axum::{
    Router,
    http::{Method, header},
    routing::get,
};
use axum_streamlit_auth::{AuthLayer, Login};
use serde_json::Value;

use support::{Browser, Mode, ORIGIN, Page, Provider, Visit, app_with, two_providers};

struct Setup {
    one: Provider,
    two: Provider,
    browser: Browser,
}

impl Setup {
    async fn new() -> Self {
        let (one, two) = (Provider::start().await, Provider::start().await);
        let auth = AuthLayer::from_toml(&two_providers(&one, &two).toml()).unwrap();
        let routes = Router::new()
            .route("/two", get(|| async { Login::new().provider("two") }))
            .route(
                "/next",
                get(|| async { Login::new().provider("one").return_to("/me?a=1") }),
            )
            .route(
                "/away",
                get(|| async { Login::new().provider("one").return_to("//evil.example") }),
            )
            .route("/unknown", get(|| async { Login::new().provider("three") }))
            .route("/any", get(|| async { Login::new().return_to("/report") }))
            .layer(auth.clone());
        Self {
            browser: Browser::new(app_with(auth).merge(routes), ORIGIN),
            one,
            two,
        }
    }

    async fn step(&mut self, change: impl FnOnce(Visit) -> Visit, path: &str) -> Page {
        let visit = Visit::get(self.browser.url(path));
        self.browser.step(change(visit)).await
    }

    /// Returns the location at the end of the login that starts at `path`.
    async fn landing(&mut self, path: &str) -> String {
        // A third login within a minute would be reported as a redirect loop.
        self.browser.jar.clear();
        let mut page = self.step(|visit| visit, path).await;
        while page.url.path() != "/oauth2callback" {
            let next = page.next().unwrap_or_else(|| panic!("{page:?}"));
            page = self.browser.step(next).await;
        }
        page.location().unwrap().to_owned()
    }
}

#[tokio::test]
async fn login_response_selects_named_provider() {
    let mut setup = Setup::new().await;
    for (path, landed, logins) in [
        ("/two", "/two", [0, 1]),
        ("/next", "/me?a=1", [1, 1]),
        ("/away", "/", [2, 1]),
    ] {
        assert_eq!(setup.landing(path).await, landed);
        let counts = [&setup.one, &setup.two].map(|provider| provider.count("token"));
        assert_eq!(counts, logins, "{path}");
    }
}

#[tokio::test]
async fn unknown_provider_does_not_start_login() {
    let mut setup = Setup::new().await;
    let page = setup.step(|visit| visit, "/unknown").await;
    assert_eq!((page.status.as_u16(), page.set_cookies()), (404, vec![]));
}

/// With several providers, the user selects one and still returns to the page.
#[tokio::test]
async fn login_without_provider_shows_sign_in_page() {
    let mut setup = Setup::new().await;
    let page = setup.step(|visit| visit, "/any").await;
    assert_eq!(page.status.as_u16(), 303);
    assert_eq!(page.location(), Some("/auth/login?next=%2Freport"));
}

/// A client that cannot show a page receives the URL of the login.
#[tokio::test]
async fn fetch_receives_login_url_of_provider() {
    let mut setup = Setup::new().await;
    for (path, login) in [
        ("/two", "/auth/login/two?next=%2Ftwo"),
        ("/next", "/auth/login/one?next=%2Fme%3Fa%3D1"),
        ("/away", "/auth/login/one"),
        ("/unknown", "/auth/login?next=%2Funknown"),
        ("/any", "/auth/login?next=%2Freport"),
    ] {
        let page = setup.step(|visit| visit.mode(Mode::Cors), path).await;
        assert_eq!(page.status.as_u16(), 401);
        assert_eq!(
            page.header(header::CONTENT_TYPE.as_str()),
            Some("application/problem+json")
        );
        let body: Value = serde_json::from_str(&page.text()).unwrap();
        assert_eq!(body["login"], login);

        let head = setup.step(|visit| visit.method(Method::HEAD), path).await;
        assert_eq!((head.status.as_u16(), head.location()), (303, Some(login)));
        assert_eq!(head.set_cookies(), [""; 0]);
    }
}
