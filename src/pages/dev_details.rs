//! The developer part of an error page. It is in English, and only local requests get it.

use std::sync::Arc;

use super::{
    Details, ErrorCode, Hints,
    error_code::{Example, Remedy, entra_remedy},
};
use crate::{
    config::{ProviderConfig, SHARED_KEYS, in_code},
    request::RequestContext,
    state::Settings,
};

/// The cause of an error and its remedy, for the developer of the app.
///
/// It contains no secrets: the detail is the same as in the log, and configuration keys are shown
/// without their values.
pub(super) struct DevDetails {
    pub(super) code: &'static str,
    pub(super) detail: String,
    /// The full name of the key to change.
    pub(super) key: Option<String>,
    /// The file and line of `key`.
    pub(super) location: Option<String>,
    /// The advice, split at backticks: every second part is code.
    pub(super) help: Vec<String>,
    pub(super) example: Option<String>,
    pub(super) use_of_example: UseOfExample,
}

/// The place for an example.
pub(super) enum UseOfExample {
    /// A line for this table of secrets.toml.
    Paste(String),
    /// A call, for a configuration in code.
    Call,
    /// A value for the provider's console.
    Register,
}

impl DevDetails {
    /// Returns `None` if the request is not local, because the details are for the developer only.
    pub(super) fn new(
        context: &RequestContext,
        error: ErrorCode,
        details: &Details,
    ) -> Option<Self> {
        if !context.is_local {
            return None;
        }
        let settings = context.settings();
        let Details {
            hints, provider, ..
        } = details;
        let remedy = remedy(error, hints);
        let provider = provider_to_change(settings, error, provider.as_deref());
        let hint = remedy
            .key
            .map(|key| KeyHint::new(settings, provider, key, error));
        let example = remedy.example.as_ref().and_then(|example| {
            let (Example::Toml(template) | Example::Register(template)) = example;
            fill_in(template, settings, provider, hints)
        });
        let method = hint.as_ref().and_then(|hint| hint.method.clone());
        let phrase = |text: String| match &method {
            Some(method) => in_code(&text, method),
            None => text,
        };
        let use_of_example = match (&remedy.example, &hint) {
            (Some(Example::Toml(_)), _) if method.is_some() => UseOfExample::Call,
            (Some(Example::Toml(_)), Some(hint)) => UseOfExample::Paste(hint.table.clone()),
            _ => UseOfExample::Register,
        };
        let help = phrase(remedy.help.to_owned());
        Some(Self {
            code: error.code(),
            detail: details.detail.clone(),
            location: hint.as_ref().and_then(|hint| hint.location.clone()),
            key: hint.map(|hint| hint.name),
            help: help.split('`').map(str::to_owned).collect(),
            example: example.map(phrase),
            use_of_example,
        })
    }
}

/// Returns the key to change because of `error`, for the log.
pub(crate) fn key_to_change(
    settings: &Settings,
    error: ErrorCode,
    provider: Option<&str>,
    hints: &Hints,
) -> Option<KeyHint> {
    let key = remedy(error, hints).key?;
    let provider = provider_to_change(settings, error, provider);
    Some(KeyHint::new(settings, provider, key, error))
}

/// A key in the configuration of this app.
pub(crate) struct KeyHint {
    /// The full name of the key.
    pub(crate) name: String,
    table: String,
    /// File and line, or the method of a builder. `None` for a serializable value.
    pub(crate) location: Option<String>,
    method: Option<Arc<str>>,
}

impl KeyHint {
    fn new(
        settings: &Settings,
        provider: Option<&ProviderConfig>,
        key: &str,
        error: ErrorCode,
    ) -> Self {
        // A shared key is valid in both tables. It is shown in `[auth]`, except a redirect URI that
        // the provider needs for itself.
        let is_shared = SHARED_KEYS.contains(&key) && error != ErrorCode::RedirectUriShared;
        let (locations, key) = match provider {
            Some(provider) if !is_shared => match key {
                // The table of a known provider may have a shorter key instead of the URL.
                "server_metadata_url" if error.is_unreachable() => {
                    (&provider.locations, provider.host_key())
                }
                "server_metadata_url" => (&provider.locations, provider.metadata_url_key()),
                "client_key_file" | "client_secret" => (
                    &provider.locations,
                    provider.credential.key().unwrap_or(key),
                ),
                key => (&provider.locations, key),
            },
            _ => (&settings.config.locations, key),
        };
        let (name, location) = locations.locate(key);
        let method = location.method.clone();
        let location = location.to_string();
        Self {
            name,
            table: locations.table().to_owned(),
            location: Some(location).filter(|location| !location.is_empty()),
            method,
        }
    }
}

/// Returns the remedy for the vendor's own error code, or else the one for `error`.
fn remedy(error: ErrorCode, hints: &Hints) -> Remedy {
    let vendor_code = hints.vendor_code.as_deref();
    vendor_code
        .and_then(entra_remedy)
        .unwrap_or_else(|| error.remedy())
}

/// Returns the provider whose table has the key to change.
///
/// That is the provider of the failed login. If its redirect URI is shared, it is the provider that
/// can have a separate one.
fn provider_to_change<'s>(
    settings: &'s Settings,
    error: ErrorCode,
    failed: Option<&str>,
) -> Option<&'s ProviderConfig> {
    let mut providers = settings.config.providers.iter();
    let failed = providers.find(|provider| Some(provider.name.as_str()) == failed)?;
    let separate = failed.to_separate(&settings.config);
    Some(
        separate
            .filter(|_| error == ErrorCode::RedirectUriShared)
            .unwrap_or(failed),
    )
}

/// Replaces the placeholders of `template`. Returns `None` if a value is not known or not safe to
/// paste.
fn fill_in(
    template: &str,
    settings: &Settings,
    provider: Option<&ProviderConfig>,
    hints: &Hints,
) -> Option<String> {
    let shared = settings.config.redirect_uri.as_str();
    let redirect_uri = provider.map_or(shared, |provider| provider.redirect_uri(&settings.config));
    let mut text = template
        .replace("{redirect_uri}", redirect_uri)
        .replace("{shared_redirect_uri}", shared)
        .replace("{name}", provider.map_or("…", |provider| &provider.name));
    if text.contains(ISSUER) {
        let issuer = hints.issuer.as_deref();
        let issuer = issuer.filter(|issuer| is_plain_url(issuer))?;
        text = text.replace(ISSUER, issuer.trim_end_matches('/'));
    }
    if text.contains(AUDIENCES) {
        let trusted = provider.map_or(&[][..], |provider| &provider.trusted_audiences);
        text = text.replace(AUDIENCES, &format_audiences(trusted, &hints.audiences)?);
    }
    Some(text)
}

const ISSUER: &str = "{issuer}";
const AUDIENCES: &str = "{audiences}";

/// Formats the trusted and additional audiences as the elements of a TOML array.
fn format_audiences(trusted: &[String], further: &[String]) -> Option<String> {
    let is_plain = |text: &String| {
        text.len() <= MAX_AUDIENCE_LEN
            && text
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && !b"\"\\".contains(&byte))
    };
    let is_usable = (1..=MAX_AUDIENCES).contains(&further.len()) && further.iter().all(is_plain);
    is_usable.then(|| {
        let all = trusted.iter().chain(further);
        all.map(|audience| format!("{audience:?}"))
            .collect::<Vec<_>>()
            .join(", ")
    })
}

/// Maximum length of one audience, in bytes.
const MAX_AUDIENCE_LEN: usize = 200;

/// Audiences in one line. A project with more clients should request tokens for one client.
const MAX_AUDIENCES: usize = 20;

/// Returns true if a URL from a provider is safe in a line of TOML that a developer pastes.
fn is_plain_url(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/".contains(&byte);
    text.starts_with("https://") && text.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggested_audiences_must_be_plain() {
        let owned = |values: &[&str]| values.iter().map(|&value| value.to_owned()).collect();
        let format = |further: &[&str]| {
            let further: Vec<String> = owned(further);
            format_audiences(&["known".to_owned()], &further)
        };
        assert_eq!(
            format(&["286741908752695297", "app@project"]).unwrap(),
            r#""known", "286741908752695297", "app@project""#
        );
        for hostile in ["a\"]\n[auth]", "a\\u0022", "ä", "a b", &"x".repeat(300)] {
            assert_eq!(format(&["good", hostile]), None, "{hostile}");
        }
        assert_eq!(format(&[]), None);
        assert_eq!(format(&["x"; MAX_AUDIENCES + 1]), None);
    }

    #[test]
    fn suggested_issuer_must_be_a_plain_url() {
        assert!(is_plain_url("https://a.example/realms/x"));
        for hostile in [
            "http://a.example",
            "https://a.example/\"\n[auth]",
            "https://a.example/?x",
            "javascript:alert(1)",
            "",
        ] {
            assert!(!is_plain_url(hostile), "{hostile}");
        }
    }
}
