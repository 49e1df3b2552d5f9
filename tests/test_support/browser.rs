//! Tests of the browser: headers, redirects and cookies.

use axum::{
    Router,
    extract::Request,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect},
    routing::{any, get},
};
use url::Url;

use super::client::Client;
use support::{Browser, Mode, ORIGIN, Provider, Visit};

#[tokio::test]
async fn login_passes_through_provider() {
    let provider = Provider::start().await;
    let mut browser = Browser::new(app(&provider, ""), ORIGIN);

    let page = browser.get("/login").await;

    assert_eq!(
        page.text(),
        "GET none=- site=cross-site mode=navigate dest=document cookie=user=ada"
    );
    assert_eq!(page.path(), "/");
    let visited: Vec<_> = page.hops.iter().map(|hop| hop.url.path()).collect();
    assert_eq!(visited, ["/login", "/authorize", "/oauth2callback", "/"]);
    assert_eq!(page.hops[0].sent["sec-fetch-site"], "none");
    assert_eq!(provider.violations(), [""; 0]);
}

#[tokio::test]
async fn single_steps_can_be_modified() {
    let provider = Provider::start().await;
    let mut browser = Browser::new(app(&provider, ""), ORIGIN);
    let visit = Visit::get(browser.url("/login"));
    let at_provider = browser.step(visit).await.next().unwrap();
    let mut callback = browser.step(at_provider).await.next().unwrap();
    callback.url.set_query(Some("error=access_denied"));
    let page = browser.follow(callback).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert_eq!(browser.page.unwrap().path(), "/oauth2callback");
}

#[tokio::test]
async fn page_requests_carry_fetch_metadata() {
    let provider = Provider::start().await;
    let mut browser = Browser::new(app(&provider, ""), ORIGIN);
    browser.get("/").await;
    let page = browser.fetch("/").await;
    assert_eq!(
        page.text(),
        "GET none=- site=same-origin mode=cors dest=empty cookie="
    );
    let page = browser.post("/", &[("a", "ü")]).await;
    assert_eq!(
        page.text(),
        "POST a=%C3%BC site=same-origin mode=navigate dest=document cookie="
    );
    assert_eq!(page.hops[0].sent[header::ORIGIN], ORIGIN);
    let page = browser.fetch("/login").await;
    assert_eq!((page.status.as_u16(), page.hops.len()), (303, 1));
}

#[tokio::test]
async fn lax_cookies_are_withheld_cross_site() {
    let provider = Provider::start().await;
    let mut browser = Browser::new(app(&provider, ""), ORIGIN);
    browser.get("/login").await;
    let evil = Url::parse("https://evil.example/").unwrap();
    let visit = Visit::get(browser.url("/")).started_by(evil.clone());
    assert!(
        browser
            .follow(visit.clone())
            .await
            .text()
            .ends_with("site=cross-site mode=navigate dest=document cookie=user=ada")
    );
    let image = visit.clone().mode(Mode::NoCors);
    assert!(
        browser
            .follow(image)
            .await
            .text()
            .ends_with("site=cross-site mode=no-cors dest=image cookie=")
    );
    let post = Visit::post(browser.url("/"), &[]).started_by(evil);
    let page = browser.follow(post).await;
    assert!(page.text().ends_with("dest=document cookie="));
    assert_eq!(page.hops[0].sent[header::ORIGIN], "https://evil.example");
}

#[tokio::test]
async fn form_post_arrives_as_cross_site_post() {
    let provider = Provider::start().await;
    let mut browser = Browser::new(app(&provider, "&response_mode=form_post"), ORIGIN);
    let page = browser.get("/login").await;
    let callback = &page.hops[2];
    assert_eq!(
        (callback.method.as_str(), callback.url.path()),
        ("POST", "/oauth2callback")
    );
    assert_eq!(callback.sent[header::ORIGIN], provider.origin());
    assert_eq!(callback.sent["sec-fetch-site"], "cross-site");
}

#[tokio::test]
#[should_panic(expected = "too many redirects")]
async fn redirect_loop_panics() {
    let app = Router::new().route("/", get(|| async { Redirect::to("/") }));
    Browser::new(app, support::HTTPS_ORIGIN).get("/").await;
}

#[tokio::test]
async fn secrets_serialize_to_toml() {
    let one = Provider::start().await;
    let two = Provider::start().await;
    let text = support::two_providers(&one, &two)
        .auth("cookie_days = 7")
        .toml();
    assert!(text.starts_with("[auth]\nredirect_uri = \"http://localhost:8501/oauth2callback\"\n"));
    assert!(text.contains("cookie_days = 7\n\n[auth.one]\nclient_id = \"app\"\n"));
    assert_eq!(
        two.registered().redirect_uris,
        ["http://localhost:8501/oauth2callback"]
    );
    let https = support::secrets_at(&one, "https://app.example/app").toml();
    assert!(https.contains("redirect_uri = \"https://app.example/app/oauth2callback\"\n"));
}

/// `/login` redirects to the provider, the callback logs in, and `/` describes its request.
fn app(provider: &Provider, more: &str) -> Router {
    let target = format!("{}{more}", Client::new(provider).authorize_url());
    let login = get(move || async move { Redirect::to(&target) });
    let callback = any(|request: Request| async move {
        let query = request.uri().query().unwrap_or_default();
        let refused = query.contains("error=");
        if refused {
            return StatusCode::FORBIDDEN.into_response();
        }
        let cookie = [(header::SET_COOKIE, "user=ada; Path=/; SameSite=Lax")];
        (cookie, Redirect::to("/")).into_response()
    });
    Router::new()
        .route("/login", login)
        .route("/oauth2callback", callback)
        .route("/", any(describe))
}

async fn describe(request: Request) -> String {
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1000).await.unwrap();
    let body = String::from_utf8(body.to_vec()).unwrap();
    let sent = |headers: &HeaderMap, name| {
        let value = headers.get(name).map(|value| value.to_str().unwrap());
        value.unwrap_or_default().to_owned()
    };
    let headers = &parts.headers;
    format!(
        "{} {} site={} mode={} dest={} cookie={}",
        parts.method,
        if body.is_empty() { "none=-" } else { &body },
        sent(headers, "sec-fetch-site"),
        sent(headers, "sec-fetch-mode"),
        sent(headers, "sec-fetch-dest"),
        sent(headers, "cookie"),
    )
}
