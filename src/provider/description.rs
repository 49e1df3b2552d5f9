//! `error_description`: the provider's text about an error, sanitized for the log and the error
//! page.

use std::fmt;

use super::issuer::is_guid;

/// The sanitized text of an `error_description`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Description {
    /// Sanitized, not truncated.
    text: String,
    correlation_id: Option<String>,
    vendor_code: Option<String>,
}

impl Description {
    /// Sanitizes `raw`. `sent` holds the secrets of the request, because a response may quote them.
    ///
    /// 1. Control characters, line separators and direction marks become spaces.
    /// 2. Microsoft's trace ID and timestamp are removed. The correlation ID is kept, because an
    ///    administrator can search for it.
    /// 3. Secrets in `sent` and strings that look like a token become `…`.
    ///
    /// Returns `None` if nothing is left.
    pub(crate) fn new(raw: &str, sent: &[&str]) -> Option<Self> {
        let text = one_line(raw);
        let vendor_code = vendor_code(&text);
        let correlation_id = correlation_id(&text).map(str::to_owned);
        let text = text.split(" Trace ID:").next().unwrap_or_default().trim();
        let text = without_tokens(&without_secrets(text, sent));
        (!text.is_empty()).then_some(Self {
            text,
            correlation_id,
            vendor_code,
        })
    }

    /// Returns a code such as `AADSTS7000215` or `AADB2C90118`.
    ///
    /// Source: Microsoft identity platform, "Microsoft Entra authentication and authorization
    /// error codes".
    pub(crate) fn vendor_code(&self) -> Option<&str> {
        self.vendor_code.as_deref()
    }

    /// Returns true if the text contains one of `words`, which must be lower case. Ignores case.
    pub(crate) fn mentions(&self, words: &[&str]) -> bool {
        let text = self.text.to_ascii_lowercase();
        words.iter().any(|word| text.contains(word))
    }
}

/// Displays the text on one line. The middle of a long text is left out, because Hydra puts the
/// reason last.
impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let chars: Vec<char> = self.text.chars().collect();
        if let Some(tail_start) = chars.len().checked_sub(MAX_DISPLAYED_CHARS / 2)
            && chars.len() > MAX_DISPLAYED_CHARS
        {
            let head: String = chars[..MAX_DISPLAYED_CHARS / 2].iter().collect();
            let tail: String = chars[tail_start..].iter().collect();
            write!(f, "{head}…{tail}")?;
        } else {
            f.write_str(&self.text)?;
        }
        match &self.correlation_id {
            Some(id) => write!(f, " (correlation ID {id})"),
            None => Ok(()),
        }
    }
}

/// Maximum number of characters of a description in the log, enough for two sentences.
const MAX_DISPLAYED_CHARS: usize = 160;

/// Maximum number of characters of `raw` that are read. Real descriptions have at most 500.
const MAX_RAW_CHARS: usize = 2000;

/// Returns true for characters that can break a line or change the text direction.
///
/// `char::is_control` includes neither line separators nor direction marks.
pub(crate) fn breaks_line(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Replaces characters that break lines and collapses whitespace.
fn one_line(raw: &str) -> String {
    let plain: String = raw
        .chars()
        .take(MAX_RAW_CHARS)
        .map(|c| if breaks_line(c) { ' ' } else { c })
        .collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn vendor_code(text: &str) -> Option<String> {
    ["AADSTS", "AADB2C"].iter().find_map(|prefix| {
        let (_, rest) = text.split_once(prefix)?;
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        (4..=8)
            .contains(&digits)
            .then(|| format!("{prefix}{}", &rest[..digits]))
    })
}

fn correlation_id(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once("Correlation ID: ")?;
    rest.get(..36).filter(|id| is_guid(id))
}

/// Replaces secrets, both raw and form-encoded. Secrets with fewer than four bytes are skipped,
/// because replacing them would hide half of the text.
fn without_secrets(text: &str, sent: &[&str]) -> String {
    let mut text = text.to_owned();
    for secret in sent.iter().filter(|secret| secret.len() >= 4) {
        let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        text = text.replace(secret, "…").replace(&encoded, "…");
    }
    text
}

/// Replaces long runs of token characters. UUIDs are kept.
fn without_tokens(text: &str) -> String {
    let is_token_char = |c: char| c.is_ascii_alphanumeric() || "-_+=%~".contains(c);
    let mut safe = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c| !is_token_char(c)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        safe += if is_token(run) { "…" } else { run };
        let next = after.find(is_token_char).unwrap_or(after.len());
        safe += &after[..next];
        rest = &after[next..];
    }
    safe
}

/// Returns true for 40 token characters, or 20 if they include both letters and digits.
fn is_token(run: &str) -> bool {
    let has = |kind: fn(&u8) -> bool| run.bytes().any(|byte| kind(&byte));
    let mixed = has(u8::is_ascii_digit) && has(u8::is_ascii_alphabetic);
    (run.len() >= 40 || (run.len() >= 20 && mixed)) && !is_guid(run)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(raw: &str) -> String {
        Description::new(raw, &["hunter2 secret", "the-code"])
            .map_or_else(String::new, |description| description.to_string())
    }

    #[test]
    fn description_has_no_line_break_and_no_secret() {
        for (raw, expected) in [
            ("", ""),
            (" \r\n\u{2028}\u{202e}", ""),
            ("Bad\r\ncode\u{1b}[31m", "Bad code [31m"),
            ("wrong secret hunter2 secret.", "wrong secret …."),
            ("wrong secret hunter2+secret.", "wrong secret …."),
            ("code the-code was used", "code … was used"),
            (
                "token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTYifQ.c2lnbmF0dXJlMTIzNDU2Nzg5",
                "token ….….…",
            ),
            (
                "app 'aaaaaaaa-1111-2222-3333-bbbbbbbbbbbb' in acme.onmicrosoft.com",
                "app 'aaaaaaaa-1111-2222-3333-bbbbbbbbbbbb' in acme.onmicrosoft.com",
            ),
            ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ] {
            assert_eq!(text(raw), expected, "{raw:?}");
        }
        let long = text(&format!("first{}last", " ä".repeat(500)));
        assert_eq!(long.chars().count(), MAX_DISPLAYED_CHARS + 1);
        assert!(
            long.starts_with("first ä") && long.ends_with("älast"),
            "{long}"
        );
    }

    #[test]
    fn vendor_code_is_found_with_its_correlation_id() {
        let id = "0f0e0d0c-1111-2222-3333-444455556666";
        let raw = format!(
            "AADSTS50011: The redirect URI does not match.\r\nTrace ID: {id}\r\nCorrelation ID: {id}\r\nTimestamp: 2026-01-01 00:00:00Z"
        );
        let description = Description::new(&raw, &[]).unwrap();
        assert_eq!(description.vendor_code(), Some("AADSTS50011"));
        assert_eq!(
            description.to_string(),
            format!("AADSTS50011: The redirect URI does not match. (correlation ID {id})")
        );
        let b2c = Description::new("AADB2C90118: The user has forgotten their password.", &[]);
        assert_eq!(b2c.unwrap().vendor_code(), Some("AADB2C90118"));
        for raw in ["AADSTS", "AADSTSx", "AADSTS1", "AADSTS123456789"] {
            assert_eq!(Description::new(raw, &[]).unwrap().vendor_code(), None);
        }
    }
}
