//! Return paths after the login.
//!
//! - `open_redirect`: no return path leaves the app
//! - `return_path`: paths of the app are preserved byte for byte
//!
//! `whatwg.mjs` checks all redirects of these tests with Node's URL parser.

mod open_redirect;
mod return_path;

use support::{
    COOKIE_SECRET, HTTPS_ORIGIN, ORIGIN, Page, Provider, TestApp, Visit, secrets_at, signed,
};
use url::Url;

const BASES: [&str; 3] = [ORIGIN, HTTPS_ORIGIN, "https://app.example/app"];

async fn test_app(base: &str) -> TestApp {
    let provider = Provider::start().await;
    let secrets = secrets_at(&provider, base);
    TestApp::with_provider(provider, &secrets, base)
}

/// Logs in with this `next`. Returns the redirect at the end.
async fn login_with_next(app: &mut TestApp, base: &str, next: &str) -> Page {
    let mut url = Url::parse(&format!("{base}/auth/login")).unwrap();
    url.query_pairs_mut().append_pair("next", next);
    let callback = app.callback_from(url.as_str()).await;
    app.browser.step(callback).await
}

/// Logs in with an attempt cookie that holds this `next`, with a valid signature.
async fn login_with_signed_next(app: &mut TestApp, base: &str, next: &str) -> Page {
    let callback = app.callback_from(&format!("{base}/auth/login")).await;
    let name = app.attempts().pop_last().unwrap();
    let now = app.clock.now();
    app.browser.jar.tamper(&name, |value| {
        let text = signed::text_of(value);
        let mut attempt: serde_json::Value = serde_json::from_str(&text).unwrap();
        attempt["next"] = next.into();
        signed::sign(COOKIE_SECRET, &name, &attempt.to_string(), now)
    });
    app.browser.step(callback).await
}

/// Asserts that two URL parsers resolve the redirect to the origin of the app, and that it cannot
/// inject a header.
fn assert_stays(page: &Page, base: &str, what: &str) {
    assert_eq!(page.status.as_u16(), 303, "{what}: {page:?}");
    for value in page.headers.values() {
        assert!(value.as_bytes().iter().all(|byte| *byte >= 0x20), "{what}");
    }
    let location = page.location().expect("visible ASCII");
    assert!(stays(location, base), "{what} leads to {location}");
}

fn stays(location: &str, base: &str) -> bool {
    note(location, base);
    let base = Url::parse(base).unwrap();
    let by_url = base.join(location);
    by_url.is_ok_and(|url| url.origin() == base.origin()) && stays_in_app(location)
}

/// Writes the redirect to the file for `whatwg.mjs`, if there is one.
fn note(location: &str, base: &str) {
    use std::io::Write;
    if let Some(path) = std::env::var_os("LOCATIONS") {
        let file = std::fs::File::options().append(true).open(path);
        // One write per line, because the tests run in parallel.
        let line = format!("{}\n", serde_json::json!([location, base]));
        file.unwrap().write_all(line.as_bytes()).unwrap();
    }
}

/// Returns true if browsers resolve `location` to a URL of the app. A simplified URL parser: white
/// space is removed, `\` equals `/`, and two slashes start a host.
fn stays_in_app(location: &str) -> bool {
    let text: String = location
        .trim_matches(|letter: char| letter <= ' ')
        .chars()
        .filter(|letter| !['\t', '\n', '\r'].contains(letter))
        .map(|letter| if letter == '\\' { '/' } else { letter })
        .collect();
    text.starts_with('/') && !text.starts_with("//")
}

/// The text as it is, percent-encoded, and percent-encoded twice.
fn three_ways(text: &str) -> [String; 3] {
    let once = encoded(text);
    let twice = encoded(&once);
    [text.to_owned(), once, twice]
}

/// Percent-encodes all but letters, digits and a leading slash.
fn encoded(text: &str) -> String {
    use std::fmt::Write;
    let mut encoded = String::new();
    for (at, byte) in text.bytes().enumerate() {
        if byte.is_ascii_alphanumeric() || (at == 0 && byte == b'/') {
            encoded.push(byte.into());
        } else {
            let _ = write!(encoded, "%{byte:02x}");
        }
    }
    encoded
}

/// Stores the cookies of a response that no browser requested.
fn store(app: &mut TestApp, base: &str, response: &axum::response::Response) {
    let url = Url::parse(&format!("{base}/")).unwrap();
    for cookie in response.headers().get_all("set-cookie") {
        let context = support::jar::Context::SameSite;
        app.browser
            .jar
            .store(&url, cookie.to_str().unwrap(), context);
    }
}

/// A navigation with exactly this request target.
fn navigation(target: &str) -> Option<axum::extract::Request> {
    let request = axum::http::Request::get(target)
        .header("accept", "text/html")
        .header("sec-fetch-site", "none")
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-dest", "document");
    request.body(axum::body::Body::empty()).ok()
}

/// Completes the login to which the app redirected a [`navigation`].
async fn finish(app: &mut TestApp, base: &str, response: axum::response::Response) -> Page {
    store(app, base, &response);
    let location = response.headers()["location"].to_str().unwrap();
    let start = Visit::get(Url::parse(location).unwrap());
    let callback = app.return_from_provider(start).await;
    app.browser.step(callback).await
}
