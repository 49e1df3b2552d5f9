//! The share of the cookie budget that an identity takes.

use serde_json::{Value, json};

use super::CheckReport;
use crate::{
    cookie::Cookies,
    identity::{self, COOKIE_HEADER_BUDGET, RetainedClaims, Tokens},
    provider::{Claims, Issuer, ProviderClient, ProviderMetadata, stores_id_token},
    sessions::SessionId,
    state::Settings,
};

/// Encodes the cookies of a typical user and compares their size with the budget.
pub(super) fn check(
    report: &mut CheckReport,
    settings: &Settings,
    provider: &ProviderClient,
    metadata: &ProviderMetadata,
) {
    let config = &provider.config;
    let claims = typical_claims(provider, metadata);
    let id_token_bytes = claims_size(&claims) * 4 / 3 + HEADER_AND_SIGNATURE_BYTES;
    let retained = RetainedClaims::sent(settings, claims).unwrap_or_default();
    let expose = settings.config.expose_tokens;
    let for_logout = stores_id_token(config, metadata);
    let token_of = |length: usize| "x".repeat(length);
    let tokens = Tokens::new(
        (expose.id || for_logout).then(|| token_of(id_token_bytes)),
        expose.access.then(|| token_of(ACCESS_TOKEN_BYTES)),
    );
    let client = settings.client(&config.name).unwrap_or_default();
    let session = settings
        .config
        .sessions
        .as_ref()
        .map(|_| SessionId::random());
    let encoded = identity::encode(
        settings,
        client,
        &retained,
        session.as_ref(),
        &tokens,
        &Cookies::default(),
    );
    let size = encoded
        .ok()
        .map(|encoded| (identity::set_bytes(&encoded.cookies), encoded.left_out));
    // Streamlit reads all claims from the cookie.
    let is_for_streamlit = settings.config.locations.has("streamlit_cookies");
    let key = if expose.id || expose.access {
        "expose_tokens"
    } else {
        "claims"
    };
    let diagnostic = |message: String| {
        let mut help = "Keep only the claims that the app reads, for example claims = [\"name\", \"email\"], and expose only the tokens that it uses.".to_owned();
        if session.is_none() && !is_for_streamlit {
            help += " Or set session_store, which keeps large identities and, with refresh = true, access tokens.";
        }
        settings.config.locations.diagnostic(key, message, help)
    };
    match size {
        None => report.fail(diagnostic(format!(
            "the identity of a typical user of {} is too large for cookies",
            config.label
        ))),
        Some((_, left_out)) if !left_out.is_empty() => report.warn(diagnostic(format!(
            "the cookies of a typical user of {} have no space to store the {}",
            config.label,
            left_out.join(" and the ")
        ))),
        Some((size, _)) if size > COOKIE_HEADER_BUDGET => report.warn(diagnostic(format!(
            "the cookies of a typical user of {} take {size} bytes, which many servers and proxies refuse",
            config.label
        ))),
        Some((size, _)) if session.is_some() && !is_for_streamlit => report.pass(format!(
            "{}: cookies of a typical user take {size} of {COOKIE_HEADER_BUDGET} bytes; the session store keeps larger identities",
            config.label
        )),
        Some((size, _)) => report.pass(format!(
            "{}: cookies of a typical user take {size} of {COOKIE_HEADER_BUDGET} bytes; about {} bytes of groups or other claims fit as well",
            config.label,
            (COOKIE_HEADER_BUDGET - size) / 4 * 3
        )),
    }
}

/// An RS256 signature and a header, in base64url.
const HEADER_AND_SIGNATURE_BYTES: usize = 342 + 100;

/// A JWT with scopes and roles, as issued by Entra and Keycloak.
const ACCESS_TOKEN_BYTES: usize = 1500;

/// The claims of a typical user, with values of typical length.
fn typical_claims(provider: &ProviderClient, metadata: &ProviderMetadata) -> Claims {
    let issuer = match &metadata.issuer {
        Issuer::Fixed(issuer) | Issuer::Template(issuer) => issuer,
    };
    let claims = json!({
        "iss": issuer,
        "sub": "x".repeat(36),
        "aud": provider.config.client_id,
        "exp": 1_700_000_000, "iat": 1_700_000_000, "auth_time": 1_700_000_000,
        "nonce": "x".repeat(43), "at_hash": "x".repeat(22), "sid": "x".repeat(36),
        "name": "x".repeat(20), "given_name": "x".repeat(10), "family_name": "x".repeat(10),
        "preferred_username": "x".repeat(24), "locale": "en",
        "email": "x".repeat(24), "email_verified": true,
        "picture": "x".repeat(100),
    });
    match claims {
        Value::Object(claims) => claims,
        _ => Claims::new(),
    }
}

fn claims_size(claims: &Claims) -> usize {
    claims
        .iter()
        .map(|(name, value)| name.len() + value.to_string().len() + "\"\":,".len())
        .sum()
}
