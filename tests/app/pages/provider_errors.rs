//! Error pages that result from a fault of the provider.

use std::collections::BTreeSet;

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::{app, app_errors::APP_ERRORS, assert_error_page};
use support::{
    Behaviour, Browser, Faults, ORIGIN, Provider, Secrets, TokenSignature, encrypted_token, redact,
    secrets, visible_text,
};

/// An error code and the fault of the provider that causes it.
type Fault = (&'static str, fn(&mut Faults));

const AUTHORIZATION_ERRORS: [Fault; 16] = [
    ("cancelled", |f| f.deny("access_denied", "")),
    ("interaction_needed", |f| f.deny("login_required", "")),
    ("scope_refused", |f| f.deny("invalid_scope", "")),
    ("client_not_allowed", |f| f.deny("unauthorized_client", "")),
    ("prompt_refused", |f| f.deny("invalid_request", "")),
    ("request_refused", |f| {
        f.deny("unsupported_response_type", "")
    }),
    ("provider_error", |f| f.deny("server_error", "")),
    ("provider_busy", |f| f.deny("temporarily_unavailable", "")),
    ("provider_refused", |f| f.deny("out_of_cheese", "<script>")),
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
    ("token_endpoint_error", |f| f.token = Behaviour::Html(503)),
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
        f.id_token = Some(json!(encrypted_token()))
    }),
    ("id_token_header", |f| f.header.set("typ", "at+jwt")),
    ("id_token_algorithm", |f| f.alg = "HS256"),
    ("id_token_signature", |f| {
        f.signature = TokenSignature::Flipped
    }),
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

const AUTHENTICATION: [Fault; 4] = [
    ("auth_time_missing", |f| f.claims.remove("auth_time")),
    ("auth_time_too_old", |f| f.claims.set("auth_time", 1)),
    ("acr_missing", |f| f.claims.remove("acr")),
    ("acr_unmet", |f| f.claims.set("acr", "1")),
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

/// Faults of a provider with `groups_from_graph`.
const GROUPS: [Fault; 1] = [("groups_undecided", |f| {
    f.claims.remove("groups");
    let error =
        json!({ "code": "Authorization_RequestDenied", "message": "Insufficient privileges." });
    f.graph = Behaviour::Json(403, json!({ "error": error }));
})];

/// Faults of a provider without ID tokens.
const ACCOUNTS: [Fault; 5] = [
    ("access_token_absent", |f| {
        f.token_response.remove("access_token")
    }),
    ("id_token_unexpected", |f| {
        f.token_response.set("id_token", "x")
    }),
    ("account_unavailable", |f| f.userinfo = Behaviour::Html(502)),
    ("account_refused", |f| {
        f.userinfo = Behaviour::Json(403, json!({ "message": "Not <this> app." }))
    }),
    ("account_subject", |f| f.userinfo_claims.remove("sub")),
];

fn refused(error: &str) -> Behaviour {
    Behaviour::Json(400, json!({ "error": error }))
}

#[test]
fn every_documented_error_code_is_tested() {
    let exported: Value =
        serde_json::from_str(include_str!("../../data/error_codes.json")).unwrap();
    let documented = exported["error_codes"].as_object().unwrap().keys();
    let documented: BTreeSet<&str> = documented.map(String::as_str).collect();
    let faults = [
        &AUTHORIZATION_ERRORS[..],
        &OUTAGES,
        &TOKENS,
        &ID_TOKENS,
        &AUTHENTICATION,
        &USERINFO,
        &ACCOUNTS,
        &GROUPS,
    ]
    .concat();
    let tested: BTreeSet<&str> = faults
        .iter()
        .map(|(code, _)| *code)
        .chain(APP_ERRORS)
        .collect();
    assert_eq!(tested, documented);
}

/// Logs in with each fault. Returns the texts of the error pages.
async fn pages(faults: &[Fault], more: &str) -> String {
    let provider = Provider::start().await;
    let toml = secrets(&provider).auth(more).toml();
    pages_of(&provider, &toml, faults).await
}

async fn pages_of(provider: &Provider, toml: &str, faults: &[Fault]) -> String {
    let mut texts = String::new();
    for (code, fault) in faults {
        provider.clear_faults();
        provider.set(*fault);
        let mut browser = Browser::new(app(toml), ORIGIN);
        let page = browser.get("/auth/login?next=/guarded").await;
        assert_error_page(&page, code);
        assert_eq!(browser.get("/").await.text(), "", "{code}: logged in");
        let text = redact(&visible_text(&page.text()), provider);
        texts += &format!("## {code}: {}\n{text}\n\n", page.status);
    }
    texts
}

#[tokio::test]
async fn authorization_errors_show_error_pages() {
    assert_snapshot!(pages(&AUTHORIZATION_ERRORS, "").await);
}

#[tokio::test]
async fn provider_outages_show_error_pages() {
    assert_snapshot!(pages(&OUTAGES, "").await);
}

#[tokio::test]
async fn token_errors_show_error_pages() {
    assert_snapshot!(pages(&TOKENS, "").await);
    let unauthorized: [Fault; 1] = [("client_not_allowed", |f| {
        f.token = refused("unauthorized_client")
    })];
    assert_snapshot!("token_unauthorized_client", pages(&unauthorized, "").await);
}

#[tokio::test]
async fn id_token_errors_show_error_pages() {
    assert_snapshot!(pages(&ID_TOKENS, "").await);
}

#[tokio::test]
async fn authentication_errors_show_error_pages() {
    let kwargs = "client_kwargs = { max_age = 300, acr_values = \"gold\" }";
    let texts = pages(&AUTHENTICATION, kwargs).await;
    // The age of the claim depends on the time of the test.
    let before = texts.split_once(" s ago").unwrap().0;
    let age = before.rsplit(' ').next().unwrap();
    assert_snapshot!(texts.replace(age, "[age]"));
}

#[tokio::test]
async fn userinfo_errors_show_error_pages() {
    assert_snapshot!(pages(&USERINFO, "userinfo = true").await);
}

#[tokio::test]
async fn account_errors_show_error_pages() {
    let provider = Provider::start().await;
    provider.emulate_plain_oauth2();
    let client = provider.registered();
    let lines = format!(
        "client_id = {:?}\nclient_secret = {:?}\nauthorization_endpoint = {:?}\ntoken_endpoint = {:?}\nuserinfo_endpoint = {:?}\nclaims_map = {{ sub = \"sub\" }}",
        client.id,
        client.secret,
        provider.url("/authorize"),
        provider.url("/token"),
        provider.url("/userinfo"),
    );
    let toml = Secrets::new(ORIGIN).auth(&lines).toml();
    assert_snapshot!(pages_of(&provider, &toml, &ACCOUNTS).await);
}

#[tokio::test]
async fn unknown_groups_show_error_page() {
    let provider = Provider::start().await;
    let lines = format!(
        "groups_from_graph = true\ngraph_url = {:?}",
        provider.origin()
    );
    let toml = secrets(&provider).auth(&lines).toml();
    assert_snapshot!(pages_of(&provider, &toml, &GROUPS).await);
}
