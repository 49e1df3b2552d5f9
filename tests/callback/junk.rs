//! What no honest provider sends: errors with hostile texts, answers of other flows, junk. Rows 49, 51, 57 and 139.

use std::collections::BTreeSet;

use axum::http::Request;
use rand::{Rng, SeedableRng, rngs::StdRng};

use crate::support::{Log, Provider, Stage, answer, app, query::edited, secrets, text};

const SCRIPT: &str = "<script>alert(1)</script>\"'\r\nX-Evil: y\u{1b}[31m\u{2028}\u{202e}";

/// Row 49.
#[tokio::test]
async fn a049_an_error_of_the_provider_is_told_in_our_own_words() {
    let mut stage = Stage::new().await;
    stage.sign_in("bob").await;
    let description = format!("{SCRIPT}{}", "d".repeat(10_000));
    for (error, reason, status) in [
        ("access_denied", "cancelled", 403),
        ("consent_required", "interaction_needed", 403),
        ("login_required", "interaction_needed", 403),
        ("invalid_scope", "scope_refused", 400),
        ("server_error", "provider_trouble", 400),
        ("temporarily_unavailable", "provider_busy", 400),
        ("something_new", "provider_refused", 403),
        ("", "provider_refused", 403),
        (SCRIPT, "provider_refused", 403),
        (&SCRIPT.repeat(200), "provider_refused", 403),
    ] {
        stage.provider.set(|f| f.refuse(error, &description));
        let callback = stage.callback_of("/auth/login?next=/report").await;
        let log = Log::start();

        let page = stage.home(callback, reason).await;

        assert_eq!(page.status.as_u16(), status, "{error}");
        let html = page.text();
        // The description is in the developer part, as text.
        assert!(
            !html.contains("<script") && !html.contains("dddd"),
            "{html}"
        );
        assert!(html.contains(r#"value="/report""#), "{html}");
        let names = page.headers.keys().map(|name| name.as_str().to_owned());
        assert!(!names.into_iter().any(|name| name.contains("evil")));
        let (_, line) = log.complaints().remove(0);
        assert!(!line.contains(['\u{2028}', '\u{202e}', '\u{1b}']), "{line}");
        let (_, detail) = line.split_once(" detail=").unwrap();
        assert!(
            !detail.contains("dddd") && detail.chars().count() <= 300,
            "{detail}"
        );
        stage.provider.behave();
    }
    assert_eq!(stage.provider.count("token"), 1);
    assert_eq!(stage.who().await, "bob");
}

/// Row 49, without a login of this browser that it could belong to.
#[tokio::test]
async fn a049_an_error_from_nowhere_says_the_same_and_ends_nothing() {
    let mut stage = Stage::new().await;
    stage.sign_in("bob").await;
    stage.start("/auth/login").await;
    for query in [
        "error=access_denied",
        "error=access_denied&state=unknown-unknown",
    ] {
        let visit =
            crate::support::Visit::get(stage.browser.url(&format!("/oauth2callback?{query}")));
        stage.home(visit, "cancelled").await;
    }
    assert_eq!(stage.attempts().len(), 1);
}

/// Row 51: answers of other flows, whose tokens may be anybody's.
#[tokio::test]
async fn a051_mixed_answers_and_tokens_in_the_link_are_refused() {
    let mut stage = Stage::new().await;
    let other = stage.callback().await;
    stage.browser.follow(other).await;
    let token = stage.provider.issued().pop().unwrap();
    stage.browser.jar.clear();
    stage.provider.forget_requests();
    for (name, value, with_code) in [
        ("error", "access_denied", true),
        ("id_token", token.as_str(), true),
        ("access_token", token.as_str(), true),
        ("response", token.as_str(), true),
        ("id_token", token.as_str(), false),
        ("access_token", token.as_str(), false),
        ("response", token.as_str(), false),
    ] {
        let right = stage.callback().await;
        let visit = edited(&right, |pairs| {
            pairs.retain(|(name, _)| with_code || name != "code");
            pairs.push((name.into(), value.into()));
        });
        stage.home(visit, "callback_malformed").await;
        assert_eq!(stage.who().await, "nobody");
    }
    assert_eq!(stage.provider.count("token"), 0);
    assert_eq!(stage.provider.count("userinfo"), 0);
}

/// Row 57.
#[tokio::test]
async fn a057_junk_is_never_a_server_error() {
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
        let response = answer(&app, request).await;
        let status = response.status().as_u16();
        assert!(status == 303 || (400..500).contains(&status), "{status}");
        assert!(!response.headers().contains_key("set-cookie"));
        assert!(!text(response).await.contains("cccccccc"));
    }
    assert_eq!(provider.all_requests().len(), 0);
}

/// Row 139: whatever arrives at whatever endpoint, nothing panics, and nothing is our fault. The fuzz targets say the same of more.
#[tokio::test]
async fn a139_nothing_that_a_stranger_sends_is_our_fault() {
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
        let response = answer(&app, request.body(axum::body::Body::empty()).unwrap()).await;
        assert!(response.status().as_u16() < 500, "{response:?}");
        statuses.insert(response.status().as_u16());
    }
    assert!(
        statuses.is_superset(&BTreeSet::from([200, 303, 400, 401, 405])),
        "{statuses:?}"
    );
}
