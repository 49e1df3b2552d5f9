//! The cookie budget: how much of the browser's `Cookie` header this crate takes.

use axum::http::HeaderValue;
use serde_json::{Map, Value};

use super::{Tokens, record};
#[cfg(feature = "streamlit")]
use crate::site::{IDENTITY, TOKENS};
use crate::{
    config::DEFAULT_COOKIE_BUDGET,
    cookie::{Cookies, header_bytes, sign},
    site::Site,
};

/// An identity that does not fit into the cookies a browser and a server accept.
#[derive(Debug)]
pub(crate) struct TooLarge {
    /// Names of the largest claims with their size in bytes, largest first.
    pub(crate) largest: Vec<(String, usize)>,
    /// Bytes of all claims.
    pub(crate) size: usize,
}

/// The cookies of a login, within `cookie_budget`.
pub(crate) struct Written {
    pub(crate) cookies: Vec<HeaderValue>,
    /// Names of the tokens that there was no space for.
    pub(crate) left_out: Vec<&'static str>,
    pub(super) has_tokens: bool,
}

impl Written {
    /// The cookies of an identity with as many of the `tokens` as fit, each set of them written by `put`.
    ///
    /// `None` if the identity alone is over the budget. An ID token that is stored only for the
    /// logout must fit into the response headers that a stock nginx accepts from an app, and into
    /// the request headers that servers usually accept, unless `cookie_budget` was raised. A login
    /// is worth more than a logout without a confirmation page.
    pub(super) fn fit(
        site: &Site,
        identity: Vec<HeaderValue>,
        tokens: &Tokens,
        put: impl Fn(&Tokens) -> Option<Vec<HeaderValue>>,
    ) -> Option<Self> {
        let config = &site.config;
        let size = set_bytes(&identity);
        let limit = config.cookie_budget - RESERVED;
        if size > limit {
            return None;
        }
        let is_raised = config.cookie_budget > DEFAULT_COOKIE_BUDGET;
        let fits = |kept: &Tokens, cookies: &[HeaderValue]| {
            let total = size + set_bytes(cookies);
            let is_for_logout_only = kept.id().is_some() && !config.expose_tokens.id;
            if is_for_logout_only && !is_raised {
                let lines = header_lines(&identity) + header_lines(cookies);
                total <= limit.min(ROOMY) && lines <= MAX_RESPONSE_BYTES
            } else {
                total <= limit
            }
        };
        let selections = tokens.selections(config.expose_tokens);
        let fitting = selections.into_iter().find_map(|kept| {
            let cookies = put(&kept).filter(|cookies| fits(&kept, cookies))?;
            Some((kept, cookies))
        });
        let (kept, mut token_cookies) = fitting.unwrap_or_default();
        let mut cookies = identity;
        cookies.append(&mut token_cookies);
        Some(Self {
            cookies,
            left_out: tokens.names_without(&kept),
            has_tokens: !kept.is_empty(),
        })
    }

    /// Tells the log which tokens were left out.
    pub(super) fn log(&self, site: &Site, provider: &str) {
        if !self.left_out.is_empty() {
            tracing::warn!(
                target: crate::LOG,
                provider,
                left_out = self.left_out.join(", "),
                budget = site.config.cookie_budget,
                "tokens not stored"
            );
        }
    }
}

/// The cookies of an identity in the format of this crate; `None` if it does not fit.
pub(super) fn write(
    site: &Site,
    json: &str,
    tokens: &Tokens,
    now: u64,
    before: &Cookies,
) -> Option<Written> {
    let scope = &site.scope;
    let put = |name: &str, text: &str| {
        let value = sign(&site.keys[0], name, text, now);
        scope.put_long(name, value, site.config.cookie_life, before)
    };
    let put_tokens = |tokens: &Tokens| {
        let text = serde_json::to_string(tokens).expect("two optional texts are always JSON");
        put(&site.tokens_name, &text)
    };
    let identity = put(&site.identity_name, json)?;
    let mut written = Written::fit(site, identity, tokens, put_tokens)?;
    if !written.has_tokens {
        written
            .cookies
            .extend(scope.clear_long(&site.tokens_name, before));
    }
    written
        .cookies
        .extend(scope.clear_long(&site.renewal_name, before));
    written.cookies.extend(record::clear(site, before));
    warn(&written.cookies, before, json.len());
    Some(written)
}

/// The error for `claims` whose stored text has `size` bytes.
pub(super) fn too_large(claims: &Map<String, Value>, size: usize) -> TooLarge {
    let mut largest: Vec<_> = claims
        .iter()
        .map(|(name, value)| (name.clone(), value.to_string().len()))
        .collect();
    largest.sort_by_key(|(_, size)| std::cmp::Reverse(*size));
    largest.truncate(3);
    TooLarge { largest, size }
}

/// Bytes that a browser with these cookies has left for login attempts.
pub(crate) fn spare_bytes(site: &Site, cookies: &Cookies) -> usize {
    let record = record::name(site);
    let names = [
        record.as_str(),
        &site.identity_name,
        &site.tokens_name,
        &site.renewal_name,
        #[cfg(feature = "streamlit")]
        IDENTITY,
        #[cfg(feature = "streamlit")]
        TOKENS,
    ];
    let budget = site.config.cookie_budget;
    budget.saturating_sub(cookies.bytes_of(&names))
}

/// Bytes that the browser sends back of what is `set` here.
pub(crate) fn set_bytes(set: &[HeaderValue]) -> usize {
    let set = set.iter().filter_map(pair);
    set.filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| header_bytes(name, value))
        .sum()
}

/// Bytes of the `Set-Cookie` lines.
fn header_lines(cookies: &[HeaderValue]) -> usize {
    let line = |cookie: &HeaderValue| "set-cookie: \r\n".len() + cookie.len();
    cookies.iter().map(line).sum()
}

/// Bytes of `Set-Cookie` lines that leave space for the other headers of a login's response. nginx
/// accepts 4 KiB of headers from an app (`proxy_buffer_size`), and answers 502 beyond that.
const MAX_RESPONSE_BYTES: usize = 3400;

/// Bytes of the budget that an identity and its tokens leave free: for one login attempt, the login count and a renewal.
const RESERVED: usize = 1536;

/// Tells the log of a visitor whose next request will come near what servers and proxies take.
pub(super) fn warn(set: &[HeaderValue], before: &Cookies, identity: usize) {
    let line = line_length(set, before);
    if line > ROOMY {
        tracing::warn!(
            target: crate::LOG,
            identity,
            cookie_line = line,
            limit = LONGEST_LINE,
            "identity is large: Streamlit's websocket, and servers and proxies that take 8 KiB of headers, will refuse this visitor; keep fewer `claims`, or raise their limits"
        );
    }
}

/// Bytes of the `Cookie` line that the browser will send: what it sent before, with what is `set` and removed now.
fn line_length(set: &[HeaderValue], before: &Cookies) -> usize {
    let set: Vec<(&[u8], &[u8])> = set.iter().filter_map(pair).collect();
    let stays = |name: &[u8]| !set.iter().any(|(set, _)| *set == name);
    let kept = before.pairs().filter(|(name, _)| stays(name));
    let new = set.iter().copied().filter(|(_, value)| !value.is_empty());
    let pairs = kept.chain(new);
    let length: usize = pairs.map(|(name, value)| header_bytes(name, value)).sum();
    ("Cookie: ".len() + length).saturating_sub("; ".len())
}

/// Name and value of a `Set-Cookie`.
fn pair(header: &HeaderValue) -> Option<(&[u8], &[u8])> {
    let pair = header.as_bytes().split(|&byte| byte == b';').next()?;
    let equals = pair.iter().position(|&byte| byte == b'=')?;
    Some((&pair[..equals], &pair[equals + 1..]))
}

/// Bytes of the longest `Cookie` line that Streamlit's websocket takes (`websockets`, `WEBSOCKETS_MAX_LINE_LENGTH`); proxies and servers
/// with the usual 8 KiB refuse a little more.
const LONGEST_LINE: usize = 8190;

/// Bytes of a `Cookie` line that leave room for cookies which others set later.
pub(crate) const ROOMY: usize = LONGEST_LINE - 1024;

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, header::COOKIE};

    use super::*;

    #[test]
    fn the_next_line_is_what_was_sent_with_what_is_set() {
        let mut headers = HeaderMap::new();
        headers.insert(
            COOKIE,
            HeaderValue::from_static("kept=12; user=old; user_1=x"),
        );
        let set = ["user=longer; Path=/", "user_1=; Max-Age=0", "new=1; Path=/"]
            .map(HeaderValue::from_static);

        let line = "Cookie: kept=12; user=longer; new=1";
        assert_eq!(line_length(&set, &Cookies::of(&headers)), line.len());
    }
}
