//! Cache headers of pages that read the user.

use axum::{
    body::Body,
    http::{
        Method, Request,
        header::{CACHE_CONTROL, COOKIE, VARY},
    },
};

use super::TIME;
use support::{
    COOKIE_SECRET, Clock, ORIGIN, app_with, call,
    signed::{self, IDENTITY},
    text, with_cookies,
};

/// The response also depends on an identity that was ignored.
#[tokio::test]
async fn ignored_identity_keeps_the_page_out_of_caches() {
    let app = app_with(Clock::at(TIME).layer(&signed::toml(COOKIE_SECRET, ORIGIN)));
    let cookie = format!("{IDENTITY}={}", signed::identity("ada", TIME));
    let invalid = cookie.replace("_streamlit_user=2", "_streamlit_user=3");
    let chunked = "_streamlit_user=chunks-2".to_owned();
    for (method, cookie, headers) in [
        (
            Method::POST,
            &cookie,
            [("origin", "https://evil.example")].as_slice(),
        ),
        (
            Method::GET,
            &cookie,
            &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "cors")],
        ),
        (
            Method::GET,
            &cookie,
            &[
                ("sec-fetch-site", "same-site"),
                ("sec-fetch-dest", "iframe"),
            ],
        ),
        (Method::GET, &invalid, &[("accept", "text/html")]),
        (Method::GET, &chunked, &[("accept", "text/html")]),
    ] {
        let mut request = Request::builder().method(method).uri("/");
        request = request.header(COOKIE, cookie);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let page = call(&app, request.body(Body::empty()).unwrap()).await;
        assert_eq!(page.headers()[CACHE_CONTROL], "no-store", "{headers:?}");
        let vary = page.headers()[VARY].to_str().unwrap().to_owned();
        for name in [
            "Cookie",
            "Origin",
            "Sec-Fetch-Site",
            "Sec-Fetch-Mode",
            "Sec-Fetch-Dest",
        ] {
            assert!(vary.split(", ").any(|listed| listed == name), "{vary}");
        }
        assert_eq!(text(page).await, "nobody");
    }
    // Another cookie whose name has the same prefix is not an identity.
    for other in ["theme=dark", "_streamlit_user_1=x", "_streamlit_users=x"] {
        let page = with_cookies(&app, "/", other).await;
        assert!(!page.headers().contains_key(CACHE_CONTROL), "{other}");
        assert_eq!(page.headers()[VARY], "Cookie");
    }
}
