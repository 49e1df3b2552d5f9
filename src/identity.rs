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
    cookie::{Cookies, Rejected, Verified, sign},
    site::Site,
};

pub(crate) use self::room::ROOMY;
pub use self::tokens::Tokens;

#[cfg(all(test, feature = "streamlit"))]
mod golden;
mod json;
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

/// An identity that does not fit into the cookies a browser and a server accept.
#[derive(Debug)]
pub(crate) struct TooLarge {
    /// Names of the largest claims with their size in bytes, largest first.
    pub(crate) largest: Vec<(String, usize)>,
    /// Bytes of all claims.
    pub(crate) size: usize,
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
            .and_then(|verified| Ok(Self::of(site, verified)?));
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
                tokens.ok().filter(|tokens| tokens.time == self.time)
            }
            #[cfg(feature = "streamlit")]
            _ => streamlit::tokens(site, cookies, now, self.time),
        };
        verified
            .and_then(|tokens| serde_json::from_str(&tokens.text).ok())
            .unwrap_or_default()
    }

    /// The cookies of the same identity, signed as a new one would be; empty unless an earlier secret or another format signed it.
    pub(crate) fn renewed(&self, site: &Site, cookies: &Cookies, now: u64) -> Vec<HeaderValue> {
        if !self.stale {
            return Vec::new();
        }
        let tokens = self.stored_tokens(site, cookies, now);
        #[cfg(feature = "streamlit")]
        if let Some(cookies) = streamlit::renewed(self, site, cookies, &tokens, now) {
            return cookies.unwrap_or_default();
        }
        set_cookies(site, &self.json, &tokens, self.time, now, cookies).unwrap_or_default()
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
    set_cookies(site, &json, tokens, now, now, before).ok_or_else(|| too_large(claims, json.len()))
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

fn set_cookies(
    site: &Site,
    json: &str,
    tokens: &Tokens,
    time: u64,
    now: u64,
    before: &Cookies,
) -> Option<Vec<HeaderValue>> {
    let max_age = site
        .config
        .cookie_life
        .saturating_sub(now.saturating_sub(time));
    let put = |name: &str, text: &str| {
        site.scope
            .put_long(name, sign(&site.keys[0], name, text, time), max_age, before)
    };
    let mut cookies = put(&site.identity_name, json)?;
    if tokens.is_empty() {
        cookies.extend(site.scope.clear_long(&site.tokens_name, before));
    } else {
        let text = serde_json::to_string(tokens).expect("two optional texts are always JSON");
        cookies.extend(put(&site.tokens_name, &text)?);
    }
    room::warn(&cookies, before, json.len());
    Some(cookies)
}

fn too_large(claims: &Map<String, Value>, size: usize) -> TooLarge {
    let mut largest: Vec<_> = claims
        .iter()
        .map(|(name, value)| (name.clone(), value.to_string().len()))
        .collect();
    largest.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    largest.truncate(3);
    TooLarge { largest, size }
}
