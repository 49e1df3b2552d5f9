use self::complete::complete;
use super::*;
use crate::config::{
    SHARED_KEYS, allow,
    presets::PRESETS,
    provider,
    table::{self, Entry, Location, Table},
};

mod complete;

/// Every key of the configuration.
const TOML: &str = include_str!("complete.toml");

fn auth_of(text: &str) -> Table {
    let mut file = table::parse(text, None).ok().unwrap();
    match file.remove("auth").unwrap().value {
        table::Value::Table(auth) => auth,
        _ => panic!("auth is a table"),
    }
}

fn json(table: Table) -> serde_json::Value {
    let value = table::Value::Table(table);
    let location = Location::default();
    table::to_json(&Entry::new(value, location)).unwrap()
}

/// Keys and presets without a method: `cookie_days` is an older spelling of `cookie_lifetime`, and
/// the others have no method yet.
const WITHOUT_METHOD: [&str; 3] = ["cookie_days", "response_mode", "discord"];

/// Fails if a key has no method. Add the method, and call it in [`complete`].
#[test]
fn builder_has_method_for_every_key() {
    let (table, _) = complete().assemble();
    let auth = json(table);
    let auth = auth.as_object().unwrap();
    let tables: Vec<_> = auth
        .values()
        .filter_map(|value| value.as_object())
        .collect();
    let is_set =
        |key: &str| auth.contains_key(key) || tables.iter().any(|table| table.contains_key(key));

    let preset_keys = PRESETS.iter().flat_map(|preset| preset.keys);
    let known = [SHARED_KEYS, provider::KEYS, allow::KEYS].concat();
    let known = known.into_iter().chain(preset_keys.map(|key| key.name));
    let missing: Vec<&str> = known
        .filter(|key| !is_set(key) && !WITHOUT_METHOD.contains(key))
        .collect();
    assert_eq!(missing, [""; 0]);
    for preset in &PRESETS {
        let names = || preset.names.iter().copied();
        let is_pending = names().any(|name| WITHOUT_METHOD.contains(&name));
        let has_method = names().any(|name| auth.contains_key(name));
        assert!(is_pending || has_method, "{}", preset.label);
    }
}

#[test]
fn builder_produces_same_table_as_file() {
    let (table, diagnostics) = complete().assemble();

    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert_eq!(json(table), json(auth_of(TOML)));
}

/// A diagnostic about a value without a method could not name the place where it was set.
#[test]
fn every_value_names_its_method() {
    fn assert_methods(table: &Table) {
        for (key, entry) in &table.0 {
            assert!(entry.location.method.is_some(), "{key}");
            if let table::Value::Table(inner) = &entry.value {
                assert_methods(inner);
            }
        }
    }
    assert_methods(&complete().assemble().0);
}

#[test]
fn debug_contains_no_value() {
    let secret = "m2Rk8vT5qX1cZ7nW4jL9pY3sD6hF0gBa";
    let provider = Provider::google("id", secret);
    let credential = ClientCredential::secret_post(secret);
    let builder = complete().provider(provider.clone());
    for text in [
        format!("{builder:?}{provider:?}{credential:?}"),
        format!("{builder:#?}{provider:#?}{credential:#?}"),
    ] {
        assert!(
            text.contains("cookie_secret") && !text.contains("m2Rk8v"),
            "{text}"
        );
        assert!(
            !text.contains("realm_access") && !text.contains("older"),
            "{text}"
        );
    }
}

#[test]
fn last_call_replaces_earlier_one() {
    let builder = AuthLayerBuilder::new()
        .app_name("one")
        .app_name("two")
        .allow_claim("tid", "one")
        .allow_claim("tid", "two")
        .expose_id_token()
        .expose_id_token()
        .provider(
            Provider::google("id", "s")
                .scope("a")
                .scope("b")
                .name("x")
                .name("y"),
        );
    let (table, _) = builder.assemble();

    let expected = r#"
        auth.app_name = "two"
        auth.allow.claims.tid = "two"
        auth.expose_tokens = ["id", "id"]
        auth.y = { client_id = "id", client_secret = "s", client_kwargs.scope = "b", preset = "google" }
    "#;
    assert_eq!(json(table), json(auth_of(expected)));
}

#[test]
fn help_shows_calls_instead_of_toml() {
    let method = "Provider::google";
    for (help, expected) in [
        (
            "Add to `[auth]`: cookie_secret = \"…\" (generate one with `openssl rand -hex 32`)",
            "Call: .cookie_secret(\"…\") (generate one with `openssl rand -hex 32`)",
        ),
        (
            "Write: redirect_uri = \"https://x\", or remove this line to use the shared one.",
            "Write: .redirect_uri(\"https://x\"), or remove this call to use the shared one.",
        ),
        (
            "Write: client_secret = \"…\" (or, for a public client, client_kwargs = { token_endpoint_auth_method = \"none\" })",
            "Write: \"…\" as an argument of `Provider::google` (or, for a public client, ClientCredential::public())",
        ),
        (
            "Set client_kwargs = { token_endpoint_auth_method = \"client_secret_post\" }.",
            "Set ClientCredential::secret_post(client_secret).",
        ),
        (
            "Request fewer scopes, for example client_kwargs = { scope = \"openid\" }, or allow \"x\" there.",
            "Request fewer scopes, for example .scope(\"openid\"), or allow \"x\" there.",
        ),
        (
            "Set it to one of: a. To send no prompt, set client_kwargs = { prompt = \"\" }",
            "Set it to one of: a. To send no prompt, set .authorize_param(\"prompt\", \"\")",
        ),
        (
            "List them: claims = { groups = [\"admin\", \"staff\"] }",
            "List them: .allow_claim(\"groups\", [\"admin\", \"staff\"])",
        ),
        (
            "Nested: \"realm_access.roles\" = [\"admin\"]",
            "Nested: .allow_claim(\"realm_access.roles\", [\"admin\"])",
        ),
        (
            "Use `domains`: domains = [\"example.com\"]",
            "Use `domains`: .allow_domains([\"example.com\"])",
        ),
        (
            "Write: session_idle = \"30m\", or client_key_file = \"…\"",
            "Write: .session_idle(Duration::from_secs(1800)), or ClientCredential::key_file(\"…\")",
        ),
        (
            "Try later, or set provider_logout = false.",
            "Try later, or set .provider_logout(false).",
        ),
        (
            "Write, with your own value: tenant = \"0\"",
            "Write, with your own value: \"0\" as an argument of `Provider::google`",
        ),
        (
            "Enable it: axum-streamlit-auth = { version = \"0.1\" }",
            "Enable it: axum-streamlit-auth = { version = \"0.1\" }",
        ),
        ("Nothing = ", "Nothing = "),
        (" = \"", " = \""),
        ("\" = [", "\" = ["),
    ] {
        assert_eq!(in_code(help, method), expected);
    }
}
