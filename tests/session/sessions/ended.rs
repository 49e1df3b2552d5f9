//! `User::ended`: the future that resolves when a session ends.

use std::time::{Duration, SystemTime};

use axum_streamlit_auth::{AuthLayer, User};
use tokio::time::timeout;

use super::App;
use support::{Browser, ORIGIN, Provider, app_with, secrets};

/// Longer than the interval at which the store is queried.
const A_WHILE: Duration = Duration::from_secs(20);

#[tokio::test]
async fn future_resolves_at_logout() {
    let app = App::new("").await;
    let mut ada = app.signed_in("ada").await;
    let ended = tokio::spawn(app.user_in(&mut ada).await.ended());
    let mut other = app.signed_in("ada").await;
    other.get("/auth/logout").await;
    assert!(!ended.is_finished());

    ada.get("/auth/logout").await;

    ended.await.unwrap();
}

#[tokio::test]
async fn future_resolves_when_app_ends_sessions() {
    for end_all in [false, true] {
        let app = App::new("").await;
        let mut ada = app.signed_in("ada").await;
        let ended = tokio::spawn(app.user_in(&mut ada).await.ended());
        if end_all {
            app.auth.sessions().end_all().await.unwrap();
        } else {
            let issuer = app.provider.issuer();
            app.auth.sessions().end_user(&issuer, "ada").await.unwrap();
        }
        ended.await.unwrap();
    }
}

#[tokio::test]
async fn future_waits_while_session_is_active() {
    let app = App::new("").await;
    let mut ada = app.signed_in("ada").await;
    let user = app.user_in(&mut ada).await;
    tokio::time::pause();
    assert!(timeout(A_WHILE, user.ended()).await.is_err());
    app.clock.advance(40 * 24 * 60 * 60);
    timeout(A_WHILE, user.ended()).await.unwrap();
}

#[tokio::test]
async fn future_resolves_at_expiry_without_store() {
    let provider = Provider::start().await;
    let auth = AuthLayer::from_toml(&secrets(&provider).auth("cookie_days = 1").toml());
    let auth = auth.unwrap();
    let app = App {
        provider,
        clock: support::Clock::at_system_time(),
        auth,
    };
    let mut ada = Browser::new(app_with(app.auth.clone()), ORIGIN);
    ada.get("/auth/login").await;
    let user = app.user_in(&mut ada).await;
    let left = user
        .expires_at()
        .unwrap()
        .duration_since(SystemTime::now())
        .unwrap();
    tokio::time::pause();
    assert!(timeout(left - A_WHILE, user.ended()).await.is_err());
    timeout(left + A_WHILE, user.ended()).await.unwrap();
}

#[tokio::test]
async fn future_resolves_immediately_without_login() {
    tokio::time::pause();
    timeout(Duration::from_millis(1), User::default().ended())
        .await
        .unwrap();
}
