//! Our cookies of a request: read, put, clear. Nothing here knows OpenID.

use std::{borrow::Cow, iter};

use axum::http::{HeaderMap, HeaderValue, header::COOKIE};
use memchr::{memchr, memchr_iter};

#[cfg(feature = "streamlit")]
pub(crate) use self::age::CLOCK_TOLERANCE;
pub(crate) use self::{
    chunks::LONGEST_COOKIE,
    scope::Scope,
    signed::{Key, Rejected, Verified, accept, claimed_time, sign, verify},
};

mod age;
mod chunks;
mod hex;
mod scope;
mod signed;
#[cfg(feature = "streamlit")]
pub(crate) mod streamlit;

/// The `Cookie` header of one request, taken over without a copy.
///
/// Names are compared byte for byte: a decoder of percent escapes would let `__%48ost-…` stand for a prefixed name, and take the last of
/// two equal names where anybody on a sibling domain may have planted it.
#[derive(Clone, Default)]
pub(crate) struct Cookies(Option<HeaderValue>);

impl Cookies {
    /// All `Cookie` fields of a request: HTTP/2 may send several (RFC 9113, section 8.2.3).
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let mut fields = headers.get_all(COOKIE).iter();
        let first = fields.next().cloned();
        let Some(second) = fields.next() else {
            return Self(first);
        };
        let mut joined = first.map_or_else(Vec::new, |first| first.as_bytes().to_vec());
        for field in iter::once(second).chain(fields) {
            joined.extend_from_slice(b"; ");
            joined.extend_from_slice(field.as_bytes());
        }
        Self(HeaderValue::from_maybe_shared(joined).ok())
    }

    /// Every name with its value, in the order of the header.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        let mut rest = self.0.as_ref().map(HeaderValue::as_bytes);
        let pairs = iter::from_fn(move || {
            let header = rest?;
            let end = memchr(b';', header).unwrap_or(header.len());
            rest = header.get(end + 1..);
            Some(header[..end].trim_ascii())
        });
        pairs.filter_map(|pair| {
            let equals = memchr(b'=', pair)?;
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
        self.one_of(name, |value| {
            let value = self.whole(name, value).ok_or(Rejected::Malformed)?;
            verify(keys, name, &value, now, max_age)
        })
    }

    /// Every value of `name` as it was signed, joined from its parts where there are any.
    pub(crate) fn wholes(&self, name: &str) -> impl Iterator<Item = Cow<'_, [u8]>> {
        let values = self.values(name).take(MOST_EQUAL_NAMES);
        values.filter_map(move |value| self.whole(name, value))
    }

    fn whole<'c>(&'c self, name: &str, value: &'c [u8]) -> Option<Cow<'c, [u8]>> {
        match chunks::announced(value) {
            Some(parts) => self.joined(name, parts),
            None => Some(Cow::Borrowed(value)),
        }
    }

    /// Bytes that the cookies `names` take in the header, with all their parts.
    pub(crate) fn bytes_of(&self, names: &[&str]) -> usize {
        let counted = self.pairs().filter(|(sent, _)| {
            let belongs = |name: &&str| chunks::belongs_to(name, sent);
            names.iter().any(belongs)
        });
        counted.map(|(name, value)| header_bytes(name, value)).sum()
    }

    /// What `read` makes of the cookies `name`: the one that it accepts, or nothing where it accepts two that differ.
    fn one_of(
        &self,
        name: &str,
        read: impl Fn(&[u8]) -> Result<Verified, Rejected>,
    ) -> Result<Verified, Option<Rejected>> {
        let mut found: Result<Verified, Option<Rejected>> = Err(None);
        for value in self.values(name).take(MOST_EQUAL_NAMES) {
            match (read(value), &found) {
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

    /// The values of all cookies `name`: those of [`pairs`](Self::pairs), with no more than a glance at the other names.
    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        let header = self.0.as_ref().map_or(&b""[..], HeaderValue::as_bytes);
        let starts = iter::once(0).chain(memchr_iter(b';', header).map(|end| end + 1));
        starts.filter_map(move |start| {
            let pair = header[start..].trim_ascii_start();
            let value = pair.strip_prefix(name.as_bytes())?.strip_prefix(b"=")?;
            let end = memchr(b';', value).unwrap_or(value.len());
            Some(value[..end].trim_ascii_end())
        })
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

/// Bytes of `name=value; ` in a `Cookie` header.
pub(crate) fn header_bytes(name: &[u8], value: &[u8]) -> usize {
    name.len() + value.len() + "=; ".len()
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
    fn values_are_those_of_the_pairs_with_the_name() {
        let pieces = ["user", "user_1", "xuser", "=", ";", " ", "\t", "a"];
        let headers = (0..pieces.len().pow(5)).map(|number| -> String {
            let digits = (0..5).map(|place| number / pieces.len().pow(place) % pieces.len());
            digits.map(|digit| pieces[digit]).collect()
        });
        for header in headers {
            let cookies = Cookies(HeaderValue::try_from(header).ok());
            let pairs = cookies.pairs().filter(|(name, _)| *name == b"user");
            let expected: Vec<&[u8]> = pairs.map(|(_, value)| value).collect();
            assert_eq!(
                cookies.values("user").collect::<Vec<_>>(),
                expected,
                "{:?}",
                cookies.0
            );
        }
    }

    #[test]
    fn parts_of_two_logins_do_not_verify_together() {
        let scope = Scope::new("", false);
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
