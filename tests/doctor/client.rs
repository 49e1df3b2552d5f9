//! What a provider says to the client: who it is, where it may come back to, and whether its secret is right.

use serde_json::json;

use super::{check, is_only, is_right, is_unknown, right};
use crate::support::{Auth, Behaviour, Faults, Provider, Recorded};

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
    let cases: [(Plant, char, &str); 10] = [
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
            |f| f.authorize = Behaviour::Html(503),
            '!',
            "auth.redirect_uri",
        ),
        (
            |f| f.authorize = Behaviour::HangUp,
            '!',
            "auth.redirect_uri",
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
async fn untold_values_raise_no_alarm() {
    type Plant = fn(&mut Faults);
    let cases: [(Plant, &str); 5] = [
        (
            |f| f.authorize = Behaviour::Redirect(302, "/signin".into()),
            "only a login shows whether http://localhost:8501/oauth2callback is registered",
        ),
        (
            |f| f.authorize = Behaviour::Raw(200, "text/html", b"<form method=post>".to_vec()),
            "only a login shows whether http://localhost:8501/oauth2callback is registered",
        ),
        (
            |f| f.token = Behaviour::Json(400, json!({"error": "invalid_grant"})),
            "only a login shows whether it accepts the client secret: it answers invalid_grant",
        ),
        (
            |f| f.token = Behaviour::Json(400, json!({"error": "test-client-secret-7f3a"})),
            "it answers an error to a wrong one too",
        ),
        (
            |f| f.token = Behaviour::Json(400, json!({"error": "invalid_request"})),
            "it answers invalid_request to a wrong one too",
        ),
    ];
    for (plant, words) in cases {
        let provider = Provider::start().await;
        let toml = right(&provider);
        provider.set(plant);
        is_unknown(&check(&toml).await, words);
    }
}

fn has_right_secret(request: &Recorded) -> bool {
    request.endpoint == "token"
        && request.basic() == Some(("app".into(), "test-client-secret-7f3a".into()))
}

/// GitHub, Slack and others have error codes of their own for a code that they do not know.
#[tokio::test]
async fn right_secret_is_accepted_by_comparison() {
    type Special = fn(&Recorded) -> Option<Behaviour>;
    let answers: [Special; 3] = [
        |r| has_right_secret(r).then(|| Behaviour::Json(400, json!({"error": "bad_code"}))),
        |r| has_right_secret(r).then(|| Behaviour::Json(422, json!({"error": "invalid_request"}))),
        |r| has_right_secret(r).then(|| Behaviour::Json(403, json!({"error": "access_denied"}))),
    ];
    for special in answers {
        let provider = Provider::start().await;
        let toml = right(&provider);
        provider.set(|f| f.special = Some(special));
        is_right(&check(&toml).await);
        // One comparison, and no more.
        assert_eq!(provider.count("token"), 2);
        let wrong = toml.replace("secret-7f3a", "secret-7f3b");
        is_only(&check(&wrong).await, &wrong, '✗', "auth.lab.client_secret");
    }
}

/// A wrong secret could lock the client out.
#[tokio::test]
async fn wrong_secret_is_not_tried_where_failures_count() {
    for description in [
        "2 attempts left before this client is locked",
        "Client is locked",
        "Blocked: rate limit",
    ] {
        let provider = Provider::start().await;
        let toml = right(&provider);
        provider.set(|f| {
            let body = json!({"error": "invalid_grant", "error_description": description});
            f.token = Behaviour::Json(400, body);
        });
        is_unknown(&check(&toml).await, "only a login shows whether it accepts");
        assert_eq!(provider.count("token"), 1, "{description}");
    }
    let provider = Provider::start().await;
    let toml = right(&provider);
    provider.set(|f| f.token = Behaviour::Json(429, json!({"error": "slow_down"})));
    is_only(&check(&toml).await, &toml, '!', "auth.lab.client_secret");
    assert_eq!(provider.count("token"), 1);
}

fn is_stranger(request: &Recorded) -> bool {
    let basic = request.basic().map(|(id, _)| id);
    let id = request.parameter("client_id").map(str::to_owned);
    basic.or(id).as_deref() != Some("app")
}

/// Canaille, LemonLDAP and others refuse an unknown client in ways that look like another fault.
#[tokio::test]
async fn unknown_client_is_told_from_wrong_values() {
    type Special = fn(&Recorded) -> Option<Behaviour>;
    let answers: [Special; 5] = [
        // An error code of its own at the token endpoint.
        |r| match r.endpoint {
            "token" if is_stranger(r) => {
                Some(Behaviour::Json(400, json!({"error": "invalid_request"})))
            }
            _ => None,
        },
        // No page for a client that does not exist.
        |r| match r.endpoint {
            "authorize" if is_stranger(r) => Some(Behaviour::Html(404)),
            _ => None,
        },
        // A page that names the reason, and the client.
        |r| match r.endpoint {
            "authorize" if is_stranger(r) => {
                let id = r.parameter("client_id").unwrap();
                let page = format!("<h1>Unknown client {id}</h1> 2026-11-27T10:00:00Z 4f1b");
                Some(Behaviour::Raw(400, "text/html", page.into_bytes()))
            }
            _ => None,
        },
        // A redirect to a page about it.
        |r| match r.endpoint {
            "authorize" if is_stranger(r) => Some(Behaviour::Redirect(
                302,
                "/error?error=invalid_client".into(),
            )),
            "token" if is_stranger(r) => Some(Behaviour::Json(
                401,
                json!({"error": "unauthorized_client"}),
            )),
            _ => None,
        },
        |_| None,
    ];
    for special in answers {
        let provider = Provider::start().await;
        let toml = right(&provider);
        provider.set(|f| f.special = Some(special));
        is_right(&check(&toml).await);
        let wrong = toml.replace("\"app\"", "\"another-client-of-the-lab\"");
        is_only(&check(&wrong).await, &wrong, '✗', "auth.lab.client_id");
        let wrong = toml.replace("localhost:8501/", "localhost:8502/");
        is_only(&check(&wrong).await, &wrong, '✗', "auth.redirect_uri");
        let wrong = toml.replace("secret-7f3a", "secret-7f3b");
        is_only(&check(&wrong).await, &wrong, '✗', "auth.lab.client_secret");
    }
}

/// Two values are wrong, and both are told, where the provider's page tells the client from its redirect URI.
#[tokio::test]
async fn wrong_secret_and_redirect_uri_are_both_named() {
    let provider = Provider::start().await;
    let toml = right(&provider)
        .replace("secret-7f3a", "secret-7f3b")
        .replace("localhost:8501/", "localhost:8502/");
    provider.set(|f| {
        f.special = Some(|r| match r.endpoint {
            "authorize" if is_stranger(r) => {
                Some(Behaviour::Redirect(302, "/error?error=no_client".into()))
            }
            _ => None,
        });
    });
    let report = check(&toml).await;
    let found: Vec<&str> = report
        .steps()
        .iter()
        .filter_map(|step| step.fault())
        .map(|fault| fault.key())
        .collect();
    assert_eq!(
        found,
        ["auth.redirect_uri", "auth.lab.client_secret"],
        "{report}"
    );
}

#[tokio::test]
async fn refused_prompt_is_named() {
    fn refuses_prompt(request: &Recorded) -> Option<Behaviour> {
        let prompt = request.parameter("prompt").unwrap_or("none");
        let refused = request.endpoint == "authorize" && prompt != "none";
        let back = "http://localhost:8501/oauth2callback?error=invalid_request&state=x";
        refused.then(|| Behaviour::Redirect(302, back.into()))
    }
    for (kwargs, value) in [
        ("", "select_account"),
        ("client_kwargs = { prompt = \"consent\" }\n", "consent"),
        (
            "client_kwargs = { max_age = 60, prompt = \"login consent\" }\n",
            "login consent",
        ),
    ] {
        let provider = Provider::start().await;
        let toml = format!("{}{kwargs}", right(&provider));
        provider.set(|f| f.special = Some(refuses_prompt));
        let report = check(&toml).await;
        is_only(&report, &toml, '✗', "auth.lab.client_kwargs.prompt");
        for words in [value, "Write: client_kwargs = { prompt = \"\" }"] {
            assert!(report.to_string().contains(words), "{report}");
        }
    }
}
