//! The identity cookie: what it says, how it is written, read, renewed and cleared.

use std::{
    sync::OnceLock,
    time::{Duration, SystemTime},
};

use axum::http::HeaderValue;
use serde_json::{Map, Value};

use crate::{
    config::CookieFormat,
    cookie::{Cookies, Verified},
    site::Site,
};

pub use self::tokens::Tokens;
pub(crate) use self::{
    admission::{Refused, admit},
    frame::Frame,
    hook::{HOOK_TIMEOUT, Hook, HookError},
    kept::Kept,
    room::{ROOMY, TooLarge, Written, set_bytes, spare_bytes},
};

mod admission;
mod foreign;
mod frame;

#[cfg(all(test, feature = "streamlit"))]
mod golden;
mod hook;
mod json;
mod kept;
mod record;
mod renewal;
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
    /// It has a fingerprint, so that this crate wrote it after the hook, or the hook has accepted it.
    is_accepted: bool,
    /// The rule inputs of a [`record`]. Without one, they are in `json`.
    stored_inputs: Option<Box<Map<String, Value>>>,
    /// The text that the cookie holds, where `json` is what the hook made of it.
    original: Option<String>,
    /// The hook has just accepted it, so that a record has to be written.
    is_record_due: bool,
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
            .or_else(|rejected| renewal::verified(site, cookies, now, rejected))
            .map_err(|rejected| rejected.map(Refused::from))
            .and_then(|verified| Ok(Self::of(site, verified)?))
            .map(|identity| identity.unless_renewed(site, cookies, now));
        #[cfg(feature = "streamlit")]
        let ours = streamlit::newest(site, cookies, now, ours);
        let mut identity = ours?;
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
            original: None,
            is_record_due: false,
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
        let mut renewed = match self.is_record_due {
            true => record::renewed(self, site, cookies, now),
            false => Vec::new(),
        };
        if !self.stale {
            return renewed;
        }
        #[cfg(feature = "streamlit")]
        if streamlit::is_written(site, self) {
            let tokens = || self.stored_tokens(site, cookies, now);
            let rewritten =
                is_navigation.then(|| streamlit::renewed(self, site, cookies, &tokens(), now));
            return rewritten.flatten().unwrap_or(renewed);
        }
        let _ = is_navigation;
        renewed.extend(renewal::cookie(site, cookies, self.time, now));
        renewed
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
    let written = encode(site, client, kept, tokens, before)?;
    written.log(site, &site.config.providers[client].name);
    Ok(written.cookies)
}

/// As [`write`], without a line in the log.
///
/// # Errors
///
/// [`TooLarge`] if the identity alone does not fit.
pub(crate) fn encode(
    site: &Site,
    client: usize,
    kept: &Kept,
    tokens: &Tokens,
    before: &Cookies,
) -> Result<Written, TooLarge> {
    let now = site.config.now();
    #[cfg(feature = "streamlit")]
    if site.config.cookie_format != CookieFormat::Ours {
        return streamlit::write(site, client, kept, tokens, now, before);
    }
    let json = site.frames[client].payload(kept);
    room::write(site, &json, tokens, now, before)
        .ok_or_else(|| room::too_large(&kept.claims, json.len()))
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
    cleared.extend(record::clear(site, cookies));
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
