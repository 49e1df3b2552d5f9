//! The sessions that a logout token ends.

use axum::http::StatusCode;
use serde_json::json;

use super::{App, EVENT, user};
use support::{Browser, Clock, ORIGIN, Provider, Secrets, app_with};

#[tokio::test]
async fn sid_ends_one_session() {
    let app = App::new("").await;
    let mut phone = app.signed_in_with("ada", "s-phone").await;
    let mut laptop = app.signed_in_with("ada", "s-laptop").await;
    let mut copy = phone.clone();
    let ended = tokio::spawn(app.user_in(&mut phone).await.ended());

    // `sid` is more specific than `sub`.
    app.assert_accepted(json!({ "sub": "ada", "sid": "s-phone" }))
        .await;

    assert_eq!(user(&mut phone).await, "nobody");
    assert_eq!(user(&mut copy).await, "nobody");
    assert_eq!(copy.fetch("/guarded").await.status, 401);
    assert_eq!(user(&mut laptop).await, "ada");
    ended.await.unwrap();
    assert_eq!(app.sessions("ada").await.len(), 1);
    app.assert_accepted(json!({ "sid": "s-laptop" })).await;
    assert_eq!(user(&mut laptop).await, "nobody");
}

#[tokio::test]
async fn sub_ends_all_sessions_of_user() {
    let app = App::new("").await;
    let mut phone = app.signed_in_with("ada", "s-phone").await;
    let mut laptop = app.signed_in_with("ada", "s-laptop").await;
    let mut bob = app.signed_in("bob").await;

    app.assert_accepted(json!({ "sub": "ada" })).await;

    assert_eq!(user(&mut phone).await, "nobody");
    assert_eq!(user(&mut laptop).await, "nobody");
    assert_eq!(user(&mut bob).await, "bob");
}

#[tokio::test]
async fn token_for_unknown_session_is_accepted() {
    let app = App::new("").await;
    let mut ada = app.signed_in_with("ada", "s-ada").await;
    for claims in [
        json!({ "sid": "s-other" }),
        json!({ "sub": "bob" }),
        json!({ "sub": "ada", "sid": "s-other" }),
        json!({ "sid": "ada" }),
        json!({ "sub": "s-ada" }),
    ] {
        app.assert_accepted(claims).await;
    }
    assert_eq!(user(&mut ada).await, "ada");
}

#[tokio::test]
async fn variants_of_valid_tokens_are_accepted() {
    let app = App::new("").await;
    let now = app.clock.now();
    for (header, claims) in [
        (json!({ "typ": "JWT" }), json!({})),
        (json!({ "typ": null }), json!({})),
        (json!({ "typ": "Logout+JWT" }), json!({})),
        (json!({ "kid": null }), json!({})),
        (
            json!({}),
            json!({ "aud": ["other", app.provider.registered().id] }),
        ),
        (json!({}), json!({ "exp": null })),
        (json!({}), json!({ "exp": now + 365 * 24 * 60 * 60 })),
        (json!({}), json!({ "exp": now - 30 })),
        (json!({}), json!({ "iat": now + 30 })),
        (json!({}), json!({ "iat": now - 14 * 60 })),
        (json!({}), json!({ "sub": null })),
        (
            json!({}),
            json!({ "trace": "x", "sub_id": { "format": "opaque" } }),
        ),
        (
            json!({}),
            json!({ "events": { EVENT: { "any": 1 }, "urn:other": "x" } }),
        ),
    ] {
        let sid = format!("s {header} {claims}");
        let mut ada = app.signed_in_with("ada", &sid).await;
        let mut all = json!({ "sub": "ada", "sid": sid });
        all.as_object_mut()
            .unwrap()
            .extend(claims.as_object().unwrap().clone());
        let token = app.provider.logout_token_with(header.clone(), all);
        println!("{header} {claims}");
        app.send_logout(&token).await.assert_accepted();
        assert_eq!(user(&mut ada).await, "nobody");
    }
}

/// An app with two clients of one provider, and a user at each.
async fn two_clients(second: &str) -> (App, Browser, Browser) {
    let provider = Provider::start().await;
    let first = provider.registered().id;
    let secrets = Secrets::new(ORIGIN)
        .auth("session_store = \"memory\"")
        .provider("one", &provider);
    provider.client(|client| client.id = second.to_owned());
    let secrets = secrets.provider("two", &provider);
    let clock = Clock::at_system_time();
    let app = App {
        auth: clock.layer(&secrets.toml()),
        provider,
        clock,
    };
    let mut browsers = Vec::new();
    for (name, client) in [("one", first.as_str()), ("two", second)] {
        app.provider
            .client(|registered| registered.id = client.to_owned());
        app.provider
            .sign_in_with(json!({ "sub": "ada", "sid": "s-ada" }));
        let mut browser = app.browser();
        browser.get(&format!("/auth/login/{name}")).await;
        assert_eq!(user(&mut browser).await, "ada", "{name}");
        browsers.push(browser);
    }
    let two = browsers.pop().unwrap();
    (app, browsers.pop().unwrap(), two)
}

#[tokio::test]
async fn other_client_at_same_issuer_keeps_session() {
    for claims in [json!({ "sid": "s-ada" }), json!({ "sub": "ada" })] {
        let (app, mut one, mut two) = two_clients("second").await;
        app.assert_accepted(claims.clone()).await;
        assert_eq!(user(&mut two).await, "nobody", "{claims}");
        assert_eq!(user(&mut one).await, "ada", "{claims}");
    }
}

#[tokio::test]
async fn sessions_of_all_listed_clients_are_ended() {
    let (app, mut one, mut two) = two_clients("second").await;
    let both = json!(["second", Provider::start().await.registered().id]);
    app.assert_accepted(json!({ "sid": "s-ada", "aud": both }))
        .await;
    assert_eq!(user(&mut one).await, "nobody");
    assert_eq!(user(&mut two).await, "nobody");
}

#[tokio::test]
async fn same_subject_at_other_issuer_keeps_session() {
    let (here, there) = (Provider::start().await, Provider::start().await);
    there.rotate(); // so that the two have different keys
    let secrets = support::two_providers(&here, &there).auth("session_store = \"memory\"");
    let clock = Clock::at_system_time();
    let auth = clock.layer(&secrets.toml());
    let mut browsers = Vec::new();
    for (name, provider) in [("one", &here), ("two", &there)] {
        provider.sign_in_with(json!({ "sub": "ada", "sid": "s-ada" }));
        let mut browser = Browser::new(app_with(auth.clone()), ORIGIN);
        browser.get(&format!("/auth/login/{name}")).await;
        browsers.push(browser);
    }
    for claims in [json!({ "sid": "s-ada" }), json!({ "sub": "ada" })] {
        super::send(&auth, &there.logout_token(claims))
            .await
            .assert_accepted();
        // A token in the name of the other provider.
        let forged = there.logout_token(json!({ "sid": "s-ada", "iss": here.issuer() }));
        let answer = super::send(&auth, &forged).await;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST);
    }
    assert_eq!(user(&mut browsers[0]).await, "ada");
    assert_eq!(user(&mut browsers[1]).await, "nobody");
}
