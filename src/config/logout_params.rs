//! Reads `logout_params`, the further parameters of the logout request.

use std::collections::BTreeMap;

use super::{Diagnostic, client_kwargs::parameter, reader::TableReader};

/// Parameters of the logout request, in `[auth]` for all providers or in the table of one provider.
///
/// Source: Streamlit, `logout_params`, announced after 1.67.
pub(crate) const LOGOUT_PARAMS: &str = "logout_params";

/// Reads `logout_params`. A parameter that the logout sets itself is an error.
pub(super) fn read(
    reader: &TableReader<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<String, String> {
    let Some(table) = reader.table(LOGOUT_PARAMS, diagnostics) else {
        return BTreeMap::new();
    };
    let mut parameters = BTreeMap::new();
    for (key, entry) in &table.table.0 {
        match parameter(entry) {
            _ if PROTECTED_LOGOUT.contains(&key.as_str()) => diagnostics.push(table.diagnostic(
                key,
                "cannot be set, because the logout controls this parameter",
                "Remove this line.",
            )),
            Ok(value) if value.is_empty() => {}
            Ok(value) => drop(parameters.insert(key.clone(), value)),
            Err(problem) => diagnostics.push(table.diagnose(key, problem)),
        }
    }
    parameters
}

/// Parameters that the logout sets itself.
///
/// Source: OpenID Connect RP-Initiated Logout 1.0, section 2. `logout_uri` is the parameter of
/// Amazon Cognito.
const PROTECTED_LOGOUT: [&str; 4] = [
    "client_id",
    "id_token_hint",
    "logout_uri",
    "post_logout_redirect_uri",
];
