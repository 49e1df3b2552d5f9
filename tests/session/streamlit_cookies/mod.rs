//! A shared login of a Streamlit app and this crate: Streamlit's cookies are read, written and
//! removed.
//!
//! `data/streamlit-cookies.json` contains cookies written by Streamlit.
//! `src/cookie/streamlit/golden.rs` tests the individual values.

mod app;
mod hook;
mod sessions;
mod start;

use axum_streamlit_auth::TestUser;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};
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
        // Streamlit with Tornado accepts both times.
        assert!(user(&auth("", TIME - 60), &header).is_some());
        assert_eq!(user(&auth("", TIME - 61), &header), None);
        for line in ["cookie_days = 7", "cookie_lifetime = \"168h\""] {
            assert!(user(&auth(line, TIME + 7 * DAY), &header).is_some());
            assert_eq!(user(&auth(line, TIME + 7 * DAY + 1), &header), None);
        }
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
fn renewal_after_rotation_keeps_cookie_format() {
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

/// The time of the login is that of Streamlit's signature.
#[test]
fn revocation_ends_earlier_streamlit_logins() {
    for login in logins() {
        let header = cookie_header(&login);
        for (datetime, accepted) in [
            ("2026-09-21T14:13:20Z", true),
            ("2026-09-21T14:13:21Z", false),
        ] {
            let auth = auth(&format!("revoked_before = {datetime}"), TIME + 60);
            assert_eq!(user(&auth, &header).is_some(), accepted, "{datetime}");
        }
    }
}

/// Streamlit has announced a refresh token. It survives a new signature, and no app sees it.
#[test]
fn other_tokens_survive_new_signature() {
    const NEW: &str = "U5tG1eK9oN3xB7iQ2wM8rC6zV4lP0yHd";
    let tokens = r#"{"id_token": "i", "refresh_token": "r-é", "x": [1], "access_token": "a"}"#;
    for login in logins() {
        let identity = cookie_header(&login)
            .split("; ")
            .filter(|pair| !pair.starts_with("_streamlit_user_tokens"))
            .collect::<Vec<_>>()
            .join("; ");
        let tokens = support::signed::sign(SECRET, "_streamlit_user_tokens", tokens, TIME);
        let header = format!("{identity}; _streamlit_user_tokens={tokens}");
        // The Tornado format is never compressed.
        let old = format!(
            "cookie_secrets_old = [{SECRET:?}]\nexpose_tokens = [\"id\", \"access\"]\nstreamlit_cookies = \"tornado\""
        );
        let rotated = auth_of(NEW, &old, TIME);
        assert_eq!(call(&ask(&rotated, "/tokens", &header)), json!(["i", "a"]));

        let set = set_cookies(&ask(&rotated, "/me", &header));
        let renewed: Vec<_> = set.iter().filter_map(|set| set.split(';').next()).collect();
        let renewed = renewed.join("; ");
        let current = auth_of(NEW, "expose_tokens = [\"id\", \"access\"]", TIME);
        assert_eq!(call(&ask(&current, "/tokens", &renewed)), json!(["i", "a"]));
        assert_eq!(
            stored_tokens(&renewed),
            json!({ "id_token": "i", "access_token": "a", "refresh_token": "r-é", "x": [1] }),
            "{}",
            login["case"]
        );
    }
}

/// Returns the text of the tokens cookie without checking its signature.
fn stored_tokens(cookies: &str) -> Value {
    let mut pairs = cookies.split("; ").filter_map(|pair| pair.split_once('='));
    // Removals at other paths have no value.
    let value = pairs.find(|(name, value)| *name == "_streamlit_user_tokens" && !value.is_empty());
    let value = value.expect("a tokens cookie").1;
    let field = value.split('|').nth(4).unwrap();
    let text = field.split_once(':').unwrap().1;
    let text = BASE64_STANDARD.decode(text).unwrap();
    serde_json::from_slice(&text).unwrap()
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

/// Without a Streamlit cookie, the logged reason is that of the native cookie, and the page is kept
/// out of caches.
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
fn script_requests_do_not_rewrite_streamlit_cookies() {
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
