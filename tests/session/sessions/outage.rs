//! The session store fails: no user is logged out permanently.

use axum_streamlit_auth::SessionError;
use tracing::Level;

use super::{App, File, user};
use support::{Log, eventually};

const FAILED: &str = "session store unavailable";

#[tokio::test]
async fn recent_sessions_stay_valid_during_outage() {
    let file = File::new("grace");
    let app = App::with_store(&file.store(), "").await;
    let mut ada = app.signed_in("ada").await;
    file.break_store();
    for seconds in [5, 20, 34] {
        app.clock.advance(seconds);
        assert_eq!(user(&mut ada).await, "ada");
        assert_eq!(ada.get("/guarded").await.text(), "ada");
    }

    app.clock.advance(1);

    assert_eq!(user(&mut ada).await, "nobody");
    file.repair();
    app.clock.advance(1);
    assert_eq!(user(&mut ada).await, "ada");
}

#[tokio::test]
async fn guards_respond_with_unavailable() {
    let file = File::new("guards");
    let app = App::with_store(&file.store(), "").await;
    let mut ada = app.signed_in("ada").await;
    file.break_store();
    app.clock.advance(60);
    for path in ["/guarded", "/report", "/admin"] {
        let page = ada.get(path).await;
        assert_eq!((page.status.as_u16(), page.path()), (503, path));
        assert_eq!(page.header("retry-after"), Some("5"));
        assert_eq!(page.header("cache-control"), Some("no-store"));
        assert!(
            page.text().contains("You have not been signed out"),
            "{page:?}"
        );
        assert_eq!(page.set_cookies(), [""; 0]);
        let fetched = ada.fetch(path).await;
        assert_eq!(fetched.status, 503);
        assert_eq!(
            fetched.header("content-type"),
            Some("application/problem+json")
        );
        assert_eq!(fetched.header("retry-after"), Some("5"));
    }
    // Without an identity there is nothing to check.
    assert_eq!(app.browser().fetch("/guarded").await.status, 401);
    file.repair();
    app.clock.advance(1);
    assert_eq!(ada.get("/guarded").await.text(), "ada");
}

#[tokio::test]
async fn login_fails_until_store_recovers() {
    let file = File::new("login");
    let app = App::with_store(&file.store(), "").await;
    app.signed_in("ada").await;
    file.break_store();
    let mut bob = app.browser();
    app.provider.sign_in_as("bob");

    let page = bob.get("/auth/login").await;

    assert_eq!(page.status, 503, "{page:?}");
    assert_eq!(user(&mut bob).await, "nobody");
    file.repair();
    app.clock.advance(1);
    bob.get("/auth/login").await;
    assert_eq!(user(&mut bob).await, "bob");
}

#[tokio::test]
async fn logout_during_outage_ends_session() {
    let file = File::new("logout");
    let app = App::with_store(&file.store(), "").await;
    let mut ada = app.signed_in("ada").await;
    let (mut copy, mut other) = (ada.clone(), app.signed_in("ada").await);
    file.break_store();

    ada.get("/auth/logout").await;

    assert_eq!(user(&mut copy).await, "nobody");
    app.clock.advance(30);
    assert_eq!(user(&mut copy).await, "nobody");
    file.repair();
    for _ in 0..3 {
        app.clock.advance(30);
        assert_eq!(user(&mut copy).await, "nobody");
        assert_eq!(user(&mut other).await, "ada");
    }
    assert_eq!(app.sessions("ada").await.len(), 1);
    let rows = "SELECT count(*) FROM streamlit_auth_sessions";
    let connection = rusqlite::Connection::open(&file.0).unwrap();
    eventually("the record is removed", async || {
        connection.query_row(rows, [], |row| row.get::<_, i64>(0)) == Ok(1)
    })
    .await;
}

#[tokio::test]
async fn outage_is_logged_once_a_minute() {
    let file = File::new("log");
    let app = App::with_store(&file.store(), "").await;
    let mut ada = app.signed_in("ada").await;
    file.break_store();
    let log = Log::start();
    for _ in 0..14 {
        app.clock.advance(5);
        for _ in 0..3 {
            user(&mut ada).await;
        }
    }
    file.repair();
    app.clock.advance(5);
    assert_eq!(user(&mut ada).await, "ada");
    let mut lines = log.lines();
    lines.retain(|line| line.is_from_crate() && line.level <= Level::INFO);
    let lines: Vec<_> = lines.into_iter().map(|line| line.text).collect();
    let [first, second, last] = &lines[..] else {
        panic!("{lines:#?}")
    };
    for (line, failures) in [(first, 1), (second, 12)] {
        assert!(line.contains(FAILED), "{line}");
        assert!(line.contains("reason=\"session_store\""), "{line}");
        assert!(line.contains(&format!("failures={failures} ")), "{line}");
    }
    assert!(last.contains("session store available again"), "{last}");
}

#[tokio::test]
async fn unreachable_store_does_not_stop_the_app() {
    for store in [
        "sqlite:/nonexistent/folder/sessions.db",
        "redis://user:hunter-password@127.0.0.1:1/0",
        "rediss://user:hunter-password@127.0.0.1:1/0",
    ] {
        let app = App::with_store(store, "").await;
        let log = Log::start();
        let mut browser = app.browser();
        assert_eq!(user(&mut browser).await, "nobody");
        let page = browser.get("/auth/login").await;
        assert_eq!(page.status, 503, "{store}: {page:?}");
        let sessions = app.auth.sessions().list("x", "y").await;
        assert_eq!(sessions.unwrap_err(), SessionError::Unavailable);
        let lines = format!("{:?}", log.all());
        assert!(lines.contains(FAILED), "{store}");
        assert!(
            !lines.contains("hunter") && !page.text().contains("hunter"),
            "{store}"
        );
        assert!(!format!("{:?}", app.auth).contains("hunter"));
    }
}

#[tokio::test]
async fn unreachable_store_is_logged_at_start() {
    let log = Log::start();
    let app = App::with_store("redis://127.0.0.1:1", "").await;
    let _layered = app.browser();
    eventually("a warning", async || !log.warnings().is_empty()).await;
    assert!(log.warnings()[0].1.contains(FAILED));
}
