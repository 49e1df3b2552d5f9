//! Accepted identities: the rules of `[auth.allow]`, and readable claims.

use std::{sync::Arc, time::Duration};

use axum::{Router, routing::get};
use axum_streamlit_auth::{AuthLayer, LoggedIn, TestUser, User};
use serde_json::{Map, Value, json};
use tokio::{sync::Notify, time::timeout};

use super::{TIME, user_of_text};
use support::{
    Browser, COOKIE_SECRET, Clock, Log, ORIGIN, Provider, app_with, secrets,
    signed::{self, IDENTITY},
    text, with_cookies,
};

/// A layer whose provider has the lines `client` in its table, followed by `lines`.
pub(super) fn layer(client: &str, lines: &str) -> AuthLayer {
    let toml = format!(
        "[auth]\nredirect_uri = \"{ORIGIN}/oauth2callback\"\ncookie_secret = \"{COOKIE_SECRET}\"\n\
         [auth.sso]\nclient_secret = \"a-secret\"\n{client}\n{lines}\n"
    );
    Clock::at(TIME).layer(&toml)
}

pub(super) const CLIENT: &str = "client_id = \"app\"\n\
     server_metadata_url = \"https://idp.example/.well-known/openid-configuration\"";

/// The results of each extractor and a guard for these cookies: `user`, `optional`, `guarded`.
async fn seen(auth: &AuthLayer, cookies: &str) -> [String; 3] {
    let optional = |user: Option<LoggedIn>| async move {
        user.map_or_else(
            || "nobody".to_owned(),
            |LoggedIn(user)| user.get_str("sub").unwrap_or_default().to_owned(),
        )
    };
    let app = Router::new()
        .route("/optional", get(optional))
        .layer(auth.clone())
        .merge(app_with(auth.clone()));
    let mut seen = [const { String::new() }; 3];
    for (path, seen) in ["/", "/optional", "/guarded"].iter().zip(&mut seen) {
        let response = with_cookies(&app, path, cookies).await;
        let is_open = response.status() == 200;
        let text = text(response).await;
        *seen = if is_open { text } else { "nobody".to_owned() };
    }
    seen
}

pub(super) async fn is_ada(auth: &AuthLayer, cookies: &str) -> bool {
    let seen = seen(auth, cookies).await;
    let is_ada = seen[0] == "ada";
    let expected = if is_ada { "ada" } else { "nobody" };
    assert_eq!(seen, [expected; 3]);
    is_ada
}

#[tokio::test]
async fn rule_added_after_login_binds_every_extractor() {
    let before = layer(CLIENT, "");
    let cookie = TestUser::new("ada")
        .claim("groups", ["ops"])
        .cookie(&before);
    assert!(is_ada(&before, &cookie).await);
    for (rule, admitted) in [
        ("[auth.allow]\ndomains = [\"example.com\"]", true),
        ("[auth.allow]\ndomains = [\"corp.example\"]", false),
        ("[auth.allow]\nemails = [\"ada@example.com\"]", true),
        ("[auth.allow]\nemails = [\"bob@example.com\"]", false),
        ("[auth.allow]\nclaims = { groups = \"ops\" }", true),
        ("[auth.allow]\nclaims = { groups = \"dev\" }", false),
        ("allow = { claims = { groups = \"ops\" } }", true),
        ("allow = { claims = { groups = \"dev\" } }", false),
    ] {
        let after = layer(CLIENT, rule);
        let log = Log::start();
        assert_eq!(is_ada(&after, &cookie).await, admitted, "{rule}");
        assert_eq!(log.reasons().contains(&"not_allowed".to_owned()), !admitted);
    }
}

/// A browser after a login at an app with this hook.
async fn signed_in<F, Fut>(provider: &Provider, lines: [&str; 2], hook: F) -> Browser
where
    F: Fn(Map<String, Value>) -> Fut + Send + Sync + 'static,
    Fut: Future<Output = Result<Map<String, Value>, String>> + Send + 'static,
{
    let toml = secrets(provider).auth(lines[0]).line(lines[1]).toml();
    let auth = AuthLayer::from_toml(&toml).unwrap().on_sign_in(hook);
    let mut browser = Browser::new(app_with(auth), ORIGIN);
    browser.get("/auth/login").await;
    browser
}

const STAFF: &str = "[auth.allow]\ndomains = [\"corp.example\"]\nclaims = { groups = \"staff\" }";

async fn provider() -> Provider {
    let provider = Provider::start().await;
    provider.sign_in_with(json!({
        "sub": "ada", "name": "Ada", "email": "ada@corp.example", "email_verified": true, "groups": ["staff", "ops"],
    }));
    provider
}

#[tokio::test]
async fn rules_see_claims_that_provider_sent() {
    type Change = fn(&mut Map<String, Value>);
    let changes: [Change; 4] = [
        |claims| drop(claims.remove("email_verified")),
        |claims| drop(claims.insert("groups".to_owned(), json!("reader"))),
        |claims| claims.retain(|name, _| name == "sub"),
        |claims| drop(claims.insert("email".to_owned(), json!("ada@private.example"))),
    ];
    for lines in [["", STAFF], ["claims = [\"name\"]", STAFF]] {
        for change in changes {
            let provider = provider().await;
            let mut browser = signed_in(&provider, lines, move |mut claims| async move {
                change(&mut claims);
                Ok(claims)
            })
            .await;
            assert_eq!(browser.get("/guarded").await.text(), "ada");
            // The app sees the claims that the hook returned, not those that the rules use.
            let me = browser.get("/me").await.json();
            let mut expected = json!({"email_verified": true, "groups": ["staff", "ops"], "email": "ada@corp.example"});
            change(expected.as_object_mut().unwrap());
            for name in ["email_verified", "groups", "email"] {
                assert_eq!(me.get(name), expected.get(name), "{me}");
            }
            assert!(
                me.get("_allow").is_none() && me.get("_client").is_none(),
                "{me}"
            );
        }
    }
}

#[tokio::test]
async fn claim_from_hook_cannot_satisfy_later_rule() {
    let provider = provider().await;
    let mut browser = signed_in(&provider, ["", ""], |mut claims| async move {
        claims.insert("role".to_owned(), json!("admin"));
        claims.insert("name".to_owned(), json!("Countess"));
        Ok(claims)
    })
    .await;
    assert_eq!(browser.get("/me").await.json()["role"], "admin");
    for (rule, who) in [
        ("claims = { groups = \"staff\" }", "ada"),
        ("claims = { role = \"admin\" }", "nobody"),
        ("claims = { name = \"Countess\" }", "nobody"),
        (
            "claims = { groups = \"staff\", role = [\"admin\"] }",
            "nobody",
        ),
    ] {
        let toml = secrets(&provider).line(&format!("[auth.allow]\n{rule}"));
        browser.serve(
            app_with(AuthLayer::from_toml(&toml.toml()).unwrap()),
            ORIGIN,
        );
        assert_eq!(browser.get("/").await.text(), who, "{rule}");
    }
}

#[tokio::test]
async fn claims_list_keeps_claims_from_hook() {
    let provider = provider().await;
    let mut browser = signed_in(
        &provider,
        ["claims = [\"name\"]", ""],
        |mut claims| async move {
            assert_eq!(
                claims["groups"],
                json!(["staff", "ops"]),
                "the hook sees every claim"
            );
            claims.insert("plan".to_owned(), json!({"name": "free"}));
            claims.insert("email".to_owned(), json!("a@b.example"));
            Ok(claims)
        },
    )
    .await;
    let me = browser.get("/me").await.json();
    assert_eq!(
        (&me["plan"]["name"], &me["email"]),
        (&json!("free"), &json!("a@b.example"))
    );
    assert_eq!(
        (&me["name"], me.get("groups")),
        (&json!("Ada"), None),
        "{me}"
    );
}

/// A provider that lets users choose claims must not set the reserved ones.
#[tokio::test]
async fn reserved_claims_from_provider_are_dropped() {
    let provider = Provider::start().await;
    let forged = json!({"groups": "staff", "email": "eve@corp.example", "email_verified": true});
    provider.sign_in_with(json!({"sub": "eve", "_allow": forged, "_client": "AAAAAAAAAAAAAAAA"}));
    let toml = secrets(&provider);
    let mut browser = Browser::new(
        app_with(AuthLayer::from_toml(&toml.toml()).unwrap()),
        ORIGIN,
    );
    assert_eq!(browser.get("/auth/login").await.text(), "eve");
    let rules = toml.line(STAFF);
    browser.serve(
        app_with(AuthLayer::from_toml(&rules.toml()).unwrap()),
        ORIGIN,
    );
    assert_eq!(browser.get("/").await.text(), "nobody");

    // The same applies to an identity without a fingerprint, as written by Streamlit.
    let text = signed::identity_text(json!({"_allow": forged, "_client": "x", "sub": "eve"}));
    let cookie = format!(
        "{IDENTITY}={}",
        signed::sign(COOKIE_SECRET, IDENTITY, &text, TIME)
    );
    let rules = signed::toml(COOKIE_SECRET, ORIGIN) + STAFF;
    assert_eq!(
        seen(&Clock::at(TIME).layer(&rules), &cookie).await,
        ["nobody"; 3]
    );
}

#[tokio::test]
async fn unreadable_claims_are_ignored() {
    let text = |claim: &str| {
        format!(
            r#"{{"sub":"ada","x":{claim},"origin":"{ORIGIN}","is_logged_in":true,"provider":"default"}}"#
        )
    };
    let lists = |levels: usize| "[".repeat(levels) + &"]".repeat(levels);
    let objects = |levels: usize| r#"{"a":"#.repeat(levels) + "1" + &"}".repeat(levels);
    for (claim, readable) in [
        (lists(126), true),
        (lists(127), false),
        (lists(5000), false),
        (objects(126), true),
        (objects(127), false),
        (format!("[1,{},2]", objects(125)), true),
        (format!("[1,{},2]", objects(126)), false),
        ("1e999".to_owned(), false),
        (r#""\ud83e""#.to_owned(), false),
        (r#"{"\udd80":1}"#.to_owned(), false),
    ] {
        let user: User = user_of_text(&text(&claim)).await;
        assert_eq!(user.is_logged_in(), readable, "{claim:.40}");
        assert_eq!(user.len(), if readable { 4 } else { 1 }, "{claim:.40}");
    }
}

#[tokio::test]
async fn deepest_claim_from_hook_is_read_back() {
    let nested = (0..125).fold(json!(1), |inner, _| json!({ "a": inner }));
    let provider = provider().await;
    let deep = nested.clone();
    let mut browser = signed_in(&provider, ["", STAFF], move |mut claims| {
        let deep = deep.clone();
        async move {
            // Claims that rules use are stored one level deeper.
            claims.insert("groups".to_owned(), deep.clone());
            claims.insert("deep".to_owned(), deep);
            Ok(claims)
        }
    })
    .await;
    let user = browser.get("/me").await;
    assert_eq!(browser.get("/").await.text(), "ada");
    assert!(user.text().contains(&nested.to_string()));
}

/// The hook completes even if the user closes the window, so that it leaves no incomplete data.
#[tokio::test]
async fn hook_completes_after_client_disconnects() {
    let provider = provider().await;
    let [started, goes_on, ended] = [(); 3].map(|()| Arc::new(Notify::new()));
    let signals = [&started, &goes_on, &ended].map(Arc::clone);
    let auth = AuthLayer::from_toml(&secrets(&provider).toml()).unwrap();
    let auth = auth.on_sign_in(move |claims| {
        let [started, goes_on, ended] = signals.clone();
        async move {
            started.notify_one();
            goes_on.notified().await;
            ended.notify_one();
            Ok(claims)
        }
    });
    let mut browser = Browser::new(app_with(auth), ORIGIN);
    tokio::select! {
        page = browser.get("/auth/login") => panic!("the hook has not answered: {page:?}"),
        () = started.notified() => {}
    }
    goes_on.notify_one();
    let ended = timeout(Duration::from_secs(30), ended.notified()).await;
    assert!(ended.is_ok(), "the hook was cancelled");
    assert_eq!(browser.get("/").await.text(), "nobody");
}
