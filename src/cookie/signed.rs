//! The wire format of every cookie of ours: a signed value, version 2.
//!
//! `2|1:0|<len>:<time>|<len>:<name>|<len>:<base64 of the text>|<hex HMAC-SHA256 of all before it>`
//!
//! Source: Tornado's `web.create_signed_value`, which Streamlit 1.42 to 1.56 sign with. Differences: a time more than a minute in the
//! future and version 1 (SHA-1) are refused, and so is a value that is valid but written in another way.

use std::sync::LazyLock;

use base64::{
    Engine,
    engine::{Simd, general_purpose::PAD},
};
use hmac::{Hmac, Mac};
use secrecy::{ExposeSecret, SecretString};
use sha2::Sha256;

use super::{age::check_age, hex};
use crate::config::CookieFormat;

/// A secret that signs and verifies. It has no `Debug`.
#[derive(Clone)]
pub(crate) struct Key {
    mac: Hmac<Sha256>,
    #[cfg(feature = "streamlit")]
    secret: SecretString,
}

/// A value whose signature holds.
pub(crate) struct Verified {
    pub(crate) text: String,
    /// When it was signed, in seconds since the Unix epoch.
    pub(crate) time: u64,
    /// Which of the keys verified it; 0 is the one that signs.
    pub(crate) key: usize,
    pub(crate) format: CookieFormat,
}

/// Why a value was refused. For the log: callers treat all alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rejected {
    Malformed,
    Signature,
    Expired,
    /// Signed more than [`CLOCK_TOLERANCE`](super::CLOCK_TOLERANCE) in the future: the clocks of two instances differ.
    ClocksDiffer,
}

impl Key {
    pub(crate) fn new(secret: &SecretString) -> Self {
        Self {
            mac: Hmac::new_from_slice(secret.expose_secret().as_bytes())
                .expect("HMAC takes a key of any length"),
            #[cfg(feature = "streamlit")]
            secret: secret.clone(),
        }
    }

    /// Whether `mac` is the HMAC-SHA256 of `signed`.
    #[cfg(feature = "streamlit")]
    pub(crate) fn signed(&self, signed: &[u8], mac: &[u8]) -> bool {
        self.mac(&[signed]).verify_slice(mac).is_ok()
    }

    /// For the formats of others, which derive their keys from it.
    #[cfg(feature = "streamlit")]
    pub(super) fn secret(&self) -> &str {
        self.secret.expose_secret()
    }

    /// A value that follows from this key, `purpose` and `text`, and tells nothing about any of them.
    ///
    /// A signed text always starts with its version, so `purpose` must not start with a digit.
    pub(crate) fn derive(&self, purpose: &str, text: &str) -> [u8; 32] {
        self.mac(&[purpose.as_bytes(), b"|", text.as_bytes()])
            .finalize()
            .into_bytes()
            .into()
    }

    fn mac(&self, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = self.mac.clone();
        parts.iter().for_each(|part| mac.update(part));
        mac
    }
}

impl Rejected {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::Signature => "signature",
            Self::Expired => "expired",
            Self::ClocksDiffer => "clocks_differ",
        }
    }
}

/// Signs `text` under `name` at `time`, in seconds since the Unix epoch.
pub(crate) fn sign(key: &Key, name: &str, text: &str, time: u64) -> String {
    let time = time.to_string();
    let text = BASE64.encode(text);
    let (times, names, texts) = (time.len(), name.len(), text.len());
    let mut value = String::with_capacity(texts + names + LONGEST_REST);
    value += &format!("{START}{times}:{time}|{names}:{name}|{texts}:");
    value += &text;
    value += "|";
    let mac = key.mac(&[value.as_bytes()]).finalize().into_bytes();
    value.extend(hex::digits(&mac));
    value
}

/// Returns what was signed into `value` under `name`, if one of `keys` signed it and it is not too old.
///
/// `now` and `max_age` are whole seconds, `now` since the Unix epoch; an age of exactly `max_age` is accepted. Nothing is decoded before
/// the signature holds.
///
/// # Errors
///
/// [`Rejected`], which tells the log why.
///
/// Source: Tornado's `web._decode_signed_value_v2`.
pub(crate) fn verify(
    keys: &[Key],
    name: &str,
    value: &[u8],
    now: u64,
    max_age: u64,
) -> Result<Verified, Rejected> {
    open(name, value, now, max_age, |signed, mac| {
        keys.iter()
            .position(|key| key.mac(&[signed]).verify_slice(mac).is_ok())
    })
}

/// As [`verify`], for a value whose bytes the caller vouches for: its own signature is not checked. `key` is that of the caller's evidence.
pub(crate) fn accept(
    key: usize,
    name: &str,
    value: &[u8],
    now: u64,
    max_age: u64,
) -> Result<Verified, Rejected> {
    open(name, value, now, max_age, |_, _| Some(key))
}

/// Reads a value that `key_of` finds the key of, given what is signed and its MAC.
fn open(
    name: &str,
    value: &[u8],
    now: u64,
    max_age: u64,
    key_of: impl Fn(&[u8], &[u8]) -> Option<usize>,
) -> Result<Verified, Rejected> {
    let (signed, mac) = value
        .split_at_checked(value.len().saturating_sub(MAC_LENGTH))
        .ok_or(Rejected::Malformed)?;
    let fields = Fields::parse(signed)
        .filter(|fields| fields.name == name.as_bytes())
        .ok_or(Rejected::Malformed)?;
    let mac = hex::decode::<{ MAC_LENGTH / 2 }>(mac).ok_or(Rejected::Malformed)?;
    let key = key_of(signed, &mac).ok_or(Rejected::Signature)?;
    check_age(fields.time, now, max_age)?;
    let text = BASE64
        .decode(fields.text)
        .map_err(|_| Rejected::Malformed)?;
    let text = String::from_utf8(text).map_err(|_| Rejected::Malformed)?;
    Ok(Verified {
        text,
        time: fields.time,
        key,
        format: CookieFormat::Ours,
    })
}

/// When `value` says that it was signed; believed for nothing but which of two cookies is older.
pub(crate) fn claimed_time(value: &[u8]) -> Option<u64> {
    let signed = value.get(..value.len().checked_sub(MAC_LENGTH)?)?;
    Fields::parse(signed).map(|fields| fields.time)
}

struct Fields<'a> {
    time: u64,
    name: &'a [u8],
    text: &'a [u8],
}

impl<'a> Fields<'a> {
    fn parse(signed: &'a [u8]) -> Option<Self> {
        let rest = signed.strip_prefix(START.as_bytes())?;
        let (time, rest) = field(rest)?;
        let (name, rest) = field(rest)?;
        let (text, rest) = field(rest)?;
        let time = number(time)?;
        rest.is_empty().then_some(Self { time, name, text })
    }
}

/// Splits off one `<length>:<bytes>|`.
fn field(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = bytes
        .iter()
        .take(LONGEST_LENGTH + 1)
        .position(|&byte| byte == b':')?;
    let length = usize::try_from(number(&bytes[..colon])?).ok()?;
    let (field, rest) = bytes[colon + 1..].split_at_checked(length)?;
    Some((field, rest.strip_prefix(b"|")?))
}

/// Decimal digits without a sign and without zeros in front, so that a number has one spelling.
fn number(digits: &[u8]) -> Option<u64> {
    if digits.is_empty() || (digits.len() > 1 && digits[0] == b'0') {
        return None;
    }
    digits.iter().try_fold(0_u64, |number, digit| {
        let digit = digit.is_ascii_digit().then(|| u64::from(digit - b'0'))?;
        number.checked_mul(10)?.checked_add(digit)
    })
}

/// As strict as `base64`'s usual engine: with padding, and in one spelling only.
static BASE64: LazyLock<Simd> = LazyLock::new(|| Simd::standard(PAD));

/// Format version 2, key version 0: Tornado writes no other for a single secret.
const START: &str = "2|1:0|";

/// Hex digits of an HMAC-SHA256.
const MAC_LENGTH: usize = 64;

/// Bytes of a value beside its name and text, or more.
const LONGEST_REST: usize = 128;

/// Digits of the largest field length that fits into a request.
const LONGEST_LENGTH: usize = 5;

#[cfg(test)]
mod tests;
