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
    cookie::{Cookies, Rejected, Verified, sign},
    site::Site,
};

/// A verified identity. The claims stay text until somebody asks for more than one.
pub(crate) struct Identity {
    /// A JSON object: the claims, then `origin`, `is_logged_in` and `provider`.
    json: String,
    provider: String,
    claims: OnceLock<Map<String, Value>>,
    pub(crate) tokens: Tokens,
    /// When the login was finished, in seconds since the Unix epoch.
    pub(crate) time: u64,
    life: u64,
    /// Signed with an earlier secret, so that it is due to be signed anew.
    stale: bool,
}

/// The tokens of a login, as far as `expose_tokens` shows them to the app.
///
/// `Debug` says which are there and shows none.
#[derive(Clone, Default, PartialEq, Eq, Deserialize, serde::Serialize)]
pub struct Tokens {
    #[serde(default, rename = "id_token", skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(
        default,
        rename = "access_token",
        skip_serializing_if = "Option::is_none"
    )]
    access: Option<String>,
}

/// An identity that does not fit into the cookies a browser and a server accept.
#[derive(Debug)]
pub(crate) struct TooLarge {
    /// Names of the largest claims with their size in bytes, largest first.
    pub(crate) largest: Vec<(String, usize)>,
    /// Bytes of all claims.
    pub(crate) size: usize,
}

impl Tokens {
    pub(crate) fn new(id: Option<String>, access: Option<String>) -> Self {
        Self { id, access }
    }

    /// The ID token, if `expose_tokens` holds `"id"`.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The access token, if `expose_tokens` holds `"access"` and the provider gave one.
    #[must_use]
    pub fn access(&self) -> Option<&str> {
        self.access.as_deref()
    }

    fn is_empty(&self) -> bool {
        self.id.is_none() && self.access.is_none()
    }
}

impl std::fmt::Debug for Tokens {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = |token: &Option<String>| token.as_ref().map(|_| "[redacted]");
        f.debug_struct("Tokens")
            .field("id", &shown(&self.id))
            .field("access", &shown(&self.access))
            .finish()
    }
}

impl Identity {
    /// Reads the identity that the browser sent.
    ///
    /// # Errors
    ///
    /// `None` if there is no cookie, else why it is not honoured.
    pub(crate) fn read(site: &Site, cookies: &Cookies, now: u64) -> Result<Self, Option<Rejected>> {
        let life = site.config.cookie_life;
        let Verified { text, time, key } =
            cookies.verified(&site.keys, &site.identity_name, now, life)?;
        let head: Head<'_> = serde_json::from_str(&text).map_err(|_| Rejected::Malformed)?;
        // Python writes half a character as `\ud83e`, which no text of ours holds: better nobody than a user without claims.
        if text.contains("\\u") && serde_json::from_str::<Map<String, Value>>(&text).is_err() {
            return Err(Some(Rejected::Malformed));
        }
        if head.origin != site.config.redirect_uri.origin() || !head.is_logged_in {
            return Err(Some(Rejected::Malformed));
        }
        let provider = head.provider.map_or_else(String::new, Cow::into_owned);
        let mut tokens = stored_tokens(site, cookies, time, now);
        let expose = site.config.expose_tokens;
        tokens.id = tokens.id.filter(|_| expose.id);
        tokens.access = tokens.access.filter(|_| expose.access);
        Ok(Self {
            json: text,
            provider,
            claims: OnceLock::new(),
            tokens,
            time,
            life,
            stale: key > 0,
        })
    }

    pub(crate) fn json(&self) -> &str {
        &self.json
    }

    pub(crate) fn provider(&self) -> &str {
        &self.provider
    }

    /// `is_logged_in` first, then the claims, then `provider`, as `st.user` lists them.
    ///
    /// Source: Streamlit 1.67, `user_info.UserInfoProxy`; `origin` is not shown there either.
    pub(crate) fn claims(&self) -> &Map<String, Value> {
        self.claims.get_or_init(|| {
            let mut claims = Map::from_iter([("is_logged_in".to_owned(), Value::Bool(true))]);
            let decoded: Map<String, Value> = serde_json::from_str(&self.json).unwrap_or_default();
            claims.extend(
                decoded
                    .into_iter()
                    .filter(|(name, _)| name != "origin" && name != "is_logged_in"),
            );
            claims
        })
    }

    pub(crate) fn expires_at(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(self.time.saturating_add(self.life))
    }

    /// The cookies of the same identity under the key that signs now; empty unless an earlier secret signed it.
    pub(crate) fn renewed(&self, site: &Site, cookies: &Cookies, now: u64) -> Vec<HeaderValue> {
        if !self.stale {
            return Vec::new();
        }
        let tokens = stored_tokens(site, cookies, self.time, now);
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
    let mut payload = claims.clone();
    for reserved in RESERVED {
        payload.shift_remove(reserved);
    }
    payload.insert(
        "origin".to_owned(),
        site.config.redirect_uri.origin().into(),
    );
    payload.insert("is_logged_in".to_owned(), true.into());
    payload.insert("provider".to_owned(), provider.into());
    let json = Value::Object(payload).to_string();
    let now = site.config.now();
    set_cookies(site, &json, tokens, now, now, before).ok_or_else(|| too_large(claims, json.len()))
}

/// Removals of the identity with everything that belongs to it.
pub(crate) fn clear(site: &Site, cookies: &Cookies) -> Vec<HeaderValue> {
    let mut cleared = site.scope.clear_long(&site.identity_name, cookies);
    cleared.extend(site.scope.clear_long(&site.tokens_name, cookies));
    cleared
}

/// The tokens as stored, whether shown to the app or not. They count only beside the identity that they were stored with.
pub(crate) fn stored_tokens(site: &Site, cookies: &Cookies, time: u64, now: u64) -> Tokens {
    cookies
        .verified(&site.keys, &site.tokens_name, now, site.config.cookie_life)
        .ok()
        .filter(|tokens| tokens.time == time)
        .and_then(|tokens| serde_json::from_str(&tokens.text).ok())
        .unwrap_or_default()
}

/// What must be right before an identity is honoured. A key that is there twice is an error here.
#[derive(Deserialize)]
struct Head<'a> {
    #[serde(borrow)]
    origin: Cow<'a, str>,
    is_logged_in: bool,
    #[serde(borrow, default)]
    provider: Option<Cow<'a, str>>,
}

/// Keys that are ours; a claim of that name is dropped.
const RESERVED: [&str; 4] = ["origin", "is_logged_in", "provider", "tokens"];

/// Proxies with the usual 8 KiB limit refuse longer `Cookie` headers; other cookies need room too.
pub(crate) const ROOMY: usize = 7 * 1024;

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
    let size: usize = cookies.iter().map(HeaderValue::len).sum();
    if size > ROOMY {
        tracing::warn!(
            target: crate::LOG,
            identity = json.len(),
            cookies = size,
            "identity is large: servers and proxies that take 8 KiB of cookies will refuse this visitor; keep fewer `claims`"
        );
    }
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
