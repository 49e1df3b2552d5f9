//! Tests of the access tokens of well-known products, in `tests/data/access_tokens.json`.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use super::{access_token::AccessToken, *};
use crate::config::Config;

/// Reads the test data. The published package does not contain it, so these tests only run in the
/// repository.
fn products() -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/access_tokens.json");
    let text = std::fs::read_to_string(path).unwrap();
    let value: Value = serde_json::from_str(&text).unwrap();
    value["products"].as_array().unwrap().clone()
}

/// Returns the keys of the product, and a function that signs its tokens.
fn signer(issuer: &str) -> (JwkSet, impl Fn(&Value) -> String) {
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let x = encode(key.verifying_key().as_bytes());
    let set = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "kid": "1", "x": x }] });
    let keys = JwkSet::parse(set.to_string().as_bytes()).unwrap();
    let merged = |mut default: Value, edits: &Value| {
        let edits = edits.as_object().cloned().unwrap_or_default();
        default.as_object_mut().unwrap().extend(edits);
        default.to_string()
    };
    let claims = json!({ "iss": issuer, "sub": "1", "iat": NOW, "exp": NOW + 300 });
    let sign = move |token: &Value| {
        let header = json!({ "alg": "EdDSA", "typ": "JWT", "kid": "1" });
        let header = encode(merged(header, &token["header"]).as_bytes());
        let payload = encode(merged(claims.clone(), &token["claims"]).as_bytes());
        let message = format!("{header}.{payload}");
        let signature = ed25519_dalek::Signer::sign(&key, message.as_bytes());
        format!("{message}.{}", encode(&signature.to_bytes()))
    };
    (keys, sign)
}

const NOW: u64 = 1_790_000_000;

#[test]
fn access_tokens_of_products_are_accepted() {
    for product in products() {
        let name = &product["product"];
        let toml = format!(
            "[auth]\nredirect_uri = \"http://localhost:8501/oauth2callback\"\ncookie_secret = \"kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5uKt1BvXoQ\"\n{}\nclient_id = \"app\"\nclient_secret = \"a-client-secret\"",
            product["config"].as_str().unwrap()
        );
        let config = Config::from_toml(&toml).unwrap_or_else(|error| panic!("{name}: {error}"));
        let config = &config.providers[0];
        let issuer = product["issuer"].as_str().unwrap();
        let (keys, sign) = signer(issuer);
        let issuer = match issuer.contains('{') {
            true => Issuer::Template(issuer.to_owned()),
            false => Issuer::Fixed(issuer.to_owned()),
        };
        let check = |token: &Value| {
            let token = sign(token);
            let token = AccessToken::parse(&token)?;
            if !token.may_be_from(&config.server_metadata_url) {
                return Err(AccessTokenError::Issuer);
            }
            token.check_claims(config, NOW)?;
            token.check_issuer(&issuer)?;
            Ok(token.verify(&keys)?)
        };
        let list = |name: &str| product[name].as_array().unwrap().clone();
        for token in list("access") {
            assert_eq!(check(&token), Ok(()), "{name}: {token}");
        }
        for token in list("refused") {
            let error = check(&token).expect_err(&format!("{name}: {token}"));
            assert_eq!(format!("{error:?}"), token["error"], "{name}: {token}");
        }
    }
}

/// Every product in the reference has a row with a source.
#[test]
fn every_product_has_tokens_and_source() {
    let products = products();
    let names: Vec<&str> = products
        .iter()
        .map(|product| product["product"].as_str().unwrap())
        .collect();
    for name in [
        "Keycloak",
        "Microsoft Entra v2.0",
        "Microsoft Entra v1.0",
        "Okta, custom authorization server",
        "Auth0",
        "Amazon Cognito",
        "ZITADEL",
        "authentik",
    ] {
        assert!(names.contains(&name), "{name}");
    }
    for product in &products {
        let product: &Map<String, Value> = product.as_object().unwrap();
        assert!(!product["source"].as_str().unwrap().is_empty());
        for list in ["access", "refused"] {
            assert!(!product[list].as_array().unwrap().is_empty());
        }
    }
}
