//! Malformed callbacks: hostile error texts, responses of other flows, arbitrary data.

use std::collections::BTreeSet;

use axum::http::Request;
use rand::{Rng, SeedableRng, rngs::StdRng};

use support::{Log, Provider, TestApp, app, call, query::edited, secrets, text};

const SCRIPT: &str = "<script>alert(1)</script>\"'\r\nX-Evil: y\u{1b}[31m\u{2028}\u{202e}";
#[tokio::test]
async fn provider_error_is_explained_without_its_text() {
    let mut test_app = TestApp::new().await;
    test_app.sign_in("bob").await;
    let description = format!("{SCRIPT}{}", "d".repeat(10_000));
    for (error, reason, status) in [
        ("access_denied", "cancelled", 403),
        ("consent_required", "interaction_needed", 403),
        ("login_required", "interaction_needed", 403),
        ("invalid_scope", "scope_refused", 400),
        ("server_error", "provider_error", 400),
        ("temporarily_unavailable", "provider_busy", 400),
        ("something_new", "provider_refused", 403),
        ("", "provider_refused", 403),
        (SCRIPT, "provider_refused", 403),
        (&SCRIPT.repeat(200), "provider_refused", 403),
    ] {
        test_app.provider.set(|f| f.deny(error, &description));
        let callback = test_app.callback_from("/auth/login?next=/report").await;
        let log = Log::start();

        let page = test_app.assert_rejected(callback, reason).await;

        assert_eq!(page.status.as_u16(), status, "{error}");
        let html = page.text();
        // The description is in the developer part, escaped.
        assert!(
            !html.contains("<script") && !html.contains("dddd"),
            "{html}"
        );
        assert!(html.contains(r#"value="/report""#), "{html}");
        let names = page.headers.keys().map(|name| name.as_str().to_owned());
        assert!(!names.into_iter().any(|name| name.contains("evil")));
        let (_, line) = log.warnings().remove(0);
        assert!(!line.contains(['\u{2028}', '\u{202e}', '\u{1b}']), "{line}");
        let (_, detail) = line.split_once(" detail=").unwrap();
        assert!(
            !detail.contains("dddd") && detail.chars().count() <= 300,
            "{detail}"
        );
        test_app.provider.clear_faults();
    }
    assert_eq!(test_app.provider.count("token"), 1);
    assert_eq!(test_app.current_user().await, "bob");
}

/// An error response without a login attempt of this browser.
#[tokio::test]
async fn unsolicited_error_ends_no_attempt() {
    let mut app = TestApp::new().await;
    app.sign_in("bob").await;
    app.start("/auth/login").await;
    for query in [
        "error=access_denied",
        "error=access_denied&state=unknown-unknown",
    ] {
        let visit = support::Visit::get(app.browser.url(&format!("/oauth2callback?{query}")));
        app.assert_rejected(visit, "cancelled").await;
    }
    assert_eq!(app.attempts().len(), 1);
}

/// Responses of other flows, whose tokens may belong to any user.
#[tokio::test]
async fn mixed_authorization_response_is_rejected() {
    let mut app = TestApp::new().await;
    let other = app.callback().await;
    app.browser.follow(other).await;
    let token = app.provider.issued().pop().unwrap();
    app.browser.jar.clear();
    app.provider.forget_requests();
    for (name, value, with_code) in [
        ("error", "access_denied", true),
        ("id_token", token.as_str(), true),
        ("access_token", token.as_str(), true),
        ("response", token.as_str(), true),
        ("id_token", token.as_str(), false),
        ("access_token", token.as_str(), false),
        ("response", token.as_str(), false),
    ] {
        let right = app.callback().await;
        let visit = edited(&right, |pairs| {
            pairs.retain(|(name, _)| with_code || name != "code");
            pairs.push((name.into(), value.into()));
        });
        app.assert_rejected(visit, "callback_malformed").await;
        assert_eq!(app.current_user().await, "nobody");
    }
    assert_eq!(app.provider.count("token"), 0);
    assert_eq!(app.provider.count("userinfo"), 0);
}

#[tokio::test]
async fn malformed_callback_is_a_client_error() {
    let provider = Provider::start().await;
    let app = app(&secrets(&provider).toml());
    let many: String = (0..10_000).map(|at| format!("{at}&")).collect();
    for query in [
        format!("state=x&code={}", "c".repeat(65_000)),
        format!("state={}&code=c", "s".repeat(65_000)),
        format!("{many}state=x&code=c"),
        "state=%ff&code=%ff".into(),
        "state=%00%00%00%00%00%00%00%00%00%00%00&code=%00".into(),
        "state=%E2%80%A8%E2%80%A8%E2%80%A8%E2%80%A8%E2%80%A8&code=x".into(),
        "state=ab%C3%A9ab%C3%A9ab%C3%A9&code=x".into(),
        "state=+++++++++++&code=+".into(),
        "state&code".into(),
        "&&&&".into(),
        "=====".into(),
        "%".into(),
        "%zz=%zz&state=%".into(),
        "code=c".into(),
        "error=".into(),
        "error=%0d%0aX:y&state=%0d%0a".into(),
    ] {
        let uri = format!("/oauth2callback?{query}");
        let request = Request::get(uri).body(axum::body::Body::empty()).unwrap();
        let response = call(&app, request).await;
        let status = response.status().as_u16();
        assert!(status == 303 || (400..500).contains(&status), "{status}");
        assert!(!response.headers().contains_key("set-cookie"));
        assert!(!text(response).await.contains("cccccccc"));
    }
    assert_eq!(provider.all_requests().len(), 0);
}

/// No request to any endpoint causes a panic or a server error. The fuzz targets test more inputs.
#[tokio::test]
async fn arbitrary_requests_never_cause_server_errors() {
    const METHODS: [&str; 6] = ["GET", "POST", "HEAD", "OPTIONS", "DELETE", "X"];
    const PATHS: [&str; 10] = [
        "/",
        "/me",
        "/guarded",
        "/admin",
        "/login",
        "/logout",
        "/auth/login",
        "/auth/login/default",
        "/auth/logout",
        "/oauth2callback",
    ];
    const HEADERS: [&str; 9] = [
        "cookie",
        "accept",
        "accept-language",
        "origin",
        "referer",
        "sec-fetch-site",
        "sec-fetch-mode",
        "host",
        "hx-request",
    ];
    const PIECES: [&[u8]; 20] = [
        b"_streamlit_user=",
        b"_streamlit_user_1=",
        b"_streamlit_login_",
        b"2|1:0|10:1790000000|",
        b"chunks-8",
        b"chunks-99999999",
        b"; ",
        b"=",
        b"state=",
        b"&code=",
        b"&iss=",
        b"error=",
        b"next=/",
        b"%",
        b"\xff\xfe",
        b"\x80",
        b"navigate",
        b"text/html",
        b"http://localhost:8501",
        b"999999999999999999999:",
    ];
    let provider = Provider::start().await;
    let app = app(&secrets(&provider).toml());
    let mut random = StdRng::seed_from_u64(139);
    let mut statuses = BTreeSet::new();
    for _ in 0..5_000 {
        let mut text = |visible: bool| -> Vec<u8> {
            let pieces =
                (0..random.gen_range(0..6)).map(|_| PIECES[random.gen_range(0..PIECES.len())]);
            let mut text = pieces.collect::<Vec<_>>().concat();
            text.retain(|byte| !visible || byte.is_ascii_graphic());
            text
        };
        let (query, values) = (text(true), HEADERS.map(|_| text(false)));
        let path = PATHS[random.gen_range(0..PATHS.len())];
        let uri = format!("{path}?{}", String::from_utf8(query).unwrap());
        let mut request = Request::builder()
            .method(METHODS[random.gen_range(0..METHODS.len())])
            .uri(uri);
        for (name, value) in HEADERS.iter().zip(values) {
            if random.gen_bool(0.5) {
                request = request.header(*name, value);
            }
        }
        let response = call(&app, request.body(axum::body::Body::empty()).unwrap()).await;
        assert!(response.status().as_u16() < 500, "{response:?}");
        statuses.insert(response.status().as_u16());
    }
    assert!(
        statuses.is_superset(&BTreeSet::from([200, 303, 400, 401, 405])),
        "{statuses:?}"
    );
}
