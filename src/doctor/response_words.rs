//! Comparison of two responses of a provider by their words.

use url::form_urlencoded;

/// The words of a response in alphabetical order, without those that differ from one response to
/// the next.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Words(Vec<String>);

impl Words {
    /// Splits `text` into words.
    ///
    /// Leaves out `client_id`, which the response may repeat, and words with digits, such as times
    /// and request identifiers. Keeps error codes such as `AADSTS50011`.
    pub(super) fn new(text: &str, client_id: &str) -> Self {
        let encoded: String = form_urlencoded::byte_serialize(client_id.as_bytes()).collect();
        let percent = encoded.replace('+', "%20");
        let text = [client_id, &encoded, &percent]
            .iter()
            .filter(|client_id| !client_id.is_empty())
            .fold(text.to_owned(), |text, client_id| {
                text.replace(client_id, " ")
            });
        let is_word_char = |c: char| c.is_alphanumeric() || "-_+/=.%".contains(c);
        let words = text.split(|c| !is_word_char(c));
        let words = words.filter(|word| {
            let has_digit = word.contains(|c: char| c.is_ascii_digit());
            !word.is_empty() && (!has_digit || is_error_code(word))
        });
        let mut words: Vec<_> = words.map(str::to_lowercase).collect();
        words.sort_unstable();
        words.dedup();
        Self(words)
    }

    pub(super) fn has_any(&self, words: &[&str]) -> bool {
        self.0.iter().any(|word| words.contains(&word.as_str()))
    }
}

/// Returns true if `word` is at least three capital letters followed only by digits.
fn is_error_code(word: &str) -> bool {
    let digits = word.trim_start_matches(|c: char| c.is_ascii_uppercase());
    word.len() - digits.len() >= 3 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns a client ID of the same form that is not registered at any provider.
pub(super) fn unknown_client_id(client_id: &str) -> String {
    /// The number of leading letters and digits to change, enough that no other client has the
    /// result as its ID.
    const CHANGED_CHARS: usize = 12;
    if client_id
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .count()
        < CHANGED_CHARS
    {
        return format!("{client_id}-not-registered");
    }
    let mut remaining = CHANGED_CHARS;
    let next = |c: char| match c {
        // A digit becomes another digit, and a hexadecimal letter another hexadecimal letter, so
        // that a UUID keeps its form.
        '0'..='8' | 'a'..='e' | 'g'..='y' | 'A'..='E' | 'G'..='Y' => {
            char::from_u32(u32::from(c) + 1).unwrap_or(c)
        }
        '9' => '0',
        'f' | 'z' => 'a',
        'F' | 'Z' => 'A',
        other => other,
    };
    let change = |c: char| {
        if remaining == 0 || !c.is_ascii_alphanumeric() {
            return c;
        }
        remaining -= 1;
        next(c)
    };
    client_id.chars().map(change).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_ignore_identifiers_and_times() {
        let one = "Client app not found. Trace 7f3a-11, 2026-11-27T10:00:00Z";
        let two = "Client my+app%2F not found. Trace 99-ab1, 2026-11-27T10:00:05Z";

        assert_eq!(Words::new(one, "app"), Words::new(two, "my app/"));
        assert_ne!(
            Words::new(one, "app"),
            Words::new("redirect_uri not found", "app")
        );
        assert_ne!(
            Words::new("AADSTS50011: x", "app"),
            Words::new("AADSTS700016: x", "app")
        );
        assert!(Words::new("Account Locked", "app").has_any(&["locked"]));
    }

    #[test]
    fn unknown_client_id_has_the_format_of_the_known_one() {
        for (known, unknown) in [
            ("app", "app-not-registered"),
            (
                "11111111-aaaa-ffff-9999-000000000000",
                "22222222-bbbb-ffff-9999-000000000000",
            ),
            (
                "123456789012-abc.apps.example.com",
                "234567890123-abc.apps.example.com",
            ),
            ("", "-not-registered"),
        ] {
            assert_eq!(unknown_client_id(known), unknown);
        }
    }
}
