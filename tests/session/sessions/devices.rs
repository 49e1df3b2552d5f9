//! `AuthLayer::sessions`: the sessions of a user, to list and to end.

use std::time::{Duration, SystemTime};

use axum_streamlit_auth::{AuthLayer, SessionError, User};

use super::{App, user};
use support::{Browser, Provider, Visit, secrets};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:143.0) Gecko/20100101 Firefox/143.0";
const CHROME: &str = "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) \
    Chrome/141.0.0.0 Mobile Safari/537.36";

/// A browser with this `User-Agent`, after the login of ada.
async fn signed_in_with(app: &App, user_agent: &str) -> Browser {
    let mut browser = app.browser();
    app.provider.sign_in_as("ada");
    let mut page = browser.step(Visit::get(browser.url("/auth/login"))).await;
    while let Some(next) = page.next() {
        page = browser.step(next.header("user-agent", user_agent)).await;
    }
    assert_eq!(user(&mut browser).await, "ada");
    browser
}

#[tokio::test]
async fn list_describes_each_session() {
    let app = App::new("cookie_days = 2").await;
    let login = SystemTime::UNIX_EPOCH + Duration::from_secs(app.clock.now());
    signed_in_with(&app, FIREFOX).await;
    app.clock.advance(60);
    signed_in_with(&app, CHROME).await;
    app.signed_in("bob").await;

    let sessions = app.sessions("ada").await;

    let devices: Vec<_> = sessions
        .iter()
        .map(|session| session.user_agent())
        .collect();
    assert_eq!(
        devices,
        [Some("Chrome on Android"), Some("Firefox on Linux")]
    );
    let first = &sessions[1];
    assert_eq!((first.subject(), first.provider()), ("ada", "default"));
    assert_eq!(first.issuer(), app.provider.issuer());
    assert_eq!((first.created(), first.last_seen()), (login, login));
    assert_eq!(
        first.expires_at(),
        login + Duration::from_secs(2 * 24 * 60 * 60)
    );
    let text = format!("{sessions:?}");
    assert!(
        !text.contains("ada") && !text.contains(first.id()),
        "{text}"
    );
}

#[tokio::test]
async fn user_agents_are_shortened() {
    let app = App::new("").await;
    let long = "x".repeat(5000);
    for (sent, shown) in [
        (long.as_str(), None),
        ("", None),
        ("<script>alert(1)</script>", None),
        ("<script> Chrome/1", Some("Chrome")),
        ("Windows", Some("Windows")),
        ("curl/8.5.0", Some("curl")),
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36 Edg/141.0",
            Some("Edge on Windows"),
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Mobile/15E148 Safari/604.1",
            Some("Safari on iPhone"),
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.6 Safari/605.1.15",
            Some("Safari on macOS"),
        ),
    ] {
        app.auth.sessions().end_all().await.unwrap();
        signed_in_with(&app, sent).await;
        assert_eq!(app.sessions("ada").await[0].user_agent(), shown, "{sent}");
    }
}

#[tokio::test]
async fn ending_one_session_keeps_the_others() {
    let app = App::new("").await;
    let mut phone = app.signed_in("ada").await;
    let phone_id = app.user_in(&mut phone).await.session_id().unwrap();
    let mut laptop = app.signed_in("ada").await;

    app.auth.sessions().end(&phone_id).await.unwrap();

    assert_eq!(user(&mut phone).await, "nobody");
    assert_eq!(user(&mut laptop).await, "ada");
    for unknown in [phone_id.as_str(), "", "x", "AAAAAAAAAAAAAAAAAAAAAA"] {
        app.auth.sessions().end(unknown).await.unwrap();
    }
    let listed = app
        .auth
        .sessions()
        .of(&app.user_in(&mut laptop).await)
        .await;
    assert_eq!(listed.unwrap().len(), 1);
}

#[tokio::test]
async fn all_sessions_of_a_user_can_be_ended() {
    let app = App::new("").await;
    let mut browsers = [app.signed_in("ada").await, app.signed_in("ada").await];
    let mut bob = app.signed_in("bob").await;
    let issuer = app.provider.issuer();

    // The same subject at another issuer is another user.
    for (issuer, ended) in [("https://other.example", 0), (&issuer, 2), (&issuer, 0)] {
        let number = app.auth.sessions().end_user(issuer, "ada").await;
        assert_eq!(number, Ok(ended), "{issuer}");
    }

    for browser in &mut browsers {
        assert_eq!(user(browser).await, "nobody");
    }
    assert_eq!(user(&mut bob).await, "bob");
    app.auth.sessions().end_all().await.unwrap();
    assert_eq!(user(&mut bob).await, "nobody");
    assert_eq!(app.sessions("bob").await.len(), 0);
    app.signed_in("bob").await;
}

#[tokio::test]
async fn sessions_need_a_store() {
    let provider = Provider::start().await;
    let auth = AuthLayer::from_toml(&secrets(&provider).toml()).unwrap();
    let error = SessionError::NotConfigured;
    assert_eq!(
        auth.sessions().of(&User::default()).await.unwrap_err(),
        error
    );
    assert_eq!(auth.sessions().end("x").await, Err(error));
    assert_eq!(auth.sessions().end_user("x", "y").await, Err(error));
    assert_eq!(auth.sessions().end_all().await, Err(error));
    assert_eq!(
        error.to_string(),
        "the configuration has no `session_store`"
    );
}
