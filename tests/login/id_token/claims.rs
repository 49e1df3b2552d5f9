//! The claims that are verified, each with the wrong values that relying parties have accepted.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use support::{TestApp, query::parameter};

/// Sets the claim to each value; `None` removes it. Each login must be rejected for `reason` and
/// keep the earlier identity.
async fn refused(name: &str, values: impl IntoIterator<Item = Option<Value>>, reason: &str) {
    let mut app = TestApp::new().await;
    app.sign_in("bob").await;
    app.provider.sign_in_as("ada");
    for value in values {
        set(&app, name, value.as_ref());
        let callback = app.callback().await;
        app.assert_rejected(callback, reason).await;
        app.provider.clear_faults();
    }
    assert_eq!(app.current_user().await, "bob");
    app.sign_in("ada").await;
}

/// Sets the claim to each value; `None` removes it. Each login must succeed.
async fn accepted(name: &str, values: impl IntoIterator<Item = Option<Value>>) {
    let mut app = TestApp::new().await;
    for value in values {
        set(&app, name, value.as_ref());
        app.browser.jar.clear();
        app.sign_in("ada").await;
        app.provider.clear_faults();
    }
}

fn set(app: &TestApp, name: &str, value: Option<&Value>) {
    app.provider.set(|f| match value {
        Some(value) => f.claims.set(name, value.clone()),
        None => f.claims.remove(name),
    });
}

#[tokio::test]
async fn issuer_must_match_exactly() {
    let wrong = [
        json!("https://evil.example"),
        json!("http://127.0.0.1"),
        json!(""),
        json!(["https://evil.example"]),
        json!(5),
        Value::Null,
    ];
    refused("iss", wrong.map(Some), "id_token_issuer").await;
    refused("iss", [None], "id_token_issuer").await;
    let mut app = TestApp::new().await;
    let issuer = app.provider.issuer();
    for near in [
        json!(format!("{issuer}/")),
        json!(issuer.to_uppercase()),
        json!([issuer]),
        json!(format!("{issuer}\0")),
        json!(&issuer[..issuer.len() - 1]),
    ] {
        app.provider.set(|f| f.claims.set("iss", near));
        let callback = app.callback().await;
        app.assert_rejected(callback, "id_token_issuer").await;
    }
}

/// OpenID Connect limits `sub` to 255 ASCII characters.
#[tokio::test]
async fn subject_length_is_enforced() {
    let wrong = [
        json!(""),
        json!(5),
        json!("x".repeat(256)),
        json!("x".repeat(300)),
        json!(["ada"]),
        json!({"sub": "ada"}),
        json!(true),
        Value::Null,
    ];
    refused("sub", wrong.map(Some), "id_token_subject").await;
    refused("sub", [None], "id_token_subject").await;
    let mut app = TestApp::new().await;
    let longest = "x".repeat(255);
    app.provider.sign_in_with(json!({ "sub": longest }));
    assert_eq!(app.browser.get("/auth/login").await.text(), longest);
}

#[tokio::test]
async fn audience_must_be_this_client() {
    let wrong = [
        json!("other"),
        json!("APP"),
        json!(""),
        json!([]),
        json!(["other"]),
        json!(["app", "other"]),
        json!(["other", "app"]),
        json!(["app", 5]),
        json!([["app"]]),
        json!({"aud": "app"}),
        json!(5),
        Value::Null,
    ];
    refused("aud", wrong.map(Some), "id_token_audience").await;
    refused("aud", [None], "id_token_audience").await;
    accepted("aud", [Some(json!("app")), Some(json!(["app"]))]).await;
}

/// A configured additional audience is trusted, but is not sufficient on its own.
#[tokio::test]
async fn trusted_audiences_are_accepted() {
    let mut app =
        TestApp::with_secrets(|secrets| secrets.auth(r#"trusted_audiences = ["trusted"]"#)).await;
    for (aud, is_good) in [
        (json!(["app", "trusted"]), true),
        (json!(["trusted", "app"]), true),
        (json!(["trusted"]), false),
        (json!("trusted"), false),
        (json!(["app", "trusted", "other"]), false),
    ] {
        app.provider.set(|f| f.claims.set("aud", aud));
        let callback = app.callback().await;
        if is_good {
            assert_eq!(app.browser.follow(callback).await.text(), "ada");
            app.browser.jar.clear();
        } else {
            app.assert_rejected(callback, "id_token_audience").await;
        }
    }
}

#[tokio::test]
async fn authorized_party_must_be_this_client() {
    let wrong = [json!("other"), json!(""), json!(["app"]), json!(5)];
    refused("azp", wrong.map(Some), "id_token_party").await;
    accepted("azp", [Some(json!("app")), Some(Value::Null), None]).await;
}

/// 60 seconds of leeway, for numbers of any size.
#[tokio::test]
async fn expiry_must_be_in_the_future() {
    let to_come = now() + 3600;
    let wrong = [
        json!(now() - 90),
        json!(now() - 7 * 24 * 3600),
        json!(to_come.to_string()),
        json!(1e300),
        json!(-1),
        json!(i64::MIN),
        json!(u64::MAX),
        json!(0),
        Value::Null,
        json!(true),
        json!([to_come]),
    ];
    refused("exp", wrong.map(Some), "id_token_expired").await;
    refused("exp", [None], "id_token_expired").await;
    #[expect(clippy::cast_precision_loss, reason = "it is far below 2^53")]
    let float = to_come as f64 + 0.5;
    accepted(
        "exp",
        [
            json!(now() - 30),
            json!(float),
            json!(253_402_300_799_i64),
            json!(i64::MAX),
        ]
        .map(Some),
    )
    .await;
}

/// The last valid second and the first invalid one.
#[tokio::test]
async fn leeway_is_exact() {
    let mut app = TestApp::new().await;
    let now = now() + 100; // ahead of the provider, because otherwise `TestApp` advances the clock
    app.clock.set(now.unsigned_abs());
    for (claim, good, bad, reason) in [
        ("exp", now - 59, now - 60, "id_token_expired"),
        ("iat", now + 60, now + 61, "id_token_issued_at"),
        ("iat", now - 600, now - 601, "id_token_issued_at"),
        ("nbf", now + 60, now + 61, "id_token_not_before"),
    ] {
        set(&app, claim, Some(&good.into()));
        app.browser.jar.clear();
        app.sign_in("ada").await;
        set(&app, claim, Some(&bad.into()));
        let callback = app.callback().await;
        app.assert_rejected(callback, reason).await;
        app.provider.clear_faults();
    }
}

/// An ID token is issued for this login, so it cannot be older than a few minutes.
#[tokio::test]
async fn issued_at_and_not_before_are_checked() {
    for (name, reason) in [
        ("iat", "id_token_issued_at"),
        ("nbf", "id_token_not_before"),
    ] {
        let now = now();
        let wrong = [
            json!(now + 90),
            json!(now.to_string()),
            json!(true),
            json!(1e300),
            json!([now]),
        ];
        refused(name, wrong.map(Some), reason).await;
    }
    refused("iat", [Some(Value::Null)], "id_token_issued_at").await;
    let now = now();
    let week = now - 7 * 24 * 3600;
    let old = [None, Some(json!(week)), Some(json!(0)), Some(json!(-1))];
    refused("iat", old, "id_token_issued_at").await;
    accepted("iat", [json!(now + 30), json!(now - 300)].map(Some)).await;
    accepted(
        "nbf",
        [
            None,
            Some(Value::Null),
            Some(json!(now + 30)),
            Some(json!(week)),
            Some(json!(0)),
        ],
    )
    .await;
}

/// The clock of the provider is off by a minute.
#[tokio::test]
async fn provider_clock_skew_is_tolerated() {
    for skew in [-55, 55] {
        let mut app = TestApp::new().await;
        app.provider.set(|f| f.clock_skew = skew);
        app.sign_in("ada").await;
    }
}

#[tokio::test]
async fn nonce_must_match_the_attempt() {
    refused(
        "nonce",
        [
            None,
            Some(json!("")),
            Some(json!("wrong")),
            Some(json!("A".repeat(43))),
            Some(Value::Null),
        ],
        "id_token_nonce",
    )
    .await;

    let mut app = TestApp::new().await;
    let other = parameter(&app.start("/auth/login").await.url, "nonce");
    for near in [
        |nonce: &str, _: &str| nonce.to_uppercase(),
        |nonce: &str, _: &str| nonce[..42].to_owned(),
        |nonce: &str, _: &str| format!("{nonce}A"),
        |_: &str, other: &str| other.to_owned(),
    ] {
        let start = app.start("/auth/login").await;
        let near = near(&parameter(&start.url, "nonce"), &other);
        app.provider.set(|f| f.claims.set("nonce", near));
        let callback = app.return_from_provider(start).await;
        app.assert_rejected(callback, "id_token_nonce").await;
    }
}

#[tokio::test]
async fn at_hash_must_match_access_token() {
    refused(
        "at_hash",
        [
            json!("AAAAAAAAAAAAAAAAAAAAAA"),
            json!(""),
            json!("!!!"),
            json!(5),
        ]
        .map(Some),
        "id_token_access_token",
    )
    .await;
    accepted("at_hash", [Some(Value::Null), None]).await;
    let mut app = TestApp::new().await;
    for other in ["another access token", ""] {
        app.provider
            .set(|f| f.token_response.set("access_token", other));
        let callback = app.callback().await;
        app.assert_rejected(callback, "id_token_access_token").await;
    }
}

fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap().as_secs().cast_signed()
}
