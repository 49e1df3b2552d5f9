//! How long the visitor's next `Cookie` line will be.

use axum::http::HeaderValue;

use crate::cookie::Cookies;

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
    let set: Vec<(&[u8], &[u8])> = set
        .iter()
        .filter_map(|header| {
            let pair = header.as_bytes().split(|&byte| byte == b';').next()?;
            let equals = pair.iter().position(|&byte| byte == b'=')?;
            Some((&pair[..equals], &pair[equals + 1..]))
        })
        .collect();
    let stays = |name: &[u8]| !set.iter().any(|(set, _)| *set == name);
    let kept = before.pairs().filter(|(name, _)| stays(name));
    let new = set.iter().copied().filter(|(_, value)| !value.is_empty());
    let pairs = kept.chain(new);
    let length: usize = pairs
        .map(|(name, value)| name.len() + value.len() + "=; ".len())
        .sum();
    ("Cookie: ".len() + length).saturating_sub("; ".len())
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
