//! Reads `client_kwargs` and `authorize_params`, the parameters of the authorization request.

use std::collections::BTreeMap;

use super::{
    ClientAuth, Diagnostic,
    diagnostic::Problem,
    reader::TableReader,
    secret::{has_variable, unexpanded},
    table::{Entry, Value, to_json},
};

/// Parameters of the authorization request that the configuration may not set, because the security
/// of the login depends on them.
///
/// A request object (`request`, `request_uri`) takes precedence over all of them (RFC 9101, section
/// 5). Credentials do not belong in a URL.
const PROTECTED: [&str; 13] = [
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_secret",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "nonce",
    "redirect_uri",
    "request",
    "request_uri",
    "response_type",
    "state",
];

/// Source: Streamlit's guide: the defaults are `scope="openid profile email"` and
/// `prompt="select_account"`.
pub(super) const DEFAULT_SCOPE: &str = "openid profile email";
pub(crate) const DEFAULT_PROMPT: &str = "select_account";

/// The settings of `client_kwargs` and `authorize_params`.
pub(super) struct RequestSettings {
    /// As configured.
    pub(super) scope: Option<String>,
    pub(super) client_auth: Option<ClientAuth>,
    pub(super) parameters: BTreeMap<String, String>,
    /// True if `prompt` is not configured, so `parameters` contains the default.
    pub(super) default_prompt: bool,
}

impl Default for RequestSettings {
    fn default() -> Self {
        let mut parameters = BTreeMap::new();
        parameters.insert("prompt".to_owned(), DEFAULT_PROMPT.to_owned());
        Self {
            scope: None,
            client_auth: None,
            parameters,
            default_prompt: true,
        }
    }
}

impl RequestSettings {
    /// Leaves `prompt` out of the request unless it is configured.
    pub(super) fn omit_default_prompt(&mut self) {
        if self.default_prompt {
            self.default_prompt = false;
            self.parameters.remove("prompt");
        }
    }

    pub(super) fn read(&mut self, kwargs: &TableReader<'_>, diagnostics: &mut Vec<Diagnostic>) {
        for (key, entry) in &kwargs.table.0 {
            match key.as_str() {
                protected if PROTECTED.contains(&protected) => diagnostics.push(kwargs.diagnostic(
                    key,
                    "cannot be set, because the login controls this parameter",
                    "Remove this line.",
                )),
                "scope" => self.scope = kwargs.string(key, diagnostics).map(str::to_owned),
                "token_endpoint_auth_method" => {
                    self.client_auth = client_auth(kwargs, key, diagnostics)
                }
                RESPONSE_MODE if !is_response_mode(kwargs.string(key, diagnostics)) => {
                    diagnostics.push(kwargs.diagnostic(
                        key,
                        "expected \"query\" or \"form_post\"",
                        "Remove this line, unless the provider requires \"form_post\".",
                    ));
                }
                // Settings of Streamlit's HTTP client, not parameters of the request.
                "timeout" | "verify" | "leeway" => {
                    tracing::warn!(
                        key = kwargs.key(key),
                        reason = "setting of Streamlit's HTTP client",
                        "key ignored"
                    );
                }
                "max_age" if parameter(entry).is_ok_and(|value| !is_seconds(&value)) => {
                    diagnostics.push(kwargs.diagnostic(
                        key,
                        "expected a number of seconds",
                        "Write an integer that is not negative: max_age = 3600",
                    ));
                }
                _ => match parameter(entry) {
                    // A parameter without a value is treated as omitted (RFC 6749, section 3.1).
                    Ok(value) => {
                        self.default_prompt &= key != "prompt";
                        if value.is_empty() {
                            self.parameters.remove(key);
                        } else {
                            self.parameters.insert(key.clone(), value);
                        }
                    }
                    Err(problem) => diagnostics.push(kwargs.diagnose(key, problem)),
                },
            }
        }
    }
}

/// Returns true if the login controls this parameter of the authorization request itself.
pub(crate) fn is_protected_parameter(name: &str) -> bool {
    PROTECTED.contains(&name)
}

/// Source: OAuth 2.0 Form Post Response Mode 1.0, section 2.
pub(super) const RESPONSE_MODE: &str = "response_mode";
pub(super) const FORM_POST: &str = "form_post";

fn is_response_mode(mode: Option<&str>) -> bool {
    mode.is_some_and(|mode| mode == "query" || mode == FORM_POST)
}

fn client_auth(
    kwargs: &TableReader<'_>,
    key: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<ClientAuth> {
    match kwargs.string(key, diagnostics)? {
        "client_secret_basic" => Some(ClientAuth::SecretBasic),
        "client_secret_post" => Some(ClientAuth::SecretPost),
        "private_key_jwt" => Some(ClientAuth::PrivateKeyJwt),
        "none" => Some(ClientAuth::None),
        _ => {
            let help = "Write \"client_secret_basic\", \"client_secret_post\", \"private_key_jwt\" or \"none\".";
            diagnostics.push(kwargs.diagnostic(key, "unsupported authentication method", help));
            None
        }
    }
}

/// Adds `openid` to `scope` if it is absent, because it requests the ID token (OpenID Connect Core
/// 1.0, section 3.1.2.1).
pub(super) fn with_openid(scope: &str) -> String {
    if scope.split_whitespace().any(|value| value == "openid") {
        scope.to_owned()
    } else {
        format!("openid {scope}").trim_end().to_owned()
    }
}

/// Returns the value of a URL parameter. A table becomes JSON, as the OpenID Connect parameter
/// `claims` requires.
///
/// # Errors
///
/// The [`Problem`] of other types, and of a variable that was not expanded.
pub(super) fn parameter(entry: &Entry) -> Result<String, Problem> {
    let value = match &entry.value {
        Value::String(text) if has_variable(text) && !entry.is_escaped => {
            return Err(unexpanded(text));
        }
        Value::String(text) => Some(text.clone()),
        Value::Integer(integer) => Some(integer.to_string()),
        Value::Boolean(boolean) => Some(boolean.to_string()),
        Value::Table(_) => to_json(entry).map(|value| value.to_string()),
        _ => None,
    };
    value.ok_or_else(|| {
        Problem::new(
            "cannot be sent as a URL parameter",
            "Write a string in quotes.",
        )
    })
}

/// Returns true for a value of `max_age`: a number of seconds, or empty to omit the parameter.
fn is_seconds(value: &str) -> bool {
    value.is_empty() || value.parse::<u64>().is_ok()
}
