//! The fixed beginning and end of a native identity, which enclose the claims.

use memchr::memchr;
use serde_json::Value;

use crate::config::{Config, ProviderConfig};

/// The beginning and end of every identity of one configured client. An identity with both was
/// written for this exact origin, client and provider name, because only this crate signs such a
/// text.
///
/// `{"origin":"…","is_logged_in":true,"_client":"<fingerprint>",` … `"provider":"<name>"}`
#[derive(Clone)]
pub(crate) struct Envelope {
    pub(crate) fingerprint: String,
    head: String,
    tail: String,
}

impl Envelope {
    /// Creates the envelopes of all configured providers, in their order.
    pub(crate) fn all(config: &Config) -> Vec<Self> {
        let providers = config.providers.iter();
        providers
            .map(|provider| Self::new(config.redirect_uri.origin(), provider))
            .collect()
    }

    fn new(origin: &str, provider: &ProviderConfig) -> Self {
        let fingerprint = provider.fingerprint();
        let origin = Value::from(origin);
        let name = Value::from(provider.name.as_str());
        Self {
            head: format!(r#"{{"origin":{origin},"is_logged_in":true,"{CLIENT}":"{fingerprint}","#),
            tail: format!(r#""provider":{name}}}"#),
            fingerprint,
        }
    }

    /// Returns true if `json` was written for this client. The text between the two ends was also
    /// written by `identity::payload`, so that it can be parsed and contains no duplicate key.
    pub(crate) fn matches(&self, json: &str) -> bool {
        json.starts_with(&self.head) && json.ends_with(&self.tail)
    }

    /// Returns true if `json` is in the native format, for any client of this origin.
    pub(crate) fn is_native(&self, json: &str) -> bool {
        let end = self.head.len() - self.fingerprint.len() - r#"","#.len();
        json.starts_with(&self.head[..end])
    }

    /// Returns the text after the head of an envelope, for any client and origin. It begins with the
    /// first claim.
    pub(crate) fn after_head(json: &str) -> Option<&str> {
        let rest = json.strip_prefix(r#"{"origin":""#)?;
        let rest = &rest[memchr(b'"', rest.as_bytes())?..];
        let rest = rest.strip_prefix(r#"","is_logged_in":true,"_client":""#)?;
        let rest = &rest[memchr(b'"', rest.as_bytes())?..];
        rest.strip_prefix(r#"","#)
    }

    /// Returns the text before the claims.
    pub(crate) fn head(&self) -> &str {
        &self.head
    }

    /// Returns the text after the claims.
    pub(crate) fn tail(&self) -> &str {
        &self.tail
    }
}

/// The key of the fingerprint.
pub(crate) const CLIENT: &str = "_client";

/// The key of the session identifier.
pub(crate) const SESSION: &str = "_session";

/// The key of the inputs of the `[auth.allow]` rules that differ from the retained claims.
pub(crate) const RULE_INPUTS: &str = "_allow";
