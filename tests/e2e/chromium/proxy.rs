//! The example `guard` below `/app`, behind nginx with default settings.

use serde_json::json;

use super::chrome::Chrome;
use crate::{
    app::{Address, App},
    nginx::Nginx,
    provider::{Provider, RS256_BASIC},
    users::ALICE,
};

/// nginx removes `/app` from all paths, or from all except those of the crate. Forged headers have
/// no effect.
#[tokio::test]
async fn base_path_works_with_and_without_stripping() {
    let strip = "location /app/ { proxy_pass http://APP/; }\n";
    let keep = "location /app/auth/ { proxy_pass http://APP; }\nlocation = /app/oauth2callback { proxy_pass http://APP; }\n";
    for locations in [strip.to_owned(), format!("{strip}{keep}")] {
        let (_provider, app, nginx) = behind(&locations).await;
        let chrome = start_chrome(&app, &nginx).await;
        let forged = json!({ "headers": {
            "Forwarded": "for=192.0.2.1;host=evil.example;proto=https",
            "X-Forwarded-Host": "evil.example",
            "X-Forwarded-Port": "444",
            "X-Forwarded-Prefix": "/evil",
            "X-Forwarded-Proto": "https",
            "X-Original-URL": "/evil",
        } });
        chrome
            .driver
            .devtools("Network.setExtraHTTPHeaders", forged)
            .await;

        let page = app.url("/report?x=1&q=a%20b");
        chrome.open(&page).await;
        chrome.signs_in("alice").await;
        let view = chrome.arrives(&page).await;
        assert!(view.text.contains(ALICE), "{view:?}");
        assert_eq!(chrome.fetch(&app.url("/api/me")).await.2["name"], ALICE);
        let cookies = chrome.cookies().await;
        let own: Vec<_> = cookies
            .iter()
            .filter(|cookie| cookie["name"].as_str().unwrap().contains("_streamlit_"))
            .collect();
        assert!(
            !own.is_empty()
                && own
                    .iter()
                    .all(|cookie| cookie["path"] == "/app" && cookie["secure"] == false),
            "{own:#?}"
        );

        chrome.open(&app.url("/auth/logout")).await;
        chrome.confirms_logout().await;
        let view = chrome.wait_for_text("You are not logged in").await;
        assert_eq!(view.url, app.url("/"));
        assert_eq!(chrome.identity().await, [""; 0]);
        chrome.assert_console_is_empty(&app).await;
        assert_eq!(nginx.errors(), "");
    }
}

/// By default, nginx accepts 4 KB of headers from an app and 8 KB of cookies from a browser.
/// README.md has the settings for larger identities.
#[tokio::test]
async fn largest_identity_passes_with_readme_settings() {
    let lines =
        "proxy_buffer_size 40k;\nproxy_buffers 4 40k;\nlarge_client_header_buffers 4 40k;\n";
    assert!(include_str!("../../../README.md").contains(lines));
    let locations = format!("{lines}location /app/ {{ proxy_pass http://APP/; }}\n");
    let (_provider, app, nginx) = behind_with(&locations, "cookie_budget = 40000\n").await;
    let chrome = start_chrome(&app, &nginx).await;
    chrome.open(&app.url("/report")).await;
    chrome.signs_in("widest").await;
    let view = chrome.arrives(&app.url("/report")).await;
    assert!(view.text.contains("Widest Claims"), "{view:?}");
    assert_eq!(
        chrome.identity().await.len(),
        1 + 8,
        "all parts that there can be"
    );

    chrome.open(&app.url("/auth/logout")).await;
    chrome.confirms_logout().await;
    chrome.wait_for_text("You are not logged in").await;
    assert_eq!(chrome.identity().await, [""; 0]);
    assert_eq!(nginx.errors(), "");
}

/// Without these settings, a user with a larger identity is not logged in, but can still use the
/// app.
#[tokio::test]
async fn large_identity_locks_out_no_user_behind_nginx() {
    let (_provider, app, nginx) = behind("location /app/ { proxy_pass http://APP/; }\n").await;
    let chrome = start_chrome(&app, &nginx).await;
    chrome.open(&app.url("/report")).await;
    chrome.signs_in("wide").await;
    let view = chrome.wait_for_text("502 Bad Gateway").await;
    assert_eq!(view.status, 502);
    assert!(nginx.errors().contains("upstream sent too big header"));

    let view = chrome.open(&app.url("/")).await;
    assert!(view.text.contains("You are not logged in"), "{view:?}");
    chrome.open(&app.url("/report")).await;
    chrome.signs_in("alice").await;
    let view = chrome.arrives(&app.url("/report")).await;
    assert!(view.text.contains(ALICE), "{view:?}");
}

/// `oidc-provider`, the example `guard`, and nginx with these locations, in which `APP` is the
/// address of the app.
async fn behind(locations: &str) -> (Provider, App, Nginx) {
    behind_with(locations, "").await
}

/// As [`behind`], with further lines in `[auth]`.
async fn behind_with(locations: &str, lines: &str) -> (Provider, App, Nginx) {
    let address = Address::below("/app");
    let provider = Provider::start(RS256_BASIC, &address).await;
    let authority = address.authority();
    let secrets = format!("{}{lines}", provider.secrets());
    let app = App::start_with("guard", address, &secrets).await;
    let nginx = Nginx::start(&locations.replace("APP", &authority)).await;
    (provider, app, nginx)
}

/// The app listens at the host and port of its `redirect_uri`, so this browser resolves that name
/// to nginx.
async fn start_chrome(app: &App, nginx: &Nginx) -> Chrome {
    let rule = format!("MAP {} {}", app.authority(), nginx.authority());
    Chrome::with_flags(&[format!("--host-resolver-rules={rule}")]).await
}
