//! A sibling domain cannot set an identity cookie for an app below a base path.

use axum::{Router, http::header::SET_COOKIE, response::AppendHeaders, routing::get};
use axum_streamlit_auth::{AuthLayer, TestUser};

use super::chrome::Chrome;
use crate::{
    local_app::{LocalApp, app_below},
    nginx::Nginx,
    process::free_port,
};

const TOML: &str = r#"
[auth]
redirect_uri = "https://app.example.test:PORT/app/oauth2callback"
cookie_secret = "kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5uKt1BvXoQ"
client_id = "planted"
client_secret = "tJ6hDs3GpAe5uKt1BvXoQkV7qT2mZ9"
server_metadata_url = "https://id.example.test/.well-known/openid-configuration"
"#;

#[tokio::test]
async fn sibling_domain_cannot_set_identity() {
    let port = free_port();
    let auth = AuthLayer::from_toml(&TOML.replace("PORT", &port.to_string())).unwrap();
    // The identity of the attacker, under the name that the app wrote and with every prefix.
    let cookies = TestUser::new("mallory").cookie(&auth);
    let (name, value) = cookies.split_once('=').unwrap();
    let bare = name
        .trim_start_matches("__Host-")
        .trim_start_matches("__Secure-");
    let names = [
        name.to_owned(),
        format!("__Host-{bare}"),
        format!("__Secure-{bare}"),
        bare.to_owned(),
    ];
    let planted: Vec<_> = names
        .iter()
        .flat_map(|name| {
            ["/", "/app", "/app/"].map(|path| {
                let cookie = format!("{name}={value}; Domain=example.test; Path={path}; Secure");
                (SET_COOKIE, cookie)
            })
        })
        .collect();
    let sibling = Router::new().route(
        "/",
        get(move || async move { (AppendHeaders(planted), "planted") }),
    );
    let app = LocalApp::start(app_below("/app", auth)).await;
    let sibling = LocalApp::start(sibling).await;
    let _nginx = Nginx::secure(port, &["app.example.test", "evil.example.test"], &format!(
        "proxy_buffer_size 40k;\nproxy_buffers 4 40k;\nlocation / {{ proxy_pass http://127.0.0.1:{}; }}\nlocation = / {{ proxy_pass http://127.0.0.1:{}; }}\n",
        app.port(),
        sibling.port()
    )).await;

    let chrome = Chrome::with_flags(&[
        format!("--host-resolver-rules=MAP *.example.test 127.0.0.1:{port}"),
        "--ignore-certificate-errors".to_owned(),
    ])
    .await;
    let view = chrome
        .open(&format!("https://evil.example.test:{port}/"))
        .await;
    assert_eq!(view.text, "planted");
    // Some of the planted cookies are sent, but under names that the app does not read.
    assert!(chrome.cookies().await.len() > 1);
    let view = chrome
        .open(&format!("https://app.example.test:{port}/app/"))
        .await;
    assert_eq!(view.text, "This is nobody.", "{view:?}");
    let (status, ..) = chrome.fetch("/app/guarded").await;
    assert_eq!(status, 401);
}
