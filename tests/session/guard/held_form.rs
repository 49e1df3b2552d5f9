//! Forms of users who are not logged in: a page keeps the fields, and sends them after the login.

use std::{convert::Infallible, time::Duration};

use axum::{
    Router,
    body::{Body, Bytes},
    http::{Method, Request, header},
    response::Response,
    routing::post,
};
use axum_streamlit_auth::{AuthLayer, require_login};
use futures_util::{StreamExt, stream};

use support::{Browser, Clock, Mode, ORIGIN, Page, Provider, Visit, call, secrets, text};

/// Returns the body that it received.
async fn echo(body: Bytes) -> Bytes {
    body
}

fn routes(auth: AuthLayer) -> Router {
    Router::new()
        .route("/save", post(echo).put(echo))
        .route_layer(require_login())
        .merge(
            Router::new()
                .route("/pay", post(echo))
                .route_layer(require_login().fresh(Duration::from_secs(300))),
        )
        .route("/", axum::routing::get(|| async { "home" }))
        .layer(auth)
}

async fn setup() -> (Provider, Router, Browser) {
    let provider = Provider::start().await;
    let app = routes(AuthLayer::from_toml(&secrets(&provider).toml()).unwrap());
    (provider, app.clone(), Browser::new(app, ORIGIN))
}

/// A form as a browser of this origin sends it.
fn form(path: &str, body: impl Into<Body>) -> Request<Body> {
    let request = Request::post(path)
        .header("content-type", "application/x-www-form-urlencoded")
        .header("accept", "text/html")
        .header("sec-fetch-site", "same-origin")
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-dest", "document")
        .header("origin", ORIGIN);
    request.body(body.into()).unwrap()
}

/// Returns the attribute values of all elements that start with `tag`, with entities decoded.
fn attributes(html: &str, tag: &str, name: &str) -> Vec<String> {
    let start = format!(" {name}=\"");
    let elements = html.split(tag).skip(1);
    let values = elements.map(|element| {
        let element = element.split('>').next().unwrap();
        let (_, value) = element.split_once(&start).unwrap_or(("", ""));
        let value = value.split('"').next().unwrap();
        value
            .replace("&quot;", "\"")
            .replace("&lt;", "<")
            .replace("&gt;", ">")
            .replace("&amp;", "&")
    });
    values.collect()
}

/// Submits the form of the page, as a browser does.
fn resubmitted(page: &str) -> (String, Vec<(String, String)>) {
    let action = attributes(page, "<form", "action").remove(0);
    let names = attributes(page, "<input", "name").into_iter();
    let fields = names.zip(attributes(page, "<input", "value"));
    (action, fields.collect())
}

#[tokio::test]
async fn form_is_kept_and_sent_after_login() {
    let (provider, _, mut browser) = setup().await;
    let fields = [
        ("title", "Köln & \"more\" <b>'x'</b>"),
        ("tag", "a"),
        ("tag", "b"),
        ("text", "one\r\ntwo\r\n"),
        ("empty", ""),
    ];
    browser.get("/").await;

    let page = browser.post("/save?page=2", &fields).await;

    assert_eq!(page.status, 401, "{page:?}");
    assert_eq!(
        page.header("www-authenticate"),
        Some("Cookie realm=\"login\"")
    );
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.header("referrer-policy"), Some("same-origin"));
    assert!(!page.text().contains("<script"), "{page:?}");
    assert_eq!(provider.all_requests().len(), 0);
    let (action, kept) = resubmitted(&page.text());
    assert_eq!(action, "/save?page=2");
    let kept: Vec<_> = kept
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    // Without a login, the form waits again.
    assert_eq!(browser.post(&action, &kept).await.text(), page.text());

    // The login is in a new tab.
    let login = attributes(&page.text(), "<a", "href").remove(0);
    let tab = Visit::get(browser.url(&login)).started_by(page.url.clone());
    assert_eq!(browser.follow(tab).await.text(), "home");

    let sent = browser.post(&action, &kept).await;
    let mut expected = url::form_urlencoded::Serializer::new(String::new());
    assert_eq!(sent.text(), expected.extend_pairs(fields).finish());
}

/// A form with a button and no fields.
#[tokio::test]
async fn form_without_fields_is_kept() {
    let (_provider, app, _) = setup().await;
    let response = call(&app, form("/save", "")).await;
    assert_eq!(response.status(), 401);
    assert_eq!(
        resubmitted(&text(response).await),
        ("/save".to_owned(), vec![])
    );
}

/// The page of another site must not place its fields in a page of this app.
#[tokio::test]
async fn form_from_other_site_is_never_kept() {
    let (_provider, app, _) = setup().await;
    for (name, headers) in [
        ("cross-site", &[("sec-fetch-site", Some("cross-site"))][..]),
        ("same-site", &[("sec-fetch-site", Some("same-site"))]),
        (
            "other origin",
            &[
                ("sec-fetch-site", None),
                ("origin", Some("https://evil.example")),
            ],
        ),
        (
            "null",
            &[("sec-fetch-site", None), ("origin", Some("null"))],
        ),
        ("unknown", &[("sec-fetch-site", None), ("origin", None)]),
        (
            "contradiction",
            &[
                ("sec-fetch-site", Some("cross-site")),
                ("origin", Some(ORIGIN)),
            ],
        ),
    ] {
        let mut request = form("/save", "secret=canary");
        for (name, value) in headers {
            request.headers_mut().remove(*name);
            if let Some(value) = value {
                request.headers_mut().insert(*name, value.parse().unwrap());
            }
        }
        let response = call(&app, request).await;
        assert_eq!(response.status(), 303, "{name}");
        assert!(!text(response).await.contains("canary"), "{name}");
    }
    // An older browser sends no Fetch Metadata.
    let mut request = form("/save", "a=1");
    for name in ["sec-fetch-site", "sec-fetch-mode", "sec-fetch-dest"] {
        request.headers_mut().remove(name);
    }
    assert_eq!(call(&app, request).await.status(), 401);
}

/// Returns the status for a form with this body and content type.
async fn status(app: &Router, body: impl Into<Body>, content_type: &str) -> u16 {
    let mut request = form("/save", body);
    let content_type = content_type.parse().unwrap();
    request
        .headers_mut()
        .insert(header::CONTENT_TYPE, content_type);
    call(app, request).await.status().as_u16()
}

/// Files and other bodies, which a page cannot hold: the login returns to the page of the form.
#[tokio::test]
async fn unsupported_bodies_are_not_kept() {
    let (_provider, app, _) = setup().await;
    const FORM: &str = "application/x-www-form-urlencoded";
    let largest = "a=".to_owned() + &"x".repeat(64 * 1024 - 2);
    let many = "a=1&".repeat(1000) + "a=1";
    for (body, content_type, expected) in [
        ("a=1", FORM, 401),
        (largest.as_str(), FORM, 401),
        (&(largest.clone() + "x"), FORM, 303),
        (&many[..many.len() - 4], FORM, 401),
        (&many, FORM, 303),
        ("a=1", "text/plain", 303),
        ("a=1", "multipart/form-data; boundary=x", 303),
        ("{}", "application/json", 303),
        ("a=one%0Atwo", FORM, 303),
        ("a=%FF", FORM, 303),
    ] {
        let start = &body[..body.len().min(20)];
        assert_eq!(
            status(&app, body.to_owned(), content_type).await,
            expected,
            "{start} {content_type}"
        );
    }
    // The length is not known before the body is read.
    let endless = stream::repeat(Bytes::from(vec![b'a'; 1024])).map(Ok::<_, Infallible>);
    assert_eq!(status(&app, Body::from_stream(endless), FORM).await, 303);
    let broken = stream::iter([Ok(Bytes::from("a=1")), Err(std::io::Error::other("cut"))]);
    assert_eq!(status(&app, Body::from_stream(broken), FORM).await, 303);
    let encoded = |request: &mut Request<Body>| {
        request
            .headers_mut()
            .insert("content-encoding", "gzip".parse().unwrap());
    };
    let mut request = form("/save", "a=1");
    encoded(&mut request);
    assert_eq!(call(&app, request).await.status(), 303);
}

/// The clock of the runtime is paused, so that the timeout passes without waiting.
#[tokio::test(start_paused = true)]
async fn slow_body_times_out() {
    let (_provider, app, _) = setup().await;
    let start = tokio::time::Instant::now();
    let drip = stream::unfold((), |()| async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        Some((Ok::<_, Infallible>(Bytes::from("a=1&")), ()))
    });
    let response = call(&app, form("/save", Body::from_stream(drip))).await;
    assert_eq!(response.status(), 303);
    assert!(
        start.elapsed() <= Duration::from_secs(11),
        "{:?}",
        start.elapsed()
    );
}

/// The body is read only for a form that can be kept.
#[tokio::test]
async fn only_bodies_of_kept_forms_are_read() {
    let (_provider, app, mut browser) = setup().await;
    let unread = || {
        Body::from_stream(stream::once(async {
            panic!("the body was read");
            #[expect(unreachable_code, reason = "it gives the stream its type")]
            Ok::<Bytes, Infallible>(Bytes::new())
        }))
    };
    let changes: [fn(&mut Request<Body>); 4] = [
        |request| *request.method_mut() = Method::PUT,
        |request| {
            drop(
                request
                    .headers_mut()
                    .insert("sec-fetch-mode", "cors".parse().unwrap()),
            )
        },
        |request| {
            drop(
                request
                    .headers_mut()
                    .insert("sec-fetch-site", "cross-site".parse().unwrap()),
            )
        },
        |request| drop(request.headers_mut().remove("content-type")),
    ];
    for change in changes {
        let mut request = form("/save", unread());
        change(&mut request);
        assert!([401, 303].contains(&call(&app, request).await.status().as_u16()));
    }
    let visit = Visit::post(browser.url("/save"), &[("a", "1")]).mode(Mode::Cors);
    let page: Page = browser.step(visit.started_by(browser.url("/"))).await;
    assert_eq!(
        page.header("content-type"),
        Some("application/problem+json")
    );
}

/// A guard that requires a recent login keeps the form as well.
#[tokio::test]
async fn form_is_kept_during_step_up() {
    let provider = Provider::start().await;
    let clock = Clock::at_system_time();
    let app = routes(clock.layer(&secrets(&provider).toml()));
    let mut browser = Browser::new(app, ORIGIN);
    let old = clock.now() - 3600;
    provider.set(|f| f.claims.set("auth_time", old));
    browser.get("/auth/login").await;
    provider.clear_faults();
    provider.forget_requests();

    let page = browser.post("/pay", &[("amount", "10")]).await;
    assert_eq!(page.status, 401, "{page:?}");
    let login = attributes(&page.text(), "<a", "href").remove(0);
    let tab = Visit::get(browser.url(&login)).started_by(page.url.clone());
    assert_eq!(browser.follow(tab).await.text(), "home");
    let asked = provider.requests("authorize").remove(0);
    assert_eq!(asked.parameter("max_age"), Some("300"));

    let (action, fields) = resubmitted(&page.text());
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect();
    assert_eq!(browser.post(&action, &fields).await.text(), "amount=10");
}

/// A router below a base path receives the form at the same address.
#[tokio::test]
async fn form_is_sent_to_address_with_base_path() {
    let provider = Provider::start().await;
    let toml = support::secrets_at(&provider, "http://localhost:8501/app").toml();
    let app = routes(AuthLayer::from_toml(&toml).unwrap());
    let response: Response = call(&app, form("/save?x=%C3%BC", "a=1")).await;
    let page = text(response).await;
    assert_eq!(resubmitted(&page).0, "/app/save?x=%C3%BC");
    assert_eq!(attributes(&page, "<a", "href"), ["/app/auth/login"]);
}
