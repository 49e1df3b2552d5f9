//! Large requests that are cheap to send.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use axum::{Router, http::StatusCode};

use support::{
    Log, Provider, TestApp, app, call, get, secrets, signed::identity, text, with_cookies,
};

/// 100 KB of cookies with names of the crate are ignored, and the time is linear in their size: ten
/// times the size must not take a hundred times as long.
#[tokio::test]
async fn many_cookies_are_parsed_once() {
    let provider = Provider::start().await;
    let app = app(&secrets(&provider).toml());
    let forged = identity("mallory", 0);
    let kinds: [(&str, &dyn Fn(usize) -> String); 5] = [
        ("one name", &|_| format!("_streamlit_user={forged}")),
        ("parts", &|n| format!("_streamlit_user_{n}={forged}")),
        ("heads and parts", &|n| match n % 2 {
            0 => format!("_streamlit_user=chunks-{}", 1 + n % 8),
            _ => format!("_streamlit_user_{}={forged}", n % 8),
        }),
        ("attempts", &|n| {
            format!("_streamlit_login_{n:010}={forged}")
        }),
        ("tokens and rounds", &|n| match n % 2 {
            0 => format!("_streamlit_user_tokens={forged}"),
            _ => format!("_streamlit_recent_logins={forged}"),
        }),
    ];
    for (name, cookie) in kinds {
        let (short, long) = (flood(10_000, cookie), flood(100_000, cookie));
        for path in [
            "/",
            "/guarded",
            "/auth/login",
            "/oauth2callback?state=x&code=y",
            "/auth/logout",
        ] {
            let slow = fastest(&app, path, &long).await;
            let ratio = slow.as_secs_f64() / fastest(&app, path, &short).await.as_secs_f64();
            println!("{name} at {path}: {slow:.1?}, {ratio:.1} times as long for 10 times as much");
            assert!(ratio < 40.0, "{name} at {path}: {ratio}");
        }
        assert_eq!(text(with_cookies(&app, "/", &long).await).await, "nobody");
    }
}

/// 2,000 invalid callbacks cause no request to the provider, not even for its discovery document.
#[tokio::test]
async fn invalid_callbacks_reach_no_provider() {
    let mut test_app = TestApp::new().await;
    let right = test_app.callback().await;
    let cookies = test_app.browser.jar.cookies().to_vec();
    let provider = Arc::clone(&test_app.provider);
    provider.forget_requests();
    let app = app(&secrets(&provider).toml());
    let state = right
        .url
        .query_pairs()
        .find(|(name, _)| name == "state")
        .unwrap()
        .1
        .into_owned();
    let [attempt] = &cookies[..] else {
        panic!("one attempt: {cookies:?}")
    };
    let (head, tail) = attempt.value.split_at(attempt.value.len() - 1);
    let forged = format!("{head}{}", if tail == "0" { '1' } else { '0' });
    for number in 0..500 {
        for (query, cookie) in [
            (format!("code=c{number}&state={number:043}"), String::new()),
            (format!("code=c{number}&state={state}"), String::new()),
            (
                format!("code=c{number}&state={state}"),
                format!("{}={forged}", attempt.name),
            ),
            (
                format!("code=c{number}&state={number:043}"),
                format!("{}={}", attempt.name, attempt.value),
            ),
        ] {
            let response = with_cookies(&app, &format!("/oauth2callback?{query}"), cookie).await;
            assert_eq!(response.status(), StatusCode::BAD_REQUEST, "{query}");
        }
    }
    assert_eq!(provider.all_requests().len(), 0);

    let query = format!("code=c&state={state}");
    let cookie = format!("{}={}", attempt.name, attempt.value);
    with_cookies(&app, &format!("/oauth2callback?{query}"), cookie).await;
    assert_ne!(
        provider.all_requests().len(),
        0,
        "the right cookie makes the difference"
    );
}

/// Long input does not lead to long cookies, headers, pages or log lines.
#[tokio::test]
async fn long_paths_and_names_are_dropped() {
    let provider = Provider::start().await;
    let app = app(&secrets(&provider).toml());
    // The first is short enough for a return path, which the attempt cookie stores.
    for length in [1_900, 8_192, 20_000] {
        let long = "x".repeat(length);
        for path in [
            format!("/auth/login?next=/{long}"),
            format!("/auth/login?{long}={long}"),
            format!("/auth/login/{long}"),
            format!("/auth/{long}"),
            format!("/guarded?{long}"),
            format!("/guarded?next=/{long}"),
            format!("/oauth2callback?code={long}&state={long}"),
            format!("/oauth2callback?error={long}&error_description={long}&state={long}"),
            format!("/oauth2callback?code=c&state=s&iss={long}"),
            format!("/oauth2callback?{long}"),
            format!("/auth/logout?{long}"),
        ] {
            let start = format!("{length}: {path:.40}");
            let log = Log::start();
            let mut request = get(&path);
            request
                .headers_mut()
                .insert("accept", "text/html".parse().unwrap());
            let response = call(&app, request).await;
            assert!(!response.status().is_server_error(), "{start}");
            let headers: usize = response.headers().values().map(|value| value.len()).sum();
            assert!(headers < 4096, "{start}: {headers} bytes of headers");
            assert!(text(response).await.len() < 16 * 1024, "{start}");
            for line in log.lines().iter().filter(|line| line.is_from_crate()) {
                assert!(line.raw.chars().count() <= 400, "{start}: {line:?}");
            }
        }
    }
}

/// A `Cookie` header of about `bytes` bytes.
fn flood(bytes: usize, cookie: &dyn Fn(usize) -> String) -> String {
    let mut flood = String::with_capacity(bytes + 4096);
    for number in 1.. {
        if flood.len() >= bytes {
            break;
        }
        flood += &cookie(number);
        flood += "; ";
    }
    flood
}

/// The shortest of several durations, because the others include other load on the machine.
async fn fastest(app: &Router, path: &str, cookies: &str) -> Duration {
    let mut fastest = Duration::MAX;
    for _ in 0..20 {
        let begun = Instant::now();
        let response = with_cookies(app, path, cookies).await;
        fastest = fastest.min(begun.elapsed());
        assert!(!response.status().is_server_error());
    }
    fastest
}
