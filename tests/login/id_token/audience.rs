//! Additional audiences, which the developer part of the page lists.

use serde_json::json;

use support::{Log, TestApp};

/// ZITADEL and Keycloak with mappers add audiences. The page shows the line to paste.
#[tokio::test]
async fn error_page_suggests_line_with_audiences() {
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
            "does not contain this client",
        ),
        ("", json!("other"), None, "does not contain this client"),
    ] {
        let mut app = TestApp::with_secrets(|secrets| secrets.auth(config)).await;
        app.provider.set(|f| f.claims.set("aud", aud.clone()));
        let callback = app.callback().await;
        let log = Log::start();
        let page = app.assert_rejected(callback, "id_token_audience").await;
        let text = page.text().replace("&quot;", "\"");
        match line {
            Some(line) => assert!(text.contains(line), "{aud}: {page:?}"),
            None => assert!(!text.contains("trusted_audiences = ["), "{aud}: {page:?}"),
        }
        let (_, line) = log.warnings().remove(0);
        assert!(line.contains(shown), "{line}");
    }
}
