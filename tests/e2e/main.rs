//! Complete logins through the examples, at other implementations of identity providers. See
//! README.md in this directory.

mod app;
mod backchannel;
mod browser;
mod chromium;
mod credentials;
mod defaults;
mod dev_provider;
mod doctor;
mod gateway;
mod html;
mod jar;
mod load;
mod local_app;
mod mcp;
mod nginx;
mod oauth2;
mod process;
mod provider;
mod redis;
mod refresh;
mod streamlit;
mod users;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use app::{Address, App};
use browser::Browser;
use provider::{ES256_POST, Kind, Provider, RS256_BASIC};
use users::{ALICE, BOB, users};

macro_rules! journeys {
    ($($name:ident: $example:literal, $kind:expr;)*) => {$(
        #[tokio::test]
        async fn $name() {
            journey($example, $kind).await;
        }
    )*};
}

journeys! {
    hello_with_rs256_and_basic: "hello", RS256_BASIC;
    hello_with_es256_and_post: "hello", ES256_POST;
    hello_with_django: "hello", Kind::Toolkit;
    hello_with_a_provider_of_another_site: "hello", Kind::Mock;
    providers_with_rs256_and_basic: "providers", RS256_BASIC;
    providers_with_es256_and_post: "providers", ES256_POST;
    providers_with_django: "providers", Kind::Toolkit;
    providers_with_a_provider_of_another_site: "providers", Kind::Mock;
    guard_with_rs256_and_basic: "guard", RS256_BASIC;
    guard_with_es256_and_post: "guard", ES256_POST;
    guard_with_django: "guard", Kind::Toolkit;
    guard_with_a_provider_of_another_site: "guard", Kind::Mock;
}

/// Logs in, stays logged in, cancels a login, handles rotated keys, logs out.
async fn journey(example: &'static str, kind: Kind) {
    let address = Address::free();
    let mut provider = Provider::start(kind, &address).await;
    let app = App::start(example, address, &provider).await;

    let mut alice = Browser::new();
    app.assert_logged_out(&mut alice).await;
    let form = app.start_login(&mut alice).await;
    let landed = provider.sign_in(&mut alice, form, "alice").await;
    assert_eq!(
        (landed.status, landed.url.as_str()),
        (200, app.landing().as_str()),
        "{landed:?}"
    );
    app.assert_logged_in_as(&mut alice, ALICE).await;
    app.assert_logged_in_as(&mut alice, ALICE).await;

    let form = alice.open(&app.url(app.login_path())).await;
    let refused = provider.cancel(&mut alice, form).await;
    app.assert_error_page(&refused);
    app.assert_logged_in_as(&mut alice, ALICE).await;

    provider.rotate().await;
    let mut bob = Browser::new();
    let form = app.start_login(&mut bob).await;
    let landed = provider.sign_in(&mut bob, form, "bob").await;
    assert_eq!(
        (landed.status, landed.url.as_str()),
        (200, app.landing().as_str()),
        "{landed:?}"
    );
    app.assert_logged_in_as(&mut bob, BOB).await;
    app.assert_logged_in_as(&mut alice, ALICE).await;

    let confirm = app.start_logout(&mut bob).await;
    app.assert_logged_out(&mut bob).await;
    let left = provider.sign_out(&mut bob, confirm).await;
    assert!(
        left.url.as_str().starts_with(&app.url("/")) && left.status == 200,
        "{left:?}"
    );
    app.assert_logged_out(&mut bob).await;
    app.assert_logged_in_as(&mut alice, ALICE).await;
    app.assert_clean_log();
}

#[tokio::test]
async fn two_providers_serve_one_app() {
    let address = Address::free();
    let certified = Provider::start(ES256_POST, &address).await;
    let django = Provider::start(Kind::Toolkit, &address).await;
    let secrets = format!(
        "[auth.google]\n{}\n[auth.microsoft]\n{}",
        certified.secrets(),
        django.secrets()
    );
    let app = App::start_with("providers", address, &secrets).await;
    let mut browser = Browser::new();

    let home = browser.open(&app.url("/")).await;
    let one = browser.go(&home, "/auth/login/google").await;
    let other = browser.go(&home, "/auth/login/microsoft").await;
    django.sign_in(&mut browser, other, "bob").await;
    app.assert_logged_in_as(&mut browser, BOB).await;
    certified.sign_in(&mut browser, one, "alice").await;
    app.assert_logged_in_as(&mut browser, ALICE).await;

    let confirm = app.start_logout(&mut browser).await;
    certified.sign_out(&mut browser, confirm).await;
    app.assert_logged_out(&mut browser).await;
}

#[tokio::test]
async fn two_tabs_finish_in_any_order() {
    let (provider, app) = pair("guard", RS256_BASIC).await;
    let mut browser = Browser::new();

    let first = browser.open(&app.url("/report?tab=1&q=a%20b")).await;
    let second = browser.open(&app.url("/report?tab=2")).await;
    let second = provider.sign_in(&mut browser, second, "alice").await;
    assert_eq!(second.url.as_str(), app.url("/report?tab=2"));
    let first = provider.sign_in(&mut browser, first, "alice").await;
    assert_eq!(first.url.as_str(), app.url("/report?tab=1&q=a%20b"));
}

#[tokio::test]
async fn guard_distinguishes_groups() {
    let (provider, app) = pair("guard", RS256_BASIC).await;

    let mut alice = Browser::new();
    let form = alice.open(&app.url("/admin")).await;
    let admin = provider.sign_in(&mut alice, form, "alice").await;
    assert_eq!(
        (admin.status, admin.url.as_str()),
        (200, app.url("/admin").as_str()),
        "{admin:?}"
    );

    let mut bob = Browser::new();
    let form = bob.open(&app.url("/admin")).await;
    let admin = provider.sign_in(&mut bob, form, "bob").await;
    assert_eq!(
        (admin.status, admin.url.as_str()),
        (403, app.url("/admin").as_str()),
        "{admin:?}"
    );
    assert_eq!(bob.open(&app.url("/report")).await.status, 200);
}

#[tokio::test]
async fn chunked_identity_arrives_whole() {
    for kind in [RS256_BASIC, Kind::Toolkit, Kind::Mock] {
        let (provider, app) = pair("guard", kind).await;
        let mut browser = Browser::new();
        let form = app.start_login(&mut browser).await;
        provider.sign_in(&mut browser, form, "wide").await;

        let me = browser.fetch(&app.url("/api/me")).await;
        assert_eq!(me.status, 200, "{me:?}");
        let claims: Value = serde_json::from_str(&me.body).unwrap();
        for (claim, value) in users()["wide"].as_object().unwrap() {
            assert_eq!(&claims[claim], value);
        }
        let cookies = browser.cookies(&app.url("/"));
        assert!(
            cookies
                .iter()
                .filter(|name| name.contains("_streamlit_user"))
                .count()
                > 1,
            "{cookies:?}"
        );

        let confirm = app.start_logout(&mut browser).await;
        provider.sign_out(&mut browser, confirm).await;
        app.assert_logged_out(&mut browser).await;
    }
}

#[tokio::test]
async fn oversized_identity_is_explained() {
    let (provider, app) = pair("hello", RS256_BASIC).await;
    let mut browser = Browser::new();
    let form = app.start_login(&mut browser).await;
    let page = provider.sign_in(&mut browser, form, "big").await;
    app.assert_error_page(&page);
    assert!(page.says("groups") && page.says("claims"), "{page:?}");
    app.assert_logged_out(&mut browser).await;
}

#[tokio::test]
async fn user_without_email_signs_in() {
    let (provider, app) = pair("hello", ES256_POST).await;
    let mut browser = Browser::new();
    let form = app.start_login(&mut browser).await;
    provider.sign_in(&mut browser, form, "noemail").await;
    app.assert_logged_in_as(&mut browser, "No Mail").await;
}

#[tokio::test]
async fn login_works_with_all_algorithms_and_public_client() {
    for kind in [
        Kind::Certified {
            alg: "PS256",
            auth_method: "client_secret_basic",
        },
        Kind::Certified {
            alg: "ES384",
            auth_method: "client_secret_post",
        },
        Kind::Certified {
            alg: "EdDSA",
            auth_method: "none",
        },
    ] {
        let (provider, app) = pair("hello", kind).await;
        let mut browser = Browser::new();
        let form = app.start_login(&mut browser).await;
        provider.sign_in(&mut browser, form, "alice").await;
        app.assert_logged_in_as(&mut browser, ALICE).await;
    }
}

#[tokio::test]
async fn login_works_with_issuer_path_and_slash() {
    for path in ["/tenant", "/tenant/"] {
        let address = Address::free();
        let provider =
            Provider::start_with(RS256_BASIC, &address, json!({ "issuer_path": path })).await;
        let app = App::start("hello", address, &provider).await;
        let mut browser = Browser::new();
        let form = app.start_login(&mut browser).await;
        provider.sign_in(&mut browser, form, "alice").await;
        app.assert_logged_in_as(&mut browser, ALICE).await;
    }
}

#[tokio::test]
async fn claims_come_from_userinfo() {
    let address = Address::free();
    let provider =
        Provider::start_with(RS256_BASIC, &address, json!({ "claims_in": "userinfo" })).await;
    let app = App::start_with(
        "hello",
        address,
        &format!("{}userinfo = true\n", provider.secrets()),
    )
    .await;
    let mut browser = Browser::new();
    let form = app.start_login(&mut browser).await;
    provider.sign_in(&mut browser, form, "bob").await;
    app.assert_logged_in_as(&mut browser, BOB).await;
}

#[tokio::test]
async fn app_starts_before_its_provider() {
    let address = Address::free();
    let mut provider = Provider::not_started(RS256_BASIC, &address, json!({}));
    let app = App::start("hello", address, &provider).await;
    let mut browser = Browser::new();
    app.assert_logged_out(&mut browser).await;
    let page = app.start_login(&mut browser).await;
    app.assert_error_page(&page);

    provider.up().await;
    // The failure may still be cached for a moment.
    let deadline = Instant::now() + Duration::from_secs(5);
    let mut form = app.start_login(&mut browser).await;
    while form.status == 503 {
        assert!(
            Instant::now() < deadline,
            "the app does not notice that the provider is back: {form:?}"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
        form = app.start_login(&mut browser).await;
    }
    provider.sign_in(&mut browser, form, "alice").await;
    let before = provider.requests().await;
    app.assert_logged_in_as(&mut browser, ALICE).await;
    assert_eq!(
        provider.requests().await,
        before,
        "a signed-in page asked the provider"
    );

    provider.down();
    app.assert_logged_in_as(&mut browser, ALICE).await;
    app.start_logout(&mut browser).await;
    app.assert_logged_out(&mut browser).await;
    app.assert_clean_log();
}

#[tokio::test]
async fn provider_with_wrong_clock_is_rejected() {
    let address = Address::free();
    let provider = Provider::start_with(RS256_BASIC, &address, json!({ "id_ttl": 60 })).await;
    let app = App::start("hello", address, &provider).await;
    for skew in [-300, 300] {
        provider.set_clock(skew).await;
        let mut browser = Browser::new();
        let form = app.start_login(&mut browser).await;
        let page = provider.sign_in(&mut browser, form, "alice").await;
        app.assert_error_page(&page);
        app.assert_logged_out(&mut browser).await;
    }

    provider.set_clock(-30).await;
    let mut browser = Browser::new();
    let form = app.start_login(&mut browser).await;
    provider.sign_in(&mut browser, form, "alice").await;
    app.assert_logged_in_as(&mut browser, ALICE).await;
}

async fn pair(example: &'static str, kind: Kind) -> (Provider, App) {
    let address = Address::free();
    let provider = Provider::start(kind, &address).await;
    let app = App::start(example, address, &provider).await;
    (provider, app)
}
