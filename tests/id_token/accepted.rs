//! What a good ID token may say, odd as it is, and whom its claims let in. Rows 87 and 88.

use serde_json::{Value, json};

use crate::support::Stage;

/// Row 87: the expected values are what Python's `json` reads.
#[tokio::test]
async fn a087_odd_claims_arrive_as_they_are() {
    let mut nested = json!("deep");
    for _ in 0..20 {
        nested = json!([nested]);
    }
    let mut stage = Stage::new().await;
    for (claim, value) in [
        ("email_verified", json!("true")),
        ("updated_at", json!("2011-01-01T23:58:42+0000")),
        ("updated_at", json!("2024-02-30T25:00:00Z")),
        ("updated_at", json!(-1)),
        ("auth_time", json!(0)),
        ("auth_time", json!(1.5)),
        ("address", nested),
        ("name", json!("a\u{0}b\r\n\u{7f}\u{2028}\u{202e}<script>")),
        ("name", json!("👩‍💻 Zoë 李")),
        ("name", json!("")),
        ("name", Value::Null),
        ("name", json!(["Ada", 5])),
        ("email", json!({"value": "ada@example.org"})),
        ("picture", json!("not a URL")),
        ("locale", json!(7)),
        ("count", json!(9_223_372_036_854_775_807_i64)),
        ("count", json!(9_223_372_036_854_775_808_u64)),
        ("count", json!(1.0)),
        ("count", json!(1e-7)),
        ("is_admin", json!(false)),
        ("", json!("a claim without a name")),
        ("a.b\"c\\d é", json!("a name to quote")),
    ] {
        stage.provider.set(|f| f.claims.set(claim, value.clone()));
        stage.browser.jar.clear();
        stage.sign_in("ada").await;
        assert_eq!(stage.me().await[claim], value, "{claim}");
        stage.provider.behave();
    }
}

/// Row 87: texts that `serde_json` does not write. A lone surrogate, which Python reads, has no place in a Rust `String`: a token that holds one is
/// refused, like one that is no JSON, and not mangled.
#[tokio::test]
async fn a087_what_is_no_json_is_refused_and_what_is_odd_json_is_read() {
    let mut stage = Stage::new().await;
    stage
        .provider
        .set(|f| f.payload = Some(|text| text.replace("\"Köln\"", "1.0, \"two\": 1, \"two\": 2")));
    stage.sign_in("ada").await;
    let me = stage.me().await;
    assert_eq!((&me["city"], &me["two"]), (&json!(1.0), &json!(2)));

    type Change = fn(String) -> String;
    let changes: [Change; 5] = [
        |text| text.replace("Köln", r"\ud800"),
        |text| text.replace("\"Köln\"", "NaN"),
        |text| text.replace("\"Köln\"", "1e999"),
        |text| text.replace("Köln", "\u{1}"),
        |text| {
            text.replace(
                "\"Köln\"",
                &format!("{}5{}", "[".repeat(1000), "]".repeat(1000)),
            )
        },
    ];
    for change in changes {
        stage.provider.set(|f| f.payload = Some(change));
        let callback = stage.callback().await;
        stage.home(callback, "id_token_malformed").await;
    }
    assert_eq!(stage.who().await, "ada");
}

/// Row 87: claims cannot speak for us.
#[tokio::test]
async fn a087_our_own_keys_are_no_claims() {
    let mut stage = Stage::new().await;
    stage.provider.set(|f| {
        f.claims.set("is_logged_in", false);
        f.claims.set("provider", "evil");
        f.claims.set("origin", "https://evil.example");
        f.claims.set("tokens", json!({"id": "evil"}));
    });

    stage.sign_in("ada").await;

    let me = stage.me().await;
    assert_eq!(me["is_logged_in"], true);
    assert_eq!(
        (&me["provider"], &me["tokens"]),
        (&json!("default"), &Value::Null)
    );
    assert!(!me.to_string().contains("evil"), "{me}");
}

/// Row 88: `[auth.allow]` is the one helper that goes by an address: verified, whole, and of exactly that domain.
#[tokio::test]
async fn a088_lookalike_addresses_are_not_let_in() {
    let rules = "\n[auth.allow]\ndomains = [\"corp.example\"]\nemails = [\"eve@else.example\"]";
    let mut stage = Stage::with(|secrets| secrets.line(rules)).await;
    for (email, verified) in [
        (json!("a@evil@corp.example"), json!(true)),
        (json!("a@corp.example@evil.example"), json!(true)),
        (json!("a\u{ff20}corp.example"), json!(true)),
        (json!("a@c\u{3bf}rp.example"), json!(true)),
        (json!("a@corp.example.evil.example"), json!(true)),
        (json!("a@evilcorp.example"), json!(true)),
        (json!("a@sub.corp.example"), json!(true)),
        (json!("a@corp.example\0"), json!(true)),
        (json!("a@corp.example "), json!(true)),
        (json!("a@corp.example,b@evil.example"), json!(true)),
        (json!("@corp.example"), json!(true)),
        (json!("corp.example"), json!(true)),
        (json!(["a@corp.example"]), json!(true)),
        (Value::Null, json!(true)),
        (json!("mallory@else.example"), json!(true)),
        (json!("a@corp.example"), json!(false)),
        (json!("a@corp.example"), json!("false")),
        (json!("a@corp.example"), json!(1)),
        (json!("a@corp.example"), json!(["true"])),
        (json!("a@corp.example"), Value::Null),
    ] {
        let claims = json!({"sub": "x", "email": email, "email_verified": verified});
        stage.provider.sign_in_with(claims.clone());
        let callback = stage.callback().await;
        let page = stage.home(callback, "not_allowed").await;
        assert_eq!(page.status.as_u16(), 403, "{claims}");
    }
    for email in ["a@corp.example", "A.B+c@CORP.example", "Eve@else.example"] {
        let claims = json!({"sub": "x", "email": email, "email_verified": true});
        stage.provider.sign_in_with(claims);
        stage.browser.get("/auth/login").await;
        assert_eq!(stage.me().await["email"], email);
        stage.browser.jar.clear();
    }
}

/// Row 14: an app that Entra lets every tenant into lists those that it is for.
#[tokio::test]
async fn a014_only_the_listed_tenants_sign_in() {
    let rules = "\n[auth.allow]\nclaims = { tid = [\"tenant-1\", \"tenant-2\"] }";
    let mut stage = Stage::with(|secrets| secrets.line(rules)).await;
    for tid in [
        json!("tenant-3"),
        json!("TENANT-1"),
        json!("tenant-1 "),
        json!(1),
        Value::Null,
    ] {
        let claims = json!({"sub": "x", "tid": tid});
        stage.provider.sign_in_with(claims);
        let callback = stage.callback().await;
        stage.home(callback, "not_allowed").await;
    }
    for tid in ["tenant-1", "tenant-2"] {
        let claims = json!({"sub": "x", "tid": tid});
        stage.provider.sign_in_with(claims);
        stage.browser.get("/auth/login").await;
        assert_eq!(stage.me().await["tid"], tid);
        stage.browser.jar.clear();
    }
}
