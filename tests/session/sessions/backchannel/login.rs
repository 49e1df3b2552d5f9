//! Logins before, during and after a logout.

use std::sync::{Arc, Mutex};

use axum_streamlit_auth::AuthLayer;
use serde_json::{Value, json};

use super::{App, send, user};
use crate::session::sessions::{File, sqlite::replica};
use support::{Browser, ORIGIN, app_with};

/// A browser whose login of `ada` is in progress when a logout token with these claims arrives at
/// `replica`.
async fn interrupted(app: &App, replica: &AuthLayer, claims: Value) -> Browser {
    let token = Arc::new(Mutex::new(Some(app.provider.logout_token(claims))));
    let auth = replica.clone();
    let interrupted = app.auth.clone().on_sign_in(move |kept| {
        let (auth, token) = (auth.clone(), token.lock().unwrap().take());
        async move {
            let token = token.expect("one login");
            send(&auth, &token).await.assert_accepted();
            Ok(kept)
        }
    });
    app.provider
        .sign_in_with(json!({ "sub": "ada", "sid": "s-ada" }));
    let mut browser = Browser::new(app_with(interrupted), ORIGIN);
    browser.get("/auth/login").await;
    browser.serve(app_with(app.auth.clone()), ORIGIN);
    browser
}

#[tokio::test]
async fn logout_token_during_login_prevents_session() {
    // A user without `sid` may log in again within the same second.
    let later = support::Clock::at_system_time().now() + 30;
    for claims in [
        json!({ "sid": "s-ada" }),
        json!({ "sub": "ada", "iat": later }),
    ] {
        let app = App::new("").await;
        let mut ada = interrupted(&app, &app.auth, claims.clone()).await;
        assert_eq!(user(&mut ada).await, "nobody", "{claims}");
        assert_eq!(app.sessions("ada").await.len(), 0);

        app.provider.set(|f| f.clock_skew = 30);
        app.signed_in_with("ada", "s-new").await;
    }
}

#[tokio::test]
async fn logout_in_other_process_ends_login_in_progress() {
    let file = File::new("in-progress");
    let app = App::with_store(&file.store(), "").await;
    let other = replica(&app, &file);
    let claims = json!({ "sid": "s-ada", "iat": app.clock.now() + 30 });
    let mut ada = interrupted(&app, &other, claims).await;
    assert_eq!(user(&mut ada).await, "nobody");
    assert_eq!(app.sessions("ada").await.len(), 0);
}

#[tokio::test]
async fn logout_of_other_session_does_not_affect_login() {
    for claims in [
        json!({ "sid": "s-other" }),
        json!({ "sub": "bob" }),
        // The login is later than the logout.
        json!({ "sub": "ada", "iat": support::Clock::at_system_time().now() - 60 }),
    ] {
        let app = App::new("").await;
        let mut ada = interrupted(&app, &app.auth, claims.clone()).await;
        assert_eq!(user(&mut ada).await, "ada", "{claims}");
    }
}

#[tokio::test]
async fn login_after_logout_stays_valid() {
    for claims in [json!({ "sid": "s-ada" }), json!({ "sub": "ada" })] {
        let app = App::new("").await;
        let mut old = app.signed_in_with("ada", "s-ada").await;
        app.assert_accepted(claims.clone()).await;
        assert_eq!(user(&mut old).await, "nobody");
        let mut new = app.signed_in_with("ada", "s-new").await;
        app.clock.advance(60);
        assert_eq!(user(&mut new).await, "ada", "{claims}");
        assert_eq!(user(&mut old).await, "nobody");
    }
}

#[tokio::test]
async fn later_login_survives_late_token() {
    let app = App::new("").await;
    let before = app.clock.now() - 60;
    app.provider.set(|f| f.clock_skew = -90);
    let mut old = app.signed_in_with("ada", "s-old").await;
    app.provider.set(|f| f.clock_skew = 0);
    let mut new = app.signed_in_with("ada", "s-new").await;

    app.assert_accepted(json!({ "sub": "ada", "iat": before, "exp": null }))
        .await;

    assert_eq!(user(&mut old).await, "nobody");
    assert_eq!(user(&mut new).await, "ada");
}
