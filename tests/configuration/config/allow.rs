//! Rules of `[auth.allow]` that can never match or are ambiguous.

use axum_streamlit_auth::AuthLayer;

use super::{VALID, assert_only_diagnostic, with};

/// A rule that could admit all users or none is an error.
#[test]
fn ambiguous_allow_rules_are_rejected() {
    for (line, key) in [
        ("domains = []", "domains"),
        ("domains = [\"\"]", "domains"),
        ("domains = [\"@corp.example\"]", "domains"),
        ("domains = [\"a@corp.example\"]", "domains"),
        ("domains = [7]", "domains"),
        ("domains = \"corp.example\"", "domains"),
        ("emails = []", "emails"),
        ("emails = [\"corp.example\"]", "emails"),
        ("emails = [\"@corp.example\"]", "emails"),
        ("emails = [\"a b@corp.example\"]", "emails"),
        ("claims = 7", "claims"),
        ("claims = { groups = [] }", "claims.groups"),
        ("claims = { groups = {} }", "claims.groups"),
        ("claims = { groups = [[\"staff\"]] }", "claims.groups"),
        ("claims = { groups = [\"staff\", {}] }", "claims.groups"),
        ("groups = [\"staff\"]", "groups"),
        // Rules that can never match.
        ("domains = [\"*\"]", "domains"),
        ("domains = [\"*.corp.example\"]", "domains"),
        ("domains = [\".corp.example\"]", "domains"),
        ("domains = [\"corp.example \"]", "domains"),
        ("domains = [\"corp.example.\"]", "domains"),
        ("domains = [\"https://corp.example\"]", "domains"),
        ("domains = [\"corp.example/\"]", "domains"),
        ("domains = [\"corp.example, else.example\"]", "domains"),
        ("domains = [\"bücher.example\"]", "domains"),
        ("domains = [\"corp.example\", \"${DOMAIN}\"]", "domains"),
        ("emails = [\"*@corp.example\"]", "emails"),
        ("emails = [\"a@*.corp.example\"]", "emails"),
        ("emails = [\"a@corp.example \"]", "emails"),
        ("emails = [\"a@corp.example\\n\"]", "emails"),
        ("emails = [\"a@b@corp.example\"]", "emails"),
        ("emails = [\"Ada <ada@corp.example>\"]", "emails"),
        ("emails = [\"a@corp.example;b@corp.example\"]", "emails"),
        ("emails = [\"mailto:a@corp.example\"]", "emails"),
        ("claims = {}", "claims"),
        ("claims = { groups = [\"*\"] }", "claims.groups"),
        ("claims = { groups = [\"staff-*\"] }", "claims.groups"),
        ("claims = { groups = [\"staff\", \"\"] }", "claims.groups"),
        ("claims = { groups = [\"staff \"] }", "claims.groups"),
        ("claims = { groups = \"\\u00a0staff\" }", "claims.groups"),
        ("claims = { \"groups \" = \"staff\" }", "claims.\"groups \""),
        ("claims = { \"*\" = \"staff\" }", "claims.\"*\""),
        (
            "claims = { realm_access = { roles = [] } }",
            "claims.\"realm_access.roles\"",
        ),
        (
            "claims.realm_access.roles = [\"*\"]",
            "claims.\"realm_access.roles\"",
        ),
    ] {
        let toml = format!("{VALID}[auth.allow]\n{line}\n");
        assert_only_diagnostic(&toml, &format!("auth.allow.{key}"));
    }
    for line in [
        "domains = [\"corp.example\"]",
        "emails = [\"a@corp.example\"]",
        "claims = { groups = [\"staff\"], tid = \"t\", level = 3, vip = true }",
        "domains = [\"CORP.example\", \"xn--bcher-kva.example\", \"intranet\"]",
        "emails = [\"o'hara+x.y_z@mail.corp.example\"]",
        "claims = { \"https://corp.example/roles\" = \"a b\", \"cognito:groups\" = [\"reports:*\"] }",
        "claims.realm_access.roles = [\"admin\"]",
        "claims.\"realm_access.roles\" = [\"admin\"]",
    ] {
        let toml = format!("{VALID}[auth.allow]\n{line}\n");
        AuthLayer::from_toml(&toml).unwrap_or_else(|error| panic!("{error}"));
    }
    assert_only_diagnostic(&format!("{VALID}[auth.allow]\n"), "auth.allow");
}

/// The rules in the `allow` of a provider are checked like those of `[auth.allow]`.
#[test]
fn provider_rules_are_checked() {
    let toml = with("client_id", "[auth.corp]\nclient_id");
    for (line, key) in [
        ("allow = {}", "allow"),
        ("allow = 1", "allow"),
        ("allow = { domain = [\"corp.example\"] }", "allow.domain"),
        ("allow = { domains = [\"*\"] }", "allow.domains"),
        ("allow = { emails = [] }", "allow.emails"),
        ("allow.claims.groups = [\" \"]", "allow.claims.groups"),
    ] {
        let toml = format!("{toml}{line}\n");
        assert_only_diagnostic(&toml, &format!("auth.corp.{key}"));
    }
    AuthLayer::from_toml(&format!(
        "{toml}allow = {{ domains = [\"corp.example\"] }}\n"
    ))
    .unwrap();
    // The default provider uses the rules of `[auth.allow]`.
    assert_only_diagnostic(&format!("{VALID}allow = 1\n"), "auth.allow");
}
