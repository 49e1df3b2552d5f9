//! Providers that are configured by their endpoints.

use std::time::Duration;

use axum::{Router, routing::get};
use axum_streamlit_auth::{AuthLayer, Login, require_login};
use serde_json::{Value, json};
use support::{Behaviour, Browser, ORIGIN, Provider, Secrets, TestApp};

use super::{app_of, client_keys};

const MAP: &str = "claims_map = { sub = \"id\", name = \"global_name\", email = \"email\", email_verified = \"verified\" }\n";

fn endpoints(provider: &Provider) -> String {
    format!(
        "authorization_endpoint = {:?}\ntoken_endpoint = {:?}\nuserinfo_endpoint = {:?}\n",
        provider.url("/authorize"),
        provider.url("/token"),
        provider.url("/userinfo")
    )
}

/// The user object of Discord.
fn discord_user() -> Value {
    json!({
        "id": "80351110224678912",
        "username": "nelly",
        "global_name": "Nelly",
        "verified": true,
        "email": "nelly@discord.example",
        "iss": "https://evil.example",
        "provider": "evil",
        "flags": 64,
    })
}

async fn provider() -> Provider {
    let provider = Provider::start().await;
    provider.emulate_plain_oauth2();
    provider.sign_in_with(discord_user());
    provider
}

/// An app with these lines in the table of its only provider.
async fn app(lines: &str) -> TestApp {
    let provider = provider().await;
    let lines = format!("{}{lines}", endpoints(&provider));
    app_of(provider, "discord", &lines)
}

#[tokio::test]
async fn login_works_with_configured_endpoints() {
    let mut app = app(&format!(
        "{MAP}client_kwargs = {{ scope = \"identify email\" }}\n"
    ))
    .await;
    let page = app.browser.get("/auth/login").await;
    let expected = json!({
        "is_logged_in": true,
        "iss": app.provider.origin(),
        "sub": "80351110224678912",
        "aud": "app",
        "name": "Nelly",
        "email": "nelly@discord.example",
        "email_verified": true,
        "provider": "discord",
    });
    assert_eq!(app.user_json().await, expected, "{page:?}");
    assert_eq!(app.provider.violations(), [""; 0]);
    let authorize = &app.provider.requests("authorize")[0];
    assert_eq!(authorize.parameter("scope"), Some("identify email"));
    assert_eq!(authorize.parameter("prompt"), None);
    let userinfo = &app.provider.requests("userinfo")[0];
    assert!(
        userinfo
            .header("user-agent")
            .is_some_and(|agent| !agent.is_empty())
    );
}

#[tokio::test]
async fn default_provider_may_have_endpoints() {
    let provider = provider().await;
    let keys = client_keys(&provider);
    let lines = format!(
        "{keys}{}{MAP}issuer = \"https://discord.example/tenant/\"\n",
        endpoints(&provider)
    );
    let secrets = Secrets::new(ORIGIN).auth(&lines);
    let mut app = TestApp::with_provider(provider, &secrets, ORIGIN);
    app.browser.get("/auth/login").await;
    let user = app.user_json().await;
    assert_eq!(
        (&user["iss"], &user["sub"]),
        (
            &json!("https://discord.example/tenant"),
            &json!("80351110224678912")
        )
    );
    let authorize = &app.provider.requests("authorize")[0];
    assert_eq!(authorize.parameter("scope"), None);
}

#[tokio::test]
async fn nested_member_is_mapped() {
    let mut app = app("claims_map = { sub = \"data.id\", name = \"data.name\" }\n").await;
    app.provider
        .sign_in_with(json!({ "data": { "id": 2244994945_u64, "name": null } }));
    app.browser.get("/auth/login").await;
    let user = app.user_json().await;
    assert_eq!(
        (&user["sub"], user.get("name")),
        (&json!("2244994945"), None)
    );
}

#[tokio::test]
async fn token_response_with_id_token_is_refused() {
    let mut app = app(MAP).await;
    app.provider
        .set(|faults| faults.token_response.set("id_token", "eyJh.e30.x"));
    let callback = app.callback().await;
    app.assert_rejected(callback, "id_token_unexpected").await;
    assert_eq!(app.provider.count("userinfo"), 0);
}

#[tokio::test]
async fn access_token_needs_a_bearer_type() {
    let mut app = app(MAP).await;
    for (name, value, reason) in [
        ("token_type", Some(json!("DPoP")), "token_type"),
        ("token_type", Some(json!("mac")), "token_type"),
        ("token_type", None, "token_type"),
        ("token_type", Some(json!(1)), "token_type"),
        ("access_token", None, "access_token_absent"),
        ("access_token", Some(json!("")), "access_token_absent"),
        ("access_token", Some(json!(["x"])), "access_token_absent"),
        ("access_token", Some(json!("a\r\nX-Evil: 1")), "token_type"),
    ] {
        app.provider.clear_faults();
        app.provider.set(|faults| match value {
            Some(value) => faults.token_response.set(name, value),
            None => faults.token_response.remove(name),
        });
        let callback = app.callback().await;
        app.assert_rejected(callback, reason).await;
    }
    assert_eq!(app.provider.count("userinfo"), 0);
    for (name, value) in [
        ("token_type", json!("BEARER")),
        ("scope", json!(["identify", "email"])),
        ("scope", json!(7)),
        ("expires_in", json!("3600")),
    ] {
        app.provider.clear_faults();
        app.provider
            .set(|faults| faults.token_response.set(name, value));
        app.browser.get("/auth/login").await;
        assert_eq!(app.current_user().await, "80351110224678912");
        app.browser.get("/auth/logout").await;
    }
}

#[tokio::test]
async fn unverified_address_admits_no_user() {
    let mut app = app(&format!(
        "{MAP}allow = {{ domains = [\"discord.example\"] }}\n"
    ))
    .await;
    for verified in [json!(false), json!(null), json!(1), json!("yes")] {
        let mut user = discord_user();
        user["verified"] = verified;
        app.provider.sign_in_with(user);
        let callback = app.callback().await;
        app.assert_rejected(callback, "not_allowed").await;
    }
}

#[tokio::test]
async fn unusable_user_object_is_refused() {
    let mut app = app(MAP).await;
    for (behaviour, reason) in [
        (Behaviour::Json(200, json!([])), "account_refused"),
        (Behaviour::Json(200, json!({})), "account_subject"),
        (
            Behaviour::Json(200, json!({ "error": "invalid_token" })),
            "account_subject",
        ),
        (Behaviour::Json(204, json!({})), "account_refused"),
        (Behaviour::Html(403), "account_refused"),
    ] {
        app.provider.set(|faults| faults.userinfo = behaviour);
        let callback = app.callback().await;
        app.assert_rejected(callback, reason).await;
    }
}

/// No API proves when or how a user authenticated, so neither a handler nor a guard accepts such
/// claims from it.
#[tokio::test]
async fn unsigned_authentication_meets_no_requirement() {
    let user = json!({ "id": "7", "auth_time": 4_102_444_800_u64, "acr": "gold", "amr": ["mfa"] });
    let login = |name: &'static str, value: &'static str| {
        get(move || async move { Login::new().param(name, value) })
    };
    for (path, code) in [
        ("/max-age", "auth_time_missing"),
        ("/forced", "auth_time_missing"),
        ("/acr", "acr_missing"),
        ("/fresh", "auth_time_missing"),
        ("/strong", "acr_missing"),
    ] {
        let provider = provider().await;
        provider.sign_in_with(user.clone());
        let keys = format!("{}{}", client_keys(&provider), endpoints(&provider));
        let table = format!("[auth.discord]\n{keys}claims_map = {{ sub = \"id\" }}\n");
        let toml = Secrets::new(ORIGIN).line(&table).toml();
        let guarded = |path: &str, guard| {
            Router::new()
                .route(path, get(|| async { "in" }))
                .route_layer(guard)
        };
        let routes = Router::new()
            .route("/max-age", login("max_age", "300"))
            .route("/forced", login("prompt", "login"))
            .route("/acr", login("acr_values", "gold"))
            .merge(guarded(
                "/fresh",
                require_login().fresh(Duration::from_secs(300)),
            ))
            .merge(guarded("/strong", require_login().acr("gold")));
        let auth = AuthLayer::from_toml(&toml).unwrap();
        let mut browser = Browser::new(routes.layer(auth), ORIGIN);
        let page = browser.get(path).await;
        assert!(page.text().contains(code), "{path}: {page:?}");
        let is_logged_in = browser
            .jar
            .names()
            .iter()
            .any(|name| name.ends_with("_user"));
        // The guard requires a second login. The first one stays valid.
        assert_eq!(
            is_logged_in,
            path == "/fresh" || path == "/strong",
            "{path}"
        );
    }
}
