//! Signature and header. Rows 78 to 84.

use serde_json::{Value, json};

use crate::support::{Faults, Provider, Seal, Stage, five_parts};

type Spoil = fn(&mut Faults);

/// Each login must be refused for its reason; the identity of before stays, and a right login works at the end.
async fn refused(stage: &mut Stage, spoil: &[(Spoil, &str)]) {
    stage.sign_in("bob").await;
    stage.provider.sign_in_as("ada");
    for (spoil, reason) in spoil {
        stage.provider.set(spoil);
        let callback = stage.callback().await;
        stage.home(callback, reason).await;
        stage.provider.behave();
    }
    assert_eq!(stage.who().await, "bob");
    stage.sign_in("ada").await;
}

const ALGORITHM: &str = "id_token_algorithm";
const SIGNATURE: &str = "id_token_signature";
const NO_KEY: &str = "id_token_key";
const NO_JWT: &str = "id_token_malformed";
const HEADER: &str = "id_token_header";

/// Row 78, whether discovery lists `none` or not.
#[tokio::test]
async fn a078_an_unsigned_token_is_refused() {
    let spoil: [(Spoil, &str); 11] = [
        (|f| unsigned(f, "none"), ALGORITHM),
        (|f| unsigned(f, "None"), ALGORITHM),
        (|f| unsigned(f, "nOnE"), ALGORITHM),
        (|f| unsigned(f, "NONE"), ALGORITHM),
        (|f| unsigned(f, ""), ALGORITHM),
        (|f| unsigned(f, Value::Null), ALGORITHM),
        (|f| unsigned(f, json!(["none"])), ALGORITHM),
        (
            |f| (f.header.remove("alg"), f.seal = Seal::Empty).1,
            ALGORITHM,
        ),
        (|f| f.header.set("alg", "none"), ALGORITHM),
        (|f| f.header.remove("alg"), ALGORITHM),
        (|f| f.seal = Seal::Absent, NO_JWT),
    ];
    for listed in [json!(["RS256"]), json!(["none", "RS256"]), Value::Null] {
        let mut stage = Stage::new().await;
        list_algorithms(&mut stage, &listed).await;
        refused(&mut stage, &spoil).await;
    }
}

fn unsigned(faults: &mut Faults, alg: impl Into<Value>) {
    faults.header.set("alg", alg);
    faults.seal = Seal::Empty;
}

/// Row 79, also where the provider lists HS256 or no algorithm at all.
#[tokio::test]
async fn a079_a_public_key_is_no_hmac_key() {
    let spoil: [(Spoil, &str); 3] = [
        (|f| f.seal = Seal::HmacOfPem, ALGORITHM),
        (|f| f.seal = Seal::HmacOfJwk, ALGORITHM),
        (
            |f| (f.seal = Seal::HmacOfPem, f.header.remove("kid")).1,
            ALGORITHM,
        ),
    ];
    for listed in [json!(["RS256"]), json!(["HS256", "RS256"]), Value::Null] {
        let mut stage = Stage::new().await;
        list_algorithms(&mut stage, &listed).await;
        refused(&mut stage, &spoil).await;
    }
}

/// Row 80: a right signature by an algorithm that the provider does not list, or that the client secret can make.
#[tokio::test]
async fn a080_only_listed_asymmetric_algorithms_count() {
    let spoil: [(Spoil, &str); 5] = [
        (|f| f.alg = "ES256", ALGORITHM),
        (|f| f.alg = "RS512", ALGORITHM),
        (|f| f.alg = "PS256", ALGORITHM),
        (|f| f.alg = "EdDSA", ALGORITHM),
        (|f| f.alg = "HS256", ALGORITHM),
    ];
    let mut stage = Stage::new().await;
    refused(&mut stage, &spoil).await;

    let mut stage = Stage::new().await;
    list_algorithms(&mut stage, &json!(["RS256", "HS256"])).await;
    refused(&mut stage, &spoil[4..]).await;
}

/// Row 80: a key that is for one algorithm is not for another of its family.
#[tokio::test]
async fn a080_a_key_is_for_the_algorithm_that_it_names() {
    let mut stage = Stage::new().await;
    list_algorithms(&mut stage, &json!(["RS256", "RS384"])).await;
    let spoil: [(Spoil, &str); 1] = [(|f| (f.alg = "RS384", f.jwk.set("alg", "RS256")).1, NO_KEY)];
    refused(&mut stage, &spoil).await;
}

#[tokio::test]
async fn every_algorithm_that_is_listed_is_accepted() {
    for alg in "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519".split(' ') {
        let mut stage = Stage::new().await;
        stage.provider.set(|f| f.alg = alg);
        stage.sign_in("ada").await;
    }
}

/// Row 81. ECDSA's twin is another right signature of the same token, and only a login with a fresh code ever sees it.
#[tokio::test]
async fn a081_a_spoilt_signature_is_refused() {
    let always: [(Spoil, &str); 8] = [
        (|f| f.seal = Seal::Flipped, SIGNATURE),
        (|f| f.seal = Seal::Empty, SIGNATURE),
        (|f| f.seal = Seal::Absent, NO_JWT),
        (|f| f.seal = Seal::Truncated, SIGNATURE),
        (|f| f.seal = Seal::Zero, SIGNATURE),
        (|f| f.seal = Seal::ForeignKey, SIGNATURE),
        (|f| f.seal = Seal::PaddedBase64, NO_JWT),
        (|f| f.seal = Seal::StrayBits, NO_JWT),
    ];
    for alg in ["RS256", "PS256", "EdDSA", "Ed25519"] {
        let mut stage = Stage::new().await;
        with_algorithm(&mut stage, alg, &always).await;
    }
    let der: [(Spoil, &str); 1] = [(|f| f.seal = Seal::Der, SIGNATURE)];
    for alg in ["ES256", "ES384", "ES512"] {
        let mut stage = Stage::new().await;
        // The 96 bytes of ES384 and the 132 of ES512 end with a whole base64 character: no padding and no stray bits.
        let fit = if alg == "ES256" { 8 } else { 6 };
        with_algorithm(&mut stage, alg, &always[..fit]).await;
        if alg == "ES512" {
            continue;
        }
        with_algorithm(&mut stage, alg, &der).await;
        stage.provider.set(|f| f.seal = Seal::Twin);
        stage.sign_in("ada").await;
    }
}

/// As [`refused`], where the provider always signs by `alg`.
async fn with_algorithm(stage: &mut Stage, alg: &'static str, spoil: &[(Spoil, &str)]) {
    for (spoil, reason) in spoil {
        stage.provider.set(|f| (f.alg = alg, spoil(f)).1);
        let callback = stage.callback().await;
        stage.home(callback, reason).await;
        stage.provider.set(|f| f.seal = Seal::Intact);
        stage.sign_in("ada").await;
        stage.browser.jar.clear();
    }
}

/// Row 83: nothing that a header names is fetched or believed, and what has to be understood is refused.
#[tokio::test]
async fn a083_a_header_can_lure_nobody() {
    let other = Provider::start().await;
    let mut stage = Stage::new().await;
    let (foreign, keys) = (stage.provider.foreign_jwk(), other.url("/jwks"));
    for (name, value) in [
        ("jwk", foreign.clone()),
        ("jku", json!(keys)),
        ("x5u", json!(keys)),
        ("x5c", json!(["MIIB"])),
    ] {
        stage.provider.set(|f| {
            f.seal = Seal::ForeignKey;
            f.header.set(name, value);
        });
        let callback = stage.callback().await;
        stage.home(callback, "id_token_signature").await;
        // Beside a right signature it is a hint that nobody needs.
        stage.provider.set(|f| f.seal = Seal::Intact);
        stage.sign_in("ada").await;
        stage.provider.behave();
    }
    assert_eq!(other.all_requests().len(), 0);

    let spoil: [(Spoil, &str); 11] = [
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
    refused(&mut stage, &spoil).await;
    for typ in [
        json!("JWT"),
        json!("jwt"),
        json!("application/jwt"),
        Value::Null,
    ] {
        stage.provider.set(|f| f.header.set("typ", typ));
        stage.sign_in("ada").await;
    }
    stage.provider.set(|f| f.header.set("kid", Value::Null));
    stage.sign_in("ada").await;
}

/// Source: RFC 9864, section 2.2: `Ed25519` is `EdDSA` with that curve, so a key or a list for one is for both.
#[tokio::test]
async fn ed25519_is_accepted_under_both_names() {
    for (alg, other) in [("EdDSA", "Ed25519"), ("Ed25519", "EdDSA")] {
        for listed in [json!([other]), json!([alg]), Value::Null] {
            let mut stage = Stage::new().await;
            list_algorithms(&mut stage, &listed).await;
            stage.provider.set(|f| {
                f.alg = alg;
                f.jwk.set("alg", other);
            });
            stage.sign_in("ada").await;
        }
    }
    let mut stage = Stage::new().await;
    list_algorithms(&mut stage, &json!(["Ed448", "RS256"])).await;
    let spoil: [(Spoil, &str); 2] = [
        (|f| f.alg = "EdDSA", ALGORITHM),
        (|f| f.header.set("alg", "Ed448"), ALGORITHM),
    ];
    refused(&mut stage, &spoil).await;
}

/// Row 83: with a name of 1 MB the whole answer is too long, which is found before anything is read.
#[tokio::test]
async fn a083_a_key_name_of_1_mb_is_never_read() {
    let mut stage = Stage::new().await;
    stage
        .provider
        .set(|f| f.header.set("kid", "k".repeat(1 << 20)));
    let callback = stage.callback().await;
    stage.home(callback, "token_too_long").await;
}

fn b64(faults: &mut Faults) {
    faults.header.set("b64", false);
    faults.header.set("crit", json!(["b64"]));
}

/// Row 84: `cty` and `zip` say nothing about a signed JSON object, so beside one they are ignored; what they would announce is refused.
#[tokio::test]
async fn a084_encrypted_and_nested_tokens_are_refused_by_name() {
    let spoil: [(Spoil, &str); 4] = [
        (
            |f| f.id_token = Some(json!(five_parts())),
            "id_token_encrypted",
        ),
        (|f| f.payload = Some(|_| "e30.e30.e30".to_owned()), NO_JWT),
        (|f| f.payload = Some(|text| json!(text).to_string()), NO_JWT),
        (
            |f| f.id_token = Some(json!("a.b.c.d")),
            "id_token_encrypted",
        ),
    ];
    let mut stage = Stage::new().await;
    refused(&mut stage, &spoil).await;
}

/// The provider's discovery lists these algorithms; null lists none at all. The app has seen it before anything is spoilt.
async fn list_algorithms(stage: &mut Stage, listed: &Value) {
    const NAME: &str = "id_token_signing_alg_values_supported";
    stage.provider.set(|f| f.metadata.set(NAME, listed.clone()));
    stage.start("/auth/login").await;
    stage.browser.jar.clear();
    stage.provider.behave();
}

#[tokio::test]
async fn strange_texts_are_no_token() {
    let mut stage = Stage::new().await;
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
        stage.provider.set(|f| f.id_token = Some(json!(text)));
        let callback = stage.callback().await;
        stage.home(callback, reason).await;
    }
    stage.provider.behave();
    stage.sign_in("ada").await;
}
