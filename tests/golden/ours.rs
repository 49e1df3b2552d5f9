//! `tests/data/identity-golden.json` was written by the first version of this crate. A later format adds to it; nothing is taken away: the
//! last two are of the version that wrote `origin` in front of the claims. One was signed again under its name below a base path, since a
//! sibling domain could set the earlier one.

use serde_json::{Value, json};

use super::{
    LIFE, TIME, field, list, read,
    support::{
        self, Browser, COOKIE_SECRET, Clock, ORIGIN, Provider,
        jar::Context,
        secrets_at,
        signed::{self, IDENTITY},
        who,
    },
};

#[tokio::test]
async fn a094_every_identity_that_we_ever_wrote_is_read() {
    let file: Value = serde_json::from_str(include_str!("../data/identity-golden.json")).unwrap();
    let secret = field(&file, "cookie_secret");
    assert_eq!(list(&file, "identities").len(), 8);
    for case in list(&file, "identities") {
        let user = &case["answer"]["user"];
        let (app, clock) = super::app_of(secret, field(case, "base"), TIME, user);
        for now in [TIME, TIME + LIFE] {
            clock.set(now);
            let answer = read(&app, field(case, "cookies")).await;
            assert_eq!(answer, case["answer"], "{}", case["case"]);
            assert_eq!(answer["user"]["is_logged_in"], json!(true));
        }
        clock.set(TIME + LIFE + 1);
        assert_eq!(who(&app, field(case, "cookies")).await, "nobody");
    }
}

/// A sibling domain can set a cookie of such a name.
#[tokio::test]
async fn names_that_a_sibling_domain_can_set_are_not_read() {
    let file: Value = serde_json::from_str(include_str!("../data/identity-golden.json")).unwrap();
    assert_eq!(list(&file, "no_longer_read").len(), 1);
    for case in list(&file, "no_longer_read") {
        let (app, _) = super::app(field(&file, "cookie_secret"), field(case, "base"), TIME);
        assert!(field(case, "cookies").starts_with("__Secure-"));
        assert_eq!(who(&app, field(case, "cookies")).await, "nobody");
    }
}

/// Row 89, also of identities in parts: a bit of each byte, a cut and a swap of neighbours anywhere.
#[tokio::test]
async fn a089_a_golden_identity_that_was_changed_anywhere_is_nobody() {
    let file: Value = serde_json::from_str(include_str!("../data/identity-golden.json")).unwrap();
    for case in list(&file, "identities") {
        let user = &case["answer"]["user"];
        let secret = field(&file, "cookie_secret");
        let (app, _) = super::app_of(secret, field(case, "base"), TIME, user);
        let cookies = field(case, "cookies").as_bytes();
        let is_nobody = async |cookies: &[u8], what: &str, at: usize| {
            assert_eq!(
                who(&app, cookies).await,
                "nobody",
                "{}: {what} {at}",
                case["case"]
            );
        };
        assert_eq!(who(&app, cookies).await, "ada");
        // The tokens stand in cookies of their own, which are not the identity.
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
        assert_eq!(who(&app, cookies).await, "ada");
        // A large one takes longer to verify, so fewer places of it are tried, and each in another distance to the end of its part.
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

/// Row 154: while two versions run side by side, what the newer one wrote is nobody to the older one, which neither fails nor takes it away.
#[tokio::test]
async fn a154_what_a_later_version_may_write_is_nobody_and_is_left_alone() {
    let (app, _) = super::app(COOKIE_SECRET, ORIGIN, TIME);
    let known = signed::identity_text(json!({"sub": "ada"}));
    let value = |text: &str| signed::sign(COOKIE_SECRET, IDENTITY, text, TIME);
    assert_eq!(
        who(&app, format!("{IDENTITY}={}", value(&known))).await,
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
        // `who` accepts no answer but 200 without a `Set-Cookie`.
        assert_eq!(
            who(&app, format!("{IDENTITY}={later}")).await,
            "nobody",
            "{later}"
        );
    }
    let more = known.replacen('{', "{\"a key of a later version\": {\"v\": [2]}, ", 1);
    assert_eq!(
        who(&app, format!("{IDENTITY}={}", value(&more))).await,
        "ada"
    );
}

/// Writes the golden file of our own format: `cargo test --test golden -- --ignored`.
#[tokio::test]
async fn a_text_that_begins_as_ours_counts_at_its_own_origin_alone() {
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
        assert_eq!(who(&app, cookie).await, expected, "{begin}");
    }
}

/// Adds to the golden file of our own format: `cargo test --test golden -- --ignored`.
#[tokio::test]
#[ignore = "adds to tests/data/identity-golden.json; only a new format asks for that"]
async fn write() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/identity-golden.json"
    );
    let mut file: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for (case, base, groups) in [
        ("small, origin first", ORIGIN, 0),
        ("https, two parts, origin first", "https://app.example", 90),
    ] {
        let provider = Provider::start().await;
        let clock = Clock::new();
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
        browser.jar.remove("_streamlit_rounds");
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
