//! The exact text of the faults that people meet most.

use super::{RIGHT, refused, with};

const SECRET: &str = "kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5uKt1BvXoQ";

const ADVICE: &str = r#"

    [auth]
    redirect_uri = "http://localhost:8501/oauth2callback"
    cookie_secret = "…"        # make one: openssl rand -hex 32
    client_id = "…"            # the provider shows you these two
    client_secret = "…"
    server_metadata_url = "https://accounts.google.com/.well-known/openid-configuration"
"#;

const PROVIDER: &str = r#"
client_id = "a"
client_secret = "b"
server_metadata_url = "https://accounts.google.com/.well-known/openid-configuration"
"#;

#[test]
fn a001_no_auth_at_all_shows_the_lines_to_write() {
    for (toml, problem) in [
        (
            "",
            "`auth` is missing: nobody can sign in without a provider. Write, with your own values:",
        ),
        (
            "[auth]\n",
            "line 1: `auth` is empty. Write, with your own values:",
        ),
        (
            "auth = 1\n",
            "line 1: `auth` must be a table, but is a number. Write, with your own values:",
        ),
        (
            &RIGHT.lines().take(3).collect::<Vec<_>>().join("\n"),
            "line 1: `auth` names no provider. Add the last three of these lines, with your own values:",
        ),
    ] {
        let text = format!("the sign-in configuration has a fault:\n  {problem}{ADVICE}");
        assert_eq!(refused(toml).to_string(), text);
    }
}

#[test]
fn a001_to_a010_every_text_says_where_what_and_how_to_mend_it() {
    let one = |toml: String, text: &str| {
        let text = format!("the sign-in configuration has a fault:\n  {text}");
        assert_eq!(refused(&toml).to_string(), text, "{toml}");
    };
    one(
        with(&format!("cookie_secret = \"{SECRET}\"\n"), ""),
        "line 1: `auth.cookie_secret` is missing. Add to `[auth]`: cookie_secret = \"…\" (make one with `openssl rand -hex 32`)",
    );
    one(
        with(SECRET, "xxx"),
        "line 3: `auth.cookie_secret` is a placeholder that anybody can guess. \
         Make one with `openssl rand -hex 32` and write: cookie_secret = \"<what it printed>\"",
    );
    one(
        with(SECRET, "15-bytes-are-15"),
        "line 3: `auth.cookie_secret` is shorter than 16 bytes. \
         Make one with `openssl rand -hex 32` and write: cookie_secret = \"<what it printed>\"",
    );
    one(
        with("http://localhost:8501/", "http://app.example/"),
        "line 2: `auth.redirect_uri` uses plain http off loopback. \
         Write https://; the app itself may still speak http behind a proxy that ends TLS.",
    );
    one(
        with("/oauth2callback", "/callback"),
        "line 2: `auth.redirect_uri` does not end with /oauth2callback. End it with /oauth2callback, here and at the provider.",
    );
    one(
        with(
            "accounts.google.com",
            "login.microsoftonline.com/{tenant}/v2.0",
        ),
        "line 6: `auth.server_metadata_url` still holds `{tenant}`. Put your own value in its place; the provider's console shows it.",
    );
    one(
        with("\"app\"", "\"xxx\""),
        "line 4: `auth.client_id` is still a placeholder. Copy the value that the provider shows for your client.",
    );
    one(
        format!("{RIGHT}client_kwargs = {{ state = \"x\" }}\n"),
        "line 7: `auth.client_kwargs.state` cannot be set: the login makes it anew each time, or it follows from another key. \
         Remove this line.",
    );
    one(
        format!("{RIGHT}expose_tokens = \"refresh\"\n"),
        "line 7: `auth.expose_tokens` allows only \"id\" and \"access\". Write: expose_tokens = [\"id\", \"access\"]",
    );
    one(
        format!("{RIGHT}cookie_days = 401\n"),
        "line 7: `auth.cookie_days` must be a whole number from 1 to 400. Correct this line.",
    );
    one(
        format!("{RIGHT}\n[auth.google]{PROVIDER}[auth.Google]{PROVIDER}"),
        "line 12: `auth.Google` differs from another provider only in upper and lower case. \
         Streamlit would take one for the other: give it another name.",
    );
    one(
        format!("{RIGHT}\n[auth.my_idp]{PROVIDER}"),
        "line 8: `auth.my_idp` is a provider name with an underscore, which Streamlit refuses. Use `-` in its place.",
    );
    one(
        format!("{RIGHT}\n[auth.default]{PROVIDER}"),
        "line 8: `auth.default` has the name that stands for `[auth]` itself. Move its keys to `[auth]`, or give it another name.",
    );
    one(
        format!("{RIGHT}\n[auth.google]{PROVIDER}cookie_secret = \"{SECRET}\"\n"),
        "line 12: `auth.google.cookie_secret` belongs in `[auth]`, where it counts for every provider. Move it there.",
    );
    one(
        "[auth]\ncookie_secret = \"abc\n".to_owned(),
        "line 2: is not valid TOML: invalid basic string, expected `\"`. Mend this line; texts stand in straight quotes.",
    );
}

#[test]
fn a007_a_misspelt_key_and_the_key_that_was_meant() {
    assert_eq!(
        refused(&with("client_secret", "client_secrt")).to_string(),
        "the sign-in configuration has 2 faults:\n  \
         line 1: `auth.client_secret` is missing. Add to `[auth]`: client_secret = \"…\"; \
         a public client writes client_kwargs = { token_endpoint_auth_method = \"none\" } instead\n  \
         line 5: `auth.client_secrt` is not a known key. Did you mean `client_secret`?"
    );
}
