//! Tests of the provider presets against the discovery documents in `tests/data/discovery.json`.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use url::Url;

use super::*;
use crate::config::Config;

/// Reads the test data. The published package does not contain it, so these tests only run in the
/// repository.
fn documents() -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/discovery.json");
    let text = std::fs::read_to_string(path).unwrap();
    let value: Value = serde_json::from_str(&text).unwrap();
    value["providers"].as_array().unwrap().clone()
}

fn configured(known: &Value, auth: &str, more: &str) -> ProviderClient {
    let toml = format!(
        "[auth]\n{auth}\ncookie_secret = \"kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5uKt1BvXoQ\"\n\n[auth.{}]\nclient_id = \"app\"\nclient_secret = \"a-client-secret\"\n{}\n{more}",
        known["table"].as_str().unwrap(),
        known["keys"].as_str().unwrap()
    );
    let config = Config::from_toml(&toml).unwrap_or_else(|error| panic!("{error}\n{toml}"));
    assert_eq!(
        config.redirect_uri.as_str(),
        "http://localhost:8501/oauth2callback"
    );
    ProviderClient::new(Arc::clone(&config.providers[0]), Arc::default())
}

fn parse(provider: &ProviderClient, document: &Value) -> Result<ProviderMetadata, MetadataError> {
    ProviderMetadata::parse(&provider.config, document.to_string().as_bytes())
}

#[test]
fn preset_matches_published_metadata() {
    for known in documents() {
        let provider = configured(&known, "", "");
        let config = &provider.config;
        assert_eq!(config.server_metadata_url.as_str(), known["url"]);
        assert_eq!(config.label, known["label"].as_str().unwrap());
        assert_eq!(
            config.scope,
            known["scope"].as_str().unwrap_or("openid profile email")
        );
        assert_eq!(config.userinfo, known["userinfo"] == true);
        assert_eq!(config.shared_audience, known["table"] == "zitadel");
        assert_eq!(config.state_only, known["table"] == "linkedin");

        let metadata = parse(&provider, &known["document"])
            .unwrap_or_else(|error| panic!("{}: {error}", known["table"]));
        let issuer = known["document"]["issuer"].as_str().unwrap().to_owned();
        let expected = match issuer.contains('{') {
            true => Issuer::Template(issuer),
            false => Issuer::Fixed(issuer),
        };
        assert_eq!(metadata.issuer, expected);
        assert_eq!(provider.client_auth(&metadata).name(), known["method"]);
        assert_eq!(
            metadata.end_session_endpoint.is_some(),
            known["end"] == true
        );
        assert!(!Algorithm::supported(&metadata.signing_algorithms).is_empty());
        if config.userinfo {
            assert!(metadata.userinfo_endpoint.is_some());
        }
    }
}

#[test]
fn foreign_discovery_document_is_rejected() {
    for known in documents() {
        let provider = configured(&known, "", "");
        let issuer = known["document"]["issuer"].as_str().unwrap();
        for other in [
            format!("{issuer}x"),
            format!("{issuer}//"),
            issuer.replace("https://", "http://"),
            issuer.replace("https://", "https://evil."),
            "https://login.example.com".to_owned(),
        ] {
            let mut document = known["document"].clone();
            document["issuer"] = other.into();
            assert!(parse(&provider, &document).is_err(), "{document}");
        }
    }
}

#[test]
fn preset_values_can_be_overridden() {
    for known in documents() {
        let provider = configured(
            &known,
            "redirect_uri = \"http://localhost:8501/oauth2callback\"",
            "label = \"Us\"\nuserinfo = false\nclient_kwargs = { scope = \"openid phone\", token_endpoint_auth_method = \"client_secret_basic\" }\n\
             server_metadata_url = \"https://us.example/.well-known/openid-configuration\"",
        );
        let config = &provider.config;
        assert_eq!(
            (
                config.label.as_str(),
                config.scope.as_str(),
                config.userinfo
            ),
            ("Us", "openid phone", false)
        );
        assert_eq!(
            config.client_auth,
            Some(crate::config::ClientAuth::SecretBasic)
        );
        assert_eq!(
            config.server_metadata_url.as_str(),
            "https://us.example/.well-known/openid-configuration"
        );
    }
}

/// ZITADEL's ID tokens list the project and all its clients in addition to the client in `azp`.
///
/// Source: zitadel/oidc, `NewIDTokenClaims` and `AppendClientIDToAudience`.
#[test]
fn zitadel_preset_accepts_audiences_of_the_project() {
    let verify = |table: &str, more: &str, aud: &Value, azp: &Value| {
        let known = documents();
        let known = known.iter().find(|known| known["table"] == table).unwrap();
        let provider = configured(known, "", more);
        let metadata = parse(&provider, &known["document"]).unwrap();
        let Issuer::Fixed(issuer) = &metadata.issuer else {
            panic!("{table} has a template");
        };
        let claims = json!({
            "iss": issuer, "sub": "1", "aud": aud, "azp": azp, "nonce": "n", "exp": 100, "iat": 100,
        });
        let (keys, token) = signed(&claims);
        let expected = IdTokenExpectations {
            issuer: &metadata.issuer,
            client_id: "app",
            trusted_audiences: &provider.config.trusted_audiences,
            shared_audience: provider.config.shared_audience,
            nonce_is_optional: provider.config.state_only,
            nonce: "n",
            access_token: None,
            algorithms: &[],
            now: 100,
        };
        id_token::verify(&token, &keys, &expected).err()
    };
    let project = json!(["286741908752695297", "286741908752760833@project", "app"]);
    let untrusted = || {
        let audiences = ["286741908752695297", "286741908752760833@project"];
        Some(IdTokenError::FurtherAudiences(
            audiences.map(str::to_owned).to_vec(),
        ))
    };
    let (app, none) = (json!("app"), Value::Null);
    assert_eq!(verify("zitadel", "", &project, &app), None);
    assert_eq!(verify("zitadel", "", &json!(["app"]), &none), None);
    assert_eq!(verify("zitadel", "", &project, &none), untrusted());
    assert_eq!(
        verify("zitadel", "", &json!(["app", "x"]), &json!("x")),
        Some(IdTokenError::FurtherAudiences(vec!["x".to_owned()]))
    );
    assert_eq!(
        verify("zitadel", "", &json!(["286741908752695297"]), &app),
        Some(IdTokenError::Audience)
    );
    assert_eq!(verify("dex", "", &project, &app), untrusted());
    let trusted = r#"trusted_audiences = ["286741908752695297", "286741908752760833@project"]"#;
    assert_eq!(verify("dex", trusted, &project, &app), None);
}

/// Returns an ID token and the JWK set with its key.
fn signed(claims: &Value) -> (JwkSet, String) {
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let x = encode(key.verifying_key().as_bytes());
    let set = json!({ "keys": [{ "kty": "OKP", "crv": "Ed25519", "x": x }] });
    let header = encode(br#"{"alg":"EdDSA"}"#);
    let message = format!("{header}.{}", encode(claims.to_string().as_bytes()));
    let signature = ed25519_dalek::Signer::sign(&key, message.as_bytes());
    let token = format!("{message}.{}", encode(&signature.to_bytes()));
    (JwkSet::parse(set.to_string().as_bytes()).unwrap(), token)
}

/// Source: Amazon Cognito, "Logout endpoint": `logout_uri`. All other providers follow OpenID
/// Connect RP-Initiated Logout 1.0.
#[test]
fn logout_parameter_follows_provider() {
    let endpoint = Url::parse("https://sso.example/logout").unwrap();
    for known in documents() {
        let config = configured(&known, "", "").config;
        let request = EndSession {
            redirect_uri: "https://a.example/oauth2callback",
            id_token: None,
            claims: &Map::new(),
        };
        let url = request.url(&endpoint, &config);
        let name = known["way_back"]
            .as_str()
            .unwrap_or("post_logout_redirect_uri");
        assert_eq!(
            url.query().unwrap(),
            format!("client_id=app&{name}=https%3A%2F%2Fa.example%2Foauth2callback")
        );
    }
}

/// The quirks depend on the host, not on the name of the table. Similar hosts do not have them.
#[test]
fn logout_quirks_apply_only_to_their_provider() {
    let parameter = |host: &str| {
        let known = json!({ "table": "us", "keys": "" });
        let redirect_uri = "redirect_uri = \"http://localhost:8501/oauth2callback\"";
        let url =
            format!("server_metadata_url = \"https://{host}/.well-known/openid-configuration\"");
        let config = configured(&known, redirect_uri, &url).config.clone();
        config.post_logout_redirect_parameter()
    };
    for host in [
        "acme.okta.com",
        "acme.oktapreview.com",
        "acme.okta-emea.com",
    ] {
        assert_eq!(parameter(host), "post_logout_redirect_uri", "{host}");
    }
    let cognito = "cognito-idp.eu-central-1.amazonaws.com";
    assert_eq!(parameter(cognito), "logout_uri");
    for host in [
        "okta.com",
        "notokta.com",
        "acme.okta.com.example",
        "cognito-idp.example",
        "s3.amazonaws.com",
        "cognito-idp.amazonaws.com.example",
    ] {
        assert_eq!(parameter(host), "post_logout_redirect_uri", "{host}");
    }
}
