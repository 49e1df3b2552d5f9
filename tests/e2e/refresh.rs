//! Fresh tokens at Keycloak, with access tokens of five seconds, refresh tokens that are valid
//! once, and two replicas with one Redis.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use axum::{Router, routing::get};
use axum_streamlit_auth::{AccessTokenError, AuthLayer, LoggedIn};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{task::JoinSet, time::sleep};

use crate::{
    app::{Address, App},
    browser::Browser,
    local_app::LocalApp,
    provider::{Kind, Provider, http},
    redis::Redis,
};

/// Time for which users ask for tokens: a dozen refreshes of each session.
const PERIOD: Duration = Duration::from_secs(60);

/// Requests of one user at once.
const REQUESTS: usize = 32;

/// Pause between the requests of a user. Leaves time for the tests that run at the same time.
const INTERVAL: Duration = Duration::from_millis(100);

/// Lifetime of an access token, in seconds.
const LIFETIME: u64 = 5;

/// The promise: a session that ends on one replica ends on the others within five seconds. Before
/// that, its token may have to be refreshed.
const MAX_DELAY: Duration = Duration::from_secs(5 + LIFETIME);

struct Replicas {
    provider: Provider,
    servers: [LocalApp; 2],
    auth: AuthLayer,
    /// Tokens that Keycloak has accepted.
    accepted: Arc<Mutex<HashSet<String>>>,
    _redis: Redis,
}

impl Replicas {
    async fn start() -> Self {
        let (redis, address) = (Redis::start().await, Address::free());
        let provider = Provider::start(Kind::Keycloak, &address).await;
        let realm = json!({
            "accessTokenLifespan": LIFETIME,
            "revokeRefreshToken": true,
            "refreshTokenMaxReuse": 0,
            "eventsEnabled": true,
            "enabledEventTypes": ["REFRESH_TOKEN", "REFRESH_TOKEN_ERROR"],
        });
        provider.admin(Method::PUT, "", Some(realm)).await;
        let secrets = format!(
            "[auth]\nredirect_uri = {:?}\ncookie_secret = \"e5Jv0yQ2tXw8bZk4nRm6pLs9hGd1cFa3\"\n\
             session_store = {:?}\nrefresh = true\n{}",
            address.redirect_uri(),
            redis.url(),
            provider.secrets()
        );
        let replica = || AuthLayer::from_toml(&secrets).unwrap();
        let (one, two) = (replica(), replica());
        let routes = || Router::new().route("/token", get(token));
        Self {
            provider,
            auth: one.clone(),
            servers: [
                LocalApp::start_at(address.port(), routes().layer(one)).await,
                LocalApp::start(routes().layer(two)).await,
            ],
            accepted: Arc::default(),
            _redis: redis,
        }
    }

    /// A browser in which alice has logged in.
    async fn log_in(&self) -> Browser {
        let mut browser = Browser::new();
        let form = browser.open(&self.servers[0].url("/token")).await;
        let page = self.provider.sign_in(&mut browser, form, "alice").await;
        assert_eq!(page.status, 200, "{page:?}");
        self.accepted.lock().unwrap().insert(page.body);
        browser
    }

    /// Sends all requests of a user, half of them to each replica. Returns the statuses, after the
    /// provider has accepted each token.
    async fn statuses(&self, browser: &Browser) -> Vec<u16> {
        let mut requests = JoinSet::new();
        for number in 0..REQUESTS {
            let url = self.servers[number % 2].url("/token");
            let userinfo = format!(
                "{}/protocol/openid-connect/userinfo",
                self.provider.issuer()
            );
            let (mut browser, accepted) = (browser.clone(), Arc::clone(&self.accepted));
            requests.spawn(async move {
                let page = browser.fetch(&url).await;
                let is_new = || accepted.lock().unwrap().insert(page.body.clone());
                if page.status == 200 && is_new() {
                    let request = http().get(userinfo).bearer_auth(&page.body);
                    let response = request.send().await.unwrap();
                    assert_eq!(response.status(), 200, "{:?}", response.headers());
                }
                page.status
            });
        }
        requests.join_all().await
    }

    /// The events of the realm with this type.
    async fn events(&self, kind: &str) -> Vec<Value> {
        let path = format!("/events?type={kind}&max=1000");
        let events = self.provider.admin(Method::GET, &path, None).await;
        events.as_array().unwrap().clone()
    }

    /// `sub` of alice.
    async fn alice(&self) -> String {
        let path = "/users?username=alice&exact=true";
        let users = self.provider.admin(Method::GET, path, None).await;
        users[0]["id"].as_str().unwrap().to_owned()
    }

    /// The number of sessions of alice in Redis.
    async fn sessions(&self) -> usize {
        let (sessions, alice) = (self.auth.sessions(), self.alice().await);
        let listed = sessions.list(self.provider.issuer(), &alice).await;
        listed.unwrap().len()
    }

    /// Waits until no replica responds to this browser.
    async fn assert_ends(&self, browser: &Browser) {
        let begun = Instant::now();
        while self.statuses(browser).await != [401; REQUESTS] {
            assert!(begun.elapsed() < MAX_DELAY, "the session has not ended");
            sleep(INTERVAL).await;
        }
    }
}

async fn token(LoggedIn(user): LoggedIn) -> Result<String, AccessTokenError> {
    let token = user.access_token().await?;
    Ok(token.as_str().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn keycloak_sees_no_refresh_token_twice() {
    let replicas = Replicas::start().await;
    let (mut phone, laptop) = (replicas.log_in().await, replicas.log_in().await);

    let begun = Instant::now();
    while begun.elapsed() < PERIOD {
        for browser in [&phone, &laptop] {
            assert_eq!(replicas.statuses(browser).await, [200; REQUESTS]);
        }
        sleep(INTERVAL).await;
    }

    let refreshes = replicas.events("REFRESH_TOKEN").await.len();
    let tokens = replicas.accepted.lock().unwrap().len();
    println!("{tokens} access tokens by {refreshes} refreshes");
    assert_eq!(
        replicas.events("REFRESH_TOKEN_ERROR").await,
        [Value::Null; 0]
    );
    // Each session had a token from its login, and then one from each refresh.
    assert_eq!(tokens, refreshes + 2);
    assert!(refreshes >= 10, "{refreshes}");
    assert_eq!(replicas.sessions().await, 2);

    // A logout at one replica, while the other one refreshes tokens.
    let copy = phone.clone();
    let logout = async { phone.open(&replicas.servers[0].url("/auth/logout")).await };
    tokio::join!(logout, replicas.assert_ends(&copy));
    let ended = Instant::now();
    while ended.elapsed() < Duration::from_secs(LIFETIME) {
        assert_eq!(replicas.statuses(&copy).await, [401; REQUESTS]);
        assert_eq!(replicas.statuses(&laptop).await, [200; REQUESTS]);
        sleep(INTERVAL).await;
    }
    assert_eq!(replicas.sessions().await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn keycloak_refuses_refresh_after_logout() {
    let replicas = Replicas::start().await;
    let browser = replicas.log_in().await;

    let all = format!("/users/{}/logout", replicas.alice().await);
    replicas.provider.admin(Method::POST, &all, None).await;

    replicas.assert_ends(&browser).await;
    assert_eq!(replicas.sessions().await, 0);
    // The refresh token was sent once, although both replicas needed it.
    assert_eq!(replicas.events("REFRESH_TOKEN_ERROR").await.len(), 1);
}

#[tokio::test]
async fn example_calls_api_on_behalf_of_user() {
    let app = App::start_as_committed("access_token").await;
    let mut browser = Browser::new();
    let people = browser.open(&app.url("/")).await;

    let profile = browser.go(&people, "/auth/dev/authorize").await;

    assert_eq!(
        (profile.status, profile.url.path()),
        (200, "/"),
        "{profile:?}"
    );
    assert!(profile.body.contains("alice@example.com"), "{profile:?}");
    app.assert_clean_log();
}
