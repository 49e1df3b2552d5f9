//! Faults in the documents of the provider.

use std::time::{Duration, SystemTime};

use axum_streamlit_auth::{AuthLayer, Outcome};
use serde_json::json;

use super::{
    Folder, assert_all_pass, assert_mistake_fails, assert_only_finding, check, valid_toml,
};
use support::{Auth, Behaviour, Faults, Provider};

const ADDRESS: &str = "auth.lab.server_metadata_url";

/// A key that cannot be decoded, after two that are not for signatures.
fn broken_keys() -> Vec<serde_json::Value> {
    vec![
        json!({"kty": "RSA", "kid": "enc", "use": "enc", "n": "!", "e": "AQAB"}),
        json!({"kty": "AKP", "kid": "quantum", "alg": "ML-DSA-44", "pub": "AAAA"}),
        json!({"kty": "EC", "crv": "P-256", "kid": "off-curve", "x": "AQ", "y": "AQ"}),
    ]
}

/// Keys that are not for signatures are not reported.
#[tokio::test]
async fn keys_for_other_uses_are_not_reported() {
    let provider = Provider::start().await;
    let toml = valid_toml(&provider);
    provider.set(|f| f.more_keys = broken_keys()[..2].to_vec());
    assert_all_pass(&check(&toml).await);
}

#[tokio::test]
async fn valid_setups_raise_no_warning() {
    for auth in [Auth::Basic, Auth::Post, Auth::Either] {
        let provider = Provider::start().await;
        provider.client(|client| client.auth = auth);
        assert_all_pass(&check(&valid_toml(&provider)).await);
        // Token requests with an invalid code and with a wrong secret; authorization requests with
        // and without `prompt=none`.
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
    let public = valid_toml(&provider).replace(
        "client_secret = \"test-client-secret-7f3a\"",
        "client_kwargs = { token_endpoint_auth_method = \"none\" }",
    );
    assert_all_pass(&check(&public).await);

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
    assert_all_pass(&check(&valid_toml(&provider)).await);
}

#[tokio::test]
async fn discovery_faults_are_reported() {
    type Fault = fn(&mut Faults);
    let faults: [(Fault, Outcome, &str); 22] = [
        (
            |f| f.discovery = Behaviour::Html(404),
            Outcome::Failure,
            ADDRESS,
        ),
        (
            |f| f.discovery = Behaviour::Html(200),
            Outcome::Failure,
            ADDRESS,
        ),
        (
            |f| f.discovery = Behaviour::Json(200, json!([1])),
            Outcome::Failure,
            ADDRESS,
        ),
        (
            |f| f.discovery = Behaviour::HangUp,
            Outcome::Failure,
            ADDRESS,
        ),
        (
            |f| f.discovery = Behaviour::Endless,
            Outcome::Failure,
            ADDRESS,
        ),
        (
            |f| f.metadata.set("issuer", "https://other.example"),
            Outcome::Failure,
            ADDRESS,
        ),
        (
            |f| f.metadata.remove("token_endpoint"),
            Outcome::Failure,
            ADDRESS,
        ),
        (
            |f| f.metadata.set("jwks_uri", "ftp://127.0.0.1/keys"),
            Outcome::Failure,
            ADDRESS,
        ),
        (
            |f| f.metadata.set("token_endpoint", "http://lab.example/token"),
            Outcome::Failure,
            ADDRESS,
        ),
        (
            |f| {
                f.metadata
                    .set("response_types_supported", json!(["id_token"]))
            },
            Outcome::Failure,
            ADDRESS,
        ),
        (
            |f| {
                f.metadata.set(
                    "id_token_signing_alg_values_supported",
                    json!(["HS256", "none"]),
                )
            },
            Outcome::Failure,
            ADDRESS,
        ),
        (
            |f| {
                f.metadata
                    .set("code_challenge_methods_supported", json!(["plain"]))
            },
            Outcome::Warning,
            ADDRESS,
        ),
        (|f| f.jwks = Behaviour::Html(500), Outcome::Failure, ADDRESS),
        (|f| f.jwks = Behaviour::HangUp, Outcome::Failure, ADDRESS),
        (
            |f| f.jwks = Behaviour::Json(200, json!({"keys": []})),
            Outcome::Failure,
            ADDRESS,
        ),
        (|f| f.jwks = Behaviour::Html(200), Outcome::Failure, ADDRESS),
        (|f| f.jwk.set("use", "enc"), Outcome::Failure, ADDRESS),
        (|f| f.jwk.set("n", "!"), Outcome::Failure, ADDRESS),
        (|f| f.more_keys = broken_keys(), Outcome::Warning, ADDRESS),
        (|f| f.jwk.set("alg", "RS512"), Outcome::Failure, ADDRESS),
        (
            |f| {
                f.metadata.set(
                    "token_endpoint_auth_methods_supported",
                    json!(["private_key_jwt"]),
                )
            },
            Outcome::Failure,
            "auth.lab.client_kwargs.token_endpoint_auth_method",
        ),
        (
            |f| {
                f.metadata
                    .set("end_session_endpoint", "http://127.0.0.1:1/logout")
            },
            Outcome::Warning,
            ADDRESS,
        ),
    ];
    for (plant, outcome, key) in faults {
        let provider = Provider::start().await;
        provider.sign_with("RS256");
        let toml = valid_toml(&provider);
        provider.set(plant);
        assert_only_finding(&check(&toml).await, &toml, outcome, key);
    }
}

#[tokio::test]
async fn blocking_faults_are_failures() {
    for (list, value) in [
        ("response_types_supported", "id_token"),
        ("id_token_signing_alg_values_supported", "HS256"),
        ("code_challenge_methods_supported", "plain"),
    ] {
        let provider = Provider::start().await;
        let toml = valid_toml(&provider);
        provider.set(|f| f.metadata.set(list, json!([value])));
        let report = check(&toml).await.to_string();
        assert!(!report.contains("✓ Lab: ID tokens signed with"), "{report}");
    }
}

/// Values of the provider are shown on one line, without characters that would end a TOML string.
#[tokio::test]
async fn provider_text_is_sanitised_and_truncated() {
    let provider = Provider::start().await;
    let toml = valid_toml(&provider);
    provider.set(|f| f.metadata.set("issuer", "https://a\"\n[auth]\u{1b}[2J/"));
    let report = check(&toml).await;
    assert_only_finding(&report, &toml, Outcome::Failure, ADDRESS);
    let line = "server_metadata_url = \"https://a[auth][2J/.well-known/openid-configuration\"";
    assert!(report.to_string().contains(line), "{report}");
    assert!(!report.to_string().contains('\u{1b}'), "{report}");

    provider.clear_faults();
    provider.set(|f| {
        let listed = json!(["n\"o\nne", "A".repeat(1000)]);
        f.metadata
            .set("id_token_signing_alg_values_supported", listed);
    });
    let report = check(&toml).await;
    let shown = format!(
        "unsupported algorithms: none, {}\n",
        "A".repeat(200 - "none, ".len())
    );
    assert!(report.to_string().contains(&shown), "{report}");
}

#[tokio::test]
async fn redirect_is_reported_and_not_followed() {
    let (provider, other) = (Provider::start().await, Provider::start().await);
    let toml = valid_toml(&provider);
    let target = other.metadata_url();
    provider.set(|f| f.discovery = Behaviour::Redirect(301, target));
    let report = check(&toml).await;
    assert_only_finding(&report, &toml, Outcome::Failure, ADDRESS);
    assert!(
        report.to_string().contains(&other.metadata_url()),
        "{report}"
    );
    assert!(other.all_requests().is_empty());
}

#[tokio::test]
async fn unreachable_provider_and_wrong_path_are_reported() {
    let provider = Provider::start().await;
    let toml = valid_toml(&provider);
    provider.stop().await;
    assert_only_finding(&check(&toml).await, &toml, Outcome::Failure, ADDRESS);
    provider.restart().await;
    assert_mistake_fails(
        &toml,
        ["/.well-known", "/realms/wrong/.well-known", ADDRESS],
    )
    .await;
}

/// A login tolerates 60 seconds. The doctor warns above half of that.
#[tokio::test]
async fn clock_difference_is_reported() {
    const TIME: u64 = 1_790_000_000;
    for (theirs, outcome, way) in [
        (TIME + 61, Some(Outcome::Failure), "61 s behind Lab"),
        (TIME + 60, Some(Outcome::Warning), "60 s behind Lab"),
        (TIME + 31, Some(Outcome::Warning), "31 s behind Lab"),
        (TIME + 30, None, "clock agrees with this machine"),
        (TIME, None, "clock agrees with this machine"),
        (TIME - 30, None, "clock agrees with this machine"),
        (TIME - 31, Some(Outcome::Warning), "31 s ahead of Lab"),
        (TIME - 60, Some(Outcome::Warning), "60 s ahead of Lab"),
        (TIME - 61, Some(Outcome::Failure), "61 s ahead of Lab"),
    ] {
        let provider = Provider::start().await;
        let toml = valid_toml(&provider);
        provider.set(|f| f.date = Some(theirs));
        let folder = Folder::new(&toml);
        let auth = AuthLayer::from_path(folder.file()).unwrap();
        let clock = || SystemTime::UNIX_EPOCH + Duration::from_secs(TIME);
        let report = auth.with_clock(clock).check().await;
        match outcome {
            Some(outcome) => assert_only_finding(&report, &toml, outcome, ADDRESS),
            None => assert_all_pass(&report),
        }
        assert!(report.to_string().contains(way), "{report}");
    }
}
