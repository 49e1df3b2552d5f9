//! The JSON Schema of `secrets.toml`, for editors. It is generated from the keys that the
//! configuration reads, the table of every key, and the descriptions in the documentation.

use serde_json::{Map, Value, json};

use super::{
    SHARED_KEYS,
    credential::APPLE_KEYS,
    graph::GROUPS_FROM_GRAPH,
    login_params::LOGIN_PARAMS,
    logout_params::LOGOUT_PARAMS,
    oauth2::ISSUER,
    presets::{PRESET, PRESETS, Preset},
    provider::{ALLOW, KEYS},
    redirect_uri::REDIRECT_URI,
};
use crate::{generated::assert_generated, private_key::KeyAlgorithm};

const PATH: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/secrets.schema.json");

/// Every key with a value.
const SAMPLE: &str = include_str!("builder/tests/complete.toml");

const DOCUMENTATION: &str = include_str!("../docs/configuration.md");

/// Descriptions are not compared, so that editing the documentation does not require a new schema.
#[test]
fn schema_for_editors_is_current() {
    let current = schema();
    let text = serde_json::to_string_pretty(&current).unwrap() + "\n";
    assert_generated(PATH, &text, |committed| {
        let committed = serde_json::from_str(committed).unwrap_or_default();
        without_descriptions(&committed) == without_descriptions(&current)
    });
}

fn without_descriptions(value: &Value) -> Value {
    match value {
        Value::Object(map) => {
            let is_description =
                |key: &str, value: &Value| key == "description" && value.is_string();
            let entries = map
                .iter()
                .filter(|(key, value)| !is_description(key, value));
            entries
                .map(|(key, value)| (key.clone(), without_descriptions(value)))
                .collect()
        }
        Value::Array(array) => array.iter().map(without_descriptions).collect(),
        other => other.clone(),
    }
}

#[test]
fn every_key_is_documented() {
    let keys = SHARED_KEYS.iter().chain(KEYS).copied();
    let keys = keys.chain(APPLE_KEYS).chain([ISSUER]);
    let missing: Vec<&str> = keys.filter(|key| description(key).is_none()).collect();
    assert_eq!(missing, [""; 0], "not in a table of configuration.md");

    let presets = include_str!("../docs/presets.md");
    let keys = PRESETS.iter().flat_map(|preset| preset.keys);
    for name in PRESETS.iter().flat_map(|preset| preset.names) {
        assert!(presets.contains(&format!("`{name}`")), "{name}");
    }
    for key in keys {
        assert!(presets.contains(&format!("`{}`", key.name)), "{}", key.name);
    }
}

fn schema() -> Value {
    let shared = SHARED_KEYS.iter().chain(KEYS).copied();
    let mut auth: Map<_, _> = shared.map(|key| (key.to_owned(), property(key))).collect();
    for name in PRESETS.iter().flat_map(|preset| preset.names) {
        let definition = json!({ "$ref": format!("#/definitions/{name}") });
        auth.insert((*name).to_owned(), definition);
    }
    let mut definitions: Map<_, _> = PRESETS.iter().flat_map(preset).collect();
    definitions.insert("provider".to_owned(), provider());
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "secrets.toml of axum-streamlit-auth",
        "type": "object",
        "properties": { "auth": {
            "type": "object",
            "properties": auth,
            // Another table is a provider. Other values are settings of the app.
            "additionalProperties": { "anyOf": [
                { "$ref": "#/definitions/provider" },
                { "type": ["string", "number", "boolean", "array"] },
            ] },
        } },
        "definitions": definitions,
    })
}

/// Returns the schema of a provider with any name.
fn provider() -> Value {
    let own = [ALLOW, LOGOUT_PARAMS, REDIRECT_URI, ISSUER];
    let keys = KEYS.iter().copied().chain(own).chain(APPLE_KEYS);
    let preset_keys = PRESETS.iter().flat_map(|preset| preset.keys);
    let keys = keys.chain(preset_keys.map(|key| key.name));
    let properties: Map<_, _> = keys.map(|key| (key.to_owned(), property(key))).collect();
    json!({ "type": "object", "properties": properties })
}

/// Returns the schemas of the tables with a name of `preset`.
fn preset(preset: &Preset) -> Vec<(String, Value)> {
    let required = preset.keys.iter().filter(|key| key.is_required());
    let mut required: Vec<&str> = required.map(|key| key.name).collect();
    required.push("client_id");
    let schema = json!({
        "title": preset.label,
        "allOf": [{ "$ref": "#/definitions/provider" }],
        "anyOf": [{ "required": required }, { "required": ["server_metadata_url", "client_id"] }],
    });
    let names = preset.names.iter();
    names
        .map(|name| ((*name).to_owned(), schema.clone()))
        .collect()
}

fn property(key: &str) -> Value {
    let mut schema = match key {
        "cookie_lifetime" | "session_idle" => {
            json!({ "type": "string", "pattern": r"^([0-9]+[smhd]|.*\$\{\{.*)$" })
        }
        "expose_tokens" => {
            let token = one_of(&["id", "access"]);
            json!({ "anyOf": [token, { "type": "array", "items": token }] })
        }
        "bearer_audience" => {
            let audience = json!({ "type": "string" });
            json!({ "anyOf": [audience, { "type": "array", "items": audience }] })
        }
        GROUPS_FROM_GRAPH => {
            let groups = json!({ "type": "array", "items": { "type": "string" } });
            json!({ "anyOf": [{ "type": "boolean" }, groups] })
        }
        LOGIN_PARAMS => {
            json!({ "type": "array", "items": one_of(&["login_hint", "ui_locales"]) })
        }
        "client_key_algorithm" => one_of(&KeyAlgorithm::ALL.map(KeyAlgorithm::name)),
        "client_assertion_audience" => one_of(&["issuer", "token_endpoint"]),
        "client_assertion_typ" => one_of(&["client-authentication+jwt", "JWT", ""]),
        // Editors see a datetime as a string.
        "revoked_before" => json!({ "type": "string" }),
        "streamlit_cookies" => one_of(&["current", "tornado"]),
        "streamlit_logins" => one_of(&["accept", "refuse"]),
        "cookie_days" => json!({ "type": "integer", "minimum": 1, "maximum": 400 }),
        "cookie_budget" => json!({ "type": "integer", "minimum": 4096, "maximum": 65536 }),
        "allow" => json!({ "type": "object", "properties": {
            "domains": { "type": "array", "items": { "type": "string" } },
            "emails": { "type": "array", "items": { "type": "string" } },
            "claims": { "type": "object" },
        }, "additionalProperties": false }),
        PRESET => {
            let names = PRESETS.iter().flat_map(|preset| preset.names);
            one_of(&names.copied().collect::<Vec<_>>())
        }
        _ => type_of(&sample(key)),
    };
    if let Some(description) = description(key) {
        schema["description"] = description.into();
    }
    schema
}

/// Returns the schema of a string with one of these values, or with a placeholder.
fn one_of(values: &[&str]) -> Value {
    json!({ "anyOf": [{ "enum": values }, { "type": "string", "pattern": r"\$\{\{" }] })
}

/// Returns the value of `key` in [`SAMPLE`]. Null if it has none.
fn sample(key: &str) -> Value {
    let sample: Value = toml::from_str(SAMPLE).unwrap();
    let auth = sample["auth"].as_object().unwrap();
    let tables = auth.values().filter_map(|value| value.get(key));
    let value = auth.get(key).into_iter().chain(tables).next();
    value.cloned().unwrap_or_default()
}

fn type_of(value: &Value) -> Value {
    match value {
        Value::String(_) => json!({ "type": "string" }),
        Value::Number(_) => json!({ "type": "integer" }),
        Value::Bool(_) => json!({ "type": "boolean" }),
        Value::Array(_) => json!({ "type": "array", "items": { "type": "string" } }),
        Value::Object(_) => json!({ "type": "object" }),
        Value::Null => json!({}),
    }
}

/// Returns the meaning and the default of `key`, from a table of the documentation.
fn description(key: &str) -> Option<String> {
    let names = [format!("`{key}`"), format!("`[auth.{key}]`")];
    let rows = DOCUMENTATION.lines().filter_map(|line| {
        let cells: Vec<&str> = line.strip_prefix("| ")?.split(" | ").collect();
        let [keys, meaning, rest @ ..] = &cells[..] else {
            return None;
        };
        let is_about = keys
            .split(", ")
            .any(|name| names.contains(&name.to_owned()));
        is_about.then(|| {
            let default = rest.join("");
            let default = default.trim_end_matches('|').trim();
            let meaning = without_links(meaning);
            let meaning = meaning.trim_end_matches(", see below");
            match without_links(default) {
                default if default.is_empty() => meaning.to_owned(),
                default if default.starts_with("required") => format!("{meaning} ({default})"),
                default => format!("{meaning} (default: {default})"),
            }
        })
    });
    // A key that is valid for all providers and for a single one has a row in two tables. The first
    // is that of `[auth]`.
    rows.into_iter().next()
}

/// Replaces links with their text.
fn without_links(markdown: &str) -> String {
    let mut text = String::new();
    let mut rest = markdown;
    while let Some((before, after)) = rest.split_once('[') {
        let link = after
            .split_once("](")
            .and_then(|(label, after)| Some((label, after.split_once(')')?.1)));
        let (label, after) = link.unwrap_or(("[", after));
        text.extend([before, label]);
        rest = after;
    }
    text + rest
}
