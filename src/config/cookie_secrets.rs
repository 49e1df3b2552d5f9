//! Reads and checks the secrets that sign cookies.

use secrecy::SecretString;

use super::{
    Diagnostic, RedirectUri,
    published_secret::{is_published, published_problem},
    reader::TableReader,
    secret::{Strength, cookie_secret_strength},
};

/// Reads `cookie_secret` and `cookie_secrets_old`. The first secret signs, and all verify.
pub(super) fn read(
    auth: &TableReader<'_>,
    redirect_uri: Option<&RedirectUri>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Vec<SecretString>> {
    let current = auth.required_string(
        "cookie_secret",
        "cookie_secret = \"…\" (generate one with `openssl rand -hex 32`)",
        diagnostics,
    );
    let old = auth
        .strings("cookie_secrets_old", diagnostics)
        .unwrap_or_default();
    let all = current.map(|secret| ("cookie_secret", secret));
    let all: Vec<_> = all
        .into_iter()
        .chain(old.into_iter().map(|secret| ("cookie_secrets_old", secret)))
        .collect();
    for (key, secret) in &all {
        check(auth, key, secret, redirect_uri, diagnostics);
    }
    current?;
    Some(
        all.into_iter()
            .map(|(_, secret)| SecretString::from(secret))
            .collect(),
    )
}

fn check(
    auth: &TableReader<'_>,
    key: &str,
    secret: &str,
    redirect_uri: Option<&RedirectUri>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    if is_published(secret) {
        let message = published_problem(auth, redirect_uri);
        diagnostics.extend(message.map(|message| auth.diagnostic(key, message, GENERATE)));
        return;
    }
    match cookie_secret_strength(secret) {
        Ok(Strength::Strong) => {}
        Ok(Strength::Weak(bits)) => {
            tracing::warn!(
                key,
                bytes = secret.len(),
                estimated_bits = bits,
                "cookie secret is weak"
            );
        }
        Err(message) => diagnostics.push(auth.diagnostic(key, message, GENERATE)),
    }
}

const GENERATE: &str =
    "Generate one with `openssl rand -hex 32` and write: cookie_secret = \"<its output>\"";
