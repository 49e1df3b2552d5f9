//! Audiences that the developer part names.

use serde_json::json;

use crate::support::{Log, Stage};

/// ZITADEL and Keycloak with mappers list further audiences, which the developer part writes ready
/// to paste.
#[tokio::test]
async fn further_audiences_are_named_to_paste() {
    let trusted = r#"trusted_audiences = ["friend"]"#;
    for (config, aud, line, shown) in [
        (
            "",
            json!(["app", "286741908752695297", "2867@project"]),
            Some(r#"trusted_audiences = ["286741908752695297", "2867@project"]"#),
            "286741908752695297",
        ),
        (
            trusted,
            json!(["friend", "account", "app"]),
            Some(r#"trusted_audiences = ["friend", "account"]"#),
            "account",
        ),
        (
            "",
            json!(["app", "https://api.example.com/"]),
            Some(r#"trusted_audiences = ["https://api.example.com/"]"#),
            "https://api.example.com/",
        ),
        ("", json!(["app", "a\"]\n[auth]"]), None, "[auth]"),
        ("", json!(["app", "ä"]), None, "ä"),
        (
            trusted,
            json!(["friend"]),
            None,
            "does not name this client",
        ),
        ("", json!("other"), None, "does not name this client"),
    ] {
        let mut stage = Stage::with(|secrets| secrets.auth(config)).await;
        stage.provider.set(|f| f.claims.set("aud", aud.clone()));
        let callback = stage.callback().await;
        let log = Log::start();
        let page = stage.home(callback, "id_token_audience").await;
        let text = page.text().replace("&#34;", "\"");
        match line {
            Some(line) => assert!(text.contains(line), "{aud}: {page:?}"),
            None => assert!(!text.contains("trusted_audiences = ["), "{aud}: {page:?}"),
        }
        let (_, line) = log.complaints().remove(0);
        assert!(line.contains(shown), "{line}");
    }
}
