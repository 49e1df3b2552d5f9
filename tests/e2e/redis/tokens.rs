//! Tokens, locks and claims in the records of a real Redis.

use std::{
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{Router, extract::State, routing::get};
use axum_streamlit_auth::{AccessToken, AccessTokenError, AuthLayer, User};
use serde_json::json;
use support::{Behaviour, Browser, Clock, ORIGIN, Provider, eventually, secrets};
use tokio::task::JoinSet;

use super::{PASSWORD, Redis, at, signed_in};

type Outcome = Result<AccessToken, AccessTokenError>;

/// Two replicas that keep tokens, and a browser in which ada has logged in at the first one.
struct Replicas {
    redis: Redis,
    provider: Provider,
    clock: Clock,
    auth: [AuthLayer; 2],
    ada: Browser,
}

impl Replicas {
    async fn start() -> Self {
        let (redis, provider) = (Redis::start().await, Provider::start().await);
        let clock = Clock::at_system_time();
        let secrets = secrets(&provider)
            .auth(&format!("session_store = {:?}", redis.url()))
            .auth("refresh = true");
        let auth = [(); 2].map(|()| clock.layer(&secrets.toml()));
        let ada = signed_in(&auth[0], &provider, "ada").await;
        Self {
            redis,
            provider,
            clock,
            auth,
            ada,
        }
    }

    /// Lets the tokens expire, and makes the provider respond late to the next refreshes.
    fn expire(&self) {
        self.clock.advance(3600);
        self.provider.set(|faults| {
            faults.clock_skew += 3600;
            faults.token = Behaviour::After(Duration::from_millis(100));
        });
    }

    /// The token that a handler of a replica gets.
    async fn token(&self, replica: usize) -> Outcome {
        access_token(self.auth[replica].clone(), self.ada.clone()).await
    }

    /// Requests the token at the first replica, and waits until the provider has received the
    /// refresh.
    async fn refreshing(&self) -> tokio::task::JoinHandle<Outcome> {
        let before = self.refreshes();
        let request = tokio::spawn(access_token(self.auth[0].clone(), self.ada.clone()));
        eventually("a refresh", async || self.refreshes() > before).await;
        request
    }

    fn refreshes(&self) -> usize {
        let requests = self.provider.requests("token");
        let refreshes = requests.iter().filter(|request| request.is_refresh());
        refreshes.count()
    }

    /// `groups` of the user at a replica.
    async fn groups(&self, replica: usize) -> serde_json::Value {
        let me = at(&self.auth[replica], &self.ada).get("/me").await;
        me.json()["groups"].clone()
    }
}

impl Redis {
    /// Runs a script in Redis, and returns its output.
    fn run(&self, script: &str) -> String {
        let output = Command::new("redis-cli")
            .env("REDISCLI_AUTH", PASSWORD)
            .args(["-p", &self.port.to_string(), "--raw", "EVAL", script, "0"])
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        assert!(
            output.status.success() && !text.starts_with("ERR"),
            "{text}"
        );
        text
    }

    /// Everything in the records.
    fn records(&self) -> String {
        self.run(
            "local all = ''
             for _, key in ipairs(redis.call('KEYS', '*:s:*')) do
                 all = all .. table.concat(redis.call('HGETALL', key), '\\n')
             end
             return all",
        )
    }

    /// The owner of the only lock. Empty without one.
    fn lock_owner(&self) -> String {
        self.run(
            "local key = redis.call('KEYS', '*:l:*')[1]
             return key and redis.call('GET', key) or ''",
        )
    }
}

async fn access_token(auth: AuthLayer, mut browser: Browser) -> Outcome {
    let seen: Arc<Mutex<Option<Outcome>>> = Arc::default();
    let handler = async |State(seen): State<Arc<Mutex<Option<Outcome>>>>, user: User| {
        let outcome = user.access_token().await;
        *seen.lock().unwrap() = Some(outcome);
    };
    let app = Router::new()
        .route("/", get(handler))
        .with_state(Arc::clone(&seen));
    browser.serve(app.layer(auth), ORIGIN);
    browser.get("/").await;
    seen.lock().unwrap().take().expect("the handler ran")
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_replicas_share_one_refresh() {
    let replicas = Replicas::start().await;
    for round in 1..=3 {
        replicas.expire();
        let mut requests = JoinSet::new();
        for number in 0..32 {
            let (auth, ada) = (replicas.auth[number % 2].clone(), replicas.ada.clone());
            requests.spawn(access_token(auth, ada));
        }
        let tokens = requests.join_all().await;
        let is_same = |token: &Outcome| token.is_ok() && *token == tokens[0];
        assert!(tokens.iter().all(is_same), "{tokens:?}");
        assert_eq!(replicas.refreshes(), round);
        assert_eq!(replicas.redis.lock_owner(), "");
    }
    assert_eq!(replicas.provider.violations(), [""; 0]);
}

#[tokio::test]
async fn redis_holds_tokens_encrypted() {
    let replicas = Replicas::start().await;
    for _ in 0..2 {
        let token = replicas.token(0).await.unwrap();
        assert_eq!(replicas.token(1).await, Ok(token));
        let records = replicas.redis.records();
        assert!(records.contains("tokens") && records.contains("ada"));
        assert!(!records.contains("access-") && !records.contains("refresh-"));
        replicas.expire();
    }
}

#[tokio::test]
async fn redis_swapped_tokens_are_not_accepted() {
    let replicas = Replicas::start().await;
    let bob = signed_in(&replicas.auth[0], &replicas.provider, "bob").await;
    replicas.redis.run(
        "local keys = redis.call('KEYS', '*:s:*')
         local one = redis.call('HGET', keys[1], 'tokens')
         redis.call('HSET', keys[1], 'tokens', redis.call('HGET', keys[2], 'tokens'))
         redis.call('HSET', keys[2], 'tokens', one)",
    );
    for browser in [&replicas.ada, &bob] {
        for auth in &replicas.auth {
            let outcome = access_token(auth.clone(), browser.clone()).await;
            assert_eq!(outcome, Err(AccessTokenError::NotIssued));
        }
    }
}

#[tokio::test]
async fn redis_lock_of_killed_replica_expires() {
    let replicas = Replicas::start().await;
    replicas.expire();
    replicas.redis.run(
        "local lock = string.gsub(redis.call('KEYS', '*:s:*')[1], ':s:', ':l:')
         redis.call('SET', lock, 'killed', 'PX', 500)",
    );

    assert!(replicas.token(1).await.is_ok());

    assert_eq!(replicas.refreshes(), 1);
    assert_eq!(replicas.redis.lock_owner(), "");
}

#[tokio::test]
async fn redis_lock_is_only_released_by_its_owner() {
    let replicas = Replicas::start().await;
    replicas.expire();
    let request = replicas.refreshing().await;
    let milliseconds = replicas
        .redis
        .run("return redis.call('PTTL', redis.call('KEYS', '*:l:*')[1])");
    assert!((1..=30_000).contains(&milliseconds.parse().unwrap()));

    // The lock has expired, and another replica has obtained it.
    replicas
        .redis
        .run("redis.call('SET', redis.call('KEYS', '*:l:*')[1], 'other', 'PX', 60000)");

    assert!(request.await.unwrap().is_ok());
    assert_eq!(replicas.redis.lock_owner(), "other");
}

#[tokio::test]
async fn redis_logout_during_refresh_wins() {
    let replicas = Replicas::start().await;
    replicas.expire();
    let request = replicas.refreshing().await;

    let mut there = at(&replicas.auth[1], &replicas.ada);
    there.get("/auth/logout").await;

    assert_eq!(request.await.unwrap(), Err(AccessTokenError::SessionEnded));
    assert_eq!(replicas.redis.records(), "");
    replicas.clock.advance(5);
    for auth in &replicas.auth {
        assert_eq!(at(auth, &replicas.ada).get("/").await.text(), "nobody");
    }
}

#[tokio::test]
async fn redis_restart_loses_no_refreshed_token() {
    let mut replicas = Replicas::start().await;
    replicas.expire();
    let request = replicas.refreshing().await;
    replicas.redis.kill();

    // Requests do not wait until the store answers again.
    let token = request.await.unwrap().unwrap();

    replicas.redis.restart().await;
    eventually("the stored token", async || {
        replicas.token(1).await.as_ref() == Ok(&token)
    })
    .await;
    replicas.expire();
    assert!(replicas.token(1).await.is_ok());
    assert_eq!(replicas.provider.violations(), [""; 0]);
}

#[tokio::test]
async fn redis_shares_claims_of_large_identity() {
    let replicas = Replicas::start().await;
    let groups = |count: usize| -> Vec<String> {
        (0..count)
            .map(|number| format!("group-{number:034}"))
            .collect()
    };
    let (provider, auth) = (&replicas.provider, &replicas.auth[0]);
    provider.set(|faults| faults.claims.set("groups", groups(1000)));
    let mut replicas = Replicas {
        ada: signed_in(auth, provider, "ada").await,
        ..replicas
    };
    let cookies = replicas.ada.jar.cookies().iter();
    let length: usize = cookies.map(|cookie| cookie.value.len()).sum();
    assert!(length < 3000, "{length}");
    for replica in [0, 1] {
        assert_eq!(replicas.groups(replica).await, json!(groups(1000)));
    }
    assert!(!replicas.redis.records().contains("group-"));

    replicas
        .provider
        .set(|faults| faults.refreshed_claims.set("groups", groups(900)));
    replicas.expire();
    replicas.token(0).await.unwrap();
    assert_eq!(replicas.groups(0).await, json!(groups(900)));
    replicas.clock.advance(5);
    assert_eq!(replicas.groups(1).await, json!(groups(900)));

    // Without its claims, the identity is not complete.
    replicas.redis.run(
        "for _, key in ipairs(redis.call('KEYS', '*:s:*')) do
             redis.call('HDEL', key, 'claims')
         end",
    );
    replicas.clock.advance(5);
    let fresh = Clock::at(replicas.clock.now());
    let toml = secrets(&replicas.provider)
        .auth(&format!("session_store = {:?}", replicas.redis.url()))
        .auth("refresh = true");
    replicas.auth[1] = fresh.layer(&toml.toml());
    assert_eq!(
        at(&replicas.auth[1], &replicas.ada).get("/").await.text(),
        "nobody"
    );
}
