//! `/auth/login?provider=<JWT>`: how the front end of a Streamlit app starts a login.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;

use crate::{cookie::CLOCK_TOLERANCE, site::Site};

/// The token in a query, if there is one.
pub(crate) fn of(query: &str) -> Option<String> {
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "provider")
        .map(|(_, token)| token.into_owned())
}

/// The name of the provider in a token that a Streamlit app with our cookie secret made within the last two minutes. The clock of the
/// Streamlit app may differ by [`CLOCK_TOLERANCE`].
///
/// Source: Streamlit 1.67, `auth_util.encode_provider_token` and `decode_provider_token`; that only the current secret counts follows from
/// what Streamlit knows.
pub(crate) fn provider(site: &Site, token: &str, now: u64) -> Option<String> {
    if token.len() > LONGEST {
        return None;
    }
    let (signed, mac) = token.rsplit_once('.')?;
    let (header, payload) = signed.split_once('.')?;
    let mac = BASE64_URL_SAFE_NO_PAD.decode(mac).ok()?;
    if !site.keys[0].signed(signed.as_bytes(), &mac) {
        return None;
    }
    let header: Header =
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(header).ok()?).ok()?;
    let payload: Payload =
        serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(payload).ok()?).ok()?;
    let now = now as f64;
    let fresh = payload.exp + TOLERANCE > now && payload.exp <= now + LIFE + TOLERANCE;
    (header.alg == "HS256" && fresh && !payload.provider.is_empty()).then_some(payload.provider)
}

/// Seconds.
const LIFE: f64 = 120.0;

const TOLERANCE: f64 = CLOCK_TOLERANCE as f64;

/// Bytes; a name of 64 letters makes a token of 200.
const LONGEST: usize = 1000;

#[derive(Deserialize)]
struct Header {
    alg: String,
}

#[derive(Deserialize)]
struct Payload {
    provider: String,
    exp: f64,
}
