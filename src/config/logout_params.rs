//! Reads `logout_params`, which add, replace and remove parameters of the logout request.

use std::collections::BTreeMap;

use super::{Diagnostic, client_kwargs::parameter, reader::TableReader};

/// Changes to the parameters of the logout request.
///
/// An empty value removes a parameter. Other values may contain `{name}`, which is replaced by a
/// claim of the user, or by one of the parameters that the logout sets itself.
///
/// Source: Streamlit, "Configurable OIDC logout parameters" (18 May 2026), announced after 1.67.
#[derive(Clone, Default)]
pub(crate) struct LogoutParams(BTreeMap<String, String>);

/// The key, in `[auth]` for all providers or in the table of one provider.
pub(crate) const LOGOUT_PARAMS: &str = "logout_params";

/// The parameter with the ID token (OpenID Connect RP-Initiated Logout 1.0, section 2).
pub(crate) const ID_TOKEN_HINT: &str = "id_token_hint";

impl LogoutParams {
    pub(super) fn read(reader: &TableReader<'_>, diagnostics: &mut Vec<Diagnostic>) -> Self {
        let Some(table) = reader.table(LOGOUT_PARAMS, diagnostics) else {
            return Self::default();
        };
        let mut parameters = BTreeMap::new();
        for (key, entry) in &table.table.0 {
            match parameter(entry) {
                Ok(value) => drop(parameters.insert(key.clone(), value)),
                Err(problem) => diagnostics.push(table.diagnose(key, problem)),
            }
        }
        Self(parameters)
    }

    /// Adds those parameters of `[auth]` that `self` does not change.
    pub(super) fn inherit(&mut self, shared: Self) {
        for (name, value) in shared.0 {
            self.0.entry(name).or_insert(value);
        }
    }

    /// Returns true if the parameter `name` is replaced or removed.
    pub(crate) fn change(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// Returns true if a logout may send the ID token of the login.
    pub(crate) fn send_id_token(&self) -> bool {
        let hint = format!("{{{ID_TOKEN_HINT}}}");
        !self.change(ID_TOKEN_HINT) || self.0.values().any(|value| value.contains(&hint))
    }

    /// Returns the parameters with their values. `field` returns the value of a `{name}`. If there
    /// is none, the parameter is left out.
    pub(crate) fn fill(
        &self,
        field: impl Fn(&str) -> Option<String>,
    ) -> impl Iterator<Item = (&str, String)> {
        self.0
            .iter()
            .filter_map(move |(name, template)| Some((name.as_str(), fill(template, &field)?)))
    }
}

/// Replaces each `{name}`. Returns `None` if a value is missing, or nothing is left.
fn fill(template: &str, field: impl Fn(&str) -> Option<String>) -> Option<String> {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        filled.push_str(before);
        match after.split_once('}').filter(|(name, _)| is_name(name)) {
            Some((name, following)) => {
                filled.push_str(&field(name)?);
                rest = following;
            }
            None => {
                filled.push('{');
                rest = after;
            }
        }
    }
    filled.push_str(rest);
    (!filled.is_empty()).then_some(filled)
}

/// Returns true for the name of a parameter or claim, which may be a URL or a dotted path. JSON in
/// braces is sent as it is.
fn is_name(name: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.:/".contains(&byte);
    !name.is_empty() && name.bytes().all(is_allowed)
}
