//! Each log event is one short line with a reason, and the error page has a reference.

use std::collections::BTreeSet;

use insta::assert_snapshot;
use tracing::Level;

use support::{
    Behaviour, Browser, COOKIE_SECRET, Clock, Line, Log, ORIGIN, Page, Provider, Visit, app,
    app_with, current_user, redact, secrets,
    signed::{self, IDENTITY},
};

/// Characters that break lines, move the cursor, reverse text or are invisible.
const HOSTILE_TEXT: &str =
    "\r\nERROR forged\x1b[2J\u{85}\u{2028}\u{2029}\u{202e}\u{2066}\u{9b}\t\0\"";

#[tokio::test]
async fn log_events_stay_on_one_line() {
    let provider = Provider::start().await;
    let mut browser = Browser::new(app(&secrets(&provider).toml()), ORIGIN);
    let encoded: String = url::form_urlencoded::byte_serialize(HOSTILE_TEXT.as_bytes()).collect();
    let long = encoded.clone() + &"A".repeat(1_000_000);
    let log = Log::start();
    for text in [&encoded, &long] {
        provider.set(|f| {
            f.deny(
                &HOSTILE_TEXT.repeat(if text.len() > 1000 { 500 } else { 1 }),
                HOSTILE_TEXT,
            )
        });
        browser.get("/auth/login").await;
        provider.clear_faults();
        for path in [
            format!("/oauth2callback?error={text}&error_description={text}"),
            format!("/oauth2callback?code={text}&state={text}"),
            format!("/oauth2callback?state={text}&state={text}"),
            format!("/auth/login/{text}"),
            format!("/auth/login?next=/{text}"),
            format!("/guarded?{text}"),
        ] {
            let mut visit = Visit::get(browser.url(&path[..path.len().min(60_000)]));
            visit = visit
                .header("user-agent", &"A".repeat(10_000))
                .header("referer", "http://x/\u{85}");
            browser.step(visit).await;
        }
        for answer in [
            Behaviour::Json(
                400,
                serde_json::json!({"error": HOSTILE_TEXT, "error_description": HOSTILE_TEXT.repeat(1000)}),
            ),
            Behaviour::Json(400, serde_json::json!({"error": "A".repeat(500_000)})),
            Behaviour::Raw(500, "text/html", HOSTILE_TEXT.repeat(10_000).into_bytes()),
        ] {
            provider.set(|f| f.token = answer);
            browser.get("/auth/login").await;
            provider.clear_faults();
        }
        for claim in ["iss", "aud", "sub", "nonce", "at_hash", "azp"] {
            provider.set(|f| f.claims.set(claim, HOSTILE_TEXT.repeat(1000)));
            browser.get("/auth/login").await;
            provider.clear_faults();
        }
        provider.set(|f| f.header.set("alg", HOSTILE_TEXT.repeat(1000)));
        browser.get("/auth/login").await;
        provider.clear_faults();
        for name in ["issuer", "authorization_endpoint", "token_endpoint"] {
            let other = Provider::start().await;
            other.set(|f| f.metadata.set(name, HOSTILE_TEXT.repeat(1000)));
            Browser::new(app(&secrets(&other).toml()), ORIGIN)
                .get("/auth/login")
                .await;
        }
    }
    let lines = crate_lines(&log);
    assert!(
        lines
            .iter()
            .filter(|line| line.level <= Level::WARN)
            .count()
            > 30
    );
    for line in lines {
        assert!(
            line.raw.chars().count() <= 500,
            "{} {}",
            line.raw.len(),
            line.text
        );
        let breaks = |letter: char| {
            letter.is_control()
                || matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        assert!(!line.raw.contains(breaks), "{line:?}");
    }
}

#[tokio::test]
async fn oversized_claims_are_logged_on_one_line() {
    let provider = Provider::start().await;
    let mut claims = serde_json::Map::from_iter([("sub".to_owned(), "ada".into())]);
    for number in 0..3 {
        claims.insert(
            format!("{number}{}", HOSTILE_TEXT.repeat(50)),
            "A".repeat(20_000).into(),
        );
    }
    provider.sign_in_with(claims.into());
    let mut browser = Browser::new(app(&secrets(&provider).toml()), ORIGIN);
    let log = Log::start();
    assert_eq!(browser.get("/auth/login").await.status, 400);
    let lines = crate_lines(&log);
    assert!(lines.iter().any(|line| line.level == Level::ERROR));
    for line in lines {
        assert!(line.raw.chars().count() <= 500, "{line:?}");
        assert!(!line.raw.contains(char::is_control), "{line:?}");
    }
}

#[tokio::test]
async fn every_failure_has_code_and_reference() {
    let provider = Provider::start().await;
    let mut browser = Browser::new(app(&secrets(&provider).toml()), ORIGIN);
    let mut reasons = BTreeSet::new();
    let mut references = BTreeSet::new();
    type Fault = fn(&mut support::Faults);
    let faults: [(&str, Fault); 9] = [
        ("cancelled", |f| f.deny("access_denied", "x")),
        ("provider_error", |f| f.deny("server_error", "x")),
        ("provider_refused", |f| f.deny("something_else", "x")),
        ("client_refused", |f| f.deny("invalid_client", "x")),
        ("issuer_mismatch", |f| {
            f.callback.set("iss", "https://evil.example")
        }),
        ("callback_malformed", |f| f.callback.append("code", "x")),
        ("attempt_missing", |f| {
            f.callback.set("state", "x".repeat(43))
        }),
        ("code_refused", |f| f.callback.set("code", "x")),
        ("id_token_subject", |f| f.claims.remove("sub")),
    ];
    for (reason, fault) in faults {
        provider.set(fault);
        let log = Log::start();
        let page = browser.get("/auth/login").await;
        provider.clear_faults();
        let logged = log.warnings();
        let [(level, text)] = &logged[..] else {
            panic!("{logged:?}")
        };
        assert_eq!(*level, Level::WARN);
        assert!(text.contains(&format!("reason=\"{reason}\" ")), "{text}");
        let reference = reference(&page);
        assert!(
            text.contains(&format!("reference=\"{reference}\" ")),
            "{text}"
        );
        let text = page.text();
        let (for_visitors, _) = text.split_once("<section class=\"developer\"").unwrap();
        assert!(
            !reason.contains('_') || !for_visitors.contains(reason),
            "{reason}"
        );
        reasons.insert(reason);
        references.insert(reference);
    }
    assert_eq!((reasons.len(), references.len()), (9, 9));
}

#[tokio::test]
async fn ignored_identity_logs_its_reason() {
    const TIME: u64 = 1_790_000_000;
    let app = app_with(Clock::at(TIME).layer(&signed::toml(COOKIE_SECRET, ORIGIN)));
    let right = signed::identity("ada", TIME);
    for (value, reason) in [
        (right.clone(), None),
        (right.replace("2|", "3|"), Some("malformed")),
        (right[..right.len() - 1].to_owned() + "g", Some("signature")),
        (right.replacen("|10:179", "|10:178", 1), Some("signature")),
        (signed::identity("ada", TIME - 2_592_001), Some("expired")),
        (signed::identity("ada", TIME + 61), Some("clocks_differ")),
    ] {
        let log = Log::start();
        current_user(&app, format!("{IDENTITY}={value}")).await;
        assert_eq!(log.reasons(), Vec::from_iter(reason), "{value}");
        // WARN only for clocks, which an operator must set. The others may be cookies of another
        // app.
        let logged = usize::from(reason == Some("clocks_differ"));
        assert_eq!(log.warnings().len(), logged, "{value}");
    }
}

/// The events of two logins, a rejected login and a logout, with fields to filter and count them.
#[tokio::test]
async fn log_events_have_countable_fields() {
    let provider = Provider::start().await;
    let mut browser = Browser::new(app(&secrets(&provider).toml()), ORIGIN);
    let log = Log::start();
    browser.get("/auth/login").await;
    provider.rotate();
    browser.get("/auth/login").await;
    provider.set(|f| f.deny("access_denied", "x"));
    browser.get("/auth/login").await;
    browser.get("/auth/logout").await;

    let lines = crate_lines(&log)
        .into_iter()
        .map(|line| format!("{} {}\n", line.level, line.text));
    assert_snapshot!(redact(&lines.collect::<String>(), &provider));
    assert_eq!(
        provider.all_requests().len(),
        9,
        "5 by the app, 4 by the browser"
    );
}

/// The reference that the error page shows.
fn reference(page: &Page) -> String {
    let text = page.text();
    let (_, rest) = text
        .split_once("Reference for support: <code>")
        .expect("a reference");
    let (reference, _) = rest.split_once('<').unwrap();
    assert!((6..=12).contains(&reference.len()), "{reference}");
    reference.to_owned()
}

fn crate_lines(log: &Log) -> Vec<Line> {
    let mut lines = log.lines();
    lines.retain(|line| line.is_from_crate());
    lines
}
