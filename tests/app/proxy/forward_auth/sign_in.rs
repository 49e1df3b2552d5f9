//! `/auth/login` as the error page of nginx: `error_page 401 = /auth/login`.

use axum::http::header;
use axum_streamlit_auth::AuthLayer;

use super::{NAVIGATION, NEXT, NGINX, SUBRESOURCES, TRAEFIK, app, auth, check, request};
use support::{Browser, ORIGIN, Provider, call, secrets, text, two_providers};

async fn login(auth: &AuthLayer, headers: &[(&'static str, &str)]) -> axum::response::Response {
    call(&app(auth), request("/auth/login", "", headers)).await
}

#[tokio::test]
async fn login_returns_to_page_that_nginx_names() {
    let provider = Provider::start().await;
    let toml = secrets(&provider)
        .line("[auth.headers]\nx-user = \"sub\"")
        .toml();
    let auth = AuthLayer::from_toml(&toml).unwrap();
    for headers in [
        &NGINX[..1],
        &NGINX,
        &[("x-original-url", "http://localhost:8501/report?a=1&b=2")],
    ] {
        let headers = [headers, &NAVIGATION].concat();
        let response = login(&auth, &headers).await;
        assert_eq!(response.status(), 303);
        let location = response.headers()[header::LOCATION].to_str().unwrap();
        assert!(
            location.starts_with(&provider.url("/authorize?")),
            "{location}"
        );
        let mut browser = Browser::new(app(&auth), ORIGIN);
        for cookie in response.headers().get_all(header::SET_COOKIE) {
            let url = browser.url("/");
            let cookie = cookie.to_str().unwrap();
            browser
                .jar
                .store(&url, cookie, support::jar::Context::SameSite);
        }
        let page = browser.get(location).await;
        assert_eq!(
            page.url.as_str(),
            format!("{ORIGIN}/report?a=1&b=2"),
            "{page:?}"
        );
        assert_eq!(page.text(), "ada");
    }
}

#[tokio::test]
async fn provider_selection_keeps_the_return_path() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let secrets = two_providers(&one, &two).line("[auth.headers]");
    let auth = AuthLayer::from_toml(&secrets.toml()).unwrap();
    let response = login(&auth, &[&NGINX[..], &NAVIGATION].concat()).await;
    assert_eq!(response.status(), 303);
    assert_eq!(
        response.headers()[header::LOCATION],
        *format!("/auth/login?{NEXT}")
    );
}

/// nginx replaces the 401 of the check with this response, which has to be a 401 as well.
#[tokio::test]
async fn subresources_get_unauthorized() {
    let auth = auth("x-user = \"sub\"");
    for kind in SUBRESOURCES {
        let response = login(&auth, &[&NGINX[..], kind].concat()).await;
        assert_eq!(response.status(), 401, "{kind:?}");
        // nginx adds the challenge of the check.
        assert!(
            !response.headers().contains_key(header::WWW_AUTHENTICATE),
            "{kind:?}"
        );
        assert!(text(response).await.contains("/auth/login"), "{kind:?}");
    }
}

/// A request for `/auth/login` itself starts a login as usual, even with a header that nginx did
/// not send.
#[tokio::test]
async fn forged_header_does_not_change_login_link() {
    let provider = Provider::start().await;
    let plain = AuthLayer::from_toml(&secrets(&provider).toml()).unwrap();
    let toml = secrets(&provider)
        .line("[auth.headers]\nx-user = \"sub\"")
        .toml();
    let gateway = AuthLayer::from_toml(&toml).unwrap();
    for (auth, headers) in [
        (&gateway, &[("x-original-uri", "/auth/login")][..]),
        (&gateway, &[("x-original-uri", "/auth/login/?next=/x")]),
        (&gateway, &[("x-original-uri", "")]),
        (&gateway, &TRAEFIK),
        (&plain, &NGINX),
    ] {
        // An `Unknown` client. A refused page would get a 401.
        let response = login(auth, headers).await;
        assert_eq!(response.status(), 303, "{headers:?}");
    }
    assert_eq!(check(&plain, "", &NGINX).await.status(), 404);
}
