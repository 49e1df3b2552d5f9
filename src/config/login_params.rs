//! Reads `login_params`, the parameters that a link to a login may set.

use super::{Diagnostic, reader::TableReader};

pub(super) const LOGIN_PARAMS: &str = "login_params";

/// The values of `login_params`. A link of another site can set them, so they only fill in a field
/// or select a language at the provider.
const ALLOWED: [&str; 2] = ["login_hint", "ui_locales"];

pub(super) fn read(auth: &TableReader<'_>, diagnostics: &mut Vec<Diagnostic>) -> Vec<String> {
    let names = auth.strings(LOGIN_PARAMS, diagnostics).unwrap_or_default();
    if names.iter().any(|name| !ALLOWED.contains(name)) {
        diagnostics.push(auth.diagnostic(
            LOGIN_PARAMS,
            "expected only \"login_hint\" and \"ui_locales\", because any site can link to a login",
            "Set other parameters with `Login::param` in a handler, or in client_kwargs.",
        ));
    }
    names.into_iter().map(str::to_owned).collect()
}
