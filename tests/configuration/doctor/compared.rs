//! Results that only a comparison shows: with a wrong secret, an unknown client, or a request
//! without `prompt`.

use axum_streamlit_auth::Outcome;
use serde_json::json;

use super::{
    WRONG_REDIRECT_URI, WRONG_SECRET, assert_all_pass, assert_mistake_fails, assert_only_finding,
    assert_only_unknown, check, valid_toml,
};
use support::{Behaviour, Faults, Provider, RecordedRequest};

#[tokio::test]
async fn unverifiable_values_are_not_reported() {
    type Fault = fn(&mut Faults);
    let cases: [(Fault, &str); 5] = [
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
            "only a login shows whether the client secret is accepted: a wrong one gets invalid_grant too",
        ),
        (
            |f| f.token = Behaviour::Json(400, json!({"error": "test-client-secret-7f3a"})),
            "a wrong one gets an error too",
        ),
        (
            |f| f.token = Behaviour::Json(400, json!({"error": "invalid_request"})),
            "a wrong one gets invalid_request too",
        ),
    ];
    for (plant, words) in cases {
        let provider = Provider::start().await;
        let toml = valid_toml(&provider);
        provider.set(plant);
        assert_only_unknown(&check(&toml).await, words);
    }
}

fn has_right_secret(request: &RecordedRequest) -> bool {
    request.endpoint == "token"
        && request.basic() == Some(("app".into(), "test-client-secret-7f3a".into()))
}

/// GitHub, Slack and others have their own error codes for an unknown code.
#[tokio::test]
async fn right_secret_is_accepted_by_comparison() {
    type Special = fn(&RecordedRequest) -> Option<Behaviour>;
    let answers: [Special; 3] = [
        |r| has_right_secret(r).then(|| Behaviour::Json(400, json!({"error": "bad_code"}))),
        |r| has_right_secret(r).then(|| Behaviour::Json(422, json!({"error": "invalid_request"}))),
        |r| has_right_secret(r).then(|| Behaviour::Json(403, json!({"error": "access_denied"}))),
    ];
    for special in answers {
        let provider = Provider::start().await;
        let toml = valid_toml(&provider);
        provider.set(|f| f.special = Some(special));
        assert_all_pass(&check(&toml).await);
        // Exactly one comparison.
        assert_eq!(provider.count("token"), 2);
        assert_mistake_fails(&toml, WRONG_SECRET).await;
    }
}

/// A request with a wrong secret could lock the client.
#[tokio::test]
async fn wrong_secret_is_not_sent_if_client_may_be_locked() {
    for description in [
        "2 attempts left before this client is locked",
        "Client is locked",
        "Blocked: rate limit",
    ] {
        let provider = Provider::start().await;
        let toml = valid_toml(&provider);
        provider.set(|f| {
            let body = json!({"error": "invalid_grant", "error_description": description});
            f.token = Behaviour::Json(400, body);
        });
        assert_only_unknown(
            &check(&toml).await,
            "is accepted: the token endpoint responds with invalid_grant",
        );
        assert_eq!(provider.count("token"), 1, "{description}");
    }
    let provider = Provider::start().await;
    let toml = valid_toml(&provider);
    provider.set(|f| f.token = Behaviour::Json(429, json!({"error": "slow_down"})));
    assert_only_finding(
        &check(&toml).await,
        &toml,
        Outcome::Warning,
        "auth.lab.client_secret",
    );
    assert_eq!(provider.count("token"), 1);
}

fn is_unknown_client(request: &RecordedRequest) -> bool {
    let basic = request.basic().map(|(id, _)| id);
    let id = request.parameter("client_id").map(str::to_owned);
    basic.or(id).as_deref() != Some("app")
}

/// Canaille, LemonLDAP and others respond to an unknown client with errors that look like another
/// fault.
#[tokio::test]
async fn unknown_client_differs_from_wrong_values() {
    type Special = fn(&RecordedRequest) -> Option<Behaviour>;
    let answers: [Special; 5] = [
        // A specific error code at the token endpoint.
        |r| match r.endpoint {
            "token" if is_unknown_client(r) => {
                Some(Behaviour::Json(400, json!({"error": "invalid_request"})))
            }
            _ => None,
        },
        // No page for an unknown client.
        |r| match r.endpoint {
            "authorize" if is_unknown_client(r) => Some(Behaviour::Html(404)),
            _ => None,
        },
        // A page that names the reason and the client.
        |r| match r.endpoint {
            "authorize" if is_unknown_client(r) => {
                let id = r.parameter("client_id").unwrap();
                let page = format!("<h1>Unknown client {id}</h1> 2026-11-27T10:00:00Z 4f1b");
                Some(Behaviour::Raw(400, "text/html", page.into_bytes()))
            }
            _ => None,
        },
        // A redirect to a page about the client.
        |r| match r.endpoint {
            "authorize" if is_unknown_client(r) => Some(Behaviour::Redirect(
                302,
                "/error?error=invalid_client".into(),
            )),
            "token" if is_unknown_client(r) => Some(Behaviour::Json(
                401,
                json!({"error": "unauthorized_client"}),
            )),
            _ => None,
        },
        |_| None,
    ];
    for special in answers {
        let provider = Provider::start().await;
        let toml = valid_toml(&provider);
        provider.set(|f| f.special = Some(special));
        assert_all_pass(&check(&toml).await);
        assert_mistake_fails(
            &toml,
            [
                "\"app\"",
                "\"another-client-of-the-lab\"",
                "auth.lab.client_id",
            ],
        )
        .await;
        assert_mistake_fails(&toml, WRONG_REDIRECT_URI).await;
        assert_mistake_fails(&toml, WRONG_SECRET).await;
    }
}

/// Two values are wrong, and both are reported if the page of the provider distinguishes between
/// the client and the redirect URI.
#[tokio::test]
async fn wrong_secret_and_redirect_uri_are_reported() {
    let provider = Provider::start().await;
    let toml = valid_toml(&provider)
        .replace("secret-7f3a", "secret-7f3b")
        .replace("localhost:8501/", "localhost:8502/");
    provider.set(|f| {
        f.special = Some(|r| match r.endpoint {
            "authorize" if is_unknown_client(r) => {
                Some(Behaviour::Redirect(302, "/error?error=no_client".into()))
            }
            _ => None,
        });
    });
    let report = check(&toml).await;
    let found: Vec<&str> = report
        .checks()
        .iter()
        .filter_map(|step| step.diagnostic())
        .map(|fault| fault.key())
        .collect();
    assert_eq!(
        found,
        ["auth.redirect_uri", "auth.lab.client_secret"],
        "{report}"
    );
}

#[tokio::test]
async fn refused_prompt_is_reported() {
    fn refuses_prompt(request: &RecordedRequest) -> Option<Behaviour> {
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
        let toml = format!("{}{kwargs}", valid_toml(&provider));
        provider.set(|f| f.special = Some(refuses_prompt));
        let report = check(&toml).await;
        assert_only_finding(
            &report,
            &toml,
            Outcome::Failure,
            "auth.lab.client_kwargs.prompt",
        );
        for words in [value, "Set client_kwargs = { prompt = \"\" }."] {
            assert!(report.to_string().contains(words), "{report}");
        }
    }
}
