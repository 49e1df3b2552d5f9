//! Sessions in an SQLite file, shared by two processes.

use std::os::unix::fs::PermissionsExt;

use axum_streamlit_auth::AuthLayer;

use super::{App, File, user};
use support::{Browser, Log, ORIGIN, app_with, secrets};

/// Another process with the same configuration and clock.
pub fn replica(app: &App, file: &File) -> AuthLayer {
    let secrets = secrets(&app.provider).auth(&format!("session_store = {:?}", file.store()));
    app.clock.layer(&secrets.toml())
}

/// A browser with the same cookies, at another process.
pub fn at(replica: &AuthLayer, browser: &Browser) -> Browser {
    let mut browser = browser.clone();
    browser.serve(app_with(replica.clone()), ORIGIN);
    browser
}

#[tokio::test]
async fn sessions_survive_restart() {
    let file = File::new("restart");
    let app = App::with_store(&file.store(), "").await;
    let ada = app.signed_in("ada").await;
    let created = app.sessions("ada").await[0].created();

    let restarted = replica(&app, &file);

    assert_eq!(user(&mut at(&restarted, &ada)).await, "ada");
    let (sessions, issuer) = (restarted.sessions(), app.provider.issuer());
    let sessions = sessions.list(&issuer, "ada").await.unwrap();
    assert_eq!((sessions.len(), sessions[0].created()), (1, created));
}

#[tokio::test]
async fn session_end_reaches_other_processes() {
    let file = File::new("replicas");
    let app = App::with_store(&file.store(), "").await;
    let ada = app.signed_in("ada").await;
    let other = replica(&app, &file);
    let (mut here, mut there) = (ada.clone(), at(&other, &ada));
    assert_eq!(user(&mut there).await, "ada");
    let ended = tokio::spawn(app.user_in(&mut ada.clone()).await.ended());

    let issuer = app.provider.issuer();
    assert_eq!(other.sessions().end_user(&issuer, "ada").await, Ok(1));

    assert_eq!(user(&mut there).await, "nobody");
    app.clock.advance(4);
    assert_eq!(user(&mut here).await, "ada");
    app.clock.advance(1);
    assert_eq!(user(&mut here).await, "nobody");
    tokio::time::pause();
    ended.await.unwrap();
}

#[tokio::test]
async fn last_use_and_end_of_sessions_are_stored() {
    let file = File::new("touch");
    let app = App::with_store(&file.store(), "session_idle = \"30m\"").await;
    let mut ada = app.signed_in("ada").await;
    for _ in 0..5 {
        app.clock.advance(20 * 60);
        assert_eq!(user(&mut ada).await, "ada");
        let now = app.clock.now();
        app.stored_use("ada", now).await;
        assert_eq!(app.sessions("ada").await[0].last_seen(), time(now));
    }
    app.clock.advance(30 * 60);
    assert_eq!(user(&mut ada).await, "nobody");
    app.signed_in("ada").await;
    app.auth.sessions().end_all().await.unwrap();
    assert_eq!(app.sessions("ada").await.len(), 0);
}

#[tokio::test]
async fn expired_records_are_removed() {
    let file = File::new("expired");
    let app = App::with_store(&file.store(), "cookie_days = 1").await;
    app.signed_in("ada").await;
    app.clock.advance(24 * 60 * 60);
    app.signed_in("bob").await;
    assert_eq!(file.count("streamlit_auth_sessions"), 1);
}

#[tokio::test]
async fn file_is_readable_by_its_owner_only() {
    let file = File::new("mode");
    let app = App::with_store(&file.store(), "").await;
    app.signed_in("ada").await;
    for suffix in ["", "-wal"] {
        let path = format!("{}{suffix}", file.0.display());
        let mode = std::fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{suffix}");
    }
}

#[tokio::test]
async fn unreadable_record_is_not_a_session() {
    let file = File::new("unreadable");
    let app = App::with_store(&file.store(), "").await;
    let mut ada = app.signed_in("ada").await;
    file.execute("UPDATE streamlit_auth_sessions SET facts = '{\"issuer\": 1}'");
    app.clock.advance(5);
    assert_eq!(user(&mut ada).await, "nobody");
    assert_eq!(app.sessions("ada").await.len(), 0);
}

#[tokio::test]
async fn tables_of_another_version_are_reported() {
    let file = File::new("version");
    file.execute("CREATE TABLE streamlit_auth_sessions (id BLOB PRIMARY KEY, user TEXT)");
    let app = App::with_store(&file.store(), "").await;
    let log = Log::start();
    assert_eq!(app.browser().get("/auth/login").await.status, 503);
    let lines = log.warnings();
    let expected = "SQLite: the file has tables of another version of this crate; use a new file";
    assert!(lines[0].1.contains(expected), "{lines:?}");
}

fn time(seconds: u64) -> std::time::SystemTime {
    std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds)
}
