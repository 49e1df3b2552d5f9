//! The requirements of a login: how recently and how strongly the user must have authenticated.
//!
//! A user can change the authorization request, and a provider can ignore it. So only the claims of
//! the signed ID token show that a requirement is met, never those of UserInfo.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use super::{
    Claims,
    json::member,
    time::{LEEWAY, numeric_date},
};

/// The claims that tell when and how the user authenticated (OpenID Connect Core 1.0, section 2).
pub(crate) const AUTHENTICATION_CLAIMS: [&str; 3] = ["acr", "amr", "auth_time"];

/// The requirements of one login, derived from its authorization request.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
pub(crate) struct AuthenticationRequirements {
    /// Maximum age of the authentication when the login finishes, in seconds. `None` allows any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_age: Option<u64>,
    /// The user must authenticate during the login.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    is_forced: bool,
    /// The accepted values of `acr`. Empty if any is accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    acr: Vec<String>,
}

/// The requirement that an ID token does not meet.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub(crate) enum AuthenticationError {
    #[error("`auth_time` is missing or not a time in the past")]
    AuthTimeMissing,
    #[error("`auth_time` is {age} s ago, and at most {max_age} s are accepted")]
    AuthTimeTooOld { age: u64, max_age: u64 },
    #[error("`acr` is missing or not a string")]
    AcrMissing,
    #[error("`acr` is {found:?}, and only {accepted:?} is accepted")]
    AcrUnmet {
        found: String,
        accepted: Vec<String>,
    },
}

impl AuthenticationRequirements {
    /// Returns the requirements of an authorization request with these parameters.
    ///
    /// `max_age=0` and `prompt=login` mean the same: the user must authenticate during the login.
    ///
    /// Source: OpenID Connect Core 1.0, section 3.1.2.1.
    pub(crate) fn of_request(parameters: &BTreeMap<String, String>) -> Self {
        let words = |name: &str| {
            let value = parameters.get(name).map_or("", String::as_str);
            value.split_ascii_whitespace()
        };
        let max_age = parameters
            .get("max_age")
            .and_then(|value| value.parse().ok());
        Self {
            max_age: max_age.filter(|seconds| *seconds > 0),
            is_forced: max_age == Some(0) || words("prompt").any(|word| word == "login"),
            acr: words("acr_values").map(str::to_owned).collect(),
        }
    }

    /// Requires an authentication at most `max_age` seconds ago. The smallest value applies.
    pub(crate) fn require_max_age(&mut self, max_age: u64) {
        self.max_age = self.max_age.into_iter().chain([max_age]).min();
    }

    /// Accepts a value of `acr`, in addition to those accepted before.
    pub(crate) fn accept_acr(&mut self, value: &str) {
        self.acr.push(value.to_owned());
    }

    /// Returns the parameters that ask a provider, or a client, to meet the requirements.
    ///
    /// Source: OpenID Connect Core 1.0, section 3.1.2.1; RFC 9470, section 3.
    pub(crate) fn parameters(&self) -> impl Iterator<Item = (&'static str, String)> {
        let acr = Some(self.acr.join(" ")).filter(|acr| !acr.is_empty());
        let max_age = if self.is_forced {
            Some(0)
        } else {
            self.max_age
        };
        let max_age = max_age.map(|max_age| max_age.to_string());
        let acr = acr.map(|acr| ("acr_values", acr));
        acr.into_iter()
            .chain(max_age.map(|max_age| ("max_age", max_age)))
    }

    pub(crate) fn has_acr(&self) -> bool {
        !self.acr.is_empty()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.max_age.is_none() && !self.is_forced && self.acr.is_empty()
    }

    /// Checks the claims of an ID token. `started` is the time at which the login started, and
    /// `now` the current time, both in seconds since the Unix epoch.
    ///
    /// The clocks may differ by [`LEEWAY`]. A forced authentication is not compared with the
    /// current time, because a user may take minutes for the rest of the login.
    ///
    /// # Errors
    ///
    /// Returns the first requirement that is not met.
    ///
    /// Source: OpenID Connect Core 1.0, section 3.1.3.7, rules 12 and 13.
    pub(crate) fn check(
        &self,
        claims: &Claims,
        started: u64,
        now: u64,
    ) -> Result<(), AuthenticationError> {
        if self.is_forced || self.max_age.is_some() {
            let auth_time = auth_time(claims, now).ok_or(AuthenticationError::AuthTimeMissing)?;
            let limits = [
                self.max_age.map(|max_age| now.saturating_sub(max_age)),
                self.is_forced.then_some(started),
            ];
            let earliest = limits.into_iter().flatten().max().unwrap_or(0);
            if !is_since(auth_time, earliest) {
                return Err(AuthenticationError::AuthTimeTooOld {
                    age: now.saturating_sub(auth_time),
                    max_age: now.saturating_sub(earliest),
                });
            }
        }
        check_acr(claims, &self.acr)
    }
}

/// Checks that `acr` is one of the `accepted` values, if there are any.
///
/// A stronger value must be listed as well, because the values have no order (OpenID Connect Core
/// 1.0, section 2).
pub(crate) fn check_acr(claims: &Claims, accepted: &[String]) -> Result<(), AuthenticationError> {
    if accepted.is_empty() {
        return Ok(());
    }
    let acr = member(claims, "acr").and_then(Value::as_str);
    let acr = acr.ok_or(AuthenticationError::AcrMissing)?;
    if accepted.iter().any(|accepted| accepted == acr) {
        return Ok(());
    }
    Err(AuthenticationError::AcrUnmet {
        found: acr.to_owned(),
        accepted: accepted.to_vec(),
    })
}

/// Returns the claim `auth_time`, in seconds since the Unix epoch.
///
/// `None` if it is missing, zero, or later than `now`. Providers that do not know the time send
/// zero, and a time in milliseconds is always in the future.
fn auth_time(claims: &Claims, now: u64) -> Option<u64> {
    let seconds = member(claims, "auth_time").and_then(numeric_date)?;
    let seconds = u64::try_from(seconds).ok()?;
    (seconds > 0 && seconds <= now.saturating_add(LEEWAY.unsigned_abs())).then_some(seconds)
}

/// Returns true if `time` is not before `earliest`, with tolerance for the clocks.
fn is_since(time: u64, earliest: u64) -> bool {
    time.saturating_add(LEEWAY.unsigned_abs()) >= earliest
}
