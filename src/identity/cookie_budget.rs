//! The cookie budget: the part of the browser's `Cookie` header that this crate may use.

use axum::http::HeaderValue;
use serde_json::{Map, Value};

use super::{Tokens, admission_record};
#[cfg(feature = "streamlit-cookies")]
use crate::state::{IDENTITY_COOKIE, TOKENS_COOKIE};
use crate::{
    config::DEFAULT_COOKIE_BUDGET,
    cookie::{Cookies, header_bytes, sign},
    state::Settings,
};

/// The cookies of an identity exceed what a browser and a server accept.
#[derive(Debug)]
pub(crate) struct TooLarge {
    /// Names of the largest claims with their size in bytes, largest first.
    pub(crate) largest: Vec<(String, usize)>,
    /// Bytes of all claims.
    pub(crate) size: usize,
}

/// The cookies of a login, within `cookie_budget`.
pub(crate) struct IdentityCookies {
    pub(crate) cookies: Vec<HeaderValue>,
    /// Names of the tokens that did not fit.
    pub(crate) left_out: Vec<&'static str>,
    pub(super) has_tokens: bool,
    /// The text of the identity, if it has to be stored in the record of the session.
    pub(crate) recorded: Option<String>,
}

impl IdentityCookies {
    /// Combines the cookies of an identity with those of as many `tokens` as fit. `token_cookies`
    /// returns the cookies for a subset of the tokens.
    ///
    /// `None` if the identity without tokens exceeds the budget. An ID token that is kept only for
    /// the logout, and not exposed to the app, must fit into the response headers that nginx
    /// accepts from an app by default, and into the request headers that servers usually accept,
    /// unless `cookie_budget` was raised. Without it, the provider shows its own logout page.
    pub(super) fn within_budget(
        settings: &Settings,
        identity: Vec<HeaderValue>,
        tokens: &Tokens,
        token_cookies: impl Fn(&Tokens) -> Option<Vec<HeaderValue>>,
    ) -> Option<Self> {
        let config = &settings.config;
        let size = set_bytes(&identity);
        let limit = config.cookie_budget - RESERVED_BYTES;
        if size > limit {
            return None;
        }
        let is_raised = config.cookie_budget > DEFAULT_COOKIE_BUDGET;
        let fits = |retained: &Tokens, cookies: &[HeaderValue]| {
            let total = size + set_bytes(cookies);
            let is_for_logout_only = retained.id().is_some() && !config.expose_tokens.id;
            if is_for_logout_only && !is_raised {
                let lines = header_lines(&identity) + header_lines(cookies);
                total <= limit.min(COOKIE_HEADER_BUDGET) && lines <= MAX_RESPONSE_BYTES
            } else {
                total <= limit
            }
        };
        let subsets = tokens.subsets(config.expose_tokens);
        let largest = subsets.into_iter().find_map(|retained| {
            let cookies = token_cookies(&retained).filter(|cookies| fits(&retained, cookies))?;
            Some((retained, cookies))
        });
        let (retained, mut token_cookies) = largest.unwrap_or_default();
        let mut cookies = identity;
        cookies.append(&mut token_cookies);
        Some(Self {
            cookies,
            left_out: tokens.names_missing_from(&retained),
            has_tokens: !retained.is_empty(),
            recorded: None,
        })
    }

    /// Logs the tokens that were left out.
    pub(super) fn log(&self, settings: &Settings, provider: &str) {
        if !self.left_out.is_empty() {
            tracing::warn!(
                provider,
                left_out = self.left_out.join(", "),
                budget = settings.config.cookie_budget,
                "tokens not stored"
            );
        }
    }
}

/// Returns the number of bytes in the `Set-Cookie` header lines.
fn header_lines(cookies: &[HeaderValue]) -> usize {
    let line = |cookie: &HeaderValue| "set-cookie: \r\n".len() + cookie.len();
    cookies.iter().map(line).sum()
}

/// Maximum bytes of `Set-Cookie` lines, with space for the other headers of a login's response.
/// nginx accepts 4 KiB of headers from an app (`proxy_buffer_size`) and responds with a 502 if
/// there are more.
const MAX_RESPONSE_BYTES: usize = 3400;

/// Bytes of the budget that an identity and its tokens leave free for one login attempt, the login
/// count and a renewal.
const RESERVED_BYTES: usize = 1536;

/// Returns the cookies of an identity in the native format. `None` if it does not fit.
pub(super) fn encode(
    settings: &Settings,
    json: &str,
    tokens: &Tokens,
    now: u64,
    before: &Cookies,
) -> Option<IdentityCookies> {
    let attributes = &settings.attributes;
    let set = |name: &str, text: &str| {
        if text.len() > settings.config.cookie_budget {
            // Base64 is even longer, so signing this text would be in vain.
            return None;
        }
        let value = sign(&settings.keys[0], name, text, now);
        attributes.set_chunked(name, value, settings.config.cookie_max_age, before)
    };
    let token_cookies = |tokens: &Tokens| {
        let text = serde_json::to_string(tokens).expect("two optional strings are valid JSON");
        set(&settings.tokens_name, &text)
    };
    let identity = set(&settings.identity_name, json)?;
    let mut encoded = IdentityCookies::within_budget(settings, identity, tokens, token_cookies)?;
    let cookies = &mut encoded.cookies;
    if !encoded.has_tokens {
        cookies.extend(attributes.clear_chunked(&settings.tokens_name, before));
    }
    cookies.extend(attributes.clear_chunked(&settings.renewal_name, before));
    cookies.extend(admission_record::clear(settings, before));
    warn_if_large(cookies, before, json.len());
    Some(encoded)
}

/// Returns the error for `claims` with a stored text of `size` bytes.
pub(super) fn too_large(claims: &Map<String, Value>, size: usize) -> TooLarge {
    let mut largest = Vec::new();
    for (name, value) in claims {
        let size = value.to_string().len();
        let at = largest.partition_point(|(_, larger)| *larger >= size);
        largest.insert(at, (name.clone(), size));
        largest.truncate(3);
    }
    TooLarge { largest, size }
}

/// Returns the number of bytes of the budget that a browser with these cookies has left for login
/// attempts.
pub(crate) fn spare_bytes(settings: &Settings, cookies: &Cookies) -> usize {
    let record = admission_record::cookie_name(settings);
    let names = [
        record.as_str(),
        &settings.identity_name,
        &settings.tokens_name,
        &settings.renewal_name,
        #[cfg(feature = "streamlit-cookies")]
        IDENTITY_COOKIE,
        #[cfg(feature = "streamlit-cookies")]
        TOKENS_COOKIE,
    ];
    let budget = settings.config.cookie_budget;
    budget.saturating_sub(cookies.bytes_of(&names))
}

/// Returns the number of bytes that these `Set-Cookie` headers take in the browser's next `Cookie`
/// header.
pub(crate) fn set_bytes(set: &[HeaderValue]) -> usize {
    let set = set.iter().filter_map(name_and_value);
    set.filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| header_bytes(name, value))
        .sum()
}

/// Logs a warning if the browser's next `Cookie` header comes close to the limit of servers and
/// proxies.
pub(super) fn warn_if_large(set: &[HeaderValue], before: &Cookies, identity: usize) {
    let line = header_line_len(set, before);
    if line > COOKIE_HEADER_BUDGET {
        tracing::warn!(
            identity,
            cookie_line = line,
            limit = MAX_HEADER_LINE_LEN,
            detail = "Streamlit's websocket, and servers and proxies that accept 8 KiB of headers, may reject this user's requests",
            help = "Retain fewer `claims`, or raise these limits.",
            "identity is large"
        );
    }
}

/// Bytes of a `Cookie` header line that leave space for cookies which other programs set later.
pub(crate) const COOKIE_HEADER_BUDGET: usize = MAX_HEADER_LINE_LEN - 1024;

/// Bytes of the longest header line that Streamlit's websocket accepts (`websockets`,
/// `WEBSOCKETS_MAX_LINE_LENGTH`). Proxies and servers with the usual 8 KiB have a slightly higher
/// limit.
const MAX_HEADER_LINE_LEN: usize = 8190;

/// Returns the length of the browser's next `Cookie` header line: the cookies sent `before`,
/// changed by `set`.
fn header_line_len(set: &[HeaderValue], before: &Cookies) -> usize {
    let set: Vec<(&[u8], &[u8])> = set.iter().filter_map(name_and_value).collect();
    let is_unchanged = |name: &[u8]| !set.iter().any(|(set, _)| *set == name);
    let unchanged = before.pairs().filter(|(name, _)| is_unchanged(name));
    let new = set.iter().copied().filter(|(_, value)| !value.is_empty());
    let pairs = unchanged.chain(new);
    let length: usize = pairs.map(|(name, value)| header_bytes(name, value)).sum();
    ("Cookie: ".len() + length).saturating_sub("; ".len())
}

/// Returns the name and the value of a `Set-Cookie` header.
fn name_and_value(header: &HeaderValue) -> Option<(&[u8], &[u8])> {
    let pair = header.as_bytes().split(|&byte| byte == b';').next()?;
    let equals = pair.iter().position(|&byte| byte == b'=')?;
    Some((&pair[..equals], &pair[equals + 1..]))
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, header::COOKIE};

    use super::*;

    #[test]
    fn header_size_includes_sent_and_set_cookies() {
        let mut headers = HeaderMap::new();
        headers.insert(
            COOKIE,
            HeaderValue::from_static("kept=12; user=old; user_1=x"),
        );
        let set = ["user=longer; Path=/", "user_1=; Max-Age=0", "new=1; Path=/"]
            .map(HeaderValue::from_static);

        let line = "Cookie: kept=12; user=longer; new=1";
        assert_eq!(
            header_line_len(&set, &Cookies::from_headers(&headers)),
            line.len()
        );
    }
}
