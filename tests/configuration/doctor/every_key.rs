//! Every key of the configuration, from the schema for editors. The doctor reports a bad value of
//! each key, and tries a value at the provider if only the provider can judge it.

use std::collections::BTreeSet;

use axum_streamlit_auth::Outcome;
use serde_json::Value;

use super::check;
use support::COOKIE_SECRET;

const SCHEMA: &str = include_str!("../../../src/docs/secrets.schema.json");

/// Returns the keys of `[auth]`, and those of a provider's table.
fn keys() -> (BTreeSet<String>, BTreeSet<String>) {
    let schema: Value = serde_json::from_str(SCHEMA).unwrap();
    let names = |properties: &Value| -> BTreeSet<String> {
        properties.as_object().unwrap().keys().cloned().collect()
    };
    let provider = names(&schema["definitions"]["provider"]["properties"]);
    let providers = names(&schema["definitions"]);
    let auth = names(&schema["properties"]["auth"]["properties"]);
    let is_shared = |key: &String| !provider.contains(key) && !providers.contains(key);
    let shared: BTreeSet<String> = auth.into_iter().filter(is_shared).collect();
    assert!(
        shared.len() > 15 && provider.len() > 30,
        "{shared:?} {provider:?}"
    );
    (shared, provider)
}

const MINIMAL: &str = "redirect_uri = \"http://localhost:8501/oauth2callback\"\n";

/// A bad value for each key that exists only in `[auth]`.
const SHARED: &[(&str, &str)] = &[
    ("cookie_secret", "\"changeme\""),
    ("cookie_secret_file", "\"absent\""),
    ("cookie_secrets_old", "[\"changeme\"]"),
    ("cookie_lifetime", "\"401d\""),
    ("cookie_days", "401"),
    ("revoked_before", "2999-01-01T00:00:00Z"),
    ("cookie_budget", "4095"),
    ("expose_tokens", "\"refresh\""),
    ("claims", "[\"\"]"),
    ("app_name", "\" \""),
    ("login_page", "\"https://evil.example\""),
    ("login_params", "[\"state\"]"),
    ("signed_out_page", "\"yes\""),
    ("streamlit_cookies", "\"old\""),
    ("streamlit_logins", "\"maybe\""),
    ("session_store", "\"mongodb://localhost\""),
    ("session_idle", "\"1s\""),
    ("refresh", "true"),
    ("resource", "\"app\""),
    ("headers", "{ \"x user\" = \"sub\" }"),
];

/// A bad value for each key of a provider, with the name of a table in which the key is known.
const PROVIDER: &[(&str, &str, &str)] = &[
    ("lab", "client_id", "\"\""),
    ("lab", "client_secret", "\"changeme\""),
    ("lab", "client_secret_file", "\"absent\""),
    ("lab", "client_assertion_file", "\"absent\""),
    ("lab", "client_key_file", "\"absent\""),
    ("lab", "client_key_id", "1"),
    ("lab", "client_key_algorithm", "\"HS256\""),
    ("lab", "client_certificate_file", "\"absent\""),
    ("lab", "client_assertion_audience", "\"x\""),
    ("lab", "client_assertion_typ", "\"x\""),
    ("lab", "server_metadata_url", "\"https://id.example\""),
    ("lab", "client_kwargs", "{ state = \"x\" }"),
    ("lab", "authorize_params", "{ nonce = \"x\" }"),
    ("lab", "preset", "\"gogle\""),
    ("lab", "label", "\"\""),
    ("lab", "trusted_audiences", "\"x\""),
    ("lab", "userinfo", "\"true\""),
    ("lab", "provider_logout", "\"false\""),
    ("lab", "authorization_endpoint", "\"login\""),
    ("lab", "token_endpoint", "\"http://id.example\""),
    ("lab", "userinfo_endpoint", "\"{host}/me\""),
    ("lab", "claims_map", "{ name = \"name\" }"),
    ("lab", "issuer", "\"https://id.example/?x\""),
    ("google", "bearer_audience", "\"https://app.example\""),
    ("lab", "logout_params", "{ a = [1] }"),
    ("lab", "allow", "{ domain = [\"example.com\"] }"),
    (
        "lab",
        "redirect_uri",
        "\"https://evil.example/oauth2callback/lab\"",
    ),
    ("microsoft", "tenant", "\"{tenant}\""),
    ("microsoft", "groups_from_graph", "[\"staff\"]"),
    ("microsoft", "graph_url", "\"graph\""),
    ("okta", "domain", "\"https://\""),
    ("okta", "server", "\"a/b\""),
    ("gitlab", "url", "\"git\""),
    ("keycloak", "realm", "\"\""),
    ("cognito", "region", "\"\""),
    ("cognito", "pool", "\"\""),
    ("authentik", "slug", "\"\""),
    ("apple", "team_id", "\"x\""),
    ("apple", "key_id", "\"x\""),
];

/// Without this test, a new key could be unknown to the doctor.
#[tokio::test]
async fn bad_value_of_every_key_is_reported() {
    let (shared, provider) = keys();
    let listed = |rows: Vec<&str>| rows.into_iter().map(str::to_owned).collect::<BTreeSet<_>>();
    let shared_rows = listed(SHARED.iter().map(|(key, _)| *key).collect());
    assert_eq!(shared_rows, shared, "keys of [auth]");
    let provider_rows = listed(PROVIDER.iter().map(|(_, key, _)| *key).collect());
    assert_eq!(provider_rows, provider, "keys of a provider");

    for (key, value) in SHARED {
        let secret = match *key {
            "cookie_secret" | "cookie_secret_file" => String::new(),
            _ => format!("cookie_secret = {COOKIE_SECRET:?}\n"),
        };
        let toml = format!(
            "[auth]\n{MINIMAL}{secret}{key} = {value}\n[auth.google]\nclient_id = \"a\"\nclient_secret = \"b\"\n"
        );
        assert_reported(&toml, &format!("auth.{key}")).await;
    }
    for (table, key, value) in PROVIDER {
        let toml = format!(
            "[auth]\n{MINIMAL}cookie_secret = {COOKIE_SECRET:?}\n[auth.{table}]\n{key} = {value}\n{}",
            match *key {
                "client_key_id"
                | "client_key_algorithm"
                | "client_certificate_file"
                | "client_assertion_audience"
                | "client_assertion_typ"
                | "team_id"
                | "key_id" => "client_key_file = \"absent.pem\"\n",
                "issuer" => "authorization_endpoint = \"https://id.example/login\"\n",
                "client_id" => "",
                _ => "client_id = \"a\"\n",
            }
        );
        assert_reported(&toml, &format!("auth.{table}.{key}")).await;
    }
}

/// Asserts that the report has a failure for `key`, or for a key below it, with its line and
/// remedy.
async fn assert_reported(toml: &str, key: &str) {
    let report = check(toml).await;
    let below = format!("{key}.");
    let found = report.checks().iter().find_map(|check| {
        let found = check
            .diagnostic()
            .filter(|_| check.outcome() == Outcome::Failure)?;
        (found.key() == key || found.key().starts_with(&below)).then_some(found)
    });
    let found = found.unwrap_or_else(|| panic!("{key}: {report}\n{toml}"));
    assert!(
        found.line().is_some() && !found.help().is_empty(),
        "{report}"
    );
}

/// The check of a valid value against a provider, a server or another file.
enum Check {
    /// The doctor tries the value. This test has a value that only the other side refuses.
    Tried(&'static str),
    /// The doctor cannot try it, for this reason.
    Nothing(&'static str),
}

/// The keys whose valid values a provider, a server or another file can still contradict.
const OUTSIDE: &[(&str, Check)] = &[
    (
        "redirect_uri",
        Check::Tried("wrong_client_secret_and_uri_are_distinguished"),
    ),
    (
        "cookie_secret_file",
        Check::Tried("exposed_secret_file_is_reported"),
    ),
    ("session_store", Check::Tried("session_store_is_checked")),
    (
        "refresh",
        Check::Tried("missing_refresh_tokens_are_reported"),
    ),
    ("headers", Check::Tried("unsupported_claims_are_reported")),
    ("claims", Check::Tried("unsupported_claims_are_reported")),
    (
        "revoked_before",
        Check::Tried("outdated_revocation_is_reported"),
    ),
    (
        "cookie_budget",
        Check::Tried("cookie_size_estimate_is_exact"),
    ),
    (
        "resource",
        Check::Tried("report_names_resource_and_audiences"),
    ),
    (
        "login_params",
        Check::Nothing("the values come with a login"),
    ),
    (
        "login_page",
        Check::Nothing("the routes of the app are not known to the layer"),
    ),
    (
        "client_id",
        Check::Tried("wrong_client_secret_and_uri_are_distinguished"),
    ),
    (
        "client_secret",
        Check::Tried("wrong_client_secret_and_uri_are_distinguished"),
    ),
    (
        "client_secret_file",
        Check::Tried("wrong_secret_in_file_names_its_key"),
    ),
    (
        "client_assertion_file",
        Check::Tried("refused_key_and_assertion_are_reported"),
    ),
    (
        "client_key_file",
        Check::Tried("refused_key_and_assertion_are_reported"),
    ),
    (
        "client_key_id",
        Check::Tried("refused_key_and_assertion_are_reported"),
    ),
    (
        "client_key_algorithm",
        Check::Tried("refused_key_and_assertion_are_reported"),
    ),
    (
        "client_certificate_file",
        Check::Tried("refused_key_and_assertion_are_reported"),
    ),
    (
        "client_assertion_audience",
        Check::Tried("expected_assertion_format_is_reported"),
    ),
    (
        "client_assertion_typ",
        Check::Tried("expected_assertion_format_is_reported"),
    ),
    (
        "server_metadata_url",
        Check::Tried("unreachable_provider_and_wrong_path_are_reported"),
    ),
    (
        "client_kwargs",
        Check::Tried("refused_authorization_request_names_the_key"),
    ),
    (
        "authorize_params",
        Check::Tried("refused_authorization_request_names_the_key"),
    ),
    (
        "trusted_audiences",
        Check::Nothing("only an ID token shows its audience"),
    ),
    (
        "userinfo",
        Check::Nothing("UserInfo needs the access token of a login"),
    ),
    (
        "authorization_endpoint",
        Check::Tried("plain_oauth_setup_matches_snapshot"),
    ),
    (
        "token_endpoint",
        Check::Tried("plain_oauth_setup_matches_snapshot"),
    ),
    (
        "userinfo_endpoint",
        Check::Tried("unusable_api_is_reported"),
    ),
    (
        "claims_map",
        Check::Tried("rule_for_unmapped_address_is_reported"),
    ),
    (
        "issuer",
        Check::Nothing("without ID tokens, only the app reads it"),
    ),
    (
        "groups_from_graph",
        Check::Tried("microsoft_graph_is_checked"),
    ),
    ("graph_url", Check::Tried("microsoft_graph_is_checked")),
    (
        "bearer_audience",
        Check::Tried("report_names_resource_and_audiences"),
    ),
    (
        "logout_params",
        Check::Tried("refused_post_logout_redirect_is_reported"),
    ),
    (
        "provider_logout",
        Check::Tried("accepted_post_logout_redirect_passes"),
    ),
    // The address of a preset is that of its discovery document.
    (
        "tenant",
        Check::Tried("unreachable_preset_host_names_its_key"),
    ),
    (
        "domain",
        Check::Tried("unreachable_preset_host_names_its_key"),
    ),
    (
        "server",
        Check::Tried("unreachable_preset_host_names_its_key"),
    ),
    ("url", Check::Tried("unreachable_preset_host_names_its_key")),
    (
        "realm",
        Check::Tried("unreachable_preset_host_names_its_key"),
    ),
    (
        "region",
        Check::Tried("unreachable_preset_host_names_its_key"),
    ),
    (
        "pool",
        Check::Tried("unreachable_preset_host_names_its_key"),
    ),
    (
        "slug",
        Check::Tried("unreachable_preset_host_names_its_key"),
    ),
    (
        "team_id",
        Check::Tried("refused_key_and_assertion_are_reported"),
    ),
    (
        "key_id",
        Check::Tried("refused_key_and_assertion_are_reported"),
    ),
];

/// The keys that concern only this process and the browser.
const INSIDE: &[&str] = &[
    "allow",
    "app_name",
    "cookie_days",
    "cookie_lifetime",
    "cookie_secret",
    "cookie_secrets_old",
    "expose_tokens",
    "label",
    "preset",
    "session_idle",
    "signed_out_page",
    "streamlit_cookies",
    "streamlit_logins",
];

#[test]
fn every_key_is_tried_or_has_a_reason() {
    let (shared, provider) = keys();
    let all: BTreeSet<&str> = shared.iter().chain(&provider).map(String::as_str).collect();
    let outside = OUTSIDE.iter().map(|(key, _)| *key);
    let listed: BTreeSet<&str> = outside.chain(INSIDE.iter().copied()).collect();
    assert_eq!(listed, all);
    assert_eq!(
        listed.len(),
        OUTSIDE.len() + INSIDE.len(),
        "a key in both lists"
    );
    for (key, check) in OUTSIDE {
        match check {
            Check::Tried(test) => {
                let test = format!("async fn {test}() {{");
                assert!(
                    TESTS.iter().any(|file| file.contains(&test)),
                    "{key}: {test}"
                );
            }
            Check::Nothing(reason) => assert!(!reason.is_empty(), "{key}"),
        }
    }
}

const TESTS: &[&str] = &[
    include_str!("bearer.rs"),
    include_str!("client.rs"),
    include_str!("credentials.rs"),
    include_str!("discovery.rs"),
    include_str!("file.rs"),
    include_str!("names.rs"),
    include_str!("oauth2.rs"),
    include_str!("sessions.rs"),
    include_str!("sign_out.rs"),
    include_str!("snapshots.rs"),
];
