//! Signature and header.

use serde_json::{Value, json};

use support::{Faults, Provider, TestApp, TokenSignature, encrypted_token};

type Alter = fn(&mut Faults);

/// Each login must be rejected for its reason and keep the earlier identity. At the end, a valid
/// login must succeed.
async fn refused(app: &mut TestApp, alter: &[(Alter, &str)]) {
    app.sign_in("bob").await;
    app.provider.sign_in_as("ada");
    app.assert_each_rejected(alter).await;
    assert_eq!(app.current_user().await, "bob");
    app.sign_in("ada").await;
}

const ALGORITHM: &str = "id_token_algorithm";
const SIGNATURE: &str = "id_token_signature";
const NO_KEY: &str = "id_token_key";
const NO_JWT: &str = "id_token_malformed";
const HEADER: &str = "id_token_header";

/// Unsigned tokens are rejected whether or not discovery lists `none`.
#[tokio::test]
async fn unsigned_token_is_rejected() {
    let alter: [(Alter, &str); 11] = [
        (|f| unsigned(f, "none"), ALGORITHM),
        (|f| unsigned(f, "None"), ALGORITHM),
        (|f| unsigned(f, "nOnE"), ALGORITHM),
        (|f| unsigned(f, "NONE"), ALGORITHM),
        (|f| unsigned(f, ""), ALGORITHM),
        (|f| unsigned(f, Value::Null), ALGORITHM),
        (|f| unsigned(f, json!(["none"])), ALGORITHM),
        (
            |f| (f.header.remove("alg"), f.signature = TokenSignature::Empty).1,
            ALGORITHM,
        ),
        (|f| f.header.set("alg", "none"), ALGORITHM),
        (|f| f.header.remove("alg"), ALGORITHM),
        (|f| f.signature = TokenSignature::Absent, NO_JWT),
    ];
    for listed in [json!(["RS256"]), json!(["none", "RS256"]), Value::Null] {
        let mut app = TestApp::new().await;
        app.provider.sign_with("RS256");
        list_algorithms(&mut app, &listed).await;
        refused(&mut app, &alter).await;
    }
}

fn unsigned(faults: &mut Faults, alg: impl Into<Value>) {
    faults.header.set("alg", alg);
    faults.signature = TokenSignature::Empty;
}

/// The tokens are rejected even if the provider lists HS256 or no algorithm.
#[tokio::test]
async fn public_key_cannot_verify_hmac() {
    let alter: [(Alter, &str); 3] = [
        (|f| f.signature = TokenSignature::HmacOfPem, ALGORITHM),
        (|f| f.signature = TokenSignature::HmacOfJwk, ALGORITHM),
        (
            |f| {
                (
                    f.signature = TokenSignature::HmacOfPem,
                    f.header.remove("kid"),
                )
                    .1
            },
            ALGORITHM,
        ),
    ];
    for listed in [json!(["RS256"]), json!(["HS256", "RS256"]), Value::Null] {
        let mut app = TestApp::new().await;
        app.provider.sign_with("RS256");
        list_algorithms(&mut app, &listed).await;
        refused(&mut app, &alter).await;
    }
}

/// Valid signatures with an algorithm that the provider does not list, or with the client secret as
/// the key.
#[tokio::test]
async fn only_listed_asymmetric_algorithms_are_accepted() {
    let alter: [(Alter, &str); 5] = [
        (|f| f.alg = "ES256", ALGORITHM),
        (|f| f.alg = "RS512", ALGORITHM),
        (|f| f.alg = "PS256", ALGORITHM),
        (|f| f.alg = "EdDSA", ALGORITHM),
        (|f| f.alg = "HS256", ALGORITHM),
    ];
    let mut app = TestApp::new().await;
    app.provider.sign_with("RS256");
    refused(&mut app, &alter).await;

    let mut app = TestApp::new().await;
    app.provider.sign_with("RS256");
    list_algorithms(&mut app, &json!(["RS256", "HS256"])).await;
    refused(&mut app, &alter[4..]).await;
}

/// A key with `alg` cannot be used for another algorithm of its family.
#[tokio::test]
async fn key_is_limited_to_its_algorithm() {
    let mut app = TestApp::new().await;
    app.provider.sign_with("RS256");
    list_algorithms(&mut app, &json!(["RS256", "RS384"])).await;
    let alter: [(Alter, &str); 1] = [(|f| (f.alg = "RS384", f.jwk.set("alg", "RS256")).1, NO_KEY)];
    refused(&mut app, &alter).await;
}

#[tokio::test]
async fn every_supported_algorithm_is_accepted() {
    for alg in "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519".split(' ') {
        let mut app = TestApp::new().await;
        app.provider.set(|f| f.alg = alg);
        app.sign_in("ada").await;
    }
}

/// The second valid ECDSA signature of the token. It is harmless, because a login needs a new code.
#[tokio::test]
async fn invalid_signature_is_rejected() {
    let always: [(Alter, &str); 8] = [
        (|f| f.signature = TokenSignature::Flipped, SIGNATURE),
        (|f| f.signature = TokenSignature::Empty, SIGNATURE),
        (|f| f.signature = TokenSignature::Absent, NO_JWT),
        (|f| f.signature = TokenSignature::Truncated, SIGNATURE),
        (|f| f.signature = TokenSignature::Zero, SIGNATURE),
        (|f| f.signature = TokenSignature::ForeignKey, SIGNATURE),
        (|f| f.signature = TokenSignature::PaddedBase64, NO_JWT),
        (|f| f.signature = TokenSignature::StrayBits, NO_JWT),
    ];
    for alg in ["RS256", "PS256", "EdDSA", "Ed25519"] {
        let mut app = TestApp::new().await;
        with_algorithm(&mut app, alg, &always).await;
    }
    let der: [(Alter, &str); 1] = [(|f| f.signature = TokenSignature::Der, SIGNATURE)];
    for alg in ["ES256", "ES384", "ES512"] {
        let mut app = TestApp::new().await;
        // The 96 bytes of ES384 and the 132 of ES512 encode to a whole number of base64 characters,
        // so padding and stray bits are impossible.
        let fit = if alg == "ES256" { 8 } else { 6 };
        with_algorithm(&mut app, alg, &always[..fit]).await;
        if alg == "ES512" {
            continue;
        }
        with_algorithm(&mut app, alg, &der).await;
        app.provider.set(|f| f.signature = TokenSignature::Twin);
        app.sign_in("ada").await;
    }
}

/// Like [`refused`], for a provider that always signs with `alg`.
async fn with_algorithm(app: &mut TestApp, alg: &'static str, alter: &[(Alter, &str)]) {
    for (alter, reason) in alter {
        app.provider.set(|f| (f.alg = alg, alter(f)).1);
        let callback = app.callback().await;
        app.assert_rejected(callback, reason).await;
        app.provider.set(|f| f.signature = TokenSignature::Intact);
        app.sign_in("ada").await;
        app.browser.jar.clear();
    }
}

/// URLs and keys in a header are not used, and unknown critical headers are rejected.
#[tokio::test]
async fn id_token_header_cannot_select_key_or_algorithm() {
    let other = Provider::start().await;
    let mut app = TestApp::new().await;
    let (foreign, keys) = (app.provider.foreign_jwk(), other.url("/jwks"));
    for (name, value) in [
        ("jwk", foreign.clone()),
        ("jku", json!(keys)),
        ("x5u", json!(keys)),
        ("x5c", json!(["MIIB"])),
    ] {
        app.provider.set(|f| {
            f.signature = TokenSignature::ForeignKey;
            f.header.set(name, value);
        });
        let callback = app.callback().await;
        app.assert_rejected(callback, "id_token_signature").await;
        // With a valid signature the header parameter is ignored.
        app.provider.set(|f| f.signature = TokenSignature::Intact);
        app.sign_in("ada").await;
        app.provider.clear_faults();
    }
    assert_eq!(other.all_requests().len(), 0);

    let alter: [(Alter, &str); 11] = [
        (|f| f.header.set("crit", json!(["exp"])), HEADER),
        (|f| f.header.set("crit", json!([])), HEADER),
        (|f| b64(f), HEADER),
        (|f| f.header.set("typ", "logout+jwt"), HEADER),
        (|f| f.header.set("typ", "at+jwt"), HEADER),
        (|f| f.header.set("typ", "application/at+jwt"), HEADER),
        (|f| f.header.set("typ", 5), HEADER),
        (|f| f.header.set("kid", 5), HEADER),
        (|f| f.header.set("kid", "../../x"), NO_KEY),
        (|f| f.header.set("kid", ""), NO_KEY),
        (|f| f.header.set("kid", "k".repeat(100_000)), NO_KEY),
    ];
    refused(&mut app, &alter).await;
    for typ in [
        json!("JWT"),
        json!("jwt"),
        json!("application/jwt"),
        Value::Null,
    ] {
        app.provider.set(|f| f.header.set("typ", typ));
        app.sign_in("ada").await;
    }
    app.provider.set(|f| f.header.set("kid", Value::Null));
    app.sign_in("ada").await;
}

/// Source: RFC 9864, section 2.2. `Ed25519` is `EdDSA` with that curve, so a key or a list for one
/// name applies to both.
#[tokio::test]
async fn eddsa_is_accepted_under_both_names() {
    for (alg, other) in [("EdDSA", "Ed25519"), ("Ed25519", "EdDSA")] {
        for listed in [json!([other]), json!([alg]), Value::Null] {
            let mut app = TestApp::new().await;
            list_algorithms(&mut app, &listed).await;
            app.provider.set(|f| {
                f.alg = alg;
                f.jwk.set("alg", other);
            });
            app.sign_in("ada").await;
        }
    }
    let mut app = TestApp::new().await;
    app.provider.sign_with("RS256");
    list_algorithms(&mut app, &json!(["Ed448", "RS256"])).await;
    let alter: [(Alter, &str); 2] = [
        (|f| f.alg = "EdDSA", ALGORITHM),
        (|f| f.header.set("alg", "Ed448"), ALGORITHM),
    ];
    refused(&mut app, &alter).await;
}

/// With a `kid` of 1 MB, the response exceeds the limit and is not parsed.
#[tokio::test]
async fn oversized_kid_is_rejected() {
    let mut app = TestApp::new().await;
    app.provider
        .set(|f| f.header.set("kid", "k".repeat(1 << 20)));
    let callback = app.callback().await;
    app.assert_rejected(callback, "token_too_long").await;
}

fn b64(faults: &mut Faults) {
    faults.header.set("b64", false);
    faults.header.set("crit", json!(["b64"]));
}

/// `cty` and `zip` do not apply to a signed JSON object and are ignored there. Encrypted and nested
/// tokens are rejected.
#[tokio::test]
async fn encrypted_and_nested_tokens_are_rejected() {
    let alter: [(Alter, &str); 4] = [
        (
            |f| f.id_token = Some(json!(encrypted_token())),
            "id_token_encrypted",
        ),
        (|f| f.payload = Some(|_| "e30.e30.e30".to_owned()), NO_JWT),
        (|f| f.payload = Some(|text| json!(text).to_string()), NO_JWT),
        (
            |f| f.id_token = Some(json!("a.b.c.d")),
            "id_token_encrypted",
        ),
    ];
    let mut app = TestApp::new().await;
    refused(&mut app, &alter).await;
}

/// Lists these algorithms in discovery; null lists none. The app caches the document before the
/// fault is set.
async fn list_algorithms(app: &mut TestApp, listed: &Value) {
    const NAME: &str = "id_token_signing_alg_values_supported";
    app.provider.set(|f| f.metadata.set(NAME, listed.clone()));
    app.start("/auth/login").await;
    app.browser.jar.clear();
    app.provider.clear_faults();
}

#[tokio::test]
async fn malformed_tokens_are_rejected() {
    let mut app = TestApp::new().await;
    let (none, encrypted) = ("id_token_malformed", "id_token_encrypted");
    for (text, reason) in [
        ("", none),
        (".", none),
        ("..", none),
        ("...", encrypted),
        ("....", encrypted),
        ("a.b.c", none),
        ("e30.e30.", "id_token_algorithm"),
        ("\u{0}.\u{0}.\u{0}", none),
    ] {
        app.provider.set(|f| f.id_token = Some(json!(text)));
        let callback = app.callback().await;
        app.assert_rejected(callback, reason).await;
    }
    app.provider.clear_faults();
    app.sign_in("ada").await;
}
