//! The words of every page, one file for each language.
//!
//! A new language is a copy of `en.rs` under its own name and a place in [`ALL`]; what is left out does not compile.

mod ar;
mod de;
mod en;
mod es;
mod fr;
mod ja;
mod pt;
mod zh;

/// Everything that a page says. What stands in braces is filled in.
pub(crate) struct Texts {
    /// As the `lang` attribute takes it (BCP 47).
    pub(super) lang: &'static str,
    /// `ltr` or `rtl`.
    pub(super) dir: &'static str,

    pub(super) sign_in: &'static str,
    pub(super) choose: &'static str,
    /// `{page}`
    pub(super) next: &'static str,
    /// Stands below a provider's name.
    pub(super) unreachable: &'static str,

    pub(super) signed_out: &'static str,
    pub(super) signed_out_here: &'static str,
    /// `{provider}`
    pub(super) still_signed_in: &'static str,

    pub(super) sign_in_again: &'static str,
    pub(super) start_page: &'static str,
    /// `{reference}`
    pub(super) reference: &'static str,
    /// `{claim}`, `{bytes}`
    pub(super) size: &'static str,
    /// The link on a page in a frame.
    pub(super) open_window: &'static str,
    /// The button that confirms a logout.
    pub(super) sign_out: &'static str,

    pub(super) cancelled: Words,
    pub(super) unasked: Words,
    pub(super) refused: Words,
    pub(super) trouble: Words,
    pub(super) down: Words,
    pub(super) set_up: Words,
    pub(super) no_attempt: Words,
    pub(super) no_cookies: Words,
    pub(super) expired: Words,
    pub(super) untrusted: Words,
    pub(super) used: Words,
    pub(super) unacceptable: Words,
    pub(super) too_large: Words,
    pub(super) unknown: Words,
    pub(super) not_allowed: Words,
    pub(super) forbidden: Words,
    pub(super) not_a_page: Words,
    pub(super) clocks: Words,
    pub(super) changed: Words,
    pub(super) app_trouble: Words,
    pub(super) other_origin: Words,
    pub(super) confirm_logout: Words,
}

/// The words of one error page.
pub(crate) struct Words {
    pub(super) title: &'static str,
    /// What happened.
    pub(super) what: &'static str,
    /// What to do next.
    pub(super) advice: &'static str,
}

/// The first is for visitors whose languages we do not speak.
pub(super) static ALL: [&Texts; 8] = [
    &en::TEXTS,
    &zh::TEXTS,
    &es::TEXTS,
    &fr::TEXTS,
    &de::TEXTS,
    &ja::TEXTS,
    &pt::TEXTS,
    &ar::TEXTS,
];

#[cfg(test)]
mod tests {
    use super::*;

    impl Texts {
        /// Every text with its name. A new field does not compile before it stands here too.
        fn all(&self) -> Vec<(String, &'static str)> {
            let mut all = Vec::new();
            macro_rules! list {
                ($($text:ident)*; $($words:ident)*) => {
                    let Self { lang: _, dir: _, $($text,)* $($words,)* } = self;
                    $(all.push((stringify!($text).to_owned(), *$text));)*
                    $(for (part, text) in [("title", $words.title), ("what", $words.what), ("advice", $words.advice)] {
                        all.push((format!("{}.{part}", stringify!($words)), text));
                    })*
                };
            }
            list!(
                sign_in choose next unreachable signed_out signed_out_here still_signed_in sign_in_again start_page reference size open_window sign_out;
                cancelled unasked refused trouble down set_up no_attempt no_cookies expired untrusted used unacceptable too_large
                unknown not_allowed forbidden not_a_page clocks changed app_trouble other_origin confirm_logout
            );
            all
        }
    }

    fn placeholders(text: &str) -> Vec<&str> {
        let mut found: Vec<_> = text
            .split('{')
            .skip(1)
            .map(|rest| rest.split('}').next().unwrap())
            .collect();
        found.sort_unstable();
        found
    }

    #[test]
    fn every_language_says_everything_in_its_own_words() {
        let english = en::TEXTS.all();
        for texts in &ALL[1..] {
            for ((name, text), (_, english)) in texts.all().into_iter().zip(&english) {
                let place = format!("{} {name}: {text:?}", texts.lang);
                assert!(!text.trim().is_empty() && text == text.trim(), "{place}");
                assert_eq!(placeholders(text), placeholders(english), "{place}");
                let is_format = *english == en::TEXTS.size;
                assert!(text != *english || is_format, "left in English: {place}");
            }
        }
    }

    #[test]
    fn a_language_of_another_script_is_written_in_it() {
        let script = |texts: &Texts| match texts.lang {
            "zh-Hans" => Some('\u{4e00}'..='\u{9fff}'),
            "ja" => Some('\u{3040}'..='\u{30ff}'),
            "ar" => Some('\u{0600}'..='\u{06ff}'),
            _ => None,
        };
        for texts in ALL {
            assert_eq!(texts.dir == "rtl", texts.lang == "ar", "{}", texts.lang);
            let Some(letters) = script(texts) else {
                continue;
            };
            for (name, text) in texts.all() {
                let found = text.chars().any(|letter| letters.contains(&letter));
                assert!(found, "{} {name}: {text:?}", texts.lang);
            }
        }
    }

    #[test]
    fn a_sentence_ends_and_a_title_does_not() {
        for texts in ALL {
            for (name, text) in texts.all() {
                let place = format!("{} {name}: {text:?}", texts.lang);
                let ends = text.ends_with(['.', '。', ':', '：']);
                if name.ends_with(".what") || name.ends_with(".advice") {
                    assert!(ends, "{place}");
                } else if name.ends_with(".title")
                    || name.starts_with("sign") && name != "signed_out_here"
                {
                    assert!(!ends, "{place}");
                }
                assert!(!text.contains('"') && !text.contains("  "), "{place}");
            }
        }
    }
}
