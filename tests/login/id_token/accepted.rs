//! Unusual but valid ID tokens, and the admission of users by their claims.

use serde_json::{Value, json};

use support::TestApp;

/// The expected values are those that Python's `json` reads.
#[tokio::test]
async fn unusual_claims_are_preserved() {
    let mut nested = json!("deep");
    for _ in 0..20 {
        nested = json!([nested]);
    }
    let mut app = TestApp::new().await;
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
        app.provider.set(|f| f.claims.set(claim, value.clone()));
        app.browser.jar.clear();
        app.sign_in("ada").await;
        assert_eq!(app.user_json().await[claim], value, "{claim}");
        app.provider.clear_faults();
    }
}

/// JSON that `serde_json` does not write. Python accepts a lone surrogate, but a Rust `String`
/// cannot hold one, so the token is rejected like invalid JSON.
#[tokio::test]
async fn only_valid_json_claims_are_accepted() {
    let mut app = TestApp::new().await;
    app.provider
        .set(|f| f.payload = Some(|text| text.replace("\"Köln\"", "1.0, \"two\": 1, \"two\": 2")));
    app.sign_in("ada").await;
    let me = app.user_json().await;
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
        app.provider.set(|f| f.payload = Some(change));
        let callback = app.callback().await;
        app.assert_rejected(callback, "id_token_malformed").await;
    }
    assert_eq!(app.current_user().await, "ada");
}

/// Claims cannot set reserved keys of the identity.
#[tokio::test]
async fn reserved_claims_are_dropped() {
    let mut app = TestApp::new().await;
    app.provider.set(|f| {
        f.claims.set("is_logged_in", false);
        f.claims.set("provider", "evil");
        f.claims.set("origin", "https://evil.example");
        f.claims.set("tokens", json!({"id": "evil"}));
    });

    app.sign_in("ada").await;

    let me = app.user_json().await;
    assert_eq!(me["is_logged_in"], true);
    assert_eq!(
        (&me["provider"], &me["tokens"]),
        (&json!("default"), &Value::Null)
    );
    assert!(!me.to_string().contains("evil"), "{me}");
}

/// `[auth.allow]` compares addresses: they must be verified and complete, and belong to exactly the
/// listed domain.
#[tokio::test]
async fn lookalike_addresses_are_rejected() {
    let rules = "\n[auth.allow]\ndomains = [\"corp.example\"]\nemails = [\"eve@else.example\"]";
    let mut app = TestApp::with_secrets(|secrets| secrets.line(rules)).await;
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
        app.provider.sign_in_with(claims.clone());
        let callback = app.callback().await;
        let page = app.assert_rejected(callback, "not_allowed").await;
        assert_eq!(page.status.as_u16(), 403, "{claims}");
    }
    for email in ["a@corp.example", "A.B+c@CORP.example", "Eve@else.example"] {
        let claims = json!({"sub": "x", "email": email, "email_verified": true});
        app.provider.sign_in_with(claims);
        app.browser.get("/auth/login").await;
        assert_eq!(app.user_json().await["email"], email);
        app.browser.jar.clear();
    }
}

/// An app with a provider for all Entra tenants lists the tenants that it admits.
#[tokio::test]
async fn only_listed_tenants_are_admitted() {
    let rules = "\n[auth.allow]\nclaims = { tid = [\"tenant-1\", \"tenant-2\"] }";
    let mut app = TestApp::with_secrets(|secrets| secrets.line(rules)).await;
    for tid in [
        json!("tenant-3"),
        json!("TENANT-1"),
        json!("tenant-1 "),
        json!(1),
        Value::Null,
    ] {
        let claims = json!({"sub": "x", "tid": tid});
        app.provider.sign_in_with(claims);
        let callback = app.callback().await;
        app.assert_rejected(callback, "not_allowed").await;
    }
    for tid in ["tenant-1", "tenant-2"] {
        let claims = json!({"sub": "x", "tid": tid});
        app.provider.sign_in_with(claims);
        app.browser.get("/auth/login").await;
        assert_eq!(app.user_json().await["tid"], tid);
        app.browser.jar.clear();
    }
}
