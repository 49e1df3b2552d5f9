//! The strength of the cookie secrets.

use secrecy::ExposeSecret;

use super::CheckReport;
use crate::config::{Config, Strength, cookie_secret_strength, is_published};

/// Reports the strength of each cookie secret. A secret that is easy to guess already makes the
/// configuration invalid.
pub(super) fn strength(report: &mut CheckReport, config: &Config) {
    for (index, secret) in config.cookie_secrets.iter().enumerate() {
        let secret = secret.expose_secret();
        let (key, help) = if index == 0 {
            (
                "cookie_secret",
                "Generate one with `openssl rand -hex 32`. All users have to log in again, unless you move the old one to cookie_secrets_old.",
            )
        } else {
            (
                "cookie_secrets_old",
                "Remove it. Users with a cookie signed with it have to log in again.",
            )
        };
        let diagnostic = |message: String| config.locations.diagnostic(key, message, help);
        if is_published(secret) {
            report.pass(format!(
                "{key}: public development secret, valid only on loopback"
            ));
            continue;
        }
        match cookie_secret_strength(secret) {
            Ok(Strength::Strong) => report.pass(format!("{key}: long and looks random")),
            Ok(Strength::Weak(bits)) => report.warn(diagnostic(format!(
                "this secret is weak: {} characters, about {bits} bits",
                secret.chars().count()
            ))),
            Err(message) => report.fail(diagnostic(message)),
        }
    }
}
