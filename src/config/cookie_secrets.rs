//! Reads and checks the secrets that sign cookies.

use secrecy::SecretString;

use super::{
    Diagnostic, RedirectUri,
    published_secret::{is_published, published_problem},
    reader::TableReader,
    secret::{Strength, cookie_secret_strength, is_unexpanded, unexpanded},
};

/// Reads `cookie_secret` or `cookie_secret_file`, and `cookie_secrets_old`. The first secret signs,
/// and all verify.
pub(super) fn read(
    auth: &TableReader<'_>,
    redirect_uri: Option<&RedirectUri>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Vec<SecretString>> {
    let current = current(auth, diagnostics);
    let old = auth
        .strings("cookie_secrets_old", diagnostics)
        .unwrap_or_default();
    let all: Vec<_> = current
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

/// Reads the secret that signs. Returns its key as well.
fn current<'a>(
    auth: &TableReader<'a>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<(&'static str, &'a str)> {
    let key = auth.one_of(SECRET, SECRET_FILE, diagnostics)?;
    let secret = if key == SECRET_FILE {
        auth.file(key, diagnostics)
    } else {
        let example = "cookie_secret = \"…\" (generate one with `openssl rand -hex 32`)";
        auth.required_string(key, example, diagnostics)
    };
    Some((key, secret?))
}

const SECRET: &str = "cookie_secret";
const SECRET_FILE: &str = "cookie_secret_file";

fn check(
    auth: &TableReader<'_>,
    key: &str,
    secret: &str,
    redirect_uri: Option<&RedirectUri>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    if is_published(secret) {
        let message = published_problem(auth, redirect_uri);
        diagnostics.extend(message.map(|message| auth.diagnostic(key, message, generate(key))));
        return;
    }
    if is_unexpanded(secret) {
        diagnostics.push(auth.diagnose(key, unexpanded(secret)));
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
        Err(message) => diagnostics.push(auth.diagnostic(key, message, generate(key))),
    }
}

fn generate(key: &str) -> &'static str {
    if key == SECRET_FILE {
        "Generate one with `openssl rand -hex 32` and write its output to the file."
    } else {
        "Generate one with `openssl rand -hex 32` and write: cookie_secret = \"<its output>\""
    }
}
