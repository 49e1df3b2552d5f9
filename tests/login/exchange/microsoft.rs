//! Error codes of Microsoft.

use serde_json::json;

use support::{Behaviour, Log, TestApp};

/// Known codes have their own remedy, in token responses and in callbacks.
#[tokio::test]
async fn microsoft_error_code_has_its_remedy() {
    let id = "0f0e0d0c-1111-2222-3333-444455556666";
    let description = |code: &str| {
        format!(
            "{code}: What Microsoft says about it, at some length.\r\nTrace ID: {id}\r\nCorrelation ID: {id}\r\nTimestamp: 2026-11-27 02:28:00Z"
        )
    };
    let mut app = TestApp::new().await;
    for (status, error, code, reason, remedy) in [
        (
            401,
            "invalid_client",
            "AADSTS7000215",
            "client_refused",
            "Secret ID",
        ),
        (
            401,
            "invalid_client",
            "AADSTS7000222",
            "client_refused",
            "Create a new client secret",
        ),
        (
            401,
            "invalid_client",
            "AADSTS7000218",
            "client_refused",
            "Set the app",
        ),
        (
            401,
            "invalid_client",
            "AADSTS700025",
            "client_refused",
            "and not for",
        ),
        (
            400,
            "unauthorized_client",
            "AADSTS700016",
            "client_not_allowed",
            "Application (client) ID",
        ),
        (
            400,
            "invalid_request",
            "AADSTS90002",
            "token_refused",
            "National clouds",
        ),
        (
            400,
            "invalid_request",
            "AADSTS50194",
            "token_refused",
            "multitenant",
        ),
        (
            400,
            "invalid_request",
            "AADSTS9002327",
            "token_refused",
            "Single-page application",
        ),
        (
            400,
            "invalid_grant",
            "AADSTS54005",
            "code_refused",
            "second replica",
        ),
        (
            400,
            "invalid_grant",
            "AADSTS99999",
            "code_refused",
            "No action is needed if it happens occasionally",
        ),
    ] {
        let body = json!({
            "error": error, "error_description": description(code), "error_codes": [1],
            "timestamp": "2026-11-27 02:28:00Z", "trace_id": id, "correlation_id": id,
        });
        app.provider
            .set(|f| f.token = Behaviour::Json(status, body));
        let callback = app.callback().await;
        let log = Log::start();
        let page = app.assert_rejected(callback, reason).await;
        let (_, line) = log.warnings().remove(0);
        assert!(
            line.contains(code) && line.contains(&format!("correlation ID {id}")),
            "{line}"
        );
        assert!(!line.contains("Trace ID"), "{line}");
        assert!(page.text().contains(remedy), "{code}: {page:?}");
        app.provider.clear_faults();
    }
    for (error, code, reason, remedy) in [
        (
            "access_denied",
            "AADSTS65004",
            "cancelled",
            "declined the consent",
        ),
        (
            "access_denied",
            "AADSTS50105",
            "provider_refused",
            "Assignment required",
        ),
        (
            "interaction_required",
            "AADSTS53003",
            "provider_refused",
            "sign-in logs",
        ),
        (
            "invalid_client",
            "AADSTS65001",
            "client_refused",
            "API permissions",
        ),
        (
            "interaction_required",
            "AADSTS50076",
            "interaction_needed",
            "remove",
        ),
        (
            "access_denied",
            "AADB2C90118",
            "cancelled",
            "self-service password reset",
        ),
    ] {
        let description = description(code);
        app.provider.set(|f| f.deny(error, &description));
        let callback = app.callback().await;
        let page = app.assert_rejected(callback, reason).await;
        let fix = page.text().replace("&quot;", "\"");
        let is_shown = fix.contains(remedy)
            || code == "AADSTS65004" && fix.contains("Log in again and accept");
        assert!(is_shown, "{code}: {page:?}");
        app.provider.clear_faults();
    }
}
