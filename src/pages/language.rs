//! Which of our languages a visitor reads.

use axum::http::HeaderValue;

use super::texts::{self, Texts};

/// The texts that suit an `Accept-Language` header best.
///
/// Source: RFC 9110, section 12.5.4. Only the first part of a tag counts, so that `pt-BR` and `zh-TW` are better served than by English.
pub(super) fn texts(accept_language: Option<&HeaderValue>) -> &'static Texts {
    let header = accept_language
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let mut best = (0, texts::ALL[0]);
    for range in header.split(',').take(MOST_RANGES) {
        let (tag, weight) = range.split_once(';').unwrap_or((range, ""));
        let weight = weight_of(weight);
        if let Some(texts) = spoken(tag.trim())
            && weight > best.0
        {
            best = (weight, texts);
        }
    }
    best.1
}

/// Browsers send fewer than ten.
const MOST_RANGES: usize = 32;

fn spoken(tag: &str) -> Option<&'static Texts> {
    let language = |tag: &'_ str| tag.split('-').next().map(str::to_ascii_lowercase);
    texts::ALL
        .into_iter()
        .find(|texts| language(texts.lang) == language(tag))
}

/// Thousandths, from `q=0.8` or nothing; 0 for what cannot be read, which is as good as not there.
fn weight_of(parameter: &str) -> u16 {
    let parameter = parameter.trim();
    if parameter.is_empty() {
        return 1000;
    }
    let value = parameter
        .split_once('=')
        .filter(|(name, _)| name.trim().eq_ignore_ascii_case("q"))
        .and_then(|(_, value)| value.trim().parse::<f32>().ok())
        .filter(|value| (0.0..=1.0).contains(value));
    // The range was checked; fractions of a thousandth are cut on purpose.
    value.map_or(0, |value| (value * 1000.0) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lang(header: &str) -> &'static str {
        texts(Some(&HeaderValue::from_str(header).unwrap())).lang
    }

    #[test]
    fn the_visitors_first_choice_among_our_languages_wins() {
        for (header, expected) in [
            ("de", "de"),
            ("de-AT, en;q=0.5", "de"),
            ("pt-BR,pt;q=0.9,en-US;q=0.8", "pt"),
            ("zh-CN,zh;q=0.9", "zh-Hans"),
            ("ZH-hant-TW", "zh-Hans"),
            ("en;q=0.3, ja;q=0.7, fr;q=0.5", "ja"),
            ("fr;q=0.8, es;q=0.8", "fr"),
            ("it, nl;q=0.9, ar;q=0.1", "ar"),
            ("en, de", "en"),
            ("de;q=0, es;q=0.2", "es"),
            ("es ; q=0.2 , de ; Q = 0.9", "de"),
        ] {
            assert_eq!(lang(header), expected, "{header}");
        }
    }

    #[test]
    fn anything_else_is_english() {
        for header in [
            "",
            "*",
            "it",
            "de;q=0",
            "de;q=2",
            "de;q=x",
            "de;x=1",
            "deutsch",
            ",;,;q=,-,q=1",
            "*;q=0.5, xx",
        ] {
            assert_eq!(lang(header), "en", "{header}");
        }
        assert_eq!(texts(None).lang, "en");
        let binary = HeaderValue::from_bytes(b"de\xff").unwrap();
        assert_eq!(texts(Some(&binary)).lang, "en");
        assert_eq!(lang(&format!("{}de", "xx,".repeat(10_000))), "en");
    }
}
