//! Selects the claims of the provider that an identity retains.

use serde_json::{Map, Value};

use super::RESERVED_CLAIMS;
use crate::{provider::AUTHENTICATION_CLAIMS, state::Settings};

type Claims = Map<String, Value>;

/// The claims that an identity retains.
#[derive(Default)]
pub(crate) struct RetainedClaims {
    /// Claims visible to the app.
    pub(crate) claims: Claims,
    /// Values that guards and the rules of `[auth.allow]` use instead of those in `claims`. Null
    /// means that the claim is missing.
    pub(crate) rule_inputs: Claims,
}

/// A claim is nested deeper than [`MAX_CLAIM_DEPTH`].
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct TooDeep;

impl RetainedClaims {
    /// Selects from the claims that the provider sent: all of them, or those listed under `claims`
    /// in the configuration.
    ///
    /// # Errors
    ///
    /// [`TooDeep`] if a claim is nested so deeply that it could not be read back.
    pub(crate) fn sent(settings: &Settings, sent: Claims) -> Result<Self, TooDeep> {
        let mut claims = sent;
        claims.retain(|name, _| is_listed(settings, name));
        Self::checked(claims, Claims::new())
    }

    /// Selects all claims.
    ///
    /// # Errors
    ///
    /// [`TooDeep`] if a claim is nested so deeply that it could not be read back.
    pub(crate) fn all(sent: Claims) -> Result<Self, TooDeep> {
        Self::checked(sent, Claims::new())
    }

    /// Selects from the claims that the provider sent, and from further ones in `named` that it did
    /// not sign. No rule ever accepts those.
    ///
    /// # Errors
    ///
    /// [`TooDeep`] if a claim is nested so deeply that it could not be read back.
    pub(crate) fn unsigned(
        settings: &Settings,
        sent: &Claims,
        named: Claims,
    ) -> Result<Self, TooDeep> {
        let mut named = named;
        named.retain(|name, _| is_listed(settings, name));
        Self::returned(settings, sent, named)
    }

    /// Selects from the claims that the hook returned. A claim that the hook added or changed is
    /// retained even if the configuration does not list it.
    ///
    /// The rules apply to the claims that the provider sent. If a rule uses a claim that the hook
    /// changed or removed, the value that was sent becomes a rule input. The same is true for
    /// `auth_time`, `acr` and `amr`, which guards use. Any other claim that the
    /// hook changed or added is recorded as missing, so that a rule added later never accepts it.
    ///
    /// # Errors
    ///
    /// [`TooDeep`] if a claim is nested so deeply that it could not be read back.
    pub(crate) fn returned(
        settings: &Settings,
        sent: &Claims,
        returned: Claims,
    ) -> Result<Self, TooDeep> {
        let mut claims = returned;
        claims.retain(|name, value| sent.get(name) != Some(value) || is_listed(settings, name));
        let mut rule_inputs = Claims::new();
        for (name, value) in sent {
            if is_rule_input(settings, name) && claims.get(name) != Some(value) {
                rule_inputs.insert(name.clone(), value.clone());
            }
        }
        for (name, value) in &claims {
            let is_changed =
                sent.get(name) != Some(value) && !RESERVED_CLAIMS.contains(&name.as_str());
            if is_changed && !rule_inputs.contains_key(name) {
                rule_inputs.insert(name.clone(), Value::Null);
            }
        }
        Self::checked(claims, rule_inputs)
    }

    /// Returns only the claims that identify the user. They stay in the cookie of a session whose
    /// record holds the other claims.
    pub(super) fn identifying(&self) -> Self {
        let claims = self.claims.iter();
        let claims = claims.filter(|(name, _)| ["iss", "sub"].contains(&name.as_str()));
        Self {
            claims: claims
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect(),
            rule_inputs: Claims::new(),
        }
    }

    /// Checks the nesting depth of all claims.
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

/// Maximum nesting of arrays and objects in one claim. `serde_json` reads 127 levels, of which the
/// payload and the rule inputs take one each.
const MAX_CLAIM_DEPTH: usize = 125;

fn is_listed(settings: &Settings, name: &str) -> bool {
    let Some(listed) = &settings.config.claims else {
        return true;
    };
    let lists = |name: &str| listed.iter().any(|listed| listed == name);
    REQUIRED_CLAIMS.contains(&name)
        || settings.config.rules_use(name)
        || settings.config.headers_use(name)
        || lists(name)
        || (OVERAGE_CLAIMS.contains(&name) && lists("groups"))
        || (name == "aud" && is_bound_by_claims(settings))
}

/// Claims that no configuration removes. They identify the user (OpenID Connect Core 1.0, section
/// 5.7), and guards check when and how the user authenticated.
const REQUIRED_CLAIMS: [&str; 4] = ["iss", "sub", "auth_time", "acr"];

/// Returns true if a rule of `[auth.allow]` or a guard uses the claim with the value that the
/// provider sent, even if the hook changed it.
fn is_rule_input(settings: &Settings, name: &str) -> bool {
    AUTHENTICATION_CLAIMS.contains(&name) || settings.config.rules_use(name)
}

/// Claims that indicate that `groups` does not fit into the ID token. They are retained together
/// with `groups`, so that a guard can state the reason.
///
/// Source: Microsoft identity platform, "Groups overage claim".
const OVERAGE_CLAIMS: [&str; 3] = ["_claim_names", "_claim_sources", "hasgroups"];

/// Returns true if identities are written without a fingerprint, for Streamlit. In that case `aud`
/// and `iss` bind them to the client.
#[cfg(feature = "streamlit-cookies")]
fn is_bound_by_claims(settings: &Settings) -> bool {
    settings.config.cookie_format != crate::config::CookieFormat::Native
}

#[cfg(not(feature = "streamlit-cookies"))]
fn is_bound_by_claims(_: &Settings) -> bool {
    false
}

/// Returns true if `value` has more than `levels` levels of arrays and objects. It does not descend
/// any further.
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
