//! Scopes, claims and `prompt` values that the provider does not list.

use axum_streamlit_auth::Outcome;
use serde_json::json;

use super::{assert_all_pass, assert_only_finding, check, valid_toml};
use support::Provider;

#[tokio::test]
async fn unsupported_claims_are_reported() {
    let provider = Provider::start().await;
    provider.set(|f| {
        f.metadata
            .set("claims_supported", json!(["sub", "email", "name"]));
        f.metadata.remove("userinfo_endpoint");
    });
    let typo = valid_toml(&provider).replace(
        "[auth.lab]",
        "claims = [\"emial\", \"department\"]\n[auth.lab]",
    );
    assert_only_finding(&check(&typo).await, &typo, Outcome::Warning, "auth.claims");
    let header = valid_toml(&provider).replace(
        "[auth.lab]",
        "[auth.headers]\nX-Other = \"department\"\nX-User-Email = \"emial\"\nX-In = \"is_logged_in\"\nX-By = \"provider\"\n[auth.lab]",
    );
    assert_only_finding(
        &check(&header).await,
        &header,
        Outcome::Warning,
        "auth.headers.X-User-Email",
    );
    let userinfo = format!("{}userinfo = true\n", valid_toml(&provider));
    assert_only_finding(
        &check(&userinfo).await,
        &userinfo,
        Outcome::Failure,
        "auth.lab.userinfo",
    );
    let scope = format!(
        "{}client_kwargs = {{ scope = \"openid emial https://graph.example/User.Read\" }}\n",
        valid_toml(&provider)
    );
    let report = check(&scope).await;
    assert_only_finding(
        &report,
        &scope,
        Outcome::Warning,
        "auth.lab.client_kwargs.scope",
    );
    assert!(
        report.to_string().contains("Did you mean `email`?"),
        "{report}"
    );
}

/// A provider may support more scopes than it lists.
#[tokio::test]
async fn unlisted_scope_is_not_reported() {
    for (listed, scope) in [
        (json!(["openid"]), "openid profile email"),
        (
            json!(["offline_access", "offline", "openid"]),
            "openid profile email groups",
        ),
        (
            json!(["openid", "email"]),
            "openid phone address offline_access",
        ),
        (
            json!(["openid", "profile"]),
            "openid reports:read urn:example:all payments",
        ),
    ] {
        let provider = Provider::start().await;
        provider.set(|f| f.metadata.set("scopes_supported", listed));
        let toml = valid_toml(&provider);
        assert_all_pass(&check(&toml).await);
        let toml = format!("{toml}client_kwargs = {{ scope = \"{scope}\" }}\n");
        assert_all_pass(&check(&toml).await);
    }
}

#[tokio::test]
async fn misspelt_scope_is_reported_despite_short_list() {
    for (scope, meant) in [
        ("openid emial", "email"),
        ("openid profil", "profile"),
        ("openid ofline_access", "offline_access"),
        ("openid report", "reports"),
    ] {
        let provider = Provider::start().await;
        provider.set(|f| {
            f.metadata
                .set("scopes_supported", json!(["openid", "reports"]));
        });
        let toml = format!(
            "{}client_kwargs = {{ scope = \"{scope}\" }}\n",
            valid_toml(&provider)
        );
        let report = check(&toml).await;
        assert_only_finding(
            &report,
            &toml,
            Outcome::Warning,
            "auth.lab.client_kwargs.scope",
        );
        let words = format!("Did you mean `{meant}`?");
        assert!(report.to_string().contains(&words), "{report}");
    }
}

#[tokio::test]
async fn omitted_default_prompt_is_reported() {
    let provider = Provider::start().await;
    let toml = valid_toml(&provider);
    for listed in [
        json!(["none", "login"]),
        json!(["none"]),
        json!(["create", "consent"]),
    ] {
        provider.set(|f| f.metadata.set("prompt_values_supported", listed));
        let report = check(&toml).await;
        assert_all_pass(&report);
        assert!(
            report
                .to_string()
                .contains("so the default prompt is omitted"),
            "{report}"
        );
    }
    // The probe needs a response without a page.
    let probes = provider.requests("authorize");
    let mut prompts = probes.iter().map(|probe| probe.parameter("prompt"));
    assert!(prompts.any(|prompt| prompt == Some("none")), "{probes:?}");
    for (prompt, is_listed) in [
        ("login", true),
        ("", true),
        ("consent", false),
        ("login consent", false),
    ] {
        provider.set(|f| {
            f.metadata
                .set("prompt_values_supported", json!(["none", "login"]))
        });
        let toml = format!("{toml}client_kwargs = {{ prompt = \"{prompt}\" }}\n");
        let report = check(&toml).await;
        if is_listed {
            assert_all_pass(&report);
        } else {
            assert_only_finding(
                &report,
                &toml,
                Outcome::Warning,
                "auth.lab.client_kwargs.prompt",
            );
            assert!(
                report
                    .to_string()
                    .contains("Set it to one of: none, login."),
                "{report}"
            );
        }
    }
    provider.set(|f| {
        f.metadata.set(
            "prompt_values_supported",
            json!(["select_account", "login"]),
        );
    });
    let report = check(&toml).await;
    assert_all_pass(&report);
    assert!(!report.to_string().contains("prompt"), "{report}");
}
