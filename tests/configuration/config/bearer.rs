//! `bearer_audience` and `resource`.

use axum_streamlit_auth::AuthLayer;
use insta::assert_snapshot;

use super::{VALID, error_for};

/// The default provider at this issuer, with further lines.
fn at(issuer: &str, lines: &str) -> String {
    VALID.replace("https://accounts.google.com", issuer) + lines + "\n"
}

/// The table of a preset, with further lines.
fn named(table: &str, lines: &str) -> String {
    let auth: String = VALID
        .lines()
        .take(3)
        .map(|line| format!("{line}\n"))
        .collect();
    format!(
        "{auth}[auth.{table}]\nclient_id = \"app\"\nclient_secret = \"a-client-secret\"\n{lines}\n"
    )
}

#[test]
fn valid_audiences_and_resources_are_accepted() {
    for lines in [
        "bearer_audience = \"https://api.example\"",
        "bearer_audience = [\"a\", \"b\"]",
        "bearer_audience = \"a\"\nresource = \"https://api.example/mcp\"",
        "bearer_audience = \"a\"\nresource = \"http://localhost:8501/mcp\"",
        "bearer_audience = \"a\"\nresource = \"https://api.example/\"",
    ] {
        let toml = at("https://sso.example", lines);
        AuthLayer::from_toml(&toml).unwrap_or_else(|error| panic!("{lines}: {error}"));
    }
}

#[test]
fn invalid_audience_or_resource_is_reported() {
    let audience = "bearer_audience = \"a\"\n";
    let resource = |url: &str| format!("{audience}resource = {url}");
    let mut errors = String::new();
    for (title, toml) in [
        ("empty", at("https://sso.example", "bearer_audience = \"\"")),
        (
            "empty list",
            at("https://sso.example", "bearer_audience = []"),
        ),
        (
            "blank entry",
            at("https://sso.example", "bearer_audience = [\"a\", \" \"]"),
        ),
        ("number", at("https://sso.example", "bearer_audience = 1")),
        (
            "list with a number",
            at("https://sso.example", "bearer_audience = [1]"),
        ),
        (
            "variable",
            at("https://sso.example", "bearer_audience = \"${AUDIENCE}\""),
        ),
        (
            "client ID",
            at("https://sso.example", "bearer_audience = [\"x\", \"app\"]"),
        ),
        ("Google", at("https://accounts.google.com", audience)),
        ("Google by its name", named("google", audience)),
        ("Apple", named("apple", audience)),
        ("GitLab", named("gitlab", audience)),
        (
            "Okta organization",
            named("okta", &format!("domain = \"acme.okta.com\"\n{audience}")),
        ),
        (
            "resource without audience",
            at("https://sso.example", "resource = \"https://a.example\""),
        ),
        (
            "resource of a provider",
            named(
                "dex",
                &format!(
                    "url = \"https://sso.example\"\n{}",
                    resource("\"https://a.example\"")
                ),
            ),
        ),
        (
            "relative resource",
            at("https://sso.example", &resource("\"/mcp\"")),
        ),
        (
            "plain http",
            at("https://sso.example", &resource("\"http://a.example/mcp\"")),
        ),
        (
            "query",
            at(
                "https://sso.example",
                &resource("\"https://a.example/mcp?x\""),
            ),
        ),
        (
            "upper case",
            at(
                "https://sso.example",
                &resource("\"https://A.example/mcp\""),
            ),
        ),
        (
            "variable in resource",
            at("https://sso.example", &resource("\"https://${HOST}/mcp\"")),
        ),
        (
            "list as resource",
            at("https://sso.example", &resource("[\"https://a.example\"]")),
        ),
        (
            "typo",
            at("https://sso.example", "bearer_audiences = \"a\""),
        ),
    ] {
        errors += &format!("## {title}\n{}\n", error_for(&toml));
    }
    assert_snapshot!(errors);
}

#[test]
fn client_id_is_not_an_audience() {
    let audience = "bearer_audience = \"app\"\n";
    error_for(&at("https://sso.example", audience));
    error_for(&named(
        "keycloak",
        &format!("url = \"https://sso.example\"\nrealm = \"a\"\n{audience}"),
    ));
    // These products do not allow another audience. Other claims distinguish their tokens.
    for toml in [
        named("microsoft", &format!("tenant = \"common\"\n{audience}")),
        named(
            "cognito",
            &format!("region = \"eu-central-1\"\npool = \"a_b\"\n{audience}"),
        ),
        named(
            "authentik",
            &format!("url = \"https://sso.example\"\nslug = \"a\"\n{audience}"),
        ),
    ] {
        AuthLayer::from_toml(&toml).unwrap_or_else(|error| panic!("{error}\n{toml}"));
    }
}
