//! Two instances whose clocks differ by two seconds, used alternately by nginx.

use std::time::{Duration, SystemTime};

use axum_streamlit_auth::AuthLayer;

use super::chrome::Chrome;
use crate::{
    local_app::{LocalApp, app},
    nginx::Nginx,
    process::free_port,
};

#[tokio::test]
async fn instances_whose_clocks_differ_share_logins() {
    let provider = LocalApp::start(app(AuthLayer::dev())).await;
    let port = free_port();
    let toml = format!(
        "[auth]\nredirect_uri = \"http://localhost:{port}/oauth2callback\"\n\
         cookie_secret = \"kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5uKt1BvXoQ\"\n\
         client_id = \"two-instances\"\nclient_secret = \"tJ6hDs3GpAe5uKt1BvXoQkV7qT2mZ9\"\n\
         server_metadata_url = \"{}/.well-known/openid-configuration\"\n",
        provider.url("/auth/dev")
    );
    let instance = |ahead: Duration| {
        let auth = AuthLayer::from_toml(&toml).unwrap();
        auth.with_clock(move || SystemTime::now() + ahead)
    };
    let slow = LocalApp::start(app(instance(Duration::ZERO))).await;
    let fast = LocalApp::start(app(instance(Duration::from_secs(2)))).await;
    let upstreams = format!(
        "upstream app {{\nserver 127.0.0.1:{};\nserver 127.0.0.1:{};\n}}\n",
        slow.port(),
        fast.port()
    );
    let locations = "location / { proxy_pass http://app; }\n";
    let _nginx = Nginx::listen(port, &upstreams, locations).await;

    let chrome = Chrome::new().await;
    let home = format!("http://localhost:{port}/");
    for _ in 0..4 {
        chrome.open(&format!("{home}guarded")).await;
        chrome.press("Alice").await;
        chrome.wait_for_text("the guarded page").await;
        for _ in 0..6 {
            let view = chrome.open(&home).await;
            assert!(view.text.contains("This is alice."), "{view:?}");
        }
        chrome.open(&format!("{home}auth/logout")).await;
        chrome.open(&home).await;
        chrome.wait_for_text("This is nobody.").await;
    }
    for instance in [&slow, &fast] {
        assert!(
            instance.requests("/").len() >= 10,
            "nginx takes them in turn"
        );
    }
}
