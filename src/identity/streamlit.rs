//! Identities that a Streamlit app wrote, or that one will read.

use axum::http::HeaderValue;
use serde_json::{Map, Value};

use super::{
    AdmissionError, Identity, IdentityCookies, RetainedClaims, Tokens, TooLarge, admission_record,
    cookie_budget::{too_large, warn_if_large},
};
use crate::{
    config::CookieFormat,
    cookie::{CookieAttributes, Cookies, Verified, VerifyError, streamlit},
    sessions::SessionId,
    state::{IDENTITY_COOKIE, Settings, TOKENS_COOKIE},
};

/// Returns the newer of the `native` identity and that of a Streamlit app, which uses a cookie name
/// without a prefix even on https.
pub(super) fn newest(
    settings: &Settings,
    cookies: &Cookies,
    now: u64,
    native: Result<Identity, AdmissionError>,
) -> Result<Identity, AdmissionError> {
    let is_shared_name = settings.identity_name == IDENTITY_COOKIE;
    let native = native.map(|mut native| {
        // A Tornado value that fits into one cookie has the native wire format, but its text was
        // written by Python.
        if is_shared_name && is_python(&native.json) {
            apply_format(&mut native, settings, CookieFormat::Tornado);
        } else {
            apply_format(&mut native, settings, CookieFormat::Native);
        }
        native
    });
    if is_shared_name && native.is_ok() && cookies.values(IDENTITY_COOKIE).nth(1).is_none() {
        return native;
    }
    let streamlit = cookies
        .verified_streamlit(&settings.keys, IDENTITY_COOKIE, now, max_age(settings))
        .map_err(AdmissionError::from)
        .and_then(|verified| {
            let format = verified.format;
            let mut streamlit = Identity::from_verified(settings, verified)?;
            apply_format(&mut streamlit, settings, format);
            // Otherwise a native value would get Streamlit's longer lifetime.
            is_python(&streamlit.json)
                .then_some(streamlit)
                .ok_or(VerifyError::Malformed.into())
        });
    match (native, streamlit) {
        (Ok(native), Ok(streamlit)) if streamlit.time > native.time => Ok(streamlit),
        (Err(_), Ok(identity)) | (Ok(identity), _) => Ok(identity),
        (Err(AdmissionError::Cookie(VerifyError::Missing)), Err(streamlit)) => Err(streamlit),
        // Under the shared name, Streamlit's value is malformed as a native one.
        (Err(AdmissionError::Cookie(VerifyError::Malformed)), Err(streamlit)) if is_shared_name => {
            Err(streamlit)
        }
        (Err(native), Err(_)) => Err(native),
    }
}

/// Returns the tokens that Streamlit stored with the identity that has this `time`. Streamlit signs
/// them a moment later.
pub(super) fn tokens(
    settings: &Settings,
    cookies: &Cookies,
    now: u64,
    time: u64,
) -> Option<Verified> {
    let tokens = cookies.verified_streamlit(&settings.keys, TOKENS_COOKIE, now, max_age(settings));
    tokens
        .ok()
        .filter(|tokens| tokens.time.abs_diff(time) <= MAX_TOKENS_AGE_SPREAD)
}

/// Maximum time in seconds between the signatures of an identity and its tokens.
const MAX_TOKENS_AGE_SPREAD: u64 = 10;

/// Returns the cookies of a new login in the configured format.
pub(super) fn encode(
    settings: &Settings,
    client: usize,
    retained: &RetainedClaims,
    session: Option<&SessionId>,
    tokens: &Tokens,
    now: u64,
    before: &Cookies,
) -> Result<IdentityCookies, TooLarge> {
    let provider = &settings.config.providers[client].name;
    let json = json(
        settings,
        provider,
        retained.claims.clone(),
        session.is_some(),
    );
    let signing = Signing {
        time: now,
        now,
        format: settings.config.cookie_format,
        record: admission_record::content_from_inputs(
            settings,
            client,
            &retained.rule_inputs,
            session.copied(),
        ),
    };
    cookies(settings, &signing, &json, tokens, before)
        .ok_or_else(|| too_large(&retained.claims, json.len()))
}

/// Returns true if `identity` is to be written in one of Streamlit's formats.
pub(super) fn is_target(settings: &Settings, identity: &Identity) -> bool {
    target_format(settings, identity.format) != CookieFormat::Native
}

/// Returns the cookies of `identity`, signed with the current secret and in the configured format.
/// `None` if they do not fit.
///
/// Must only be called for an identity with one of Streamlit's formats as its [target](is_target).
pub(super) fn refresh_cookies(
    identity: &Identity,
    settings: &Settings,
    before: &Cookies,
    tokens: &Tokens,
    now: u64,
) -> Option<Vec<HeaderValue>> {
    let converted = (identity.format == CookieFormat::Native).then(|| {
        let mut claims = identity.claims().clone();
        claims.shift_remove("is_logged_in");
        claims.shift_remove("provider");
        let has_session = identity.session_id(settings).is_some();
        json(settings, identity.provider(), claims, has_session)
    });
    let json = converted.as_deref().unwrap_or(identity.signed_text());
    let signing = Signing {
        time: identity.time,
        now,
        format: target_format(settings, identity.format),
        record: admission_record::content(settings, identity),
    };
    let encoded = cookies(settings, &signing, json, tokens, before)?;
    encoded.log(settings, identity.provider());
    Some(encoded.cookies)
}

/// Returns removals of all Streamlit cookies that [`super::clear`] does not remove as native ones.
pub(super) fn clear(settings: &Settings, cookies: &Cookies) -> Vec<HeaderValue> {
    let mut locations = locations(settings);
    if settings.identity_name == IDENTITY_COOKIE {
        locations.remove(0);
    }
    let cleared = locations.iter().flat_map(|attributes| {
        [IDENTITY_COOKIE, TOKENS_COOKIE].map(|name| attributes.clear_chunked(name, cookies))
    });
    cleared.flatten().collect()
}

/// The time and format of a signature.
struct Signing {
    /// The time at which the login finished.
    time: u64,
    now: u64,
    format: CookieFormat,
    /// The content of the [record](admission_record).
    record: Option<String>,
}

/// Returns the cookies of an identity with the text `json`. `None` if they do not fit.
fn cookies(
    settings: &Settings,
    signing: &Signing,
    json: &str,
    tokens: &Tokens,
    before: &Cookies,
) -> Option<IdentityCookies> {
    let mut other_locations = locations(settings);
    let attributes = match signing.format {
        CookieFormat::Tornado => other_locations.pop(),
        CookieFormat::Native | CookieFormat::Itsdangerous => Some(other_locations.remove(0)),
    }?;
    let max_age = browser_max_age(settings, signing.time, signing.now);
    let set = |name: &str, text: &str| {
        let (key, path) = (&settings.keys[0], attributes.path());
        let chunks = streamlit::sign_chunks(signing.format, key, name, text, signing.time, path)?;
        Some(attributes.set_chunks(name, &chunks, max_age, before))
    };
    let token_cookies = |tokens: &Tokens| set(TOKENS_COOKIE, &streamlit::json(&tokens.to_map()));
    let mut identity = set(IDENTITY_COOKIE, json)?;
    let record = signing.record.as_deref();
    identity.extend(admission_record::cookies(
        settings,
        json,
        signing.time,
        record,
        max_age,
        before,
    )?);
    let mut encoded = IdentityCookies::within_budget(settings, identity, tokens, token_cookies)?;
    let cookies = &mut encoded.cookies;
    if !encoded.has_tokens {
        cookies.extend(attributes.clear_chunked(TOKENS_COOKIE, before));
    }
    warn_if_large(cookies, before, json.len());
    // A logout in Streamlit removes only the names without a prefix. Nothing of an earlier login
    // may remain after it.
    let native = &settings.attributes;
    if settings.identity_name != IDENTITY_COOKIE {
        cookies.extend(native.clear_chunked(&settings.identity_name, before));
        cookies.extend(native.clear_chunked(&settings.tokens_name, before));
    }
    cookies.extend(native.clear_chunked(&settings.renewal_name, before));
    for other in other_locations {
        cookies.extend(other.clear_chunked(IDENTITY_COOKIE, before));
        cookies.extend(other.clear_chunked(TOKENS_COOKIE, before));
    }
    Some(encoded)
}

/// Returns the text that Streamlit signs, with the [mark](SESSION_MARK) of a session if it has one.
///
/// Source: Streamlit 1.67, `starlette_auth_routes._auth_callback`:
/// `dict(claims, origin=…, is_logged_in=True, provider=…)`.
fn json(
    settings: &Settings,
    provider: &str,
    mut claims: Map<String, Value>,
    has_session: bool,
) -> String {
    if has_session {
        claims.shift_insert(0, "origin".to_owned(), Value::Null);
    }
    // As in Python, a claim with one of these names keeps its position and gets the new value.
    for (name, value) in [
        ("origin", settings.config.redirect_uri.origin().into()),
        ("is_logged_in", true.into()),
        ("provider", provider.into()),
    ] {
        claims.insert(name.to_owned(), value);
    }
    streamlit::json(&claims)
}

/// The beginning of the text that this crate writes for a login with a session. Streamlit writes
/// `origin` after the claims, and reads it at any position without showing it.
///
/// Otherwise a client could turn a login whose session has ended into a Streamlit login by leaving
/// out the [record](admission_record).
const SESSION_MARK: &str = r#"{"origin": ""#;

/// Returns true if a Streamlit app wrote the login of `identity`, or if this crate wrote it without
/// a session store.
pub(super) fn is_login_of_streamlit(identity: &Identity) -> bool {
    identity.format != CookieFormat::Native && !identity.signed_text().starts_with(SESSION_MARK)
}

/// Returns the seconds for which a browser keeps a cookie of a login at `time`.
fn browser_max_age(settings: &Settings, time: u64, now: u64) -> u64 {
    let max_age = settings.config.cookie_max_age.min(STREAMLIT_DAYS * DAY);
    max_age.saturating_sub(now.saturating_sub(time))
}

/// Returns the seconds for which Streamlit's cookies are valid: as in Streamlit, unless
/// `cookie_lifetime` is shorter.
fn max_age(settings: &Settings) -> u64 {
    match settings.config.cookie_max_age {
        shorter if shorter < STREAMLIT_DAYS * DAY => shorter,
        _ => (STREAMLIT_DAYS + GRACE_DAYS) * DAY,
    }
}

/// Days for which browsers keep Streamlit's cookies.
///
/// Source: Streamlit 1.67, `starlette_app_utils`: `AUTH_COOKIE_MAX_AGE_DAYS`.
const STREAMLIT_DAYS: u64 = 30;

/// Days for which Streamlit accepts its cookies beyond [`STREAMLIT_DAYS`].
///
/// Source: Streamlit 1.67, `starlette_app_utils`: one day of grace.
const GRACE_DAYS: u64 = 1;

/// Seconds.
const DAY: u64 = 24 * 60 * 60;

/// Records the format of the cookie that `identity` was read from.
fn apply_format(identity: &mut Identity, settings: &Settings, format: CookieFormat) {
    identity.format = format;
    identity.needs_refresh |= target_format(settings, format) != format;
    if format != CookieFormat::Native {
        identity.max_age = max_age(settings);
    }
}

/// Returns the format in which an identity in `format` is written. Without a configured format, a
/// Streamlit login stays in Streamlit's format. Otherwise Streamlit could not log it out.
fn target_format(settings: &Settings, format: CookieFormat) -> CookieFormat {
    match settings.config.cookie_format {
        CookieFormat::Native => format,
        configured => configured,
    }
}

/// Returns true if `json` contains Python's separator `": "`. It cannot be part of a JSON string,
/// because a quotation mark is escaped there.
fn is_python(json: &str) -> bool {
    json.contains(r#""origin": ""#)
}

/// Returns the attributes for every path of Streamlit's cookies: the base path, and `/`, which
/// Tornado always uses.
fn locations(settings: &Settings) -> Vec<CookieAttributes> {
    let redirect_uri = &settings.config.redirect_uri;
    let (base_path, secure) = (redirect_uri.base_path(), redirect_uri.is_secure());
    let mut locations = vec![CookieAttributes::bare(base_path, secure)];
    if !base_path.is_empty() {
        locations.push(CookieAttributes::bare("", secure));
    }
    locations
}
