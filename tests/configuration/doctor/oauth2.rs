//! Providers without ID tokens and without a discovery document.

use axum_streamlit_auth::{AuthLayer, CheckReport, Outcome};
use insta::assert_snapshot;
use serde_json::json;
use support::{Behaviour, COOKIE_SECRET, Provider, redact};

fn github(provider: &Provider) -> String {
    let client = provider.registered();
    format!(
        "auth.cookie_secret = {COOKIE_SECRET:?}\nauth.github = {{ url = {:?}, client_id = {:?}, client_secret = {:?} }}\n",
        provider.origin(),
        client.id,
        client.secret
    )
}

fn plain(provider: &Provider, more: &str) -> String {
    let client = provider.registered();
    format!(
        "[auth]\ncookie_secret = {COOKIE_SECRET:?}\nredirect_uri = \"http://localhost:8501/oauth2callback\"\n{more}[auth.discord]\nclient_id = {:?}\nclient_secret = {:?}\nauthorization_endpoint = {:?}\ntoken_endpoint = {:?}\nuserinfo_endpoint = {:?}\nclaims_map = {{ sub = \"id\" }}\n",
        client.id,
        client.secret,
        provider.url("/authorize"),
        provider.url("/token"),
        provider.url("/userinfo"),
    )
}

async fn report(toml: &str) -> CheckReport {
    AuthLayer::from_toml(toml).unwrap().check().await
}

/// The keys of failures and warnings.
fn faults(report: &CheckReport) -> Vec<(Outcome, String)> {
    let checks = report.checks().iter();
    let faults = checks.filter_map(|check| Some((check.outcome(), check.diagnostic()?)));
    faults
        .map(|(outcome, fault)| (outcome, fault.key().to_owned()))
        .collect()
}

#[tokio::test]
async fn github_setup_matches_snapshot() {
    let provider = Provider::start().await;
    provider.emulate_github();
    let report = report(&github(&provider)).await;
    assert_eq!(faults(&report), [], "{report}");
    assert_snapshot!(redact(&report.to_string(), &provider));
}

#[tokio::test]
async fn plain_oauth_setup_matches_snapshot() {
    let provider = Provider::start().await;
    provider.emulate_plain_oauth2();
    let report = report(&plain(&provider, "")).await;
    assert_eq!(faults(&report), [], "{report}");
    assert_snapshot!(redact(&report.to_string(), &provider));
}

#[tokio::test]
async fn wrong_github_client_is_reported() {
    let provider = Provider::start().await;
    provider.emulate_github();
    let toml = github(&provider);
    let secret = provider.registered().secret;
    for (wrong, keys) in [
        (
            toml.replace(&secret, "another-secret-of-the-app"),
            ["auth.github.client_secret"],
        ),
        (
            toml.replace("\"app\"", "\"another\""),
            ["auth.github.client_id"],
        ),
    ] {
        let report = report(&wrong).await;
        let failed: Vec<String> = faults(&report).into_iter().map(|(_, key)| key).collect();
        assert_eq!(failed, keys, "{report}");
    }
}

#[tokio::test]
async fn unusable_api_is_reported() {
    let provider = Provider::start().await;
    provider.emulate_plain_oauth2();
    for (behaviour, outcome) in [
        (Behaviour::Html(404), Outcome::Failure),
        (Behaviour::Html(405), Outcome::Failure),
        (Behaviour::HangUp, Outcome::Failure),
        (
            Behaviour::Redirect(302, "/login".to_owned()),
            Outcome::Failure,
        ),
        (Behaviour::Json(200, json!({})), Outcome::Warning),
        (Behaviour::Html(503), Outcome::Warning),
    ] {
        provider.set(|faults| faults.userinfo = behaviour);
        let report = report(&plain(&provider, "")).await;
        let expected = (outcome, "auth.discord.userinfo_endpoint".to_owned());
        assert_eq!(faults(&report), [expected], "{report}");
    }
}

#[tokio::test]
async fn rule_for_unmapped_address_is_reported() {
    let provider = Provider::start().await;
    provider.emulate_plain_oauth2();
    let rule = "allow = { domains = [\"corp.example\"] }\n";
    let report = report(&plain(&provider, rule)).await;
    let expected = (Outcome::Failure, "auth.discord.claims_map".to_owned());
    assert_eq!(faults(&report), [expected], "{report}");
}

#[tokio::test]
async fn microsoft_graph_is_checked() {
    let provider = Provider::start().await;
    let graph = |url: &str| {
        let lines = format!("groups_from_graph = true\ngraph_url = {url:?}");
        support::secrets(&provider).auth(&lines).toml()
    };
    let report_at = async |url: &str| report(&graph(url)).await;
    let found = report_at(provider.origin()).await;
    assert_eq!(faults(&found), [], "{found}");
    assert!(
        found.to_string().contains("groups from Microsoft Graph at"),
        "{found}"
    );
    let expected = (Outcome::Failure, "auth.graph_url".to_owned());
    let found = report_at("http://127.0.0.1:1").await;
    assert_eq!(faults(&found), std::slice::from_ref(&expected), "{found}");
    provider.set(|faults| faults.graph = Behaviour::Html(404));
    let found = report_at(provider.origin()).await;
    assert_eq!(faults(&found), [expected], "{found}");
}
