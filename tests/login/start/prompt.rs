//! The default `prompt`, and providers that do not support it.

use serde_json::{Value, json};

use super::request::parameters;
use support::TestApp;

/// Source: Initiating User Registration via OpenID Connect 1.0, section 4,
/// `prompt_values_supported`.
#[tokio::test]
async fn default_prompt_respects_the_provider() {
    let default = Some("select_account");
    let configured = |prompt: &str| format!("client_kwargs = {{ prompt = {prompt:?} }}");
    for (listed, line, expected) in [
        (json!(["none", "login", "consent"]), String::new(), None),
        (json!(["none"]), String::new(), None),
        (json!(["login", 5, null]), String::new(), None),
        (json!(["login", "select_account"]), String::new(), default),
        (json!([]), String::new(), default),
        (Value::Null, String::new(), default),
        (json!("login"), String::new(), default),
        (json!(["login"]), configured("select_account"), default),
        (json!(["login"]), configured("consent"), Some("consent")),
    ] {
        let mut app = TestApp::with_secrets(|secrets| secrets.auth(&line)).await;
        app.provider
            .set(|f| f.metadata.set("prompt_values_supported", listed.clone()));
        let sent = parameters(&app.start("/auth/login").await.url);
        let prompt = sent.get("prompt").map(String::as_str);
        assert_eq!(prompt, expected, "{listed} {line}");
    }
}

/// Ory Hydra, Logto and Pocket ID reject the default prompt, so the page shows the line to write.
/// The page shows no line if the default was not sent.
#[tokio::test]
async fn error_page_suggests_line_for_refused_prompt() {
    let line = "client_kwargs = { prompt = &quot;&quot; }";
    for (error, description, reason) in [
        ("invalid_request", "", "prompt_refused"),
        (
            "invalid_request",
            "Used unknown value '[select_account]' for prompt parameter",
            "prompt_refused",
        ),
        ("invalid_request", "Unsupported PROMPT", "prompt_refused"),
        ("interaction_required", "", "prompt_refused"),
        ("account_selection_required", "no", "prompt_refused"),
        ("unmet_authentication_requirements", "", "prompt_refused"),
        (
            "invalid_request",
            "code_challenge is required",
            "request_refused",
        ),
        ("login_required", "", "interaction_needed"),
        ("unsupported_response_type", "prompt", "request_refused"),
    ] {
        let mut app = TestApp::new().await;
        app.provider.set(|f| f.deny(error, description));
        let callback = app.callback().await;
        let page = app.assert_rejected(callback, reason).await;
        let is_named = page.text().contains(line);
        assert_eq!(is_named, reason == "prompt_refused", "{error}: {page:?}");
        let key = "auth.client_kwargs.prompt";
        assert!(!is_named || page.text().contains(key), "{page:?}");
    }
    for (kwargs, listed) in [
        ("prompt = \"select_account\"", Value::Null),
        ("prompt = \"login\"", Value::Null),
        ("login_hint = \"ada\"", Value::Null),
        ("", json!(["login"])),
    ] {
        let kwargs = format!("client_kwargs = {{ {kwargs} }}");
        let mut app = TestApp::with_secrets(|secrets| secrets.auth(&kwargs)).await;
        app.provider.set(|f| {
            f.metadata.set("prompt_values_supported", listed);
            f.deny("invalid_request", "");
        });
        let callback = app.callback().await;
        app.assert_rejected(callback, "request_refused").await;
    }
}
