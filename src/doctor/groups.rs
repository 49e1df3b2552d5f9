//! Groups that Entra omits from an ID token.

use super::CheckReport;
use crate::{
    config::{Config, Diagnostic, Graph, ProviderConfig},
    provider::{ProviderClient, is_microsoft, without_query},
};

pub(super) async fn check(report: &mut CheckReport, config: &Config, provider: &ProviderClient) {
    match &provider.config.graph {
        Some(graph) => api(report, provider, graph).await,
        None => {
            if let Some(diagnostic) = overage(config, &provider.config) {
                report.warn(diagnostic);
            }
        }
    }
}

/// Asks Microsoft Graph for groups without an access token. Graph has to refuse this request.
async fn api(report: &mut CheckReport, provider: &ProviderClient, graph: &Graph) {
    let label = &provider.config.label;
    let url = without_query(&graph.endpoint);
    let found = match provider.fetch_page(&graph.endpoint).await {
        Ok(response) if response.status == 401 => {
            report.pass(format!("{label}: groups from Microsoft Graph at {url}"));
            return;
        }
        Ok(response) => format!("returns status {} without an access token", response.status),
        Err(error) => error.to_string(),
    };
    let key = match provider.config.locations.has("graph_url") {
        true => "graph_url",
        false => "groups_from_graph",
    };
    report.fail(provider.config.locations.diagnostic(
        key,
        format!("could not use Microsoft Graph for the groups of {label}: {url} {found}"),
        "Make sure that this machine can reach this URL. If your national cloud has another one, set graph_url.",
    ));
}

/// Returns a warning if the configuration reads groups from Entra. A user with many groups could be
/// refused, because the ID token contains none of them.
///
/// Source: Microsoft identity platform, "Groups overage claim": with more than 200 groups, a token
/// has `_claim_names` instead of `groups`.
fn overage(config: &Config, provider: &ProviderConfig) -> Option<Diagnostic> {
    let is_read = config.rules_use("groups")
        || config
            .claims
            .iter()
            .flatten()
            .any(|claim| claim == "groups");
    if !is_read || !is_microsoft(&provider.server_metadata_url) {
        return None;
    }
    let (locations, key) = match config.rules_use("groups") {
        true if provider.locations.has("allow") => (&provider.locations, "allow"),
        true => (&config.locations, "allow"),
        false => (&config.locations, "claims"),
    };
    let message = format!(
        "{} omits `groups` from the ID token of a user with more than 200 groups",
        provider.label
    );
    let help = "Set groups_from_graph = true. Otherwise, in Entra, choose \"Groups assigned to the application\" in the token configuration, or use app roles and the claim `roles`.";
    Some(locations.diagnostic(key, message, help))
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn key(tenant_url: &str, more: &Value) -> Option<String> {
        let mut auth = json!({
            "redirect_uri": "http://localhost:8501/oauth2callback",
            "cookie_secret": "kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5uKt1BvXoQ",
            "sso": {
                "client_id": "app",
                "client_secret": "a secret of the client",
                "server_metadata_url": format!("{tenant_url}/v2.0/.well-known/openid-configuration"),
            },
        });
        for (name, value) in more.as_object().unwrap() {
            match name.strip_prefix("sso.") {
                Some(name) => auth["sso"][name] = value.clone(),
                None => auth[name] = value.clone(),
            }
        }
        let config = Config::from_value(&json!({ "auth": auth })).unwrap();
        overage(&config, &config.providers[0]).map(|diagnostic| diagnostic.key().to_owned())
    }

    #[test]
    fn entra_group_overage_is_reported() {
        let (entra, other) = (
            "https://login.microsoftonline.com/common",
            "https://idp.example/common",
        );
        let rule = json!({ "claims": { "groups": "staff" } });
        for (more, expected) in [
            (json!({}), None),
            (json!({ "claims": ["name"] }), None),
            (json!({ "allow": { "claims": { "roles": "staff" } } }), None),
            (json!({ "claims": ["name", "groups"] }), Some("auth.claims")),
            (json!({ "allow": rule }), Some("auth.allow")),
            (json!({ "sso.allow": rule }), Some("auth.sso.allow")),
            (
                json!({ "allow": rule, "claims": ["groups"] }),
                Some("auth.allow"),
            ),
        ] {
            assert_eq!(key(entra, &more).as_deref(), expected, "{more}");
            assert_eq!(key(other, &more), None, "{more}");
        }
        let national = "https://login.microsoftonline.us/common";
        assert!(key(national, &json!({ "allow": rule })).is_some());
    }
}
