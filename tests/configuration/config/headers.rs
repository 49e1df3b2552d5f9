//! `[auth.headers]`: names of headers, and claims.

use axum_streamlit_auth::AuthLayer;
use insta::assert_snapshot;

use super::{VALID, assert_only_diagnostic, error_for};

fn with_line(line: &str) -> String {
    format!("{VALID}[auth.headers]\n{line}\n")
}

#[test]
fn plain_header_names_are_accepted() {
    for line in [
        "x-user-email = \"email\"",
        "X-User-Email = \"email\"",
        "Remote-User = \"sub\"\nRemote-Groups = \"groups\"",
        "X-Forwarded-User = \"sub\"",
        "X-Auth-Request-Preferred-Username = \"preferred_username\"",
        "x-roles = \"realm_access.roles\"",
        "x-roles = \"https://app.example/roles\"",
        "x-logged-in = \"is_logged_in\"\nx-provider = \"provider\"",
        "x-one = \"email\"\nx-other = \"email\"",
        "",
    ] {
        AuthLayer::from_toml(&with_line(line)).unwrap();
    }
}

#[test]
fn unusable_header_names_are_rejected() {
    for name in [
        "x_user_email",
        "x-user_email",
        "\"\"",
        "\"x user\"",
        "\"x-user:\"",
        "\"x-user\\r\\nx-admin\"",
        "\"x.user\"",
        "\"x-üser\"",
        "Host",
        "Cookie",
        "Authorization",
        "Proxy-Authorization",
        "Connection",
        "Keep-Alive",
        "TE",
        "Trailer",
        "Transfer-Encoding",
        "Upgrade",
        "Content-Length",
        "Content-Type",
        "Set-Cookie",
        "Cache-Control",
        "WWW-Authenticate",
        "Location",
        "X-Accel-Redirect",
        "X-Original-URI",
        "X-Forwarded-For",
        "x-forwarded-host",
        "Sec-Fetch-Site",
        "Accept-Encoding",
    ] {
        let error = error_for(&with_line(&format!("{name} = \"email\"")));
        let [diagnostic] = error.diagnostics() else {
            panic!("{name}: {error}");
        };
        assert!(diagnostic.key().starts_with("auth.headers."), "{error}");
        assert_eq!(diagnostic.line(), Some(8), "{error}");
    }
}

#[test]
fn header_diagnostics_match_snapshot() {
    let errors = [
        "x_user = \"email\"",
        "\"x user\" = \"email\"",
        "Host = \"email\"",
        "x-user = \"email\"\nX-User = \"sub\"",
        "x-user = true",
        "x-user = \" \"",
        "x-user = \"tokens\"",
    ]
    .map(|line| error_for(&with_line(line)).to_string());
    assert_snapshot!(errors.join("\n"));
}

#[test]
fn headers_must_be_a_table_in_auth() {
    let provider = "client_id = \"a\"\nclient_secret = \"b\"\n";
    assert_only_diagnostic(
        &VALID.replace("[auth]", "[auth]\nheaders = \"email\""),
        "auth.headers",
    );
    assert_only_diagnostic(
        &format!("{VALID}[auth.google]\n{provider}[auth.google.headers]\nx-user = \"email\"\n"),
        "auth.google.headers",
    );
    assert_only_diagnostic(
        &format!("{VALID}[auth.header]\nx-user = \"email\"\n"),
        "auth.header",
    );
}
