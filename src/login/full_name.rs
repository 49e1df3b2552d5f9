//! The name of an Apple user.
//!
//! Apple's ID tokens have no name. Apple sends the name only once, without a signature, in the form
//! that follows a user's first login. A short-lived cookie carries it from that form to the
//! callback.
//!
//! Source: Apple, "Request an authorization to the Sign in with Apple server".

use std::borrow::Cow;

use axum::http::HeaderValue;
use serde::{Deserialize, Serialize};
use url::form_urlencoded;

use super::attempt::{self, ATTEMPT_MAX_AGE};
use crate::{
    cookie::{Cookies, sign},
    provider::breaks_line,
    state::Settings,
};

/// Returns the name in the parameter `user` of a form. Returns `None` if it has no usable name.
pub(super) fn from_form(form: &str) -> Option<String> {
    #[derive(Deserialize)]
    struct User {
        name: Name,
    }
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase", default)]
    #[derive(Default)]
    struct Name {
        first_name: Option<String>,
        last_name: Option<String>,
    }
    let mut users = form_urlencoded::parse(form.as_bytes()).filter(|(name, _)| name == "user");
    let (Some((_, user)), None) = (users.next(), users.next()) else {
        return None;
    };
    if user.len() > MAX_USER_BYTES {
        return None;
    }
    let User { name } = serde_json::from_str(&user).ok()?;
    let parts = [name.first_name, name.last_name].map(Option::unwrap_or_default);
    // Also removes the space before or after a missing part.
    let name = parts
        .join(" ")
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let is_usable = !name.is_empty() && name.len() <= MAX_NAME_BYTES && !name.contains(breaks_line);
    is_usable.then_some(name)
}

/// Returns the cookie that carries `name` to the callback with this `state`. Returns `None` if
/// `state` does not have the format of this app.
pub(super) fn cookie(settings: &Settings, state: &str, name: &str) -> Option<HeaderValue> {
    if !attempt::is_state(state) {
        return None;
    }
    let stored = Stored {
        state: state.into(),
        name: name.into(),
    };
    let text = serde_json::to_string(&stored).expect("strings can be serialized");
    let cookie = settings.attributes.name(NAME);
    let value = sign(&settings.keys[0], &cookie, &text, settings.now());
    Some(settings.attributes.set(&cookie, &value, ATTEMPT_MAX_AGE))
}

/// Returns the name that arrived with this `state`.
pub(super) fn read(settings: &Settings, cookies: &Cookies, state: &str) -> Option<String> {
    let cookie = settings.attributes.name(NAME);
    let verified = cookies
        .verified(&settings.keys, &cookie, settings.now(), ATTEMPT_MAX_AGE)
        .ok()?;
    let stored: Stored<'_> = serde_json::from_str(&verified.text).ok()?;
    (stored.state == state).then(|| stored.name.into_owned())
}

/// Returns the removal of the cookie, if the browser sent it.
pub(super) fn clear(settings: &Settings, cookies: &Cookies) -> Option<HeaderValue> {
    let cookie = settings.attributes.name(NAME);
    let is_sent = cookies.values(&cookie).next().is_some();
    is_sent.then(|| settings.attributes.clear(&cookie))
}

const NAME: &str = "_streamlit_full_name";

/// Bytes of the parameter. It has a name and an e-mail address.
const MAX_USER_BYTES: usize = 2048;

/// Bytes of a name. Longer ones are not stored, so that the cookie stays below 500 bytes.
const MAX_NAME_BYTES: usize = 150;

#[derive(Deserialize, Serialize)]
struct Stored<'a> {
    state: Cow<'a, str>,
    name: Cow<'a, str>,
}
