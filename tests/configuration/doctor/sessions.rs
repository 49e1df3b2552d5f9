//! The session store, logout by the provider, and refresh tokens.

use axum_streamlit_auth::Outcome;
use serde_json::{Value, json};

use super::{assert_all_pass, assert_only_finding, assert_only_unknown, check, valid_toml};
use support::Provider;

#[tokio::test]
async fn session_store_is_checked() {
    let provider = Provider::start().await;
    let with = |store: &str| {
        let line = format!("[auth]\nsession_store = {store:?}\n");
        valid_toml(&provider).replacen("[auth]\n", &line, 1)
    };
    assert_all_pass(&check(&with("memory")).await);
    for store in [
        "sqlite:/nonexistent/folder/sessions.db",
        "redis://:test-client-secret-7f3a@127.0.0.1:1",
    ] {
        let toml = with(store);
        let report = check(&toml).await;
        assert_only_finding(&report, &toml, Outcome::Failure, "auth.session_store");
    }
}

#[tokio::test]
async fn back_channel_logout_url_is_reported() {
    let provider = Provider::start().await;
    let without = valid_toml(&provider);
    let toml = without.replacen("[auth]\n", "[auth]\nsession_store = \"memory\"\n", 1);
    let report = async |toml: &str| check(toml).await.to_string();
    let cannot = "cannot end sessions in the app (no backchannel_logout_supported)";
    assert!(report(&toml).await.contains(cannot));

    let supports = |name: &str| provider.set(|f| f.metadata.set(name, true));
    supports("backchannel_logout_supported");
    let (url, by_sid) = (
        "if http://localhost:8501/auth/backchannel-logout is entered there",
        "backchannel_logout_session_supported",
    );
    assert!(report(&toml).await.contains(url));
    assert_only_unknown(&check(&toml).await, by_sid);

    supports("backchannel_logout_session_supported");
    assert!(report(&toml).await.contains(url));
    assert_all_pass(&check(&toml).await);
    assert!(!report(&without).await.contains("end sessions"));
}

/// A configuration with `refresh = true`.
fn with_refresh(provider: &Provider) -> String {
    let lines = "[auth]\nsession_store = \"memory\"\nrefresh = true\n";
    valid_toml(provider).replacen("[auth]\n", lines, 1)
}

#[tokio::test]
async fn missing_refresh_tokens_are_reported() {
    for (grants, scopes, is_reported) in [
        (
            json!(["authorization_code"]),
            json!(["offline_access"]),
            true,
        ),
        (json!(["implicit"]), Value::Null, true),
        (Value::Null, json!(["openid", "offline_access"]), false),
        (
            json!(["refresh_token"]),
            json!(["openid", "offline_access"]),
            false,
        ),
        (json!([]), json!(["offline_access"]), false),
    ] {
        let provider = Provider::start().await;
        provider.set(|f| {
            f.metadata.set("grant_types_supported", grants);
            f.metadata.set("scopes_supported", scopes);
        });
        assert_all_pass(&check(&valid_toml(&provider)).await);
        let toml = with_refresh(&provider);
        let report = check(&toml).await;
        if is_reported {
            assert_only_finding(&report, &toml, Outcome::Warning, "auth.refresh");
            let grant = "does not list the grant type refresh_token";
            assert!(report.to_string().contains(grant), "{report}");
        } else {
            assert_all_pass(&report);
            let scope = "ask for a refresh token with the scope offline_access";
            assert!(report.to_string().contains(scope), "{report}");
        }
    }
}

#[tokio::test]
async fn unlisted_offline_access_is_reported() {
    for scopes in [json!(["openid", "email"]), Value::Null] {
        let provider = Provider::start().await;
        provider.set(|f| f.metadata.set("scopes_supported", scopes.clone()));
        let toml = with_refresh(&provider);
        let not_listed = "does not list the scope offline_access";
        assert_only_unknown(&check(&toml).await, not_listed);

        let line = "client_kwargs = { scope = \"openid email offline_access\" }\n";
        let toml = format!("{toml}{line}");
        let report = check(&toml).await;
        if scopes.is_null() {
            assert_all_pass(&report);
        } else {
            assert_only_finding(&report, &toml, Outcome::Warning, "auth.refresh");
            assert!(report.to_string().contains(not_listed), "{report}");
        }
    }
}
