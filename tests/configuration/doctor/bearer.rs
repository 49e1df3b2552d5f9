//! Access tokens of programs.

use axum_streamlit_auth::CheckReport;
use serde_json::json;

use super::check;
use support::{Provider, secrets};

#[tokio::test]
async fn report_names_resource_and_audiences() {
    let provider = Provider::start().await;
    let lines = "bearer_audience = [\"one\", \"two\"]\nresource = \"https://api.example/mcp\"";
    let toml = secrets(&provider).auth(lines).toml();
    let report = check(&toml).await;
    assert_eq!(
        lines_about(&report, "bearer tokens"),
        [
            "✓ bearer tokens for https://api.example/mcp: metadata at https://api.example/.well-known/oauth-protected-resource/mcp"
        ]
    );
    assert_eq!(
        lines_about(&report, "access tokens"),
        ["✓ 127.0.0.1: access tokens for one, two are accepted"]
    );
    assert_eq!(
        lines_about(&report, "agents"),
        ["? 127.0.0.1 does not let agents register themselves, so each needs a client ID from you"]
    );
    assert!(report.is_ok());

    provider.set(|f| {
        f.metadata.set(
            "registration_endpoint",
            json!("https://sso.example/register"),
        );
        f.metadata.remove("code_challenge_methods_supported");
    });
    assert_eq!(
        lines_about(&check(&toml).await, "agents"),
        ["? 127.0.0.1 does not list PKCE with S256, so some agents refuse to log in"]
    );
}

#[tokio::test]
async fn report_omits_bearer_tokens_without_audience() {
    let provider = Provider::start().await;
    let report = check(&secrets(&provider).toml()).await;
    for topic in ["bearer tokens", "access tokens", "agents"] {
        assert!(lines_about(&report, topic).is_empty(), "{topic}");
    }
}

/// The steps of a report that contain these words.
fn lines_about(report: &CheckReport, words: &str) -> Vec<String> {
    let steps = report.checks().iter().map(ToString::to_string);
    steps.filter(|step| step.contains(words)).collect()
}
