//! Checks of the client: its registration, redirect URI and secret.

use axum_streamlit_auth::Outcome;
use serde_json::json;

use super::{
    WRONG_REDIRECT_URI, assert_all_pass, assert_mistake_fails, assert_only_finding, check,
    valid_toml,
};
use support::{Auth, Behaviour, Faults, Provider};

#[tokio::test]
async fn wrong_client_secret_and_uri_are_distinguished() {
    for (from, to, key) in [
        (
            "client_id = \"app\"",
            "client_id = \"apps\"",
            "auth.lab.client_id",
        ),
        (
            "test-client-secret-7f3a",
            "test-client-secret-7f3b",
            "auth.lab.client_secret",
        ),
        ("localhost:8501/", "localhost:8502/", "auth.redirect_uri"),
        ("localhost:8501/", "127.0.0.1:8501/", "auth.redirect_uri"),
        (
            "8501/oauth2callback",
            "8501/app/oauth2callback",
            "auth.redirect_uri",
        ),
    ] {
        let provider = Provider::start().await;
        let toml = valid_toml(&provider);
        assert_mistake_fails(&toml, [from, to, key]).await;
    }
}

#[tokio::test]
async fn registered_auth_method_is_reported() {
    for (registered, written, name) in [
        (Auth::Post, "client_secret_basic", "client_secret_post"),
        (Auth::Basic, "client_secret_post", "client_secret_basic"),
        (Auth::None, "client_secret_basic", "none"),
    ] {
        let provider = Provider::start().await;
        provider.client(|client| client.auth = registered);
        provider.set(|f| f.metadata.remove("token_endpoint_auth_methods_supported"));
        let toml = format!(
            "{}client_kwargs = {{ token_endpoint_auth_method = \"{written}\" }}\n",
            valid_toml(&provider)
        );
        let report = check(&toml).await;
        assert_only_finding(
            &report,
            &toml,
            Outcome::Failure,
            "auth.lab.client_kwargs.token_endpoint_auth_method",
        );
        assert!(
            report
                .to_string()
                .contains(&format!("token_endpoint_auth_method = \"{name}\"")),
            "{report}"
        );
        assert_eq!(
            report.to_string().contains("and remove client_secret"),
            name == "none"
        );
    }
    // Registered with a secret, but configured without one.
    let provider = Provider::start().await;
    let toml = valid_toml(&provider).replace(
        "client_secret = \"test-client-secret-7f3a\"",
        "client_kwargs = { token_endpoint_auth_method = \"none\" }",
    );
    assert_only_finding(
        &check(&toml).await,
        &toml,
        Outcome::Failure,
        "auth.lab.client_kwargs.token_endpoint_auth_method",
    );
    // Without a secret, only one authentication method is possible.
    assert_eq!(provider.count("token"), 1);
}

#[tokio::test]
async fn inconclusive_probes_are_not_reported() {
    type Fault = fn(&mut Faults);
    let cases: [(Fault, Outcome, &str); 10] = [
        (
            |f| f.authorize = Behaviour::Html(200),
            Outcome::Failure,
            "auth.redirect_uri",
        ),
        (
            |f| f.authorize = Behaviour::Html(403),
            Outcome::Failure,
            "auth.redirect_uri",
        ),
        (
            |f| f.authorize = Behaviour::Redirect(302, "/signin/oauth/error?authError=x".into()),
            Outcome::Failure,
            "auth.redirect_uri",
        ),
        (
            |f| {
                f.authorize = Behaviour::Redirect(
                    302,
                    "http://localhost:8501/oauth2callback/x?error=a".into(),
                )
            },
            Outcome::Failure,
            "auth.redirect_uri",
        ),
        // Entra reports an unknown redirect URI with status 200.
        (
            |f| {
                f.authorize = Behaviour::Raw(
                    200,
                    "text/html",
                    b"<script>$Config={\"strServiceExceptionMessage\":\"AADSTS50011\"}</script>"
                        .to_vec(),
                )
            },
            Outcome::Failure,
            "auth.redirect_uri",
        ),
        (
            |f| f.authorize = Behaviour::Html(503),
            Outcome::Warning,
            "auth.redirect_uri",
        ),
        (
            |f| f.authorize = Behaviour::HangUp,
            Outcome::Warning,
            "auth.redirect_uri",
        ),
        (
            |f| {
                f.token = Behaviour::Json(200, json!({"access_token": "x", "token_type": "Bearer"}))
            },
            Outcome::Warning,
            "auth.lab.client_secret",
        ),
        (
            |f| f.token = Behaviour::Html(500),
            Outcome::Warning,
            "auth.lab.client_secret",
        ),
        (
            |f| f.token = Behaviour::HangUp,
            Outcome::Warning,
            "auth.lab.client_secret",
        ),
    ];
    for (plant, outcome, key) in cases {
        let provider = Provider::start().await;
        let toml = valid_toml(&provider);
        provider.set(plant);
        assert_only_finding(&check(&toml).await, &toml, outcome, key);
    }
}

/// Django OAuth Toolkit responds to `prompt=none` with a server error, and to an unregistered
/// redirect URI with an error page.
#[tokio::test]
async fn unregistered_uri_probe_replaces_silent_login() {
    for known in [
        Behaviour::Html(500),
        Behaviour::Redirect(302, "/signin".into()),
        Behaviour::Raw(200, "text/html", b"<form>".to_vec()),
    ] {
        let provider = Provider::start().await;
        let toml = valid_toml(&provider);
        provider.set(|f| f.authorize_silent = Some(known));
        assert_all_pass(&check(&toml).await);
        assert_mistake_fails(&toml, WRONG_REDIRECT_URI).await;
    }
}

#[tokio::test]
async fn refused_authorization_request_names_the_key() {
    // An error that no user interaction can resolve causes no second request. A third request omits
    // the default `prompt`.
    for (error, key, fix, asked) in [
        (
            "invalid_scope",
            "auth.lab.client_kwargs.scope",
            "Request fewer scopes",
            1,
        ),
        (
            "unauthorized_client",
            "auth.lab.client_id",
            "Allow the authorization code flow",
            1,
        ),
        (
            "invalid_request",
            "auth.lab.client_kwargs",
            "Change or remove",
            3,
        ),
        (
            "Test-Client-Secret",
            "auth.lab.client_kwargs",
            "Change or remove",
            3,
        ),
    ] {
        let provider = Provider::start().await;
        let toml = valid_toml(&provider);
        provider.set(|f| f.deny(error, "no"));
        let report = check(&toml).await;
        assert_only_finding(&report, &toml, Outcome::Failure, key);
        let fault = report
            .checks()
            .iter()
            .find_map(|step| step.diagnostic())
            .unwrap();
        assert!(fault.help().starts_with(fix), "{report}");
        assert_eq!(provider.count("authorize"), asked, "{error}");
    }
    for error in ["login_required", "interaction_required", "consent_required"] {
        let provider = Provider::start().await;
        let toml = valid_toml(&provider);
        provider.set(|f| f.deny(error, "no"));
        assert_all_pass(&check(&toml).await);
    }
}

/// Ory Hydra and Pocket ID reject the default `prompt`, so the doctor makes one request without it.
#[tokio::test]
async fn refused_default_prompt_is_reported() {
    for error in [
        "invalid_request",
        "interaction_required",
        "account_selection_required",
        "unmet_authentication_requirements",
    ] {
        let provider = Provider::start().await;
        let toml = valid_toml(&provider);
        provider.set(|f| f.refused_prompt = Some(error));
        let report = check(&toml).await;
        assert_only_finding(
            &report,
            &toml,
            Outcome::Failure,
            "auth.lab.client_kwargs.prompt",
        );
        let fault = report
            .checks()
            .iter()
            .find_map(|step| step.diagnostic())
            .unwrap();
        let line = "Set client_kwargs = { prompt = \"\" }.";
        assert_eq!(fault.help(), line, "{report}");

        // If a provider lists its supported values, the doctor sends it no others.
        provider.set(|f| f.metadata.set("prompt_values_supported", json!(["login"])));
        assert_all_pass(&check(&toml).await);
    }
}
