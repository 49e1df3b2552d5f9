//! Promise 5 of the design: an identity is only honoured from our own origin, which is what keeps forged requests and stolen WebSockets out.

use axum::Router;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};

use super::{
    TIME,
    support::{
        COOKIE_SECRET, Clock, Log, ORIGIN, answer, app_with, get,
        signed::{self, IDENTITY, identity},
        text,
    },
};

/// Who sends a request: method, then `Sec-Fetch-Site`, `-Mode` and `-Dest` and `Origin`, empty where there is none.
type Sent = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static str,
);

const HONOURED: &[(&str, Sent)] = &[
    ("a program", ("GET", "", "", "", "")),
    ("a program that posts", ("POST", "", "", "", "")),
    (
        "an address typed",
        ("GET", "none", "navigate", "document", ""),
    ),
    (
        "a page of ours",
        ("GET", "same-origin", "navigate", "document", ""),
    ),
    ("our fetch", ("GET", "same-origin", "cors", "empty", "")),
    (
        "our fetch that posts",
        ("POST", "same-origin", "cors", "empty", ORIGIN),
    ),
    (
        "our form",
        ("POST", "same-origin", "navigate", "document", ORIGIN),
    ),
    ("our image", ("GET", "same-origin", "no-cors", "image", "")),
    (
        "our frame",
        ("GET", "same-origin", "navigate", "iframe", ""),
    ),
    (
        "our WebSocket",
        ("GET", "same-origin", "websocket", "empty", ORIGIN),
    ),
    (
        "our form with a hidden origin",
        ("POST", "same-origin", "navigate", "document", "null"),
    ),
    (
        "a link of another site",
        ("GET", "cross-site", "navigate", "document", ""),
    ),
    (
        "a link of a sibling",
        ("GET", "same-site", "navigate", "document", ""),
    ),
    (
        "a look ahead",
        ("HEAD", "cross-site", "navigate", "document", ""),
    ),
    ("an older browser's fetch", ("POST", "", "", "", ORIGIN)),
    ("an older browser's WebSocket", ("GET", "", "", "", ORIGIN)),
];

const REFUSED: &[(&str, Sent)] = &[
    (
        "a form of another site",
        (
            "POST",
            "cross-site",
            "navigate",
            "document",
            "https://evil.example",
        ),
    ),
    (
        "a form of a sibling",
        (
            "POST",
            "same-site",
            "navigate",
            "document",
            "http://evil.localhost:8501",
        ),
    ),
    (
        "a form without an origin",
        ("POST", "cross-site", "navigate", "document", ""),
    ),
    (
        "a form with a hidden origin",
        ("POST", "cross-site", "navigate", "document", "null"),
    ),
    (
        "a fetch of another site",
        ("GET", "cross-site", "cors", "empty", "https://evil.example"),
    ),
    (
        "a fetch of a sibling",
        ("GET", "same-site", "cors", "empty", "http://localhost:9000"),
    ),
    (
        "a fetch without CORS",
        ("GET", "cross-site", "no-cors", "empty", ""),
    ),
    ("an image", ("GET", "cross-site", "no-cors", "image", "")),
    ("a script", ("GET", "cross-site", "no-cors", "script", "")),
    ("a frame", ("GET", "cross-site", "navigate", "iframe", "")),
    (
        "a sibling's frame",
        ("GET", "same-site", "navigate", "iframe", ""),
    ),
    (
        "an embedded object",
        ("GET", "cross-site", "navigate", "object", ""),
    ),
    (
        "a navigation to nowhere",
        ("GET", "cross-site", "navigate", "", ""),
    ),
    (
        "a WebSocket of another site",
        (
            "GET",
            "cross-site",
            "websocket",
            "empty",
            "https://evil.example",
        ),
    ),
    (
        "a sibling's WebSocket",
        (
            "GET",
            "same-site",
            "websocket",
            "empty",
            "http://localhost:9000",
        ),
    ),
    (
        "a method that changes",
        ("DELETE", "cross-site", "navigate", "document", ""),
    ),
    (
        "a preflight",
        (
            "OPTIONS",
            "cross-site",
            "cors",
            "empty",
            "https://evil.example",
        ),
    ),
    (
        "an unknown site",
        ("GET", "Same-Origin", "cors", "empty", ""),
    ),
    ("an empty mode", ("GET", "cross-site", "", "document", "")),
    (
        "an older browser's fetch elsewhere",
        ("GET", "", "", "", "https://evil.example"),
    ),
    (
        "an older browser's form elsewhere",
        ("POST", "", "", "", "https://evil.example"),
    ),
    (
        "an older browser's hidden form",
        ("POST", "", "", "", "null"),
    ),
    (
        "another port",
        ("POST", "", "", "", "http://localhost:8502"),
    ),
    (
        "another scheme",
        ("POST", "", "", "", "https://localhost:8501"),
    ),
    ("no port", ("POST", "", "", "", "http://localhost")),
    (
        "a longer host",
        ("POST", "", "", "", "http://localhost:8501.evil.example"),
    ),
    ("a path", ("POST", "", "", "", "http://localhost:8501/")),
    ("our address", ("POST", "", "", "", "http://127.0.0.1:8501")),
];

#[tokio::test]
async fn a124_an_identity_is_honoured_from_our_own_origin_only() {
    let app = app();
    for (who, sent) in HONOURED {
        let (user, reasons) = ask(&app, sent, &[]).await;
        assert_eq!((user.as_str(), reasons.len()), ("ada", 0), "{who}");
    }
    for (who, sent) in REFUSED {
        let (user, reasons) = ask(&app, sent, &[]).await;
        assert_eq!(user, "nobody", "{who}");
        assert_eq!(reasons, ["other_origin"], "{who}");
    }
}

#[tokio::test]
async fn a145_what_a_proxy_or_an_attacker_says_of_the_host_does_not_make_it_ours() {
    let app = app();
    for (name, value) in [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "https"),
        ("forwarded", "host=evil.example;proto=https"),
        ("x-original-url", "https://evil.example/"),
        ("referer", "http://localhost:8501/"),
    ] {
        for (who, sent) in HONOURED {
            assert_eq!(
                ask(&app, sent, &[(name, value)]).await.0,
                "ada",
                "{who} {name}"
            );
        }
        for (who, sent) in REFUSED {
            assert_eq!(
                ask(&app, sent, &[(name, value)]).await.0,
                "nobody",
                "{who} {name}"
            );
        }
    }
}

fn app() -> Router {
    let layer = Clock::at(TIME).layer(&signed::toml(COOKIE_SECRET, ORIGIN));
    // `any` runs for every method; `/` of the app itself knows GET and POST alone.
    let any = axum::routing::any(|user: axum_streamlit_auth::User| async move {
        let sub = user.text("sub").to_owned();
        [(
            "x-user",
            if sub.is_empty() {
                "nobody".to_owned()
            } else {
                sub
            },
        )]
    });
    app_with(layer.clone()).merge(Router::new().route("/any", any).layer(layer))
}

/// Who the app takes the sender for, and the reasons it logs.
async fn ask(app: &Router, sent: &Sent, more: &[(&'static str, &str)]) -> (String, Vec<String>) {
    let (method, site, mode, dest, origin) = sent;
    let mut request = get("/any");
    *request.method_mut() = method.parse::<Method>().unwrap();
    let headers: &mut HeaderMap = request.headers_mut();
    let value = |value: &str| HeaderValue::from_str(value).unwrap();
    headers.insert(
        header::COOKIE,
        value(&format!("{IDENTITY}={}", identity("ada", TIME))),
    );
    let fetch = [
        ("sec-fetch-site", site),
        ("sec-fetch-mode", mode),
        ("sec-fetch-dest", dest),
        ("origin", origin),
    ];
    for (name, text) in fetch.into_iter().filter(|(_, text)| !text.is_empty()) {
        headers.insert(name, value(text));
    }
    for (name, text) in more {
        headers.insert(HeaderName::from_static(name), value(text));
    }
    let log = Log::start();
    let response = answer(app, request).await;
    let user = response.headers()["x-user"].to_str().unwrap().to_owned();
    assert_eq!(response.status(), 200);
    text(response).await;
    (user, log.reasons())
}
