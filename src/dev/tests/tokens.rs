//! The token endpoint, the UserInfo endpoint and the claims.

use base64::prelude::BASE64_STANDARD;
use openidconnect::{AccessToken, AccessTokenHash, core::CoreProviderMetadata};

use super::*;

#[test]
fn login_yields_valid_id_token() {
    let provider = provider();
    let metadata: CoreProviderMetadata =
        serde_json::from_str(&body(get(&provider, DISCOVERY, &[]))).unwrap();
    assert_eq!(metadata.issuer().as_str(), ISSUER);
    assert_eq!(
        metadata.token_endpoint().unwrap().as_str(),
        format!("{ISSUER}/token")
    );

    let callback = redirect(&choose(&provider, "alice"));
    assert!(callback.starts_with(CALLBACK));
    assert_eq!(value(&callback, "state").as_deref(), Some("a state"));
    assert_eq!(value(&callback, "iss").as_deref(), Some(ISSUER));
    let tokens = json_of(exchange(
        &provider,
        &value(&callback, "code").unwrap(),
        &[],
        NOW + 59,
    ));
    assert_eq!(
        (&tokens["token_type"], &tokens["expires_in"]),
        (&json!("Bearer"), &json!(3600))
    );

    let claims = verified(&provider, tokens["id_token"].as_str().unwrap());
    let access_token = tokens["access_token"].as_str().unwrap();
    let hash = AccessTokenHash::from_token(
        &AccessToken::new(access_token.to_owned()),
        &CoreJwsSigningAlgorithm::EdDsa,
        &key(&provider),
    );
    assert_eq!(
        claims,
        json!({
            "iss": ISSUER, "aud": "my app", "exp": NOW + 59 + 3600, "iat": NOW + 59, "auth_time": NOW, "nonce": "a nonce",
            "at_hash": **hash.unwrap(), "sub": "alice", "name": "Alice", "preferred_username": "alice",
            "email": "alice@example.com", "email_verified": true, "groups": ["admin", "staff"],
        })
    );

    let userinfo = |token: &str, now| {
        let headers = [("authorization", &*format!("bearer {token}"))];
        send(&provider, Method::GET, "/userinfo", "", &headers, now)
    };
    assert_eq!(
        json_of(userinfo(access_token, NOW + 60))["email"],
        "alice@example.com"
    );
    assert_eq!(
        userinfo(access_token, NOW + 59 + 3600).status(),
        401,
        "expired"
    );
    let code = value(&redirect(&choose(&provider, "bob")), "code").unwrap();
    assert_eq!(userinfo(&code, NOW).status(), 401, "not an access token");
    assert_eq!(
        userinfo("x.y", NOW).headers()[header::WWW_AUTHENTICATE],
        "Bearer error=\"invalid_token\""
    );
    assert_eq!(
        get(&provider, "/userinfo", &[]).headers()[header::WWW_AUTHENTICATE],
        "Bearer"
    );
}

#[test]
fn code_is_single_use_and_bound_to_client() {
    let provider = provider();
    let code = value(&redirect(&choose(&provider, "bob")), "code").unwrap();
    let refused = |code: &str, changes: &[(&str, &str)], now| {
        let response = exchange(&provider, code, changes, now);
        assert_eq!(response.status(), 400);
        json_of(response)["error_description"]
            .as_str()
            .unwrap()
            .to_owned()
    };

    assert!(refused(&code, &[("code_verifier", "another")], NOW).contains("does not match"));
    assert!(refused(&code, &[("code_verifier", "")], NOW).contains("does not match"));
    assert!(
        refused(&code, &[("redirect_uri", "http://localhost:8501/")], NOW).contains("redirect_uri")
    );
    assert!(refused(&code, &[("client_id", "another")], NOW).contains("another client_id"));
    assert!(refused(&code, &[("grant_type", "password")], NOW).contains("grant_type"));
    assert!(refused(&code, &[], NOW + 60).contains("expired"));
    assert!(refused(&format!("{code}A"), &[], NOW).contains("unknown"));
    let foreign = value(&redirect(&choose(&super::provider(), "bob")), "code").unwrap();
    assert!(
        refused(&foreign, &[], NOW).contains("unknown"),
        "of another process"
    );

    let tokens = json_of(exchange(&provider, &code, &[], NOW));
    assert!(refused(&code, &[], NOW).contains("already been used"));
    assert!(
        refused(tokens["access_token"].as_str().unwrap(), &[], NOW).contains("unknown"),
        "not a code"
    );
}

#[test]
fn token_endpoint_accepts_forms_only() {
    let provider = provider();
    let code = value(&redirect(&choose(&provider, "carol")), "code").unwrap();
    for headers in [&[][..], &[("content-type", "application/json")]] {
        let form = token_form(&code, &[]);
        let response = send(&provider, Method::POST, "/token", &form, headers, NOW);
        assert_eq!(response.status(), 400);
        assert_eq!(json_of(response)["error"], "invalid_request");
    }
    assert_eq!(exchange(&provider, &code, &[], NOW).status(), 200);
}

#[test]
fn client_uses_one_authentication_method() {
    let provider = provider();
    let attempt = |basic: Option<&str>, changes: &[(&str, &str)]| {
        let code = value(&redirect(&choose(&provider, "carol")), "code").unwrap();
        let basic = basic.map(|pair| format!("Basic {}", BASE64_STANDARD.encode(pair)));
        let mut headers = vec![(
            "content-type",
            "application/x-www-form-urlencoded; charset=utf-8",
        )];
        headers.extend(basic.as_deref().map(|value| ("authorization", value)));
        let form = token_form(&code, changes);
        let response = send(&provider, Method::POST, "/token", &form, &headers, NOW);
        (
            response.status().as_u16(),
            json_of(response)["error"]
                .as_str()
                .unwrap_or("none")
                .to_owned(),
        )
    };
    let no_body = [("client_id", ""), ("client_secret", "")];

    assert_eq!(
        attempt(Some("my+app:a%26=b"), &no_body),
        (200, "none".to_owned())
    );
    assert_eq!(
        attempt(Some("my%20app:s"), &[("client_secret", "")]),
        (200, "none".to_owned())
    );
    assert_eq!(
        attempt(Some("my+app:s"), &[]),
        (400, "invalid_request".to_owned())
    );
    assert_eq!(
        attempt(Some("another:s"), &[("client_secret", "")]),
        (400, "invalid_request".to_owned())
    );
    assert_eq!(
        attempt(Some("another:s"), &no_body),
        (400, "invalid_grant".to_owned())
    );
    for (basic, changes) in [
        (None, &no_body[..]),
        (None, &no_body[1..]),
        (Some("my+app:"), &no_body),
        (Some("x"), &no_body),
    ] {
        assert_eq!(
            attempt(basic, changes),
            (401, "invalid_client".to_owned()),
            "{basic:?}"
        );
    }
    let made_up = exchange(&provider, "made-up", &[], NOW);
    assert_eq!(
        json_of(made_up)["error"],
        "invalid_grant",
        "the request of the doctor"
    );
}

#[test]
fn custom_claims_reach_the_id_token() {
    let provider = provider();
    let custom =
        r#"{"sub": "dora", "name": "Dora \"D\" 🙂", "deep": {"er": [1, null]}, "iss": "x"}"#;
    let form = authorization(&[("user", "other"), ("claims", custom)]);
    let callback = submit(&provider, &form);
    let tokens = json_of(exchange(
        &provider,
        &value(&callback, "code").unwrap(),
        &[],
        NOW,
    ));
    let claims = verified(&provider, tokens["id_token"].as_str().unwrap());
    assert_eq!(claims["name"], "Dora \"D\" 🙂");
    assert_eq!(claims["deep"], json!({"er": [1, null]}));
    assert_eq!(claims["iss"], ISSUER);
}
