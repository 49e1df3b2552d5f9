//! The token in `/auth/login?provider=<JWT>`, with which a Streamlit front end starts a login.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;

use crate::{cookie::CLOCK_TOLERANCE, state::Settings};

/// Returns the token in a query, if there is one.
pub(crate) fn from_query(query: &str) -> Option<String> {
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "provider")
        .map(|(_, token)| token.into_owned())
}

/// Verifies a token and returns the provider that it names.
///
/// A token is valid if a Streamlit app with the same cookie secret created it within the last two
/// minutes. The clock of the Streamlit app may differ by [`CLOCK_TOLERANCE`]. Only the current
/// secret is used, because Streamlit does not know earlier ones.
///
/// Source: Streamlit 1.67, `auth_util.encode_provider_token` and `decode_provider_token`.
pub(crate) fn verify(settings: &Settings, token: &str, now: u64) -> Option<String> {
    if token.len() > MAX_TOKEN_LEN {
        return None;
    }
    let (signed, mac) = token.rsplit_once('.')?;
    let (header, payload) = signed.split_once('.')?;
    let mac = BASE64_URL_SAFE_NO_PAD.decode(mac).ok()?;
    if !settings.keys[0].verify_mac(signed.as_bytes(), &mac) {
        return None;
    }
    let header: Header =
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    let payload: Payload =
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    let now = now as f64;
    let is_fresh = payload.exp + TOLERANCE > now && payload.exp <= now + TOKEN_TTL + TOLERANCE;
    (header.alg == "HS256" && is_fresh && !payload.provider.is_empty()).then_some(payload.provider)
}

/// Seconds.
const TOKEN_TTL: f64 = 120.0;

const TOLERANCE: f64 = CLOCK_TOLERANCE as f64;

/// In bytes. A provider name of 64 characters results in a token of 200 bytes.
const MAX_TOKEN_LEN: usize = 1000;

#[derive(Deserialize)]
struct Header {
    alg: String,
}

#[derive(Deserialize)]
struct Payload {
    provider: String,
    exp: f64,
}
