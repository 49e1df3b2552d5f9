//! Tests of the provider's checks, which record protocol violations.

use url::Url;

use super::client::{CALLBACK, Client};
use support::{Auth, Provider, Visit};

#[tokio::test]
async fn invalid_token_requests_are_rejected() {
    type Alter = fn(&mut Visit);
    let alter: [(&str, Alter); 9] = [
        ("the client did not authenticate by Basic", |visit| {
            visit.headers.clear()
        }),
        ("client credentials in two places", |visit| {
            push(visit, "client_secret", "x")
        }),
        ("unknown code", |visit| replace(visit, "code", "guessed")),
        (
            "redirect_uri differs from the authorization request's",
            |visit| {
                replace(
                    visit,
                    "redirect_uri",
                    "http://localhost:8501/oauth2callback/",
                )
            },
        ),
        ("code_verifier is absent or of a wrong length", |visit| {
            replace(visit, "code_verifier", "")
        }),
        ("code_verifier does not fit code_challenge", |visit| {
            replace(visit, "code_verifier", &"x".repeat(43))
        }),
        ("a repeated parameter", |visit| push(visit, "code", "x")),
        ("grant_type is not `authorization_code`", |visit| {
            replace(visit, "grant_type", "password")
        }),
        (
            "not a form sent by POST, or parameters in the query",
            |visit| visit.url.set_query(Some("code=x")),
        ),
    ];
    for (violation, alter) in alter {
        let provider = Provider::start().await;
        let mut client = Client::new(&provider);
        let code = client.code().await;
        let mut request = client.token_request(&code);
        alter(&mut request);

        let page = client.http.step(request).await;

        assert!(page.status.is_client_error(), "{violation}");
        assert_eq!(provider.violations(), [format!("token: {violation}")]);
    }
}

#[tokio::test]
async fn code_works_once() {
    let provider = Provider::start().await;
    let mut client = Client::new(&provider);
    let code = client.code().await;
    let request = client.token_request(&code);
    assert_eq!(client.http.step(request.clone()).await.status, 200);
    assert_eq!(
        client.http.step(request).await.json()["error"],
        "invalid_grant"
    );
    assert_eq!(provider.violations(), ["token: the code was used before"]);
}

#[tokio::test]
async fn invalid_authorization_requests_are_rejected() {
    for (name, error) in [
        ("response_type", "unsupported_response_type"),
        ("scope", "invalid_scope"),
        ("state", "invalid_request"),
        ("nonce", "invalid_request"),
        ("code_challenge", "invalid_request"),
        ("code_challenge_method", "invalid_request"),
    ] {
        let provider = Provider::start().await;
        let mut client = Client::new(&provider);
        let mut url = client.authorize_url();
        let kept: Vec<_> = url
            .query_pairs()
            .into_owned()
            .filter(|(known, _)| known != name)
            .collect();
        url.query_pairs_mut().clear().extend_pairs(kept);

        let page = client.http.step(Visit::get(url)).await;

        assert!(
            page.location().unwrap().contains(&format!("error={error}")),
            "{page:?}"
        );
        assert_eq!(provider.violations().len(), 1);
    }
}

#[tokio::test]
async fn unregistered_redirect_uri_is_not_followed() {
    let provider = Provider::start().await;
    provider.client(|client| client.redirect_uris = vec![format!("{CALLBACK}/")]);
    let mut client = Client::new(&provider);
    let url = client.authorize_url();
    let page = client.http.step(Visit::get(url)).await;
    assert_eq!((page.status.as_u16(), page.location()), (400, None));
}

#[tokio::test]
async fn other_client_auth_method_is_rejected() {
    for (auth, by_post, status) in [
        (Auth::Basic, true, 401),
        (Auth::Post, false, 401),
        (Auth::Post, true, 200),
        (Auth::Either, true, 200),
        (Auth::Either, false, 200),
    ] {
        let provider = Provider::start().await;
        provider.client(|client| client.auth = auth);
        let mut client = Client::new(&provider);
        let code = client.code().await;
        let mut request = client.token_request(&code);
        if by_post {
            request.headers.clear();
            push(&mut request, "client_id", &provider.registered().id);
            push(&mut request, "client_secret", &provider.registered().secret);
        }
        assert_eq!(client.http.step(request).await.status, status, "{auth:?}");
    }
}

#[tokio::test]
async fn userinfo_requires_bearer_token() {
    let provider = Provider::start().await;
    let mut client = Client::new(&provider);
    client.tokens().await;
    let url = Url::parse(&provider.url("/userinfo?access_token=x")).unwrap();
    assert_eq!(client.http.step(Visit::get(url)).await.status, 401);
    assert_eq!(provider.violations().len(), 1);
}

fn push(visit: &mut Visit, name: &str, value: &str) {
    visit.form.push((name.to_owned(), value.to_owned()));
}

fn replace(visit: &mut Visit, name: &str, value: &str) {
    visit.form.retain(|(known, _)| known != name);
    push(visit, name, value);
}
