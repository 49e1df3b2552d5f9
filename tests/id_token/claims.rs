//! The claims that decide, each wrong in every way that was ever let through. Rows 71 to 77, 85 and 149.

use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use crate::support::{Stage, query::parameter};

/// Sets the claim to each value, `None` removes it; each login must be refused for `reason`, and the identity of before stays.
async fn refused(name: &str, values: impl IntoIterator<Item = Option<Value>>, reason: &str) {
    let mut stage = Stage::new().await;
    stage.sign_in("bob").await;
    stage.provider.sign_in_as("ada");
    for value in values {
        set(&stage, name, value.as_ref());
        let callback = stage.callback().await;
        stage.home(callback, reason).await;
        stage.provider.behave();
    }
    assert_eq!(stage.who().await, "bob");
    stage.sign_in("ada").await;
}

/// Sets the claim to each value, `None` removes it; each login must work.
async fn accepted(name: &str, values: impl IntoIterator<Item = Option<Value>>) {
    let mut stage = Stage::new().await;
    for value in values {
        set(&stage, name, value.as_ref());
        stage.browser.jar.clear();
        stage.sign_in("ada").await;
        stage.provider.behave();
    }
}

fn set(stage: &Stage, name: &str, value: Option<&Value>) {
    stage.provider.set(|f| match value {
        Some(value) => f.claims.set(name, value.clone()),
        None => f.claims.remove(name),
    });
}

/// Row 71.
#[tokio::test]
async fn a071_the_issuer_is_the_providers_to_the_byte() {
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
    let mut stage = Stage::new().await;
    let issuer = stage.provider.issuer();
    for near in [
        json!(format!("{issuer}/")),
        json!(issuer.to_uppercase()),
        json!([issuer]),
        json!(format!("{issuer}\0")),
        json!(&issuer[..issuer.len() - 1]),
    ] {
        stage.provider.set(|f| f.claims.set("iss", near));
        let callback = stage.callback().await;
        stage.home(callback, "id_token_issuer").await;
    }
}

/// Row 72: OpenID's 255 are ASCII characters.
#[tokio::test]
async fn a072_the_subject_is_a_text_of_1_to_255_bytes() {
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
    let mut stage = Stage::new().await;
    let longest = "x".repeat(255);
    stage.provider.sign_in_with(json!({ "sub": longest }));
    assert_eq!(stage.browser.get("/auth/login").await.text(), longest);
}

/// Row 73.
#[tokio::test]
async fn a073_the_audience_is_this_client_alone() {
    let wrong = [
        json!("stranger"),
        json!("APP"),
        json!(""),
        json!([]),
        json!(["stranger"]),
        json!(["app", "stranger"]),
        json!(["stranger", "app"]),
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

/// Row 73: a second audience that the configuration names is no stranger, and is no audience by itself.
#[tokio::test]
async fn a073_a_trusted_audience_may_stand_beside_us() {
    let mut stage = Stage::with(|secrets| secrets.auth(r#"trusted_audiences = ["friend"]"#)).await;
    for (aud, is_good) in [
        (json!(["app", "friend"]), true),
        (json!(["friend", "app"]), true),
        (json!(["friend"]), false),
        (json!("friend"), false),
        (json!(["app", "friend", "stranger"]), false),
    ] {
        stage.provider.set(|f| f.claims.set("aud", aud));
        let callback = stage.callback().await;
        if is_good {
            assert_eq!(stage.browser.follow(callback).await.text(), "ada");
            stage.browser.jar.clear();
        } else {
            stage.home(callback, "id_token_audience").await;
        }
    }
}

/// Row 74.
#[tokio::test]
async fn a074_the_authorized_party_is_this_client_if_there_is_one() {
    let wrong = [json!("stranger"), json!(""), json!(["app"]), json!(5)];
    refused("azp", wrong.map(Some), "id_token_party").await;
    accepted("azp", [Some(json!("app")), Some(Value::Null), None]).await;
}

/// Rows 75 and 149: 60 seconds of leeway, at any size of number.
#[tokio::test]
async fn a075_the_expiry_is_a_number_and_to_come() {
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

/// Rows 75 and 76: the last second that counts and the first that does not.
#[tokio::test]
async fn a075_the_leeway_is_kept_to_the_second() {
    let mut stage = Stage::new().await;
    let now = now() + 100; // ahead of the provider, so that nothing else moves the clock
    stage.clock.set(now.unsigned_abs());
    for (claim, good, bad, reason) in [
        ("exp", now - 59, now - 60, "id_token_expired"),
        ("iat", now + 60, now + 61, "id_token_issued_at"),
        ("iat", now - 600, now - 601, "id_token_issued_at"),
        ("nbf", now + 60, now + 61, "id_token_not_before"),
    ] {
        set(&stage, claim, Some(&good.into()));
        stage.browser.jar.clear();
        stage.sign_in("ada").await;
        set(&stage, claim, Some(&bad.into()));
        let callback = stage.callback().await;
        stage.home(callback, reason).await;
        stage.provider.behave();
    }
}

/// Rows 76 and 149: an ID token is made for this login, so it is a few minutes old at most.
#[tokio::test]
async fn a076_the_time_of_issue_is_now_and_not_before_is_past() {
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

/// Row 149: everything of the provider's is a minute off.
#[tokio::test]
async fn a149_clocks_may_differ_by_a_minute() {
    for skew in [-55, 55] {
        let mut stage = Stage::new().await;
        stage.provider.set(|f| f.clock_skew = skew);
        stage.sign_in("ada").await;
    }
}

/// Row 77.
#[tokio::test]
async fn a077_the_nonce_is_that_of_this_very_login() {
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

    let mut stage = Stage::new().await;
    let other = parameter(&stage.start("/auth/login").await.url, "nonce");
    for near in [
        |nonce: &str, _: &str| nonce.to_uppercase(),
        |nonce: &str, _: &str| nonce[..42].to_owned(),
        |nonce: &str, _: &str| format!("{nonce}A"),
        |_: &str, other: &str| other.to_owned(),
    ] {
        let start = stage.start("/auth/login").await;
        let near = near(&parameter(&start.url, "nonce"), &other);
        stage.provider.set(|f| f.claims.set("nonce", near));
        let callback = stage.come_back(start).await;
        stage.home(callback, "id_token_nonce").await;
    }
}

/// Row 85.
#[tokio::test]
async fn a085_at_hash_fits_the_access_token_if_it_is_there() {
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
    let mut stage = Stage::new().await;
    for other in ["another access token", ""] {
        stage
            .provider
            .set(|f| f.token_response.set("access_token", other));
        let callback = stage.callback().await;
        stage.home(callback, "id_token_access_token").await;
    }
}

fn now() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.unwrap().as_secs().cast_signed()
}
