//! Keys and tables that are not known: suggestions for typos, warnings for settings of the app's own.

use axum_streamlit_auth::AuthLayer;

use super::{RIGHT, refused, support::Log, with};

/// The only fault, with its key and fix.
fn fault_of(toml: &str) -> (String, String) {
    let error = refused(toml);
    let [fault] = error.faults() else {
        panic!("{error}\n{toml}")
    };
    (fault.key().to_owned(), fault.fix().to_owned())
}

fn provider(table: &str) -> String {
    with("client_id", &format!("{table}\nclient_id"))
}

#[test]
fn key_close_to_known_key_is_suggested() {
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
        // A restriction that is not read would leave the app open.
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
        let (found, fix) = fault_of(&format!("{RIGHT}{line}\n"));
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

#[test]
fn settings_of_the_app_are_warnings() {
    for (toml, key) in [
        (format!("{RIGHT}x = 1\n"), "auth.x"),
        (format!("{RIGHT}theme = \"dark\"\n"), "auth.theme"),
        (format!("{RIGHT}roles = [\"a\", \"b\"]\n"), "auth.roles"),
        (
            format!("{RIGHT}[auth.my_app]\ntheme = \"dark\"\n"),
            "auth.my_app",
        ),
        (
            format!("{RIGHT}[[auth.teams]]\nname = \"a\"\n"),
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
        let complaints = log.complaints();
        assert_eq!(complaints.len(), 1, "{complaints:?}");
        let text = &complaints[0].1;
        assert!(text.contains("unknown key ignored"), "{text}");
        let key = key.replace('"', "\\\"");
        assert!(text.contains(&key), "{text}");
        assert!(!text.contains("dark"), "{text}");
    }
}

#[test]
fn table_outside_of_auth_is_suggested() {
    let keys = RIGHT.lines().skip(3).collect::<Vec<_>>().join("\n");
    let shared = RIGHT.lines().take(3).collect::<Vec<_>>().join("\n");
    for (toml, key, fix) in [
        (
            RIGHT.replace("[auth]", "[Auth]"),
            "Auth",
            "Did you mean `[auth]`?",
        ),
        (
            RIGHT.replace("[auth]", "[AUTH]"),
            "AUTH",
            "Did you mean `[auth]`?",
        ),
        (
            RIGHT.replace("[auth]", "[oauth]"),
            "oauth",
            "Did you mean `[auth]`?",
        ),
        (
            RIGHT.replace("[auth]", "[[Auth]]"),
            "Auth",
            "Did you mean `[auth]`?",
        ),
        (
            RIGHT.replace("[auth]", "[[auth]]"),
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
    let error = refused("[server]\nport = 1\n[google]\nmaps_key = \"x\"\n").to_string();
    assert!(
        error.contains("`auth` is missing") && !error.contains("google`"),
        "{error}"
    );
}

#[test]
fn provider_outside_of_auth_is_a_warning_beside_others() {
    let log = Log::start();
    let keys = RIGHT.lines().skip(3).collect::<Vec<_>>().join("\n");
    AuthLayer::from_toml(&format!("{RIGHT}\n[corp]\n{keys}\n")).unwrap();
    let complaints = log.complaints();
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    assert!(
        complaints[0]
            .1
            .contains("`corp` is a provider outside of `[auth]`"),
        "{complaints:?}"
    );
}

#[test]
fn logout_parameters_are_checked() {
    for name in [
        "client_id",
        "id_token_hint",
        "post_logout_redirect_uri",
        "logout_uri",
    ] {
        let (key, _) = fault_of(&format!("{RIGHT}logout_params = {{ {name} = \"x\" }}\n"));
        assert_eq!(key, format!("auth.logout_params.{name}"));
        let named = format!(
            "{}[auth.logout_params]\n{name} = \"x\"\n",
            provider("[auth.corp]")
        );
        assert_eq!(fault_of(&named).0, format!("auth.logout_params.{name}"));
    }
    let (key, _) = fault_of(&format!("{RIGHT}logout_params = \"x\"\n"));
    assert_eq!(key, "auth.logout_params");
    let (key, _) = fault_of(&format!(
        "{}logout_params = {{ a = [1] }}\n",
        provider("[auth.corp]")
    ));
    assert_eq!(key, "auth.corp.logout_params.a");
}
