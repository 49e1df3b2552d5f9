//! `session_store` and `session_idle`.

use axum_streamlit_auth::AuthLayer;
use insta::assert_snapshot;

use super::{VALID, error_for};

#[test]
fn session_diagnostics_match_snapshots() {
    let cases = [
        "session_store = \"memcached://user:hunter@host\"",
        "session_store = \"redis://user:hunter@host:port\"",
        "session_store = \"redis:\"",
        "session_store = \"sqlite:\"",
        "session_store = \"sqlite::memory:\"",
        "session_store = \"\"",
        "session_store = true",
        "session_idle = \"30m\"",
        "session_store = \"memory\"\nsession_idle = \"30\"",
        "session_store = \"memory\"\nsession_idle = \"1s\"",
        "session_store = \"memory\"\nsession_idle = \"401d\"",
        "session_store = \"memory\"\nsession_idle = 30",
        "session_store = \"memory\"\nstreamlit_logins = true",
        "session_store = \"memory\"\nstreamlit_logins = \"yes\"",
        "streamlit_logins = \"accept\"",
        "session_stor = \"memory\"",
        "refresh = true",
        "session_store = \"memory\"\nrefresh = \"yes\"",
    ];
    let error = |line: &&str| format!("## {line}\n{}\n", error_for(&format!("{VALID}{line}\n")));
    let errors: String = cases.iter().map(error).collect();
    let mut quoted = errors.lines().filter(|line| !line.starts_with("##"));
    assert!(quoted.all(|line| !line.contains("hunter")), "{errors}");
    assert_snapshot!(errors);
}

#[test]
fn idle_timeout_is_a_number_with_unit() {
    let is_valid = |value: &str| {
        let lines = format!("{VALID}session_store = \"memory\"\nsession_idle = {value:?}\n");
        AuthLayer::from_toml(&lines).is_ok()
    };
    for value in ["60s", "1m", "30m", "8h", "7d", "400d", "0060s"] {
        assert!(is_valid(value), "{value}");
    }
    for value in [
        "",
        "m",
        "0m",
        "59s",
        "-5m",
        "+5m",
        "1.5h",
        "5 m",
        " 5m",
        "5M",
        "5mm",
        "5w",
        "1h30m",
        "401d",
        "18446744073709551615d",
        "99999999999999999999s",
        "٣m",
    ] {
        assert!(!is_valid(value), "{value}");
    }
}
