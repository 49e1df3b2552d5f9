//! Logout removes all cookies of the crate and no others.

use axum::{Router, http::header, response::IntoResponse, routing::get};
use axum_streamlit_auth::{AuthLayer, Logout};
use serde_json::json;

use super::ada;
use support::{
    Browser, Cookie, ORIGIN, Provider, Visit, app, app_below, app_with, groups, jar::Context,
    secrets, secrets_at, with_cookies,
};

#[tokio::test]
async fn logout_clears_every_cookie() {
    for (base, path) in [
        (ORIGIN, "/auth/logout"),
        (ORIGIN, "/logout"),
        ("https://app.example", "/auth/logout"),
        ("https://app.example/app", "/app/auth/logout"),
        ("https://app.example/app", "/app/logout"),
        ("http://localhost:8501/app", "/app/auth/logout"),
    ] {
        let provider = Provider::start().await;
        provider.sign_in_with(json!({"sub": "ada", "groups": groups(200)}));
        let toml = secrets_at(&provider, base)
            .auth("expose_tokens = [\"id\", \"access\"]")
            .auth("cookie_budget = 65536");
        let auth = AuthLayer::from_toml(&toml.toml()).unwrap();
        let below = base
            .trim_start_matches("https://app.example")
            .trim_start_matches(ORIGIN);
        let app = if below.is_empty() {
            app_with(auth)
        } else {
            app_below(below, auth)
        };
        let mut browser = Browser::new(app, base);
        browser
            .step(Visit::get(browser.url(&format!("{below}/auth/login"))))
            .await;
        browser.get(&format!("{below}/auth/login")).await;
        let names = browser.jar.names();
        for part in [
            "_streamlit_login_",
            "_streamlit_user",
            "_streamlit_user_3",
            "_streamlit_user_tokens_2",
            "_streamlit_recent_logins",
        ] {
            assert!(
                names.iter().any(|name| name.contains(part)),
                "{part} in {names:?}"
            );
        }
        // Leftover chunks of a longer Streamlit cookie, and cookies of the app.
        let mut left_over = browser.jar.cookies()[1].clone();
        left_over.name = format!(
            "{}_37",
            names
                .iter()
                .find(|name| name.ends_with("_streamlit_user"))
                .unwrap()
        );
        browser.jar.plant(left_over);
        let home = browser.url("/");
        for own in [
            "theme",
            "_streamlit_xsrf",
            "_streamlit_user_id",
            "_streamlit_users",
            "x_streamlit_user_1",
        ] {
            browser.jar.plant(Cookie::new(&home, own, "1"));
        }

        let page = browser.get(path).await;

        assert_eq!(page.hops[0].status, 303, "{page:?}");
        assert_eq!(
            browser.jar.names(),
            [
                "theme",
                "_streamlit_xsrf",
                "_streamlit_user_id",
                "_streamlit_users",
                "x_streamlit_user_1"
            ],
            "{base}"
        );
        assert_eq!(browser.jar.refused(), []);
        assert_eq!(page.path(), format!("{below}/"));
        assert_eq!(page.text(), "nobody");

        let again = browser.get(path).await;
        assert_eq!(
            (again.hops[0].status.as_u16(), again.path()),
            (303, &*format!("{below}/"))
        );
        assert_eq!(
            again.hops[0]
                .headers
                .get_all(header::SET_COOKIE)
                .iter()
                .count(),
            0
        );
    }
}

#[tokio::test]
async fn logout_clears_invalid_cookies() {
    let (provider, mut browser) = ada(|secrets| secrets).await;
    browser
        .jar
        .tamper("_streamlit_user", |value| value.replace('a', "b"));
    let page = browser.get("/auth/logout").await;
    assert_eq!(browser.jar.names(), [""; 0]);
    // The provider of an invalid identity is unknown, so none is contacted.
    assert_eq!(
        (page.path(), page.hops.len(), provider.count("logout")),
        ("/", 2, 0)
    );
}

#[tokio::test]
async fn removals_match_cookie_attributes() {
    let (_provider, mut browser) = ada(|secrets| secrets).await;
    let page = browser
        .step(Visit::post(browser.url("/auth/logout"), &[]).started_by(browser.url("/")))
        .await;
    let mut set = page.set_cookies();
    set.sort_unstable();
    assert_eq!(
        set,
        [
            "_streamlit_recent_logins=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0",
            "_streamlit_user=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0",
            "_streamlit_user_tokens=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0",
        ]
    );
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
}

#[tokio::test]
async fn number_of_removals_is_bounded() {
    let (provider, _) = ada(|secrets| secrets).await;
    let app = app(&secrets(&provider).toml());
    let logins: String = (0..5000)
        .map(|login| format!("_streamlit_login_{login:010}=x; "))
        .collect();
    let parts: String = (0..5000)
        .map(|part| format!("_streamlit_user_{part}=x; "))
        .collect();
    for flood in [logins, parts] {
        assert!(flood.len() > 100_000);
        for path in ["/auth/logout", "/auth/login"] {
            let response = with_cookies(&app, path, &flood).await;
            assert_eq!(response.status(), 303);
            let count = response
                .headers()
                .get_all(header::SET_COOKIE)
                .iter()
                .count();
            assert!(count <= 201, "{count}");
        }
    }
}

#[tokio::test]
async fn app_cookies_survive_logout_response() {
    let provider = Provider::start().await;
    let auth = AuthLayer::from_toml(&secrets(&provider).toml()).unwrap();
    let leave = || async {
        (
            [(header::SET_COOKIE, "basket=; Max-Age=0; Path=/")],
            Logout::new().into_response(),
        )
    };
    let app = Router::new().route("/leave", get(leave)).layer(auth);
    let mut browser = Browser::new(app, ORIGIN);
    browser.get("/auth/login").await;
    let home = browser.url("/");
    browser
        .jar
        .store(&home, "basket=full; Path=/", Context::SameSite);
    browser.get("/leave").await;
    assert_eq!(browser.jar.names(), [""; 0]);
}

#[tokio::test]
async fn pages_are_not_cached_after_logout() {
    let (_provider, mut browser) = ada(|secrets| secrets).await;
    for path in ["/guarded", "/report"] {
        let page = browser.get(path).await;
        assert_eq!(
            (page.text().as_str(), page.header("cache-control")),
            ("ada", Some("no-store")),
            "{path}"
        );
    }
    browser.post("/auth/logout", &[]).await;
    for path in ["/guarded", "/report"] {
        assert_eq!(browser.fetch(path).await.status, 401);
        let page = browser.step(Visit::get(browser.url(path))).await;
        assert_eq!(page.status, 303);
    }
}
