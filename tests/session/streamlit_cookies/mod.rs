//! A shared login of a Streamlit app and this crate: Streamlit's cookies are read, written and
//! removed.
//!
//! `data/streamlit-cookies.json` contains cookies written by Streamlit.
//! `src/cookie/streamlit/golden.rs` tests its single values.

mod app;
mod hook;
mod start;

use axum_streamlit_auth::TestUser;
use serde_json::json;
use support::Log;

use app::{
    ask, ask_as, auth, auth_at, auth_of, call, cookie_header, is_tornado, logins, set_cookies,
    shown, sub, user,
};

const SECRET: &str = "golden-cookie-secret-32-bytes-min!";
const TIME: u64 = 1_790_000_000;
const DAY: u64 = 24 * 60 * 60;

#[test]
fn streamlit_logins_are_accepted_until_expiry() {
    for login in logins() {
        let header = cookie_header(&login);
        let expected = shown(&login["user_payload"]);

        for age in [0, 30 * DAY + 1, 31 * DAY] {
            assert_eq!(
                user(&auth("", TIME + age), &header),
                Some(expected.clone()),
                "{}",
                login["case"]
            );
        }
        assert_eq!(user(&auth("", TIME + 31 * DAY + 1), &header), None);
        // Streamlit with Tornado accepts both.
        assert!(user(&auth("", TIME - 60), &header).is_some());
        assert_eq!(user(&auth("", TIME - 61), &header), None);
        assert_eq!(
            user(&auth("cookie_days = 7", TIME + 7 * DAY + 1), &header),
            None
        );
        assert_eq!(
            user(
                &auth_of("U5tG1eK9oN3xB7iQ2wM8rC6zV4lP0yHd", "", TIME),
                &header
            ),
            None
        );
        assert_eq!(
            user(&auth_at("http://localhost:8502", "", TIME), &header),
            None
        );
    }
}

#[test]
fn streamlit_cookie_name_has_no_prefix() {
    let auth = auth_at("https://app.example", "", TIME);
    let streamlit = auth_at(
        "https://app.example",
        "streamlit_cookies = \"current\"",
        TIME,
    );
    let bare = TestUser::new("ada").cookie(&streamlit);
    assert!(bare.starts_with("_streamlit_user="), "{bare}");
    assert_eq!(sub(&auth, &bare).as_deref(), Some("ada"));

    // The newer of the two is used.
    let earlier = auth_at("https://app.example", "", TIME - 1);
    let later = auth_at("https://app.example", "", TIME + 1);
    let native = TestUser::new("bob");
    assert_eq!(
        sub(&later, &format!("{bare}; {}", native.cookie(&earlier))).as_deref(),
        Some("ada")
    );
    assert_eq!(
        sub(&later, &format!("{bare}; {}", native.cookie(&auth))).as_deref(),
        Some("bob")
    );
    assert_eq!(
        sub(&later, &format!("{bare}; {}", native.cookie(&later))).as_deref(),
        Some("bob")
    );
}

#[test]
fn changing_format_keeps_users_signed_in() {
    let settings = [
        "",
        "streamlit_cookies = \"current\"",
        "streamlit_cookies = \"tornado\"",
    ];
    for from in settings {
        let cookie = TestUser::new("ada")
            .claim("name", "Zoë 🦀")
            .cookie(&auth(from, TIME));
        for to in settings {
            let auth = auth(to, TIME + 60);
            let response = ask(&auth, "/me", &cookie);
            let set = set_cookies(&response);

            assert_eq!(sub(&auth, &cookie).as_deref(), Some("ada"), "{from} → {to}");
            // Without the setting, a cookie of Streamlit stays unchanged, because Streamlit may own
            // the login.
            assert_eq!(
                set.is_empty(),
                from == to || to.is_empty(),
                "{from} → {to}: {set:?}"
            );
            if let Some(renewed) = set.first() {
                let renewed = renewed.split(';').next().unwrap();
                assert_eq!(user(&auth, renewed), user(&auth, &cookie));
                assert!(set_cookies(&ask(&auth, "/me", renewed)).is_empty());
                assert!(set[0].contains("Max-Age=2591940"), "{set:?}");
            }
        }
    }
}

#[test]
fn old_secret_is_renewed_in_same_format() {
    for login in logins() {
        let rotated = auth_of(
            "U5tG1eK9oN3xB7iQ2wM8rC6zV4lP0yHd",
            &format!("cookie_secrets_old = [{SECRET:?}]"),
            TIME,
        );
        let header = cookie_header(&login);
        let renewed: Vec<String> = set_cookies(&ask(&rotated, "/me", &header))
            .iter()
            .map(|cookie| cookie.split(';').next().unwrap().to_owned())
            .collect();
        let streamlits = auth_of("U5tG1eK9oN3xB7iQ2wM8rC6zV4lP0yHd", "", TIME);

        assert_eq!(
            user(&streamlits, &renewed.join("; ")),
            Some(shown(&login["user_payload"])),
            "{}",
            login["case"]
        );
        let value = renewed[0].split_once('=').unwrap().1;
        assert_eq!(value.starts_with("2|"), is_tornado(&login));
    }
}

#[test]
fn exposed_tokens_follow_configuration() {
    for login in logins()
        .iter()
        .filter(|login| login["case"] == "google-like")
    {
        let tokens = |line| call(&ask(&auth(line, TIME), "/tokens", &cookie_header(login)));
        let stored = &login["tokens_payload"];

        assert_eq!(tokens(""), json!([null, null]));
        assert_eq!(
            tokens("expose_tokens = [\"id\", \"access\"]"),
            json!([stored["id_token"], stored["access_token"]])
        );
        assert!(stored["id_token"].is_string());
    }
}

#[test]
fn logout_clears_both_cookie_formats() {
    for (base, names) in [
        (
            "https://app.example",
            vec![
                "__Host-_streamlit_user; /",
                "_streamlit_user; /",
                "_streamlit_user_1; /",
                "_streamlit_user_tokens; /",
            ],
        ),
        (
            "https://app.example/app",
            vec![
                "_streamlit_user; /",
                "_streamlit_user; /app",
                "_streamlit_user_1; /",
                "_streamlit_user_1; /app",
                "_streamlit_user_tokens; /",
                "_streamlit_user_tokens; /app",
            ],
        ),
    ] {
        let auth = auth_at(base, "", TIME);
        let sent = "__Host-_streamlit_user=x; _streamlit_user=x; _streamlit_user_1=x; _streamlit_user_tokens=x";
        let path = format!(
            "{}/auth/logout",
            base.strip_prefix("https://app.example").unwrap()
        );
        let mut removed: Vec<String> = set_cookies(&ask(&auth, &path, sent))
            .iter()
            .map(|cookie| {
                assert!(cookie.contains("Max-Age=0"), "{cookie}");
                let name = cookie.split('=').next().unwrap();
                let path = cookie
                    .split("; ")
                    .find_map(|part| part.strip_prefix("Path="))
                    .unwrap();
                format!("{name}; {path}")
            })
            .collect();
        removed.sort();

        assert_eq!(removed, names);
    }
}

#[test]
fn streamlit_login_clears_native_cookies() {
    let native = TestUser::new("ada").cookie(&auth_at("https://app.example", "", TIME));
    let auth = auth_at(
        "https://app.example",
        "streamlit_cookies = \"current\"",
        TIME,
    );
    let set = set_cookies(&ask(&auth, "/me", &native));

    assert!(
        set[0].starts_with("_streamlit_user=") && set[0].contains("; Secure"),
        "{set:?}"
    );
    assert!(
        set[1].starts_with("__Host-_streamlit_user=;") && set[1].contains("Max-Age=0"),
        "{set:?}"
    );
}

/// Without a cookie of Streamlit, the native one gives the reason, and its page is kept out of
/// caches.
#[test]
fn malformed_native_cookie_keeps_its_reason() {
    for origin in ["https://app.example", "http://localhost:8501"] {
        let prefix = ["", "__Host-"][usize::from(origin.starts_with("https"))];
        let auth = auth_at(origin, "", TIME);
        for value in ["chunks-2", "2|1:0", "x"] {
            let log = Log::start();
            let page = ask(&auth, "/me", &format!("{prefix}_streamlit_user={value}"));
            assert_eq!(log.reasons(), ["malformed"], "{origin} {value}");
            assert_eq!(page.headers()["cache-control"], "no-store");
        }
        let log = Log::start();
        let page = ask(&auth, "/me", "theme=dark");
        assert!(log.reasons().is_empty());
        assert!(!page.headers().contains_key("cache-control"));
    }
}

/// The response to a script can arrive long after a logout, and Streamlit's format has no separate
/// renewal cookie.
#[test]
fn scripts_do_not_rewrite_streamlits_cookies() {
    let old = format!("cookie_secrets_old = [{SECRET:?}]");
    for setting in [
        "",
        "streamlit_cookies = \"current\"",
        "streamlit_cookies = \"tornado\"",
    ] {
        let from = if setting.is_empty() {
            "streamlit_cookies = \"current\""
        } else {
            setting
        };
        let cookie = TestUser::new("ada").cookie(&auth(from, TIME));
        let rotated = auth_of(
            "U5tG1eK9oN3xB7iQ2wM8rC6zV4lP0yHd",
            &format!("{old}\n{setting}"),
            TIME,
        );
        for (mode, dest, renews) in [
            ("cors", "empty", false),
            ("no-cors", "image", false),
            ("websocket", "websocket", false),
            ("navigate", "iframe", false),
            ("navigate", "document", true),
        ] {
            let headers = [
                ("sec-fetch-site", "same-origin"),
                ("sec-fetch-mode", mode),
                ("sec-fetch-dest", dest),
            ];
            let response = ask_as(&rotated, "/me", &cookie, &headers);
            assert_eq!(
                !set_cookies(&response).is_empty(),
                renews,
                "{setting} {mode} {dest}"
            );
            assert_eq!(call(&response)["sub"], "ada");
        }
    }
}
