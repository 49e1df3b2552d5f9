//! Sessions of logins in Streamlit's cookie formats.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum_streamlit_auth::AuthLayer;
use support::{Browser, COOKIE_SECRET, ORIGIN, app_with, secrets};

use super::{App, File, user};

const FORMATS: [&str; 2] = [
    "streamlit_cookies = \"current\"",
    "streamlit_cookies = \"tornado\"",
];

const RECORD: &str = "_streamlit_user_admission";

#[tokio::test]
async fn copied_streamlit_cookie_is_invalid_after_logout() {
    for format in FORMATS {
        for logins in ["accept", "refuse"] {
            let app = App::new(&format!("{format}\nstreamlit_logins = {logins:?}")).await;
            let mut ada = app.signed_in("ada").await;
            let mut copy = ada.clone();
            let id = app.sessions("ada").await[0].id().to_owned();
            let seen = app.user_in(&mut copy).await;
            assert_eq!(seen.session_id(), Some(id), "{format}");

            ada.get("/auth/logout").await;

            assert_eq!(user(&mut ada).await, "nobody");
            assert_eq!(user(&mut copy).await, "nobody");
            // Without the record, the cookie looks like one that Streamlit wrote.
            assert!(copy.jar.get(RECORD).is_some(), "{format}");
            copy.jar.remove(RECORD);
            assert_eq!(user(&mut copy).await, "nobody", "{format} {logins}");
            assert_eq!(copy.fetch("/guarded").await.status, 401);
        }
    }
}

#[tokio::test]
async fn session_in_streamlit_cookie_is_not_a_claim() {
    for format in FORMATS {
        let app = App::new(format).await;
        let mut ada = app.signed_in("ada").await;
        let me = ada.get("/me").await.json();
        let names: Vec<&String> = me.as_object().unwrap().keys().collect();
        assert_eq!(
            names.first().map(|name| name.as_str()),
            Some("is_logged_in")
        );
        assert!(!me.to_string().contains(app.sessions("ada").await[0].id()));
        for hidden in ["origin", "_session", "_client"] {
            assert!(me.get(hidden).is_none(), "{format} {me}");
        }
    }
}

/// The record of one login with the identity of another.
#[tokio::test]
async fn record_belongs_to_one_streamlit_cookie() {
    for format in FORMATS {
        let app = App::new(&format!("{format}\nstreamlit_logins = \"accept\"")).await;
        let (mut ada, mut bob) = (app.signed_in("ada").await, app.signed_in("bob").await);
        let record = bob.jar.get(RECORD).expect("a record");
        ada.jar.tamper(RECORD, |_| record.value.clone());
        assert_eq!(user(&mut ada).await, "nobody", "{format}");
        ada.get("/auth/logout").await;
        assert_eq!(app.sessions("bob").await.len(), 1, "{format}");
    }
}

#[tokio::test]
async fn session_survives_change_of_format_and_secret() {
    const NEW: &str = "hG3pAe5uKt1BvXoQkV7qT2mZ9xLbR4wYc8NfJ6";
    let file = File::new("formats");
    let app = App::with_store(&file.store(), "").await;
    let mut browser = app.signed_in("ada").await;
    let id = app.sessions("ada").await[0].id().to_owned();
    let calls = Arc::new(AtomicUsize::new(0));
    for (number, format) in FORMATS.iter().chain(&FORMATS).enumerate() {
        let toml = secrets(&app.provider)
            .auth(&format!("session_store = {:?}", file.store()))
            .auth(format);
        let old = format!("cookie_secrets_old = [{COOKIE_SECRET:?}]");
        let toml = match number {
            0 | 1 => toml,
            2 => toml.cookie_secret(NEW).auth(&old),
            _ => toml.cookie_secret(NEW),
        };
        let counted = Arc::clone(&calls);
        let auth = AuthLayer::from_toml(&toml.toml())
            .unwrap()
            .on_sign_in(move |claims| {
                counted.fetch_add(1, Ordering::Relaxed);
                async { Ok(claims) }
            });
        browser.serve(app_with(auth.clone()), ORIGIN);
        for _ in 0..2 {
            assert_eq!(user(&mut browser).await, "ada", "{number}");
        }
        assert!(browser.jar.get("_streamlit_user").is_some(), "{number}");
        let sessions = auth.sessions();
        let listed = sessions.list(&app.provider.issuer(), "ada").await.unwrap();
        assert_eq!(listed[0].id(), id, "{number}");
    }
    assert_eq!(calls.load(Ordering::Relaxed), 0);

    browser.get("/auth/logout").await;

    assert_eq!(app.sessions("ada").await.len(), 0);
}

#[tokio::test]
async fn new_streamlit_login_ends_previous_session() {
    let app = App::new(FORMATS[0]).await;
    let mut ada = app.signed_in("ada").await;
    let mut copy: Browser = ada.clone();
    // A second later, so that the cookie differs.
    app.clock.advance(1);
    app.provider.set(|faults| faults.clock_skew = 1);
    ada.get("/auth/login").await;
    assert_eq!(user(&mut ada).await, "ada");
    assert_eq!(user(&mut copy).await, "nobody");
    assert_eq!(app.sessions("ada").await.len(), 1);
}
