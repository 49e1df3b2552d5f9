//! The options of one login, which a handler or a link sets.

use std::{borrow::Cow, collections::BTreeMap, fmt};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::json;
use sha2::{Digest, Sha256};

use super::{LoginError, attempt::AttemptTerms};
use crate::{
    config::{DEFAULT_PROMPT, ProviderConfig, is_protected_parameter},
    cookie::{sign, verify},
    pages::ErrorCode,
    provider::{AuthenticationRequirements, Claims, ProviderMetadata},
    state::Settings,
};

/// The options of one login. `Debug` shows no values, because a hint is personal data.
#[derive(Clone, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct LoginOptions {
    /// Parameters that replace those of the configuration. An empty value omits the parameter.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    parameters: BTreeMap<String, String>,
    /// The requirements of a guard, for a user who is logged in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    step_up: Option<StepUp>,
    /// The provider shows no page. A silent login is never part of a link.
    #[serde(skip)]
    pub(super) is_silent: bool,
}

/// A further login of a user who is logged in, but not as recently or as strongly as required.
#[derive(Clone, PartialEq, Eq, Deserialize, Serialize)]
struct StepUp {
    requirements: AuthenticationRequirements,
    /// The fingerprint of the user who has to log in again.
    user: String,
}

impl LoginOptions {
    pub(super) fn set(&mut self, name: String, value: String) {
        self.parameters.insert(name, value);
    }

    /// Returns the options of a login that has to meet the requirements of a guard. Only the user
    /// with these claims may complete it.
    pub(crate) fn step_up(requirements: AuthenticationRequirements, claims: &Claims) -> Self {
        let user = user_fingerprint(claims);
        Self {
            step_up: Some(StepUp { requirements, user }),
            ..Self::default()
        }
    }

    /// Returns the options that start a login with these terms again.
    pub(super) fn of_attempt(terms: &AttemptTerms) -> Self {
        let mut options = Self::default();
        match &terms.user {
            Some(user) => {
                options.step_up = Some(StepUp {
                    requirements: terms.requirements.clone(),
                    user: user.clone(),
                });
            }
            None => {
                let parameters = terms.requirements.parameters();
                let parameters = parameters.map(|(name, value)| (name.to_owned(), value));
                options.parameters.extend(parameters);
            }
        }
        options
    }

    /// Returns true for a login that a guard requires of a user who is logged in.
    pub(crate) fn is_step_up(&self) -> bool {
        self.step_up.is_some()
    }

    /// Returns the conditions of a login with these parameters of the authorization request.
    pub(super) fn terms(&self, parameters: &BTreeMap<String, String>) -> AttemptTerms {
        AttemptTerms {
            requirements: AuthenticationRequirements::of_request(parameters),
            user: self.step_up.as_ref().map(|step_up| step_up.user.clone()),
            is_silent: self.is_silent,
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Returns the options if the app may set all of them.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::ParameterRefused`] with the name of the first parameter that it may not set.
    pub(crate) fn checked(self) -> Result<Self, LoginError> {
        let mut parameters = self.parameters.iter();
        match parameters.find_map(|(name, value)| problem(name, value)) {
            Some(problem) => Err(LoginError::with(ErrorCode::ParameterRefused, problem)),
            None => Ok(self),
        }
    }

    /// Returns the options that the query of a link sets: those in a value that
    /// [`to_query_value`](Self::to_query_value) wrote, and the parameters that the configuration
    /// allows.
    ///
    /// Anything else is ignored, so that a link with other parameters still starts a login.
    pub(super) fn from_query(settings: &Settings, signed: Option<&str>, query: &str) -> Self {
        let mut options = signed
            .and_then(|signed| Self::verified(settings, signed))
            .unwrap_or_default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let allowed = &settings.config.login_params;
            let is_allowed = allowed.iter().any(|allowed| *allowed == name);
            if is_allowed && is_short_text(&value) {
                let slot = options.parameters.entry(name.into_owned());
                slot.or_insert_with(|| value.into_owned());
            }
        }
        options
    }

    /// Returns the value for the query of a link to this login. It is signed, so that only the app
    /// can set these options. `None` if there are none.
    pub(crate) fn to_query_value(&self, settings: &Settings) -> Option<String> {
        let text = serde_json::to_string(self).expect("strings can be serialized");
        let signed = || sign(&settings.keys[0], PURPOSE, &text, settings.now());
        (!self.is_empty()).then(signed)
    }

    fn verified(settings: &Settings, signed: &str) -> Option<Self> {
        let signed = signed.as_bytes();
        let verified = verify(
            &settings.keys,
            PURPOSE,
            signed,
            settings.now(),
            MAX_LINK_AGE,
        );
        serde_json::from_str(&verified.ok()?.text).ok()
    }

    /// Returns the parameters of the authorization request, except those that the login controls.
    ///
    /// `prompt=login` is sent together with `max_age=0`, because many providers omit `auth_time`
    /// unless `max_age` asks for it. The smallest `max_age` is sent. The other requirements of a
    /// guard replace those of the configuration and of the app.
    pub(crate) fn request_parameters<'c>(
        &self,
        config: &'c ProviderConfig,
        metadata: &ProviderMetadata,
    ) -> Cow<'c, BTreeMap<String, String>> {
        let mut parameters = Cow::Borrowed(&config.parameters);
        // `prompt_values_supported` only affects the default. A configured `prompt` is always sent.
        // The user of a step-up has already been selected.
        let is_known = self.is_step_up() || !metadata.supports_prompt(DEFAULT_PROMPT);
        if config.default_prompt && is_known {
            parameters.to_mut().remove("prompt");
        }
        if config.default_prompt && config.needs_consent(&metadata.scopes) {
            let prompt = parameters.get("prompt").map_or("", String::as_str);
            let prompt = format!("{prompt} consent").trim_start().to_owned();
            parameters.to_mut().insert("prompt".to_owned(), prompt);
        }
        for (name, value) in &self.parameters {
            match (name.as_str(), value.as_str()) {
                ("max_age", value) => lower_max_age(parameters.to_mut(), value.parse().ok()),
                (_, "") => drop(parameters.to_mut().remove(name)),
                _ => drop(parameters.to_mut().insert(name.clone(), value.clone())),
            }
        }
        if self.is_silent {
            let none = "none".to_owned();
            parameters.to_mut().insert("prompt".to_owned(), none);
        }
        for (name, value) in self
            .step_up
            .iter()
            .flat_map(|step_up| step_up.requirements.parameters())
        {
            match name {
                "max_age" => lower_max_age(parameters.to_mut(), value.parse().ok()),
                _ => drop(parameters.to_mut().insert(name.to_owned(), value)),
            }
        }
        let prompt = parameters.get("prompt").map_or("", String::as_str);
        if prompt.split_ascii_whitespace().any(|word| word == "login") {
            let max_age = parameters.to_mut().entry("max_age".to_owned());
            max_age.or_insert_with(|| "0".to_owned());
        }
        parameters
    }
}

impl fmt::Debug for LoginOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.parameters.keys()).finish()
    }
}

/// Returns a fingerprint of `iss` and `sub`, which identify the user (OpenID Connect Core 1.0,
/// section 5.7).
pub(super) fn user_fingerprint(claims: &Claims) -> String {
    let user = json!([claims.get("iss"), claims.get("sub")]);
    BASE64_URL_SAFE_NO_PAD.encode(&Sha256::digest(user.to_string())[..FINGERPRINT_LEN])
}

/// In bytes. 128 bits are enough to avoid collisions.
const FINGERPRINT_LEN: usize = 16;

/// The purpose of the signature in a link.
const PURPOSE: &str = "_login_options";

/// In seconds. A page with such a link may stay open for a day.
const MAX_LINK_AGE: u64 = 24 * 60 * 60;

/// Parameters that an app cannot set for one login, in addition to those that the configuration
/// cannot set. The scope and the resource decide what the tokens are valid for. The response has to
/// arrive in the query. An `id_token_hint` would put a token into a URL.
const NOT_FOR_ONE_LOGIN: [&str; 4] = ["id_token_hint", "resource", "response_mode", "scope"];

/// Returns the reason why an app cannot set this parameter. The value is not part of it.
fn problem(name: &str, value: &str) -> Option<String> {
    if is_protected_parameter(name) || NOT_FOR_ONE_LOGIN.contains(&name) {
        return Some(format!("`{name}` cannot be set for one login"));
    }
    let mut words = value.split_ascii_whitespace();
    let is_valid = match name {
        "" => false,
        "max_age" => value.is_empty() || value.parse::<u64>().is_ok(),
        // OpenID Connect Core 1.0, section 3.1.2.1: `none` must be the only value.
        "prompt" => value == "none" || words.all(|word| word != "none"),
        _ => true,
    };
    (!is_valid).then(|| format!("the value of `{name}` is not valid"))
}

fn lower_max_age(parameters: &mut BTreeMap<String, String>, max_age: Option<u64>) {
    let current = parameters
        .get("max_age")
        .and_then(|value| value.parse().ok());
    if let Some(lower) = max_age.into_iter().chain(current).min() {
        parameters.insert("max_age".to_owned(), lower.to_string());
    }
}

/// Returns true for a value that a link may set. A longer one is not a name, address or language.
fn is_short_text(value: &str) -> bool {
    (1..=MAX_LINK_VALUE_LEN).contains(&value.len()) && !value.contains(char::is_control)
}

/// In bytes. RFC 5321, section 4.5.3.1, limits an address to 64 + 1 + 255.
const MAX_LINK_VALUE_LEN: usize = 320;
