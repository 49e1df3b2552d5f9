//! Replaces what differs between runs, so that texts can be compared with snapshots.

use crate::Provider;

/// Replaces the origin of the provider, references, durations and times.
pub fn redact(text: &str, provider: &Provider) -> String {
    let port = provider.origin().rsplit(':').next().unwrap_or_default();
    let text = text.replace(&format!("127.0.0.1:{port}"), "idp.example");
    let text = redact_after(&text, "reference=\"", |letter| letter != '"');
    let text = redact_after(&text, "Reference for support: ", |letter| letter != '\n');
    redact_after(&text, "milliseconds=", |letter| letter.is_ascii_digit())
}

/// Replaces the characters after each `marker` for which `is_value` is true.
fn redact_after(text: &str, marker: &str, is_value: impl Fn(char) -> bool) -> String {
    let mut parts = text.split(marker);
    let mut redacted = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        redacted += marker;
        redacted += "…";
        redacted += part.trim_start_matches(&is_value);
    }
    redacted
}

/// The texts of an HTML page, one per line.
pub fn visible_text(html: &str) -> String {
    let (head, body) = html.split_once("</style>").unwrap_or(("", html));
    let title = head.split_once("<title>").map(|(_, rest)| rest);
    let title = title
        .and_then(|rest| rest.split('<').next())
        .unwrap_or_default();
    let mut text = format!("{title}\n");
    for piece in body.split('<') {
        let (tag, content) = piece.split_once('>').unwrap_or(("", piece));
        let name = tag.trim_start_matches('/').split(' ').next();
        let is_inline = matches!(name, Some("code" | "bdi" | "small" | "b" | "em"));
        if !is_inline && !text.ends_with('\n') {
            text.push('\n');
        }
        text += &content.replace('\n', " ");
    }
    let text = unescaped(&text);
    let lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
    lines.collect::<Vec<_>>().join("\n")
}

/// Replaces the character references that the pages use.
pub(crate) fn unescaped(html: &str) -> String {
    html.replace("&quot;", "\"")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}
