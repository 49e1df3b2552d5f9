//! Sign in with Apple: the client secret that the app signs, and the name that arrives once.

use axum_streamlit_auth::AuthLayer;
use serde_json::json;
use support::{
    APPLE_KEY, APPLE_TEAM, Decoded, Log, ORIGIN, Page, Provider, Secrets, TestApp, Visit, app_with,
    keys,
};

use super::client::CredentialFile;

struct Apple {
    app: TestApp,
    key: CredentialFile,
}

async fn apple() -> Apple {
    apple_with(|secrets| secrets).await
}

/// An app with `[auth.apple]`, and a provider that behaves like Apple.
async fn apple_with(change: impl FnOnce(Secrets) -> Secrets) -> Apple {
    let provider = Provider::start().await;
    provider.emulate_apple();
    let key = CredentialFile::new(&keys::private_pem("ES256", 1));
    let secrets = Secrets::new(ORIGIN)
        .provider("apple", &provider)
        .line(&format!("team_id = {APPLE_TEAM:?}\nkey_id = {APPLE_KEY:?}"))
        .line(&key.line("client_key_file"))
        .line("client_kwargs = { scope = \"openid email name\", response_mode = \"form_post\" }");
    let app = TestApp::with_provider(provider, &change(secrets), ORIGIN);
    Apple { app, key }
}

impl Apple {
    /// Signs in at the provider. Returns the callback's GET.
    async fn callback(&mut self) -> Visit {
        let post = self.app.callback_from("/auth/login/apple").await;
        self.app.browser.step(post).await.next().unwrap()
    }

    async fn sign_in(&mut self) -> Page {
        let callback = self.callback().await;
        self.app.browser.step(callback).await
    }
}

#[tokio::test]
async fn apple_verifies_a_fresh_client_secret() {
    let mut apple = apple().await;
    apple.sign_in().await;
    apple.sign_in().await;
    assert_eq!(apple.app.current_user().await, "ada");
    assert_eq!(apple.app.provider.violations(), [""; 0]);
    for request in apple.app.provider.requests("token") {
        assert_eq!(request.parameter("client_id"), Some("app"));
        let secret = Decoded::parse(request.parameter("client_secret").unwrap()).unwrap();
        assert_eq!(secret.header, json!({"alg": "ES256", "kid": APPLE_KEY}));
        let claims = &secret.claims;
        assert_eq!(claims["iss"], APPLE_TEAM);
        let lifetime = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
        assert_eq!(lifetime, 300);
    }
}

/// A wrong key is reported with its file.
#[tokio::test]
async fn apple_refusal_names_the_key() {
    let mut apple = apple().await;
    apple.key.write(&keys::private_pem("ES256", 2));
    let callback = apple.callback().await;
    let line = apple
        .app
        .rejection_log(callback, "client_key_refused")
        .await;
    assert!(
        line.contains("key=\"auth.apple.client_key_file\""),
        "{line}"
    );
}

/// Apple sends the name once, before the token, and never in the token.
#[tokio::test]
async fn name_is_kept_from_the_first_login() {
    let mut apple = apple().await;
    apple.sign_in().await;
    let user = apple.app.user_json().await;
    assert_eq!(user["name"], "Ada Lovelace");
    assert_eq!(user["email_verified"], "true");
    let cookies = apple.app.browser.jar.names();
    assert!(
        !cookies.iter().any(|name| name.contains("full_name")),
        "{cookies:?}"
    );

    apple.sign_in().await;
    assert_eq!(apple.app.user_json().await["name"], json!(null));
}

/// The hook can store the name, because it never arrives again.
#[tokio::test]
async fn hook_receives_the_name() {
    let mut apple = apple().await;
    let provider = &apple.app.provider;
    let toml = Secrets::new(ORIGIN)
        .provider("apple", provider)
        .line(&format!("team_id = {APPLE_TEAM:?}\nkey_id = {APPLE_KEY:?}"))
        .line(&apple.key.line("client_key_file"))
        .line("client_kwargs = { scope = \"openid name\", response_mode = \"form_post\" }");
    let layer = AuthLayer::from_toml(&toml.toml()).unwrap();
    let layer = layer.on_sign_in(|mut claims| async move {
        let name = claims["name"].as_str().unwrap_or("no name").to_owned();
        claims.insert("greeting".to_owned(), format!("Hello, {name}").into());
        Ok(claims)
    });
    apple.app.browser = support::Browser::new(app_with(layer), ORIGIN);
    apple.sign_in().await;
    let user = apple.app.user_json().await;
    assert_eq!(
        (&user["greeting"], &user["name"]),
        (&json!("Hello, Ada Lovelace"), &json!("Ada Lovelace"))
    );
}

/// The name is not signed, so no rule may depend on it.
#[tokio::test]
async fn rules_ignore_the_unsigned_name() {
    let rule = "allow = { claims = { name = \"Ada Lovelace\" } }";
    let mut apple = apple_with(|secrets| secrets.line(rule)).await;
    let callback = apple.callback().await;
    let line = apple.app.rejection_log(callback, "not_allowed").await;
    assert!(line.contains("is missing"), "{line}");
}

/// Apple uses a string to mark an address as verified.
#[tokio::test]
async fn email_verified_may_be_a_string() {
    let rule = "allow = { emails = [\"ada@example.org\"] }";
    for (verified, is_admitted) in [
        (json!("true"), true),
        (json!(true), true),
        (json!("false"), false),
        (json!("True"), false),
        (json!(1), false),
        (json!("yes"), false),
        (json!(null), false),
    ] {
        let mut apple = apple_with(|secrets| secrets.line(rule)).await;
        apple
            .app
            .provider
            .set(|f| f.claims.set("email_verified", verified.clone()));
        apple.sign_in().await;
        let expected = if is_admitted { "ada" } else { "nobody" };
        assert_eq!(apple.app.current_user().await, expected, "{verified}");
    }
}

/// The claim of the token is signed and takes precedence.
#[tokio::test]
async fn signed_name_is_not_replaced() {
    let mut apple = apple().await;
    apple
        .app
        .provider
        .set(|f| f.claims.set("name", "Signed Name"));
    apple.sign_in().await;
    assert_eq!(apple.app.user_json().await["name"], "Signed Name");
}

#[tokio::test]
async fn malformed_user_is_ignored() {
    for user in [
        "",
        "Ada",
        "[]",
        "{}",
        "{\"name\":\"Ada Lovelace\"}",
        "{\"name\":{}}",
        "{\"name\":{\"firstName\":1}}",
        "{\"name\":{\"firstName\":\" \",\"lastName\":null}}",
        "{\"name\":{\"firstName\":\"Ada\\u202e\"}}",
        "{\"name\":{\"firstName\":\"Ada\\u0000\"}}",
        &format!("{{\"name\":{{\"firstName\":\"{}\"}}}}", "a".repeat(151)),
        &format!(
            "{{\"name\":{{\"firstName\":\"Ada\"}},\"email\":\"{}\"}}",
            "a".repeat(2048)
        ),
        &"[".repeat(2000),
    ] {
        let mut apple = apple().await;
        apple.app.provider.set(|f| f.callback.set("user", user));
        let log = Log::start();
        apple.sign_in().await;
        assert_eq!(apple.app.current_user().await, "ada", "{user:.40}");
        assert_eq!(
            apple.app.user_json().await["name"],
            json!(null),
            "{user:.40}"
        );
        assert_eq!(log.warnings(), []);
    }
    for (user, name) in [
        ("{\"name\":{\"firstName\":\"Ada\"}}", "Ada"),
        (
            "{\"name\":{\"lastName\":\" de  Lovelace \",\"middle\":1}}",
            "de Lovelace",
        ),
        (
            "{\"name\":{\"firstName\":\"愛\",\"lastName\":\"<b>\"},\"email\":7}",
            "愛 <b>",
        ),
    ] {
        let mut apple = apple().await;
        apple.app.provider.set(|f| f.callback.set("user", user));
        apple.sign_in().await;
        assert_eq!(apple.app.user_json().await["name"], name);
    }
}

/// The name belongs to one login. A form of another site cannot give it to the next one.
#[tokio::test]
async fn name_is_bound_to_its_login() {
    let mut apple = apple().await;
    // An earlier login uses up the name, and the token itself contains none.
    apple.sign_in().await;
    let get = apple.callback().await;
    let callback = apple.app.browser.url("/oauth2callback");
    let user = "{\"name\":{\"firstName\":\"Mallory\"}}";
    let state = "m".repeat(43);
    for state in [state.as_str(), "short", &"m".repeat(500)] {
        let form = [("code", "c"), ("state", state), ("user", user)];
        let evil = "https://evil.example".parse().unwrap();
        let post = Visit::post(callback.clone(), &form).started_by(evil);
        let page = apple.app.browser.step(post).await;
        assert_eq!(page.status, 303);
        assert_eq!(page.set_cookies().len(), usize::from(state.len() == 43));
    }
    apple.app.browser.step(get).await;
    assert_eq!(apple.app.current_user().await, "ada");
    assert_eq!(apple.app.user_json().await["name"], json!(null));
}

/// Other providers put the name into the token.
#[tokio::test]
async fn other_providers_cannot_send_a_name() {
    let form_post = "client_kwargs = { response_mode = \"form_post\" }";
    let mut app = TestApp::with_secrets(|secrets| secrets.auth(form_post)).await;
    app.provider.set(|f| {
        f.claims.remove("name");
        f.callback.set("user", "{\"name\":{\"firstName\":\"Ada\"}}");
    });
    app.sign_in("ada").await;
    assert_eq!(app.user_json().await["name"], json!(null));
}

#[tokio::test]
async fn cancelled_consent_is_not_an_error() {
    let mut apple = apple().await;
    apple
        .app
        .provider
        .set(|f| f.deny("user_cancelled_authorize", ""));
    let callback = apple.callback().await;
    apple.app.assert_rejected(callback, "cancelled").await;
}
