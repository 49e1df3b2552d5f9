//! Fresh tokens: `refresh = true` and `User::access_token`.

mod claims;
mod failures;
mod requests;
mod rotation;

use std::{
    sync::{Arc, Mutex},
    time::{Duration, SystemTime},
};

use axum::{Router, extract::State, routing::get};
use axum_streamlit_auth::{AccessTokenError, AuthLayer, User};
use serde_json::Value;
use tokio::task::JoinHandle;

use super::App;
use support::{Behaviour, Browser, ORIGIN, yield_until};

/// The result of `User::access_token` in a handler.
type Outcome = Result<axum_streamlit_auth::AccessToken, AccessTokenError>;

/// An app whose access tokens are valid for an hour.
async fn app() -> App {
    app_with_store("memory").await
}

async fn app_with_store(store: &str) -> App {
    App::with_store(store, "refresh = true").await
}

impl App {
    /// The result that a handler gets in this browser.
    async fn access_token(&self, browser: &mut Browser) -> Outcome {
        access_token(&self.auth, browser).await
    }

    /// Starts a refresh in a copy of this browser, and waits until the provider has received the
    /// request. The response takes `delay` milliseconds.
    async fn start_slow_refresh(&self, browser: &Browser, delay: u64) -> JoinHandle<Outcome> {
        let slow = Behaviour::After(Duration::from_millis(delay));
        self.provider.set(|faults| faults.token = slow);
        let (auth, mut browser) = (self.auth.clone(), browser.clone());
        let request = tokio::spawn(async move { access_token(&auth, &mut browser).await });
        yield_until("a refresh", || self.refreshes() > 0).await;
        request
    }

    /// The access token in this browser.
    async fn token(&self, browser: &mut Browser) -> String {
        let token = self.access_token(browser).await.unwrap();
        token.as_str().to_owned()
    }

    /// The refreshes that the provider has received.
    fn refreshes(&self) -> usize {
        let requests = self.provider.requests("token");
        requests
            .iter()
            .filter(|request| request.is_refresh())
            .count()
    }

    fn set_lifetime(&self, seconds: impl Into<Value>) {
        let seconds = seconds.into();
        self.provider
            .set(|faults| faults.token_response.set("expires_in", seconds));
    }

    /// Sets the clocks of the app and the provider forward.
    fn advance(&self, seconds: u64) {
        self.clock.advance(seconds);
        self.provider
            .set(|faults| faults.clock_skew += seconds.cast_signed());
    }
}

async fn access_token(auth: &AuthLayer, browser: &mut Browser) -> Outcome {
    let seen: Arc<Mutex<Option<Outcome>>> = Arc::default();
    let handler = async |State(seen): State<Arc<Mutex<Option<Outcome>>>>, user: User| {
        let outcome = user.access_token().await;
        *seen.lock().unwrap() = Some(outcome);
    };
    let app = Router::new()
        .route("/", get(handler))
        .with_state(Arc::clone(&seen));
    browser.serve(app.layer(auth.clone()), ORIGIN);
    browser.get("/").await;
    browser.serve(support::app_with(auth.clone()), ORIGIN);
    seen.lock().unwrap().take().expect("the handler ran")
}

#[tokio::test]
async fn valid_token_is_returned_without_refresh() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;

    let token = app.access_token(&mut ada).await.unwrap();

    let expected = app.clock.now() + 3600;
    let expires = token.expires_at().unwrap();
    let expires = expires.duration_since(SystemTime::UNIX_EPOCH).unwrap();
    assert_eq!(expires, Duration::from_secs(expected));
    assert!(token.as_str().starts_with("access-"));
    assert!(!format!("{token:?}").contains("access-"), "{token:?}");
    app.advance(3570);
    assert_eq!(app.token(&mut ada).await, token.as_str());
    assert_eq!(app.refreshes(), 0);
}

#[tokio::test]
async fn token_near_expiry_is_refreshed() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    let first = app.token(&mut ada).await;
    app.advance(3571);

    let second = app.access_token(&mut ada).await.unwrap();

    assert_ne!(second.as_str(), first);
    assert!(second.expires_at() > Some(SystemTime::now() + Duration::from_secs(3571)));
    assert_eq!(app.token(&mut ada).await, second.as_str());
    assert_eq!(app.refreshes(), 1);
    app.advance(3600);
    assert_ne!(app.token(&mut ada).await, second.as_str());
    assert_eq!(app.provider.violations(), [""; 0]);
}

#[tokio::test]
async fn short_lived_token_is_refreshed_at_half_lifetime() {
    let app = app().await;
    app.set_lifetime(10);
    let mut ada = app.signed_in("ada").await;
    let first = app.token(&mut ada).await;
    app.advance(5);
    assert_eq!(app.token(&mut ada).await, first);

    app.advance(1);

    assert_ne!(app.token(&mut ada).await, first);
    assert_eq!(app.refreshes(), 1);
}

#[tokio::test]
async fn missing_access_token_is_explained() {
    let app = app().await;
    assert_eq!(
        app.access_token(&mut app.browser()).await,
        Err(AccessTokenError::NotLoggedIn)
    );
    app.provider
        .set(|faults| faults.token_response.remove("access_token"));
    app.provider
        .set(|faults| faults.token_response.remove("refresh_token"));
    let mut ada = app.signed_in("ada").await;
    assert_eq!(
        app.access_token(&mut ada).await,
        Err(AccessTokenError::NotIssued)
    );

    let stateless = App::new("").await;
    let mut ada = stateless.signed_in("ada").await;
    assert_eq!(
        stateless.access_token(&mut ada).await,
        Err(AccessTokenError::NotConfigured)
    );
    let exposed = App::new("expose_tokens = \"access\"").await;
    let mut ada = exposed.signed_in("ada").await;
    let token = exposed.access_token(&mut ada).await.unwrap();
    assert!(token.as_str().starts_with("access-"));
    assert_eq!(token.expires_at(), None);
}

#[tokio::test]
async fn token_without_refresh_token_expires() {
    let app = app().await;
    app.provider
        .set(|faults| faults.token_response.remove("refresh_token"));
    let mut ada = app.signed_in("ada").await;
    let first = app.token(&mut ada).await;
    app.advance(3599);
    assert_eq!(app.token(&mut ada).await, first);

    app.advance(1);

    assert_eq!(
        app.access_token(&mut ada).await,
        Err(AccessTokenError::Expired)
    );
    assert_eq!(super::user(&mut ada).await, "ada");
}

#[tokio::test]
async fn token_without_lifetime_is_not_refreshed() {
    for lifetime in [Value::Null, "soon".into(), (-5).into()] {
        let app = app().await;
        app.set_lifetime(lifetime);
        let mut ada = app.signed_in("ada").await;
        let first = app.token(&mut ada).await;
        app.advance(24 * 60 * 60);
        assert_eq!(app.token(&mut ada).await, first);
    }
    for lifetime in [Value::from("600"), 600.0.into()] {
        let app = app().await;
        app.set_lifetime(lifetime);
        let mut ada = app.signed_in("ada").await;
        let first = app.token(&mut ada).await;
        app.advance(601);
        assert_ne!(app.token(&mut ada).await, first);
    }
}
