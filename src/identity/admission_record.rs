//! The record for an identity without a fingerprint: a proof that the hook has accepted it.
//!
//! Such an identity was written by a Streamlit app, or by this crate in Streamlit's format, which
//! cannot carry the data that only this crate needs. So a separate cookie in the native format
//! carries it. It contains a hash of the identity's text and time, followed by one of these:
//!
//! - `=<fingerprint><session><rule inputs>`: this crate wrote the identity, and the identity
//!   contains the claims. The session is missing without a session store;
//! - ` <payload>`: the hook accepted the identity and returned these claims.
//!
//! The record is valid only together with that identity. So a logout in Streamlit ends both, and a
//! late response cannot revive a login.

use std::{mem, sync::OnceLock};

use axum::http::HeaderValue;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use super::{
    AdmissionError, Identity,
    admission::id_of,
    payload::{self, to_json},
};
use crate::{
    cookie::{Cookies, sign},
    sessions::SessionId,
    state::Settings,
};

/// The part of a record after the fingerprint.
pub(super) struct Stored {
    pub(super) session: Option<SessionId>,
    pub(super) rule_inputs: Map<String, Value>,
}

impl Stored {
    fn parse(text: &str) -> Option<Self> {
        let (session, inputs) = match text.starts_with('{') {
            true => (None, text),
            false => {
                let (session, inputs) = text.split_at_checked(SessionId::LEN)?;
                (Some(SessionId::decode(session)?), inputs)
            }
        };
        Some(Self {
            session,
            rule_inputs: serde_json::from_str(inputs).ok()?,
        })
    }
}

/// Applies the record of an identity without a fingerprint, if a hook, rules or a session store
/// need it.
///
/// # Errors
///
/// [`AdmissionError::UnknownClient`] if the record was made for another client.
pub(super) fn apply(
    settings: &Settings,
    cookies: &Cookies,
    now: u64,
    identity: &mut Identity,
) -> Result<(), AdmissionError> {
    if identity.is_accepted {
        return Ok(());
    }
    let provider = &settings.config.providers[identity.client];
    let is_needed = settings.hooks.on_sign_in.is_some()
        || settings.config.has_rules(provider)
        || settings.config.sessions.is_some();
    if !is_needed {
        return Ok(());
    }
    let name = cookie_name(settings);
    let Ok(verified) = cookies.verified(&settings.keys, &name, now, identity.max_age) else {
        return Ok(());
    };
    let id = BASE64_URL_SAFE_NO_PAD.encode(identity.id());
    let Some(content) = verified.text.strip_prefix(&id) else {
        return Ok(());
    };
    let envelope = &settings.envelopes[identity.client];
    if let Some(payload) = content.strip_prefix(' ') {
        if !envelope.matches(payload) {
            return Err(AdmissionError::UnknownClient);
        }
        let signed = mem::replace(&mut identity.json, payload.to_owned());
        identity.original_json = Some(signed.into());
        identity.claims = OnceLock::new();
    } else {
        let rest = content
            .strip_prefix('=')
            .and_then(|rest| rest.strip_prefix(&envelope.fingerprint));
        let stored = rest.and_then(Stored::parse);
        identity.stored = Some(Box::new(stored.ok_or(AdmissionError::UnknownClient)?));
    }
    identity.is_accepted = true;
    identity.is_record_due = verified.key > 0;
    Ok(())
}

/// Returns the content of the record for an identity. `None` if it needs no record.
pub(super) fn content(settings: &Settings, identity: &Identity) -> Option<String> {
    if identity.original_json.is_some() {
        return Some(format!(" {}", identity.json));
    }
    let envelope = &settings.envelopes[identity.client];
    let session = identity.session_id(settings);
    match &identity.stored {
        Some(stored) => {
            content_from_inputs(settings, identity.client, &stored.rule_inputs, session)
        }
        None if envelope.matches(&identity.json) => content_from_inputs(
            settings,
            identity.client,
            &payload::rule_inputs(envelope, &identity.json),
            session,
        ),
        None => None,
    }
}

/// Returns the content of the record for an identity that this crate writes in Streamlit's format.
/// `None` without a hook and without a session.
pub(super) fn content_from_inputs(
    settings: &Settings,
    client: usize,
    rule_inputs: &Map<String, Value>,
    session: Option<SessionId>,
) -> Option<String> {
    if settings.hooks.on_sign_in.is_none() && session.is_none() {
        return None;
    }
    let fingerprint = &settings.envelopes[client].fingerprint;
    let session = session.map(|session| session.encode()).unwrap_or_default();
    Some(format!("={fingerprint}{session}{}", to_json(rule_inputs)))
}

/// Returns the cookies of a record for the identity with this text and time, or removals of an
/// earlier record if there is no `content`. `None` if the record is too long.
pub(super) fn cookies(
    settings: &Settings,
    text: &str,
    time: u64,
    content: Option<&str>,
    max_age: u64,
    before: &Cookies,
) -> Option<Vec<HeaderValue>> {
    let name = cookie_name(settings);
    let Some(content) = content else {
        return Some(settings.attributes.clear_chunked(&name, before));
    };
    let record = BASE64_URL_SAFE_NO_PAD.encode(id_of(text, time)) + content;
    let value = sign(&settings.keys[0], &name, &record, time);
    settings
        .attributes
        .set_chunked(&name, value, max_age, before)
}

/// Returns the cookies of the record for `identity`. The identity's own cookies are not changed.
pub(super) fn refresh_cookies(
    identity: &Identity,
    settings: &Settings,
    before: &Cookies,
    now: u64,
) -> Vec<HeaderValue> {
    let content = content(settings, identity);
    let age = now.saturating_sub(identity.time);
    let record = cookies(
        settings,
        identity.signed_text(),
        identity.time,
        content.as_deref(),
        identity.max_age.saturating_sub(age),
        before,
    );
    // If the record is too long, the hook is asked again later.
    record.unwrap_or_default()
}

pub(super) fn clear(settings: &Settings, before: &Cookies) -> Vec<HeaderValue> {
    settings
        .attributes
        .clear_chunked(&cookie_name(settings), before)
}

/// Returns the name of the cookie in the browser.
pub(super) fn cookie_name(settings: &Settings) -> String {
    settings.attributes.name("_streamlit_user_admission")
}
