//! Refresh tokens that the provider replaces at each use: none is used twice, and none is lost.

use std::time::Duration;

use axum_streamlit_auth::AccessTokenError;
use tokio::task::JoinSet;

use super::{App, access_token, app, app_with_store};
use crate::session::sessions::{File, user};
use support::{Behaviour, secrets};

#[tokio::test]
async fn concurrent_requests_share_one_refresh() {
    let app = app().await;
    let ada = app.signed_in("ada").await;
    app.advance(3600);
    let slow = Behaviour::After(Duration::from_millis(50));
    app.provider.set(|faults| faults.token = slow);

    let mut requests = JoinSet::new();
    for _ in 0..32 {
        let (auth, mut browser) = (app.auth.clone(), ada.clone());
        requests.spawn(async move { access_token(&auth, &mut browser).await });
    }
    let tokens = requests.join_all().await;

    assert!(
        tokens
            .iter()
            .all(|token| token.is_ok() && *token == tokens[0])
    );
    assert_eq!(app.refreshes(), 1);
    assert_eq!(app.provider.violations(), [""; 0]);
}

#[tokio::test]
async fn replicas_share_one_refresh() {
    let file = File::new("replicas");
    let app = app_with_store(&file.store()).await;
    let toml = secrets(&app.provider)
        .auth(&format!("session_store = {:?}", file.store()))
        .auth("refresh = true");
    let replicas = [app.auth.clone(), app.clock.layer(&toml.toml())];
    let ada = app.signed_in("ada").await;
    let slow = Behaviour::After(Duration::from_millis(50));
    app.provider.set(|faults| faults.token = slow);
    for round in 1..=3 {
        app.advance(3600);
        let mut requests = JoinSet::new();
        for number in 0..32 {
            let (auth, mut browser) = (replicas[number % 2].clone(), ada.clone());
            requests.spawn(async move { access_token(&auth, &mut browser).await });
        }
        let tokens = requests.join_all().await;
        assert!(
            tokens
                .iter()
                .all(|token| token.is_ok() && *token == tokens[0]),
            "{tokens:?}"
        );
        assert_eq!(app.refreshes(), round);
    }
    assert_eq!(app.provider.violations(), [""; 0]);
}

#[tokio::test]
async fn dropped_request_loses_no_token() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    app.advance(3600);
    let request = app.start_slow_refresh(&ada, 50).await;

    request.abort();

    let first = app.token(&mut ada).await;
    assert_eq!(app.refreshes(), 1);
    app.advance(3600);
    assert_ne!(app.token(&mut ada).await, first);
    assert_eq!(app.provider.violations(), [""; 0]);
}

#[tokio::test]
async fn provider_may_keep_refresh_token() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    app.provider
        .set(|faults| faults.refresh_response.remove("refresh_token"));
    app.advance(3600);
    app.token(&mut ada).await;
    app.advance(3600);

    // This provider has replaced the token without saying so. The app sends the token that it has.
    assert_eq!(
        app.access_token(&mut ada).await,
        Err(AccessTokenError::Refused)
    );

    let sent: Vec<_> = app.provider.requests("token");
    let sent: Vec<_> = sent
        .iter()
        .filter_map(|request| request.parameter("refresh_token"))
        .collect();
    assert_eq!(sent.len(), 2);
    assert_eq!(sent[0], sent[1]);
}

#[tokio::test]
async fn logout_during_refresh_wins() {
    for store in ["memory", "sqlite"] {
        let file = File::new("logout-wins");
        let store = if store == "memory" {
            store.to_owned()
        } else {
            file.store()
        };
        let app = app_with_store(&store).await;
        let mut ada = app.signed_in("ada").await;
        app.advance(3600);
        let request = app.start_slow_refresh(&ada, 100).await;

        let copy = ada.clone();
        ada.get("/auth/logout").await;

        assert_eq!(request.await.unwrap(), Err(AccessTokenError::SessionEnded));
        assert_eq!(app.sessions("ada").await.len(), 0);
        app.clock.advance(10);
        assert_eq!(user(&mut copy.clone()).await, "nobody");
    }
}

/// Another app with the same store, which does not know the tokens of this one.
#[tokio::test]
async fn tokens_survive_secret_rotation() {
    let file = File::new("rotated-secret");
    let app = app_with_store(&file.store()).await;
    let mut ada = app.signed_in("ada").await;
    let first = app.token(&mut ada).await;
    let toml = |secret: &str| {
        let current = secrets(&app.provider).toml();
        let line = current
            .lines()
            .find(|line| line.starts_with("cookie_secret"))
            .unwrap();
        let old = line.split('"').nth(1).unwrap();
        let lines = format!(
            "cookie_secret = {secret:?}\ncookie_secrets_old = [{old:?}]\nsession_store = {:?}\nrefresh = true",
            file.store()
        );
        current.replace(line, &lines)
    };
    let rotated = app.clock.layer(&toml("mT4vQ8xZ2bLkR9wYc7NfJ3hDs6GpAe1u"));

    assert_eq!(
        access_token(&rotated, &mut ada).await.unwrap().as_str(),
        first
    );
    app.advance(3600);
    let second = access_token(&rotated, &mut ada).await.unwrap();
    assert_ne!(second.as_str(), first);
    // The new secret has encrypted the new tokens and claims.
    let old = app.access_token(&mut ada).await;
    assert_eq!(old, Err(AccessTokenError::NotLoggedIn));
}

impl App {
    /// Everything in the file of the store.
    fn stored(file: &File) -> Vec<u8> {
        let read = |suffix: &str| {
            let mut path = file.0.clone().into_os_string();
            path.push(suffix);
            std::fs::read(path).unwrap_or_default()
        };
        ["", "-wal"].map(read).concat()
    }
}

#[tokio::test]
async fn store_holds_tokens_encrypted() {
    let file = File::new("encrypted");
    let app = app_with_store(&file.store()).await;
    let mut ada = app.signed_in("ada").await;
    let contains = |stored: &[u8], text: &str| {
        stored
            .windows(text.len())
            .any(|part| part == text.as_bytes())
    };
    assert!(contains(&App::stored(&file), "ada"));
    for _ in 0..2 {
        app.token(&mut ada).await;
        let stored = App::stored(&file);
        assert!(!contains(&stored, "access-") && !contains(&stored, "refresh-"));
        app.advance(3600);
    }
}

#[tokio::test]
async fn tokens_from_other_record_are_not_accepted() {
    let file = File::new("swapped");
    let app = app_with_store(&file.store()).await;
    let mut ada = app.signed_in("ada").await;
    let mut bob = app.signed_in("bob").await;
    app.token(&mut ada).await;
    app.token(&mut bob).await;

    file.execute(
        "CREATE TEMP TABLE other AS SELECT id, tokens FROM streamlit_auth_session_data;
         UPDATE streamlit_auth_session_data SET tokens =
             (SELECT tokens FROM other WHERE other.id <> streamlit_auth_session_data.id)",
    );

    for browser in [&mut ada, &mut bob] {
        assert_eq!(
            app.access_token(browser).await,
            Err(AccessTokenError::NotIssued)
        );
    }
}
