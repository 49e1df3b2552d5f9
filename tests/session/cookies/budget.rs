//! `cookie_budget`: the total size of all cookies of this crate.

use axum_streamlit_auth::AuthLayer;
use serde_json::json;

use support::{
    Browser, HTTPS_ORIGIN, Log, ORIGIN, Provider, Secrets, Visit, app, app_below, app_with, groups,
    jar::Context, secrets, secrets_at,
};

/// Size of the `Cookie` header that the browser would send.
fn header_len(browser: &mut Browser, path: &str) -> usize {
    let url = browser.url(path);
    let header = browser.jar.header(&url, Context::SameSite);
    header.map_or(0, |header| header.len() + "; ".len())
}

fn exposing(secrets: Secrets) -> Secrets {
    secrets.auth("expose_tokens = [\"id\", \"access\"]")
}

/// Logins of any size, together with abandoned ones that have long return paths.
#[tokio::test]
async fn all_cookies_together_stay_within_the_budget() {
    for (line, budget) in [
        ("", 12_288),
        ("cookie_budget = 4096", 4096),
        ("cookie_budget = 20000", 20_000),
    ] {
        for base in [ORIGIN, HTTPS_ORIGIN] {
            let provider = Provider::start().await;
            let toml = exposing(secrets_at(&provider, base))
                .auth("claims = [\"groups\"]")
                .auth(line);
            let mut browser = Browser::new(app(&toml.toml()), base);
            let (mut logins, mut failures) = (0, 0);
            for count in (0..320).step_by(20) {
                for length in [1, 1000, 2600, 3500] {
                    let next = format!("/auth/login?next=/{}", "x".repeat(length));
                    browser.step(Visit::get(browser.url(&next))).await;
                    assert!(
                        header_len(&mut browser, "/") <= budget,
                        "{line} {count} {length}"
                    );
                }
                provider.sign_in_with(json!({"sub": "ada", "groups": groups(count)}));
                let page = browser.get("/auth/login").await;
                assert!(header_len(&mut browser, "/") <= budget, "{line} {count}");
                if page.status == 200 {
                    logins += 1;
                    let me = browser.get("/me").await.json();
                    assert_eq!(me["groups"].as_array().unwrap().len(), count);
                } else {
                    assert_eq!(page.status, 400, "{page:?}");
                    failures += 1;
                }
            }
            assert!(
                logins > 2 && (failures > 0 || budget == 20_000),
                "{logins} {failures}"
            );
            // Another login can always start, and a logout always succeeds.
            browser.get("/auth/logout").await;
            assert_eq!(browser.jar.names(), [""; 0]);
            assert_eq!(browser.jar.refused(), []);
        }
    }
}

/// Tokens that do not fit are left out, and the login succeeds.
#[tokio::test]
async fn tokens_are_left_out_before_a_login_fails() {
    for (access, id, kept, left_out) in [
        (100, 10, vec!["id_token", "access_token"], None),
        (9000, 10, vec!["id_token"], Some("access_token")),
        (100, 210, vec!["access_token"], Some("id_token")),
        (9000, 210, vec![], Some("id_token, access_token")),
    ] {
        let provider = Provider::start().await;
        let toml = exposing(secrets(&provider))
            .auth("claims = [\"name\"]")
            .toml();
        provider.set(|f| f.token_response.set("access_token", "a".repeat(access)));
        provider.set(|f| f.claims.remove("at_hash"));
        provider.sign_in_with(json!({"sub": "ada", "name": "Ada", "groups": groups(id)}));
        let mut browser = Browser::new(app(&toml), ORIGIN);
        let log = Log::start();
        assert_eq!(browser.get("/auth/login").await.text(), "ada");
        let mut said = log.warnings();
        said.retain(|(_, text)| !text.contains("identity is large"));
        match left_out {
            None => assert_eq!(said, []),
            Some(names) => {
                let told = said
                    .iter()
                    .filter(|(_, text)| text.contains("tokens not stored"));
                let told: Vec<_> = told.collect();
                assert_eq!(told.len(), 1, "{said:?}");
                assert!(
                    told[0].1.contains(&format!("left_out=\"{names}\"")),
                    "{told:?}"
                );
                assert!(told[0].1.contains("budget=12288"), "{told:?}");
                assert!(!format!("{said:?}").contains("aaaa"));
            }
        }
        let names = browser.jar.names();
        let has_tokens = names
            .iter()
            .any(|name| name.starts_with("_streamlit_user_tokens"));
        assert_eq!(has_tokens, !kept.is_empty(), "{names:?}");
        assert_eq!(browser.get("/guarded").await.text(), "ada");
        // A later login with fewer claims stores its tokens again.
        provider.set(|f| f.token_response.set("access_token", "short"));
        provider.sign_in_as("bob");
        browser.get("/auth/login").await;
        assert!(browser.jar.get("_streamlit_user_tokens").is_some());
    }
}

/// Cookies from a larger budget can be read and removed within a smaller budget, and another login
/// can start.
#[tokio::test]
async fn smaller_budget_ends_larger_sessions() {
    for base in ["http://localhost:8501/app", "https://app.example/app"] {
        let provider = Provider::start().await;
        let served = |line: &str| {
            let toml = exposing(secrets_at(&provider, base)).auth(line).toml();
            app_below("/app", AuthLayer::from_toml(&toml).unwrap())
        };
        let mut browser = Browser::new(served("cookie_budget = 65536"), base);
        provider.sign_in_with(json!({"sub": "ada", "groups": groups(300)}));
        browser.get("/app/auth/login").await;
        assert!(header_len(&mut browser, "/app/") > 30_000);
        browser.serve(served(""), base);
        assert_eq!(browser.get("/app/guarded").await.text(), "ada");
        for path in ["/app/auth/login", "/app/auth/logout"] {
            let mut browser = browser.clone();
            provider.sign_in_as("bob");
            let page = browser.get(path).await;
            assert_eq!(page.status, 200, "{page:?}");
            assert!(header_len(&mut browser, "/app/") <= 12_288, "{path}");
        }
    }
}

#[tokio::test]
async fn streamlit_cookies_stay_within_the_budget() {
    for (format, large) in [("current", 250), ("tornado", 150)] {
        let provider = Provider::start().await;
        let toml = secrets(&provider).auth(&format!("streamlit_cookies = \"{format}\""));
        let auth = AuthLayer::from_toml(&toml.auth("expose_tokens = \"id\"").toml()).unwrap();
        let mut browser = Browser::new(app_with(auth), ORIGIN);
        let mut without_tokens = 0;
        for count in [1, 60, 120, large, 1] {
            provider.sign_in_with(json!({"sub": "ada", "groups": groups(count)}));
            assert_eq!(
                browser.get("/auth/login").await.text(),
                "ada",
                "{format} {count}"
            );
            assert!(header_len(&mut browser, "/") <= 12_288, "{format} {count}");
            without_tokens += usize::from(browser.jar.get("_streamlit_user_tokens").is_none());
        }
        assert!(browser.jar.get("_streamlit_user_tokens").is_some());
        assert!(without_tokens > 0, "{format}");
    }
}

#[test]
fn out_of_range_budget_is_reported() {
    let toml =
        |line: &str| support::signed::toml(super::COOKIE_SECRET, ORIGIN) + &format!("{line}\n");
    for line in ["cookie_budget = 4096", "cookie_budget = 65536"] {
        assert!(AuthLayer::from_toml(&toml(line)).is_ok(), "{line}");
    }
    for line in [
        "cookie_budget = 4095",
        "cookie_budget = 65537",
        "cookie_budget = 0",
        "cookie_budget = -1",
        "cookie_budget = \"12 KB\"",
        "cookie_budget = true",
    ] {
        let error = AuthLayer::from_toml(&toml(line)).unwrap_err().to_string();
        assert!(error.contains("auth.cookie_budget"), "{error}");
        assert!(error.contains("from 4096 to 65536"), "{error}");
    }
}
