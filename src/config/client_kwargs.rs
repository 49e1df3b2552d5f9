//! `client_kwargs` and `authorize_params`: the parameters of the authorization request.

use std::collections::BTreeMap;

use super::{
    ClientAuth, Fault,
    document::{Item, Value, to_json},
    secret::{UNEXPANDED, WRITE_VALUE, has_variable},
    section::Section,
};

/// Parameters of the authorization request that are ours alone: a login is only safe if nobody else sets them.
///
/// A request object (`request`, `request_uri`) takes precedence over all of them (RFC 9101, section 5). Credentials do not belong in a URL.
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

/// Source: Streamlit's guide: `scope="openid profile email"` and `prompt="select_account"` unless set otherwise.
pub(super) const DEFAULT_SCOPE: &str = "openid profile email";
pub(crate) const DEFAULT_PROMPT: &str = "select_account";

/// What `client_kwargs` asks for.
pub(super) struct Request {
    pub(super) scope: Option<String>,
    pub(super) client_auth: Option<ClientAuth>,
    pub(super) parameters: BTreeMap<String, String>,
    /// `prompt` is not configured, so that `parameters` holds the default.
    pub(super) default_prompt: bool,
}

impl Default for Request {
    fn default() -> Self {
        let parameters = BTreeMap::from([("prompt".to_owned(), DEFAULT_PROMPT.to_owned())]);
        Self {
            scope: None,
            client_auth: None,
            parameters,
            default_prompt: true,
        }
    }
}

impl Request {
    pub(super) fn read(&mut self, kwargs: &Section<'_>, faults: &mut Vec<Fault>) {
        for (key, item) in &kwargs.table.0 {
            match key.as_str() {
                protected if PROTECTED.contains(&protected) => faults.push(kwargs.fault(
                    key,
                    "cannot be set: the login makes it anew each time, or it follows from another key.",
                    "Remove this line.",
                )),
                "scope" => self.scope = kwargs.text(key, faults).map(with_openid),
                "token_endpoint_auth_method" => self.client_auth = client_auth(kwargs, key, faults),
                "response_mode" if kwargs.text(key, faults) != Some("query") => {
                    faults.push(kwargs.fault(key, "must be \"query\": the answer arrives as a link.", "Remove this line."));
                }
                // Settings of Streamlit's own HTTP client, never parameters of the provider's.
                "timeout" | "verify" | "leeway" => {
                    tracing::warn!(target: crate::LOG, key = kwargs.key(key), "key is ignored");
                }
                _ if is_variable(item) => {
                    faults.push(kwargs.fault(key, UNEXPANDED, WRITE_VALUE));
                }
                _ => match parameter(item) {
                    // A parameter without a value is an omitted one (RFC 6749, section 3.1).
                    Some(value) => {
                        self.default_prompt &= key != "prompt";
                        if value.is_empty() {
                            self.parameters.remove(key);
                        } else {
                            self.parameters.insert(key.clone(), value);
                        }
                    }
                    None => faults.push(kwargs.fault(key, "is not a value that a link can carry.", "Write a text in quotes.")),
                },
            }
        }
    }
}

fn client_auth(kwargs: &Section<'_>, key: &str, faults: &mut Vec<Fault>) -> Option<ClientAuth> {
    match kwargs.text(key, faults)? {
        "client_secret_basic" => Some(ClientAuth::SecretBasic),
        "client_secret_post" => Some(ClientAuth::SecretPost),
        "none" => Some(ClientAuth::None),
        _ => {
            let fix = "Write \"client_secret_basic\", \"client_secret_post\" or \"none\".";
            faults.push(kwargs.fault(key, "is a method that is not supported.", fix));
            None
        }
    }
}

/// `scope` with `openid` in it, without which there is no ID token (OpenID Connect Core 1.0, section 3.1.2.1).
fn with_openid(scope: &str) -> String {
    if scope.split_whitespace().any(|word| word == "openid") {
        scope.to_owned()
    } else {
        format!("openid {scope}").trim_end().to_owned()
    }
}

/// Returns true for a string with a variable that nothing has expanded.
pub(super) fn is_variable(item: &Item) -> bool {
    matches!(&item.value, Value::Text(text) if has_variable(text))
}

/// A parameter's text. The OpenID parameter `claims` is JSON, so a table is sent as JSON.
pub(super) fn parameter(item: &Item) -> Option<String> {
    match &item.value {
        Value::Text(text) => Some(text.clone()),
        Value::Whole(whole) => Some(whole.to_string()),
        Value::Flag(flag) => Some(flag.to_string()),
        Value::Table(_) => to_json(item).map(|value| value.to_string()),
        _ => None,
    }
}
