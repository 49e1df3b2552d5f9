//! The idle timeout, `session_idle`.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::{App, user};

const MINUTE: u64 = 60;

#[tokio::test]
async fn unused_session_ends() {
    let app = App::new("session_idle = \"30m\"").await;
    let mut ada = app.signed_in("ada").await;
    app.clock.advance(30 * MINUTE - 1);
    assert_eq!(app.sessions("ada").await.len(), 1);

    app.clock.advance(1);

    assert_eq!(app.sessions("ada").await.len(), 0);
    assert_eq!(user(&mut ada).await, "nobody");
}

#[tokio::test]
async fn requests_extend_session() {
    let app = App::new("session_idle = \"30m\"").await;
    let mut ada = app.signed_in("ada").await;
    for _ in 0..20 {
        app.clock.advance(20 * MINUTE);
        assert_eq!(user(&mut ada).await, "ada");
    }
    app.clock.advance(30 * MINUTE);
    assert_eq!(user(&mut ada).await, "nobody");
}

#[tokio::test]
async fn last_seen_is_stored_once_per_interval() {
    for (lines, step) in [("session_idle = \"30m\"", 3 * MINUTE), ("", 5 * MINUTE)] {
        let app = App::new(lines).await;
        let mut ada = app.signed_in("ada").await;
        let login = app.clock.now();
        for (seconds, stored) in [
            (0, login),
            (6, login),
            (step - 7, login),
            (1, login + step),
            (step - 1, login + step),
            (1, login + 2 * step),
        ] {
            app.clock.advance(seconds);
            assert_eq!(user(&mut ada).await, "ada");
            assert_eq!(last_seen(&app).await, stored, "{lines} {seconds}");
        }
    }
}

#[tokio::test]
async fn waiting_for_session_end_does_not_extend_it() {
    let app = App::new("session_idle = \"30m\"").await;
    let mut ada = app.signed_in("ada").await;
    let ended = app.user_in(&mut ada).await.ended();
    let login = app.clock.now();
    tokio::time::pause();
    let ended = tokio::spawn(ended);
    for _ in 0..30 {
        app.clock.advance(MINUTE - 1);
        tokio::time::sleep(Duration::from_secs(6)).await;
        assert_eq!(last_seen(&app).await, login);
        assert!(!ended.is_finished());
    }
    app.clock.advance(30);
    ended.await.unwrap();
    assert_eq!(user(&mut ada).await, "nobody");
}

/// The stored `last_seen` of ada, after the task that stores it has run.
async fn last_seen(app: &App) -> u64 {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    let time: SystemTime = app.sessions("ada").await[0].last_seen();
    time.duration_since(UNIX_EPOCH).unwrap().as_secs()
}
