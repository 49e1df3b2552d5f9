//! Identity cookies: forged, spliced, renewed, oversized.

mod app_cookies;
mod budget;
mod encoding;
mod forged;
mod key_rotation;
mod renewed;
mod spliced;

use axum::Router;

use support::{COOKIE_SECRET, Clock, ORIGIN, app_with, signed};

/// The time at which all values are signed.
const TIME: u64 = 1_790_000_000;

/// An app with a clock fixed at [`TIME`] and an unreachable provider.
fn app() -> (Router, Clock) {
    app_at(ORIGIN)
}

fn app_at(base: &str) -> (Router, Clock) {
    let clock = Clock::at(TIME);
    let auth = clock.layer(&signed::toml(COOKIE_SECRET, base));
    (app_with(auth), clock)
}

/// An identity of `sub` that needs `parts` cookies of 3,900 bytes.
fn large(sub: &str, parts: usize, time: u64) -> Vec<(String, String)> {
    // Three bytes of text become four characters of base64.
    let word = format!("{sub}{time}");
    let padding = word.repeat((parts * 3900 - 1000) * 3 / 4 / word.len());
    let claims = serde_json::json!({ "sub": sub, "padding": padding });
    let text = signed::identity_text(claims);
    let value = signed::sign(COOKIE_SECRET, signed::IDENTITY, &text, time);
    let cookies = signed::split(signed::IDENTITY, &value, 3900);
    assert_eq!(cookies.len(), parts + 1);
    cookies
}
