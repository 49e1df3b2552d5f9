//! The provider or the store fails: the session stays, unless the provider refuses the refresh.

use std::time::Duration;

use axum::response::IntoResponse;
use axum_streamlit_auth::AccessTokenError;

use super::{access_token, app, app_with_store};
use crate::session::sessions::{File, user};
use support::{Behaviour, Log, eventually, yield_until};

#[tokio::test]
async fn refused_refresh_ends_session() {
    for error in ["invalid_grant", "interaction_required", "bad_refresh_token"] {
        let app = app().await;
        let log = Log::start();
        let mut ada = app.signed_in("ada").await;
        app.provider
            .set(|faults| faults.refresh_error = Some((400, error)));
        app.advance(3571);

        let outcome = app.access_token(&mut ada).await;

        assert_eq!(outcome, Err(AccessTokenError::Refused), "{error}");
        let error = outcome.unwrap_err();
        assert!(error.needs_login());
        assert_eq!(error.into_response().status(), 401);
        assert_eq!(user(&mut ada).await, "nobody");
        assert_eq!(app.sessions("ada").await.len(), 0);
        let reasons = log.reasons();
        assert!(
            reasons.contains(&"refresh_refused".to_owned()),
            "{reasons:?}"
        );
    }
}

#[tokio::test]
async fn failing_provider_keeps_session() {
    let cases = [
        Behaviour::Html(500),
        Behaviour::Html(403),
        Behaviour::HangUp,
        Behaviour::Raw(200, "text/html", b"<p>Maintenance".to_vec()),
        Behaviour::Json(200, serde_json::json!({})),
        Behaviour::Json(401, serde_json::json!({"error": "invalid_client"})),
        Behaviour::Json(400, serde_json::json!({"error": "unauthorized_client"})),
        Behaviour::Json(503, serde_json::json!({"error": "temporarily_unavailable"})),
    ];
    for behaviour in cases {
        let app = app().await;
        let mut ada = app.signed_in("ada").await;
        let first = app.token(&mut ada).await;
        app.provider.set(|faults| faults.token = behaviour);
        app.advance(3580);
        // The old token is still valid.
        assert_eq!(app.token(&mut ada).await, first);
        app.advance(20);

        let outcome = app.access_token(&mut ada).await;

        assert_eq!(outcome, Err(AccessTokenError::ProviderUnavailable));
        let response = outcome.unwrap_err().into_response();
        assert_eq!(response.status(), 503);
        assert_eq!(response.headers()["retry-after"], "10");
        assert_eq!(user(&mut ada).await, "ada");
    }
}

#[tokio::test]
async fn failing_provider_receives_few_requests() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    let mut bob = app.signed_in("bob").await;
    app.provider.set(|faults| faults.token = Behaviour::HangUp);
    app.advance(3600);
    for _ in 0..5 {
        for browser in [&mut ada, &mut bob] {
            let outcome = app.access_token(browser).await;
            assert_eq!(outcome, Err(AccessTokenError::ProviderUnavailable));
        }
    }
    assert_eq!(app.refreshes(), 1);
    app.provider
        .set(|faults| faults.token = Behaviour::Html(500));
    app.advance(10);
    for _ in 0..5 {
        for browser in [&mut ada, &mut bob] {
            let outcome = app.access_token(browser).await;
            assert_eq!(outcome, Err(AccessTokenError::ProviderUnavailable));
        }
    }
    // A response may concern only one session.
    assert_eq!(app.refreshes(), 3);
}

#[tokio::test]
async fn token_is_refreshed_after_provider_recovers() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    app.provider.stop().await;
    app.advance(3600);
    assert_eq!(
        app.access_token(&mut ada).await,
        Err(AccessTokenError::ProviderUnavailable)
    );

    app.provider.restart().await;
    app.advance(10);

    app.token(&mut ada).await;
    assert_eq!(app.provider.violations(), [""; 0]);
}

#[tokio::test]
async fn failing_store_is_reported_as_unavailable() {
    let file = File::new("refresh-outage");
    let app = app_with_store(&file.store()).await;
    let mut ada = app.signed_in("ada").await;
    app.token(&mut ada).await;
    file.execute("ALTER TABLE streamlit_auth_session_data RENAME COLUMN tokens TO hidden");
    let outcome = app.access_token(&mut ada).await;
    assert_eq!(outcome, Err(AccessTokenError::StoreUnavailable));
    file.execute("ALTER TABLE streamlit_auth_session_data RENAME COLUMN hidden TO tokens");
    app.token(&mut ada).await;
}

#[tokio::test]
async fn store_outage_loses_no_new_token() {
    let file = File::new("refresh-lost");
    let app = app_with_store(&file.store()).await;
    let mut ada = app.signed_in("ada").await;
    app.advance(3600);
    let request = app.start_slow_refresh(&ada, 100).await;
    file.execute("ALTER TABLE streamlit_auth_session_data RENAME COLUMN version TO hidden");

    let token = request.await.unwrap().unwrap();

    file.execute("ALTER TABLE streamlit_auth_session_data RENAME COLUMN hidden TO version");
    assert_eq!(app.token(&mut ada).await, token.as_str());
    let is_stored = async || app.stored_version(&file) > 1;
    eventually("the new tokens in the store", is_stored).await;
    app.advance(3600);
    app.token(&mut ada).await;
    assert_eq!(app.provider.violations(), [""; 0]);
}

/// Simulates a refresh that has outlived its lock.
#[tokio::test]
async fn late_refresh_keeps_newer_tokens() {
    let file = File::new("late");
    let app = app_with_store(&file.store()).await;
    let ada = app.signed_in("ada").await;
    app.advance(3600);
    let slow = Behaviour::After(Duration::from_millis(100));
    app.provider.set(|faults| faults.token = slow);
    let (auth, mut browser) = (app.auth.clone(), ada);
    let request = tokio::spawn(async move { access_token(&auth, &mut browser).await });
    yield_until("a refresh", || app.refreshes() > 0).await;

    file.execute("UPDATE streamlit_auth_session_data SET version = 7");

    assert!(request.await.unwrap().is_ok());
    assert_eq!(app.stored_version(&file), 7);
}

impl super::App {
    fn stored_version(&self, file: &File) -> i64 {
        let connection = rusqlite::Connection::open(&file.0).unwrap();
        let query = "SELECT version FROM streamlit_auth_session_data";
        connection.query_row(query, [], |row| row.get(0)).unwrap()
    }
}

#[tokio::test]
async fn lock_of_killed_replica_expires() {
    let file = File::new("killed");
    let app = app_with_store(&file.store()).await;
    let mut ada = app.signed_in("ada").await;
    app.advance(3600);
    let until = app.clock.now() + 30;
    file.execute(&format!(
        "UPDATE streamlit_auth_session_data SET lock_owner = 'killed', locked_until = {until}"
    ));
    let (auth, mut browser) = (app.auth.clone(), ada.clone());
    let request = tokio::spawn(async move { access_token(&auth, &mut browser).await });
    app.clock.advance(30);

    assert!(request.await.unwrap().is_ok());
    app.token(&mut ada).await;
    assert_eq!(app.refreshes(), 1);
}
