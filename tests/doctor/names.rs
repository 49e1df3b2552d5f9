//! Scopes, claims and `prompt` that the provider does not list.

use serde_json::json;

use super::{check, is_only, is_right, right};
use crate::support::Provider;

#[tokio::test]
async fn claims_that_nobody_can_have_are_found() {
    let provider = Provider::start().await;
    provider.set(|f| {
        f.metadata
            .set("claims_supported", json!(["sub", "email", "name"]));
        f.metadata.remove("userinfo_endpoint");
    });
    let typo = right(&provider).replace(
        "[auth.lab]",
        "claims = [\"emial\", \"department\"]\n[auth.lab]",
    );
    is_only(&check(&typo).await, &typo, '!', "auth.claims");
    let userinfo = format!("{}userinfo = true\n", right(&provider));
    is_only(&check(&userinfo).await, &userinfo, '✗', "auth.lab.userinfo");
    let scope = format!(
        "{}client_kwargs = {{ scope = \"openid emial https://graph.example/User.Read\" }}\n",
        right(&provider)
    );
    let report = check(&scope).await;
    is_only(&report, &scope, '!', "auth.lab.client_kwargs.scope");
    assert!(
        report.to_string().contains("Did you mean `email`?"),
        "{report}"
    );
}

/// A provider may support more scopes than it lists.
#[tokio::test]
async fn unlisted_scope_raises_no_alarm() {
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
        let toml = right(&provider);
        is_right(&check(&toml).await);
        let toml = format!("{toml}client_kwargs = {{ scope = \"{scope}\" }}\n");
        is_right(&check(&toml).await);
    }
}

#[tokio::test]
async fn misspelt_scope_is_found_in_short_list() {
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
            right(&provider)
        );
        let report = check(&toml).await;
        is_only(&report, &toml, '!', "auth.lab.client_kwargs.scope");
        let words = format!("Did you mean `{meant}`?");
        assert!(report.to_string().contains(&words), "{report}");
    }
}

#[tokio::test]
async fn unlisted_prompt_is_shown() {
    let provider = Provider::start().await;
    let toml = right(&provider);
    for listed in [
        json!(["none", "login"]),
        json!(["none"]),
        json!(["create", "consent"]),
    ] {
        provider.set(|f| f.metadata.set("prompt_values_supported", listed));
        let report = check(&toml).await;
        is_right(&report);
        assert!(
            report
                .to_string()
                .contains("so the default prompt is left out"),
            "{report}"
        );
    }
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
            is_right(&report);
        } else {
            is_only(&report, &toml, '!', "auth.lab.client_kwargs.prompt");
            assert!(
                report.to_string().contains("It lists none, login."),
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
    is_right(&report);
    assert!(!report.to_string().contains("prompt"), "{report}");
}
