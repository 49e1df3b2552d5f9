//! Placeholders for environment variables: `${{NAME}}` and `${{NAME:-default}}`. A process cannot
//! change its own environment safely, so each case runs this program as a child process.

use axum::{Router, body::Body, http::Request, routing::get};
use axum_streamlit_auth::{AuthLayer, Providers, TestUser, User};
use insta::assert_snapshot;
use tower::ServiceExt;

use super::{VALID, assert_only_diagnostic, error_for, search::Directories, with};

/// Run by the other tests in a child process. Prints the address of the app, the labels of the
/// providers and whether a user of corp.example is admitted, or the error.
#[tokio::test]
#[ignore = "run by the other tests of this file, in a separate process"]
async fn child() {
    let auth = match AuthLayer::from_secrets() {
        Ok(auth) => auth,
        Err(error) => return println!("@{error}@"),
    };
    let address = auth.listen_address().to_owned();
    let cookie = TestUser::new("ada")
        .claim("email", "ada@corp.example")
        .claim("email_verified", true)
        .claim("hd", "corp.example")
        .cookie(&auth);
    let page = async move |providers: Providers, user: User| {
        let labels: Vec<_> = providers.iter().map(|provider| provider.label()).collect();
        format!("@{address} {labels:?} {}@", user.is_logged_in())
    };
    let app = Router::new().route("/", get(page)).layer(auth);
    let request = Request::get("/").header("cookie", cookie);
    let response = app.oneshot(request.body(Body::empty()).unwrap()).await;
    println!("{}", support::text(response.unwrap()).await);
}

/// Returns the output of [`child`] for this secrets.toml and these variables.
fn read(name: &str, toml: &str, variables: &[(&str, &str)]) -> String {
    let place = Directories::new(name);
    place.project(toml);
    let output = place.run("environment::child", variables);
    let folder = place.0.display().to_string();
    output.replace(&folder, "")
}

#[test]
fn placeholders_are_replaced_in_every_string() {
    let toml = with("localhost:8501", "${{HOST}}:${{AUTH_PORT:-4000}}")
        + r#"label = "a ${{WORD}} b ${{WORD}}"
[auth.allow]
domains = ["other.example", "${{DOMAIN}}"]
[auth.google]
client_id = "${{ID}}"
client_secret = "${{ID}}-${{ID}}"
client_kwargs = { claims = { id_token = { groups = { value = "${{WORD}}" } } } }
label = "${{lower_1}}"
"#;
    let variables = [
        ("HOST", "127.0.0.1"),
        ("WORD", "\"x\"\ny = 1"),
        ("DOMAIN", "corp.example"),
        ("ID", "made-up-client"),
        ("lower_1", "ünï"),
    ];
    assert_eq!(
        read("environment-replaced", &toml, &variables),
        r#"127.0.0.1:4000 ["a \"x\"\ny = 1 b \"x\"\ny = 1", "ünï"] true"#
    );
}

#[test]
fn default_replaces_unset_or_empty_variable() {
    for (label, expected) in [
        ("${{SET:-other}}", "value"),
        ("${{EMPTY:-other}}", "other"),
        ("${{UNSET:-other}}", "other"),
        ("${{UNSET:-}}x", "x"),
        ("${{UNSET:-a:-b}}", "a:-b"),
        ("${{UNSET:-${{SET}}", "${{SET"),
        ("${{UNSET:-{x}}}}", "{x}}"),
        ("${{UNSET:- }}x", " x"),
    ] {
        let toml = format!("{VALID}label = \"{label}\"\n");
        let output = read(
            "environment-default",
            &toml,
            &[("SET", "value"), ("EMPTY", "")],
        );
        assert!(output.contains(&format!("[{expected:?}]")), "{output}");
    }
}

#[test]
fn escaped_placeholder_stays_as_text() {
    for (label, expected) in [
        ("$${{SET}}", "${{SET}}"),
        ("a$${{SET}}b${{SET}}", "a${{SET}}bvalue"),
        ("$$${{SET}}", "$${{SET}}"),
        ("$${{", "${{"),
        ("$SET ${SET} {{SET}} $ {", "$SET ${SET} {{SET}} $ {"),
        // A replacement is not searched again.
        ("${{NESTED}}", "${{SET}}"),
    ] {
        let toml = format!("{VALID}label = \"{label}\"\n");
        let variables = [("SET", "value"), ("NESTED", "${{SET}}")];
        let output = read("environment-escaped", &toml, &variables);
        assert!(output.contains(&format!("[{expected:?}]")), "{output}");
    }
    let toml = format!("{VALID}client_kwargs = {{ hint = \"$${{{{SET}}}}\" }}\n");
    AuthLayer::from_toml(&toml).unwrap();
}

#[test]
fn missing_variable_is_reported_with_its_line() {
    let toml = with("\"app\"", "\"${{UNSET_ID}}\"")
        .replace("a-client-secret", "${{EMPTY_SECRET}}")
        .replace("accounts.google.com", "${{UNSET_HOST}}.example")
        + "app_name = \"${{ SPACES }}\"\nlogin_page = \"${{UNCLOSED}\"\nlabel = \"${{1ST}}\"\n\
           claims = [\"${{A B}}\", \"${{}}\"]\ntrusted_audiences = [\"${{NAME-x}}\"]\n\
           client_kwargs = { x = { \"a.b\" = \"${{UNSET_DEEP}}\" } }\n";
    let error = read("environment-missing", &toml, &[("EMPTY_SECRET", "")]);
    assert_snapshot!(error);
}

#[test]
fn diagnostic_never_shows_replacement() {
    let canary = "canary-4f9c1b7e";
    for line in [
        "cookie_lifetime",
        "revoked_before",
        "login_page",
        "expose_tokens",
        "streamlit_cookies",
        "redirect_uri",
        "server_metadata_url",
        "cookie_secret",
        "client_secret_file",
        "label = 1\nunknown",
    ] {
        let kept = VALID.lines().filter(|kept| !kept.starts_with(line));
        let mut toml = kept.collect::<Vec<_>>().join("\n");
        toml += &format!("\n{line} = \"${{{{CANARY}}}}\"\n");
        let error = read("environment-canary", &toml, &[("CANARY", canary)]);
        assert!(!error.contains(canary), "{error}");
        assert!(error.contains("invalid sign-in configuration"), "{error}");
    }
}

/// The diagnostic names a placeholder of another program as the mistake, with the spelling to use.
#[test]
fn other_placeholder_is_rejected_with_help() {
    for placeholder in ["$NAME", "${NAME}", "${NAME:-x}", "{{NAME}}", "%NAME%"] {
        for (key, toml) in [
            (
                "cookie_secret",
                with("kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5uKt1BvXoQ", placeholder),
            ),
            ("client_id", with("\"app\"", &format!("{placeholder:?}"))),
            ("client_secret", with("a-client-secret", placeholder)),
        ] {
            let error = error_for(&toml);
            let [diagnostic] = error.diagnostics() else {
                panic!("{error}")
            };
            assert_eq!(diagnostic.key(), format!("auth.{key}"));
            assert!(
                diagnostic.help().contains("In TOML, ${{NAME}} inserts"),
                "{error}"
            );
        }
    }
    for (key, from) in [
        ("redirect_uri", "localhost:8501"),
        ("server_metadata_url", "accounts.google.com"),
    ] {
        let error = error_for(&with(from, "${HOST}"));
        assert!(
            error.to_string().contains("In TOML, ${{NAME}} inserts"),
            "{error}"
        );
        assert_eq!(error.diagnostics()[0].key(), format!("auth.{key}"));
    }
    let keycloak = "\n[auth.keycloak]\nclient_id = \"a\"\nclient_secret = \"b\"\nrealm = \"r\"\nurl = \"https://${HOST}\"\n";
    let error = error_for(&format!("{VALID}{keycloak}"));
    assert!(
        error.to_string().contains("In TOML, ${{NAME}} inserts"),
        "{error}"
    );
}

/// A value from code is final, so that a secret that contains `${{` stays as it is.
#[test]
fn placeholder_in_value_from_code_is_not_replaced() {
    let mut value: serde_json::Value = toml::from_str(VALID).unwrap();
    value["auth"]["client_secret"] = "${{PATH}}".into();
    let error = AuthLayer::from_value(&value).err().unwrap();
    assert_eq!(error.diagnostics()[0].key(), "auth.client_secret");
    let help = error.diagnostics()[0].help();
    assert!(help.contains("only in TOML"), "{help}");
    assert_only_diagnostic(&with("\"app\"", "\"$${{PATH}}\""), "auth.client_id");
}
