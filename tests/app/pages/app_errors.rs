//! Error pages that need more than a fault of the provider.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, SystemTime},
};

use axum_streamlit_auth::AuthLayer;
use insta::assert_snapshot;
use serde_json::{Value, json};
use url::Url;

use super::{app, app_with, assert_error_page};
use support::{
    Auth, Behaviour, Browser, Jar, ORIGIN, Page, Provider, SlowHook, Visit, keys, redact, secrets,
    two_providers, visible_text,
};

pub const APP_ERRORS: [&str; 30] = [
    "client_file",
    "client_key_refused",
    "clocks_differ",
    "provider_changed",
    "claims_unreadable",
    "on_sign_in",
    // Tested in `discovery::tls` and `discovery::network`, which set the environment.
    "tls_no_ca_certificates",
    "tls_unknown_ca",
    "tls_expired",
    "tls_name",
    "tls_failed",
    "proxy_invalid",
    "proxy_failed",
    "provider_slow",
    "no_cookies",
    "attempt_unreadable",
    "attempt_expired",
    "provider_removed",
    "cookies_blocked",
    "not_allowed",
    "forbidden",
    "unknown_provider",
    "not_a_page",
    // Tested in `guard::step_up`.
    "other_user",
    "step_up_loop",
    // Tested in `start::parameters`.
    "parameter_refused",
    "other_origin",
    "redirect_uri_shared",
    "session_store",
    "session_unknown",
];

/// The clock of the runtime is paused, so that the timeout passes without waiting.
#[tokio::test(start_paused = true)]
async fn slow_provider_shows_error_page() {
    let provider = Provider::start().await;
    provider.set(|f| f.discovery = Behaviour::Hang);
    let mut browser = Browser::new(app(&secrets(&provider).toml()), ORIGIN);
    assert_page(
        &browser.get("/auth/login").await,
        "provider_slow",
        &provider,
    );
}

/// Asserts the error code and compares the texts of the page with the snapshot of that name.
fn assert_page(page: &Page, code: &str, provider: &Provider) {
    assert_error_page(page, code);
    assert_snapshot!(code, redact(&visible_text(&page.text()), provider));
}

/// A browser that returns from the provider, and its callback request.
async fn at_the_callback(auth: AuthLayer) -> (Browser, Visit) {
    let mut browser = Browser::new(app_with(auth), ORIGIN);
    let mut visit = Visit::get(browser.url("/auth/login"));
    for _ in 0..2 {
        let page = browser.step(visit).await;
        visit = page.next().unwrap_or_else(|| panic!("{page:?}"));
    }
    (browser, visit)
}

fn layer(toml: &str) -> AuthLayer {
    AuthLayer::from_toml(toml).unwrap()
}

#[tokio::test]
async fn missing_cookies_show_error_page() {
    let provider = Provider::start().await;
    let (mut browser, callback) = at_the_callback(layer(&secrets(&provider).toml())).await;
    browser.jar = Jar::default();
    assert_page(&browser.follow(callback).await, "no_cookies", &provider);
}

#[tokio::test]
async fn unusable_client_key_shows_error_page() {
    let provider = Provider::start().await;
    provider.client(|client| (client.auth, client.jwt.generation) = (Auth::PrivateKeyJwt, 2));
    let name = format!("client-key-{}.pem", std::process::id());
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    std::fs::write(&file, keys::private_pem("ES256", 1)).unwrap();
    let line = format!("client_key_file = {file:?}");
    let auth = layer(&secrets(&provider).auth(&line).toml());
    let (mut browser, callback) = at_the_callback(auth.clone()).await;
    assert_page(
        &browser.follow(callback).await,
        "client_key_refused",
        &provider,
    );
    let (mut browser, callback) = at_the_callback(auth).await;
    std::fs::remove_file(file).unwrap();
    assert_page(&browser.follow(callback).await, "client_file", &provider);
}

#[tokio::test]
async fn unreadable_attempt_shows_error_page() {
    let provider = Provider::start().await;
    let (mut browser, callback) = at_the_callback(layer(&secrets(&provider).toml())).await;
    let other = secrets(&provider).cookie_secret("hG3pAe5uKt1BvXoQkV7qT2mZ9xLbR4wYc8NfJ6");
    browser.serve(app(&other.toml()), ORIGIN);
    assert_page(
        &browser.follow(callback).await,
        "attempt_unreadable",
        &provider,
    );
}

#[tokio::test]
async fn expired_attempt_shows_error_page() {
    let provider = Provider::start().await;
    let passed = Arc::new(AtomicU64::new(0));
    let auth = layer(&secrets(&provider).toml()).with_clock({
        let passed = Arc::clone(&passed);
        move || SystemTime::now() + Duration::from_secs(passed.load(Ordering::Relaxed))
    });
    let (mut browser, callback) = at_the_callback(auth).await;
    passed.store(16 * 60, Ordering::Relaxed);
    assert_page(
        &browser.follow(callback).await,
        "attempt_expired",
        &provider,
    );
}

#[tokio::test]
async fn clock_difference_shows_error_page() {
    let provider = Provider::start().await;
    let toml = secrets(&provider).toml();
    let ahead = || SystemTime::now() + Duration::from_secs(90);
    let (mut browser, callback) = at_the_callback(layer(&toml).with_clock(ahead)).await;
    browser.serve(app(&toml), ORIGIN);
    assert_page(&browser.follow(callback).await, "clocks_differ", &provider);
}

#[tokio::test]
async fn changed_provider_shows_error_page() {
    let (provider, other) = (Provider::start().await, Provider::start().await);
    let (mut browser, callback) = at_the_callback(layer(&secrets(&provider).toml())).await;
    browser.serve(app(&secrets(&other).toml()), ORIGIN);
    assert_page(
        &browser.follow(callback).await,
        "provider_changed",
        &provider,
    );
    assert_eq!(other.count("token"), 0);
}

#[tokio::test]
async fn unreadable_claims_show_error_page() {
    let provider = Provider::start().await;
    let auth = layer(&secrets(&provider).toml()).on_sign_in(|mut claims| async {
        claims.insert("deep".to_owned(), nested(126));
        Ok(claims)
    });
    let mut browser = Browser::new(app_with(auth), ORIGIN);
    assert_page(
        &browser.get("/auth/login").await,
        "claims_unreadable",
        &provider,
    );
}

#[tokio::test]
async fn failed_sign_in_hook_shows_error_page() {
    let provider = Provider::start().await;
    let hook = SlowHook::default();
    let auth = hook.on(layer(&secrets(&provider).toml()));
    let mut browser = Browser::new(app_with(auth), ORIGIN);
    let page = browser.get("/auth/login").await;
    assert_page(&page, "on_sign_in", &provider);
    assert!(page.text().contains("no response within 30 s"), "{page:?}");
    hook.assert_completes().await;
    assert!(browser.jar.get("_streamlit_user").is_none());

    let panics = layer(&secrets(&provider).toml()).on_sign_in(|claims| async move {
        assert!(claims.is_empty(), "a fault of the app");
        Ok(claims)
    });
    browser.serve(app_with(panics), ORIGIN);
    let page = browser.get("/auth/login").await;
    assert_error_page(&page, "on_sign_in");
    assert!(page.text().contains("it panicked"), "{page:?}");
}

/// A value with this many levels.
fn nested(levels: usize) -> Value {
    (0..levels).fold(json!(1), |inner, _| json!([inner]))
}

#[tokio::test]
async fn removed_provider_shows_error_page() {
    let provider = Provider::start().await;
    let (mut browser, callback) = at_the_callback(layer(&secrets(&provider).toml())).await;
    browser.serve(app(&two_providers(&provider, &provider).toml()), ORIGIN);
    assert_page(
        &browser.follow(callback).await,
        "provider_removed",
        &provider,
    );
}

#[tokio::test]
async fn blocked_cookies_show_error_page() {
    let provider = Provider::start().await;
    let mut browser = Browser::new(app(&secrets(&provider).toml()), ORIGIN);
    let visit = Visit::get(browser.url("/guarded")).header("cookie", "_streamlit_recent_logins=2");
    assert_page(&browser.step(visit).await, "cookies_blocked", &provider);
}

#[tokio::test]
async fn disallowed_user_sees_error_page() {
    let provider = Provider::start().await;
    let toml = secrets(&provider).line("[auth.allow]\nemails = [\"nobody@example.com\"]");
    let mut browser = Browser::new(app(&toml.toml()), ORIGIN);
    let page = browser.get("/auth/login").await;
    assert_page(&page, "not_allowed", &provider);
    assert!(
        page.text().contains("<code>auth.allow</code>, line "),
        "{page:?}"
    );
}

#[tokio::test]
async fn app_errors_show_error_pages() {
    let provider = Provider::start().await;
    let mut browser = Browser::new(app(&secrets(&provider).toml()), ORIGIN);
    assert_page(
        &browser.get("/auth/login/nobody").await,
        "unknown_provider",
        &provider,
    );
    assert_page(&browser.fetch("/auth/login").await, "not_a_page", &provider);

    browser.get("/auth/login").await;
    assert_page(&browser.get("/admin").await, "forbidden", &provider);
    let evil = Url::parse("https://evil.example/").unwrap();
    let logout = Visit::post(browser.url("/auth/logout"), &[]).started_by(evil);
    assert_page(&browser.step(logout).await, "other_origin", &provider);
}

/// The developer part is only for browsers on this computer. Remote browsers see the page without
/// it.
#[tokio::test]
async fn developer_part_is_for_local_requests_only() {
    let provider = Provider::start().await;
    let app = app(&secrets(&provider).toml());
    let visit = |path: &str| {
        let browser = Browser::new(app.clone(), ORIGIN);
        let visit = Visit::get(browser.url(path));
        (browser, visit)
    };
    for path in ["/auth/login/nobody", "/oauth2callback?state=x&code=y"] {
        let (mut browser, local) = visit(path);
        let page = browser.step(local).await;
        assert!(page.text().contains("<dt>Cause</dt>"), "{page:?}");

        for (name, value) in [
            ("host", "app.example"),
            ("host", "192.168.0.2:8501"),
            ("x-forwarded-for", "10.0.0.1"),
            ("forwarded", "for=10.0.0.1"),
            ("cf-connecting-ip", "10.0.0.1"),
            ("via", "1.1 proxy"),
        ] {
            let (mut browser, remote) = visit(path);
            let page = browser.step(remote.header(name, value)).await;
            let text = page.text();
            assert!(page.status.is_client_error(), "{page:?}");
            assert!(text.contains("Reference for support"), "{page:?}");
            assert!(!text.contains("<dt>"), "{name}: {value}:\n{page:?}");
            assert!(!text.contains("developer\""), "{name}: {value}:\n{page:?}");
        }
    }
}

#[tokio::test]
async fn shared_redirect_uri_shows_error_page() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    one.client(|client| client.auth = support::Auth::None);
    one.set(|f| {
        f.metadata
            .remove("authorization_response_iss_parameter_supported");
    });
    let public = "client_kwargs = { token_endpoint_auth_method = \"none\" }";
    let toml = secrets(&one).auth(public).provider("two", &two).toml();
    let mut browser = Browser::new(app(&toml), ORIGIN);
    assert_page(
        &browser.get("/auth/login").await,
        "redirect_uri_shared",
        &one,
    );
}

#[tokio::test]
async fn unavailable_session_store_shows_error_page() {
    let provider = Provider::start().await;
    let with = |store: &str| {
        let secrets = secrets(&provider).auth(&format!("session_store = {store:?}"));
        AuthLayer::from_toml(&secrets.toml()).unwrap()
    };
    let mut browser = Browser::new(app_with(with("memory")), ORIGIN);
    browser.get("/auth/login").await;
    let unavailable = with("sqlite:/nonexistent/folder/sessions.db");
    browser.serve(app_with(unavailable), ORIGIN);
    assert_page(&browser.get("/guarded").await, "session_unknown", &provider);
    assert_page(
        &browser.get("/auth/login").await,
        "session_store",
        &provider,
    );
}
