//! What an identity keeps of the claims that a provider sent.

use serde_json::{Map, Value};

use super::RESERVED;
use crate::site::Site;

type Claims = Map<String, Value>;

/// The claims that an identity keeps.
#[derive(Default)]
pub(crate) struct Kept {
    /// What the app sees.
    pub(crate) claims: Claims,
    /// What the rules of `[auth.allow]` have to see instead of `claims`; null stands for an absent claim.
    pub(crate) rule_inputs: Claims,
}

/// A claim is nested deeper than [`MAX_CLAIM_DEPTH`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooDeep;

/// Levels of arrays and objects in one claim. `serde_json` reads 127 levels, of which the payload and the rule inputs take one each.
const MAX_CLAIM_DEPTH: usize = 125;

/// A user is identified by these two, so no configuration drops them (OpenID Connect Core 1.0, section 5.7).
const ALWAYS_KEPT: [&str; 2] = ["iss", "sub"];

/// Claims that say that `groups` does not fit into the ID token. They are kept with `groups`, so that a guard can name the reason.
///
/// Source: Microsoft identity platform, "Groups overage claim".
const OVERAGE: [&str; 3] = ["_claim_names", "_claim_sources", "hasgroups"];

impl Kept {
    /// Selects from the claims that the provider sent: all, or those that `claims` in the configuration lists.
    ///
    /// # Errors
    ///
    /// [`TooDeep`] if a claim could not be read back.
    pub(crate) fn sent(site: &Site, sent: Claims) -> Result<Self, TooDeep> {
        let mut claims = sent;
        claims.retain(|name, _| is_listed(site, name));
        Self::checked(claims, Claims::new())
    }

    /// Selects from the claims that the hook returned. A claim that the hook added or changed is kept, whatever the configuration lists.
    ///
    /// The rules look at the claims that the provider sent. So each claim that the hook changed, added or dropped is a rule input: with
    /// the value that was sent if a rule looks at it, and as absent otherwise, which a rule that is added later never accepts.
    ///
    /// # Errors
    ///
    /// [`TooDeep`] if a claim could not be read back.
    pub(crate) fn returned(site: &Site, sent: &Claims, returned: Claims) -> Result<Self, TooDeep> {
        let mut claims = returned;
        claims.retain(|name, value| sent.get(name) != Some(value) || is_listed(site, name));
        let mut rule_inputs = Claims::new();
        for (name, value) in sent {
            if site.config.rules_use(name) && claims.get(name) != Some(value) {
                rule_inputs.insert(name.clone(), value.clone());
            }
        }
        for (name, value) in &claims {
            let is_new = sent.get(name) != Some(value) && !RESERVED.contains(&name.as_str());
            if is_new && !rule_inputs.contains_key(name) {
                rule_inputs.insert(name.clone(), Value::Null);
            }
        }
        Self::checked(claims, rule_inputs)
    }

    fn checked(claims: Claims, rule_inputs: Claims) -> Result<Self, TooDeep> {
        let mut values = claims.values().chain(rule_inputs.values());
        if values.any(|value| is_deeper(value, MAX_CLAIM_DEPTH)) {
            return Err(TooDeep);
        }
        Ok(Self {
            claims,
            rule_inputs,
        })
    }
}

fn is_listed(site: &Site, name: &str) -> bool {
    let Some(listed) = &site.config.claims else {
        return true;
    };
    let lists = |name: &str| listed.iter().any(|listed| listed == name);
    ALWAYS_KEPT.contains(&name)
        || site.config.rules_use(name)
        || lists(name)
        || (OVERAGE.contains(&name) && lists("groups"))
        || (name == "aud" && is_bound_by_claims(site))
}

/// Returns true if identities are written without a fingerprint, for Streamlit: then `aud` and `iss` bind them to the client.
#[cfg(feature = "streamlit")]
fn is_bound_by_claims(site: &Site) -> bool {
    site.config.cookie_format != crate::config::CookieFormat::Ours
}

#[cfg(not(feature = "streamlit"))]
fn is_bound_by_claims(_: &Site) -> bool {
    false
}

/// Returns true if `value` has more than `levels` levels of arrays and objects. It descends no further than that.
fn is_deeper(value: &Value, levels: usize) -> bool {
    let mut children: Box<dyn Iterator<Item = &Value>> = match value {
        Value::Array(list) => Box::new(list.iter()),
        Value::Object(object) => Box::new(object.values()),
        _ => return false,
    };
    match levels.checked_sub(1) {
        Some(levels) => children.any(|child| is_deeper(child, levels)),
        None => true,
    }
}
