//! Our cookies of a request: read, put, clear. Nothing here knows OpenID.

use std::borrow::Cow;

use axum::http::{HeaderMap, HeaderValue, header::COOKIE};
use tower_cookies::{
    Cookie,
    cookie::{SameSite, time::Duration},
};

pub(crate) use self::signed::{Key, Rejected, Verified, claimed_time, sign, verify};

mod chunks;
mod signed;

/// The attributes that all our cookies share.
#[derive(Clone)]
pub(crate) struct Scope {
    /// `/` or the base path.
    pub(crate) path: String,
    pub(crate) secure: bool,
}

/// The `Cookie` header of one request, taken over without a copy.
///
/// Names are compared byte for byte: a decoder of percent escapes would let `__%48ost-…` stand for a prefixed name, and take the last of
/// two equal names where anybody on a sibling domain may have planted it.
#[derive(Clone, Default)]
pub(crate) struct Cookies(Option<HeaderValue>);

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
        let left_over = before
            .parts(name)
            .into_iter()
            .filter(|part| !cookies.iter().any(|(name, _)| name == part));
        let removals: Vec<_> = left_over.map(|part| self.clear(&part)).collect();
        let puts = cookies
            .iter()
            .map(|(name, value)| self.put(name, value, max_age));
        Some(puts.chain(removals).collect())
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

impl Cookies {
    /// All `Cookie` fields of a request: HTTP/2 may send several (RFC 9113, section 8.2.3).
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut fields = headers.get_all(COOKIE).iter();
        let first = fields.next().cloned();
        let Some(second) = fields.next() else {
            return Self(first);
        };
        let mut joined = first.map_or_else(Vec::new, |first| first.as_bytes().to_vec());
        for field in std::iter::once(second).chain(fields) {
            joined.extend_from_slice(b"; ");
            joined.extend_from_slice(field.as_bytes());
        }
        Self(HeaderValue::from_maybe_shared(joined).ok())
    }

    /// Every name with its value, in the order of the header.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let header = self.0.as_ref().map_or(&b""[..], HeaderValue::as_bytes);
        header.split(|&byte| byte == b';').filter_map(|pair| {
            let pair = pair.trim_ascii();
            let equals = pair.iter().position(|&byte| byte == b'=')?;
            Some((&pair[..equals], &pair[equals + 1..]))
        })
    }

    /// The value signed into the cookie `name`, joined from its parts where there are any.
    ///
    /// Where several cookies have the name, the one that verifies counts, and two that verify but differ cancel each other out: which of
    /// them is genuine, the order in the header does not tell.
    ///
    /// # Errors
    ///
    /// `None` if there is no such cookie, else why the last of them was refused.
    pub(crate) fn verified(
        &self,
        keys: &[Key],
        name: &str,
        now: u64,
        max_age: u64,
    ) -> Result<Verified, Option<Rejected>> {
        let mut found: Result<Verified, Option<Rejected>> = Err(None);
        let candidates = self
            .pairs()
            .filter(|(sent, _)| *sent == name.as_bytes())
            .map(|(_, value)| value);
        for value in candidates.take(MOST_EQUAL_NAMES) {
            let outcome = match chunks::announced(value) {
                Some(parts) => self.joined(name, parts).ok_or(Rejected::Malformed),
                None => Ok(Cow::Borrowed(value)),
            };
            match (
                outcome.and_then(|value| verify(keys, name, &value, now, max_age)),
                &found,
            ) {
                (Ok(new), Ok(old)) if new.text != old.text => {
                    return Err(Some(Rejected::Malformed));
                }
                (Ok(new), _) => found = Ok(new),
                (Err(rejected), Err(_)) => found = Err(Some(rejected)),
                (Err(_), Ok(_)) => {}
            }
        }
        found
    }

    /// `<name>_1` to `<name>_<parts>`, one after the other; `None` if one is absent or there twice.
    fn joined(&self, name: &str, parts: usize) -> Option<Cow<'_, [u8]>> {
        // All parts in one pass, since anybody can send a long header.
        let mut values = [None; chunks::MOST_PARTS];
        for (sent, value) in self.pairs() {
            let Some(part) = chunks::number(name, sent).filter(|&part| part <= parts) else {
                continue;
            };
            let known = values[part - 1].replace(value);
            if value.len() > chunks::LONGEST_COOKIE || known.is_some_and(|known| known != value) {
                return None;
            }
        }
        let values: Option<Vec<&[u8]>> = values.into_iter().take(parts).collect();
        Some(Cow::Owned(values?.concat()))
    }

    /// The names of all parts of `name` that were sent.
    fn parts(&self, name: &str) -> Vec<String> {
        let parts = self.pairs().filter(|(sent, _)| chunks::is_part(name, sent));
        let mut names: Vec<String> = parts
            .take(MOST_REMOVALS)
            .map(|(part, _)| String::from_utf8_lossy(part).into_owned())
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// Cookies of one name that are looked at. Honest browsers send at most two: one for each of two paths.
const MOST_EQUAL_NAMES: usize = 4;

/// Parts that one answer removes; Streamlit itself may have left some dozens.
const MOST_REMOVALS: usize = 50;

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    fn cookies(header: &str) -> Cookies {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, header.parse().unwrap());
        Cookies::of(&headers)
    }

    fn keys() -> Vec<Key> {
        vec![Key::new(&SecretString::from("a secret of the tests"))]
    }

    fn text(header: &str) -> Option<String> {
        cookies(header)
            .verified(&keys(), "user", 1000, 60)
            .ok()
            .map(|verified| verified.text)
    }

    #[test]
    fn the_cookie_that_verifies_counts_in_either_order() {
        let good = sign(&keys()[0], "user", "ada", 1000);
        let other = sign(&keys()[0], "user", "bob", 1000);

        assert_eq!(
            text(&format!("user={good}; user=planted")).as_deref(),
            Some("ada")
        );
        assert_eq!(
            text(&format!("user=planted; user={good}")).as_deref(),
            Some("ada")
        );
        assert_eq!(text(&format!("user={good}; user={other}")), None);
        assert_eq!(text(&format!("user={other}; user={good}")), None);
    }

    #[test]
    fn names_are_compared_byte_for_byte() {
        let good = sign(&keys()[0], "user", "ada", 1000);

        assert_eq!(text(&format!("user={good}")).as_deref(), Some("ada"));
        for name in ["%75ser", "User", "user ", "", "=user"] {
            assert_eq!(text(&format!("{name}={good}")), None, "{name}");
        }
        assert_eq!(text(&format!("user=\"{good}\"")), None);
    }

    #[test]
    fn parts_of_two_logins_do_not_verify_together() {
        let scope = Scope {
            path: "/".to_owned(),
            secure: false,
        };
        let pairs = |text: &str| -> Vec<String> {
            let value = sign(&keys()[0], "user", text, 1000);
            let headers = scope
                .put_long("user", value, 60, &Cookies::default())
                .unwrap();
            headers
                .iter()
                .map(|header| {
                    header
                        .to_str()
                        .unwrap()
                        .split(';')
                        .next()
                        .unwrap()
                        .to_owned()
                })
                .collect()
        };
        let (ada, bob) = (pairs(&"a".repeat(5000)), pairs(&"b".repeat(5000)));

        assert_eq!(
            text(&ada.join("; ")).as_deref(),
            Some("a".repeat(5000).as_str())
        );
        assert_eq!(
            text(&[&ada[0], &ada[1], &bob[2]].map(String::as_str).join("; ")),
            None
        );
        assert_eq!(
            text(&[&ada[0], &ada[1]].map(String::as_str).join("; ")),
            None
        );
    }
}
