//! What the provider tells only in comparison with a wrong secret, a client that does not exist, or a request without `prompt`.

use serde_json::json;

use super::{check, is_only, is_right, is_unknown, right};
use crate::support::{Behaviour, Faults, Provider, Recorded};

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
