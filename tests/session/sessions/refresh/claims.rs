//! The claims of a refreshed ID token replace those of the login, and pass admission again.

use axum_streamlit_auth::AccessTokenError;
use serde_json::{Map, Value, json};

use super::{App, access_token, app, app_with_store};
use crate::session::sessions::{File, user};
use support::{Browser, Edits, ORIGIN, app_with, secrets};

async fn me(browser: &mut Browser) -> Value {
    browser.get("/me").await.json()
}

impl App {
    /// Refreshes the tokens of this browser, with these edits of the new claims.
    async fn refresh_with(
        &self,
        browser: &mut Browser,
        edit: impl FnOnce(&mut Edits),
    ) -> super::Outcome {
        self.provider
            .set(|faults| edit(&mut faults.refreshed_claims));
        self.advance(3600);
        self.access_token(browser).await
    }
}

#[tokio::test]
async fn refreshed_claims_replace_those_of_login() {
    for store in ["memory", "sqlite"] {
        let file = File::new("claims");
        let store = if store == "memory" {
            store.to_owned()
        } else {
            file.store()
        };
        let app = app_with_store(&store).await;
        let mut ada = app.signed_in("ada").await;
        assert_eq!(me(&mut ada).await["groups"], json!(["admin", "ops"]));
        let copy = ada.clone();

        app.refresh_with(&mut ada, |claims| claims.set("groups", ["guests"]))
            .await
            .unwrap();

        for mut browser in [ada.clone(), copy] {
            assert_eq!(me(&mut browser).await["groups"], json!(["guests"]));
            assert_eq!(browser.get("/admin").await.status, 403);
        }
        assert_eq!(me(&mut ada).await["provider"], "default");
        assert_eq!(ada.get("/").await.set_cookies(), [""; 0]);
        // The next refresh changes the claims again.
        app.refresh_with(&mut ada, |claims| claims.set("groups", ["admin"]))
            .await
            .unwrap();
        assert_eq!(ada.get("/admin").await.status, 200);
        assert_eq!(app.provider.violations(), [""; 0]);
    }
}

#[tokio::test]
async fn replica_sees_refreshed_claims_within_seconds() {
    let file = File::new("claims-replica");
    let app = app_with_store(&file.store()).await;
    let toml = secrets(&app.provider)
        .auth(&format!("session_store = {:?}", file.store()))
        .auth("refresh = true");
    let replica = app.clock.layer(&toml.toml());
    let mut ada = app.signed_in("ada").await;
    let mut there = ada.clone();
    there.serve(app_with(replica), ORIGIN);
    app.advance(3600);
    assert_eq!(me(&mut there).await["groups"], json!(["admin", "ops"]));
    app.provider
        .set(|faults| faults.refreshed_claims.set("groups", ["guests"]));
    app.token(&mut ada).await;

    app.clock.advance(5);

    assert_eq!(me(&mut there).await["groups"], json!(["guests"]));
}

#[tokio::test]
async fn user_who_is_no_longer_allowed_is_logged_out() {
    let app = App::new("refresh = true\nallow.claims = { groups = \"ops\" }").await;
    let mut ada = app.signed_in("ada").await;

    let outcome = app
        .refresh_with(&mut ada, |claims| claims.set("groups", ["guests"]))
        .await;

    assert_eq!(outcome, Err(AccessTokenError::Refused));
    assert_eq!(user(&mut ada).await, "nobody");
    assert_eq!(app.sessions("ada").await.len(), 0);
}

#[tokio::test]
async fn token_from_other_login_ends_session() {
    let edits: [(&str, Value); 5] = [
        ("sub", json!("bob")),
        ("iss", json!("https://other.example")),
        ("aud", json!("other")),
        ("azp", json!("other")),
        ("nonce", json!("of another login")),
    ];
    for (claim, value) in edits {
        let app = app().await;
        let mut ada = app.signed_in("ada").await;
        let outcome = app
            .refresh_with(&mut ada, |claims| claims.set(claim, value))
            .await;
        assert_eq!(outcome, Err(AccessTokenError::Refused), "{claim}");
        assert_eq!(user(&mut ada).await, "nobody", "{claim}");
    }
}

#[tokio::test]
async fn id_token_may_repeat_the_nonce() {
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    let requests = app.provider.requests("authorize");
    let nonce = requests
        .last()
        .unwrap()
        .parameter("nonce")
        .unwrap()
        .to_owned();
    let refreshed = app.refresh_with(&mut ada, |claims| {
        claims.set("nonce", nonce);
        claims.set("name", "Ada King");
    });
    refreshed.await.unwrap();
    assert_eq!(me(&mut ada).await["name"], "Ada King");
}

#[tokio::test]
async fn refresh_does_not_change_authentication_claims() {
    let app = app().await;
    app.provider
        .set(|faults| faults.claims.set("acr", "bronze"));
    let mut ada = app.signed_in("ada").await;
    let before = me(&mut ada).await;

    let refreshed = app.refresh_with(&mut ada, |claims| {
        claims.set("auth_time", 4_000_000_000_u64);
        claims.set("acr", "gold");
        claims.set("amr", ["mfa"]);
        claims.set("name", "Ada King");
    });

    refreshed.await.unwrap();
    let after = me(&mut ada).await;
    assert_eq!(after["name"], "Ada King");
    for claim in ["auth_time", "acr", "amr"] {
        assert_eq!(after.get(claim), before.get(claim), "{claim}");
    }
}

#[tokio::test]
async fn unusable_id_token_changes_nothing() {
    let edits: [fn(&mut Edits); 3] = [
        |claims| claims.set("exp", 1),
        |claims| claims.set("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"),
        |claims| claims.remove("iat"),
    ];
    for edit in edits {
        let app = app().await;
        let mut ada = app.signed_in("ada").await;
        let before = me(&mut ada).await;
        app.provider
            .set(|faults| faults.refreshed_claims.set("name", "Eve"));
        app.refresh_with(&mut ada, edit).await.unwrap();
        assert_eq!(me(&mut ada).await, before);
    }
    let app = app().await;
    let mut ada = app.signed_in("ada").await;
    let before = me(&mut ada).await;
    app.provider
        .set(|faults| faults.refresh_response.remove("id_token"));
    app.refresh_with(&mut ada, |_| {}).await.unwrap();
    assert_eq!(me(&mut ada).await, before);
}

#[tokio::test]
async fn userinfo_is_requested_again() {
    let app = App::new("refresh = true\nuserinfo = true").await;
    app.provider
        .set(|faults| faults.userinfo_claims.set("team", "red"));
    let mut ada = app.signed_in("ada").await;
    assert_eq!(me(&mut ada).await["team"], "red");
    app.provider
        .set(|faults| faults.userinfo_claims.set("team", "blue"));

    app.refresh_with(&mut ada, |_| {}).await.unwrap();

    assert_eq!(me(&mut ada).await["team"], "blue");
    app.provider
        .set(|faults| faults.userinfo_claims.set("sub", "bob"));
    app.refresh_with(&mut ada, |_| {}).await.unwrap();
    assert_eq!(me(&mut ada).await["team"], "blue");
}

#[tokio::test]
async fn hook_applies_to_refreshed_claims() {
    let mut app = app().await;
    app.auth = app
        .auth
        .clone()
        .on_sign_in(|mut claims: Map<String, Value>| async move {
            if claims["groups"] == json!(["guests"]) {
                return Err("No guests.".to_owned());
            }
            let roles = claims["groups"].as_array().map_or(0, Vec::len);
            claims.insert("roles".to_owned(), roles.into());
            Ok(claims)
        });
    let mut ada = app.signed_in("ada").await;
    assert_eq!(me(&mut ada).await["roles"], 2);
    app.refresh_with(&mut ada, |claims| claims.set("groups", ["a", "b", "c"]))
        .await
        .unwrap();
    assert_eq!(me(&mut ada).await["roles"], 3);

    let outcome = app
        .refresh_with(&mut ada, |claims| claims.set("groups", ["guests"]))
        .await;

    assert_eq!(outcome, Err(AccessTokenError::Refused));
    assert_eq!(
        access_token(&app.auth, &mut ada).await,
        Err(AccessTokenError::NotLoggedIn)
    );
}
