//! The texts of all pages, one file for each language.
//!
//! To add a language, copy `en.rs`, translate it and add it to [`ALL`]. A missing text does not
//! compile.

mod ar;
mod de;
mod en;
mod es;
mod fr;
mod ja;
mod pt;
mod zh;

/// The texts of all pages in one language. Placeholders are in braces.
pub(crate) struct Locale {
    /// The value of the `lang` attribute, a BCP 47 language tag.
    pub(super) lang: &'static str,
    /// `ltr` or `rtl`.
    pub(super) dir: &'static str,

    pub(super) sign_in: &'static str,
    pub(super) choose_provider: &'static str,
    /// `{page}`
    pub(super) continue_to: &'static str,
    /// Shown below a provider's name.
    pub(super) unreachable: &'static str,

    pub(super) signed_out: &'static str,
    pub(super) signed_out_here: &'static str,
    /// `{provider}`
    pub(super) still_signed_in_at: &'static str,

    pub(super) sign_in_again: &'static str,
    pub(super) start_page: &'static str,
    /// `{reference}`
    pub(super) reference: &'static str,
    /// `{claim}`, `{bytes}`
    pub(super) claim_size: &'static str,
    /// The link on a page in a frame.
    pub(super) open_window: &'static str,
    /// The button that confirms a logout.
    pub(super) sign_out: &'static str,
    /// The link that opens a login beside a form.
    pub(super) sign_in_in_tab: &'static str,
    /// The button that sends a form after a login.
    pub(super) send_again: &'static str,

    pub(super) cancelled: ErrorText,
    pub(super) interaction_needed: ErrorText,
    pub(super) access_refused: ErrorText,
    pub(super) provider_error: ErrorText,
    pub(super) unavailable: ErrorText,
    pub(super) session_unknown: ErrorText,
    pub(super) misconfigured: ErrorText,
    pub(super) attempt_missing: ErrorText,
    pub(super) no_cookies: ErrorText,
    pub(super) attempt_expired: ErrorText,
    pub(super) untrusted: ErrorText,
    pub(super) code_used: ErrorText,
    pub(super) unacceptable: ErrorText,
    pub(super) not_recent: ErrorText,
    pub(super) not_strong: ErrorText,
    pub(super) other_user: ErrorText,
    pub(super) too_large: ErrorText,
    pub(super) unknown_provider: ErrorText,
    pub(super) not_allowed: ErrorText,
    pub(super) groups_undecided: ErrorText,
    pub(super) forbidden: ErrorText,
    pub(super) not_a_page: ErrorText,
    pub(super) clocks_differ: ErrorText,
    pub(super) provider_changed: ErrorText,
    pub(super) app_error: ErrorText,
    pub(super) other_origin: ErrorText,
    pub(super) held_form: ErrorText,
    pub(super) confirm_logout: ErrorText,
}

/// The texts of one error page.
pub(crate) struct ErrorText {
    pub(super) title: &'static str,
    /// What happened.
    pub(super) message: &'static str,
    /// What to do next.
    pub(super) advice: &'static str,
}

/// All languages. The first is used if none of the user's languages is supported.
pub(super) static ALL: [&Locale; 8] = [
    &en::LOCALE,
    &zh::LOCALE,
    &es::LOCALE,
    &fr::LOCALE,
    &de::LOCALE,
    &ja::LOCALE,
    &pt::LOCALE,
    &ar::LOCALE,
];

#[cfg(test)]
mod tests {
    use super::*;

    impl Locale {
        /// Every text with its name. A field that is missing here does not compile.
        fn all(&self) -> Vec<(String, &'static str)> {
            let mut all = Vec::new();
            macro_rules! list {
                ($($text:ident)*; $($error:ident)*) => {
                    let Self { lang: _, dir: _, $($text,)* $($error,)* } = self;
                    $(all.push((stringify!($text).to_owned(), *$text));)*
                    $(
                        let ErrorText { title, message, advice } = $error;
                        for (part, text) in [("title", title), ("message", message), ("advice", advice)] {
                            all.push((format!("{}.{part}", stringify!($error)), *text));
                        }
                    )*
                };
            }
            list!(
                sign_in choose_provider continue_to unreachable signed_out signed_out_here
                still_signed_in_at sign_in_again start_page reference claim_size open_window
                sign_out sign_in_in_tab send_again;
                cancelled interaction_needed access_refused provider_error unavailable session_unknown
                misconfigured attempt_missing no_cookies attempt_expired untrusted code_used
                unacceptable not_recent not_strong other_user too_large unknown_provider not_allowed groups_undecided
                forbidden not_a_page
                clocks_differ provider_changed app_error other_origin held_form confirm_logout
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
    fn every_locale_translates_every_text() {
        let english = en::LOCALE.all();
        for locale in &ALL[1..] {
            for ((name, text), (_, english)) in locale.all().into_iter().zip(&english) {
                let found = format!("{} {name}: {text:?}", locale.lang);
                assert!(!text.trim().is_empty() && text == text.trim(), "{found}");
                assert_eq!(placeholders(text), placeholders(english), "{found}");
                let is_format = *english == en::LOCALE.claim_size;
                assert!(text != *english || is_format, "left in English: {found}");
            }
        }
    }

    #[test]
    fn locales_use_their_own_script() {
        let script = |locale: &Locale| match locale.lang {
            "zh-Hans" => Some('\u{4e00}'..='\u{9fff}'),
            "ja" => Some('\u{3040}'..='\u{30ff}'),
            "ar" => Some('\u{0600}'..='\u{06ff}'),
            _ => None,
        };
        for locale in ALL {
            assert_eq!(locale.dir == "rtl", locale.lang == "ar", "{}", locale.lang);
            let Some(characters) = script(locale) else {
                continue;
            };
            for (name, text) in locale.all() {
                let found = text
                    .chars()
                    .any(|character| characters.contains(&character));
                assert!(found, "{} {name}: {text:?}", locale.lang);
            }
        }
    }

    #[test]
    fn sentences_end_with_punctuation() {
        for locale in ALL {
            for (name, text) in locale.all() {
                let found = format!("{} {name}: {text:?}", locale.lang);
                let ends = text.ends_with(['.', '。', ':', '：']);
                if name.ends_with(".message") || name.ends_with(".advice") {
                    assert!(ends, "{found}");
                } else if name.ends_with(".title")
                    || name.starts_with("sign") && name != "signed_out_here"
                {
                    assert!(!ends, "{found}");
                }
                assert!(!text.contains('"') && !text.contains("  "), "{found}");
            }
        }
    }
}
