//! The requirements of a guard.

use std::sync::Arc;

use crate::{extract::User, provider::AuthenticationRequirements};

/// The requirements of a guard on a logged-in user. The default is a login.
#[derive(Clone, Default)]
pub(crate) struct Requirements {
    pub(super) conditions: Vec<Condition>,
    /// The names of the required claims.
    pub(super) claims: Vec<String>,
    pub(super) authentication: AuthenticationRequirements,
    /// The scopes that a bearer token must have.
    pub(super) scopes: Vec<String>,
}

type Condition = Arc<dyn Fn(&User) -> bool + Send + Sync>;

impl Requirements {
    /// Returns true unless the user has a bearer token that lacks a required scope.
    pub(super) fn has_scopes(&self, user: &User) -> bool {
        let has = |required: &String| user.scopes().any(|scope| scope == required);
        !user.is_bearer() || self.scopes.iter().all(has)
    }

    /// Returns the reason why a user is not admitted, if the provider left out a required claim
    /// because it has too many values.
    ///
    /// Source: OpenID Connect Core 1.0, section 5.6.2; Microsoft identity platform, "Groups overage
    /// claim".
    pub(super) fn overage(&self, user: &User) -> Option<String> {
        let names = user.get("_claim_names")?;
        let mut claims = self.claims.iter();
        let claim = claims.find(|claim| !user.contains_key(claim) && names.get(claim).is_some())?;
        Some(format!(
            "claim `{claim}` has too many values, so the provider left it out of the ID token; for Entra, set `groups_from_graph`, choose \
             \"Groups assigned to the application\" or use app roles"
        ))
    }

    pub(super) fn admits(&self, user: &User) -> bool {
        self.conditions.iter().all(|condition| condition(user))
    }
}
