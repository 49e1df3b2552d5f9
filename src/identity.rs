//! The identity cookie: what it says, how it is written, read, renewed and cleared.

use std::{
    borrow::Cow,
    sync::OnceLock,
    time::{Duration, SystemTime},
};

use axum::http::HeaderValue;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::{
    config::CookieFormat,
    cookie::{Cookies, Rejected, Verified},
    site::Site,
};

pub(crate) use self::room::{ROOMY, TooLarge, Written, set_bytes, spare_bytes};
pub use self::tokens::Tokens;

#[cfg(all(test, feature = "streamlit"))]
mod golden;
mod json;
mod renewal;
mod room;
#[cfg(feature = "streamlit")]
mod streamlit;
mod tokens;

/// A verified identity. The claims stay text until somebody asks for more than one.
pub(crate) struct Identity {
    /// A JSON object: `origin`, `is_logged_in`, the claims, `provider`. Streamlit, and we at first, wrote the claims in front.
    json: String,
    claims: OnceLock<Map<String, Value>>,
    pub(crate) tokens: Tokens,
    /// When the login was finished, in seconds since the Unix epoch.
    pub(crate) time: u64,
    life: u64,
    format: CookieFormat,
    /// Signed with an earlier secret, or in another format than the one to write, so that it is due to be signed anew.
    stale: bool,
}

impl Identity {
    /// Reads the identity that the browser sent.
    ///
    /// # Errors
    ///
    /// `None` if there is no cookie, else why it is not honoured.
    pub(crate) fn read(site: &Site, cookies: &Cookies, now: u64) -> Result<Self, Option<Rejected>> {
        let ours = cookies
            .verified(
                &site.keys,
                &site.identity_name,
                now,
                site.config.cookie_life,
            )
            .or_else(|rejected| renewal::verified(site, cookies, now, rejected))
            .and_then(|verified| Ok(Self::of(site, verified)?))
            .map(|identity| identity.unless_renewed(site, cookies, now));
        #[cfg(feature = "streamlit")]
        let ours = streamlit::newest(site, cookies, now, ours);
        let mut identity = ours?;
        let expose = site.config.expose_tokens;
        if expose.id || expose.access {
            identity.tokens = identity.stored_tokens(site, cookies, now).exposed(expose);
        }
        Ok(identity)
    }

    /// The identity that a verified text is, without tokens.
    fn of(site: &Site, verified: Verified) -> Result<Self, Rejected> {
        let Verified {
            text,
            time,
            key,
            format,
        } = verified;
        if !begins_as_ours(&text, site.config.redirect_uri.origin()) {
            check(&text, site.config.redirect_uri.origin())?;
        }
        Ok(Self {
            json: text,
            claims: OnceLock::new(),
            tokens: Tokens::default(),
            time,
            life: site.config.cookie_life,
            format,
            stale: key > 0,
        })
    }

    /// Clears `stale` where the browser has a renewal by the current secret.
    fn unless_renewed(mut self, site: &Site, cookies: &Cookies, now: u64) -> Self {
        self.stale = self.stale && !renewal::is_current(site, cookies, now);
        self
    }

    pub(crate) fn provider(&self) -> &str {
        self.text("provider")
    }

    /// The text of a claim; empty if the claim is absent or no text.
    pub(crate) fn text(&self, claim: &str) -> &str {
        match json::text(&self.json, claim) {
            Some(text) if !HIDDEN.contains(&claim) => text,
            _ => self
                .claims()
                .get(claim)
                .and_then(Value::as_str)
                .unwrap_or_default(),
        }
    }

    /// `is_logged_in` first, then the claims, then `provider`, as `st.user` lists them.
    ///
    /// Source: Streamlit 1.67, `user_info.UserInfoProxy`; `origin` is not shown there either.
    pub(crate) fn claims(&self) -> &Map<String, Value> {
        self.claims.get_or_init(|| json::claims(&self.json))
    }

    pub(crate) fn expires_at(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(self.time.saturating_add(self.life))
    }

    /// The tokens as stored, whether shown to the app or not. They count only beside the identity that they were stored with.
    pub(crate) fn stored_tokens(&self, site: &Site, cookies: &Cookies, now: u64) -> Tokens {
        let verified = match self.format {
            CookieFormat::Ours => {
                let life = site.config.cookie_life;
                let tokens = cookies.verified(&site.keys, &site.tokens_name, now, life);
                let tokens = tokens.ok().or_else(|| renewal::tokens(site, cookies, now));
                tokens.filter(|tokens| tokens.time == self.time)
            }
            #[cfg(feature = "streamlit")]
            _ => streamlit::tokens(site, cookies, now, self.time),
        };
        verified
            .and_then(|tokens| serde_json::from_str(&tokens.text).ok())
            .unwrap_or_default()
    }

    /// The cookies that renew this identity with the current secret or in the configured format; empty unless it is due.
    ///
    /// They never change an identity cookie of this crate, for the reasons given in [`renewal`]. In Streamlit's format they have to, which
    /// is limited to responses to a navigation (`is_navigation`). The browser drops such a response when its window goes elsewhere, to a
    /// logout for example. Two windows can still overlap.
    pub(crate) fn renewed(
        &self,
        site: &Site,
        cookies: &Cookies,
        now: u64,
        is_navigation: bool,
    ) -> Vec<HeaderValue> {
        if !self.stale {
            return Vec::new();
        }
        #[cfg(feature = "streamlit")]
        if streamlit::is_written(site, self) {
            let tokens = || self.stored_tokens(site, cookies, now);
            let renewed =
                is_navigation.then(|| streamlit::renewed(self, site, cookies, &tokens(), now));
            return renewed.flatten().unwrap_or_default();
        }
        let _ = is_navigation;
        renewal::cookie(site, cookies, self.time, now)
            .into_iter()
            .collect()
    }
}

/// The cookies of a new login: `claims` of the validated ID token, and the tokens that are to be kept.
///
/// # Errors
///
/// [`TooLarge`] if they do not fit.
///
/// Source: Streamlit 1.67, `starlette_auth_routes._auth_callback`.
pub(crate) fn write(
    site: &Site,
    provider: &str,
    claims: &Map<String, Value>,
    tokens: &Tokens,
    before: &Cookies,
) -> Result<Vec<HeaderValue>, TooLarge> {
    let written = encode(site, provider, claims, tokens, before)?;
    written.log(site, provider);
    Ok(written.cookies)
}

/// As [`write`], without a line in the log.
///
/// # Errors
///
/// [`TooLarge`] if the identity alone does not fit.
pub(crate) fn encode(
    site: &Site,
    provider: &str,
    claims: &Map<String, Value>,
    tokens: &Tokens,
    before: &Cookies,
) -> Result<Written, TooLarge> {
    let now = site.config.now();
    #[cfg(feature = "streamlit")]
    if site.config.cookie_format != CookieFormat::Ours {
        return streamlit::write(site, provider, claims, tokens, now, before);
    }
    let mut payload = Map::with_capacity(claims.len() + RESERVED.len());
    payload.insert(
        "origin".to_owned(),
        site.config.redirect_uri.origin().into(),
    );
    payload.insert("is_logged_in".to_owned(), true.into());
    let kept = claims
        .iter()
        .filter(|(name, _)| !RESERVED.contains(&name.as_str()));
    payload.extend(kept.map(|(name, value)| (name.clone(), value.clone())));
    payload.insert("provider".to_owned(), provider.into());
    let json = Value::Object(payload).to_string();
    room::write(site, &json, tokens, now, before).ok_or_else(|| room::too_large(claims, json.len()))
}

/// Checks whether the browser sent an identity, valid or not.
pub(crate) fn was_sent(site: &Site, cookies: &Cookies) -> bool {
    let sent = |name: &str| cookies.values(name).next().is_some();
    let ours = sent(&site.identity_name);
    #[cfg(feature = "streamlit")]
    let ours = ours || sent(crate::site::IDENTITY);
    ours
}

/// Removals of the identity with everything that belongs to it.
pub(crate) fn clear(site: &Site, cookies: &Cookies) -> Vec<HeaderValue> {
    let mut cleared = site.scope.clear_long(&site.identity_name, cookies);
    cleared.extend(site.scope.clear_long(&site.tokens_name, cookies));
    cleared.extend(site.scope.clear_long(&site.renewal_name, cookies));
    #[cfg(feature = "streamlit")]
    cleared.extend(streamlit::clear(site, cookies));
    cleared
}

/// Whether a verified text begins as [`write`] begins one for this origin. What follows was written by it too, since nobody else signs with
/// our secret and no other writer begins so: it is whole, and no key is there twice.
fn begins_as_ours(json: &str, origin: &str) -> bool {
    let rest = json.strip_prefix(r#"{"origin":""#);
    let rest = rest.and_then(|rest| rest.strip_prefix(origin));
    rest.is_some_and(|rest| rest.starts_with(r#"","is_logged_in":true,"#))
}

/// Whether any other verified text is an identity of this origin.
fn check(json: &str, origin: &str) -> Result<(), Rejected> {
    let head: Head<'_> = serde_json::from_str(json).map_err(|_| Rejected::Malformed)?;
    // Python writes half a character as `\ud83e`, which no text of ours holds: better nobody than a user without claims.
    let is_whole =
        !json.contains("\\u") || serde_json::from_str::<Map<String, Value>>(json).is_ok();
    if head.origin != origin || !head.is_logged_in || !is_whole {
        return Err(Rejected::Malformed);
    }
    Ok(())
}

/// What must be right before an identity is honoured. A key that is there twice is an error here.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    origin: Cow<'a, str>,
    is_logged_in: bool,
    /// Text, if it is there at all.
    #[serde(borrow, default, rename = "provider")]
    _provider: Option<Cow<'a, str>>,
}

/// Keys that are ours; a claim of that name is dropped.
const RESERVED: [&str; 4] = ["origin", "is_logged_in", "provider", "tokens"];

/// Keys of the stored text that are no claims; Streamlit keeps a claim `tokens` and hides it likewise.
pub(crate) const HIDDEN: [&str; 3] = ["origin", "is_logged_in", "tokens"];
