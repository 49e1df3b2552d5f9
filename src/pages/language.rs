//! Selection of the page language.

use axum::http::HeaderValue;

use super::locales::{self, Locale};

/// Returns the supported locale that an `Accept-Language` header prefers, or English.
///
/// Only the primary subtag is compared, because `pt` suits a user of `pt-BR` better than English.
///
/// Source: RFC 9110, section 12.5.4.
pub(super) fn preferred_locale(accept_language: Option<&HeaderValue>) -> &'static Locale {
    let header = accept_language
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let mut best = (0, locales::ALL[0]);
    for range in header.split(',').take(MAX_LANGUAGE_RANGES) {
        let (tag, parameter) = range.split_once(';').unwrap_or((range, ""));
        let weight = parse_weight(parameter);
        if let Some(locale) = find_locale(tag.trim())
            && weight > best.0
        {
            best = (weight, locale);
        }
    }
    best.1
}

/// Limits the work for one header. Browsers send fewer than ten language ranges.
const MAX_LANGUAGE_RANGES: usize = 32;

fn find_locale(tag: &str) -> Option<&'static Locale> {
    let primary_subtag = |tag: &'_ str| tag.split('-').next().map(str::to_ascii_lowercase);
    locales::ALL
        .into_iter()
        .find(|locale| primary_subtag(locale.lang) == primary_subtag(tag))
}

/// Parses `q=0.8` into thousandths. The default is 1000. An invalid weight is 0, so that the range
/// is ignored.
fn parse_weight(parameter: &str) -> u16 {
    let parameter = parameter.trim();
    if parameter.is_empty() {
        return 1000;
    }
    let value = parameter
        .split_once('=')
        .filter(|(name, _)| name.trim().eq_ignore_ascii_case("q"))
        .and_then(|(_, value)| value.trim().parse::<f32>().ok())
        .filter(|value| (0.0..=1.0).contains(value));
    // The value is in range. Fractions of a thousandth are dropped on purpose.
    value.map_or(0, |value| (value * 1000.0) as u16)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lang(header: &str) -> &'static str {
        preferred_locale(Some(&HeaderValue::from_str(header).unwrap())).lang
    }

    #[test]
    fn most_preferred_supported_language_is_used() {
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
    fn unsupported_languages_fall_back_to_english() {
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
        assert_eq!(preferred_locale(None).lang, "en");
        let binary = HeaderValue::from_bytes(b"de\xff").unwrap();
        assert_eq!(preferred_locale(Some(&binary)).lang, "en");
        assert_eq!(lang(&format!("{}de", "xx,".repeat(10_000))), "en");
    }
}
