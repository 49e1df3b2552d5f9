//! Default settings at self-hosted providers: `secrets.toml` only contains `client_id`,
//! `client_secret` and `server_metadata_url`.

use std::process::Command;

use serde_json::json;

use crate::{
    app::{Address, App, binary},
    browser::{Browser, Page},
    provider::{Kind, Provider, RS256_BASIC},
    users::ALICE,
};

macro_rules! at {
    ($($provider:ident, $kind:expr $(, #[$ignored:meta])?;)*) => {$(
        mod $provider {
            use super::*;

            #[tokio::test]
            $(#[$ignored])?
            async fn login_returns_to_page() {
                super::login_returns_to_page($kind).await;
            }

            #[tokio::test]
            $(#[$ignored])?
            async fn wrong_secret_is_reported() {
                super::wrong_secret_is_reported($kind).await;
            }

            #[tokio::test]
            $(#[$ignored])?
            async fn new_key_is_fetched() {
                super::new_key_is_fetched($kind).await;
            }

            #[tokio::test]
            $(#[$ignored])?
            async fn outage_ends_when_provider_recovers() {
                super::outage_ends_when_provider_recovers($kind).await;
            }

            #[tokio::test]
            $(#[$ignored])?
            async fn logout_ends_provider_session() {
                super::logout_ends_provider_session($kind).await;
            }
        }
    )*};
}

at! {
    keycloak, Kind::Keycloak;
    spring, Kind::Spring;
    hydra, Kind::Hydra, #[ignore = "Hydra is built from source: E2E=all"];
}

async fn pair(example: &'static str, kind: Kind) -> (Provider, App) {
    let address = Address::free();
    let provider = Provider::start(kind, &address).await;
    let app = App::start_with(example, address, &secrets(&provider, kind)).await;
    (provider, app)
}

fn secrets(provider: &Provider, kind: Kind) -> String {
    match kind {
        // Hydra rejects the default `prompt`, and the page shows the line to write: see
        // `refused_default_prompt_is_explained`.
        Kind::Hydra => format!(
            "{}client_kwargs = {{ prompt = \"\" }}\n",
            provider.secrets()
        ),
        _ => provider.secrets(),
    }
}

fn assert_shown_at(page: &Page, url: &str) {
    assert_eq!((page.status, page.url.as_str()), (200, url), "{page:?}");
}

async fn login_returns_to_page(kind: Kind) {
    let address = Address::free();
    let provider = Provider::start(kind, &address).await;
    let secrets = format!("[auth.lab]\n{}", secrets(&provider, kind));
    let app = App::start_with("guard", address, &secrets).await;
    for path in ["/report?x=1&y=a%20b", "/report?next=%2Freport%3Fz%3D%C3%A9"] {
        let mut browser = Browser::new();
        let form = browser.open(&app.url(path)).await;
        let page = provider.sign_in(&mut browser, form, "alice").await;
        assert_shown_at(&page, &app.url(path));
        app.assert_logged_in_as(&mut browser, ALICE).await;
    }
    app.assert_clean_log();
}

async fn wrong_secret_is_reported(kind: Kind) {
    let address = Address::free();
    let provider = Provider::start(kind, &address).await;
    let secrets = secrets(&provider, kind).replace("0123456789", "0123456798");
    // This example prints its log.
    let app = App::start_with("beside_streamlit", address, &secrets).await;
    let place = app.place("client_secret");
    let mut browser = Browser::new();
    let form = browser.open(&app.url("/auth/login")).await;

    let page = provider.sign_in(&mut browser, form, "alice").await;

    app.assert_error_page(&page);
    for word in ["client_secret", &place] {
        assert!(page.says(word), "{word}: {page:?}");
    }
    let log = app.log();
    let refusal = log.lines().find(|line| line.contains("login refused"));
    let refusal = refusal.unwrap_or_else(|| panic!("{log}"));
    for words in ["reason=\"client_refused\"", "auth.client_secret", &place] {
        assert!(refusal.contains(words), "{words}: {log}");
    }
    let doctor = doctor(&app);
    let line = doctor.lines().find(|line| line.contains(&place));
    let message = "does not accept this client secret";
    assert!(line.is_some_and(|line| line.contains(message)), "{doctor}");
    app.assert_clean_log();
}

/// The output of the doctor for the configuration of the app.
fn doctor(app: &App) -> String {
    let output = Command::new(binary("doctor"))
        .arg(app.secrets_file())
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

async fn new_key_is_fetched(kind: Kind) {
    let (mut provider, app) = pair("hello", kind).await;
    log_in(&provider, &app).await;
    provider.rotate().await;
    log_in(&provider, &app).await;
}

async fn log_in(provider: &Provider, app: &App) -> Browser {
    let mut browser = Browser::new();
    let form = app.start_login(&mut browser).await;
    let page = provider.sign_in(&mut browser, form, "alice").await;
    assert_shown_at(&page, &app.url("/"));
    app.assert_logged_in_as(&mut browser, ALICE).await;
    browser
}

/// Keycloak derives the `kid` from the key, so `oidc-provider` is tested instead.
async fn replaced_key_is_fetched(kind: Kind) {
    let (provider, app) = pair("hello", kind).await;
    log_in(&provider, &app).await;
    provider.rotate_under_same_kid().await;
    log_in(&provider, &app).await;
}

#[tokio::test]
async fn replaced_oidc_provider_key_is_fetched() {
    replaced_key_is_fetched(RS256_BASIC).await;
}

#[tokio::test]
async fn replaced_spring_key_is_fetched() {
    replaced_key_is_fetched(Kind::Spring).await;
}

#[tokio::test]
#[ignore = "Hydra is built from source: E2E=all"]
async fn replaced_hydra_key_is_fetched() {
    replaced_key_is_fetched(Kind::Hydra).await;
}

async fn outage_ends_when_provider_recovers(kind: Kind) {
    let address = Address::free();
    let mut provider = Provider::not_started(kind, &address, json!({}));
    let app = App::start_with("hello", address, &secrets(&provider, kind)).await;
    let mut browser = Browser::new();
    let page = app.start_login(&mut browser).await;
    app.assert_error_page(&page);
    assert_eq!(page.status, 503, "{page:?}");

    provider.up().await;
    // The failure may still be cached for a moment.
    let mut form = page;
    let has_recovered = async || {
        form = app.start_login(&mut browser).await;
        form.status != 503
    };
    support::eventually("the provider is used again", has_recovered).await;
    provider.sign_in(&mut browser, form, "alice").await;
    app.assert_logged_in_as(&mut browser, ALICE).await;

    provider.down();
    app.assert_logged_in_as(&mut browser, ALICE).await;
    app.start_logout(&mut browser).await;
    app.assert_logged_out(&mut browser).await;
    app.assert_clean_log();
}

async fn logout_ends_provider_session(kind: Kind) {
    let (provider, app) = pair("hello", kind).await;
    let mut browser = log_in(&provider, &app).await;

    let page = app.start_logout(&mut browser).await;
    let page = provider.sign_out(&mut browser, page).await;

    assert!(page.is_at(&app.url("")) && page.status == 200, "{page:?}");
    app.assert_logged_out(&mut browser).await;
    let page = app.start_login(&mut browser).await;
    assert!(provider.asks_for_password(&page), "{page:?}");
    app.assert_clean_log();
}

/// Without a logout at the provider, its session needs no password. This proves that the test above
/// detects a session.
async fn local_logout_keeps_provider_session(kind: Kind) {
    let address = Address::free();
    let provider = Provider::start(kind, &address).await;
    let secrets = format!("{}provider_logout = false\n", secrets(&provider, kind));
    let app = App::start_with("hello", address, &secrets).await;
    let mut browser = log_in(&provider, &app).await;

    app.start_logout(&mut browser).await;
    app.assert_logged_out(&mut browser).await;
    let page = app.start_login(&mut browser).await;

    assert_shown_at(&page, &app.url("/"));
    app.assert_logged_in_as(&mut browser, ALICE).await;
}

#[tokio::test]
async fn keycloak_local_logout_keeps_session() {
    local_logout_keeps_provider_session(Kind::Keycloak).await;
}

#[tokio::test]
async fn spring_local_logout_keeps_session() {
    local_logout_keeps_provider_session(Kind::Spring).await;
}

#[tokio::test]
#[ignore = "Hydra is built from source: E2E=all"]
async fn hydra_local_logout_keeps_session() {
    local_logout_keeps_provider_session(Kind::Hydra).await;
}

#[tokio::test]
#[ignore = "Hydra is built from source: E2E=all"]
async fn refused_default_prompt_is_explained() {
    let address = Address::free();
    let provider = Provider::start(Kind::Hydra, &address).await;
    let app = App::start_with("hello", address, &provider.secrets()).await;
    let mut browser = Browser::new();

    // Hydra rejects the value only after the login.
    let form = app.start_login(&mut browser).await;
    let page = provider.sign_in(&mut browser, form, "alice").await;

    app.assert_error_page(&page);
    for words in ["client_kwargs.prompt", "select_account", "prompt = \"\""] {
        assert!(page.says(words), "{words}: {page:?}");
    }
}
