//! Valid and invalid values of each key.

use axum_streamlit_auth::AuthLayer;

use super::{VALID, assert_only_diagnostic, error_for, with};

const REDIRECT_URI: &str = "http://localhost:8501/oauth2callback";
const METADATA_URL: &str = "https://accounts.google.com/.well-known/openid-configuration";

#[test]
fn redirect_uri_must_be_absolute_callback_url() {
    for uri in [
        "",
        "/oauth2callback",
        "oauth2callback",
        "localhost:8501/oauth2callback",
        "//localhost:8501/oauth2callback",
        "ftp://localhost/oauth2callback",
        "javascript:/oauth2callback",
        "file:///oauth2callback",
        "http://localhost:8501/oauth2callback#",
        "http://localhost:8501/oauth2callback#x",
        "http://localhost:8501/oauth2callback?x=1",
        "http://localhost:8501/oauth2callback/",
        "http://localhost:8501/OAuth2Callback",
        "http://localhost:8501/myoauth2callback",
        "http://localhost:8501/callback",
        "http://localhost:8501",
        "http://user@localhost:8501/oauth2callback",
        "http://user:pw@localhost:8501/oauth2callback",
        "http://localhost:80@evil.test/oauth2callback",
        "https://localhost:80@evil.test/oauth2callback",
        "https://app.example\\\\@evil.test/oauth2callback",
        "https://app.example/a/../oauth2callback",
        "https://app.example//oauth2callback",
        "https://app.example/a;b/oauth2callback",
        "https://app.example/a%2fb/oauth2callback",
        "https://App.example/oauth2callback",
        "https://app.example:443/oauth2callback",
        "https://bücher.example/oauth2callback",
        " https://app.example/oauth2callback",
        "https://app.example/oauth2callback\\n",
        "http://localhost:{prot}/oauth2callback",
    ] {
        assert_only_diagnostic(&with(REDIRECT_URI, uri), "auth.redirect_uri");
    }
    for uri in [
        "http://127.0.0.1:8501/oauth2callback",
        "http://[::1]:8501/oauth2callback",
        "https://app.example/oauth2callback",
        "https://app.example:8443/my/base-path_1.0~/oauth2callback",
    ] {
        AuthLayer::from_toml(&with(REDIRECT_URI, uri)).unwrap();
    }
}

#[test]
fn plain_http_is_limited_to_loopback() {
    for host in [
        "app.example",
        "localhost.evil.test",
        "evil-localhost",
        "evillocalhost",
        "localhost.localdomain",
        "app.localhost.evil.test",
        "192.168.0.1",
        "10.0.0.1:8501",
        "0.0.0.0:8501",
        "[::2]",
        "[::ffff:7f00:1]",
    ] {
        let uri = format!("http://{host}/oauth2callback");
        assert_only_diagnostic(&with(REDIRECT_URI, &uri), "auth.redirect_uri");
        let url = format!("http://{host}/.well-known/openid-configuration");
        assert_only_diagnostic(&with(METADATA_URL, &url), "auth.server_metadata_url");
    }
    for host in [
        "localhost",
        "localhost:9400",
        "app.localhost",
        "my-app.team.localhost:9400",
        "a_b.localhost:9400",
        "127.0.0.1",
        "127.8.8.8:1",
        "[::1]:9400",
    ] {
        let url = format!("http://{host}/.well-known/openid-configuration");
        AuthLayer::from_toml(&with(METADATA_URL, &url)).unwrap();
        let uri = format!("http://{host}/oauth2callback");
        AuthLayer::from_toml(&with(REDIRECT_URI, &uri)).unwrap();
    }
}

#[test]
fn metadata_url_must_be_a_discovery_document() {
    for url in [
        "",
        "accounts.google.com",
        "https://accounts.google.com",
        "https://accounts.google.com/.well-known/openid-configuration/",
        "https://accounts.google.com/.well-known/openid-configuration#x",
        "https://user@accounts.google.com/.well-known/openid-configuration",
        "https://:pw@accounts.google.com/.well-known/openid-configuration",
        "https://user:pw@accounts.google.com/.well-known/openid-configuration",
        "ftp://accounts.google.com/.well-known/openid-configuration",
        "https://login.microsoftonline.com/{tenant}/v2.0/.well-known/openid-configuration",
        "https://{account}.eu.auth0.com/.well-known/openid-configuration",
        "https://a.{region}.auth0.com/.well-known/openid-configuration",
    ] {
        assert_only_diagnostic(&with(METADATA_URL, url), "auth.server_metadata_url");
    }
    // Servers reject longer URLs.
    for (length, fit) in [(4000, true), (4001, false)] {
        let ends = ["https://a.example/", "/.well-known/openid-configuration"];
        let letters = length - ends.concat().len();
        let url = with(METADATA_URL, &ends.join(&"x".repeat(letters)));
        match fit {
            true => drop(AuthLayer::from_toml(&url).unwrap()),
            false => assert_only_diagnostic(&url, "auth.server_metadata_url"),
        }
    }
    let by_query = "https://tenant.b2clogin.com/v2.0/.well-known/openid-configuration?p=policy";
    AuthLayer::from_toml(&with(METADATA_URL, by_query)).unwrap();
}

/// A key that resembles a known one is an error. All other keys belong to the app.
#[test]
fn missing_and_unknown_keys_are_reported() {
    for key in ["client_id", "client_secret", "server_metadata_url"] {
        let line = VALID.lines().find(|line| line.starts_with(key)).unwrap();
        assert_only_diagnostic(&with(&format!("{line}\n"), ""), &format!("auth.{key}"));
        let named = provider("corp").replace(&format!("{line}\n"), "");
        assert_only_diagnostic(&named, &format!("auth.corp.{key}"));
        let empty = provider("corp").replace(line, &format!("{key} = \" \""));
        assert_only_diagnostic(&empty, &format!("auth.corp.{key}"));
    }
    for unknown in [
        "cookie_secert = \"x\"",
        "expose_token = \"id\"",
        "Redirect_uri = \"x\"",
    ] {
        let key = unknown.split(' ').next().unwrap();
        assert_only_diagnostic(&format!("{VALID}{unknown}\n"), &format!("auth.{key}"));
        let named = format!("{}{unknown}\n", provider("corp"));
        assert_only_diagnostic(&named, &format!("auth.corp.{key}"));
    }
    // Keys that Streamlit passes to Authlib and that discovery makes redundant are accepted,
    // because both can share the file.
    AuthLayer::from_toml(&format!(
        "{VALID}access_token_url = \"https://a.example\"\n"
    ))
    .unwrap();
}

#[test]
fn provider_names_are_unique_path_segments() {
    for name in [
        "a_b",
        "connection_1",
        "\"a/b\"",
        "\"..\"",
        "\".\"",
        "\"\"",
        "\"a b\"",
        "\"a%2fb\"",
        "\"ä\"",
        "\"a\\u0000\"",
        "default",
    ] {
        let key = match name {
            r#""a\u0000""# => r#""a\0""#,
            name => name,
        };
        assert_only_diagnostic(&provider(name), &format!("auth.{key}"));
    }
    let long = "a".repeat(65);
    assert_only_diagnostic(&provider(&long), &format!("auth.{long}"));
    let twice = format!("{}\n[auth.GOOGLE]\n{}", provider("google"), keys());
    assert_only_diagnostic(&twice, "auth.GOOGLE");
    for name in ["google", "Default", "a-b", "\"a.b\"", "0", &long[..64]] {
        AuthLayer::from_toml(&provider(name)).unwrap();
    }
}

#[test]
fn protected_parameters_cannot_be_set() {
    for key in [
        "state",
        "nonce",
        "redirect_uri",
        "response_type",
        "code_challenge",
        "code_challenge_method",
        "code_verifier",
        "client_id",
        "client_secret",
        "request_uri",
        "request",
        "client_assertion",
        "client_assertion_type",
    ] {
        for table in ["client_kwargs", "authorize_params"] {
            let toml = format!("{VALID}{table} = {{ {key} = \"x\" }}\n");
            assert_only_diagnostic(&toml, &format!("auth.{table}.{key}"));
        }
    }
    for (kwargs, key) in [
        ("response_mode = \"fragment\"", "response_mode"),
        (
            "token_endpoint_auth_method = \"client_secret_jwt\"",
            "token_endpoint_auth_method",
        ),
        ("ui_locales = [\"de\"]", "ui_locales"),
        ("scope = 1", "scope"),
    ] {
        let toml = format!("{VALID}client_kwargs = {{ {kwargs} }}\n");
        assert_only_diagnostic(&toml, &format!("auth.client_kwargs.{key}"));
    }
}

#[test]
fn expose_tokens_accepts_string_or_array() {
    for value in ["\"id\"", "\"access\"", "[]", "[\"id\", \"access\"]"] {
        AuthLayer::from_toml(&format!("{VALID}expose_tokens = {value}\n")).unwrap();
    }
    for value in [
        "true",
        "1",
        "\"ID\"",
        "\"\"",
        "[\"id\", \"refresh\"]",
        "[1]",
        "{ id = true }",
    ] {
        assert_only_diagnostic(
            &format!("{VALID}expose_tokens = {value}\n"),
            "auth.expose_tokens",
        );
    }
    let named = format!("{}expose_tokens = \"id\"\n", provider("google"));
    assert_only_diagnostic(&named, "auth.google.expose_tokens");
}

#[test]
fn public_client_must_not_have_a_secret() {
    let public = "client_kwargs = { token_endpoint_auth_method = \"none\" }\n";
    let without = with("client_secret = \"a-client-secret\"\n", "");
    AuthLayer::from_toml(&format!("{without}{public}")).unwrap();
    let error = error_for(&format!("{VALID}{public}"));
    assert_eq!(error.diagnostics()[0].key(), "auth.client_secret");
}

/// [`VALID`] with its provider in a named table.
fn provider(name: &str) -> String {
    with("client_id", &format!("[auth.{name}]\nclient_id"))
}

fn keys() -> String {
    VALID.lines().skip(3).collect::<Vec<_>>().join("\n")
}

/// The start page of such an app would be an endpoint, or its cookie names would be too long.
#[test]
fn base_path_is_not_an_endpoint_and_not_too_long() {
    let long = "x".repeat(128);
    for (base_path, fit) in [
        ("/auth/login", false),
        ("/auth/login/google", false),
        ("/auth/logout", false),
        ("/auth/dev", false),
        ("/Auth/Logout/x", false),
        ("/oauth2callback", false),
        ("/oauth2callback/x", false),
        (&*format!("/{long}"), false),
        ("/auth", true),
        ("/auth/logins", true),
        ("/login", true),
        ("/x/auth/login", true),
        (&*format!("/{}", &long[1..]), true),
    ] {
        let uri = format!("https://app.example{base_path}/oauth2callback");
        let toml = with(REDIRECT_URI, &uri);
        if fit {
            assert!(AuthLayer::from_toml(&toml).is_ok(), "{base_path}");
        } else {
            assert_only_diagnostic(&toml, "auth.redirect_uri");
        }
    }
}

/// A variable with an empty default must not become a button without text, or an empty key ID.
#[test]
fn blank_optional_value_is_reported() {
    for (key, line) in [
        ("auth.app_name", "app_name = \"\""),
        ("auth.app_name", "app_name = \" \""),
        ("auth.label", "label = \"\""),
        ("auth.claims", "claims = [\"email\", \"\"]"),
        ("auth.trusted_audiences", "trusted_audiences = [\" \"]"),
    ] {
        assert_only_diagnostic(&format!("{VALID}{line}\n"), key);
    }
    let toml = with(
        "client_secret = \"a-client-secret\"",
        "client_key_file = \"absent.pem\"\nclient_key_id = \"\"",
    );
    let error = error_for(&toml).to_string();
    assert!(error.contains("auth.client_key_id: empty"), "{error}");
}
