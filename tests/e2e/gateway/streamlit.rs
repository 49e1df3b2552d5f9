//! Streamlit behind nginx and the gateway: its pages in Chromium, its socket, and its agent API.

use reqwest::Method;
use serde_json::{Value, json};

use super::{
    client::{Answer, FETCH, send},
    deployment::{blocks, recipe, start_gateway},
};
use crate::{
    app::Address,
    browser::Browser,
    chromium::Chrome,
    nginx::Nginx,
    process::{Folder, Process, free_port},
    provider::{Provider, RS256_BASIC},
    streamlit::{Release, command, session},
};

/// The heading in the documentation.
const SECTION: &str = "Streamlit";

struct Deployment {
    provider: Provider,
    address: Address,
    _processes: [Process; 2],
    _nginx: Nginx,
    _folder: Folder,
}

impl Deployment {
    async fn start() -> Self {
        let address = Address::free();
        let provider = Provider::start(RS256_BASIC, &address).await;
        let folder = Folder::new("gateway-streamlit");
        // Streamlit has another directory, because it must not see `[auth]`.
        folder.write(
            "gateway/.streamlit/secrets.toml",
            &format!(
                "[auth]\nredirect_uri = {:?}\ncookie_secret = \"kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5u\"\n\
                 {}{}",
                address.redirect_uri(),
                provider.secrets(),
                blocks(SECTION, "toml")[1],
            ),
        );
        folder.write("app.py", include_str!("streamlit_app.py"));
        folder.write(".streamlit/config.toml", blocks(SECTION, "toml")[0]);
        let (port, streamlit_port) = (free_port(), free_port());
        let gateway = start_gateway(&folder.path().join("gateway"), port).await;
        let mut command = command(Release::Newest, &folder, streamlit_port);
        let log = folder.path().join("streamlit.log");
        let streamlit = Process::start("streamlit", &mut command, &log, streamlit_port).await;
        assert!(blocks(SECTION, "nginx")[0].lines().count() <= 20);
        let locations = recipe(blocks(SECTION, "nginx")[0], port, (":8501", streamlit_port));
        let nginx = Nginx::listen(address.port(), "", &locations).await;
        Self {
            provider,
            address,
            _processes: [gateway, streamlit],
            _nginx: nginx,
            _folder: folder,
        }
    }

    /// Sends a request to the agent API, with a header that names another user.
    async fn interact(&self, cookie: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let forged = [
            ("content-type", "application/json"),
            ("x-user-email", "root@example.com"),
        ];
        let headers = [&forged, headers].concat();
        let url = self.address.url("/_stcore/agent/interact");
        send(Method::POST, &url, cookie, &headers, &body.to_string()).await
    }
}

#[tokio::test]
async fn streamlit_shows_user_of_gateway_in_chromium() {
    let deployment = Deployment::start().await;
    let chrome = Chrome::new().await;
    let page = deployment.address.url("/?city=Paris&x=a%20b");
    chrome.open(&page).await;
    chrome.signs_in("alice").await;
    let view = chrome.wait_for_text("Hello, alice@example.com!").await;
    assert_eq!(view.url, page);
    chrome.press("Press").await;
    chrome.wait_for_text("Pressed").await;

    chrome.open(&deployment.address.url("/auth/logout")).await;
    chrome.confirms_logout().await;
    chrome.open(&page).await;
    chrome.signs_in("bob").await;
    chrome.wait_for_text("Hello, bob@example.com!").await;
}

#[tokio::test]
async fn forged_header_never_reaches_streamlit() {
    let deployment = Deployment::start().await;
    let mut browser = Browser::new();
    let form = browser.open(&deployment.address.url("/")).await;
    deployment
        .provider
        .sign_in(&mut browser, form, "alice")
        .await;
    let cookies = browser.header(&deployment.address.url("/"));

    for name in ["X-User-Email", "x-user-email", "X_User_Email"] {
        let forged = json!({ name: "root@example.com" });
        let origin = deployment.address.origin();
        let shown = session(Release::Newest, &origin, &cookies, &forged, &[]).await;
        let texts = shown["texts"].to_string();
        assert!(
            texts.contains("Hello, alice@example.com!"),
            "{name} {texts}"
        );
        assert!(!texts.contains("root@example.com"), "{name} {texts}");
    }
    let answer = deployment.interact(&cookies, &FETCH, &json!({})).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let snapshot = answer.body.to_string();
    assert!(snapshot.contains("Hello, alice@example.com!"), "{snapshot}");
    assert!(!snapshot.contains("root@example.com"), "{snapshot}");
}

#[tokio::test]
async fn agent_without_login_is_unauthorized() {
    let deployment = Deployment::start().await;
    for path in ["interact", "mcp", "openapi.json"] {
        let url = deployment.address.url(&format!("/_stcore/agent/{path}"));
        for method in [Method::GET, Method::POST] {
            let answer = send(method, &url, "", &[("accept", "application/json")], "").await;
            assert_eq!(answer.status, 401, "{path} {answer:?}");
            assert!(answer.headers.contains_key("www-authenticate"));
        }
    }
    let answer = deployment.interact("", &[], &json!({})).await;
    assert_eq!(
        (answer.status, answer.body.get("session_id")),
        (401, None::<&Value>)
    );
}
