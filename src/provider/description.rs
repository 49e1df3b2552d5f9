//! `error_description`: what a provider says about an error, made safe for the log and for the
//! developer.

use std::fmt;

use super::metadata::is_guid;

/// The sanitized text of an `error_description`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Description {
    /// Sanitized and whole.
    text: String,
    correlation_id: Option<String>,
    vendor_code: Option<String>,
}

impl Description {
    /// Sanitizes `raw`. `sent` are the secrets of the request, which an answer may quote.
    ///
    /// 1. Control characters, line separators and direction marks become blanks.
    /// 2. Microsoft's trace id and timestamp are cut off; the correlation id, which an
    ///    administrator can search for, stays.
    /// 3. Secrets that were sent, and everything else that looks like a token, become `…`.
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

    /// A code such as `AADSTS7000215` or `AADB2C90118`.
    ///
    /// Source: Microsoft identity platform, "Microsoft Entra authentication and authorization
    /// error codes".
    pub(crate) fn vendor_code(&self) -> Option<&str> {
        self.vendor_code.as_deref()
    }

    /// Returns true if the text holds one of these lower-case words in any case.
    pub(crate) fn mentions(&self, words: &[&str]) -> bool {
        let text = self.text.to_ascii_lowercase();
        words.iter().any(|word| text.contains(word))
    }
}

/// The text for one line of the log. The middle of a long text is left out, because Hydra's reason
/// comes last.
impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let letters: Vec<char> = self.text.chars().collect();
        if let Some(tail) = letters.len().checked_sub(MAX_DESCRIPTION / 2)
            && letters.len() > MAX_DESCRIPTION
        {
            let head: String = letters[..MAX_DESCRIPTION / 2].iter().collect();
            let tail: String = letters[tail..].iter().collect();
            write!(f, "{head}…{tail}")?;
        } else {
            f.write_str(&self.text)?;
        }
        match &self.correlation_id {
            Some(id) => write!(f, " (correlation id {id})"),
            None => Ok(()),
        }
    }
}

/// Characters of a description in the log: two sentences.
const MAX_DESCRIPTION: usize = 160;

/// Characters that are looked at. Real descriptions have at most 500.
const MAX_READ: usize = 2000;

/// Returns true for a character that can break a line or change the direction of text.
///
/// `char::is_control` does not include line separators and direction marks.
pub(crate) fn breaks_line(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn one_line(raw: &str) -> String {
    let plain: String = raw
        .chars()
        .take(MAX_READ)
        .map(|letter| if breaks_line(letter) { ' ' } else { letter })
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

/// A secret is replaced as it is and as a form writes it. Shorter ones than four characters would
/// hide half of the text.
fn without_secrets(text: &str, sent: &[&str]) -> String {
    let mut text = text.to_owned();
    for secret in sent.iter().filter(|secret| secret.len() >= 4) {
        let encoded: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        text = text.replace(secret, "…").replace(&encoded, "…");
    }
    text
}

/// Replaces runs of token characters that are long and hold letters and digits. UUIDs stay.
fn without_tokens(text: &str) -> String {
    let of_token = |letter: char| letter.is_ascii_alphanumeric() || "-_+=%~".contains(letter);
    let mut safe = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|letter| !of_token(letter)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        safe += if is_token(run) { "…" } else { run };
        let next = after.find(of_token).unwrap_or(after.len());
        safe += &after[..next];
        rest = &after[next..];
    }
    safe
}

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
        assert_eq!(long.chars().count(), MAX_DESCRIPTION + 1);
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
            format!("AADSTS50011: The redirect URI does not match. (correlation id {id})")
        );
        let b2c = Description::new("AADB2C90118: The user has forgotten their password.", &[]);
        assert_eq!(b2c.unwrap().vendor_code(), Some("AADB2C90118"));
        for raw in ["AADSTS", "AADSTSx", "AADSTS1", "AADSTS123456789"] {
            assert_eq!(Description::new(raw, &[]).unwrap().vendor_code(), None);
        }
    }
}
