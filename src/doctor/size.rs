//! How much of the cookie budget an identity takes.

use serde_json::{Value, json};

use super::Report;
use crate::{
    cookie::Cookies,
    identity::{self, Kept, ROOMY, Tokens},
    logout,
    provider::{Claims, Issuer, Metadata, Provider},
    site::Site,
};

/// Writes the cookies of somebody who has what most people have, and compares.
pub(super) fn check(report: &mut Report, site: &Site, provider: &Provider, metadata: &Metadata) {
    let config = &provider.config;
    let claims = typical(provider, metadata);
    let id_token = claims_size(&claims) * 4 / 3 + SIGNATURE;
    let kept = Kept::sent(site, claims).unwrap_or_default();
    let expose = site.config.expose_tokens;
    let for_logout = logout::keeps_id_token(config, metadata);
    let token = |length: usize| "x".repeat(length);
    let tokens = Tokens::new(
        (expose.id || for_logout).then(|| token(id_token)),
        expose.access.then(|| token(ACCESS_TOKEN)),
    );
    let client = site.client(&config.name).unwrap_or_default();
    let written = identity::encode(site, client, &kept, &tokens, &Cookies::default());
    let size = written
        .ok()
        .map(|written| (identity::set_bytes(&written.cookies), written.left_out));
    let key = if expose.id || expose.access {
        "expose_tokens"
    } else {
        "claims"
    };
    let fault = |problem: String| {
        let fix = "Keep what the app reads: claims = [\"name\", \"email\"], and expose no token that it does not use.";
        site.config.places.fault(key, problem, fix)
    };
    match size {
        None => report.bad(fault(format!(
            "makes the identity of a typical visitor of {} too large for cookies.",
            config.label
        ))),
        Some((_, left_out)) if !left_out.is_empty() => report.doubt(fault(format!(
            "leaves no space for the {} of a typical visitor of {}, so it is not stored.",
            left_out.join(" and the "),
            config.label
        ))),
        Some((size, _)) if size > ROOMY => report.doubt(fault(format!(
            "makes cookies of {size} bytes for a typical visitor of {}, which many servers and proxies refuse.",
            config.label
        ))),
        Some((size, _)) => report.good(format!(
            "{}: the cookies of a typical visitor are {size} bytes of {ROOMY}; about {} bytes of groups or other claims fit beside them",
            config.label,
            (ROOMY - size) / 4 * 3
        )),
    }
}

/// An RS256 signature and a header, in base64.
const SIGNATURE: usize = 342 + 100;

/// A JWT with scopes and roles, as Entra and Keycloak make them.
const ACCESS_TOKEN: usize = 1500;

fn typical(provider: &Provider, metadata: &Metadata) -> Claims {
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
