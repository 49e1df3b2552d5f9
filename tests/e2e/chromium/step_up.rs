//! Recent, strong and silent logins at Keycloak, and forms that wait. Pages have no scripts.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use axum::{
    Router,
    response::{Html, IntoResponse, Response},
    routing::{get, post},
};
use axum_streamlit_auth::{AuthLayer, Login, User, require_login};
use serde_json::json;

use super::chrome::{Chrome, View};
use crate::{
    app::Address,
    local_app::LocalApp,
    provider::{Kind, Provider, RS256_BASIC},
};

/// A form with every kind of text that a browser encodes.
const FORM: &str = r#"<!doctype html><meta charset="utf-8"><title>A form</title>
<form action="/save?page=2" method="post">
<input type="hidden" name="_charset_">
<label>Name <input name="name" value="Köln &amp; &quot;x&quot; &lt;b&gt; 'y' 日本 🙂"></label>
<label>Text <textarea name="text">

one
two  </textarea></label>
<select name="tag" multiple><option selected>a<option selected>b</select>
<input name="empty"><input type="checkbox" name="on" checked>
<button name="do" value="send">Send</button>
<button formaction="/open">Send without login</button></form>"#;

struct Setup {
    provider: Provider,
    app: LocalApp,
    chrome: Chrome,
    /// Seconds by which the clock of the app is ahead.
    ahead: Arc<AtomicU64>,
}

impl Setup {
    async fn new(kind: Kind) -> Self {
        let address = Address::free();
        let provider = Provider::start(kind, &address).await;
        let toml = format!(
            "[auth]\nredirect_uri = {}\ncookie_secret = \"m2Rk8vT5qX1cZ7nW4jL9pY3sD6hF0gBa\"\n{}",
            json!(address.redirect_uri()),
            provider.secrets()
        );
        let ahead = Arc::new(AtomicU64::new(0));
        let auth = AuthLayer::from_toml(&toml).unwrap().with_clock({
            let ahead = Arc::clone(&ahead);
            move || SystemTime::now() + Duration::from_secs(ahead.load(Ordering::Relaxed))
        });
        let app = LocalApp::start_at(address.port(), routes(auth)).await;
        let chrome = Chrome::new().await;
        let setup = Self {
            provider,
            app,
            chrome,
            ahead,
        };
        setup.disable_scripts(true).await;
        setup
    }

    async fn disable_scripts(&self, disable: bool) {
        let command = "Emulation.setScriptExecutionDisabled";
        let params = json!({ "value": disable });
        self.chrome.driver.devtools(command, params).await;
    }

    /// Checks the current page. The check itself is a script.
    async fn assert_accessible(&self, name: &str) {
        self.disable_scripts(false).await;
        self.chrome.assert_accessible(name).await;
        self.disable_scripts(true).await;
    }

    /// Fills in the login form of Keycloak.
    async fn signs_in_at_keycloak(&self) {
        self.chrome.wait_for_text("Username or email").await;
        self.chrome.fill("username", "alice").await;
        self.enters_password().await;
    }

    async fn enters_password(&self) {
        self.chrome.fill("password", "password").await;
        self.chrome.press_and_leave("Sign In").await;
    }

    /// Fills in the forms of Keycloak until the app is reached.
    async fn answers(&self, path: &str) {
        let target = self.app.url(path);
        let has_name = "return document.querySelector('#username[type=text]') !== null";
        for _ in 0..3 {
            let is_next = |view: &View| view.url == target || view.text.contains("Password");
            if self.chrome.until("a form", is_next).await.url == target {
                return;
            }
            if self.chrome.run(has_name).await == true {
                self.chrome.fill("username", "alice").await;
            }
            self.enters_password().await;
        }
    }

    async fn opens(&self, path: &str) -> View {
        self.chrome.open(&self.app.url(path)).await
    }

    async fn arrives(&self, path: &str, text: &str) {
        let view = self.chrome.arrives(&self.app.url(path)).await;
        assert!(view.text.contains(text), "{view:?}");
    }
}

fn routes(auth: AuthLayer) -> Router {
    let guarded = |guard, path: &'static str| {
        Router::new()
            .route(path, get(move || async move { format!("the page {path}") }))
            .route_layer(guard)
    };
    Router::new()
        .route("/save", post(|body: String| async { body }))
        .route_layer(require_login())
        .route("/open", post(|body: String| async { body }))
        .route("/form", get(|| async { Html(FORM) }))
        .route("/again", get(|user: User| async move { again(&user) }))
        .route("/", get(home))
        .merge(guarded(require_login(), "/guarded"))
        .merge(guarded(
            require_login().fresh(Duration::from_secs(60)),
            "/fresh",
        ))
        .merge(guarded(require_login().acr("gold"), "/gold"))
        .merge(guarded(require_login().acr("platinum"), "/platinum"))
        .layer(auth)
}

/// Forces a login at each visit from outside.
fn again(user: &User) -> Response {
    let login = Login::new().prompt("login").return_to("/guarded");
    match user.is_logged_in() {
        true => login.into_response(),
        false => Login::new().into_response(),
    }
}

async fn home(user: User) -> Response {
    match user.is_logged_in() {
        true => "This is a user.".into_response(),
        false => (Login::silent(), "This is a guest.").into_response(),
    }
}

#[tokio::test]
async fn form_is_held_without_script() {
    let setup = Setup::new(RS256_BASIC).await;
    let chrome = &setup.chrome;
    setup.opens("/form").await;
    chrome.press("Send without login").await;
    let open = chrome.arrives(&setup.app.url("/open")).await.text;
    assert!(open.contains("_charset_=UTF-8&name=K%C3%B6ln"), "{open}");
    assert!(open.contains("text=%0D%0Aone%0D%0Atwo++&"), "{open}");

    setup.opens("/form").await;
    chrome.press("Send").await;
    let view = chrome.wait_for_text("Sign in to send this form").await;
    assert_eq!(
        (view.status, view.url),
        (401, setup.app.url("/save?page=2"))
    );
    setup.assert_accessible("held-form").await;

    let tab = chrome.driver.get("/window").await;
    chrome.press("Sign in in a new tab").await;
    chrome.switch_to_other(&tab).await;
    chrome.signs_in("alice").await;
    setup.arrives("/", "This is a user.").await;
    chrome.switch(&tab).await;
    chrome.press("Send again").await;

    let view = chrome.until("the echo", |view| view.status == 200).await;
    assert_eq!(view.url, setup.app.url("/save?page=2"));
    assert_eq!(view.text, open.clone() + "&do=send");
    let sent = setup.app.requests("/save");
    let sites: Vec<_> = sent.iter().map(|seen| seen.site.as_str()).collect();
    assert_eq!(sites, ["same-origin", "same-origin"]);
    drop(setup.provider);
}

#[tokio::test]
async fn held_form_is_accessible_in_every_script() {
    let setup = Setup::new(RS256_BASIC).await;
    let chrome = &setup.chrome;
    chrome.driver.devtools("Network.enable", json!({})).await;
    for language in ["de", "fr", "es", "pt", "zh", "ja", "ar"] {
        let headers = json!({ "headers": { "Accept-Language": language } });
        let command = "Network.setExtraHTTPHeaders";
        chrome.driver.devtools(command, headers).await;
        setup.opens("/form").await;
        chrome.press("Send").await;
        let view = chrome.until(language, |view| view.status == 401).await;
        assert!(view.language.0.starts_with(language), "{view:?}");
        setup
            .assert_accessible(&format!("held-form-{language}"))
            .await;
    }
}

/// `prompt=login` asks for the password despite the session. A visitor who removes it from the URL
/// gets an error page. So does a visitor at a guard that Keycloak considers satisfied.
#[tokio::test]
async fn keycloak_reauthenticates_user_for_recent_login() {
    let setup = Setup::new(Kind::Keycloak).await;
    let chrome = &setup.chrome;
    setup.opens("/fresh").await;
    setup.signs_in_at_keycloak().await;
    setup.arrives("/fresh", "the page /fresh").await;

    setup.opens("/again").await;
    let view = chrome.wait_for_text("re-authenticate").await;
    assert!(view.url.contains("max_age=0"), "{view:?}");
    setup.enters_password().await;
    setup.arrives("/guarded", "the page /guarded").await;

    setup.ahead.store(130, Ordering::Relaxed);
    setup.opens("/again").await;
    let view = chrome.wait_for_text("re-authenticate").await;
    let stripped = view
        .url
        .replace("max_age=0", "x=0")
        .replace("prompt=login", "y=0");
    let view = chrome.open(&stripped).await;
    assert!(view.text.contains("not recent enough"), "{view:?}");
    let view = setup.opens("/fresh").await;
    assert!(view.text.contains("not recent enough"), "{view:?}");
    assert_eq!(view.status, 403);
    setup.assert_accessible("not-recent").await;
    setup.opens("/guarded").await;
    setup.arrives("/guarded", "the page /guarded").await;
}

/// A flow with two levels of authentication: `silver` and `gold`. `platinum` is not configured, so
/// Keycloak responds with a lower level.
#[tokio::test]
async fn keycloak_raises_authentication_level() {
    let setup = Setup::new(Kind::Keycloak).await;
    let chrome = &setup.chrome;
    setup.provider.require_levels().await;
    setup.opens("/guarded").await;
    setup.signs_in_at_keycloak().await;
    setup.arrives("/guarded", "the page /guarded").await;

    setup.opens("/gold").await;
    let view = chrome.wait_for_text("Password").await;
    assert!(view.url.contains("acr_values=gold"), "{view:?}");
    setup.answers("/gold").await;
    setup.arrives("/gold", "the page /gold").await;

    let view = setup.opens("/platinum").await;
    assert!(
        view.status == 403 && view.text.contains("stronger sign-in"),
        "{view:?}"
    );
    setup.assert_accessible("not-strong").await;
    setup.opens("/gold").await;
    setup.arrives("/gold", "the page /gold").await;
}

#[tokio::test]
async fn keycloak_session_is_used_silently() {
    let setup = Setup::new(Kind::Keycloak).await;
    let chrome = &setup.chrome;
    // No session: the guest sees the page, and the provider is asked once.
    let view = setup.opens("/").await;
    assert_eq!((view.url, view.status), (setup.app.url("/"), 200));
    assert!(view.text.contains("This is a guest."), "{}", view.text);
    assert_eq!(setup.app.requests("/oauth2callback").len(), 1);
    setup.opens("/").await;
    assert_eq!(setup.app.requests("/oauth2callback").len(), 1);

    setup.opens("/guarded").await;
    setup.signs_in_at_keycloak().await;
    setup.arrives("/guarded", "the page /guarded").await;
    // The app forgets the user, but Keycloak does not.
    chrome.forget("_streamlit").await;
    setup.opens("/").await;
    setup.arrives("/", "This is a user.").await;
}
