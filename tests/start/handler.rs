//! `Login`, as a handler returns it: with a provider's name, with a page of its own, and for clients of every kind.

use axum::{
    Router,
    http::{Method, header},
    routing::get,
};
use axum_streamlit_auth::{AuthLayer, Login};
use serde_json::Value;

use crate::support::{Browser, Mode, ORIGIN, Page, Provider, Visit, app_with, two_providers};

struct Scene {
    one: Provider,
    two: Provider,
    browser: Browser,
}

impl Scene {
    async fn new() -> Self {
        let (one, two) = (Provider::start().await, Provider::start().await);
        let auth = AuthLayer::from_toml(&two_providers(&one, &two).toml()).unwrap();
        let routes = Router::new()
            .route("/two", get(|| async { Login::with("two") }))
            .route(
                "/next",
                get(|| async { Login::with("one").next("/me?a=1") }),
            )
            .route(
                "/away",
                get(|| async { Login::with("one").next("//evil.example") }),
            )
            .route("/unknown", get(|| async { Login::with("three") }))
            .route("/any", get(|| async { Login::default().next("/report") }))
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

    /// Where the whole login ends that begins at `path`.
    async fn landing(&mut self, path: &str) -> String {
        // A third login within a minute would be taken for a circle.
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
async fn a_login_goes_to_its_provider_and_comes_back_to_its_page() {
    let mut scene = Scene::new().await;
    for (path, landed, logins) in [
        ("/two", "/two", [0, 1]),
        ("/next", "/me?a=1", [1, 1]),
        ("/away", "/", [2, 1]),
    ] {
        assert_eq!(scene.landing(path).await, landed);
        let counts = [&scene.one, &scene.two].map(|provider| provider.count("token"));
        assert_eq!(counts, logins, "{path}");
    }
}

#[tokio::test]
async fn a_provider_that_is_not_configured_starts_no_login() {
    let mut scene = Scene::new().await;
    let page = scene.step(|visit| visit, "/unknown").await;
    assert_eq!((page.status.as_u16(), page.set_cookies()), (404, vec![]));
}

/// Where several could be meant, the visitor chooses, and is still led to the page.
#[tokio::test]
async fn a_login_of_any_provider_is_the_choice() {
    let mut scene = Scene::new().await;
    let page = scene.step(|visit| visit, "/any").await;
    assert_eq!(page.status.as_u16(), 303);
    assert_eq!(page.location(), Some("/auth/login?next=%2Freport"));
}

/// Whoever cannot show a page is told where the login would be.
#[tokio::test]
async fn scripts_are_told_the_login_of_that_provider_and_page() {
    let mut scene = Scene::new().await;
    for (path, login) in [
        ("/two", "/auth/login/two?next=%2Ftwo"),
        ("/next", "/auth/login/one?next=%2Fme%3Fa%3D1"),
        ("/away", "/auth/login/one"),
        ("/unknown", "/auth/login?next=%2Funknown"),
        ("/any", "/auth/login?next=%2Freport"),
    ] {
        let page = scene.step(|visit| visit.mode(Mode::Cors), path).await;
        assert_eq!(page.status.as_u16(), 401);
        assert_eq!(
            page.header(header::CONTENT_TYPE.as_str()),
            Some("application/problem+json")
        );
        let body: Value = serde_json::from_str(&page.text()).unwrap();
        assert_eq!(body["login"], login);

        let head = scene.step(|visit| visit.method(Method::HEAD), path).await;
        assert_eq!((head.status.as_u16(), head.location()), (303, Some(login)));
        assert_eq!(head.set_cookies(), [""; 0]);
    }
}
