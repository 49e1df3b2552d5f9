//! The response to each kind of request without an identity.

use axum::http::{Method, header};
use serde_json::{Value, json};

use super::{
    all, assert_personal,
    headers::{NAVIGATIONS, OTHER_REQUESTS},
    request, test_app,
};
use support::{
    Browser, ORIGIN, Provider, Visit, app, app_below, call, secrets, secrets_at, text,
    two_providers,
};

#[tokio::test]
async fn navigation_is_redirected_and_fetch_unauthorized() {
    let (provider, _) = test_app().await;
    let app = app(&secrets(&provider).toml());
    for path in ["/guarded?x=1", "/report?x=1"] {
        for (kind, headers) in NAVIGATIONS {
            let response = call(&app, request(&Method::GET, path, headers)).await;
            assert_eq!(response.status(), 303, "{kind}");
            let location = all(response.headers(), header::LOCATION);
            assert!(
                location.starts_with(&provider.url("/authorize?")),
                "{kind} {location}"
            );
            assert_eq!(
                response
                    .headers()
                    .get_all(header::SET_COOKIE)
                    .iter()
                    .count(),
                1
            );
            assert_personal(&response);
            assert_vary(&all(response.headers(), header::VARY));
        }
        provider.forget_requests();
        for (kind, headers) in OTHER_REQUESTS {
            let response = call(&app, request(&Method::GET, path, headers)).await;
            assert_eq!(response.status(), 401, "{kind}");
            assert!(!response.headers().contains_key(header::LOCATION), "{kind}");
            assert!(
                !response.headers().contains_key(header::SET_COOKIE),
                "{kind}"
            );
            assert_eq!(
                response.headers()[header::CONTENT_TYPE],
                "application/problem+json"
            );
            assert_eq!(
                response.headers()[header::WWW_AUTHENTICATE],
                "Cookie realm=\"login\""
            );
            assert_personal(&response);
            assert_vary(&all(response.headers(), header::VARY));
            let body: Value = serde_json::from_str(&text(response).await).unwrap();
            assert_eq!(
                body,
                json!({"type": "about:blank", "title": "Login required", "status": 401, "login": "/auth/login"})
            );
        }
        assert_eq!(provider.all_requests().len(), 0);
    }
}
fn assert_vary(vary: &str) {
    for name in ["Cookie", "Sec-Fetch-Mode", "Sec-Fetch-Dest", "Accept"] {
        assert!(vary.split(", ").any(|part| part == name), "{vary}");
    }
}

#[tokio::test]
async fn login_returns_to_requested_page() {
    for path in ["/guarded?x=1&y=%C3%BC&y=2", "/report?q=a%2Fb", "/login"] {
        let (provider, mut browser) = test_app().await;
        if path == "/login" {
            // A handler that always returns `Login` would redirect forever, so this test stops at
            // the provider.
            let page = browser.step(Visit::get(browser.url(path))).await;
            assert!(
                page.location()
                    .unwrap()
                    .starts_with(&provider.url("/authorize"))
            );
            continue;
        }
        let page = browser.get(path).await;
        assert_eq!((page.text().as_str(), page.path()), ("ada", path));
        assert_eq!(
            page.hops.len(),
            4,
            "one hop to the provider and one back: {page:?}"
        );
        assert_eq!(provider.violations(), [""; 0]);
    }
}

#[tokio::test]
async fn several_providers_lead_to_sign_in_page() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let mut browser = Browser::new(app(&two_providers(&one, &two).toml()), ORIGIN);
    let page = browser.get("/guarded?x=%C3%BC").await;
    assert_eq!(page.path(), "/auth/login?next=%2Fguarded%3Fx%3D%25C3%25BC");
    assert!(page.hops[0].headers.get(header::SET_COOKIE).is_none());
    let text = page.text();
    assert!(
        text.contains(r#"<input type="hidden" name="next" value="/guarded?x=%C3%BC">"#),
        "{text}"
    );
    assert_eq!(one.all_requests().len() + two.all_requests().len(), 0);
    let page = browser
        .click("/auth/login/two?next=%2Fguarded%3Fx%3D%25C3%25BC")
        .await;
    assert_eq!(
        (page.text().as_str(), page.path()),
        ("ada", "/guarded?x=%C3%BC")
    );
    let page = browser.fetch("/guarded").await;
    assert_eq!(page.text(), "ada");
}

#[tokio::test]
async fn login_links_include_base_path() {
    let provider = Provider::start().await;
    let base = "https://app.example/app";
    let toml = secrets_at(&provider, base).toml();
    let auth = axum_streamlit_auth::AuthLayer::from_toml(&toml).unwrap();
    let app = app_below("/app", auth);
    let response = call(&app, request(&Method::GET, "/app/guarded", &[])).await;
    let body: Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(body["login"], "/app/auth/login");
    let mut browser = Browser::new(app, base);
    let page = browser.get("/app/guarded?x=1").await;
    assert_eq!(
        (page.text().as_str(), page.path()),
        ("ada", "/app/guarded?x=1")
    );
}
