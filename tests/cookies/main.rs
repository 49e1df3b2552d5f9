//! Section A.7 of the attacks: the cookies, forged, mixed up, too many, too large.

#[path = "../support/mod.rs"]
mod support;

mod beside;
mod budget;
mod forged;
mod mixed;
mod renewed;
mod rotated;
mod written;

use axum::Router;

use self::support::{COOKIE_SECRET, Clock, ORIGIN, app_with, signed};

/// When every value here is signed.
const TIME: u64 = 1_790_000_000;

/// An app that stands still at [`TIME`], and reaches no provider.
fn app() -> (Router, Clock) {
    app_at(ORIGIN)
}

fn app_at(base: &str) -> (Router, Clock) {
    let clock = Clock::at(TIME);
    let auth = clock.layer(&signed::toml(COOKIE_SECRET, base));
    (app_with(auth), clock)
}

/// An identity of `sub`, large enough for `parts` cookies of 3,900 bytes.
fn large(sub: &str, parts: usize, time: u64) -> Vec<(String, String)> {
    // Three bytes of text are four of base64.
    let word = format!("{sub}{time}");
    let padding = word.repeat((parts * 3900 - 1000) * 3 / 4 / word.len());
    let claims = serde_json::json!({ "sub": sub, "padding": padding });
    let text = signed::identity_text(claims);
    let value = signed::sign(COOKIE_SECRET, signed::IDENTITY, &text, time);
    let cookies = signed::split(signed::IDENTITY, &value, 3900);
    assert_eq!(cookies.len(), parts + 1);
    cookies
}
