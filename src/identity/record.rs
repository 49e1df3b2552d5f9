//! The record beside an identity that carries no fingerprint: the hook has accepted it.
//!
//! A Streamlit app wrote the identity, or this crate in Streamlit's format, which has no place for what only this crate needs. So a cookie
//! of our own format holds it: a hash of the identity's text and time, then one of
//!
//! - `=<fingerprint><rule inputs>`: this crate wrote the identity, and the claims are those of the identity;
//! - ` <payload>`: the hook accepted the identity, and returned these claims.
//!
//! The record is valid only beside that very identity. So a logout at Streamlit ends both, and a late response cannot revive a login.

use axum::http::HeaderValue;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use super::{Identity, Refused, admission::id_of, frame::to_json};
use crate::{
    cookie::{Cookies, sign},
    site::Site,
};

/// Applies the record of an identity without a fingerprint, where a hook or rules need it.
///
/// # Errors
///
/// [`Refused::UnknownClient`] if the record was made for another client.
pub(super) fn apply(
    site: &Site,
    cookies: &Cookies,
    now: u64,
    identity: &mut Identity,
) -> Result<(), Refused> {
    if identity.is_accepted {
        return Ok(());
    }
    let provider = &site.config.providers[identity.client];
    if site.on_sign_in.is_none() && !site.config.has_rules(provider) {
        return Ok(());
    }
    let Ok(verified) = cookies.verified(&site.keys, &name(site), now, identity.life) else {
        return Ok(());
    };
    let id = BASE64_URL_SAFE_NO_PAD.encode(identity.id());
    let Some(content) = verified.text.strip_prefix(&id) else {
        return Ok(());
    };
    let frame = &site.frames[identity.client];
    if let Some(payload) = content.strip_prefix(' ') {
        if !frame.fits(payload) {
            return Err(Refused::UnknownClient);
        }
        identity.original = Some(std::mem::replace(&mut identity.json, payload.to_owned()));
        identity.claims = std::sync::OnceLock::new();
    } else {
        let inputs = content
            .strip_prefix('=')
            .and_then(|rest| rest.strip_prefix(&frame.fingerprint))
            .and_then(|inputs| serde_json::from_str(inputs).ok());
        identity.stored_inputs = Some(Box::new(inputs.ok_or(Refused::UnknownClient)?));
    }
    identity.is_accepted = true;
    identity.is_record_due = verified.key > 0;
    Ok(())
}

/// What the record of an identity says; `None` if it needs none.
pub(super) fn content(site: &Site, identity: &Identity) -> Option<String> {
    if identity.original.is_some() {
        return Some(format!(" {}", identity.json));
    }
    let frame = &site.frames[identity.client];
    match &identity.stored_inputs {
        Some(inputs) => own_content(site, identity.client, inputs),
        None if frame.fits(&identity.json) => {
            own_content(site, identity.client, &frame.rule_inputs(&identity.json))
        }
        None => None,
    }
}

/// What the record of an identity says that this crate writes in Streamlit's format; `None` if there is no hook.
pub(super) fn own_content(
    site: &Site,
    client: usize,
    rule_inputs: &Map<String, Value>,
) -> Option<String> {
    site.on_sign_in.as_ref()?;
    let fingerprint = &site.frames[client].fingerprint;
    Some(format!("={fingerprint}{}", to_json(rule_inputs)))
}

/// The cookies of a record for the identity with this text and time, or removals of an earlier one; `None` if it is too long.
pub(super) fn put(
    site: &Site,
    text: &str,
    time: u64,
    content: Option<&str>,
    max_age: u64,
    before: &Cookies,
) -> Option<Vec<HeaderValue>> {
    let name = name(site);
    let Some(content) = content else {
        return Some(site.scope.clear_long(&name, before));
    };
    let record = BASE64_URL_SAFE_NO_PAD.encode(id_of(text, time)) + content;
    let value = sign(&site.keys[0], &name, &record, time);
    site.scope.put_long(&name, value, max_age, before)
}

/// The cookies of the record of `identity`, whose own cookies stay as they are.
pub(super) fn renewed(
    identity: &Identity,
    site: &Site,
    before: &Cookies,
    now: u64,
) -> Vec<HeaderValue> {
    let content = content(site, identity);
    let max_age = identity
        .life
        .saturating_sub(now.saturating_sub(identity.time));
    let text = identity.signed_text();
    let record = put(
        site,
        text,
        identity.time,
        content.as_deref(),
        max_age,
        before,
    );
    // Without a record, the hook is asked again later.
    record.unwrap_or_default()
}

pub(super) fn clear(site: &Site, before: &Cookies) -> Vec<HeaderValue> {
    site.scope.clear_long(&name(site), before)
}

/// The name of the cookie in the browser.
pub(super) fn name(site: &Site) -> String {
    site.scope.name("_streamlit_user_admission")
}
