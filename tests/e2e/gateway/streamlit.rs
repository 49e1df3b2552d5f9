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
    provider::{Kind, Provider, RS256_BASIC},
    streamlit::{Release, command, session},
};

/// The heading in the documentation.
const SECTION: &str = "Streamlit, for people and programs";

struct Deployment {
    provider: Provider,
    address: Address,
    _processes: [Process; 2],
    _nginx: Nginx,
    _folder: Folder,
}

impl Deployment {
    async fn start() -> Self {
        Self::start_at(RS256_BASIC).await
    }

    /// The `Cookie` header of a browser in which the user is logged in.
    async fn cookies_of(&self, user: &str) -> String {
        let home = self.address.url("/");
        let mut browser = Browser::new();
        let form = browser.open(&home).await;
        self.provider.sign_in(&mut browser, form, user).await;
        browser.header(&home)
    }

    /// At Keycloak, bearer tokens with the audience of the app are accepted.
    async fn start_at(kind: Kind) -> Self {
        let address = Address::free();
        let provider = Provider::start(kind, &address).await;
        let bearer = match kind {
            Kind::Keycloak => format!("bearer_audience = {:?}\n", address.origin()),
            _ => String::new(),
        };
        let folder = Folder::new("gateway-streamlit");
        // Streamlit has another directory, because it must not see `[auth]`.
        folder.write(
            "gateway/.streamlit/secrets.toml",
            &format!(
                "[auth]\nredirect_uri = {:?}\ncookie_secret = \"kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5u\"\n\
                 {}{bearer}{}",
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

    /// Calls a method of the MCP server.
    async fn mcp(&self, authorization: &str, method: &str, params: &Value) -> Answer {
        let headers = [
            ("content-type", "application/json"),
            ("accept", "application/json, text/event-stream"),
            ("mcp-protocol-version", MCP_VERSION),
            ("authorization", authorization),
        ];
        let url = self.address.url("/_stcore/agent/mcp");
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        send(Method::POST, &url, "", &headers, &body.to_string()).await
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

/// A revision of the Model Context Protocol that Streamlit 1.67 supports.
const MCP_VERSION: &str = "2025-11-25";

#[tokio::test]
async fn streamlit_shows_gateway_user_in_chromium() {
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
    let cookies = deployment.cookies_of("alice").await;

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

#[tokio::test]
async fn agent_and_browser_see_their_own_user() {
    let deployment = Deployment::start_at(Kind::Keycloak).await;
    let cookies = deployment.cookies_of("alice").await;
    let authorization = format!("Bearer {}", deployment.provider.access_token("wide").await);
    let token = [("authorization", authorization.as_str())];

    let agent = deployment.interact("", &token, &json!({})).await;
    assert_eq!(agent.status, 200, "{agent:?}");
    let snapshot = agent.body.to_string();
    assert!(snapshot.contains("Hello, wide@example.com!"), "{snapshot}");
    assert!(!snapshot.contains("root@example.com"), "{snapshot}");
    // The token decides, not the cookie.
    let both = deployment.interact(&cookies, &token, &json!({})).await;
    assert!(
        both.body.to_string().contains("Hello, wide@example.com!"),
        "{both:?}"
    );
    let alice = deployment.interact(&cookies, &[], &json!({})).await;
    assert!(
        alice.body.to_string().contains("Hello, alice@example.com!"),
        "{alice:?}"
    );

    // A session belongs to its user.
    let session = json!({ "session_id": agent.body["session_id"] });
    let same = deployment.interact("", &token, &session).await;
    assert_eq!(same.status, 200, "{same:?}");
    let other = deployment.interact(&cookies, &[], &session).await;
    assert!(
        other.body.to_string().contains("unknown_session"),
        "{other:?}"
    );
}

/// The only challenge tells the agent where to get a token.
#[tokio::test]
async fn agent_with_invalid_token_is_challenged() {
    let deployment = Deployment::start_at(Kind::Keycloak).await;
    let cookies = deployment.cookies_of("alice").await;
    let token = deployment.provider.access_token("wide").await;
    let valid = format!("Bearer {token}");
    let forged = format!("Bearer {}x", &token[..token.len() - 4]);
    for (authorization, status, error) in [
        ("", 401, ""),
        ("Bearer", 400, "invalid_request"),
        (&*forged, 401, "invalid_token"),
    ] {
        let headers = [("authorization", authorization)];
        let (headers, cookies) = match authorization {
            "" => (&[][..], ""),
            _ => (&headers[..], &*cookies),
        };
        let answer = deployment.interact(cookies, headers, &json!({})).await;
        assert_eq!(answer.status, status, "{authorization} {answer:?}");
        let challenges: Vec<_> = answer.headers.get_all("www-authenticate").iter().collect();
        let [challenge] = &challenges[..] else {
            panic!("{authorization} {challenges:?}");
        };
        let challenge = challenge.to_str().unwrap();
        assert!(challenge.starts_with("Bearer "), "{challenge}");
        assert_eq!(challenge.matches("Bearer").count(), 1, "{challenge}");
        let named = challenge.split("error=\"").nth(1).unwrap_or_default();
        assert!(named.starts_with(error), "{challenge}");
        assert_eq!(named.is_empty(), error.is_empty(), "{challenge}");
        let url = challenge.split("resource_metadata=\"").nth(1).unwrap();
        let url = url.split('"').next().unwrap();
        let metadata = send(Method::GET, url, "", &[], "").await;
        assert_eq!(metadata.status, 200, "{url} {metadata:?}");
        assert_eq!(
            metadata.body["authorization_servers"],
            json!([deployment.provider.issuer()])
        );
    }

    let client = json!({
        "protocolVersion": MCP_VERSION,
        "capabilities": {},
        "clientInfo": { "name": "test", "version": "1" },
    });
    let answer = deployment.mcp(&valid, "initialize", &client).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let tool = json!({ "name": "interact", "arguments": {} });
    let answer = deployment.mcp(&valid, "tools/call", &tool).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let result = answer.body["result"].to_string();
    assert!(result.contains("Hello, wide@example.com!"), "{answer:?}");
}
