//! `response_mode=form_post`: the POST from the provider's page only redirects to the callback.

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use support::{Mode, ORIGIN, Provider, TestApp, Visit, app, call, secrets, two_providers};
use url::Url;

const FORM_POST: &str = "client_kwargs = { response_mode = \"form_post\" }";

async fn test_app() -> TestApp {
    TestApp::with_secrets(|secrets| secrets.auth(FORM_POST)).await
}

/// Lax cookies do not arrive with the POST, but with the GET after it.
#[tokio::test]
async fn form_post_signs_in_across_sites() {
    let mut app = test_app().await;
    app.provider.sign_in_as("bob");
    let post = app.callback_from("/auth/login?next=/report").await;
    assert_eq!(post.method, "POST");
    assert!(post.form.iter().any(|(name, _)| name == "code"));

    let page = app.browser.step(post).await;
    assert_eq!(
        (page.status, page.set_cookies()),
        (StatusCode::SEE_OTHER, vec![])
    );
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    let get = page.next().unwrap();
    assert_eq!(
        (get.method.as_str(), get.url.path()),
        ("GET", "/oauth2callback")
    );
    let page = app.browser.step(get).await;

    assert_eq!(page.location(), Some("/report"));
    assert_eq!(app.current_user().await, "bob");
    assert_eq!(app.provider.violations(), [""; 0]);
    // The whole journey, as a user sees it.
    app.sign_in("ada").await;
}

#[tokio::test]
async fn form_post_signs_in_at_own_redirect_uri() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let own = format!("{ORIGIN}/oauth2callback/two");
    two.client(|client| client.redirect_uris = vec![own.clone()]);
    let secrets = two_providers(&one, &two)
        .line(&format!("redirect_uri = {own:?}"))
        .line(FORM_POST);
    let mut app = TestApp::with_provider(two, &secrets, ORIGIN);
    let post = app.callback_from("/auth/login/two").await;
    assert_eq!(post.url.path(), "/oauth2callback/two");
    let page = app.browser.step(post.clone()).await;
    let get = page.next().unwrap();
    assert_eq!(get.url.path(), "/oauth2callback/two");
    app.browser.step(get).await;
    assert_eq!(app.current_user().await, "ada");
    // No provider sends forms to the shared redirect URI.
    let shared = Visit {
        url: Url::parse(ORIGIN).unwrap().join("/oauth2callback").unwrap(),
        ..post
    };
    let page = app.browser.step(shared).await;
    assert_eq!(
        (page.status, page.header("allow")),
        (StatusCode::METHOD_NOT_ALLOWED, Some("GET, HEAD"))
    );
}

#[tokio::test]
async fn provider_error_arrives_in_form() {
    let mut app = test_app().await;
    for (error, reason) in [
        ("access_denied", "cancelled"),
        ("user_cancelled_authorize", "cancelled"),
        ("server_error", "provider_error"),
    ] {
        app.provider.set(|f| f.deny(error, "No."));
        let post = app.callback().await;
        let get = app.browser.step(post).await.next().unwrap();
        app.assert_rejected(get, reason).await;
        app.provider.clear_faults();
    }
    assert_eq!(app.provider.count("token"), 0);
}

/// Unknown fields, such as tokens, stay out of the URL.
#[tokio::test]
async fn only_known_fields_are_forwarded() {
    let app = test_app().await;
    let form = "code=c%26d&state=s&iss=i&session_state=x&next=//evil.example&user=%7B%7D&user=2";
    let (status, location) = post(&app, "/oauth2callback?state=old&code=old", FORM, form).await;
    assert_eq!(status, StatusCode::SEE_OTHER);
    assert_eq!(
        location.unwrap(),
        "/oauth2callback?code=c%26d&state=s&iss=i"
    );
    let form = "error=access_denied&error_description=a+b&error_uri=https://evil.example&state=s";
    let (_, location) = post(&app, "/oauth2callback", FORM, form).await;
    let expected = "/oauth2callback?error=access_denied&error_description=a+b&state=s";
    assert_eq!(location.unwrap(), expected);
}

const FORM: &str = "application/x-www-form-urlencoded";

/// Sends a POST without a browser. Returns status and `Location`.
async fn post(
    test_app: &TestApp,
    uri: &str,
    media_type: &str,
    body: impl Into<Body>,
) -> (StatusCode, Option<String>) {
    let toml = secrets(&test_app.provider).auth(FORM_POST).toml();
    let request = Request::post(uri).header("content-type", media_type);
    let response = call(&app(&toml), request.body(body.into()).unwrap()).await;
    assert!(!response.headers().contains_key("set-cookie"));
    let location = response.headers().get("location");
    let location = location.map(|location| location.to_str().unwrap().to_owned());
    (response.status(), location)
}

#[tokio::test]
async fn malformed_forms_are_rejected() {
    let app = test_app().await;
    let long = "d".repeat(8000);
    for form in [
        "",
        "state=s",
        "code=c",
        "code=&state=s",
        "code=c&code=d&state=s",
        "code=c&state=s&state=t",
        "code=c&state=s&error=e",
        "code=c&state=s&id_token=t",
        "code=c&state=s&access_token=t",
        "response=j&state=s",
        &format!("code={long}&state=s"),
        &format!("error=e&error_description={long}&state=s"),
    ] {
        let answer = post(&app, "/oauth2callback", FORM, form.to_owned()).await;
        assert_eq!(answer, (StatusCode::BAD_REQUEST, None), "{form:.40}");
    }
    let answer = post(&app, "/oauth2callback", FORM, vec![b'c', 0xff]).await;
    assert_eq!(answer, (StatusCode::BAD_REQUEST, None));
    let large = format!("code=c&state=s&x={}", "x".repeat(64 * 1024));
    let answer = post(&app, "/oauth2callback", FORM, large).await;
    assert_eq!(answer, (StatusCode::PAYLOAD_TOO_LARGE, None));
    for media_type in [
        "multipart/form-data; boundary=x",
        "application/json",
        "text/plain",
        "",
    ] {
        let answer = post(&app, "/oauth2callback", media_type, "code=c&state=s").await;
        assert_eq!(
            answer,
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, None),
            "{media_type}"
        );
    }
    let charset = "Application/X-WWW-Form-Urlencoded; charset=UTF-8";
    let (status, _) = post(&app, "/oauth2callback", charset, "code=c&state=s").await;
    assert_eq!(status, StatusCode::SEE_OTHER);
}

/// A frame or a script of another site must not finish a login.
#[tokio::test]
async fn form_must_be_a_navigation() {
    let mut app = test_app().await;
    for (mode, status) in [(Mode::Frame, 403), (Mode::Cors, 403), (Mode::NoCors, 403)] {
        let post = app.callback().await;
        let page = app.browser.step(post.mode(mode)).await;
        assert_eq!(page.status, status, "{mode:?}");
        assert_eq!((page.location(), page.set_cookies()), (None, vec![]));
    }
    assert_eq!(app.provider.count("token"), 0);
}

/// A form of an attacker, with the attacker's own code, is not the login of this browser.
#[tokio::test]
async fn form_from_another_browser_is_rejected() {
    let mut attacker = test_app().await;
    let post = attacker.callback().await;
    let mut victim = test_app().await;
    victim.sign_in("bob").await;
    let get = victim.browser.step(post).await.next().unwrap();
    let page = victim.browser.step(get).await;
    assert_eq!(page.location(), Some("/"));
    assert_eq!(victim.current_user().await, "bob");
    assert_eq!(victim.provider.count("token"), 1);
}
