//! The session store: replicas, outages, expired marks.

use serde_json::json;

use super::{App, send, user};
use crate::session::sessions::{
    File,
    sqlite::{at, replica},
};
use support::Log;

#[tokio::test]
async fn logout_reaches_other_processes() {
    let file = File::new("provider-logout");
    let app = App::with_store(&file.store(), "").await;
    let ada = app.signed_in_with("ada", "s-ada").await;
    let other = replica(&app, &file);
    let (mut here, mut there) = (ada.clone(), at(&other, &ada));
    assert_eq!(user(&mut there).await, "ada");

    let token = app.provider.logout_token(json!({ "sid": "s-ada" }));
    send(&other, &token).await.assert_accepted();

    assert_eq!(user(&mut there).await, "nobody");
    app.clock.advance(5);
    assert_eq!(user(&mut here).await, "nobody");
}

#[tokio::test]
async fn failed_logout_can_be_repeated() {
    let file = File::new("repeated-logout");
    let app = App::with_store(&file.store(), "").await;
    let mut ada = app.signed_in_with("ada", "s-ada").await;
    let token = app.provider.logout_token(json!({ "sid": "s-ada" }));
    file.break_store();
    for _ in 0..2 {
        app.send_logout(&token).await.assert_unavailable();
    }
    file.repair();
    app.send_logout(&token).await.assert_accepted();
    assert_eq!(user(&mut ada).await, "nobody");
    app.send_logout(&token).await.assert_refused("`jti`");
}

#[tokio::test]
async fn unreachable_store_is_reported_as_unavailable() {
    for store in ["sqlite:/nonexistent/folder/x.db", "redis://127.0.0.1:1"] {
        let app = App::with_store(store, "").await;
        let token = app.provider.logout_token(json!({ "sid": "s-ada" }));
        app.send_logout(&token).await.assert_unavailable();
    }
}

#[tokio::test]
async fn expired_marks_are_removed() {
    let file = File::new("marks");
    let app = App::with_store(&file.store(), "").await;
    for number in 0..3 {
        app.assert_accepted(json!({ "sid": format!("s-{number}") }))
            .await;
    }
    assert_eq!(file.count("streamlit_auth_marks"), 6);
    app.clock.advance(24 * 60 * 60);
    app.provider.set(|f| f.clock_skew = 24 * 60 * 60);
    app.assert_accepted(json!({ "sid": "s-last" })).await;
    assert_eq!(file.count("streamlit_auth_marks"), 2);
}

#[tokio::test]
async fn refused_token_leaves_no_mark() {
    let file = File::new("no-mark");
    let app = App::with_store(&file.store(), "").await;
    app.signed_in_with("ada", "s-ada").await;
    for claims in [
        json!({ "sid": "x", "aud": "y" }),
        json!({ "sid": "x", "nonce": 1 }),
    ] {
        app.assert_refused(&app.provider.logout_token(claims), "")
            .await;
    }
    app.provider
        .set(|f| f.signature = support::TokenSignature::Flipped);
    let forged = app.provider.logout_token(json!({ "sid": "s-ada" }));
    app.assert_refused(&forged, "the signature is invalid")
        .await;
    assert_eq!(file.count("streamlit_auth_marks"), 0);
}

#[tokio::test]
async fn log_and_store_hold_no_identifier() {
    let file = File::new("no-identifier");
    let app = App::with_store(&file.store(), "").await;
    app.signed_in_with("ada", "s-ada").await;
    let log = Log::start();
    let claims = json!({ "sub": "sub-canary", "sid": "sid-canary", "jti": "jti-canary" });
    let token = app.provider.logout_token(claims.clone());
    app.send_logout(&token).await.assert_accepted();
    app.send_logout(&token).await.assert_refused("");
    let lines = format!("{:?}", log.all());
    for message in ["sessions ended by provider", "logout token refused"] {
        assert!(lines.contains(message), "{lines}");
    }
    let stored = std::fs::read(format!("{}-wal", file.path())).unwrap();
    for canary in ["sub-canary", "sid-canary", "jti-canary", &token] {
        assert!(!lines.contains(canary), "{canary}");
        let is_stored = stored
            .windows(canary.len())
            .any(|part| part == canary.as_bytes());
        assert!(!is_stored, "{canary}");
    }
}
