//! Rows 141 and 143: one event is one short line whatever was sent, and names a reason; the visitor gets a reference.

use std::collections::BTreeSet;

use tracing::Level;

use super::support::{
    Behaviour, Browser, COOKIE_SECRET, Clock, Line, Log, ORIGIN, Page, Provider, Visit, app,
    app_with,
    log::OURS,
    secrets,
    signed::{self, IDENTITY},
    who,
};

/// What breaks lines, moves cursors, turns text around or fills disks.
const NASTY: &str = "\r\nERROR forged\x1b[2J\u{85}\u{2028}\u{2029}\u{202e}\u{2066}\u{9b}\t\0\"";

#[tokio::test]
async fn a141_one_event_is_one_short_line_whatever_was_sent() {
    let provider = Provider::start().await;
    let mut browser = Browser::new(app(&secrets(&provider).toml()), ORIGIN);
    let encoded: String = url::form_urlencoded::byte_serialize(NASTY.as_bytes()).collect();
    let long = encoded.clone() + &"A".repeat(1_000_000);
    let log = Log::start();
    for text in [&encoded, &long] {
        provider.set(|f| {
            f.refuse(
                &NASTY.repeat(if text.len() > 1000 { 500 } else { 1 }),
                NASTY,
            )
        });
        browser.get("/auth/login").await;
        provider.behave();
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
                serde_json::json!({"error": NASTY, "error_description": NASTY.repeat(1000)}),
            ),
            Behaviour::Json(400, serde_json::json!({"error": "A".repeat(500_000)})),
            Behaviour::Raw(500, "text/html", NASTY.repeat(10_000).into_bytes()),
        ] {
            provider.set(|f| f.token = answer);
            browser.get("/auth/login").await;
            provider.behave();
        }
        for claim in ["iss", "aud", "sub", "nonce", "at_hash", "azp"] {
            provider.set(|f| f.claims.set(claim, NASTY.repeat(1000)));
            browser.get("/auth/login").await;
            provider.behave();
        }
        provider.set(|f| f.header.set("alg", NASTY.repeat(1000)));
        browser.get("/auth/login").await;
        provider.behave();
        for name in ["issuer", "authorization_endpoint", "token_endpoint"] {
            let other = Provider::start().await;
            other.set(|f| f.metadata.set(name, NASTY.repeat(1000)));
            Browser::new(app(&secrets(&other).toml()), ORIGIN)
                .get("/auth/login")
                .await;
        }
    }
    let ours = of_ours(&log);
    assert!(ours.iter().filter(|line| line.level <= Level::WARN).count() > 30);
    for line in ours {
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
async fn a141_claims_that_fill_the_cookie_are_named_on_one_line_too() {
    let provider = Provider::start().await;
    let mut claims = serde_json::Map::from_iter([("sub".to_owned(), "ada".into())]);
    for number in 0..3 {
        claims.insert(
            format!("{number}{}", NASTY.repeat(50)),
            "A".repeat(20_000).into(),
        );
    }
    provider.sign_in_with(claims.into());
    let mut browser = Browser::new(app(&secrets(&provider).toml()), ORIGIN);
    let log = Log::start();
    assert_eq!(browser.get("/auth/login").await.status, 400);
    let ours = of_ours(&log);
    assert!(ours.iter().any(|line| line.level == Level::ERROR));
    for line in ours {
        assert!(line.raw.chars().count() <= 500, "{line:?}");
        assert!(!line.raw.contains(char::is_control), "{line:?}");
    }
}

#[tokio::test]
async fn a143_every_refusal_has_a_reason_in_the_log_and_a_reference_on_the_page() {
    let provider = Provider::start().await;
    let mut browser = Browser::new(app(&secrets(&provider).toml()), ORIGIN);
    let mut reasons = BTreeSet::new();
    let mut references = BTreeSet::new();
    type Fault = fn(&mut super::support::Faults);
    let faults: [(&str, Fault); 9] = [
        ("cancelled", |f| f.refuse("access_denied", "x")),
        ("provider_trouble", |f| f.refuse("server_error", "x")),
        ("provider_refused", |f| f.refuse("something_else", "x")),
        ("client_refused", |f| f.refuse("invalid_client", "x")),
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
        provider.behave();
        let complaints = log.complaints();
        let [(level, text)] = &complaints[..] else {
            panic!("{complaints:?}")
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
async fn a143_an_identity_that_does_not_count_says_why() {
    const TIME: u64 = 1_790_000_000;
    let app = app_with(Clock::at(TIME).layer(&signed::toml(COOKIE_SECRET, ORIGIN)));
    let right = signed::identity("ada", TIME);
    for (value, reason) in [
        (right.clone(), None),
        (right.replace("2|", "3|"), Some("malformed")),
        (right[..right.len() - 1].to_owned() + "g", Some("malformed")),
        (right.replacen("|10:179", "|10:178", 1), Some("signature")),
        (signed::identity("ada", TIME - 2_592_001), Some("expired")),
        (signed::identity("ada", TIME + 61), Some("clocks_differ")),
    ] {
        let log = Log::start();
        who(&app, format!("{IDENTITY}={value}")).await;
        assert_eq!(log.reasons(), Vec::from_iter(reason), "{value}");
        // An operator has to set the clocks; the others may be cookies of another app.
        let complaints = usize::from(reason == Some("clocks_differ"));
        assert_eq!(log.complaints().len(), complaints, "{value}");
    }
}

/// Row 144: who counts the events by their words and fields knows what goes on.
#[tokio::test]
async fn a144_what_an_operator_counts_is_an_event_with_fields() {
    let provider = Provider::start().await;
    let mut browser = Browser::new(app(&secrets(&provider).toml()), ORIGIN);
    let log = Log::start();
    browser.get("/auth/login").await;
    provider.rotate();
    browser.get("/auth/login").await;
    provider.set(|f| f.refuse("access_denied", "x"));
    browser.get("/auth/login").await;
    browser.get("/auth/logout").await;

    let count = |level: Level, parts: &[&str]| {
        let lines = of_ours(&log);
        let fits =
            |line: &&Line| line.level == level && parts.iter().all(|part| line.text.contains(part));
        lines.iter().filter(fits).count()
    };
    let here = "provider=\"default\"";
    assert_eq!(count(Level::INFO, &["message=login started", here]), 3);
    assert_eq!(count(Level::INFO, &["message=login succeeded", here]), 2);
    assert_eq!(
        count(
            Level::WARN,
            &["message=login refused", "reason=\"cancelled\""]
        ),
        1
    );
    assert_eq!(count(Level::INFO, &["message=logout", here]), 1);
    assert_eq!(count(Level::DEBUG, &["message=keys fetched", "keys=1"]), 2);
    // Discovery, twice the keys, two tokens.
    let latency = [
        "message=provider asked",
        "host=\"127.0.0.1\"",
        "status=200",
        "milliseconds=",
    ];
    assert_eq!(count(Level::DEBUG, &latency), 5);
    assert_eq!(
        provider.all_requests().len(),
        5 + 3 + 1,
        "and those of the browser"
    );
}

/// What the visitor can tell the people who run the app.
fn reference(page: &Page) -> String {
    let text = page.text();
    let (_, rest) = text
        .split_once("Reference for support: <code>")
        .expect("a reference");
    let (reference, _) = rest.split_once('<').unwrap();
    assert!((6..=12).contains(&reference.len()), "{reference}");
    reference.to_owned()
}

fn of_ours(log: &Log) -> Vec<Line> {
    let mut lines = log.lines();
    lines.retain(|line| line.target == OURS);
    lines
}
