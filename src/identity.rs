//! The identity cookie: what it says, how it is written, read, renewed and cleared.

use std::{
    sync::OnceLock,
    time::{Duration, SystemTime},
};

use axum::http::HeaderValue;
use serde_json::{Map, Value};

use crate::{
    config::CookieFormat,
    cookie::{Cookies, Verified, sign},
    site::Site,
};

pub use self::tokens::Tokens;
pub(crate) use self::{
    admission::{Refused, admit},
    frame::Frame,
    hook::{HOOK_TIMEOUT, Hook, HookError},
    kept::Kept,
    room::ROOMY,
};

mod admission;
mod foreign;
mod frame;

#[cfg(all(test, feature = "streamlit"))]
mod golden;
mod hook;
mod json;
mod kept;
#[cfg(feature = "streamlit")]
mod record;
mod room;
#[cfg(feature = "streamlit")]
mod streamlit;
mod tokens;

/// A verified identity. The claims stay text until somebody asks for more than one.
pub(crate) struct Identity {
    /// A JSON object: `origin`, `is_logged_in`, the claims, `provider`. See [`Frame`]. Streamlit writes the claims in front.
    json: String,
    claims: OnceLock<Map<String, Value>>,
    pub(crate) tokens: Tokens,
    /// When the login was finished, in seconds since the Unix epoch.
    pub(crate) time: u64,
    life: u64,
    format: CookieFormat,
    /// Signed with an earlier secret, or in another format than the one to write, so that it is due to be signed anew.
    stale: bool,
    /// Index of its provider in the configuration.
    client: usize,
    /// The hook has seen it: this crate wrote it, or a record beside it says so.
    is_accepted: bool,
    /// The rule inputs of a [`record`]. Without one, they are in `json`.
    stored_inputs: Option<Box<Map<String, Value>>>,
    /// The text that Streamlit's cookie holds, where `json` is what the hook made of it.
    #[cfg(feature = "streamlit")]
    original: Option<String>,
    /// The hook has just accepted it, so that a record has to be written.
    #[cfg(feature = "streamlit")]
    is_record_due: bool,
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
    /// Reads the identity that the browser sent, and checks that it belongs to a configured provider. Whether its user may come in, [`admit`]
    /// decides.
    ///
    /// # Errors
    ///
    /// `None` if there is no cookie, else why it is not accepted.
    pub(crate) fn read(site: &Site, cookies: &Cookies, now: u64) -> Result<Self, Option<Refused>> {
        let ours = cookies
            .verified(
                &site.keys,
                &site.identity_name,
                now,
                site.config.cookie_life,
            )
            .map_err(|rejected| rejected.map(Refused::from))
            .and_then(|verified| Ok(Self::of(site, verified)?));
        #[cfg(feature = "streamlit")]
        let ours = streamlit::newest(site, cookies, now, ours);
        let mut identity = ours?;
        #[cfg(feature = "streamlit")]
        record::apply(site, cookies, now, &mut identity)?;
        let expose = site.config.expose_tokens;
        if expose.id || expose.access {
            identity.tokens = identity.stored_tokens(site, cookies, now).exposed(expose);
        }
        Ok(identity)
    }

    /// The identity that a verified text is, without tokens.
    fn of(site: &Site, verified: Verified) -> Result<Self, Refused> {
        let Verified {
            text,
            time,
            key,
            format,
        } = verified;
        let own = site.frames.iter().position(|frame| frame.fits(&text));
        let client = match own {
            Some(client) => client,
            None if site.frames[0].is_own(&text) => return Err(Refused::UnknownClient),
            None => foreign::provider_of(site, &text)?,
        };
        Ok(Self {
            json: text,
            claims: OnceLock::new(),
            tokens: Tokens::default(),
            time,
            life: site.config.cookie_life,
            format,
            stale: key > 0,
            client,
            is_accepted: own.is_some(),
            stored_inputs: None,
            #[cfg(feature = "streamlit")]
            original: None,
            #[cfg(feature = "streamlit")]
            is_record_due: false,
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
        #[cfg(feature = "streamlit")]
        if self.is_record_due && !self.stale {
            return record::renewed(self, site, cookies, now);
        }
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

/// The cookies of a new login at the provider with the index `client`: what is kept of its claims, and the tokens that are to be kept.
///
/// # Errors
///
/// [`TooLarge`] if they do not fit.
///
/// Source: Streamlit 1.67, `starlette_auth_routes._auth_callback`.
pub(crate) fn write(
    site: &Site,
    client: usize,
    kept: &Kept,
    tokens: &Tokens,
    before: &Cookies,
) -> Result<Vec<HeaderValue>, TooLarge> {
    let now = site.config.now();
    #[cfg(feature = "streamlit")]
    if site.config.cookie_format != CookieFormat::Ours {
        return streamlit::write(site, client, kept, tokens, now, before);
    }
    let json = site.frames[client].payload(kept);
    set_cookies(site, &json, tokens, now, now, before)
        .ok_or_else(|| too_large(&kept.claims, json.len()))
}

/// Removals of the identity with everything that belongs to it.
pub(crate) fn clear(site: &Site, cookies: &Cookies) -> Vec<HeaderValue> {
    let mut cleared = site.scope.clear_long(&site.identity_name, cookies);
    cleared.extend(site.scope.clear_long(&site.tokens_name, cookies));
    #[cfg(feature = "streamlit")]
    cleared.extend(streamlit::clear(site, cookies));
    cleared
}

/// Keys that are ours; a claim of that name is dropped.
const RESERVED: [&str; 6] = [
    "origin",
    "is_logged_in",
    "provider",
    "tokens",
    frame::CLIENT,
    frame::RULE_INPUTS,
];

/// Keys of the stored text that are no claims; Streamlit keeps a claim `tokens` and hides it likewise.
pub(crate) const HIDDEN: [&str; 5] = [
    "origin",
    "is_logged_in",
    "tokens",
    frame::CLIENT,
    frame::RULE_INPUTS,
];

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
