//! The payload of an identity in the native format.

use serde::Serialize;
use serde_json::{Map, Value};

use super::{RESERVED_CLAIMS, RetainedClaims};
use crate::{
    sessions::SessionId,
    state::{Envelope, RULE_INPUTS, SESSION},
};

/// Returns the text of an identity to be signed.
pub(super) fn payload(
    envelope: &Envelope,
    retained: &RetainedClaims,
    session: Option<&SessionId>,
) -> String {
    let mut json = envelope.head().as_bytes().to_vec();
    if !retained.rule_inputs.is_empty() {
        append(&mut json, RULE_INPUTS, &retained.rule_inputs);
    }
    for (name, value) in &retained.claims {
        if !RESERVED_CLAIMS.contains(&name.as_str()) {
            append(&mut json, name, value);
        }
    }
    if let Some(session) = session {
        append(&mut json, SESSION, &session.encode());
    }
    json.extend_from_slice(envelope.tail().as_bytes());
    String::from_utf8(json).expect("serde_json writes UTF-8")
}

/// Appends a member of an object and a comma.
fn append(json: &mut Vec<u8>, name: &str, value: &impl Serialize) {
    let written = serde_json::to_writer(&mut *json, name);
    json.push(b':');
    let written = written.and_then(|()| serde_json::to_writer(&mut *json, value));
    written.expect("strings and JSON values can be written to memory");
    json.push(b',');
}

/// Returns the session that [`payload`] wrote into a text, if it [matches](Envelope::matches)
/// `envelope`.
///
/// The key is matched with its quotes, which are escaped inside a string, and a claim with this
/// name is dropped.
pub(super) fn session(envelope: &Envelope, json: &str) -> Option<SessionId> {
    let json = Some(json).filter(|json| envelope.matches(json))?;
    let rest = json.strip_suffix(envelope.tail())?.strip_suffix("\",")?;
    let (rest, id) = rest.split_at_checked(rest.len().checked_sub(SessionId::LEN)?)?;
    let rest = rest.strip_suffix(":\"")?.strip_suffix('"')?;
    rest.strip_suffix(SESSION)?.strip_suffix('"')?;
    SessionId::decode(id)
}

/// Returns the rule inputs that [`payload`] wrote into a text that
/// [matches](Envelope::matches) `envelope`.
pub(super) fn rule_inputs(envelope: &Envelope, json: &str) -> Map<String, Value> {
    let inputs = json
        .strip_prefix(envelope.head())
        .and_then(|rest| rest.strip_prefix('"')?.strip_prefix(RULE_INPUTS))
        .and_then(|rest| rest.strip_prefix("\":"));
    // A streaming deserializer stops after the first value and ignores the rest.
    let first = inputs.and_then(|text| {
        let mut values = serde_json::Deserializer::from_str(text).into_iter();
        values.next()?.ok()
    });
    first.unwrap_or_default()
}

pub(super) fn to_json(object: &Map<String, Value>) -> String {
    serde_json::to_string(object).expect("an object with string keys is always valid JSON")
}
