//! Cookies of the crate and cookies of the app in one response.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::header,
    response::IntoResponse,
    routing::get,
};
use axum_streamlit_auth::{AuthLayer, Login, User};
use futures_util::stream;

use super::{TIME, app, large};
use support::{
    Browser, COOKIE_SECRET, Clock, ORIGIN, Provider, app_with, current_user, secrets,
    signed::{self, IDENTITY, header as joined, identity},
    with_cookies,
};

#[tokio::test]
async fn app_cookies_and_bodies_are_untouched() {
    const NEW: &str = "nW4hB8sD1fG6jK3lQ9zX5cV7bM2pR0tYwE4uI8oA";
    let toml = signed::toml(NEW, ORIGIN) + &format!("cookie_secrets_old = [\"{COOKIE_SECRET}\"]");
    let auth = Clock::at(TIME).layer(&toml);
    let own = || [(header::SET_COOKIE, "theme=dark; Path=/")];
    let streamed = move |user: User| async move {
        let parts = ["one ", "two ", user.get_str("sub").unwrap_or_default()]
            .map(|part| Ok::<_, std::io::Error>(part.to_owned()));
        (
            own(),
            [(header::CACHE_CONTROL, "max-age=60")],
            Body::from_stream(stream::iter(parts)),
        )
    };
    let app = Router::new()
        .route("/stream", get(streamed))
        .route(
            "/login",
            get(move || async move { (own(), Login::new().into_response()) }),
        )
        .layer(auth);
    let header = format!("{IDENTITY}={}", identity("ada", TIME));
    let response = with_cookies(&app, "/stream", header).await;
    let set: Vec<_> = response
        .headers()
        .get_all(header::SET_COOKIE)
        .iter()
        .map(|set| set.to_str().unwrap().to_owned())
        .collect();
    assert_eq!((set.len(), &*set[0]), (2, "theme=dark; Path=/"));
    assert!(set[1].starts_with("_streamlit_user_renewal=2|"));
    // A page with user data must not be cached, whatever the app sets.
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    assert_eq!(
        to_bytes(response.into_body(), 100).await.unwrap(),
        "one two ada"
    );

    let provider = Provider::start().await;
    let auth = AuthLayer::from_toml(&secrets(&provider).toml()).unwrap();
    let login = Router::new()
        .route(
            "/login",
            get(move || async move { (own(), Login::new().into_response()) }),
        )
        .layer(auth);
    let mut browser = Browser::new(login, ORIGIN);
    browser.get("/login").await;
    assert_eq!(browser.jar.get("theme").unwrap().value, "dark");
}

/// A limit of sessions without server-side state: a copied cookie is valid until it expires or the
/// secret changes.
#[tokio::test]
async fn copied_cookie_expires_or_ends_with_secret() {
    let (app, clock) = app();
    let copy = joined(&large("ada", 2, TIME));
    let response = with_cookies(&app, "/auth/logout", &copy).await;
    assert_eq!(
        response
            .headers()
            .get_all(header::SET_COOKIE)
            .iter()
            .count(),
        3
    );
    assert_eq!(current_user(&app, &copy).await, "ada");
    clock.advance(2_592_001);
    assert_eq!(current_user(&app, &copy).await, "nobody");
    let changed = Clock::at(TIME).layer(&signed::toml("U5tG1eK9oN3xB7iQ2wM8rC6zV4lP0yHd", ORIGIN));
    assert_eq!(current_user(&app_with(changed), &copy).await, "nobody");
    let day = signed::toml(COOKIE_SECRET, ORIGIN) + "cookie_days = 1\n";
    assert_eq!(
        current_user(&app_with(Clock::at(TIME + 86_401).layer(&day)), &copy).await,
        "nobody"
    );
}
