//! Unknown keys and tables: suggestions for typos, warnings for settings of the app.

use axum_streamlit_auth::AuthLayer;

use super::{VALID, error_for, with};
use support::Log;

/// Key and remedy of the only diagnostic.
fn fault_of(toml: &str) -> (String, String) {
    let error = error_for(toml);
    let [fault] = error.diagnostics() else {
        panic!("{error}\n{toml}")
    };
    (fault.key().to_owned(), fault.help().to_owned())
}

fn provider(table: &str) -> String {
    with("client_id", &format!("{table}\nclient_id"))
}

#[test]
fn known_key_is_suggested_for_similar_key() {
    for (line, meant) in [
        ("expose_token = \"id\"", "expose_tokens"),
        ("cookieSecretsOld = []", "cookie_secrets_old"),
        ("cookie-days = 3", "cookie_days"),
        ("Login_Page = \"/x\"", "login_page"),
        ("client_kwrgs = { scope = \"openid\" }", "client_kwargs"),
        ("clientKwargs = { prompt = \"login\" }", "client_kwargs"),
        ("authorise_params = { a = \"b\" }", "authorize_params"),
        ("logout_parms = { a = \"b\" }", "logout_params"),
        ("alow = { domains = [\"corp.example\"] }", "allow"),
        ("Allow = { domains = [\"corp.example\"] }", "allow"),
        // A misspelt restriction would leave the app open.
        ("allowed_domains = [\"corp.example\"]", "allow"),
        ("allow_list = { emails = [\"a@corp.example\"] }", "allow"),
        ("domains = [\"corp.example\"]", "allow"),
        ("emails = [\"a@corp.example\"]", "allow"),
        ("audiences = [\"a\"]", "trusted_audiences"),
        ("scope = \"openid\"", "client_kwargs"),
        ("prompt = \"login\"", "client_kwargs"),
        (
            "discovery_url = \"https://a.example\"",
            "server_metadata_url",
        ),
    ] {
        let key = line.split(' ').next().unwrap();
        let (found, fix) = fault_of(&format!("{VALID}{line}\n"));
        assert_eq!(found, format!("auth.{key}"));
        assert_eq!(fix, format!("Did you mean `{meant}`?"), "{line}");
    }
    for (line, meant) in [
        ("labels = \"x\"", "label"),
        ("client_kwrgs = { scope = \"openid\" }", "client_kwargs"),
        ("allowed_domains = [\"corp.example\"]", "allow"),
        ("provider_log_out = false", "provider_logout"),
    ] {
        let key = line.split(' ').next().unwrap();
        let (found, fix) = fault_of(&format!("{}{line}\n", provider("[auth.corp]")));
        assert_eq!(found, format!("auth.corp.{key}"));
        assert_eq!(fix, format!("Did you mean `{meant}`?"), "{line}");
    }
}

/// The key belongs to another preset, so it would not affect the address of this provider.
#[test]
fn key_of_other_preset_is_an_error() {
    for (name, line) in [
        ("google", "tenant = \"common\""),
        ("corp", "realm = \"acme\""),
        ("microsoft", "domain = \"acme.example\""),
    ] {
        let toml = format!("{}{line}\n", provider(&format!("[auth.{name}]")));
        let (key, fix) = fault_of(&toml);
        assert!(key.starts_with(&format!("auth.{name}.")), "{key}");
        assert!(fix.contains("another kind of provider"), "{fix}");
    }
}

#[test]
fn app_settings_cause_warnings() {
    for (toml, key) in [
        (format!("{VALID}x = 1\n"), "auth.x"),
        (format!("{VALID}theme = \"dark\"\n"), "auth.theme"),
        (format!("{VALID}roles = [\"a\", \"b\"]\n"), "auth.roles"),
        (
            format!("{VALID}[auth.my_app]\ntheme = \"dark\"\n"),
            "auth.my_app",
        ),
        (
            format!("{VALID}[[auth.teams]]\nname = \"a\"\n"),
            "auth.teams",
        ),
        (
            format!("{}timeout = 3\n", provider("[auth.corp]")),
            "auth.corp.timeout",
        ),
        (
            format!("{}\"a key\" = 1\n", provider("[auth.corp]")),
            "auth.corp.\"a key\"",
        ),
    ] {
        let log = Log::start();
        AuthLayer::from_toml(&toml).unwrap_or_else(|error| panic!("{error}"));
        let logged = log.warnings();
        assert_eq!(logged.len(), 1, "{logged:?}");
        let text = &logged[0].1;
        assert!(text.contains("unknown key ignored"), "{text}");
        let key = key.replace('"', "\\\"");
        assert!(text.contains(&key), "{text}");
        assert!(!text.contains("dark"), "{text}");
    }
}

#[test]
fn fix_for_table_outside_of_auth_is_suggested() {
    let keys = VALID.lines().skip(3).collect::<Vec<_>>().join("\n");
    let shared = VALID.lines().take(3).collect::<Vec<_>>().join("\n");
    for (toml, key, fix) in [
        (
            VALID.replace("[auth]", "[Auth]"),
            "Auth",
            "Did you mean `[auth]`?",
        ),
        (
            VALID.replace("[auth]", "[AUTH]"),
            "AUTH",
            "Did you mean `[auth]`?",
        ),
        (
            VALID.replace("[auth]", "[oauth]"),
            "oauth",
            "Did you mean `[auth]`?",
        ),
        (
            VALID.replace("[auth]", "[[Auth]]"),
            "Auth",
            "Did you mean `[auth]`?",
        ),
        (
            VALID.replace("[auth]", "[[auth]]"),
            "auth",
            "Write it with single brackets: `[auth]`",
        ),
        (
            format!("{shared}\n[google]\n{keys}"),
            "google",
            "Write: [auth.google]",
        ),
        (
            format!("{shared}\n[corp]\n{keys}"),
            "corp",
            "Write: [auth.corp]",
        ),
        (
            format!("{shared}\n[google]\nclient_id = \"a\"\nclient_secret = \"b\"\n"),
            "google",
            "Write: [auth.google]",
        ),
        (
            format!("{shared}\n[[auth.google]]\n{keys}"),
            "auth.google",
            "Write it with single brackets: `[auth.google]`",
        ),
        (
            format!("{shared}\n[[auth.corp]]\n{keys}"),
            "auth.corp",
            "Write it with single brackets: `[auth.corp]`",
        ),
        (
            format!("{shared}\n[auth.gogle]\nclient_id = \"a\"\nclient_secret = \"b\"\n"),
            "auth.gogle.server_metadata_url",
            "Did you mean `[auth.google]`?",
        ),
        (
            format!(
                "{shared}\n[auth.keycloack]\nclient_id = \"a\"\nclient_secret = \"b\"\nrealm = \"r\"\n"
            ),
            "auth.keycloack.server_metadata_url",
            "Did you mean `[auth.keycloak]`?",
        ),
    ] {
        let (found, help) = fault_of(&toml);
        assert_eq!(found, key, "{toml}");
        assert!(help.starts_with(fix), "{help}\n{toml}");
    }
    // Tables of the app are not suggested.
    let error = error_for("[server]\nport = 1\n[google]\nmaps_key = \"x\"\n").to_string();
    assert!(
        error.contains("auth: missing") && !error.contains("google:"),
        "{error}"
    );
}

#[test]
fn stray_provider_table_is_a_warning() {
    let log = Log::start();
    let keys = VALID.lines().skip(3).collect::<Vec<_>>().join("\n");
    AuthLayer::from_toml(&format!("{VALID}\n[corp]\n{keys}\n")).unwrap();
    let logged = log.warnings();
    assert_eq!(logged.len(), 1, "{logged:?}");
    assert!(
        logged[0]
            .1
            .contains("corp: provider table outside of `[auth]`"),
        "{logged:?}"
    );
}

#[test]
fn logout_parameters_are_checked() {
    let named = format!("{}[auth.logout_params]\na = [1]\n", provider("[auth.corp]"));
    assert_eq!(fault_of(&named).0, "auth.logout_params.a");
    let (key, _) = fault_of(&format!("{VALID}logout_params = \"x\"\n"));
    assert_eq!(key, "auth.logout_params");
    let (key, _) = fault_of(&format!(
        "{}logout_params = {{ a = [1] }}\n",
        provider("[auth.corp]")
    ));
    assert_eq!(key, "auth.corp.logout_params.a");
}
