//! Every cause of the catalogue that a provider's fault brings about.

use std::collections::BTreeSet;

use serde_json::json;

use super::{
    app, assert_cause,
    others::OTHERS,
    support::{Behaviour, Browser, Faults, ORIGIN, Provider, Seal, five_parts, secrets},
};

/// What the provider does wrong, and what the app calls it.
type Fault = (&'static str, fn(&mut Faults));

const ANSWERS: [Fault; 16] = [
    ("cancelled", |f| f.refuse("access_denied", "")),
    ("interaction_needed", |f| f.refuse("login_required", "")),
    ("scope_refused", |f| f.refuse("invalid_scope", "")),
    ("client_not_allowed", |f| {
        f.refuse("unauthorized_client", "")
    }),
    ("prompt_refused", |f| f.refuse("invalid_request", "")),
    ("request_refused", |f| {
        f.refuse("unsupported_response_type", "")
    }),
    ("provider_trouble", |f| f.refuse("server_error", "")),
    ("provider_busy", |f| f.refuse("temporarily_unavailable", "")),
    ("provider_refused", |f| {
        f.refuse("out_of_cheese", "<script>")
    }),
    ("attempt_missing", |f| {
        f.callback.set("state", "A".repeat(43))
    }),
    ("callback_malformed", |f| f.callback.append("code", "x")),
    ("state_missing", |f| f.callback.remove("state")),
    ("state_malformed", |f| f.callback.set("state", "<script>")),
    ("issuer_mismatch", |f| {
        f.callback.set("iss", "https://evil.example")
    }),
    ("issuer_missing", |f| {
        f.metadata
            .set("authorization_response_iss_parameter_supported", true);
        f.callback.remove("iss");
    }),
    ("too_large", |f| f.claims.set("groups", "x".repeat(50_000))),
];

const OUTAGES: [Fault; 9] = [
    ("provider_down", |f| f.discovery = Behaviour::HangUp),
    ("provider_status", |f| f.discovery = Behaviour::Html(404)),
    ("provider_redirects", |f| {
        f.discovery = Behaviour::Redirect(302, "/".to_owned())
    }),
    ("provider_too_long", |f| f.discovery = Behaviour::Endless),
    ("provider_encoded", |f| {
        f.discovery = Behaviour::Encoded("gzip")
    }),
    ("discovery_not_json", |f| f.discovery = Behaviour::Html(200)),
    ("discovery_issuer", |f| {
        f.metadata.set("issuer", "https://other.example")
    }),
    ("discovery_endpoint", |f| {
        f.metadata.remove("token_endpoint")
    }),
    ("keys_malformed", |f| {
        f.jwks = Behaviour::Json(200, json!({}))
    }),
];

const TOKENS: [Fault; 10] = [
    ("client_refused", |f| f.token = refused("invalid_client")),
    ("code_refused", |f| f.token = refused("invalid_grant")),
    ("redirect_uri_refused", |f| {
        f.token = refused("redirect_uri_mismatch")
    }),
    ("token_refused", |f| f.token = refused("invalid_target")),
    ("token_trouble", |f| f.token = Behaviour::Html(503)),
    ("token_status", |f| f.token = Behaviour::Html(403)),
    ("token_not_json", |f| f.token = Behaviour::Html(200)),
    ("token_too_long", |f| f.token = Behaviour::Endless),
    ("token_type", |f| f.token_response.set("token_type", "DPoP")),
    ("id_token_absent", |f| f.token_response.remove("id_token")),
];

const ID_TOKENS: [Fault; 16] = [
    ("id_token_malformed", |f| {
        f.id_token = Some(json!("<script>"))
    }),
    ("id_token_encrypted", |f| {
        f.id_token = Some(json!(five_parts()))
    }),
    ("id_token_header", |f| f.header.set("typ", "at+jwt")),
    ("id_token_algorithm", |f| f.alg = "HS256"),
    ("id_token_signature", |f| f.seal = Seal::Flipped),
    ("id_token_key", |f| f.header.set("kid", "other")),
    ("id_token_key_unusable", |f| f.jwk.set("use", "enc")),
    ("id_token_issuer", |f| {
        f.claims.set("iss", "https://evil.example")
    }),
    ("id_token_subject", |f| f.claims.remove("sub")),
    ("id_token_audience", |f| {
        f.claims.set("aud", json!(["other"]))
    }),
    ("id_token_party", |f| f.claims.set("azp", "other")),
    ("id_token_expired", |f| f.claims.set("exp", 1)),
    ("id_token_issued_at", |f| f.claims.set("iat", 1)),
    ("id_token_not_before", |f| {
        f.claims.set("nbf", 99_999_999_999_u64)
    }),
    ("id_token_nonce", |f| f.claims.set("nonce", "other")),
    ("id_token_access_token", |f| f.claims.set("at_hash", "AAAA")),
];

const USERINFO: [Fault; 3] = [
    ("userinfo_absent", |f| {
        f.metadata.remove("userinfo_endpoint")
    }),
    ("userinfo_refused", |f| f.userinfo = Behaviour::Html(500)),
    ("userinfo_subject", |f| {
        f.userinfo_claims.set("sub", "other")
    }),
];

fn refused(error: &str) -> Behaviour {
    Behaviour::Json(400, json!({ "error": error }))
}

#[test]
fn every_cause_of_the_documentation_is_tested_here() {
    let documented: BTreeSet<&str> = include_str!("../../src/docs/causes.md")
        .split("\n## `")
        .skip(1)
        .map(|section| section.split('`').next().unwrap())
        .collect();
    let faults = [&ANSWERS[..], &OUTAGES, &TOKENS, &ID_TOKENS, &USERINFO].concat();
    let tested: BTreeSet<&str> = faults.iter().map(|(code, _)| *code).chain(OTHERS).collect();
    assert_eq!(tested, documented);
}

async fn each(faults: &[Fault], more: &str) {
    let provider = Provider::start().await;
    let toml = secrets(&provider).auth(more).toml();
    for (code, fault) in faults {
        provider.behave();
        provider.set(*fault);
        let mut browser = Browser::new(app(&toml), ORIGIN);
        let page = browser.get("/auth/login?next=/guarded").await;
        assert_cause(&page, code);
        assert_eq!(
            browser.get("/").await.text(),
            "",
            "{code} signed somebody in"
        );
    }
}

#[tokio::test]
async fn the_provider_sends_something_else_than_a_code() {
    each(&ANSWERS, "").await;
}

#[tokio::test]
async fn the_provider_cannot_be_used() {
    each(&OUTAGES, "").await;
}

#[tokio::test]
async fn the_token_endpoint_gives_no_tokens() {
    each(&TOKENS, "").await;
    each(
        &[("client_not_allowed", |f| {
            f.token = refused("unauthorized_client")
        })],
        "",
    )
    .await;
}

#[tokio::test]
async fn the_id_token_is_refused() {
    each(&ID_TOKENS, "").await;
}

#[tokio::test]
async fn userinfo_is_refused() {
    each(&USERINFO, "userinfo = true").await;
}
