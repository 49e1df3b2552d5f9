//! `tests/data/identity-golden.json` was written by the first version of this crate. A later format adds to it; nothing is taken away: the
//! last two are of the version that wrote `origin` in front of the claims.

use serde_json::{Value, json};

use super::{
    LIFE, TIME, field, list, read,
    support::{self, Browser, Clock, ORIGIN, Provider, jar::Context, secrets_at, signed, who},
};

#[tokio::test]
async fn a094_every_identity_that_we_ever_wrote_is_read() {
    let file: Value = serde_json::from_str(include_str!("../data/identity-golden.json")).unwrap();
    let secret = field(&file, "cookie_secret");
    assert_eq!(list(&file, "identities").len(), 8);
    for case in list(&file, "identities") {
        let (app, clock) = super::app(secret, field(case, "base"), TIME);
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
        browser.jar.remove("_streamlit_rounds");
        let url = browser.url(&format!("{base}/x"));
        let cookies = browser.jar.header(&url, Context::SameSite).unwrap();
        let (app, _) = super::app(GOLDEN_SECRET, base, TIME);
        let answer = read(&app, &cookies).await;
        let identity = json!({"case": case, "base": base, "cookies": cookies, "answer": answer});
        file["identities"].as_array_mut().unwrap().push(identity);
    }
    let text = serde_json::to_string_pretty(&file).unwrap();
    std::fs::write(path, format!("{text}\n")).unwrap();
}

const GOLDEN_SECRET: &str = "golden-secret-of-axum-streamlit-auth-0123456789";
