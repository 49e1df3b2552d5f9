//! Writes, renews and removes the cookies of an identity.

use axum::http::HeaderValue;

#[cfg(feature = "streamlit-cookies")]
use super::streamlit;
use super::{
    Identity, IdentityCookies, RetainedClaims, Tokens, TooLarge, admission_record, cookie_budget,
    payload, renewal,
};
#[cfg(feature = "streamlit-cookies")]
use crate::config::CookieFormat;
use crate::{
    cookie::Cookies,
    sessions::{MAX_STORED_CLAIMS, SessionId},
    state::{Envelope, Settings},
};

/// Returns the cookies of a new login at the provider with the index `client`: the identity with
/// its retained claims and its session, and the tokens. Logs the tokens that do not fit. With a
/// session, the claims of a large identity go into the record.
///
/// # Errors
///
/// [`TooLarge`] if the identity does not fit.
///
/// Source: Streamlit 1.67, `starlette_auth_routes._auth_callback`.
pub(crate) fn write(
    settings: &Settings,
    client: usize,
    retained: &RetainedClaims,
    session: Option<&SessionId>,
    tokens: &Tokens,
    before: &Cookies,
) -> Result<IdentityCookies, TooLarge> {
    let encoded = encode(settings, client, retained, session, tokens, before)?;
    encoded.log(settings, &settings.config.providers[client].name);
    Ok(encoded)
}

/// Like [`write()`], but without logging.
///
/// # Errors
///
/// [`TooLarge`] if the identity does not fit.
pub(crate) fn encode(
    settings: &Settings,
    client: usize,
    retained: &RetainedClaims,
    session: Option<&SessionId>,
    tokens: &Tokens,
    before: &Cookies,
) -> Result<IdentityCookies, TooLarge> {
    let now = settings.now();
    #[cfg(feature = "streamlit-cookies")]
    if settings.config.cookie_format != CookieFormat::Native {
        return streamlit::encode(settings, client, retained, session, tokens, now, before);
    }
    let envelope = &settings.envelopes[client];
    let json = payload::payload(envelope, retained, session);
    let encode = |json: &str| cookie_budget::encode(settings, json, tokens, now, before);
    let is_recorded = session.is_some() && json.len() > MAX_COOKIE_CLAIMS;
    let encoded = if is_recorded { None } else { encode(&json) };
    encoded
        .or_else(|| record_claims(envelope, retained, session?, encode))
        .ok_or_else(|| cookie_budget::too_large(&retained.claims, json.len()))
}

/// Returns the text of an identity for the record of its session.
pub(crate) fn text(settings: &Settings, client: usize, retained: &RetainedClaims) -> String {
    payload::payload(&settings.envelopes[client], retained, None)
}

/// Returns the cookies of an identity whose claims are in the record of its session. `None` if they
/// are too large for that.
fn record_claims(
    envelope: &Envelope,
    retained: &RetainedClaims,
    session: &SessionId,
    encode: impl Fn(&str) -> Option<IdentityCookies>,
) -> Option<IdentityCookies> {
    let recorded = payload::payload(envelope, retained, None);
    let identifying = retained.identifying();
    let encoded = encode(&payload::payload(envelope, &identifying, Some(session)))?;
    (recorded.len() <= MAX_STORED_CLAIMS).then_some(IdentityCookies {
        recorded: Some(recorded),
        ..encoded
    })
}

/// Maximum bytes of the text of an identity in cookies if there is a session store. Longer texts
/// come close to [`COOKIE_HEADER_BUDGET`](super::COOKIE_HEADER_BUDGET).
const MAX_COOKIE_CLAIMS: usize = 5000;

impl Identity {
    /// Returns true if [`refresh_cookies`](Self::refresh_cookies) may return cookies.
    pub(crate) fn is_refresh_due(&self) -> bool {
        self.is_record_due || self.needs_refresh
    }

    /// Returns the cookies that sign this identity with the current secret or convert it to the
    /// configured format. Empty unless that is necessary.
    ///
    /// They never change a native identity cookie, for the reasons given in [`renewal`]. In
    /// Streamlit's format, the identity cookie must be replaced. That happens only in the response
    /// to a navigation (`is_navigation`), because the browser discards this response if its window
    /// navigates elsewhere, for example to a logout. Two windows can still interfere with each
    /// other.
    pub(crate) fn refresh_cookies(
        &self,
        settings: &Settings,
        cookies: &Cookies,
        is_navigation: bool,
    ) -> Vec<HeaderValue> {
        let now = settings.now();
        let mut refreshed = if self.is_record_due {
            admission_record::refresh_cookies(self, settings, cookies, now)
        } else {
            Vec::new()
        };
        if !self.needs_refresh {
            return refreshed;
        }
        #[cfg(feature = "streamlit-cookies")]
        if streamlit::is_target(settings, self) {
            let rewritten = is_navigation.then(|| {
                let tokens = self.stored_tokens_text(settings, cookies, now);
                let tokens =
                    tokens.map_or_else(Tokens::default, |text| Tokens::from_streamlit(&text));
                streamlit::refresh_cookies(self, settings, cookies, &tokens, now)
            });
            return rewritten.flatten().unwrap_or(refreshed);
        }
        let _ = is_navigation;
        refreshed.extend(renewal::cookie(settings, cookies, self.time, now));
        refreshed
    }
}

/// Returns removals of all cookies of an identity.
pub(crate) fn clear(settings: &Settings, cookies: &Cookies) -> Vec<HeaderValue> {
    let names = [
        &settings.identity_name,
        &settings.tokens_name,
        &settings.renewal_name,
    ];
    let mut cleared: Vec<_> = names
        .iter()
        .flat_map(|name| settings.attributes.clear_chunked(name, cookies))
        .collect();
    cleared.extend(admission_record::clear(settings, cookies));
    #[cfg(feature = "streamlit-cookies")]
    cleared.extend(streamlit::clear(settings, cookies));
    cleared
}
