//! Error responses of the provider: the resulting error code, and what the page shows.

use serde_json::{Value, json};

use support::{Behaviour, Log, TestApp, Visit};

/// A wrong secret leads to the same error code, whatever the provider returns.
#[tokio::test]
async fn wrong_secret_is_reported_at_any_provider() {
    let mut app = TestApp::new().await;
    for (status, body) in [
        // Keycloak 20 and later, Glewlwyd.
        (401, json!({"error": "unauthorized_client"})),
        // Keycloak before 20.
        (
            400,
            json!({"error": "unauthorized_client", "error_description": "Invalid client secret"}),
        ),
        // Auth0.
        (
            401,
            json!({"error": "access_denied", "error_description": "Unauthorized"}),
        ),
        // Google, if the secret is missing.
        (
            400,
            json!({"error": "invalid_request", "error_description": "client_secret is missing."}),
        ),
        // Twitch.
        (
            403,
            json!({"status": 403, "message": "invalid client secret"}),
        ),
        // GitHub and Slack.
        (200, json!({"error": "incorrect_client_credentials"})),
        (200, json!({"ok": false, "error": "bad_client_secret"})),
        // The default error page of Spring Boot.
        (401, json!({"status": 401, "error": "Unauthorized"})),
        (401, json!({})),
        (401, Value::Null),
    ] {
        app.provider
            .set(|f| f.token = Behaviour::Json(status, body));
        let callback = app.callback().await;
        let page = app.assert_rejected(callback, "client_refused").await;
        assert!(page.text().contains("auth.client_secret"), "{page:?}");
    }
    for (status, code, reason) in [
        (400, "unauthorized_client", "client_not_allowed"),
        (401, "invalid_grant", "code_refused"),
        (401, "redirect_uri_mismatch", "redirect_uri_refused"),
        (200, "invalid_code", "code_refused"),
    ] {
        let body = json!({ "error": code });
        app.provider
            .set(|f| f.token = Behaviour::Json(status, body));
        let callback = app.callback().await;
        app.assert_rejected(callback, reason).await;
    }
}

/// An overloaded or broken provider is not a misconfiguration: the response is 503, and a reload
/// finishes the login.
#[tokio::test]
async fn provider_outage_is_not_a_misconfiguration() {
    let text = |status, kind| Behaviour::Raw(status, kind, b"upstream".to_vec());
    let json = |status, code: &str| Behaviour::Json(status, json!({ "error": code }));
    let mut app = TestApp::new().await;
    for (answer, status) in [
        (text(429, "text/plain"), "429"),
        (text(500, ""), "500"),
        (text(502, "text/html"), "502"),
        (text(504, "text/html; charset=utf-8"), "504"),
        (Behaviour::Html(503), "503"),
        (json(503, "something_else"), "503"),
        (json(400, "server_error"), "400"),
        (json(400, "temporarily_unavailable"), "400"),
        (json(429, "too_many_requests"), "429"),
        (
            Behaviour::Json(200, json!({"ok": false, "error": "ratelimited"})),
            "200",
        ),
    ] {
        app.provider.set(|f| f.token = answer);
        let callback = app.callback().await;
        let log = Log::start();
        app.assert_provider_unavailable(callback, "token_endpoint_error")
            .await;
        let lines = log.warnings();
        assert!(
            lines[0].1.contains(&format!("returned {status}")),
            "{lines:?}"
        );
        app.provider.clear_faults();
        app.browser.jar.clear();
    }
}

/// Status and content type of a response without further information.
#[tokio::test]
async fn status_and_content_type_are_shown() {
    let mut app = TestApp::new().await;
    for (answer, reason, shown) in [
        (Behaviour::Html(403), "token_status", "403 (text/html)"),
        (
            Behaviour::Raw(404, "Text/Plain; x=y", b"no".to_vec()),
            "token_status",
            "404 (text/plain)",
        ),
        (
            Behaviour::Raw(418, "a b<script>", vec![]),
            "token_status",
            "418 (no content type)",
        ),
        (
            Behaviour::Redirect(302, "https://sso.example/login".to_owned()),
            "token_status",
            "302 (no content type)",
        ),
        (Behaviour::Html(200), "token_not_json", "200 (text/html)"),
        (
            Behaviour::Json(200, json!({"ok": false})),
            "token_not_json",
            "200 (application/json)",
        ),
    ] {
        app.provider.set(|f| f.token = answer);
        let callback = app.callback().await;
        let log = Log::start();
        let page = app.assert_rejected(callback, reason).await;
        let (_, line) = log.warnings().remove(0);
        assert!(line.contains(shown), "{line}");
        assert!(page.text().contains(shown), "{page:?}");
    }
}

/// The log and the developer part show the description, without values that were sent to the
/// provider.
#[tokio::test]
async fn description_is_shown_without_secrets() {
    let mut app = TestApp::new().await;
    let secret = app.provider.registered().secret;
    let described = |app: &mut TestApp, text: &str| {
        let body = json!({"error": "invalid_grant", "error_description": text});
        app.provider
            .set(|f| f.token = Behaviour::Json(400, body.clone()));
    };
    described(&mut app, "Code not valid for redirect_uri");
    let callback = app.callback().await;
    let log = Log::start();
    let page = app.assert_rejected(callback, "code_refused").await;
    let (_, line) = log.warnings().remove(0);
    assert!(line.contains("Code not valid for redirect_uri"), "{line}");
    assert!(page.text().contains("Code not valid for redirect_uri"));

    for echo in 0..4 {
        let callback = app.callback().await;
        let parameter = |name: &str| parameter(&callback, name);
        let (code, state) = (parameter("code"), parameter("state"));
        let quoted = match echo {
            0 => format!("wrong secret {secret}!"),
            1 => format!("code={code}&state={state}"),
            2 => format!("<b>{secret}</b>\r\n\u{202e}{code}"),
            _ => format!("{}{secret}", "x ".repeat(60)),
        };
        described(&mut app, &quoted);
        // `assert_rejected` searches the log for secrets, codes, states and tokens.
        let page = app.assert_rejected(callback, "code_refused").await;
        for secret in [&secret, &code, &state] {
            assert!(!page.text().contains(secret.as_str()), "{page:?}");
        }
    }
}

/// The `error_description` of the authorization response. Neither the log nor the page contains it
/// if this browser did not start the login.
#[tokio::test]
async fn callback_description_is_shown_only_for_own_login() {
    let mut app = TestApp::new().await;
    app.provider.set(|f| {
        f.deny(
            "access_denied",
            "The user is not in group \"staff\".\r\nX: y",
        )
    });
    let callback = app.callback().await;
    let log = Log::start();
    let page = app.assert_rejected(callback.clone(), "cancelled").await;
    let (_, line) = log.warnings().remove(0);
    let shown = "The user is not in group";
    assert!(line.contains(shown) && !line.contains('\n'), "{line}");
    assert!(page.text().contains(shown), "{page:?}");

    let log = Log::start();
    let page = app.assert_rejected(callback, "cancelled").await;
    let (_, line) = log.warnings().remove(0);
    assert!(
        !line.contains(shown) && !page.text().contains(shown),
        "{line}"
    );
}

fn parameter(visit: &Visit, name: &str) -> String {
    let mut pairs = visit.url.query_pairs();
    let found = pairs.find(|(found, _)| found == name);
    found.map_or_else(String::new, |(_, value)| value.into_owned())
}
