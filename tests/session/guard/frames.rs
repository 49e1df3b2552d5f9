//! Guarded pages in a frame: the page links to a new window, where the provider can be shown.

use axum::{
    http::{Method, header},
    response::Response,
};
use axum_streamlit_auth::AuthLayer;

use super::{TIME, ada, all, assert_personal, request};
use support::{
    COOKIE_SECRET, Clock, ORIGIN, Provider, app, app_below, app_with, call, secrets, secrets_at,
    signed, text,
};

const DESTINATIONS: [&str; 5] = ["iframe", "frame", "embed", "object", "fencedframe"];

fn headers<'h>(
    destination: &'h str,
    more: &[(&'static str, &'h str)],
) -> Vec<(&'static str, &'h str)> {
    let mut headers = vec![
        ("sec-fetch-site", "same-origin"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", destination),
        ("accept", "text/html"),
    ];
    headers.extend(more);
    headers
}

fn assert_can_be_framed(response: &Response) {
    let policy = all(response.headers(), header::CONTENT_SECURITY_POLICY);
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
    assert!(!policy.contains("frame-ancestors"), "{policy}");
    assert!(!response.headers().contains_key(header::LOCATION));
    assert!(!response.headers().contains_key(header::SET_COOKIE));
}

/// The only link of the page. It must leave the frame.
async fn link(response: Response) -> String {
    let page = text(response).await;
    assert_eq!(page.matches("href=").count(), 1, "{page}");
    assert!(
        !page.contains("<form") && !page.contains("<script"),
        "{page}"
    );
    let (_, rest) = page.split_once(" href=\"").unwrap();
    let (href, rest) = rest.split_once('"').unwrap();
    assert!(
        rest.starts_with(" target=\"_blank\" rel=\"noopener\">"),
        "{page}"
    );
    href.to_owned()
}

#[tokio::test]
async fn guarded_page_in_frame_links_to_new_window() {
    let provider = Provider::start().await;
    let app = app(&secrets(&provider).toml());
    for destination in DESTINATIONS {
        for path in ["/guarded?x=1&y=%C3%BC", "/report", "/login", "/admin"] {
            let request = request(&Method::GET, path, &headers(destination, &[]));
            let response = call(&app, request).await;
            assert_eq!(response.status(), 401, "{destination} {path}");
            assert_eq!(
                response.headers()[header::WWW_AUTHENTICATE],
                "Cookie realm=\"login\""
            );
            assert_can_be_framed(&response);
            assert!(all(response.headers(), header::CACHE_CONTROL).contains("no-store"));
            assert_eq!(
                link(response).await,
                path.replace('&', "&amp;"),
                "{destination}"
            );
        }
    }
    assert_eq!(provider.all_requests().len(), 0);
}

#[tokio::test]
async fn page_in_frame_exists_in_every_language() {
    let provider = Provider::start().await;
    let app = app(&secrets(&provider).toml());
    for (language, label) in [
        ("en", "Open in a new window"),
        ("de", "In neuem Fenster öffnen"),
        ("es", "Abrir en una ventana nueva"),
        ("fr", "Ouvrir dans une nouvelle fenêtre"),
        ("pt", "Abrir em uma nova janela"),
        ("ja", "新しいウィンドウで開く"),
        ("zh", "在新窗口中打开"),
        ("ar", "الفتح في نافذة جديدة"),
    ] {
        let headers = headers("iframe", &[("accept-language", language)]);
        let response = call(&app, request(&Method::GET, "/guarded", &headers)).await;
        assert_eq!(response.status(), 401);
        let page = text(response).await;
        assert!(page.contains(&format!("<html lang=\"{language}")), "{page}");
        assert!(page.contains(label), "{page}");
    }
}

#[tokio::test]
async fn form_in_frame_links_to_home_below_base_path() {
    let provider = Provider::start().await;
    let toml = secrets_at(&provider, "https://app.example/app").toml();
    let app = app_below("/app", AuthLayer::from_toml(&toml).unwrap());
    for (method, href) in [(Method::GET, "/app/guarded"), (Method::POST, "/app/")] {
        let request = request(&method, "/app/guarded", &headers("iframe", &[]));
        let response = call(&app, request).await;
        assert_eq!(response.status(), 401);
        assert_eq!(link(response).await, href);
    }
}

#[tokio::test]
async fn login_in_frame_links_to_login() {
    let provider = Provider::start().await;
    let app = app(&secrets(&provider).toml());
    for (path, href) in [
        ("/auth/login", "/auth/login"),
        (
            "/auth/login/default?next=/report",
            "/auth/login/default?next=%2Freport",
        ),
        ("/auth/login?next=//evil.example", "/auth/login"),
        ("/auth/login/unknown", "/auth/login"),
        ("/oauth2callback?state=x&code=y", "/"),
    ] {
        let response = call(&app, request(&Method::GET, path, &headers("iframe", &[]))).await;
        assert_eq!(response.status(), 403, "{path}");
        assert_can_be_framed(&response);
        assert_eq!(link(response).await, href, "{path}");
    }
    assert_eq!(provider.all_requests().len(), 0);
}

#[tokio::test]
async fn logged_in_user_sees_pages_in_own_frame() {
    let app = app_with(Clock::at(TIME).layer(&signed::toml(COOKIE_SECRET, ORIGIN)));
    let cookie = ada();
    let headers = headers("iframe", &[("cookie", &cookie)]);
    let response = call(&app, request(&Method::GET, "/guarded", &headers)).await;
    assert_eq!(response.status(), 200);
    assert_personal(&response);

    let response = call(&app, request(&Method::GET, "/admin", &headers)).await;
    assert_eq!(response.status(), 403);
    assert_can_be_framed(&response);
    let page = text(response).await;
    assert_eq!(page.matches("target=\"_blank\"").count(), 2, "{page}");
}
