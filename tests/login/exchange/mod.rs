//! The token request and the UserInfo request.

mod answers;
mod errors;
mod graph;
mod microsoft;
mod products;

use serde_json::{Value, json};
use support::{Auth, Behaviour, Faults, Log, ORIGIN, Provider, TestApp, Visit, secrets};

/// The credentials are sent as registered, in the header or in the form, and never twice or in a
/// URL. The provider records violations.
#[tokio::test]
async fn client_credentials_are_form_encoded() {
    for auth in [Auth::Basic, Auth::Post, Auth::Either] {
        let provider = Provider::start().await;
        provider.client(|client| {
            client.id = "odd id:%+&é".to_owned();
            client.secret = "s:e%c+r e&t=é/%2B".to_owned();
            client.auth = auth;
        });
        let secrets = secrets(&provider);
        let mut app = TestApp::with_provider(provider, &secrets, ORIGIN);

        app.sign_in("ada").await;

        let request = app.provider.requests("token").remove(0);
        assert_eq!(request.query, []);
        assert_eq!(request.basic().is_some(), auth != Auth::Post, "{auth:?}");
        let in_form = request.parameter("client_secret").is_some();
        assert_eq!(in_form, auth == Auth::Post, "{auth:?}");
    }
}

/// `client_kwargs` selects the method if discovery lists several methods or none. A public client
/// has no secret.
#[tokio::test]
async fn client_auth_method_can_be_configured() {
    for (auth, method, listed) in [
        (Auth::Post, "client_secret_post", true),
        (Auth::Post, "client_secret_post", false),
        (Auth::Basic, "client_secret_basic", false),
        (Auth::None, "none", true),
    ] {
        let provider = Provider::start().await;
        provider.client(|client| client.auth = auth);
        if !listed {
            let name = "token_endpoint_auth_methods_supported";
            provider.set(|f| f.metadata.remove(name));
        }
        let line = format!("client_kwargs = {{ token_endpoint_auth_method = {method:?} }}");
        let secrets = secrets(&provider).auth(&line);
        TestApp::with_provider(provider, &secrets, ORIGIN)
            .sign_in("ada")
            .await;
    }
}

#[tokio::test]
async fn redirect_uri_ignores_request_headers() {
    let mut app = TestApp::new().await;
    let forged = |visit: Visit| {
        visit
            .header("host", "evil.example")
            .header("x-forwarded-host", "evil.example")
            .header("x-forwarded-proto", "https")
            .header("forwarded", "host=evil.example;proto=https")
    };
    let login = Visit::get(app.browser.url("/auth/login"));
    let mut start = app.browser.step(forged(login)).await.next().unwrap();
    start.headers.clear();
    let callback = app.return_from_provider(start).await;
    let page = app.browser.step(forged(callback)).await;

    assert_eq!(page.location(), Some("/"));
    for endpoint in ["authorize", "token"] {
        let request = app.provider.requests(endpoint).remove(0);
        let sent = request.parameter("redirect_uri");
        assert_eq!(sent, Some("http://localhost:8501/oauth2callback"));
    }
    assert_eq!(app.current_user().await, "ada");
    assert_eq!(app.provider.violations(), [""; 0]);
}

/// The provider may have consumed the code before the connection was lost.
#[tokio::test]
async fn code_is_sent_once() {
    for lost in [Behaviour::HangUp, Behaviour::Cut] {
        let mut app = TestApp::new().await;
        app.provider.set(|f| f.token = lost);
        let callback = app.callback().await;

        app.assert_provider_unavailable(callback.clone(), "provider_down")
            .await;

        assert_eq!(app.provider.count("token"), 1);
        app.provider.clear_faults();
        // After a reload, the code is sent again. It is rejected, so the login starts again.
        let page = app.browser.step(callback).await;
        assert_eq!(page.location(), Some("/auth/login/default"), "{page:?}");
        let logged = ["token: the code was used before"];
        assert_eq!(app.provider.violations(), logged);
        assert_eq!(app.browser.get("/auth/login").await.text(), "ada");
    }
}

/// The description is shown on one line. The rest of the body is not shown.
#[tokio::test]
async fn token_error_body_is_not_shown() {
    let long = "canary".repeat(2000);
    let error = |status, code: &str| {
        Behaviour::Json(
            status,
            json!({"error": code, "error_description": "first\r\nX: y\u{2028}", "other": "canary"}),
        )
    };
    let raw = |status| Behaviour::Raw(status, "application/json", vec![]);
    let mut app = TestApp::new().await;
    app.sign_in("bob").await;
    for (answer, reason) in [
        (error(400, "invalid_grant"), "code_refused"),
        (error(400, "access_denied"), "token_refused"),
        (error(400, &long), "token_refused"),
        (error(400, "a\r\nb\u{1b}[31m\u{2028}"), "token_refused"),
        (error(401, "invalid_client"), "client_refused"),
        (error(400, "unauthorized_client"), "client_not_allowed"),
        (error(200, "invalid_grant"), "code_refused"),
        (Behaviour::Json(400, json!({"canary": 1})), "token_status"),
        (Behaviour::Json(200, json!(["canary"])), "token_not_json"),
        (Behaviour::Html(200), "token_not_json"),
        (Behaviour::Html(404), "token_status"),
        (raw(200), "token_not_json"),
        (raw(400), "token_status"),
        (Behaviour::Raw(204, "text/plain", vec![]), "token_not_json"),
    ] {
        app.provider.set(|f| f.token = answer);
        let callback = app.callback().await;
        let log = Log::start();

        let page = app.assert_rejected(callback, reason).await;

        let (_, line) = log.warnings().remove(0);
        assert!(!page.text().contains("canary"), "{page:?}");
        assert!(!line.contains('\u{2028}') && !line.contains('\n'), "{line}");
        assert!(!line.contains("canary"), "{line}");
        app.provider.clear_faults();
    }
    assert_eq!(app.current_user().await, "bob");
}

#[tokio::test]
async fn token_response_without_id_token_is_rejected() {
    let mut app = TestApp::with_secrets(|secrets| secrets.auth("userinfo = true")).await;
    app.provider.set(|f| f.token_response.remove("id_token"));
    let callback = app.callback().await;

    app.assert_rejected(callback, "id_token_absent").await;

    assert_eq!(app.provider.count("userinfo"), 0);
    assert_eq!(app.current_user().await, "nobody");
}

#[tokio::test]
async fn lenient_token_responses_are_accepted() {
    let mut app = TestApp::new().await;
    let token_types = ["bEaReR", "BEARER", "bearer", ""].map(Value::from);
    for token_type in token_types.into_iter().chain([Value::Null, json!(5)]) {
        app.provider.set(|f| {
            f.token_response.set("token_type", token_type.clone());
            f.token_response.remove("expires_in");
            f.token_response.remove("scope");
            f.token_response
                .set("not_in_any_rfc", json!({"a": [1, null]}));
        });
        app.browser.jar.clear();
        app.sign_in("ada").await;
    }
}

#[tokio::test]
async fn mistyped_or_huge_response_is_rejected() {
    let mut app = TestApp::new().await;
    app.sign_in("bob").await;
    let no_json = "token_not_json";
    for (name, value, reason) in [
        ("id_token", json!(5), no_json),
        ("id_token", json!(["a.b.c"]), no_json),
        ("id_token", json!({"a": 1}), no_json),
        ("id_token", Value::Null, "id_token_absent"),
        ("token_type", json!("mac"), "token_type"),
        ("token_type", json!("DPoP"), "token_type"),
    ] {
        app.provider
            .set(|f| f.token_response.set(name, value.clone()));
        let callback = app.callback().await;
        app.assert_rejected(callback, reason).await;
        app.provider.clear_faults();
    }
    for long in [Behaviour::Padded(2_000_000), Behaviour::Endless] {
        app.provider.set(|f| f.token = long);
        let callback = app.callback().await;
        app.assert_rejected(callback, "token_too_long").await;
    }
    assert_eq!(app.current_user().await, "bob");
}

#[tokio::test]
async fn invalid_userinfo_ends_the_login() {
    type Alter = fn(&mut Faults);
    let mut app = TestApp::with_secrets(|secrets| secrets.auth("userinfo = true")).await;
    app.sign_in("bob").await;
    app.provider.sign_in_as("ada");
    let (subject, refused) = ("userinfo_subject", "userinfo_refused");
    let alter: [(Alter, &str); 10] = [
        (|f| f.userinfo_claims.set("sub", "eve"), subject),
        (|f| f.userinfo_claims.set("sub", "ADA"), subject),
        (|f| f.userinfo_claims.set("sub", json!(["ada"])), subject),
        (|f| f.userinfo_claims.remove("sub"), subject),
        (
            |f| f.userinfo = Behaviour::Json(200, json!([{"sub": "ada"}])),
            refused,
        ),
        (
            |f| f.userinfo = Behaviour::Json(401, json!({"sub": "ada"})),
            refused,
        ),
        (
            |f| f.userinfo = Behaviour::Json(500, json!({"sub": "ada"})),
            refused,
        ),
        (
            |f| f.userinfo = Behaviour::Json(302, json!({"sub": "ada"})),
            refused,
        ),
        (|f| f.userinfo = Behaviour::Html(200), refused),
        (|f| f.userinfo_signed = true, refused),
    ];
    app.assert_each_rejected(&alter).await;
    assert_eq!(app.current_user().await, "bob");
}

/// UserInfo adds claims. It cannot replace those of the signed ID token.
#[tokio::test]
async fn userinfo_adds_but_never_replaces_claims() {
    let mut app = TestApp::with_secrets(|secrets| secrets.auth("userinfo = true")).await;
    app.provider.set(|f| {
        f.claims.remove("groups");
        f.claims.set("city", Value::Null);
        f.userinfo_claims.set("city", "Turin");
        f.userinfo_claims.set("email", "changed@evil.example");
        f.userinfo_claims.set("iss", "https://evil.example");
        f.userinfo_claims.set("provider", "evil");
        f.userinfo_claims.set("is_logged_in", false);
        f.userinfo_claims.set("phone_number", "+49 30 1");
    });

    app.sign_in("ada").await;

    let me = app.user_json().await;
    assert_eq!(me["groups"], json!(["admin", "ops"]));
    assert_eq!(me["phone_number"], "+49 30 1");
    assert_eq!(me["city"], "Turin");
    assert_eq!(me["email"], "ada@example.org");
    assert_eq!(me["iss"], app.provider.issuer());
    assert_eq!(
        (&me["provider"], &me["is_logged_in"]),
        (&json!("default"), &json!(true))
    );
}

/// The first login requests discovery, tokens and keys. All others request only tokens.
#[tokio::test]
async fn warm_login_makes_one_request() {
    let mut app = TestApp::new().await;
    let asked = |app: &TestApp| {
        let requests = app.provider.all_requests();
        let endpoints = requests.iter().map(|request| request.endpoint);
        let asked = endpoints.filter(|endpoint| *endpoint != "authorize");
        asked.collect::<Vec<_>>()
    };

    app.sign_in("ada").await;
    assert_eq!(asked(&app), ["discovery", "token", "jwks"]);

    app.provider.forget_requests();
    app.sign_in("ada").await;
    assert_eq!(asked(&app), ["token"]);
}
