//! Reads, writes and removes cookies. Nothing here depends on OpenID Connect.

use std::{borrow::Cow, iter};

use axum::http::{HeaderMap, HeaderValue, header::COOKIE};
use memchr::memchr;

#[cfg(feature = "streamlit-cookies")]
pub(crate) use self::age::CLOCK_TOLERANCE;
pub(crate) use self::{
    attributes::CookieAttributes,
    chunks::MAX_COOKIE_BYTES,
    signed::{SigningKey, Verified, VerifyError, claimed_time, parse_trusted, sign, verify},
};

mod age;
mod attributes;
mod chunks;
mod signed;
#[cfg(feature = "streamlit-cookies")]
pub(crate) mod streamlit;

/// The `Cookie` header of one request, not copied.
///
/// Names are compared byte for byte. A decoder of percent escapes would accept `__%48ost-…` as a
/// prefixed name. It would also use the last of several cookies with one name, and anyone on a
/// sibling domain may have set that one.
#[derive(Clone, Default)]
pub(crate) struct Cookies(Option<HeaderValue>);

impl Cookies {
    /// Returns the cookies of a request with a single `Cookie` field.
    pub(crate) fn from_field(field: &HeaderValue) -> Self {
        Self(Some(field.clone()))
    }

    /// Joins all `Cookie` fields of a request, because HTTP/2 may send several (RFC 9113, section
    /// 8.2.3).
    pub(crate) fn from_headers(headers: &HeaderMap) -> Self {
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

    /// Returns true if the request has no `Cookie` field.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Returns every name with its value, in the order of the header.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.raw_pairs().filter_map(|pair| {
            let pair = pair.trim_ascii();
            let equals = memchr(b'=', pair)?;
            Some((&pair[..equals], &pair[equals + 1..]))
        })
    }

    /// Returns the values of all cookies `name`, as [`pairs`](Self::pairs) would. Only the first
    /// bytes of other names are examined.
    pub(crate) fn values(&self, name: &str) -> impl Iterator<Item = &[u8]> {
        self.raw_pairs().filter_map(|pair| {
            let (sent, value) = pair.trim_ascii_start().split_at_checked(name.len())?;
            // The byte after the name differs for most cookies, and is compared without a call.
            let value = value.strip_prefix(b"=")?;
            (sent == name.as_bytes()).then(|| value.trim_ascii_end())
        })
    }

    /// Returns the parts of the header between semicolons, with their spaces.
    fn raw_pairs(&self) -> impl Iterator<Item = &[u8]> {
        let mut rest = self.0.as_ref().map(HeaderValue::as_bytes);
        iter::from_fn(move || {
            let header = rest?;
            let end = memchr(b';', header).unwrap_or(header.len());
            rest = header.get(end + 1..);
            Some(&header[..end])
        })
    }

    /// Returns the value signed into the cookie `name`, joined from its chunks if there are any.
    ///
    /// If several cookies have this name, the one with a valid signature is used. If two different
    /// values are valid, both are rejected, because header order does not tell which one is
    /// genuine.
    ///
    /// # Errors
    ///
    /// [`VerifyError::Missing`] if the cookie is missing, otherwise the error of the last one.
    pub(crate) fn verified(
        &self,
        keys: &[SigningKey],
        name: &str,
        now: u64,
        max_age: u64,
    ) -> Result<Verified, VerifyError> {
        self.unique(name, |value| {
            let value = self.joined(name, value).ok_or(VerifyError::Malformed)?;
            verify(keys, name, &value, now, max_age)
        })
    }

    /// Returns every value of `name` as it was signed, joined from its chunks if there are any.
    pub(crate) fn joined_values(&self, name: &str) -> impl Iterator<Item = Cow<'_, [u8]>> {
        let values = self.values(name).take(MAX_EQUAL_NAMES);
        values.filter_map(move |value| self.joined(name, value))
    }

    /// Returns the size in bytes of the cookies `names` and their chunks in the header.
    pub(crate) fn bytes_of(&self, names: &[&str]) -> usize {
        let matching = self.pairs().filter(|(sent, _)| {
            let belongs = |name: &&str| chunks::belongs_to(name, sent);
            names.iter().any(belongs)
        });
        matching
            .map(|(name, value)| header_bytes(name, value))
            .sum()
    }

    /// Returns the one valid value among the cookies `name`. Two different valid values are an
    /// error.
    fn unique(
        &self,
        name: &str,
        verify: impl Fn(&[u8]) -> Result<Verified, VerifyError>,
    ) -> Result<Verified, VerifyError> {
        let mut found: Result<Verified, VerifyError> = Err(VerifyError::Missing);
        for value in self.values(name).take(MAX_EQUAL_NAMES) {
            match (verify(value), &found) {
                (Ok(new), Ok(old)) if new.text != old.text => return Err(VerifyError::Malformed),
                (outcome @ Ok(_), _) | (outcome @ Err(_), Err(_)) => found = outcome,
                (Err(_), Ok(_)) => {}
            }
        }
        found
    }

    /// Returns `value`, a value of the cookie `name`, or the chunks that it announces.
    fn joined<'c>(&'c self, name: &str, value: &'c [u8]) -> Option<Cow<'c, [u8]>> {
        match chunks::chunk_count(value) {
            Some(count) => self.join_chunks(name, count),
            None => Some(Cow::Borrowed(value)),
        }
    }

    /// Joins `<name>_1` to `<name>_<count>`. `None` if one is missing or has two values.
    fn join_chunks(&self, name: &str, count: usize) -> Option<Cow<'_, [u8]>> {
        // A single pass for all chunks, because any client can send a long header.
        let mut values = [None; chunks::MAX_CHUNKS];
        for (sent, value) in self.pairs() {
            let number = chunks::chunk_number(name, sent).filter(|&number| number <= count);
            let Some(number) = number else {
                continue;
            };
            let known = values[number - 1].replace(value);
            if value.len() > chunks::MAX_COOKIE_BYTES || known.is_some_and(|known| known != value) {
                return None;
            }
        }
        let chunks = || values.iter().take(count);
        let mut joined = Vec::with_capacity(chunks().flatten().map(|chunk| chunk.len()).sum());
        for chunk in chunks() {
            joined.extend_from_slice((*chunk)?);
        }
        Some(Cow::Owned(joined))
    }

    /// Returns the names of all chunks of `name` that the browser sent.
    fn chunk_names(&self, name: &str) -> Vec<String> {
        let chunks = self
            .pairs()
            .filter(|(sent, _)| chunks::is_chunk(name, sent));
        let mut names: Vec<String> = chunks
            .take(MAX_REMOVALS)
            .map(|(chunk, _)| String::from_utf8_lossy(chunk).into_owned())
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }
}

/// Maximum number of cookies of one name that are examined. Browsers send at most two: one for each
/// of two paths.
const MAX_EQUAL_NAMES: usize = 4;

/// Maximum number of chunks that one response removes. Streamlit may have left several dozen.
const MAX_REMOVALS: usize = 50;

/// Returns the size in bytes of `name=value; ` in a `Cookie` header.
pub(crate) fn header_bytes(name: &[u8], value: &[u8]) -> usize {
    name.len() + value.len() + "=; ".len()
}

#[cfg(test)]
mod tests {
    use secrecy::SecretString;

    use super::*;

    fn cookies(header: &str) -> Cookies {
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, header.parse().unwrap());
        Cookies::from_headers(&headers)
    }

    fn keys() -> Vec<SigningKey> {
        vec![SigningKey::new(&SecretString::from(
            "a secret of the tests",
        ))]
    }

    fn text(header: &str) -> Option<String> {
        cookies(header)
            .verified(&keys(), "user", 1000, 60)
            .ok()
            .map(|verified| verified.text)
    }

    #[test]
    fn valid_cookie_wins_in_either_order() {
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
    fn cookie_names_are_compared_byte_for_byte() {
        let good = sign(&keys()[0], "user", "ada", 1000);

        assert_eq!(text(&format!("user={good}")).as_deref(), Some("ada"));
        for name in ["%75ser", "User", "user ", "", "=user"] {
            assert_eq!(text(&format!("{name}={good}")), None, "{name}");
        }
        assert_eq!(text(&format!("user=\"{good}\"")), None);
    }

    #[test]
    fn values_agree_with_pairs() {
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
    fn chunks_of_two_logins_do_not_verify() {
        let attributes = CookieAttributes::new("", false);
        let pairs = |text: &str| -> Vec<String> {
            let value = sign(&keys()[0], "user", text, 1000);
            let headers = attributes
                .set_chunked("user", value, 60, &Cookies::default())
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
