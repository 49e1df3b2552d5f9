//! A session is valid while its record exists.

use axum_streamlit_auth::{AuthLayer, TestUser};

use super::{App, user};
use support::{
    Browser, COOKIE_SECRET, ORIGIN, Provider, Visit, app_with, current_user, secrets,
    signed::{self, IDENTITY},
};

const DAY: u64 = 24 * 60 * 60;

#[tokio::test]
async fn copied_cookie_is_invalid_after_logout() {
    for path in ["/auth/logout", "/logout"] {
        let app = App::new("").await;
        let mut ada = app.signed_in("ada").await;
        let mut copy = ada.clone();
        assert_eq!(user(&mut copy).await, "ada");

        ada.get(path).await;

        assert_eq!(user(&mut ada).await, "nobody");
        assert_eq!(user(&mut copy).await, "nobody");
        for guarded in ["/guarded", "/report"] {
            assert_eq!(copy.fetch(guarded).await.status, 401, "{guarded}");
        }
        assert_eq!(app.sessions("ada").await.len(), 0);
    }
}

#[tokio::test]
async fn logout_ends_only_its_own_session() {
    let app = App::new("").await;
    let mut phone = app.signed_in("ada").await;
    let mut laptop = app.signed_in("ada").await;
    let mut bob = app.signed_in("bob").await;

    phone.get("/auth/logout").await;

    assert_eq!(user(&mut laptop).await, "ada");
    assert_eq!(user(&mut bob).await, "bob");
}

#[tokio::test]
async fn new_login_ends_session_of_same_browser() {
    let app = App::new("").await;
    let mut browser = app.signed_in("ada").await;
    let mut copy = browser.clone();
    let first = app.sessions("ada").await[0].id().to_owned();

    browser.get("/auth/login").await;

    assert_eq!(user(&mut browser).await, "ada");
    assert_eq!(user(&mut copy).await, "nobody");
    let sessions = app.sessions("ada").await;
    assert_eq!(sessions.len(), 1);
    assert_ne!(sessions[0].id(), first);
}

#[tokio::test]
async fn planted_cookie_gains_nothing_from_login() {
    let app = App::new("").await;
    let mut bob = app.signed_in("bob").await;
    let planted = app.sessions("bob").await[0].id().to_owned();
    // The browser of ada, with the cookies of the attacker bob.
    let mut ada = bob.clone();
    app.provider.sign_in_as("ada");

    ada.get("/auth/login").await;

    assert_eq!(user(&mut ada).await, "ada");
    assert_eq!(user(&mut bob).await, "nobody");
    assert_ne!(app.sessions("ada").await[0].id(), planted);
}

#[tokio::test]
async fn failed_login_keeps_session() {
    let app = App::new("").await;
    let mut browser = app.signed_in("ada").await;
    app.provider
        .set(|faults| faults.claims.set("nonce", "wrong"));

    let page = browser.get("/auth/login").await;

    assert_eq!(page.status, 400, "{page:?}");
    assert_eq!(user(&mut browser).await, "ada");
    assert_eq!(app.sessions("ada").await.len(), 1);
}

#[tokio::test]
async fn unknown_session_is_rejected() {
    // A cookie with a valid signature, from before the store was configured or with an invalid or
    // unknown session.
    let provider = Provider::start().await;
    let toml = secrets(&provider).toml();
    let without = AuthLayer::from_toml(&toml).unwrap();
    let with = secrets(&provider).auth("session_store = \"memory\"").toml();
    let with = AuthLayer::from_toml(&with).unwrap();

    let cookie = TestUser::new("ada").cookie(&without);
    assert_eq!(
        current_user(&app_with(without.clone()), &cookie).await,
        "ada"
    );
    assert_eq!(
        current_user(&app_with(with.clone()), &cookie).await,
        "nobody"
    );

    let cookie = TestUser::new("ada").cookie(&with);
    assert_eq!(current_user(&app_with(with.clone()), &cookie).await, "ada");
    let value = cookie.split_once('=').unwrap().1;
    let text = signed::text_of(value);
    let id = text.split("\"_session\":\"").nth(1).unwrap()[..22].to_owned();
    for other in [
        "AAAAAAAAAAAAAAAAAAAAAA",
        "",
        "short",
        "!!!!!!!!!!!!!!!!!!!!!!",
    ] {
        let text = text.replace(&id, other);
        let forged = signed::sign(COOKIE_SECRET, IDENTITY, &text, signed::time_of(value));
        let forged = format!("{IDENTITY}={forged}");
        assert_eq!(
            current_user(&app_with(with.clone()), &forged).await,
            "nobody",
            "{other}"
        );
    }
}

#[tokio::test]
async fn claim_cannot_name_a_session() {
    let app = App::new("").await;
    app.signed_in("ada").await;
    let theirs = app.sessions("ada").await[0].id().to_owned();
    app.provider.sign_in_with(serde_json::json!({
        "sub": "mallory", "_session": theirs, "zz": format!("\"_session\":\"{theirs}"),
    }));
    let mut mallory = app.browser();
    mallory.get("/auth/login").await;
    assert_eq!(user(&mut mallory).await, "mallory");

    mallory.get("/auth/logout").await;

    assert_eq!(user(&mut mallory).await, "nobody");
    assert_eq!(app.sessions("ada").await.len(), 1);
    assert_eq!(app.sessions("mallory").await.len(), 0);
}

#[tokio::test]
async fn session_id_is_not_a_claim() {
    let app = App::new("").await;
    let mut ada = app.signed_in("ada").await;
    let me = ada.get("/me").await.json();
    assert_eq!(me.get("_session"), None, "{me}");
    let user = app.user_in(&mut ada).await;
    assert_eq!(
        user.session_id().as_deref(),
        Some(app.sessions("ada").await[0].id())
    );
}

#[tokio::test]
async fn session_expires_with_its_cookie() {
    let app = App::new("cookie_days = 1").await;
    let mut ada = app.signed_in("ada").await;
    app.clock.advance(DAY - 1);
    assert_eq!(user(&mut ada).await, "ada");
    assert_eq!(app.sessions("ada").await.len(), 1);

    app.clock.advance(1);

    assert_eq!(user(&mut ada).await, "nobody");
    assert_eq!(app.sessions("ada").await.len(), 0);
}

#[tokio::test]
async fn clones_of_a_layer_share_sessions() {
    let app = App::new("").await;
    let mut ada = app.signed_in("ada").await;
    let clone = app
        .auth
        .clone()
        .on_sign_in(|claims| async move { Ok(claims) });
    ada.serve(app_with(clone), ORIGIN);
    assert_eq!(user(&mut ada).await, "ada");
    ada.get("/auth/logout").await;
    assert_eq!(app.sessions("ada").await.len(), 0);
}

#[tokio::test]
async fn prefetch_of_logout_keeps_session() {
    let app = App::new("").await;
    let mut ada = app.signed_in("ada").await;
    let prefetch = Visit::get(ada.url("/auth/logout")).header("sec-purpose", "prefetch");
    ada.step(prefetch).await;
    assert_eq!(user(&mut ada).await, "ada");
}

#[tokio::test]
async fn memory_sessions_are_limited_to_one_process() {
    let app = App::new("").await;
    let mut ada = app.signed_in("ada").await;
    let toml = secrets(&app.provider)
        .auth("session_store = \"memory\"")
        .toml();
    let mut other = Browser::new(app_with(AuthLayer::from_toml(&toml).unwrap()), ORIGIN);
    other.jar = ada.jar.clone();
    assert_eq!(user(&mut other).await, "nobody");
    assert_eq!(user(&mut ada).await, "ada");
}
