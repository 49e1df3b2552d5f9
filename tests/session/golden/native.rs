//! `tests/data/identity-golden.json`: cookies written by the first version of this crate. Later
//! formats add values and remove none. The two named `origin first` are from the version that wrote
//! `origin` before the claims. One value was signed again under the cookie name that it has below a
//! base path, because a sibling domain could set a cookie with the earlier name.

use serde_json::{Value, json};

use super::{IDENTITY_TTL, TIME, field, list, read};
use support::{
    self, Browser, COOKIE_SECRET, Clock, ORIGIN, Provider, current_user,
    jar::Context,
    secrets_at,
    signed::{self, IDENTITY},
};

#[tokio::test]
async fn golden_identities_are_read() {
    let file: Value =
        serde_json::from_str(include_str!("../../data/identity-golden.json")).unwrap();
    let secret = field(&file, "cookie_secret");
    assert_eq!(list(&file, "identities").len(), 10);
    for case in list(&file, "identities") {
        let user = &case["answer"]["user"];
        let (app, clock) = super::app_of(secret, field(case, "base"), TIME, user);
        for now in [TIME, TIME + IDENTITY_TTL] {
            clock.set(now);
            let answer = read(&app, field(case, "cookies")).await;
            assert_eq!(answer, case["answer"], "{}", case["case"]);
            assert_eq!(answer["user"]["is_logged_in"], json!(true));
        }
        clock.set(TIME + IDENTITY_TTL + 1);
        assert_eq!(current_user(&app, field(case, "cookies")).await, "nobody");
    }
}

/// A sibling domain can set cookies of these names.
#[tokio::test]
async fn names_that_a_sibling_domain_can_set_are_not_read() {
    let file: Value =
        serde_json::from_str(include_str!("../../data/identity-golden.json")).unwrap();
    assert_eq!(list(&file, "no_longer_read").len(), 1);
    for case in list(&file, "no_longer_read") {
        let (app, _) = super::app(field(&file, "cookie_secret"), field(case, "base"), TIME);
        assert!(field(case, "cookies").starts_with("__Secure-"));
        assert_eq!(current_user(&app, field(case, "cookies")).await, "nobody");
    }
}

/// Flips a bit, truncates the text or swaps two bytes at each position, for identities in one
/// cookie and in chunks.
#[tokio::test]
async fn altered_golden_identity_is_rejected() {
    let file: Value =
        serde_json::from_str(include_str!("../../data/identity-golden.json")).unwrap();
    for case in list(&file, "identities") {
        let user = &case["answer"]["user"];
        let secret = field(&file, "cookie_secret");
        let (app, _) = super::app_of(secret, field(case, "base"), TIME, user);
        let cookies = field(case, "cookies").as_bytes();
        let is_nobody = async |cookies: &[u8], what: &str, at: usize| {
            assert_eq!(
                current_user(&app, cookies).await,
                "nobody",
                "{}: {what} {at}",
                case["case"]
            );
        };
        assert_eq!(current_user(&app, cookies).await, "ada");
        // Tokens are in separate cookies, which are not part of the identity.
        let end = cookies
            .windows(10)
            .position(|text| text == b"er_tokens=")
            .map_or(cookies.len(), |at| {
                cookies[..at]
                    .iter()
                    .rposition(|&byte| byte == b';')
                    .unwrap()
            });
        let cookies = &cookies[..end];
        assert_eq!(current_user(&app, cookies).await, "ada");
        // Verifying a large identity takes longer, so fewer positions are tried, each at a
        // different distance from the end of its chunk.
        for at in (0..cookies.len()).step_by(1 + cookies.len() / 500) {
            let mut flipped = cookies.to_vec();
            flipped[at] ^= 1 << (at % 7);
            let is_text = |byte: u8| (b' '..0x7f).contains(&byte);
            if is_text(flipped[at]) && flipped[at] != b' ' && cookies[at] != b' ' {
                is_nobody(&flipped, "flipped", at).await;
            }
            is_nobody(&cookies[..at], "cut", at).await;
            let mut swapped = cookies.to_vec();
            swapped.swap(at, (at + 1) % cookies.len());
            let around_space = [cookies[at], cookies[(at + 1) % cookies.len()]].contains(&b' ');
            if swapped != cookies && !around_space {
                is_nobody(&swapped, "swapped", at).await;
            }
        }
    }
}

/// While two versions run side by side, the older one ignores identities of the newer one and does
/// not remove them.
#[tokio::test]
async fn future_formats_are_ignored_and_kept() {
    let (app, _) = super::app(COOKIE_SECRET, ORIGIN, TIME);
    let known = signed::identity_text(json!({"sub": "ada"}));
    let value = |text: &str| signed::sign(COOKIE_SECRET, IDENTITY, text, TIME);
    assert_eq!(
        current_user(&app, format!("{IDENTITY}={}", value(&known))).await,
        "ada"
    );

    let signed_again = |from: &str, to: &str| {
        let (fields, _) = value(&known)
            .rsplit_once('|')
            .map(|(fields, mac)| (format!("{fields}|"), mac.len()))
            .unwrap();
        let fields = fields.replacen(from, to, 1);
        format!("{fields}{}", signed::mac(COOKIE_SECRET, &fields))
    };
    for later in [
        signed_again("2|", "3|"),
        signed_again("|1:0|", "|1:1|"),
        signed_again("2|1:0|", "2|1:0|1:x|"),
        value("[1]"),
        value("\u{1}a binary format"),
        value(&known.replace("true", "\"yes\"")),
    ] {
        // `current_user` asserts status 200 without `Set-Cookie`.
        assert_eq!(
            current_user(&app, format!("{IDENTITY}={later}")).await,
            "nobody",
            "{later}"
        );
    }
    let more = known.replacen('{', "{\"a key of a later version\": {\"v\": [2]}, ", 1);
    assert_eq!(
        current_user(&app, format!("{IDENTITY}={}", value(&more))).await,
        "ada"
    );
}

/// `origin` must be complete and equal to the origin of the app.
#[tokio::test]
async fn native_payload_is_bound_to_its_origin() {
    let (app, _) = super::app(GOLDEN_SECRET, ORIGIN, TIME);
    for (begin, expected) in [
        (
            r#"{"origin":"http://localhost:8501","is_logged_in":true,"#,
            "ada",
        ),
        (
            r#"{"origin":"http://localhost:8502","is_logged_in":true,"#,
            "nobody",
        ),
        (
            r#"{"origin":"http://localhost:850","is_logged_in":true,"#,
            "nobody",
        ),
        (
            r#"{"origin":"http://localhost:85011","is_logged_in":true,"#,
            "nobody",
        ),
        (
            r#"{"origin":"http://localhost:8501","is_logged_in":false,"#,
            "nobody",
        ),
        (r#"{"origin":"http://localhost:8501","#, "nobody"),
    ] {
        let text = format!(r#"{begin}"sub":"ada","provider":"default"}}"#);
        let value = signed::sign(GOLDEN_SECRET, signed::IDENTITY, &text, TIME);
        let cookie = format!("{}={value}", signed::IDENTITY);
        assert_eq!(current_user(&app, cookie).await, expected, "{begin}");
    }
}

/// Adds to the golden file of the native format:
/// `cargo test --workspace --test integration golden:: -- --ignored`.
#[tokio::test]
#[ignore = "adds to tests/data/identity-golden.json; only a new format asks for that"]
async fn golden_identities_are_written() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/data/identity-golden.json");
    let mut file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for (case, base, groups) in [
        ("small, fingerprint", ORIGIN, 0),
        ("https, two parts, fingerprint", "https://app.example", 90),
    ] {
        let provider = Provider::start().await;
        let clock = Clock::at_system_time();
        let skew = TIME.cast_signed() - clock.now().cast_signed();
        provider.set(|f| f.clock_skew = skew);
        provider.sign_in_with(json!({
            "sub": "ada", "name": "Zoë \"Ada\" 名前 🦀", "nested": {"a": [1, 2.5, null, true]}, "groups": support::groups(groups),
        }));
        let toml = secrets_at(&provider, base).auth("expose_tokens = [\"access\"]");
        clock.set(TIME);
        let app = support::app_with(clock.layer(&toml.cookie_secret(GOLDEN_SECRET).toml()));
        let mut browser = Browser::new(app, base);
        browser.jar.set_now(TIME);
        browser.get(&format!("{base}/auth/login")).await;
        let me = browser.get(&format!("{base}/me")).await.json();
        browser.jar.remove("_streamlit_recent_logins");
        let url = browser.url(&format!("{base}/x"));
        let cookies = browser.jar.header(&url, Context::SameSite).unwrap();
        let (app, _) = super::app_of(GOLDEN_SECRET, base, TIME, &me);
        let answer = read(&app, &cookies).await;
        let identity = json!({"case": case, "base": base, "cookies": cookies, "answer": answer});
        file["identities"].as_array_mut().unwrap().push(identity);
    }
    let text = serde_json::to_string_pretty(&file).unwrap();
    std::fs::write(path, format!("{text}\n")).unwrap();
}

const GOLDEN_SECRET: &str = "golden-secret-of-axum-streamlit-auth-0123456789";
