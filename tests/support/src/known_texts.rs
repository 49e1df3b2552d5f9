//! Checks that an error page only contains known texts.

use std::sync::LazyLock;

use crate::{Page, redact::unescaped};

/// Asserts that all texts of an error page are known: those for users from the locale, those for
/// developers from the documentation, the configuration and the log. Links must stay in the app.
pub(crate) fn assert_known_texts(page: &Page, log: &str) {
    const LOCALE: &str = include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../src/pages/locales/en.rs"
    ));
    const ERROR_PAGE: &str = include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../src/pages/error_page.rs"
    ));
    static DOCUMENTED: LazyLock<Vec<String>> = LazyLock::new(error_code_texts);
    let html = page.text();
    let host = page.url.host_str().unwrap_or_default();
    let (_, after_style) = html
        .split_once("</style>")
        .expect("an error page of the crate");
    let (user, developer) = after_style
        .split_once("<section class=\"developer\"")
        .unwrap_or((after_style, ""));
    assert!(
        developer.is_empty() || page.url.scheme() == "http",
        "{page:?}"
    );
    for (tag, text) in texts(user) {
        let is_code = tag.starts_with("code") || tag.starts_with("/code");
        let is_short = text.len() <= 12 && text.bytes().all(|byte| byte.is_ascii_graphic());
        assert!(
            text == host || (is_code && is_short) || LOCALE.contains(&text),
            "not in the locale: {text:?}"
        );
    }
    for (_, text) in texts(developer) {
        let plain = unescaped(&text);
        let is_literal = |literal: &str| literal.trim() == plain;
        let known = log.contains(&plain)
            || ERROR_PAGE.split('"').skip(1).step_by(2).any(is_literal)
            || DOCUMENTED.iter().any(|text| text.contains(&plain));
        let is_configuration = [
            "auth",
            "[auth",
            "server_metadata_url = ",
            "redirect_uri = ",
            "trusted_audiences = [",
            "http://localhost:8501/oauth2callback",
        ]
        .iter()
        .any(|start| plain.starts_with(start))
            || plain.starts_with(", line ");
        assert!(
            known || is_configuration,
            "not in the documentation: {text:?}"
        );
    }
    for attribute in ["action=\"", "href=\"", "value=\""] {
        for value in html.split(attribute).skip(1) {
            assert!(value.starts_with('/') && !value.starts_with("//"), "{html}");
        }
    }
}

/// Returns the codes and texts that the crate documents, as a unit test of the crate exports them.
fn error_code_texts() -> Vec<String> {
    const EXPORTED: &str = include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../data/error_codes.json"
    ));
    let exported: serde_json::Value = serde_json::from_str(EXPORTED).unwrap();
    let tables = exported.as_object().unwrap().values();
    let entries = tables.flat_map(|table| table.as_object().unwrap());
    let texts = entries.flat_map(|(code, remedy)| {
        let texts = remedy.as_object().unwrap().values();
        texts
            .filter_map(|text| text.as_str().map(str::to_owned))
            .chain([code.clone()])
    });
    texts.collect()
}

/// The non-blank texts of a page, each with the tag in front of it.
fn texts(html: &str) -> impl Iterator<Item = (&str, String)> {
    let pieces = html.split('<').map(|piece| {
        let (tag, text) = piece.split_once('>').unwrap_or((piece, ""));
        (tag, text.trim().to_owned())
    });
    pieces.filter(|(_, text)| !text.is_empty())
}
