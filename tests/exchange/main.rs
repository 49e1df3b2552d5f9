//! Section A.5 of the attacks: the code becomes tokens. Row 63 is in `discovery::waiting`, 69 in `discovery::tls`.

mod answers;
mod errors;
mod microsoft;
mod products;
#[path = "../support/mod.rs"]
mod support;

use serde_json::{Value, json};
use support::{Auth, Behaviour, Faults, Log, ORIGIN, Provider, Stage, Visit, secrets};

/// Row 61: in the header or in the form as registered, never in a link, and never in two places: the provider complains of each.
#[tokio::test]
async fn a061_odd_credentials_are_form_encoded() {
    for auth in [Auth::Basic, Auth::Post, Auth::Either] {
        let provider = Provider::start().await;
        provider.client(|client| {
            client.id = "odd id:%+&é".to_owned();
            client.secret = "s:e%c+r e&t=é/%2B".to_owned();
            client.auth = auth;
        });
        let secrets = secrets(&provider);
        let mut stage = Stage::of(provider, &secrets, ORIGIN);

        stage.sign_in("ada").await;

        let request = stage.provider.requests("token").remove(0);
        assert_eq!(request.query, []);
        assert_eq!(request.basic().is_some(), auth != Auth::Post, "{auth:?}");
        let in_form = request.parameter("client_secret").is_some();
        assert_eq!(in_form, auth == Auth::Post, "{auth:?}");
    }
}

/// Row 61: `client_kwargs` decides where discovery leaves a choice or lists nothing, and a public client has no secret at all.
#[tokio::test]
async fn a061_the_way_to_authenticate_can_be_configured() {
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
        Stage::of(provider, &secrets, ORIGIN).sign_in("ada").await;
    }
}

/// Row 62.
#[tokio::test]
async fn a062_the_redirect_uri_is_the_configured_one_whatever_the_request_says() {
    let mut stage = Stage::new().await;
    let forged = |visit: Visit| {
        visit
            .header("host", "evil.example")
            .header("x-forwarded-host", "evil.example")
            .header("x-forwarded-proto", "https")
            .header("forwarded", "host=evil.example;proto=https")
    };
    let login = Visit::get(stage.browser.url("/auth/login"));
    let mut start = stage.browser.step(forged(login)).await.next().unwrap();
    start.headers.clear();
    let callback = stage.come_back(start).await;
    let page = stage.browser.step(forged(callback)).await;

    assert_eq!(page.location(), Some("/"));
    for endpoint in ["authorize", "token"] {
        let request = stage.provider.requests(endpoint).remove(0);
        let sent = request.parameter("redirect_uri");
        assert_eq!(sent, Some("http://localhost:8501/oauth2callback"));
    }
    assert_eq!(stage.who().await, "ada");
    assert_eq!(stage.provider.complaints(), [""; 0]);
}

/// Row 64: the provider may have used the code before the line was cut.
#[tokio::test]
async fn a064_a_code_is_sent_once() {
    for lost in [Behaviour::HangUp, Behaviour::Cut] {
        let mut stage = Stage::new().await;
        stage.provider.set(|f| f.token = lost);
        let callback = stage.callback().await;

        stage.down(callback.clone(), "provider_down").await;

        assert_eq!(stage.provider.count("token"), 1);
        stage.provider.behave();
        stage.home(callback, "code_refused").await;
        let complaints = ["token: the code was used before"];
        assert_eq!(stage.provider.complaints(), complaints);
        assert_eq!(stage.browser.get("/auth/login").await.text(), "ada");
    }
}

/// Row 65. A description is shown on one line; nothing else of a body is.
#[tokio::test]
async fn a065_an_error_of_the_token_endpoint_is_refused_without_its_body() {
    let long = "canary".repeat(2000);
    let error = |status, code: &str| {
        Behaviour::Json(
            status,
            json!({"error": code, "error_description": "first\r\nX: y\u{2028}", "other": "canary"}),
        )
    };
    let raw = |status| Behaviour::Raw(status, "application/json", vec![]);
    let mut stage = Stage::new().await;
    stage.sign_in("bob").await;
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
        stage.provider.set(|f| f.token = answer);
        let callback = stage.callback().await;
        let log = Log::start();

        let page = stage.home(callback, reason).await;

        let (_, line) = log.complaints().remove(0);
        assert!(!page.text().contains("canary"), "{page:?}");
        assert!(!line.contains('\u{2028}') && !line.contains('\n'), "{line}");
        assert!(!line.contains("canary"), "{line}");
        stage.provider.behave();
    }
    assert_eq!(stage.who().await, "bob");
}

/// Row 66.
#[tokio::test]
async fn a066_an_access_token_alone_is_no_login() {
    let mut stage = Stage::with(|secrets| secrets.auth("userinfo = true")).await;
    stage.provider.set(|f| f.token_response.remove("id_token"));
    let callback = stage.callback().await;

    stage.home(callback, "id_token_absent").await;

    assert_eq!(stage.provider.count("userinfo"), 0);
    assert_eq!(stage.who().await, "nobody");
}

/// Row 67.
#[tokio::test]
async fn a067_harmless_variants_of_an_answer_are_accepted() {
    let mut stage = Stage::new().await;
    let token_types = ["bEaReR", "BEARER", "bearer", ""].map(Value::from);
    for token_type in token_types.into_iter().chain([Value::Null, json!(5)]) {
        stage.provider.set(|f| {
            f.token_response.set("token_type", token_type.clone());
            f.token_response.remove("expires_in");
            f.token_response.remove("scope");
            f.token_response
                .set("not_in_any_rfc", json!({"a": [1, null]}));
        });
        stage.browser.jar.clear();
        stage.sign_in("ada").await;
    }
}

/// Row 68.
#[tokio::test]
async fn a068_an_answer_of_wrong_types_or_2_mb_is_refused() {
    let mut stage = Stage::new().await;
    stage.sign_in("bob").await;
    let no_json = "token_not_json";
    for (name, value, reason) in [
        ("id_token", json!(5), no_json),
        ("id_token", json!(["a.b.c"]), no_json),
        ("id_token", json!({"a": 1}), no_json),
        ("id_token", Value::Null, "id_token_absent"),
        ("token_type", json!("mac"), "token_type"),
        ("token_type", json!("DPoP"), "token_type"),
    ] {
        stage
            .provider
            .set(|f| f.token_response.set(name, value.clone()));
        let callback = stage.callback().await;
        stage.home(callback, reason).await;
        stage.provider.behave();
    }
    for long in [Behaviour::Padded(2_000_000), Behaviour::Endless] {
        stage.provider.set(|f| f.token = long);
        let callback = stage.callback().await;
        stage.home(callback, "token_too_long").await;
    }
    assert_eq!(stage.who().await, "bob");
}

/// Row 70.
#[tokio::test]
async fn a070_a_wrong_answer_of_userinfo_ends_the_login() {
    type Spoil = fn(&mut Faults);
    let mut stage = Stage::with(|secrets| secrets.auth("userinfo = true")).await;
    stage.sign_in("bob").await;
    stage.provider.sign_in_as("ada");
    let (subject, refused) = ("userinfo_subject", "userinfo_refused");
    let spoil: [(Spoil, &str); 10] = [
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
    for (spoil, reason) in spoil {
        stage.provider.set(spoil);
        let callback = stage.callback().await;
        stage.home(callback, reason).await;
        stage.provider.behave();
    }
    assert_eq!(stage.who().await, "bob");
}

/// Row 70, done right: what the ID token says is signed and stands.
#[tokio::test]
async fn a070_userinfo_adds_claims_and_changes_none() {
    let mut stage = Stage::with(|secrets| secrets.auth("userinfo = true")).await;
    stage.provider.set(|f| {
        f.claims.remove("groups");
        f.claims.set("city", Value::Null);
        f.userinfo_claims.set("city", "Turin");
        f.userinfo_claims.set("email", "changed@evil.example");
        f.userinfo_claims.set("iss", "https://evil.example");
        f.userinfo_claims.set("provider", "evil");
        f.userinfo_claims.set("is_logged_in", false);
        f.userinfo_claims.set("phone_number", "+49 30 1");
    });

    stage.sign_in("ada").await;

    let me = stage.me().await;
    assert_eq!(me["groups"], json!(["admin", "ops"]));
    assert_eq!(me["phone_number"], "+49 30 1");
    assert_eq!(me["city"], "Turin");
    assert_eq!(me["email"], "ada@example.org");
    assert_eq!(me["iss"], stage.provider.issuer());
    assert_eq!(
        (&me["provider"], &me["is_logged_in"]),
        (&json!("default"), &json!(true))
    );
}

/// The first login asks for discovery, tokens and keys; each one after it for tokens alone.
#[tokio::test]
async fn a_login_asks_the_provider_three_times_and_from_then_on_once() {
    let mut stage = Stage::new().await;
    let asked = |stage: &Stage| {
        let requests = stage.provider.all_requests();
        let endpoints = requests.iter().map(|request| request.endpoint);
        let asked = endpoints.filter(|endpoint| *endpoint != "authorize");
        asked.collect::<Vec<_>>()
    };

    stage.sign_in("ada").await;
    assert_eq!(asked(&stage), ["discovery", "token", "jwks"]);

    stage.provider.forget_requests();
    stage.sign_in("ada").await;
    assert_eq!(asked(&stage), ["token"]);
}
