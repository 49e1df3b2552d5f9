//! The wire format of all our cookies: Tornado's signed value, version 2.
//!
//! `2|1:0|<len>:<time>|<len>:<name>|<len>:<base64 of the text>|<hex HMAC-SHA256 of the preceding>`
//!
//! Three kinds of values that Tornado accepts are rejected: a time more than a minute in the
//! future, version 1 (SHA-1), and valid values in a form that Tornado does not write.
//!
//! Source: Tornado's `web.create_signed_value`, which Streamlit 1.42 to 1.56 use for signing.

use std::{fmt::Write, ops::BitAnd, sync::LazyLock};

use base16ct::lower;
use base64::{
    Engine, decoded_len_estimate,
    engine::{Simd, general_purpose::PAD},
};
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;
use subtle::{Choice, ConstantTimeEq};

use super::age::check_age;
use crate::config::CookieFormat;

/// A key that signs and verifies. It does not implement `Debug`.
#[derive(Clone)]
pub(crate) struct SigningKey {
    mac: Hmac<Sha256>,
    #[cfg(feature = "streamlit-cookies")]
    secret: SecretString,
}

/// A value with a valid signature.
pub(crate) struct Verified {
    pub(crate) text: String,
    /// The time of signing, in seconds since the Unix epoch.
    pub(crate) time: u64,
    /// Index of the key that verified it. Key 0 is the one that signs.
    pub(crate) key: usize,
    pub(crate) format: CookieFormat,
}

/// The reason why a value was rejected. Only logs distinguish most of the variants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum VerifyError {
    /// The browser sent no such cookie.
    Missing,
    Malformed,
    Signature,
    Expired,
    /// Signed more than [`CLOCK_TOLERANCE`](super::CLOCK_TOLERANCE) in the future, so the clocks of
    /// two instances differ.
    ClocksDiffer,
}

impl SigningKey {
    pub(crate) fn new(secret: &SecretString) -> Self {
        Self {
            mac: Hmac::new_from_slice(secret.expose_secret().as_bytes())
                .expect("HMAC takes a key of any length"),
            #[cfg(feature = "streamlit-cookies")]
            secret: secret.clone(),
        }
    }

    /// Returns true if `mac` is the HMAC-SHA256 of `signed`.
    #[cfg(feature = "streamlit-cookies")]
    pub(crate) fn verify_mac(&self, signed: &[u8], mac: &[u8]) -> bool {
        self.mac(&[signed]).verify_slice(mac).is_ok()
    }

    /// Returns the raw secret, for foreign formats that derive their own key.
    #[cfg(feature = "streamlit-cookies")]
    pub(super) fn secret(&self) -> &str {
        self.secret.expose_secret()
    }

    /// Derives a value from this key, `purpose` and `text`. The value reveals none of them.
    ///
    /// `purpose` must not start with a digit, because a signed value starts with its version.
    pub(crate) fn derive(&self, purpose: &str, text: &str) -> [u8; 32] {
        self.mac(&[purpose.as_bytes(), b"|", text.as_bytes()])
            .finalize()
            .into_bytes()
            .into()
    }

    /// Returns the HMAC-SHA256 of `signed` in hex.
    fn mac_hex(&self, signed: &[u8]) -> [u8; MAC_HEX_LEN] {
        let mac = self.mac(&[signed]).finalize().into_bytes();
        let mut hex = [0; MAC_HEX_LEN];
        lower::encode(&mac, &mut hex).expect("64 digits are the hex of 32 bytes");
        hex
    }

    fn mac(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = self.mac.clone();
        parts.iter().for_each(|part| mac.update(part));
        mac
    }
}

impl VerifyError {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::Malformed => "malformed",
            Self::Signature => "signature",
            Self::Expired => "expired",
            Self::ClocksDiffer => "clocks_differ",
        }
    }
}

/// Signs `text` under `name` at `time`, in seconds since the Unix epoch.
pub(crate) fn sign(key: &SigningKey, name: &str, text: &str, time: u64) -> String {
    let time = time.to_string();
    let text = BASE64.encode(text);
    let (time_len, name_len, text_len) = (time.len(), name.len(), text.len());
    let mut value = String::with_capacity(text_len + name_len + MAX_OVERHEAD_LEN);
    write!(
        value,
        "{FORMAT_PREFIX}{time_len}:{time}|{name_len}:{name}|{text_len}:"
    )
    .expect("a string accepts all text");
    value += &text;
    value += "|";
    let mac = key.mac_hex(value.as_bytes());
    value += str::from_utf8(&mac).expect("hex digits are ASCII");
    value
}

/// As strict as the default engine of `base64`: padded, and in canonical form only.
static BASE64: LazyLock<Simd> = LazyLock::new(|| Simd::standard(PAD));

/// Format version 2 and key version 0. Tornado writes no other prefix for a single secret.
const FORMAT_PREFIX: &str = "2|1:0|";

/// Upper bound for the bytes of a value in addition to its name and text.
const MAX_OVERHEAD_LEN: usize = 128;

/// Returns the text that one of `keys` signed into `value` under `name`, unless it has expired.
///
/// `now` and `max_age` are in seconds, `now` since the Unix epoch. An age of exactly `max_age` is
/// valid. Nothing is decoded before the signature is verified.
///
/// # Errors
///
/// [`VerifyError`] with the reason for the log.
///
/// Source: Tornado's `web._decode_signed_value_v2`.
pub(crate) fn verify(
    keys: &[SigningKey],
    name: &str,
    value: &[u8],
    now: u64,
    max_age: u64,
) -> Result<Verified, VerifyError> {
    parse(name, value, now, max_age, |signed, mac| {
        keys.iter()
            .position(|key| is_equal(&key.mac_hex(signed), mac))
    })
}

/// Like [`verify`], but without checking the signature, because the caller has verified these exact
/// bytes. `key` is the index of the key that the caller verified them with.
pub(crate) fn parse_trusted(
    key: usize,
    name: &str,
    value: &[u8],
    now: u64,
    max_age: u64,
) -> Result<Verified, VerifyError> {
    parse(name, value, now, max_age, |_, _| Some(key))
}

/// Returns the time at which `value` claims to be signed. It is not verified, so it may only be
/// used to find the older of two cookies.
pub(crate) fn claimed_time(value: &[u8]) -> Option<u64> {
    let signed = value.get(..value.len().checked_sub(MAC_HEX_LEN)?)?;
    Fields::parse(signed).map(|fields| fields.time)
}

/// Parses a value. `find_key` returns the index of its key, given the signed bytes and their MAC.
fn parse(
    name: &str,
    value: &[u8],
    now: u64,
    max_age: u64,
    find_key: impl Fn(&[u8], &[u8; MAC_HEX_LEN]) -> Option<usize>,
) -> Result<Verified, VerifyError> {
    let (signed, mac) = value.split_last_chunk().ok_or(VerifyError::Malformed)?;
    let fields = Fields::parse(signed)
        .filter(|fields| fields.name == name.as_bytes())
        .ok_or(VerifyError::Malformed)?;
    let key = find_key(signed, mac).ok_or(VerifyError::Signature)?;
    check_age(fields.time, now, max_age)?;
    let mut text = Vec::with_capacity(decoded_len_estimate(fields.text.len()));
    BASE64
        .decode_vec(fields.text, &mut text)
        .map_err(|_| VerifyError::Malformed)?;
    let text = String::from_utf8(text).map_err(|_| VerifyError::Malformed)?;
    Ok(Verified {
        text,
        time: fields.time,
        key,
        format: CookieFormat::Native,
    })
}

/// Hex digits of an HMAC-SHA256.
const MAC_HEX_LEN: usize = 64;

/// Compares two MACs in constant time, eight digits at once.
fn is_equal(a: &[u8; MAC_HEX_LEN], b: &[u8; MAC_HEX_LEN]) -> bool {
    let (a, _) = a.as_chunks();
    let (b, _) = b.as_chunks();
    let words = a.iter().zip(b);
    let equal = words.map(|(a, b)| u64::from_ne_bytes(*a).ct_eq(&u64::from_ne_bytes(*b)));
    equal.fold(Choice::from(1), Choice::bitand).into()
}

struct Fields<'a> {
    time: u64,
    name: &'a [u8],
    text: &'a [u8],
}

impl<'a> Fields<'a> {
    fn parse(signed: &'a [u8]) -> Option<Self> {
        let rest = signed.strip_prefix(FORMAT_PREFIX.as_bytes())?;
        let (time, rest) = split_field(rest)?;
        let (name, rest) = split_field(rest)?;
        let (text, rest) = split_field(rest)?;
        let (time, after_time) = split_number(time)?;
        (after_time.is_empty() && rest.is_empty()).then_some(Self { time, name, text })
    }
}

/// Splits off one `<length>:<bytes>|`.
fn split_field(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = split_number(bytes)?;
    let length = usize::try_from(length).ok()?;
    let (field, rest) = rest.strip_prefix(b":")?.split_at_checked(length)?;
    Some((field, rest.strip_prefix(b"|")?))
}

/// Splits off a decimal number without a sign and without leading zeros, the canonical form.
fn split_number(bytes: &[u8]) -> Option<(u64, &[u8])> {
    let mut number = 0_u64;
    let mut rest = bytes;
    // A number that overflows has too many digits.
    while let [digit @ b'0'..=b'9', others @ ..] = rest {
        number = number.wrapping_mul(10).wrapping_add((digit - b'0').into());
        rest = others;
    }
    let digits = &bytes[..bytes.len() - rest.len()];
    let is_canonical = matches!(digits, [_] | [b'1'..=b'9', ..]) && digits.len() <= MAX_DIGITS;
    is_canonical.then_some((number, rest))
}

/// Digits of a number that always fits into 64 bits.
const MAX_DIGITS: usize = 19;

#[cfg(test)]
mod tests;
