//! How hard the cookie secrets are to guess.

use secrecy::ExposeSecret;

use super::Report;
use crate::config::{Config, Strength, cookie_secret_strength, is_published};

/// Reports the strength of each cookie secret. A secret that can be guessed is an error of the configuration already.
pub(super) fn strength(report: &mut Report, config: &Config) {
    for (index, secret) in config.cookie_secrets.iter().enumerate() {
        let secret = secret.expose_secret();
        let key = if index == 0 {
            "cookie_secret"
        } else {
            "cookie_secrets_old"
        };
        let fault = |problem: String| {
            let fix = "Make one with `openssl rand -hex 32`. Everybody signs in again, unless the old one moves to cookie_secrets_old.";
            config.places.fault(key, problem, fix)
        };
        if is_published(secret) {
            report.good("the cookie secret is the public one for development, which works on loopback alone");
            continue;
        }
        match cookie_secret_strength(secret) {
            Ok(Strength::Strong) => report.good(format!("{key} is long and looks random")),
            Ok(Strength::Weak(bits)) => report.doubt(fault(format!(
                "is weak: {} characters, about {bits} bits.",
                secret.chars().count()
            ))),
            Err(problem) => report.bad(fault(problem)),
        }
    }
}
