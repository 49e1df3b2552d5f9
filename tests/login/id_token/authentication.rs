//! `max_age`, `prompt=login` and `acr_values`: the ID token has to show that they were met.

use axum::{Router, routing::get};
use axum_streamlit_auth::{AuthLayer, Login};
use serde_json::{Value, json};

use support::{Browser, ORIGIN, Provider, TestApp, app_with, query, secrets};

async fn app_with_kwargs(kwargs: &str) -> TestApp {
    let line = format!("client_kwargs = {{ {kwargs} }}");
    TestApp::with_secrets(|secrets| secrets.auth(&line)).await
}

/// Asserts that each value of the claim lets the login succeed, or fail for a reason. `None`
/// removes the claim.
async fn check(app: &mut TestApp, claim: &str, cases: Vec<(Option<Value>, Option<&str>)>) {
    for (value, reason) in cases {
        app.provider.clear_faults();
        app.provider.set(|f| match &value {
            Some(value) => f.claims.set(claim, value.clone()),
            None => f.claims.remove(claim),
        });
        app.browser.jar.clear();
        match reason {
            None => drop(app.sign_in("ada").await),
            Some(reason) => {
                let callback = app.callback().await;
                app.assert_rejected(callback, reason).await;
                assert_eq!(app.current_user().await, "nobody", "{value:?}");
            }
        }
    }
}

/// Sets the clock of the app ahead of the provider's, so that the limits can be tested exactly.
fn now(app: &TestApp) -> u64 {
    let now = app.clock.now() + 100;
    app.clock.set(now);
    now
}

const MISSING: Option<&str> = Some("auth_time_missing");
const OLD: Option<&str> = Some("auth_time_too_old");

/// The last accepted second and the first one that is too old, with 60 seconds of clock leeway.
#[tokio::test]
async fn auth_time_must_be_within_max_age() {
    let mut app = app_with_kwargs("max_age = 300").await;
    let now = now(&app);
    #[expect(clippy::cast_precision_loss, reason = "it is far below 2^53")]
    let float = now as f64 - 0.5;
    let cases = vec![
        (Some(json!(now)), None),
        (Some(json!(float)), None),
        (Some(json!(now - 360)), None),
        (Some(json!(now - 361)), OLD),
        (Some(json!(1)), OLD),
        (Some(json!(now + 60)), None),
        (Some(json!(now + 61)), MISSING),
        (None, MISSING),
        (Some(Value::Null), MISSING),
        (Some(json!(0)), MISSING),
        (Some(json!(-1)), MISSING),
        (Some(json!(now.to_string())), MISSING),
        (Some(json!([now])), MISSING),
        (Some(json!(now * 1000)), MISSING),
        (Some(json!(u64::MAX)), MISSING),
        (Some(json!(1e300)), MISSING),
    ];
    check(&mut app, "auth_time", cases).await;
}

/// The user has to authenticate after the start of the login, however long the rest of the login
/// takes.
#[tokio::test]
async fn forced_authentication_must_be_after_login_start() {
    for kwargs in [
        "max_age = 0",
        "prompt = \"login\"",
        "prompt = \"consent login\"",
    ] {
        let mut app = app_with_kwargs(kwargs).await;
        let started = now(&app);
        for (auth_time, reason) in [(started - 60, None), (started - 61, OLD)] {
            app.browser.jar.clear();
            app.clock.set(started);
            app.provider.set(|f| f.claims.set("auth_time", auth_time));
            let callback = app.callback().await;
            // The ID token is from the time of the callback.
            app.clock.set(started + 500);
            match reason {
                None => assert_eq!(app.browser.follow(callback).await.text(), "ada", "{kwargs}"),
                Some(reason) => drop(app.assert_rejected(callback, reason).await),
            }
        }
    }
}

#[tokio::test]
async fn acr_must_be_a_requested_value() {
    const UNMET: Option<&str> = Some("acr_unmet");
    const ABSENT: Option<&str> = Some("acr_missing");
    let mut app = app_with_kwargs("acr_values = \"gold  urn:x:silver\"").await;
    let cases = vec![
        (Some(json!("gold")), None),
        (Some(json!("urn:x:silver")), None),
        (Some(json!("Gold")), UNMET),
        (Some(json!("gold urn:x:silver")), UNMET),
        (Some(json!("")), UNMET),
        (Some(json!("0")), UNMET),
        (Some(json!("bronze")), UNMET),
        (None, ABSENT),
        (Some(Value::Null), ABSENT),
        (Some(json!(["gold"])), ABSENT),
        (Some(json!(1)), ABSENT),
    ];
    check(&mut app, "acr", cases).await;
}

/// Without a requirement, any value is accepted.
#[tokio::test]
async fn claims_are_ignored_without_requirement() {
    let mut app = app_with_kwargs("prompt = \"consent\"").await;
    let any = || {
        vec![
            (None, None),
            (Some(json!("x")), None),
            (Some(json!(0)), None),
        ]
    };
    check(&mut app, "auth_time", any()).await;
    check(&mut app, "acr", any()).await;
}

/// UserInfo is not signed, so it cannot show how the user authenticated.
#[tokio::test]
async fn userinfo_cannot_replace_authentication_claims() {
    let lines = "userinfo = true\nclient_kwargs = { max_age = 300, acr_values = \"gold\" }";
    let mut app = TestApp::with_secrets(|secrets| secrets.auth(lines)).await;
    for (claim, value, reason) in [
        ("auth_time", json!(now(&app)), "auth_time_missing"),
        ("acr", json!("gold"), "acr_missing"),
    ] {
        app.provider.set(|f| {
            f.claims.remove(claim);
            f.userinfo_claims.set(claim, value);
        });
        let callback = app.callback().await;
        app.assert_rejected(callback, reason).await;
        app.provider.clear_faults();
    }
    let mut app = TestApp::with_secrets(|secrets| secrets.auth("userinfo = true")).await;
    app.provider.set(|f| {
        for claim in ["auth_time", "acr", "amr"] {
            f.claims.remove(claim);
            f.userinfo_claims.set(claim, "forged");
        }
    });
    app.sign_in("ada").await;
    let user = app.user_json().await;
    assert_eq!(
        (&user["acr"], &user["amr"], &user["auth_time"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
}

/// A visitor can edit the request to the provider, but not the attempt in the signed cookie.
#[tokio::test]
async fn stripped_parameter_is_still_required() {
    for (kwargs, stripped, claim, reason) in [
        ("max_age = 300", "max_age", "auth_time", "auth_time_missing"),
        (
            "prompt = \"login\"",
            "prompt",
            "auth_time",
            "auth_time_missing",
        ),
        ("acr_values = \"gold\"", "acr_values", "acr", "acr_missing"),
    ] {
        let mut app = app_with_kwargs(kwargs).await;
        app.provider.set(|f| f.claims.remove(claim));
        let start = app.start("/auth/login").await;
        let start = query::with(&start, stripped, None);
        let callback = app.return_from_provider(start).await;
        app.assert_rejected(callback, reason).await;
    }
}

/// The requirements of a `Login` are verified as well, and those of the configuration remain.
#[tokio::test]
async fn requirements_of_one_login_are_verified() {
    for (login, kwargs, claim, value, is_met) in [
        (
            Login::new().param("max_age", "60"),
            "",
            "auth_time",
            Some(json!(1)),
            false,
        ),
        (
            Login::new().param("max_age", "60"),
            "",
            "auth_time",
            None,
            false,
        ),
        (
            Login::new().prompt("login"),
            "",
            "auth_time",
            Some(json!(1)),
            false,
        ),
        (
            Login::new().param("acr_values", "gold"),
            "",
            "acr",
            Some(json!("1")),
            false,
        ),
        (
            Login::new().param("acr_values", "gold"),
            "",
            "acr",
            Some(json!("gold")),
            true,
        ),
        (
            Login::new().param("max_age", "9999"),
            "max_age = 9",
            "auth_time",
            Some(json!(1)),
            false,
        ),
        (
            Login::new().param("max_age", ""),
            "max_age = 9",
            "auth_time",
            Some(json!(1)),
            false,
        ),
        (
            Login::new().param("acr_values", "a"),
            "acr_values = \"b\"",
            "acr",
            Some(json!("a")),
            true,
        ),
        (
            Login::new().param("acr_values", "a"),
            "acr_values = \"b\"",
            "acr",
            Some(json!("b")),
            false,
        ),
        (Login::new(), "", "auth_time", None, true),
    ] {
        let provider = Provider::start().await;
        let kwargs = format!("client_kwargs = {{ {kwargs} }}");
        let auth = AuthLayer::from_toml(&secrets(&provider).auth(&kwargs).toml()).unwrap();
        let start = Router::new().route("/start", get(|| async { login.return_to("/") }));
        let app = app_with(auth.clone()).merge(start.layer(auth));
        let mut browser = Browser::new(app, ORIGIN);
        provider.set(|f| match value.clone() {
            Some(value) => f.claims.set(claim, value),
            None => f.claims.remove(claim),
        });

        let page = browser.get("/start").await;

        assert_eq!(
            page.text() == "ada",
            is_met,
            "{kwargs} {claim} {value:?}: {page:?}"
        );
        assert_eq!(page.status.is_client_error(), !is_met, "{page:?}");
    }
}
