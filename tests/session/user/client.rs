//! The provider's client to which an identity belongs.

use axum_streamlit_auth::TestUser;
use serde_json::json;

use super::{
    TIME,
    admission::{CLIENT, is_ada, layer},
};
use support::{
    COOKIE_SECRET, Clock, Log, ORIGIN,
    signed::{self, IDENTITY},
};

#[tokio::test]
async fn identity_is_bound_to_its_client() {
    let metadata =
        |url: &str| format!("server_metadata_url = \"{url}/.well-known/openid-configuration\"");
    let cookie = TestUser::new("ada").cookie(&layer(CLIENT, ""));
    let (here, there) = (
        metadata("https://idp.example"),
        metadata("https://idp.example/realms/b"),
    );
    let other = format!("[auth.other]\nclient_secret = \"a-secret\"\n{CLIENT}");
    for (client, lines, accepted) in [
        (format!("client_id = \"app\"\n{here}"), String::new(), true),
        (format!("client_id = \"app\"\n{here}"), other.clone(), true),
        (format!("client_id = \"APP\"\n{here}"), String::new(), false),
        (
            format!("client_id = \"app\"\n{there}"),
            String::new(),
            false,
        ),
        // Neither the same client under another name nor another client under the same name is
        // accepted.
        (format!("client_id = \"app\"\n{there}"), other, false),
    ] {
        let log = Log::start();
        let auth = layer(&client, &lines);
        assert_eq!(is_ada(&auth, &cookie).await, accepted, "{client} {lines}");
        assert_eq!(
            log.reasons().contains(&"provider_changed".to_owned()),
            !accepted
        );
    }
    let renamed = layer(CLIENT, "").clone();
    let toml = signed::toml(COOKIE_SECRET, ORIGIN);
    assert!(is_ada(&renamed, &cookie).await);
    assert!(
        !is_ada(&Clock::at(TIME).layer(&toml), &cookie).await,
        "[auth.sso] is gone"
    );
}

#[tokio::test]
async fn identity_without_fingerprint_is_bound_by_claims() {
    let microsoft = "https://login.microsoftonline.com/common/v2.0";
    let tenant = "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0";
    for (url, claims, accepted) in [
        ("https://idp.example", json!({}), true),
        ("https://idp.example", json!({"aud": "app"}), true),
        (
            "https://idp.example",
            json!({"aud": ["other", "app"]}),
            true,
        ),
        ("https://idp.example", json!({"aud": "other"}), false),
        ("https://idp.example", json!({"aud": ["other"]}), false),
        ("https://idp.example", json!({"aud": []}), false),
        (
            "https://idp.example",
            json!({"aud": "app", "azp": "app", "iss": "https://evil.example"}),
            false,
        ),
        (
            "https://idp.example",
            json!({"iss": "https://idp.example"}),
            true,
        ),
        (
            "https://idp.example",
            json!({"iss": "https://idp.example/"}),
            true,
        ),
        (
            "https://idp.example",
            json!({"iss": "https://idp.example/x"}),
            false,
        ),
        (
            "https://idp.example",
            json!({"iss": ["https://idp.example"]}),
            false,
        ),
        (microsoft, json!({"iss": tenant, "aud": "app"}), true),
        (
            microsoft,
            json!({"iss": "https://login.microsoftonline.com/x/v2.0"}),
            false,
        ),
    ] {
        let mut payload = claims.clone();
        payload["sub"] = json!("ada");
        let text = signed::identity_text(payload);
        for (name, accepted) in [("default", accepted), ("removed", false)] {
            let text = text.replace("\"default\"", &format!("{name:?}"));
            let value = signed::sign(COOKIE_SECRET, IDENTITY, &text, TIME);
            let client = json!({"iss": url});
            let auth = Clock::at(TIME).layer(&signed::toml_of(COOKIE_SECRET, ORIGIN, &client));
            let cookie = format!("{IDENTITY}={value}");
            assert_eq!(
                is_ada(&auth, &cookie).await,
                accepted,
                "{url} {claims} {name}"
            );
        }
    }
}
