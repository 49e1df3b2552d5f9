//! What a provider says to the client: who it is, where it may come back to, and whether its secret is right.

use serde_json::json;

use super::{check, is_only, is_right, right};
use crate::support::{Auth, Behaviour, Faults, Provider};

#[tokio::test]
async fn a_wrong_client_is_told_from_a_wrong_secret_and_a_wrong_redirect_uri() {
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
        let toml = right(&provider);
        assert!(toml.contains(from));
        let toml = toml.replace(from, to);
        is_only(&check(&toml).await, &toml, '✗', key);
    }
}

#[tokio::test]
async fn the_way_to_authenticate_that_the_client_is_registered_for_is_named() {
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
            right(&provider)
        );
        let report = check(&toml).await;
        is_only(
            &report,
            &toml,
            '✗',
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
    // Registered with a secret, written without.
    let provider = Provider::start().await;
    let toml = right(&provider).replace(
        "client_secret = \"test-client-secret-7f3a\"",
        "client_kwargs = { token_endpoint_auth_method = \"none\" }",
    );
    is_only(
        &check(&toml).await,
        &toml,
        '✗',
        "auth.lab.client_kwargs.token_endpoint_auth_method",
    );
    // Without a secret there is one way to try.
    assert_eq!(provider.count("token"), 1);
}

#[tokio::test]
async fn what_cannot_be_told_is_not_told() {
    type Plant = fn(&mut Faults);
    let cases: [(Plant, char, &str); 15] = [
        (
            |f| f.authorize = Behaviour::Html(200),
            '✗',
            "auth.redirect_uri",
        ),
        (
            |f| f.authorize = Behaviour::Html(403),
            '✗',
            "auth.redirect_uri",
        ),
        (
            |f| f.authorize = Behaviour::Redirect(302, "/signin/oauth/error?authError=x".into()),
            '✗',
            "auth.redirect_uri",
        ),
        (
            |f| {
                f.authorize = Behaviour::Redirect(
                    302,
                    "http://localhost:8501/oauth2callback/x?error=a".into(),
                )
            },
            '✗',
            "auth.redirect_uri",
        ),
        // Entra's page about a redirect URI that it does not know has status 200.
        (
            |f| {
                f.authorize = Behaviour::Raw(
                    200,
                    "text/html",
                    b"<script>$Config={\"strServiceExceptionMessage\":\"AADSTS50011\"}</script>"
                        .to_vec(),
                )
            },
            '✗',
            "auth.redirect_uri",
        ),
        (
            |f| f.authorize = Behaviour::Redirect(302, "/signin".into()),
            '!',
            "auth.redirect_uri",
        ),
        (
            |f| {
                f.authorize = Behaviour::Raw(
                    200,
                    "text/html",
                    b"<form method=post><input name=password>".to_vec(),
                )
            },
            '!',
            "auth.redirect_uri",
        ),
        (
            |f| f.authorize = Behaviour::Html(503),
            '!',
            "auth.redirect_uri",
        ),
        (
            |f| f.authorize = Behaviour::HangUp,
            '!',
            "auth.redirect_uri",
        ),
        // It says of every secret that the code is wrong.
        (
            |f| f.token = Behaviour::Json(400, json!({"error": "invalid_grant"})),
            '!',
            "auth.lab.client_secret",
        ),
        (
            |f| f.token = Behaviour::Json(400, json!({"error": "test-client-secret-7f3a"})),
            '!',
            "auth.lab.client_secret",
        ),
        (
            |f| {
                f.token = Behaviour::Json(200, json!({"access_token": "x", "token_type": "Bearer"}))
            },
            '!',
            "auth.lab.client_secret",
        ),
        (
            |f| f.token = Behaviour::Html(500),
            '!',
            "auth.lab.client_secret",
        ),
        (
            |f| f.token = Behaviour::HangUp,
            '!',
            "auth.lab.client_secret",
        ),
        (
            |f| f.logout = Behaviour::Html(500),
            '!',
            "auth.lab.server_metadata_url",
        ),
    ];
    for (plant, mark, key) in cases {
        let provider = Provider::start().await;
        let toml = right(&provider);
        provider.set(plant);
        is_only(&check(&toml).await, &toml, mark, key);
    }
}

/// Django OAuth Toolkit answers a silent sign-in with a server error, and one for a stranger's address with a refusal.
#[tokio::test]
async fn a_provider_that_cannot_sign_in_silently_still_tells_by_a_strangers_address() {
    for known in [
        Behaviour::Html(500),
        Behaviour::Redirect(302, "/signin".into()),
        Behaviour::Raw(200, "text/html", b"<form>".to_vec()),
    ] {
        let provider = Provider::start().await;
        let toml = right(&provider);
        provider.set(|f| f.authorize_silent = Some(known));
        is_right(&check(&toml).await);
        let wrong = toml.replace("localhost:8501/", "localhost:8502/");
        is_only(&check(&wrong).await, &wrong, '✗', "auth.redirect_uri");
    }
}

#[tokio::test]
async fn a_sign_in_request_that_is_refused_names_the_key() {
    // What no page of the provider's can mend is not asked for a second time. A third request is without the default `prompt`.
    for (error, key, fix, asked) in [
        (
            "invalid_scope",
            "auth.lab.client_kwargs.scope",
            "Ask for less",
            1,
        ),
        (
            "unauthorized_client",
            "auth.lab.client_id",
            "Allow this client",
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
        let toml = right(&provider);
        provider.set(|f| f.refuse(error, "no"));
        let report = check(&toml).await;
        is_only(&report, &toml, '✗', key);
        let fault = report.steps().iter().find_map(|step| step.fault()).unwrap();
        assert!(fault.fix().starts_with(fix), "{report}");
        assert_eq!(provider.count("authorize"), asked, "{error}");
    }
    for error in ["login_required", "interaction_required", "consent_required"] {
        let provider = Provider::start().await;
        let toml = right(&provider);
        provider.set(|f| f.refuse(error, "no"));
        is_right(&check(&toml).await);
    }
}

/// Ory Hydra and Pocket ID refuse the default `prompt`, which is tried once to compare.
#[tokio::test]
async fn refused_default_prompt_is_found() {
    for error in [
        "invalid_request",
        "interaction_required",
        "account_selection_required",
        "unmet_authentication_requirements",
    ] {
        let provider = Provider::start().await;
        let toml = right(&provider);
        provider.set(|f| f.refused_prompt = Some(error));
        let report = check(&toml).await;
        is_only(&report, &toml, '✗', "auth.lab.client_kwargs.prompt");
        let fault = report.steps().iter().find_map(|step| step.fault()).unwrap();
        let line = "Write: client_kwargs = { prompt = \"\" }";
        assert_eq!(fault.fix(), line, "{report}");

        // A provider that says which values it supports is not asked for another.
        provider.set(|f| f.metadata.set("prompt_values_supported", json!(["login"])));
        is_right(&check(&toml).await);
    }
}

#[tokio::test]
async fn a_way_back_from_sign_out_that_is_refused_is_found() {
    let provider = Provider::start().await;
    let toml = right(&provider);
    provider.set(|f| f.logout = Behaviour::Html(400));
    is_only(&check(&toml).await, &toml, '!', "auth.redirect_uri");

    let local = format!("{toml}provider_logout = false\n");
    is_right(&check(&local).await);
}
