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

/// A limitation of sessions without server-side state: a copied cookie is valid until it expires or
/// the secret changes.
#[tokio::test]
async fn copied_cookie_is_valid_until_expiry_or_new_secret() {
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

/// `revoked_before` ends a copied cookie without a new secret. Logins after that time are not
/// affected.
#[tokio::test]
async fn revocation_ends_earlier_logins() {
    // `TIME` is 2026-09-21T14:13:20Z.
    for (datetime, user) in [
        ("2026-09-21T14:13:19Z", "ada"),
        ("2026-09-21T14:13:20Z", "ada"),
        ("2026-09-21T16:13:20+02:00", "ada"),
        ("2026-09-21T14:13:21Z", "nobody"),
        ("2026-09-21T16:13:21+02:00", "nobody"),
        ("\"2026-09-21 14:13:21z\"", "nobody"),
    ] {
        let line = format!("revoked_before = {datetime}\n");
        let toml = signed::toml(COOKIE_SECRET, ORIGIN) + &line;
        let clock = Clock::at(TIME + 3600);
        let app = app_with(clock.layer(&toml));
        let copy = joined(&large("ada", 2, TIME));
        assert_eq!(current_user(&app, &copy).await, user, "{datetime}");
        let later = joined(&large("bob", 2, TIME + 1));
        assert_eq!(current_user(&app, &later).await, "bob", "{datetime}");
        // Guards reject it as well, and a logout still removes its cookies.
        let guarded = with_cookies(&app, "/guarded", &copy).await;
        assert_eq!(guarded.status() == 200, user == "ada", "{datetime}");
        let logout = with_cookies(&app, "/auth/logout", &copy).await;
        let removed = logout.headers().get_all(header::SET_COOKIE).iter();
        assert_eq!(removed.count(), 3);
    }
}

/// A renewal with a new secret keeps the time of the login.
#[tokio::test]
async fn revocation_ends_renewed_login() {
    const NEW: &str = "U5tG1eK9oN3xB7iQ2wM8rC6zV4lP0yHd";
    let old = format!("cookie_secrets_old = [{COOKIE_SECRET:?}]\n");
    let toml = signed::toml(NEW, ORIGIN) + &old;
    let clock = Clock::at(TIME + 3600);
    let copy = joined(&large("ada", 1, TIME));
    let response = with_cookies(&app_with(clock.layer(&toml)), "/", &copy).await;
    let renewal = response.headers()[header::SET_COOKIE].to_str().unwrap();
    let renewal = renewal.split(';').next().unwrap();
    let both = format!("{copy}; {renewal}");
    let toml = signed::toml(NEW, ORIGIN);
    assert_eq!(
        current_user(&app_with(clock.layer(&toml)), &both).await,
        "ada"
    );
    let revoked = toml + "revoked_before = 2026-09-21T14:13:21Z\n";
    let app = app_with(clock.layer(&revoked));
    assert_eq!(current_user(&app, &both).await, "nobody");
}
