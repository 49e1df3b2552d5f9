//! What is written: how large it may be, and what it leaves over.

use axum::http::{StatusCode, header};
use axum_streamlit_auth::AuthLayer;
use serde_json::{Value, json};
use tracing::Level;

use super::{
    TIME,
    support::{
        Browser, COOKIE_SECRET, Clock, HTTPS_ORIGIN, Jar, Log, ORIGIN, Provider, app, app_below,
        app_with, groups,
        jar::Context,
        secrets, secrets_at,
        signed::{self, IDENTITY, header as joined, identity_text, sign, split},
        text, with_cookies,
    },
};

/// Sizes of the payload around every number of parts, and some in between.
fn sizes() -> Vec<usize> {
    let mut sizes: Vec<usize> = (0..23_000).step_by(1499).collect();
    for parts in 1..=8_usize {
        // A part holds about 4,000 bytes of base64; what is around the payload takes some of the first.
        let border = parts * 4000 * 3 / 4;
        sizes.extend((border.saturating_sub(160)..border).step_by(13));
    }
    sizes
}

/// An earlier secret is the quick way to have any size written: the answer signs it anew, as a login does.
#[tokio::test]
async fn a098_every_size_up_to_the_budget_goes_through_a_browser_and_back() {
    const NEW: &str = "nW4hB8sD1fG6jK3lQ9zX5cV7bM2pR0tYwE4uI8oA";
    let clock = Clock::at(TIME);
    for (base, prefix) in [
        (ORIGIN, ""),
        (HTTPS_ORIGIN, "__Host-"),
        ("https://app.example/a/base/path", "__Host-!a!base!path!"),
    ] {
        let toml = signed::toml(NEW, base) + &format!("cookie_secrets_old = [\"{COOKIE_SECRET}\"]");
        let app = app_with(clock.layer(&toml));
        let name = format!("{prefix}{IDENTITY}");
        let origin = url::Url::parse(base).unwrap();
        let mut parts_seen = [0; 9];
        let mut jar = Jar::default();
        jar.set_now(TIME);
        for size in sizes() {
            let payload = identity_text(json!({"sub": "ada", "x": "y".repeat(size)}))
                .replace(ORIGIN, &origin.origin().ascii_serialization());
            let value = sign(COOKIE_SECRET, &name, &payload, TIME);
            let mut cookies = split(&name, &value, 4096);
            // What an earlier answer set is still there.
            for left in jar.names() {
                if cookies.iter().all(|(name, _)| *name != left) {
                    cookies.push((left, "left over".to_owned()));
                }
            }
            let response = with_cookies(&app, "/me", joined(&cookies)).await;
            let set: Vec<_> = response
                .headers()
                .get_all(header::SET_COOKIE)
                .iter()
                .map(|set| set.to_str().unwrap().to_owned())
                .collect();
            let user: Value = serde_json::from_str(&text(response).await).unwrap();
            assert_eq!(user["x"].as_str().map(str::len), Some(size));
            if set.is_empty() {
                // Over the budget: it stays as it is.
                assert!(value.len() > 31_000, "{size}");
                continue;
            }
            assert!(set.iter().all(|set| set.len() <= 4096), "{size}");
            for set in &set {
                jar.store(&origin, set, Context::SameSite);
            }
            assert_eq!(jar.refused(), [], "{size}");
            let header = jar.header(&origin, Context::SameSite).unwrap();
            let read = text(with_cookies(&app, "/me", &header).await).await;
            assert_eq!(
                serde_json::from_str::<Value>(&read).unwrap(),
                user,
                "{size}"
            );
            // No part of the size before is left.
            let parts = jar.names().len() - 1;
            parts_seen[parts] += 1;
            let announced = format!("chunks-{parts}");
            assert_eq!(
                parts > 0,
                jar.get(&name).unwrap().value == announced,
                "{size}"
            );
        }
        assert!(
            parts_seen
                .iter()
                .enumerate()
                .all(|(parts, &seen)| (parts == 1) == (seen == 0)),
            "{parts_seen:?}"
        );
    }
}

#[tokio::test]
async fn a100_logins_of_growing_size_work_up_to_the_budget() {
    for base in [ORIGIN, HTTPS_ORIGIN] {
        let provider = Provider::start().await;
        let mut browser = Browser::new(app(&secrets_at(&provider, base).toml()), base);
        for count in [0, 60, 70, 150, 300, 450, 550, 1] {
            let groups = groups(count);
            provider.sign_in_with(json!({"sub": "ada", "groups": groups}));
            let page = browser.get("/auth/login").await;
            assert_eq!(page.text(), "ada", "{count}");
            assert_eq!(browser.get("/me").await.json()["groups"], json!(groups));
            assert_eq!(browser.jar.refused(), []);
        }
        let names = browser.jar.names();
        assert_eq!(
            names.len(),
            2,
            "the identity and the count of rounds: {names:?}"
        );
    }
}

#[tokio::test]
async fn a100_what_does_not_fit_ends_on_a_page_that_names_the_largest_claims() {
    let provider = Provider::start().await;
    let mut browser = Browser::new(app(&secrets(&provider).toml()), ORIGIN);
    browser.get("/auth/login").await;
    let before = browser.jar.get(IDENTITY).unwrap().value;
    provider.sign_in_with(json!({
        "sub": "bob", "groups": groups(700), "photo": "A".repeat(9000), "note<b>": "n".repeat(300), "email": "bob@example.org",
    }));
    for path in ["/auth/login", "/guarded"] {
        let log = Log::start();
        if path == "/guarded" {
            browser.jar.remove(IDENTITY);
        }
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::BAD_REQUEST);
        assert_eq!(page.header("cache-control"), Some("no-store"));
        let shown = page.text();
        assert!(
            shown.contains("<code>groups</code>: 27301 bytes"),
            "{shown}"
        );
        assert!(shown.contains("<code>photo</code>: 9002 bytes"), "{shown}");
        assert!(
            shown.contains("<code>note&#60;b&#62;</code>: 302 bytes"),
            "{shown}"
        );
        assert!(shown.contains("<code>auth.claims</code>"), "{shown}");
        assert!(!shown.contains("bob") && !shown.contains("AAAA"), "{shown}");
        let complaints = log.complaints();
        let [(Level::ERROR, text)] = &complaints[..] else {
            panic!("{complaints:?}")
        };
        assert!(
            text.contains("reason=\"too_large\"") && text.contains("(\"groups\", 27301)"),
            "{text}"
        );
        assert!(!text.contains("AAAA"));
        if path == "/auth/login" {
            assert_eq!(browser.jar.get(IDENTITY).unwrap().value, before);
        }
        assert!(
            browser
                .jar
                .names()
                .iter()
                .all(|name| !name.contains("login"))
        );
    }
    let kept = secrets(&provider)
        .auth("claims = [\"email\", \"picture\"]")
        .toml();
    browser.serve(app(&kept), ORIGIN);
    assert_eq!(browser.get("/auth/login").await.text(), "bob");
    let user = browser.get("/me").await.json();
    let keys: Vec<_> = user.as_object().unwrap().keys().collect();
    assert_eq!(keys, ["is_logged_in", "iss", "sub", "email", "provider"]);
}

#[tokio::test]
async fn a103_a_smaller_identity_leaves_nothing_of_a_larger_one() {
    for base in ["http://localhost:8501/app", "https://app.example/app"] {
        let provider = Provider::start().await;
        let toml = |expose: &str| secrets_at(&provider, base).auth(expose).toml();
        let app = |expose| app_below("/app", AuthLayer::from_toml(&toml(expose)).unwrap());
        let tokens = app("expose_tokens = [\"id\", \"access\"]");
        let mut browser = Browser::new(tokens, base);
        let login = format!("{base}/auth/login");
        provider.sign_in_with(json!({"sub": "ada", "groups": groups(300)}));
        browser.get(&login).await;
        assert!(browser.jar.names().len() > 9, "{:?}", browser.jar.names());
        // Streamlit knows no bound, and leaves what it does not need.
        let main = browser.jar.cookies()[0].clone();
        for part in [17, 41] {
            let name = format!(
                "{}_{part}",
                main.name
                    .trim_end_matches(|last: char| last == '_' || last.is_ascii_digit())
            );
            let mut left_over = main.clone();
            left_over.name = name;
            browser.jar.plant(left_over);
        }
        provider.sign_in_as("bob");
        browser.serve(app(""), base);
        browser.get(&login).await;
        let user = browser.get(&format!("{base}/me")).await.json();
        assert_eq!(
            (&user["sub"], &user["groups"]),
            (&json!("bob"), &json!(["ops"]))
        );
        let names = browser.jar.names();
        assert_eq!(
            names.len(),
            2,
            "the identity and the count of rounds: {names:?}"
        );
        assert_eq!(browser.jar.refused(), []);
    }
}
