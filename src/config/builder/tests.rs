use super::*;
use crate::config::{
    SHARED_KEYS, allow,
    presets::PRESETS,
    provider,
    table::{self, Entry, Location, Table},
};

/// Every key of the configuration. The values need not fit together.
const TOML: &str = r#"
[auth]
redirect_uri = "https://app.example/oauth2callback"
cookie_secret = "m2Rk8vT5qX1cZ7nW4jL9pY3sD6hF0gBa"
cookie_secrets_old = ["old", "older"]
cookie_days = 7
cookie_budget = 5000
expose_tokens = ["id", "access"]
claims = ["email", "name"]
app_name = "App"
login_page = "/sign-in"
login_params = ["login_hint"]
signed_out_page = true
streamlit_cookies = "current"
logout_params = { logout_hint = "x" }
headers = { x-user = "sub", x-user-email = "email" }
allow.domains = ["example.com"]
allow.emails = ["ada@example.org"]
allow.claims = { tid = "t", "realm_access.roles" = ["admin", "staff"] }
client_id = "default-id"
client_secret = "default-secret"
server_metadata_url = "https://id.example/.well-known/openid-configuration"
microsoft = { tenant = "t", client_id = "id", client_secret = "s" }
okta = { domain = "d", server = "default", client_id = "id", client_secret = "s" }
auth0 = { domain = "d", client_id = "id", client_secret = "s", client_kwargs = { token_endpoint_auth_method = "client_secret_basic" } }
gitlab = { url = "https://git.example", client_id = "id", client_secret = "s" }
keycloak = { url = "u", realm = "r", client_id = "id", client_secret = "s" }
apple = { client_id = "id", client_secret = "s" }
cognito = { region = "r", pool = "p", client_id = "id", client_secret = "s" }
authentik = { url = "u", slug = "a", client_id = "id", client_secret = "s" }
zitadel = { domain = "d", client_id = "id", client_secret = "s" }
dex = { url = "u", client_id = "id", client_secret = "s" }

[auth.google]
client_id = "id"
client_secret = "secret"
label = "Us"
trusted_audiences = ["one", "two"]
userinfo = true
provider_logout = false
redirect_uri = "https://app.example/oauth2callback/google"
client_kwargs = { scope = "openid email", token_endpoint_auth_method = "client_secret_post" }
authorize_params = { prompt = "login", max_age = 300, claims = { id_token = { email = { essential = true } } } }
logout_params = { federated = "", x = 1 }
allow = { domains = ["example.com"], emails = ["ada@example.org"], claims = { groups = ["a", "b"] } }

[auth.staff]
preset = "keycloak"
url = "https://id.example"
realm = "staff"
client_id = "id"
client_kwargs = { token_endpoint_auth_method = "none" }
"#;

/// [`TOML`] in code.
fn complete() -> AuthLayerBuilder {
    let builder = shared_keys(AuthLayerBuilder::new())
        .provider(Provider::discover(
            "https://id.example/.well-known/openid-configuration",
            "default-id",
            "default-secret",
        ))
        .provider(google())
        .provider(
            Provider::keycloak(
                "https://id.example",
                "staff",
                "id",
                ClientCredential::public(),
            )
            .name("staff"),
        );
    known_providers()
        .into_iter()
        .fold(builder, AuthLayerBuilder::provider)
}

fn shared_keys(builder: AuthLayerBuilder) -> AuthLayerBuilder {
    builder
        .redirect_uri("https://app.example/oauth2callback")
        .cookie_secret("m2Rk8vT5qX1cZ7nW4jL9pY3sD6hF0gBa")
        .cookie_secrets_old(["old", "older"])
        .cookie_days(7)
        .cookie_budget(5000)
        .expose_id_token()
        .expose_access_token()
        .claims(["email", "name"])
        .app_name("App")
        .login_page("/sign-in")
        .login_params(["login_hint"])
        .signed_out_page(true)
        .streamlit_cookies()
        .logout_param("logout_hint", "x")
        .headers([("x-user", "sub"), ("x-user-email", "email")])
        .allow_domains(["example.com"])
        .allow_emails(["ada@example.org"])
        .allow_claim("tid", "t")
        .allow_claim("realm_access.roles", ["admin", "staff"])
}

fn google() -> Provider {
    let essential = serde_json::json!({ "id_token": { "email": { "essential": true } } });
    Provider::google("id", ClientCredential::secret_post("secret"))
        .label("Us")
        .trusted_audiences(["one", "two"])
        .userinfo(true)
        .provider_logout(false)
        .redirect_uri("https://app.example/oauth2callback/google")
        .scope("openid email")
        .authorize_param("prompt", "login")
        .authorize_param("max_age", 300)
        .authorize_param("claims", essential)
        .logout_param("federated", "")
        .logout_param("x", 1)
        .allow_domains(["example.com"])
        .allow_emails(["ada@example.org"])
        .allow_claim("groups", ["a", "b"])
}

fn known_providers() -> [Provider; 10] {
    [
        Provider::microsoft("t", "id", "s"),
        Provider::okta("d", "id", "s").server("default"),
        Provider::auth0("d", "id", ClientCredential::secret_basic("s")),
        Provider::gitlab("id", "s").url("https://git.example"),
        Provider::keycloak("u", "r", "id", "s"),
        Provider::apple("id", "s"),
        Provider::cognito("r", "p", "id", "s"),
        Provider::authentik("u", "a", "id", "s"),
        Provider::zitadel("d", "id", "s"),
        Provider::dex("u", "id", "s"),
    ]
}

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
    table::to_json(&Entry { value, location }).unwrap()
}

/// Keys and presets that are still without a method.
const PENDING: [&str; 28] = [
    "cookie_secret_file",
    "cookie_lifetime",
    "revoked_before",
    "client_secret_file",
    "client_assertion_file",
    "client_key_file",
    "client_key_id",
    "client_key_algorithm",
    "client_certificate_file",
    "client_assertion_audience",
    "client_assertion_typ",
    "team_id",
    "key_id",
    "response_mode",
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "issuer",
    "claims_map",
    "groups_from_graph",
    "session_store",
    "session_idle",
    "bearer_audience",
    "resource",
    "github",
    "discord",
    "linkedin",
    "facebook",
];

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
    let known = [SHARED_KEYS.as_slice(), provider::KEYS, allow::KEYS].concat();
    let known = known.into_iter().chain(preset_keys.map(|key| key.name));
    let missing: Vec<&str> = known
        .filter(|key| !is_set(key) && !PENDING.contains(key))
        .collect();
    assert_eq!(missing, [""; 0]);
    for preset in &PRESETS {
        let names = || preset.names.iter().copied();
        let is_pending = names().any(|name| PENDING.contains(&name));
        let has_method = names().any(|name| auth.contains_key(name));
        assert!(is_pending || has_method, "{}", preset.label);
    }
}

#[test]
fn builder_fills_table_of_file() {
    let (table, diagnostics) = complete().assemble();

    assert!(diagnostics.is_empty(), "{diagnostics:?}");
    assert_eq!(json(table), json(auth_of(TOML)));
}

/// A value without a location could not be found in a diagnostic.
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
