//! The payload of an identity that this crate wrote: a fixed beginning and end for each provider, and the claims between.

use serde_json::{Map, Value};

use super::{Kept, RESERVED};
use crate::config::{Config, ProviderConfig};

/// The beginning and the end of every identity of one configured client. An identity that has both was written for this very origin,
/// client and provider name, because only this crate signs such a text.
///
/// `{"origin":"…","is_logged_in":true,"_client":"<fingerprint>",` … `"provider":"<name>"}`
#[derive(Clone)]
pub(crate) struct Frame {
    pub(crate) fingerprint: String,
    head: String,
    tail: String,
}

impl Frame {
    /// The frames of all configured providers, in their order.
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

    /// Returns true if `json` was written for this client. What stands between the two ends was written by [`Frame::payload`] too, so it
    /// can be read, and no key is there twice.
    pub(super) fn fits(&self, json: &str) -> bool {
        json.starts_with(&self.head) && json.ends_with(&self.tail)
    }

    /// Returns true if `json` was written by this crate for any client of this origin.
    pub(super) fn is_own(&self, json: &str) -> bool {
        let end = self.head.len() - self.fingerprint.len() - r#"","#.len();
        json.starts_with(&self.head[..end])
    }

    /// The signed text of an identity.
    pub(super) fn payload(&self, kept: &Kept) -> String {
        let mut json = self.head.clone();
        if !kept.rule_inputs.is_empty() {
            json += &format!(r#""{RULE_INPUTS}":{},"#, to_json(&kept.rule_inputs));
        }
        for (name, value) in &kept.claims {
            if !RESERVED.contains(&name.as_str()) {
                json += &format!("{}:{value},", Value::from(name.as_str()));
            }
        }
        json += &self.tail;
        json
    }

    /// The rule inputs that [`Frame::payload`] put into a text which [fits](Frame::fits).
    pub(super) fn rule_inputs(&self, json: &str) -> Map<String, Value> {
        let inputs = json
            .strip_prefix(&self.head)
            .and_then(|rest| rest.strip_prefix('"')?.strip_prefix(RULE_INPUTS))
            .and_then(|rest| rest.strip_prefix("\":"));
        // A stream ends after the first value; what follows is not looked at.
        let first = inputs.and_then(|text| {
            let mut values = serde_json::Deserializer::from_str(text).into_iter();
            values.next()?.ok()
        });
        first.unwrap_or_default()
    }
}

pub(super) fn to_json(object: &Map<String, Value>) -> String {
    serde_json::to_string(object).expect("an object with text keys is always JSON")
}

/// The key of the fingerprint.
pub(super) const CLIENT: &str = "_client";

/// The key of what the rules of `[auth.allow]` look at where it differs from the claims that are kept.
pub(super) const RULE_INPUTS: &str = "_allow";
