//! What each key may hold.

use axum_streamlit_auth::AuthLayer;

use super::{RIGHT, is_fault_of, refused, with};

const REDIRECT_URI: &str = "http://localhost:8501/oauth2callback";
const METADATA_URL: &str = "https://accounts.google.com/.well-known/openid-configuration";

#[test]
fn a004_a_redirect_uri_is_absolute_plain_and_ends_at_the_callback() {
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
        assert!(is_fault_of(&with(REDIRECT_URI, uri), "auth.redirect_uri"));
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
fn a005_plain_http_is_for_loopback() {
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
        assert!(is_fault_of(&with(REDIRECT_URI, &uri), "auth.redirect_uri"));
        let url = format!("http://{host}/.well-known/openid-configuration");
        assert!(is_fault_of(
            &with(METADATA_URL, &url),
            "auth.server_metadata_url"
        ));
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
fn a005_a_metadata_url_is_that_of_a_discovery_document() {
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
        assert!(is_fault_of(
            &with(METADATA_URL, url),
            "auth.server_metadata_url"
        ));
    }
    // No server takes more of a URL.
    for (length, fit) in [(4000, true), (4001, false)] {
        let ends = ["https://a.example/", "/.well-known/openid-configuration"];
        let letters = length - ends.concat().len();
        let url = with(METADATA_URL, &ends.join(&"x".repeat(letters)));
        match fit {
            true => drop(AuthLayer::from_toml(&url).unwrap()),
            false => assert!(is_fault_of(&url, "auth.server_metadata_url")),
        }
    }
    let by_query = "https://tenant.b2clogin.com/v2.0/.well-known/openid-configuration?p=policy";
    AuthLayer::from_toml(&with(METADATA_URL, by_query)).unwrap();
}

/// Stricter than its row, which lets an unknown key pass with a warning: a misspelt `trusted_audiences` or `expose_tokens` would be a
/// silent change of what is safe.
#[test]
fn a007_what_is_missing_or_unknown_is_a_fault_by_its_full_name() {
    for key in ["client_id", "client_secret", "server_metadata_url"] {
        let line = RIGHT.lines().find(|line| line.starts_with(key)).unwrap();
        assert!(is_fault_of(
            &with(&format!("{line}\n"), ""),
            &format!("auth.{key}")
        ));
        let named = provider("corp").replace(&format!("{line}\n"), "");
        assert!(is_fault_of(&named, &format!("auth.corp.{key}")));
        let empty = provider("corp").replace(line, &format!("{key} = \" \""));
        assert!(is_fault_of(&empty, &format!("auth.corp.{key}")));
    }
    for unknown in [
        "cookie_secert = \"x\"",
        "expose_token = \"id\"",
        "Redirect_uri = \"x\"",
        "x = 1",
    ] {
        let key = unknown.split(' ').next().unwrap();
        assert!(is_fault_of(
            &format!("{RIGHT}{unknown}\n"),
            &format!("auth.{key}")
        ));
        let named = format!("{}{unknown}\n", provider("corp"));
        assert!(is_fault_of(&named, &format!("auth.corp.{key}")));
    }
    assert!(is_fault_of(
        &format!("{}\"a key\" = 1\n", provider("corp")),
        "auth.corp.\"a key\""
    ));
    // What Streamlit hands to Authlib and discovery makes pointless is no fault: the same file serves both.
    AuthLayer::from_toml(&format!(
        "{RIGHT}access_token_url = \"https://a.example\"\n"
    ))
    .unwrap();
}

#[test]
fn a008_a_provider_name_stands_in_a_path_and_is_unique() {
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
        assert!(is_fault_of(&provider(name), &format!("auth.{key}")));
    }
    let long = "a".repeat(65);
    assert!(is_fault_of(&provider(&long), &format!("auth.{long}")));
    let twice = format!("{}\n[auth.GOOGLE]\n{}", provider("google"), keys());
    assert!(is_fault_of(&twice, "auth.GOOGLE"));
    for name in ["google", "Default", "a-b", "\"a.b\"", "0", &long[..64]] {
        AuthLayer::from_toml(&provider(name)).unwrap();
    }
}

#[test]
fn a010_what_protects_a_login_cannot_be_set() {
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
            let toml = format!("{RIGHT}{table} = {{ {key} = \"x\" }}\n");
            assert!(is_fault_of(&toml, &format!("auth.{table}.{key}")));
        }
    }
    for (kwargs, key) in [
        ("response_mode = \"form_post\"", "response_mode"),
        ("response_mode = \"fragment\"", "response_mode"),
        (
            "token_endpoint_auth_method = \"private_key_jwt\"",
            "token_endpoint_auth_method",
        ),
        ("ui_locales = [\"de\"]", "ui_locales"),
        ("scope = 1", "scope"),
    ] {
        let toml = format!("{RIGHT}client_kwargs = {{ {kwargs} }}\n");
        assert!(is_fault_of(&toml, &format!("auth.client_kwargs.{key}")));
    }
}

#[test]
fn expose_tokens_is_one_name_or_a_list_of_them() {
    for value in ["\"id\"", "\"access\"", "[]", "[\"id\", \"access\"]"] {
        AuthLayer::from_toml(&format!("{RIGHT}expose_tokens = {value}\n")).unwrap();
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
        assert!(is_fault_of(
            &format!("{RIGHT}expose_tokens = {value}\n"),
            "auth.expose_tokens"
        ));
    }
    let named = format!("{}expose_tokens = \"id\"\n", provider("google"));
    assert!(is_fault_of(&named, "auth.google.expose_tokens"));
}

#[test]
fn a_public_client_has_no_secret_and_says_so() {
    let public = "client_kwargs = { token_endpoint_auth_method = \"none\" }\n";
    let without = with("client_secret = \"a-client-secret\"\n", "");
    AuthLayer::from_toml(&format!("{without}{public}")).unwrap();
    let error = refused(&format!("{RIGHT}{public}"));
    assert_eq!(error.faults()[0].key(), "auth.client_secret");
}

/// [`RIGHT`] with its provider under a name.
fn provider(name: &str) -> String {
    with("client_id", &format!("[auth.{name}]\nclient_id"))
}

fn keys() -> String {
    RIGHT.lines().skip(3).collect::<Vec<_>>().join("\n")
}

/// The home page of such an app would be an endpoint, or its cookies' names would be too long.
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
            assert!(is_fault_of(&toml, "auth.redirect_uri"), "{base_path}");
        }
    }
}
