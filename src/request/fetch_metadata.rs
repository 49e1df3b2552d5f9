//! Fetch Metadata, and the other request headers that identify the client.

use axum::http::{
    HeaderMap, HeaderValue, Method,
    header::{ACCEPT, ACCEPT_LANGUAGE, COOKIE},
};

use super::{RequestKind, is_safe};
use crate::cookie::Cookies;

/// Request headers that identify the client. If a header is repeated, the first value is used.
#[derive(Default)]
pub(super) struct FetchMetadata<'h> {
    site: Option<&'h [u8]>,
    mode: Option<&'h [u8]>,
    dest: Option<&'h [u8]>,
    user: Option<&'h [u8]>,
    origin: Option<&'h HeaderValue>,
    pub(super) referer: Option<&'h HeaderValue>,
    pub(super) accept_language: Option<&'h HeaderValue>,
    is_prefetch: bool,
    /// True if a script library sent the request. Needed only for browsers without
    /// `Sec-Fetch-Mode`.
    is_script: bool,
    upgrades_to_websocket: bool,
    has_upgrade_option: bool,
    cookie: Option<&'h HeaderValue>,
    has_more_cookies: bool,
}

impl<'h> FetchMetadata<'h> {
    pub(super) fn from_headers(headers: &'h HeaderMap) -> Self {
        let mut metadata = Self::default();
        // A single pass is faster than a dozen lookups that mostly miss. Unlike strings,
        // byte strings are compared by their length first.
        for (name, value) in headers {
            // Most requests have these two. Comparing constants is faster than comparing text.
            if *name == COOKIE {
                metadata.has_more_cookies = metadata.cookie.is_some();
                metadata.cookie = Some(value);
                continue;
            }
            if *name == ACCEPT_LANGUAGE {
                metadata.accept_language.get_or_insert(value);
                continue;
            }
            let name = name.as_str().as_bytes();
            if let Some(name) = name.strip_prefix(b"sec-fetch-") {
                let field = match name {
                    b"site" => &mut metadata.site,
                    b"mode" => &mut metadata.mode,
                    b"dest" => &mut metadata.dest,
                    b"user" => &mut metadata.user,
                    _ => continue,
                };
                field.get_or_insert(value.as_bytes());
                continue;
            }
            match name {
                b"origin" => metadata.origin = metadata.origin.or(Some(value)),
                b"referer" => metadata.referer = metadata.referer.or(Some(value)),
                b"sec-purpose" | b"purpose" | b"x-moz" => {
                    metadata.is_prefetch |= contains(value, "prefetch");
                }
                b"x-requested-with" => metadata.is_script |= is_token(value, "xmlhttprequest"),
                b"hx-request" => metadata.is_script |= is_token(value, "true"),
                b"upgrade" => metadata.upgrades_to_websocket |= has_token(value, "websocket"),
                b"connection" => metadata.has_upgrade_option |= has_token(value, "upgrade"),
                _ => {}
            }
        }
        metadata
    }

    /// Returns the cookies of the request. `headers` is searched only if there are several `Cookie`
    /// fields.
    pub(super) fn cookies(&self, headers: &HeaderMap) -> Cookies {
        if self.has_more_cookies {
            return Cookies::from_headers(headers);
        }
        self.cookie
            .map_or_else(Cookies::default, Cookies::from_field)
    }

    /// Classifies the request.
    ///
    /// 1. A request with the purpose `prefetch`, which includes prerendering, is a prefetch.
    /// 2. If `Sec-Fetch-Mode` is present, it decides. `Sec-Fetch-Dest` tells a window from a frame.
    /// 3. `X-Requested-With: XMLHttpRequest`, `HX-Request: true` and a WebSocket handshake are
    ///    subresources. The values matter, because an Android WebView sends the name of its app in
    ///    `X-Requested-With`.
    /// 4. A request that accepts `text/html` is a navigation.
    ///
    /// Source: Fetch Metadata Request Headers (W3C), sections 2.1 and 2.2; RFC 6455, section 4.1.
    pub(super) fn kind(&self, headers: &HeaderMap) -> RequestKind {
        let accepts_pages = || {
            let mut accepted = headers.get_all(ACCEPT).iter();
            accepted.any(|value| contains(value, "text/html"))
        };
        let is_handshake = self.upgrades_to_websocket && self.has_upgrade_option;
        // `==` compares all bytes at once, a pattern each separately.
        match self.mode {
            _ if self.is_prefetch => RequestKind::Prefetch,
            Some(mode) if mode == b"navigate" => self.navigation_kind(),
            Some(_) => RequestKind::Subresource,
            None if self.is_script || is_handshake => RequestKind::Subresource,
            None if accepts_pages() => RequestKind::Navigation,
            None => RequestKind::Unknown,
        }
    }

    fn navigation_kind(&self) -> RequestKind {
        match self.dest {
            None => RequestKind::Navigation,
            Some(dest) if dest == b"document" => RequestKind::Navigation,
            Some(b"iframe" | b"frame" | b"embed" | b"object" | b"fencedframe") => {
                RequestKind::Frame
            }
            Some(_) => RequestKind::Subresource,
        }
    }

    /// Returns true if a page of another origin started the request without user activation.
    ///
    /// Source: Fetch Metadata Request Headers (W3C), sections 2.3 and 2.4.
    pub(super) fn is_unprompted(&self) -> bool {
        let is_cross_origin = !matches!(self.site, None | Some(b"same-origin" | b"none"));
        is_cross_origin && self.user != Some(b"?1")
    }

    /// Returns true for a navigation of a browser window that no page of this origin started. False
    /// without Fetch Metadata.
    pub(super) fn is_arrival(&self) -> bool {
        let is_other = matches!(self.site, Some(b"none" | b"cross-site" | b"same-site"));
        is_other && self.mode == Some(b"navigate") && self.dest == Some(b"document")
    }

    /// Returns true if a page of this origin sent the request, or the user sent it again. False
    /// without `Sec-Fetch-Site` and `Origin`.
    pub(super) fn is_from_own_page(&self, origin: &str) -> bool {
        match self.site {
            Some(site) => matches!(site, b"same-origin" | b"none"),
            None => self.origin.is_some_and(|sender| sender == origin),
        }
    }

    /// Returns true if the request may use the cookie identity:
    ///
    /// 1. `Sec-Fetch-Site` is `same-origin` or `none`.
    /// 2. Neither `Sec-Fetch-Site` nor `Origin` is present.
    /// 3. `Sec-Fetch-Site` has another value, and the request is a top-level GET or HEAD
    ///    navigation, which changes nothing.
    /// 4. `Sec-Fetch-Site` is missing, and `Origin` is `origin`.
    ///
    /// Source: Fetch Metadata Request Headers (W3C); the cross-origin protection of tower-http and
    /// Go. Streamlit compares the `Origin` of its WebSocket with that of the cookie
    /// (`starlette_websocket`).
    pub(super) fn may_authenticate(&self, method: &Method, origin: &str) -> bool {
        match (self.site, self.origin) {
            (Some(b"same-origin" | b"none"), _) | (None, None) => true,
            (Some(_), _) => {
                is_safe(method) && self.mode == Some(b"navigate") && self.dest == Some(b"document")
            }
            (None, Some(sender)) => sender == origin,
        }
    }
}

// This function and the next two are rarely called. They are not inlined, because that would slow
// down the loop over the headers.
#[inline(never)]
fn contains(value: &HeaderValue, part: &str) -> bool {
    value.to_str().is_ok_and(|text| text.contains(part))
}

/// Returns true if `value` is `token`, ignoring case.
#[inline(never)]
fn is_token(value: &HeaderValue, token: &str) -> bool {
    value
        .as_bytes()
        .trim_ascii()
        .eq_ignore_ascii_case(token.as_bytes())
}

/// Returns true if the comma-separated list `value` contains `token`, ignoring case.
#[inline(never)]
fn has_token(value: &HeaderValue, token: &str) -> bool {
    let mut members = value.as_bytes().split(|byte| *byte == b',');
    members.any(|member| member.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
}
