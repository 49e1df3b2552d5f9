//! Keys of a set: their position, their encoding, and unusable ones.

use base64::{
    Engine,
    prelude::{
        BASE64_STANDARD as STANDARD, BASE64_STANDARD_NO_PAD as STANDARD_NO_PAD,
        BASE64_URL_SAFE as URL_SAFE, BASE64_URL_SAFE_NO_PAD as URL_SAFE_NO_PAD,
    },
};
use serde_json::{Value, json};

use super::keys::advance_time;
use support::{TestApp, keys};

/// A key is found by `kid` after any number of other keys, even if others have the same `kid`.
#[tokio::test]
async fn named_key_is_found_at_any_position() {
    let twins = |count| {
        let mut keys = keys::many_keys("ES256", count);
        keys.extend(keys::hostile_keys());
        keys
    };
    for (alg, others) in [
        ("RS256", keys::many_keys("RS256", 16)),
        ("RS256", keys::many_keys("RS256", 500)),
        ("EdDSA", keys::many_keys("EdDSA", 3000)),
        ("ES384", keys::many_keys("RS256", 40)),
        ("ES256", twins(30)),
    ] {
        let mut app = TestApp::new().await;
        app.provider.set(|f| (f.alg, f.more_keys) = (alg, others));
        app.sign_in("ada").await;
    }
}

/// Every encoding of key parameters that providers use: padded, in the standard alphabet, with a
/// sign byte, without leading zeros.
///
/// Source: RFC 7518, sections 6.2.1.2 and 6.3.1.1, requires base64url without padding.
#[tokio::test]
async fn key_is_accepted_in_any_encoding() {
    type Change = fn(&[u8]) -> String;
    let changes: [(&str, Change); 4] = [
        ("padded", |bytes| URL_SAFE.encode(bytes)),
        ("standard", |bytes| STANDARD.encode(bytes)),
        ("wrapped", |bytes| {
            let text = STANDARD_NO_PAD.encode(bytes);
            format!("{}\r\n{}", &text[..20], &text[20..])
        }),
        ("signed", |bytes| {
            URL_SAFE_NO_PAD.encode([&[0], bytes].concat())
        }),
    ];
    for (alg, names) in [
        ("RS256", &["n", "e"][..]),
        ("ES256", &["x", "y"]),
        ("ES512", &["x", "y"]),
        ("EdDSA", &["x"]),
    ] {
        for (name, change) in changes {
            // An Ed25519 key is little-endian and has a fixed length.
            if alg == "EdDSA" && name == "signed" || name == "wrapped" && alg == "RS256" {
                continue;
            }
            let jwk = keys::jwk(alg, 1).unwrap();
            let mut app = TestApp::new().await;
            app.provider.set(|f| {
                f.alg = alg;
                for name in names {
                    let bytes = URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
                    f.jwk.set(name, change(&bytes));
                }
            });
            app.sign_in("ada").await;
        }
    }
}

/// An unusable published key is reported as such, with and without a `kid` in the token.
#[tokio::test]
async fn unusable_key_is_reported_with_its_reason() {
    let number = |length: usize| URL_SAFE_NO_PAD.encode(vec![0xff; length]);
    for (name, value, reason) in [
        ("n", json!(number(640)), "more than 4096 bits"),
        ("n", json!(number(255)), "fewer than 2048 bits"),
        ("n", json!("ä"), "not base64url"),
        ("n", Value::Null, "not base64url"),
        ("e", json!("AQ"), "not base64url"),
        ("kty", json!("AKP"), "type or curve"),
        ("alg", json!("RS1"), "not a supported signature algorithm"),
        ("use", json!("enc"), "not for signatures"),
    ] {
        let mut app = TestApp::new().await;
        app.provider.sign_with("RS256");
        app.provider.set(|f| f.jwk.set(name, value.clone()));
        let callback = app.callback().await;
        let detail = app.rejection_log(callback, "id_token_key_unusable").await;
        assert!(detail.contains(reason), "{detail}");
        // The key may be replaced under the same `kid`.
        app.provider.set(|f| f.jwk.clear());
        advance_time(61).await;
        app.sign_in("ada").await;
    }
    let mut app = TestApp::new().await;
    app.provider.sign_with("RS256");
    app.provider.set(|f| {
        f.jwk.set("n", number(640));
        f.header.remove("kid");
    });
    let callback = app.callback().await;
    app.assert_rejected(callback, "id_token_key_unusable").await;
}
