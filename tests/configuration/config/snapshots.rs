//! The texts of the most common diagnostics.

use insta::assert_snapshot;

use super::{SECRET, VALID, error_for, with};

const PROVIDER: &str = r#"
client_id = "a"
client_secret = "b"
server_metadata_url = "https://accounts.google.com/.well-known/openid-configuration"
"#;

/// The error text of each configuration, with a title.
fn errors(cases: &[(&str, String)]) -> String {
    let error = |(title, toml): &(&str, String)| format!("## {title}\n{}\n", error_for(toml));
    cases.iter().map(error).collect()
}

#[test]
fn missing_auth_table_shows_example() {
    let shared = VALID.lines().take(3).collect::<Vec<_>>().join("\n");
    let errors = errors(&[
        ("empty file", String::new()),
        ("empty table", "[auth]\n".to_owned()),
        ("not a table", "auth = 1\n".to_owned()),
        ("no provider", shared),
    ]);
    assert_snapshot!(errors);
}

#[test]
fn lifetime_diagnostics_match_snapshots() {
    let lines = [
        "cookie_lifetime = 30",
        "cookie_lifetime = \"\"",
        "cookie_lifetime = \"30\"",
        "cookie_lifetime = \"1h30m\"",
        "cookie_lifetime = \"0m\"",
        "cookie_lifetime = \"401d\"",
        "cookie_lifetme = \"30d\"",
        "cookie_days = \"30\"",
        "cookie_lifetime = \"30d\"\ncookie_days = 30",
        "revoked_before = 1790000000",
        "revoked_before = 2026-09-21",
        "revoked_before = 2026-09-21T14:13:20",
        "revoked_before = \"yesterday\"",
        "revoked_before = 9999-12-31T23:59:59Z",
    ];
    let cases = lines.map(|line| (line, format!("{VALID}{line}\n")));
    assert_snapshot!(errors(&cases));
}

#[test]
fn diagnostics_match_snapshots() {
    let add = |line: &str| format!("{VALID}{line}\n");
    let errors = errors(&[
        (
            "missing secret",
            with(&format!("cookie_secret = \"{SECRET}\"\n"), ""),
        ),
        ("placeholder secret", with(SECRET, "xxx")),
        ("short secret", with(SECRET, "15-bytes-are-15")),
        (
            "plain http",
            with("http://localhost:8501/", "http://app.example/"),
        ),
        ("other callback path", with("/oauth2callback", "/callback")),
        (
            "placeholder in URL",
            with(
                "accounts.google.com",
                "login.microsoftonline.com/{tenant}/v2.0",
            ),
        ),
        ("placeholder client", with("\"app\"", "\"xxx\"")),
        (
            "protected parameter",
            add("client_kwargs = { state = \"x\" }"),
        ),
        (
            "invalid max_age",
            add("client_kwargs = { max_age = \"a day\" }"),
        ),
        (
            "parameter that no link may set",
            add("login_params = [\"login_hint\", \"prompt\"]"),
        ),
        ("unknown token", add("expose_tokens = \"refresh\"")),
        ("out of range", add("cookie_days = 401")),
        (
            "names that differ in case",
            add(&format!("\n[auth.google]{PROVIDER}[auth.Google]{PROVIDER}")),
        ),
        (
            "underscore in name",
            add(&format!("\n[auth.my_idp]{PROVIDER}")),
        ),
        ("reserved name", add(&format!("\n[auth.default]{PROVIDER}"))),
        (
            "shared key in provider",
            add(&format!(
                "\n[auth.google]{PROVIDER}cookie_secret = \"{SECRET}\""
            )),
        ),
        ("syntax error", "[auth]\ncookie_secret = \"abc\n".to_owned()),
        ("misspelt key", with("client_secret", "client_secrt")),
    ]);
    assert_snapshot!(errors);
}
