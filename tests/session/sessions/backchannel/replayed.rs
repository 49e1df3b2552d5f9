//! A logout token is used once.

use serde_json::json;

use super::{App, send};
use crate::session::sessions::{File, sqlite::replica};
use support::yield_until;

const REPLAYED: &str = "`jti` was used before";

#[tokio::test]
async fn used_token_is_refused() {
    let app = App::new("").await;
    app.signed_in_with("ada", "s-ada").await;
    let token = app.provider.logout_token(json!({ "sub": "ada" }));
    app.send_logout(&token).await.assert_accepted();
    for seconds in [0, 60, 59] {
        app.clock.advance(seconds);
        app.send_logout(&token).await.assert_refused(REPLAYED);
    }
    // Another token with the same `jti`.
    let claims = json!({ "sid": "x", "jti": "same" });
    let token = || app.provider.logout_token(claims.clone());
    app.provider.set(|f| f.clock_skew = 119);
    app.send_logout(&token()).await.assert_accepted();
    app.send_logout(&token()).await.assert_refused(REPLAYED);
    // Later it is too old, whether it was used or not.
    app.provider.set(|f| f.clock_skew = 0);
    app.clock.advance(24 * 60 * 60);
    app.send_logout(&token()).await.assert_refused("`iat`");
}

#[tokio::test]
async fn token_is_accepted_once_among_concurrent_requests() {
    let file = File::new("used-at-once");
    let app = App::with_store(&file.store(), "").await;
    // Fetches the keys and creates the tables.
    app.assert_accepted(json!({ "sub": "bob" })).await;
    let token = app.provider.logout_token(json!({ "sub": "ada" }));
    let requests = (0..8).map(|_| app.send_logout(&token));
    // The file is locked until all requests are in their tasks, so that they overlap.
    let lock = rusqlite::Connection::open(file.path()).unwrap();
    lock.execute_batch("BEGIN EXCLUSIVE").unwrap();
    let tasks = || {
        tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks()
    };
    let others = tasks();
    let unlock = async {
        yield_until("eight requests", || tasks() >= others + 8).await;
        tokio::task::yield_now().await;
        lock.execute_batch("COMMIT").unwrap();
    };
    let (answers, ()) = tokio::join!(futures_util::future::join_all(requests), unlock);
    let accepted = answers.iter().filter(|answer| answer.status == 200);
    assert_eq!(accepted.count(), 1);
}

#[tokio::test]
async fn token_is_accepted_once_across_processes() {
    let file = File::new("replayed");
    let app = App::with_store(&file.store(), "").await;
    let other = replica(&app, &file);
    let token = app.provider.logout_token(json!({ "sub": "ada" }));
    send(&other, &token).await.assert_accepted();
    app.send_logout(&token).await.assert_refused(REPLAYED);
    send(&replica(&app, &file), &token)
        .await
        .assert_refused(REPLAYED);
}

#[tokio::test]
async fn same_identifier_from_other_issuer_is_accepted() {
    let (here, there) = (
        support::Provider::start().await,
        support::Provider::start().await,
    );
    let secrets = support::two_providers(&here, &there).auth("session_store = \"memory\"");
    let auth = support::Clock::at_system_time().layer(&secrets.toml());
    for provider in [&here, &there] {
        let token = provider.logout_token(json!({ "sub": "ada", "jti": "1" }));
        send(&auth, &token).await.assert_accepted();
    }
}
