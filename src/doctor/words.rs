//! Comparison of two responses of a provider.

use std::collections::BTreeSet;

use url::form_urlencoded;

/// The words of a response, without what differs from one response to the next.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Words(BTreeSet<String>);

impl Words {
    /// The words of `text`. Left out are `client_id`, which the response may repeat, and words with digits, such as times and request
    /// identifiers. Error codes such as `AADSTS50011` stay.
    pub(super) fn of(text: &str, client_id: &str) -> Self {
        let encoded: String = form_urlencoded::byte_serialize(client_id.as_bytes()).collect();
        let percent = encoded.replace('+', "%20");
        let text = [client_id, &encoded, &percent]
            .iter()
            .filter(|sent| !sent.is_empty())
            .fold(text.to_owned(), |text, sent| text.replace(sent, " "));
        let is_part = |letter: char| letter.is_alphanumeric() || "-_+/=.%".contains(letter);
        let words = text.split(|letter| !is_part(letter));
        let words = words.filter(|word| {
            !word.is_empty() && (!word.contains(|c: char| c.is_ascii_digit()) || is_code(word))
        });
        Self(words.map(str::to_lowercase).collect())
    }

    pub(super) fn has_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.0.contains(*word))
    }
}

fn is_code(word: &str) -> bool {
    let digits = word.trim_start_matches(|letter: char| letter.is_ascii_uppercase());
    word.len() - digits.len() >= 3 && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// A client ID of the same form that no provider knows.
pub(super) fn unknown_client_id(client_id: &str) -> String {
    const CHANGED: usize = 12;
    if client_id
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .count()
        < CHANGED
    {
        return format!("{client_id}-not-registered");
    }
    let mut left = CHANGED;
    let next = |letter: char| match letter {
        // A digit becomes a digit, and a hexadecimal letter such a letter: the form of a UUID stays.
        '0'..='8' | 'a'..='e' | 'g'..='y' | 'A'..='E' | 'G'..='Y' => {
            char::from_u32(u32::from(letter) + 1).unwrap_or(letter)
        }
        '9' => '0',
        'f' | 'z' => 'a',
        'F' | 'Z' => 'A',
        other => other,
    };
    let change = |letter: char| {
        if left == 0 || !letter.is_ascii_alphanumeric() {
            return letter;
        }
        left -= 1;
        next(letter)
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

        assert_eq!(Words::of(one, "app"), Words::of(two, "my app/"));
        assert_ne!(
            Words::of(one, "app"),
            Words::of("redirect_uri not found", "app")
        );
        assert_ne!(
            Words::of("AADSTS50011: x", "app"),
            Words::of("AADSTS700016: x", "app")
        );
        assert!(Words::of("Account Locked", "app").has_any(&["locked"]));
    }

    #[test]
    fn unknown_client_id_keeps_its_form() {
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
