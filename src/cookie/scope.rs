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
    /// `/` or the base path.
    pub(crate) path: String,
    pub(crate) secure: bool,
}

impl Scope {
    /// `name` as it stands in the browser: prefixed when the cookie is `Secure`, so that no sibling domain can plant it.
    ///
    /// Source: RFC 6265bis, section 4.1.3.
    pub(crate) fn name(&self, name: &str) -> String {
        match (self.secure, self.path.as_str()) {
            (false, _) => name.to_owned(),
            (true, "/") => format!("__Host-{name}"),
            (true, _) => format!("__Secure-{name}"),
        }
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
