//! A sign-in page of the app.

use axum::{Router, response::Html, routing::get};
use axum_streamlit_auth::{AuthLayer, Login, Providers, require_login};

use super::app;
use support::{Browser, HTTPS_ORIGIN, ORIGIN, Provider, Visit, secrets, two_providers};

async fn sign_in(providers: Providers) -> Html<String> {
    let links = providers.iter().map(|provider| {
        format!(
            "<a href=\"{}\">{} is {}</a>",
            provider.login_url(None),
            provider.name(),
            provider.label()
        )
    });
    Html(links.collect())
}

fn with_own_page(toml: &str) -> Router {
    Router::new()
        .route("/guarded", get(|| async { "guarded" }))
        .route_layer(require_login())
        .route("/sign-in", get(sign_in))
        .route(
            "/login",
            get(|| async { Login::new().return_to("/guarded?a=1&b=2") }),
        )
        .layer(AuthLayer::from_toml(toml).unwrap())
}

#[tokio::test]
async fn custom_sign_in_page_returns_to_requested_page() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let toml = two_providers(&one, &two)
        .auth("login_page = \"/sign-in\"")
        .toml();
    let mut browser = Browser::new(with_own_page(&toml), ORIGIN);

    for path in [
        "/guarded?a=1&b=2",
        "/login",
        "/auth/login?next=/guarded?a%3D1%26b%3D2",
    ] {
        let page = browser.get(path).await;
        assert_eq!(page.hops[0].status, 303, "{page:?}");
        assert_eq!(page.path(), "/sign-in?next=%2Fguarded%3Fa%3D1%26b%3D2");
        assert_eq!(
            page.text(),
            "<a href=\"/auth/login/one?next=%2Fguarded%3Fa%3D1%26b%3D2\">one is One</a>\
             <a href=\"/auth/login/two?next=%2Fguarded%3Fa%3D1%26b%3D2\">two is Two</a>"
        );
    }
    let page = browser
        .click("/auth/login/two?next=%2Fguarded%3Fa%3D1%26b%3D2")
        .await;
    assert_eq!(
        (page.path(), page.text().as_str()),
        ("/guarded?a=1&b=2", "guarded")
    );
}

#[tokio::test]
async fn login_never_returns_to_sign_in_page() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let toml = two_providers(&one, &two)
        .auth("login_page = \"/sign-in\"")
        .toml();
    let mut browser = Browser::new(with_own_page(&toml), ORIGIN);

    let page = browser.get("/auth/login?next=/sign-in?next=/sign-in").await;
    assert_eq!(page.path(), "/sign-in");
    let page = browser.get("/sign-in?next=//evil.example").await;
    assert!(
        page.text()
            .contains("/auth/login/one?next=%2F%2Fevil.example\""),
        "{page:?}"
    );
    let page = browser
        .click("/auth/login/one?next=%2F%2Fevil.example")
        .await;
    assert_eq!(page.path(), "/");
}

#[tokio::test]
async fn guarded_sign_in_page_does_not_loop() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let toml = two_providers(&one, &two)
        .auth("login_page = \"/guarded\"")
        .toml();
    let page = Browser::new(app(&toml), ORIGIN).get("/guarded").await;
    assert!(page.text().contains("<bdi>One</bdi>"), "{page:?}");
}

#[tokio::test]
async fn login_page_receives_base_path() {
    for (written, path) in [
        ("/sign-in", "/app/sign-in"),
        ("/app/sign-in", "/app/sign-in"),
        ("/apps", "/app/apps"),
    ] {
        let (one, two) = (Provider::start().await, Provider::start().await);
        let toml = two_providers(&one, &two)
            .redirect_uri(&format!("{HTTPS_ORIGIN}/app/oauth2callback"))
            .auth(&format!("login_page = \"{written}\""))
            .toml();
        let app = Router::new()
            .route(path, get(sign_in))
            .layer(AuthLayer::from_toml(&toml).unwrap());
        let page = Browser::new(app, HTTPS_ORIGIN).get("/app/auth/login").await;
        assert_eq!(page.path(), path);
        assert!(page.text().contains("\"/app/auth/login/one\""), "{page:?}");
    }
}

#[tokio::test]
async fn single_provider_skips_sign_in_page() {
    let provider = Provider::start().await;
    let toml = secrets(&provider).auth("login_page = \"/sign-in\"").toml();
    let mut browser = Browser::new(with_own_page(&toml), ORIGIN);
    let page = browser.step(Visit::get(browser.url("/guarded"))).await;
    assert!(
        page.location().unwrap().starts_with(provider.origin()),
        "{page:?}"
    );
}

#[test]
fn invalid_login_page_is_reported() {
    for wrong in [
        "",
        "sign-in",
        "https://evil.example/",
        "//evil.example",
        "/\\\\evil.example",
        "/a b",
        "/sign-in?x",
        "/sign-in#x",
        "/auth/login",
        "/auth/logout",
        "/auth/dev/x",
        "/oauth2callback",
        "/x/../auth/login",
        "/%61uth/login",
    ] {
        let toml = format!(
            "[auth]\nredirect_uri = \"{ORIGIN}/oauth2callback\"\ncookie_secret = \"kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5u\"\nlogin_page = \"{wrong}\"\n\
             client_id = \"app\"\nclient_secret = \"hush-hush\"\nserver_metadata_url = \"https://id.example/.well-known/openid-configuration\"\n"
        );
        let error = AuthLayer::from_toml(&toml).unwrap_err();
        let fault = &error.diagnostics()[0];
        assert_eq!(
            (fault.key(), fault.line()),
            ("auth.login_page", Some(4)),
            "{wrong}: {error}"
        );
    }
}
