//! Size of written cookies, and removal of leftover chunks.

use axum::http::{StatusCode, header};
use axum_streamlit_auth::AuthLayer;
use serde_json::json;
use tracing::Level;

use support::{
    Browser, HTTPS_ORIGIN, Log, ORIGIN, Provider, app, app_below, app_with, groups, secrets,
    secrets_at, signed::IDENTITY,
};

/// Payload sizes around each change of the number of chunks, and some in between.
fn sizes() -> Vec<usize> {
    let mut sizes: Vec<usize> = (0..24_000).step_by(2999).collect();
    for parts in 1..=8_usize {
        // A chunk holds about 4,000 bytes of base64. The first one also holds the fields around the
        // payload.
        let border = parts * 4000 * 3 / 4;
        sizes.extend((border.saturating_sub(560)..border).step_by(113));
    }
    sizes
}

/// Logins of every size, with the cookie names of http, https and a base path.
#[tokio::test]
async fn identity_of_any_size_round_trips() {
    for (base, prefix) in [
        (ORIGIN, ""),
        (HTTPS_ORIGIN, "__Host-"),
        ("https://app.example/a/base/path", "__Host-!a!base!path!"),
    ] {
        let provider = Provider::start().await;
        let toml = secrets_at(&provider, base)
            .auth("provider_logout = false")
            .auth("cookie_budget = 65536");
        let below = url::Url::parse(base)
            .unwrap()
            .path()
            .trim_end_matches('/')
            .to_owned();
        let auth = AuthLayer::from_toml(&toml.toml()).unwrap();
        let app = if below.is_empty() {
            app_with(auth)
        } else {
            app_below(&below, auth)
        };
        let mut browser = Browser::new(app, base);
        let mut parts_seen = [0; 9];
        for size in sizes() {
            provider.sign_in_with(json!({"sub": "ada", "x": "y".repeat(size)}));
            let page = browser.get(&format!("{below}/auth/login")).await;
            let mut set = page
                .hops
                .iter()
                .flat_map(|hop| hop.headers.get_all(header::SET_COOKIE));
            assert!(set.all(|set| set.len() <= 4096), "{size}");
            assert_eq!(browser.jar.refused(), [], "{size}");
            if page.status == StatusCode::BAD_REQUEST {
                assert!(size > 22_000, "{size}");
                continue;
            }
            let user = browser.get(&format!("{below}/me")).await.json();
            assert_eq!(user["x"].as_str().map(str::len), Some(size));
            // No chunk of the previous size is left.
            let name = format!("{prefix}{IDENTITY}");
            let names = browser.jar.names();
            let parts = names
                .iter()
                .filter(|other| other.starts_with(&name))
                .count()
                - 1;
            parts_seen[parts] += 1;
            let announced = format!("chunks-{parts}");
            let main = browser.jar.get(&name).unwrap().value;
            assert_eq!(parts > 0, main == announced, "{size}");
        }
        let all_seen = |(parts, &seen): (usize, &i32)| (parts == 1) == (seen == 0);
        assert!(
            parts_seen.iter().enumerate().all(all_seen),
            "{parts_seen:?}"
        );
    }
}

#[tokio::test]
async fn login_succeeds_up_to_size_budget() {
    for base in [ORIGIN, HTTPS_ORIGIN] {
        let provider = Provider::start().await;
        let toml = secrets_at(&provider, base).auth("cookie_budget = 40000");
        let mut browser = Browser::new(app(&toml.toml()), base);
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
            3,
            "the identity, the ID token and the count of rounds: {names:?}"
        );
    }
}

#[tokio::test]
async fn oversized_identity_names_largest_claims() {
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
            shown.contains("<code>note&lt;b&gt;</code>: 302 bytes"),
            "{shown}"
        );
        assert!(shown.contains("<code>auth.claims</code>"), "{shown}");
        assert!(!shown.contains("bob") && !shown.contains("AAAA"), "{shown}");
        let logged = log.warnings();
        let [(Level::ERROR, text)] = &logged[..] else {
            panic!("{logged:?}")
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
                .all(|name| !name.contains("_streamlit_login_"))
        );
    }
    let kept = secrets(&provider)
        .auth("claims = [\"email\", \"picture\"]")
        .toml();
    browser.serve(app(&kept), ORIGIN);
    assert_eq!(browser.get("/auth/login").await.text(), "bob");
    let user = browser.get("/me").await.json();
    let keys: Vec<_> = user.as_object().unwrap().keys().collect();
    let expected = [
        "is_logged_in",
        "iss",
        "auth_time",
        "sub",
        "email",
        "provider",
    ];
    assert_eq!(keys, expected);
}

#[tokio::test]
async fn smaller_identity_clears_leftover_chunks() {
    for base in ["http://localhost:8501/app", "https://app.example/app"] {
        let provider = Provider::start().await;
        let toml = |expose: &str| {
            let toml = secrets_at(&provider, base).auth("cookie_budget = 65536");
            toml.auth("provider_logout = false").auth(expose).toml()
        };
        let app = |expose| app_below("/app", AuthLayer::from_toml(&toml(expose)).unwrap());
        let tokens = app("expose_tokens = [\"id\", \"access\"]");
        let mut browser = Browser::new(tokens, base);
        let login = format!("{base}/auth/login");
        provider.sign_in_with(json!({"sub": "ada", "groups": groups(300)}));
        browser.get(&login).await;
        assert!(browser.jar.names().len() > 9, "{:?}", browser.jar.names());
        // Streamlit has no limit and does not remove leftover chunks.
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
