//! Sign in with Apple across sites: the provider's page posts to the app, which redirects.

use axum::{Router, routing::get};
use axum_streamlit_auth::{AuthLayer, User};
use support::{APPLE_KEY, APPLE_TEAM, COOKIE_SECRET, Provider, keys};

use super::chrome::Chrome;
use crate::{
    local_app::LocalApp,
    process::{Folder, free_port},
};

/// The app on localhost, and a provider like Apple on 127.0.0.1, which is another site.
async fn apple() -> (LocalApp, Provider, Folder) {
    let provider = Provider::start().await;
    provider.emulate_apple();
    let folder = Folder::new("apple");
    let key = folder.write("key.p8", &keys::private_pem("ES256", 1));
    let port = free_port();
    let toml = format!(
        "[auth]\nredirect_uri = \"http://localhost:{port}/oauth2callback\"\ncookie_secret = {COOKIE_SECRET:?}\n\
         [auth.apple]\nclient_id = \"app\"\nteam_id = {APPLE_TEAM:?}\nkey_id = {APPLE_KEY:?}\nclient_key_file = {key:?}\n\
         server_metadata_url = {:?}\nclient_kwargs = {{ scope = \"openid name\", response_mode = \"form_post\" }}\n",
        provider.metadata_url(),
    );
    let auth = AuthLayer::from_toml(&toml).unwrap();
    let app = Router::new().route("/name", get(name)).layer(auth);
    (LocalApp::start_at(port, app).await, provider, folder)
}

async fn name(user: User) -> String {
    format!("This is {}.", user.name().unwrap_or("nobody"))
}

#[tokio::test]
async fn form_from_another_site_signs_in() {
    let (app, provider, _folder) = apple().await;
    let chrome = Chrome::new().await;

    chrome.open(&app.url("/auth/login?next=/name")).await;
    let view = chrome.wait_for_text("This is Ada Lovelace.").await;

    assert_eq!(view.url, app.url("/name"));
    let callbacks = app.requests("/oauth2callback");
    let seen: Vec<_> = callbacks
        .iter()
        .map(|seen| (seen.method.as_str(), seen.site.as_str(), seen.status))
        .collect();
    assert_eq!(
        seen,
        [("POST", "cross-site", 303), ("GET", "cross-site", 303)]
    );
    assert_eq!(provider.violations(), [""; 0]);
    // Neither the code nor the name is left in the browser.
    let cookies = chrome.cookies().await;
    let names: Vec<&str> = cookies
        .iter()
        .filter_map(|cookie| cookie["name"].as_str())
        .collect();
    assert!(
        !names
            .iter()
            .any(|name| name.contains("full_name") || name.contains("_streamlit_login_")),
        "{names:?}"
    );
}
