//! Cookies on their way out: name, attributes, removals.

use axum::http::HeaderValue;
use tower_cookies::{
    Cookie,
    cookie::{SameSite, time::Duration},
};

use super::{Cookies, chunks};

/// The attributes that all our cookies share.
#[derive(Clone)]
pub(crate) struct Scope {
    /// The `Path` attribute.
    path: String,
    secure: bool,
    /// What every name begins with, such as `__Host-!app!`.
    prefix: String,
}

impl Scope {
    /// The attributes of this crate's own cookies, for an app below `base_path` (empty, or such as `/app`).
    ///
    /// Over https, names begin with `__Host-` and `Path` is `/`, because a browser takes such a cookie from this very host only: no sibling
    /// domain can set it. `__Secure-` with `Path=/app` would not prevent that. Over http, which is for loopback, `Path` is the base path.
    ///
    /// The base path is a part of the name in both cases. The apps at `/`, `/app` and `/app_1` of one host then have different names, so
    /// that none of them reads, replaces or removes a cookie of another one. It stands in front of the name between two `!`, which no base
    /// path contains: behind it, `/app_1` could be the first chunk of `/app`.
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

    /// Attributes for cookies of another program, whose names stay as they are; `path` is empty for `/`.
    pub(crate) fn bare(path: &str, secure: bool) -> Self {
        Self {
            path: if path.is_empty() { "/" } else { path }.to_owned(),
            secure,
            prefix: String::new(),
        }
    }

    /// The `Path` attribute.
    #[cfg(feature = "streamlit")]
    pub(crate) fn path(&self) -> &str {
        &self.path
    }

    /// `name` as the browser stores it.
    pub(crate) fn name(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// A `Set-Cookie` that lives `max_age` seconds.
    pub(crate) fn put(&self, name: &str, value: &str, max_age: u64) -> HeaderValue {
        let seconds = i64::try_from(max_age).unwrap_or(i64::MAX);
        self.header(
            Cookie::build((name, value))
                .max_age(Duration::seconds(seconds))
                .into(),
        )
    }

    /// A `Set-Cookie` that removes what [`Scope::put`] set: the same name, path and `Secure`.
    pub(crate) fn clear(&self, name: &str) -> HeaderValue {
        self.header(Cookie::build((name, "")).max_age(Duration::ZERO).into())
    }

    /// The cookies for a value of any length: its parts, and removals for the `left over` of a longer one.
    ///
    /// `None` if the value is over the budget.
    pub(crate) fn put_long(
        &self,
        name: &str,
        value: String,
        max_age: u64,
        before: &Cookies,
    ) -> Option<Vec<HeaderValue>> {
        let attributes = self.put("", "", max_age).len();
        let cookies = chunks::split(name, value, attributes)?;
        Some(self.put_parts(name, &cookies, max_age, before))
    }

    /// As [`put_long`](Self::put_long), for a value that is split already.
    pub(crate) fn put_parts(
        &self,
        name: &str,
        cookies: &[(String, String)],
        max_age: u64,
        before: &Cookies,
    ) -> Vec<HeaderValue> {
        let left_over = before
            .parts(name)
            .into_iter()
            .filter(|part| !cookies.iter().any(|(name, _)| name == part));
        let removals: Vec<_> = left_over.map(|part| self.clear(&part)).collect();
        let puts = cookies
            .iter()
            .map(|(name, value)| self.put(name, value, max_age));
        puts.chain(removals).collect()
    }

    /// Removals for a value of any length, all parts that the browser sent included.
    pub(crate) fn clear_long(&self, name: &str, before: &Cookies) -> Vec<HeaderValue> {
        let sent = before.pairs().any(|(sent, _)| sent == name.as_bytes());
        let main = sent.then(|| self.clear(name));
        main.into_iter()
            .chain(before.parts(name).iter().map(|part| self.clear(part)))
            .collect()
    }

    fn header<'a>(&'a self, mut cookie: Cookie<'a>) -> HeaderValue {
        cookie.set_path(self.path.as_str());
        cookie.set_http_only(true);
        cookie.set_same_site(SameSite::Lax);
        cookie.set_secure(self.secure);
        HeaderValue::try_from(cookie.to_string())
            .expect("names, values and paths of ours are visible ASCII")
    }
}
