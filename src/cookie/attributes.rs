//! `Set-Cookie` headers: name, attributes, removal.

use std::fmt::Write;

use axum::http::HeaderValue;
use tower_cookies::{
    Cookie,
    cookie::{SameSite, time::Duration},
};

use super::{Cookies, chunks};

/// The attributes that all our cookies share.
#[derive(Clone)]
pub(crate) struct CookieAttributes {
    /// The `Path` attribute.
    path: String,
    secure: bool,
    /// The prefix of every name, such as `__Host-!app!`.
    prefix: String,
}

impl CookieAttributes {
    /// Creates the attributes of this crate's own cookies, for an app below `base_path` (empty, or
    /// a path such as `/app`).
    ///
    /// Over https, names begin with `__Host-` and `Path` is `/`. A browser accepts such a cookie
    /// from this exact host only, so that no sibling domain can set it. `__Secure-` with
    /// `Path=/app` would not prevent that. Over http, which is only for loopback, `Path` is the
    /// base path.
    ///
    /// The base path is part of the name in both cases. The apps at `/`, `/app` and `/app_1` of one
    /// host therefore use different cookie names, and none of them reads, replaces or removes a
    /// cookie of another. The base path precedes the name, between two `!`, which no base path
    /// contains. If it were a suffix, a cookie of `/app_1` could be mistaken for the first chunk of
    /// a cookie of `/app`.
    ///
    /// Source: RFC 6265bis, section 4.1.3.2.
    pub(crate) fn new(base_path: &str, secure: bool) -> Self {
        let host = if secure { "__Host-" } else { "" };
        let base = match base_path {
            "" => String::new(),
            path => format!("{}!", path.replace('/', "!")),
        };
        let path = if secure { "" } else { base_path };
        Self {
            prefix: format!("{host}{base}"),
            ..Self::bare(path, secure)
        }
    }

    /// Creates attributes for cookies of another program, with unchanged names. An empty `path`
    /// means `/`.
    pub(crate) fn bare(path: &str, secure: bool) -> Self {
        Self {
            path: if path.is_empty() { "/" } else { path }.to_owned(),
            secure,
            prefix: String::new(),
        }
    }

    /// Returns the `Path` attribute.
    #[cfg(feature = "streamlit-cookies")]
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// Returns `name` as the browser stores it.
    pub(crate) fn name(&self, name: &str) -> String {
        [self.prefix.as_str(), name].concat()
    }

    /// Returns a `Set-Cookie` that expires in `max_age` seconds.
    pub(crate) fn set(&self, name: &str, value: &str, max_age: u64) -> HeaderValue {
        let seconds = i64::try_from(max_age).unwrap_or(i64::MAX);
        self.header(
            Cookie::build((name, value))
                .max_age(Duration::seconds(seconds))
                .into(),
        )
    }

    /// Returns a `Set-Cookie` that removes a cookie that [`set`](Self::set) created: the same name,
    /// path and `Secure`.
    pub(crate) fn clear(&self, name: &str) -> HeaderValue {
        self.header(Cookie::build((name, "")).max_age(Duration::ZERO).into())
    }

    /// Returns the cookies for a value of any length: its chunks, and removals for surplus chunks
    /// of a longer value that the browser sent in `before`.
    ///
    /// `None` if the value needs too many chunks.
    pub(crate) fn set_chunked(
        &self,
        name: &str,
        value: String,
        max_age: u64,
        before: &Cookies,
    ) -> Option<Vec<HeaderValue>> {
        let attributes = self.set("", "", max_age).len();
        let cookies = chunks::split(name, value, attributes)?;
        Some(self.set_chunks(name, &cookies, max_age, before))
    }

    /// Like [`set_chunked`](Self::set_chunked), for a value that is already split.
    pub(crate) fn set_chunks(
        &self,
        name: &str,
        cookies: &[(String, String)],
        max_age: u64,
        before: &Cookies,
    ) -> Vec<HeaderValue> {
        let surplus = before
            .chunk_names(name)
            .into_iter()
            .filter(|chunk| !cookies.iter().any(|(name, _)| name == chunk));
        let removals: Vec<_> = surplus.map(|chunk| self.clear(&chunk)).collect();
        let set = cookies
            .iter()
            .map(|(name, value)| self.set(name, value, max_age));
        set.chain(removals).collect()
    }

    /// Returns removals for a value of any length, including all chunks that the browser sent.
    pub(crate) fn clear_chunked(&self, name: &str, before: &Cookies) -> Vec<HeaderValue> {
        let sent = before.pairs().any(|(sent, _)| sent == name.as_bytes());
        let main = sent.then(|| self.clear(name));
        let chunks = before.chunk_names(name);
        main.into_iter()
            .chain(chunks.iter().map(|chunk| self.clear(chunk)))
            .collect()
    }

    fn header<'a>(&'a self, mut cookie: Cookie<'a>) -> HeaderValue {
        cookie.set_path(self.path.as_str());
        cookie.set_http_only(true);
        cookie.set_same_site(SameSite::Lax);
        cookie.set_secure(self.secure);
        let (name, value) = cookie.name_value();
        let mut text = String::with_capacity(name.len() + value.len() + TYPICAL_ATTRIBUTES_LEN);
        write!(text, "{cookie}").expect("a string accepts all text");
        HeaderValue::try_from(text).expect("our names, values and paths are visible ASCII")
    }
}

/// In bytes. The attributes of most cookies are shorter.
const TYPICAL_ATTRIBUTES_LEN: usize = 96;
