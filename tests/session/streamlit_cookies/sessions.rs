//! Logins of a Streamlit app beside `session_store`: they have no record.

use axum_streamlit_auth::TestUser;

use super::{
    TIME,
    app::{auth, cookie_header, logins, shown, sub, user},
};

const STORE: &str = "session_store = \"memory\"";

#[test]
fn streamlit_login_needs_explicit_acceptance() {
    for login in logins() {
        let sent = cookie_header(&login);
        for (line, accepted) in [
            ("", false),
            ("streamlit_logins = \"refuse\"", false),
            ("streamlit_logins = \"accept\"", true),
            (
                "streamlit_cookies = \"current\"\nstreamlit_logins = \"accept\"",
                true,
            ),
        ] {
            let seen = user(&auth(&format!("{STORE}\n{line}"), TIME), &sent);
            let expected = accepted.then(|| shown(&login["user_payload"]));
            assert_eq!(seen, expected, "{line} {}", login["case"]);
        }
    }
}

#[test]
fn native_login_always_needs_record() {
    let native = TestUser::new("ada").cookie(&auth("", TIME));
    let accepting = auth(&format!("{STORE}\nstreamlit_logins = \"accept\""), TIME);
    assert_eq!(sub(&accepting, &native), None);
    let recorded = TestUser::new("ada").cookie(&accepting);
    assert_eq!(sub(&accepting, &recorded).as_deref(), Some("ada"));
}
