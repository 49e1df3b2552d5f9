//! Section A.8 of the attacks: where a visitor may be sent after the login.
//!
//! - `hostile`: whatever somebody writes there, nobody leaves the app
//! - `kept`: what is a page of the app is kept to the byte, and what is none of them never becomes one
//!
//! `whatwg.mjs` beside this file asks Node's URL parser about every place that these tests were led to.

mod hostile;
mod kept;
#[path = "../support/mod.rs"]
mod support;

use support::{
    COOKIE_SECRET, HTTPS_ORIGIN, ORIGIN, Page, Provider, Stage, Visit, secrets_at, signed,
};
use url::Url;

const BASES: [&str; 3] = [ORIGIN, HTTPS_ORIGIN, "https://app.example/app"];

async fn stage(base: &str) -> Stage {
    let provider = Provider::start().await;
    // Many logins are made here, and RSA takes its time.
    provider.set(|f| f.alg = "EdDSA");
    let secrets = secrets_at(&provider, base);
    Stage::of(provider, &secrets, base)
}

/// A whole login with this `next`, up to the redirect that ends it.
async fn login_with_next(stage: &mut Stage, base: &str, next: &str) -> Page {
    let mut url = Url::parse(&format!("{base}/auth/login")).unwrap();
    url.query_pairs_mut().append_pair("next", next);
    let callback = stage.callback_of(url.as_str()).await;
    stage.browser.step(callback).await
}

/// A whole login whose attempt cookie, rightly signed, holds this `next`.
async fn login_with_signed_next(stage: &mut Stage, base: &str, next: &str) -> Page {
    let callback = stage.callback_of(&format!("{base}/auth/login")).await;
    let name = stage.attempts().pop_last().unwrap();
    let now = stage.clock.now();
    stage.browser.jar.tamper(&name, |value| {
        let text = signed::text_of(value);
        let mut attempt: serde_json::Value = serde_json::from_str(&text).unwrap();
        attempt["next"] = next.into();
        signed::sign(COOKIE_SECRET, &name, &attempt.to_string(), now)
    });
    stage.browser.step(callback).await
}

/// The redirect stays on the app's origin by two parsers, and no header holds what could start another one.
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
    by_url.is_ok_and(|url| url.origin() == base.origin()) && stays_in_a_browser(location)
}

/// Leaves the place for `whatwg.mjs`, which names the file to write to.
fn note(location: &str, base: &str) {
    use std::io::Write;
    if let Some(path) = std::env::var_os("LOCATIONS") {
        let file = std::fs::File::options().append(true).open(path);
        // One write for each line, since the tests run side by side.
        let line = format!("{}\n", serde_json::json!([location, base]));
        file.unwrap().write_all(line.as_bytes()).unwrap();
    }
}

/// What the URL standard does with a relative reference, in short: white space goes, `\` is `/`, and two of them begin another host.
fn stays_in_a_browser(location: &str) -> bool {
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

/// Everything but letters, digits and a slash at the start.
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

/// The cookies of an answer that no browser asked for.
fn store(stage: &mut Stage, base: &str, response: &axum::response::Response) {
    let url = Url::parse(&format!("{base}/")).unwrap();
    for cookie in response.headers().get_all("set-cookie") {
        let context = support::jar::Context::SameSite;
        stage
            .browser
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

/// What follows when the app answered a [`navigation`] with the way to the provider.
async fn finish(stage: &mut Stage, base: &str, response: axum::response::Response) -> Page {
    store(stage, base, &response);
    let location = response.headers()["location"].to_str().unwrap();
    let start = Visit::get(Url::parse(location).unwrap());
    let callback = stage.come_back(start).await;
    stage.browser.step(callback).await
}
