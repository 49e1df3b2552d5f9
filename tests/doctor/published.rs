//! What a provider publishes, and how it can be wrong.

use std::time::{Duration, SystemTime};

use axum_streamlit_auth::AuthLayer;
use serde_json::json;

use super::{Folder, check, is_only, is_right, right};
use crate::support::{Auth, Behaviour, Faults, Provider};

const ADDRESS: &str = "auth.lab.server_metadata_url";

/// A key that cannot be decoded, behind two that are meant for something else.
fn broken_keys() -> Vec<serde_json::Value> {
    vec![
        json!({"kty": "RSA", "kid": "enc", "use": "enc", "n": "!", "e": "AQAB"}),
        json!({"kty": "AKP", "kid": "quantum", "alg": "ML-DSA-44", "pub": "AAAA"}),
        json!({"kty": "EC", "crv": "P-256", "kid": "off-curve", "x": "AQ", "y": "AQ"}),
    ]
}

/// Keys that are meant for something else raise nothing.
#[tokio::test]
async fn further_keys_raise_nothing() {
    let provider = Provider::start().await;
    let toml = right(&provider);
    provider.set(|f| f.more_keys = broken_keys()[..2].to_vec());
    is_right(&check(&toml).await);
}

#[tokio::test]
async fn right_set_ups_raise_nothing() {
    for auth in [Auth::Basic, Auth::Post, Auth::Either] {
        let provider = Provider::start().await;
        provider.client(|client| client.auth = auth);
        is_right(&check(&right(&provider)).await);
        // A made-up code and one with a wrong secret; a sign-in with and one without prompt=none.
        let asked = [
            "discovery",
            "jwks",
            "authorize",
            "token",
            "logout",
            "other",
            "userinfo",
        ];
        let counts = asked.map(|endpoint| provider.count(endpoint));
        assert_eq!(counts, [1, 1, 2, 2, 1, 0, 0]);
    }

    let provider = Provider::start().await;
    provider.client(|client| client.auth = Auth::None);
    let public = right(&provider).replace(
        "client_secret = \"test-client-secret-7f3a\"",
        "client_kwargs = { token_endpoint_auth_method = \"none\" }",
    );
    is_right(&check(&public).await);

    let provider = Provider::start().await;
    provider.set(|f| {
        for list in [
            "end_session_endpoint",
            "code_challenge_methods_supported",
            "token_endpoint_auth_methods_supported",
            "scopes_supported",
            "response_types_supported",
            "id_token_signing_alg_values_supported",
        ] {
            f.metadata.remove(list);
        }
    });
    is_right(&check(&right(&provider)).await);
}

#[tokio::test]
async fn each_fault_of_a_document_is_found() {
    type Plant = fn(&mut Faults);
    let faults: [(Plant, char, &str); 22] = [
        (|f| f.discovery = Behaviour::Html(404), '✗', ADDRESS),
        (|f| f.discovery = Behaviour::Html(200), '✗', ADDRESS),
        (
            |f| f.discovery = Behaviour::Json(200, json!([1])),
            '✗',
            ADDRESS,
        ),
        (|f| f.discovery = Behaviour::HangUp, '✗', ADDRESS),
        (|f| f.discovery = Behaviour::Endless, '✗', ADDRESS),
        (
            |f| f.metadata.set("issuer", "https://other.example"),
            '✗',
            ADDRESS,
        ),
        (|f| f.metadata.remove("token_endpoint"), '✗', ADDRESS),
        (
            |f| f.metadata.set("jwks_uri", "ftp://127.0.0.1/keys"),
            '✗',
            ADDRESS,
        ),
        (
            |f| f.metadata.set("token_endpoint", "http://lab.example/token"),
            '✗',
            ADDRESS,
        ),
        (
            |f| {
                f.metadata
                    .set("response_types_supported", json!(["id_token"]))
            },
            '✗',
            ADDRESS,
        ),
        (
            |f| {
                f.metadata.set(
                    "id_token_signing_alg_values_supported",
                    json!(["HS256", "none"]),
                )
            },
            '✗',
            ADDRESS,
        ),
        (
            |f| {
                f.metadata
                    .set("code_challenge_methods_supported", json!(["plain"]))
            },
            '!',
            ADDRESS,
        ),
        (|f| f.jwks = Behaviour::Html(500), '✗', ADDRESS),
        (|f| f.jwks = Behaviour::HangUp, '✗', ADDRESS),
        (
            |f| f.jwks = Behaviour::Json(200, json!({"keys": []})),
            '✗',
            ADDRESS,
        ),
        (|f| f.jwks = Behaviour::Html(200), '✗', ADDRESS),
        (|f| f.jwk.set("use", "enc"), '✗', ADDRESS),
        (|f| f.jwk.set("n", "!"), '✗', ADDRESS),
        (|f| f.more_keys = broken_keys(), '!', ADDRESS),
        (|f| f.jwk.set("alg", "RS512"), '✗', ADDRESS),
        (
            |f| {
                f.metadata.set(
                    "token_endpoint_auth_methods_supported",
                    json!(["private_key_jwt"]),
                )
            },
            '✗',
            "auth.lab.client_kwargs.token_endpoint_auth_method",
        ),
        (
            |f| {
                f.metadata
                    .set("end_session_endpoint", "http://127.0.0.1:1/logout")
            },
            '!',
            ADDRESS,
        ),
    ];
    for (plant, mark, key) in faults {
        let provider = Provider::start().await;
        let toml = right(&provider);
        provider.set(plant);
        is_only(&check(&toml).await, &toml, mark, key);
    }
}

#[tokio::test]
async fn what_keeps_people_out_is_not_told_among_what_is_right() {
    for (list, value) in [
        ("response_types_supported", "id_token"),
        ("id_token_signing_alg_values_supported", "HS256"),
        ("code_challenge_methods_supported", "plain"),
    ] {
        let provider = Provider::start().await;
        let toml = right(&provider);
        provider.set(|f| f.metadata.set(list, json!([value])));
        let report = check(&toml).await.to_string();
        assert!(!report.contains("✓ Lab: signs by"), "{report}");
    }
}

/// What a provider writes stands in one line of a report, without what would end a text of TOML.
#[tokio::test]
async fn a_providers_own_words_are_shown_plain_and_short() {
    let provider = Provider::start().await;
    let toml = right(&provider);
    provider.set(|f| f.metadata.set("issuer", "https://a\"\n[auth]\u{1b}[2J/"));
    let report = check(&toml).await;
    is_only(&report, &toml, '✗', ADDRESS);
    let line = "server_metadata_url = \"https://a[auth][2J/.well-known/openid-configuration\"";
    assert!(report.to_string().contains(line), "{report}");
    assert!(!report.to_string().contains('\u{1b}'), "{report}");

    provider.behave();
    provider.set(|f| {
        let listed = json!(["n\"o\nne", "A".repeat(1000)]);
        f.metadata
            .set("id_token_signing_alg_values_supported", listed);
    });
    let report = check(&toml).await;
    let shown = format!("signs by none, {} alone", "A".repeat(200 - "none, ".len()));
    assert!(report.to_string().contains(&shown), "{report}");
}

#[tokio::test]
async fn a_redirect_is_named_and_not_followed() {
    let (provider, other) = (Provider::start().await, Provider::start().await);
    let toml = right(&provider);
    let target = other.metadata_url();
    provider.set(|f| f.discovery = Behaviour::Redirect(301, target));
    let report = check(&toml).await;
    is_only(&report, &toml, '✗', ADDRESS);
    assert!(
        report.to_string().contains(&other.metadata_url()),
        "{report}"
    );
    assert!(other.all_requests().is_empty());
}

#[tokio::test]
async fn a_provider_that_is_down_and_a_wrong_path_are_found() {
    let provider = Provider::start().await;
    let toml = right(&provider);
    provider.stop().await;
    is_only(&check(&toml).await, &toml, '✗', ADDRESS);
    provider.restart().await;
    let toml = toml.replace("/.well-known", "/realms/wrong/.well-known");
    is_only(&check(&toml).await, &toml, '✗', ADDRESS);
}

/// A login bears 60 seconds; half of that is worth a word.
#[tokio::test]
async fn a_wrong_clock_is_found() {
    const TIME: u64 = 1_790_000_000;
    for (theirs, mark, way) in [
        (TIME + 61, Some('✗'), "61 s behind Lab"),
        (TIME + 60, Some('!'), "60 s behind Lab"),
        (TIME + 31, Some('!'), "31 s behind Lab"),
        (TIME + 30, None, "its clock and ours agree"),
        (TIME, None, "its clock and ours agree"),
        (TIME - 30, None, "its clock and ours agree"),
        (TIME - 31, Some('!'), "31 s ahead of Lab"),
        (TIME - 60, Some('!'), "60 s ahead of Lab"),
        (TIME - 61, Some('✗'), "61 s ahead of Lab"),
    ] {
        let provider = Provider::start().await;
        let toml = right(&provider);
        provider.set(|f| f.date = Some(theirs));
        let folder = Folder::new(&toml);
        let auth = AuthLayer::from_path(folder.file()).unwrap();
        let clock = || SystemTime::UNIX_EPOCH + Duration::from_secs(TIME);
        let report = auth.with_clock(clock).check().await;
        match mark {
            Some(mark) => is_only(&report, &toml, mark, ADDRESS),
            None => is_right(&report),
        }
        assert!(report.to_string().contains(way), "{report}");
    }
}
