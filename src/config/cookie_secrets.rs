//! The secrets that sign cookies.

use secrecy::SecretString;

use super::{
    Fault, RedirectUri,
    published::{is_published, published_problem},
    secret::{Strength, cookie_secret_strength},
    section::Section,
};

/// Reads `cookie_secret` and `cookie_secrets_old`. The first of the result signs.
pub(super) fn read(
    auth: &Section<'_>,
    redirect_uri: Option<&RedirectUri>,
    faults: &mut Vec<Fault>,
) -> Option<Vec<SecretString>> {
    let current = auth.required(
        "cookie_secret",
        "cookie_secret = \"…\" (make one with `openssl rand -hex 32`)",
        faults,
    );
    let old = auth.texts("cookie_secrets_old", faults).unwrap_or_default();
    let all = current.map(|secret| ("cookie_secret", secret));
    let all: Vec<_> = all
        .into_iter()
        .chain(old.into_iter().map(|secret| ("cookie_secrets_old", secret)))
        .collect();
    for (key, secret) in &all {
        check(auth, key, secret, redirect_uri, faults);
    }
    current?;
    Some(
        all.into_iter()
            .map(|(_, secret)| SecretString::from(secret))
            .collect(),
    )
}

fn check(
    auth: &Section<'_>,
    key: &str,
    secret: &str,
    redirect_uri: Option<&RedirectUri>,
    faults: &mut Vec<Fault>,
) {
    if is_published(secret) {
        let problem = published_problem(auth, redirect_uri);
        faults.extend(problem.map(|problem| auth.fault(key, problem, MAKE_ONE)));
        return;
    }
    match cookie_secret_strength(secret) {
        Ok(Strength::Strong) => {}
        Ok(Strength::Weak(bits)) => {
            tracing::warn!(target: crate::LOG, key, bytes = secret.len(), estimated_bits = bits, "cookie secret is weak");
        }
        Err(problem) => faults.push(auth.fault(key, problem, MAKE_ONE)),
    }
}

const MAKE_ONE: &str =
    "Make one with `openssl rand -hex 32` and write: cookie_secret = \"<what it printed>\"";
