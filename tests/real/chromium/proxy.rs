//! The example `guard` below `/app`, behind a stock nginx.

use serde_json::json;

use super::chrome::Chrome;
use crate::{
    app::{Address, App},
    nginx::Nginx,
    people::ALICE,
    provider::{Provider, RS256_BASIC},
};

/// nginx takes `/app` away, from every path or not from ours; headers that a visitor forges lead nowhere.
#[tokio::test]
async fn a_base_path_works_with_and_without_stripping() {
    let strip = "location /app/ { proxy_pass http://APP/; }\n";
    let keep = "location /app/auth/ { proxy_pass http://APP; }\nlocation = /app/oauth2callback { proxy_pass http://APP; }\n";
    for locations in [strip.to_owned(), format!("{strip}{keep}")] {
        let (_provider, app, nginx) = behind(&locations).await;
        let chrome = visitor(&app, &nginx).await;
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
        let ours: Vec<_> = cookies
            .iter()
            .filter(|cookie| cookie["name"].as_str().unwrap().contains("_streamlit_"))
            .collect();
        assert!(
            !ours.is_empty()
                && ours
                    .iter()
                    .all(|cookie| cookie["path"] == "/app" && cookie["secure"] == false),
            "{ours:#?}"
        );

        chrome.open(&app.url("/auth/logout")).await;
        chrome.confirms_sign_out().await;
        let view = chrome.sees("nobody I know").await;
        assert_eq!(view.url, app.url("/"));
        assert_eq!(chrome.identity().await, [""; 0]);
        chrome.has_logged_nothing(&app).await;
        assert_eq!(nginx.errors(), "");
    }
}

/// A stock nginx takes 4 KB of headers from an app and 8 KB of cookies from a browser; who has a larger identity finds the lines in README.md.
#[tokio::test]
async fn the_largest_identity_passes_with_the_lines_of_the_readme() {
    let lines =
        "proxy_buffer_size 40k;\nproxy_buffers 4 40k;\nlarge_client_header_buffers 4 40k;\n";
    assert!(include_str!("../../../README.md").contains(lines));
    let locations = format!("{lines}location /app/ {{ proxy_pass http://APP/; }}\n");
    let (_provider, app, nginx) = behind_with(&locations, "cookie_budget = 40000\n").await;
    let chrome = visitor(&app, &nginx).await;
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
    chrome.confirms_sign_out().await;
    chrome.sees("nobody I know").await;
    assert_eq!(chrome.identity().await, [""; 0]);
    assert_eq!(nginx.errors(), "");
}

/// Without these lines a visitor whose identity is too large for nginx is not signed in, but not locked out either.
#[tokio::test]
async fn a_stock_nginx_that_refuses_a_large_identity_locks_nobody_out() {
    let (_provider, app, nginx) = behind("location /app/ { proxy_pass http://APP/; }\n").await;
    let chrome = visitor(&app, &nginx).await;
    chrome.open(&app.url("/report")).await;
    chrome.signs_in("wide").await;
    let view = chrome.sees("502 Bad Gateway").await;
    assert_eq!(view.status, 502);
    assert!(nginx.errors().contains("upstream sent too big header"));

    let view = chrome.open(&app.url("/")).await;
    assert!(view.text.contains("nobody I know"), "{view:?}");
    chrome.open(&app.url("/report")).await;
    chrome.signs_in("alice").await;
    let view = chrome.arrives(&app.url("/report")).await;
    assert!(view.text.contains(ALICE), "{view:?}");
}

/// The certified provider, the example `guard`, and nginx with these locations, in which `APP` stands for where the app listens.
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

/// The app listens on the host and port of its `redirect_uri`, so in this browser that name leads to nginx instead.
async fn visitor(app: &App, nginx: &Nginx) -> Chrome {
    let rule = format!("MAP {} {}", app.authority(), nginx.authority());
    Chrome::with_flags(&[format!("--host-resolver-rules={rule}")]).await
}
