//! One Keycloak for all tests, with a realm for each.

use std::{
    fs::File,
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tokio::sync::OnceCell;

use super::{here, http, packages};
use crate::process::free_port;

/// Keycloak takes about 20 seconds to start, and longer while other tests run.
const START_TIMEOUT: Duration = Duration::from_secs(240);

pub struct Keycloak {
    port: u16,
    /// Its standard input is a pipe of this process. Keycloak exits when the pipe closes.
    _child: Child,
}

/// The Keycloak of this test run. The first call starts it.
pub async fn running() -> &'static Keycloak {
    static KEYCLOAK: OnceCell<Keycloak> = OnceCell::const_new();
    KEYCLOAK.get_or_init(Keycloak::start).await
}

impl Keycloak {
    async fn start() -> Self {
        let port = free_port();
        let log = Path::new(env!("CARGO_TARGET_TMPDIR")).join("keycloak.log");
        let output = File::create(&log).unwrap();
        let mut child = Command::new("bash")
            .arg(here("keycloak/run"))
            .arg(packages().join("keycloak/home"))
            .arg(port.to_string())
            .stdin(Stdio::piped())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .unwrap();
        let deadline = Instant::now() + START_TIMEOUT;
        let url = format!("http://127.0.0.1:{port}/realms/master");
        while !is_success(http().get(&url)).await {
            let ended = child.try_wait().unwrap();
            assert!(ended.is_none(), "Keycloak ended: see {}", log.display());
            assert!(
                Instant::now() < deadline,
                "Keycloak does not answer: see {}",
                log.display()
            );
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Self {
            port,
            _child: child,
        }
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Sends a request to the administration API below `/admin/realms`.
    pub async fn admin(&self, method: reqwest::Method, path: &str, body: Option<Value>) -> Value {
        let origin = format!("http://127.0.0.1:{}", self.port);
        let form = "grant_type=password&client_id=admin-cli&username=admin&password=admin";
        let answer = http()
            .post(format!(
                "{origin}/realms/master/protocol/openid-connect/token"
            ))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(form)
            .send()
            .await
            .unwrap();
        let token: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        let mut request = http()
            .request(method, format!("{origin}/admin/realms{path}"))
            .bearer_auth(token["access_token"].as_str().unwrap());
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        let answer = request.send().await.unwrap();
        let (status, text) = (answer.status(), answer.text().await.unwrap());
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).unwrap_or_default()
    }
}

async fn is_success(request: reqwest::RequestBuilder) -> bool {
    request
        .send()
        .await
        .is_ok_and(|answer| answer.status().is_success())
}

/// The realm of a test.
pub struct Realm(pub String);

impl Realm {
    /// Creates the realm with the client and users of `settings`, unless it exists.
    pub async fn create(&self, settings: &Value) {
        let keycloak = running().await;
        let url = format!("http://127.0.0.1:{}/realms/{}", keycloak.port, self.0);
        if is_success(http().get(url)).await {
            return;
        }
        let client = &settings["client"];
        let back: Vec<&str> = client["post_logout_redirect_uris"]
            .as_array()
            .unwrap()
            .iter()
            .map(|uri| uri.as_str().unwrap())
            .collect();
        let users = ["alice", "wide"].map(|name| user(name, &settings["people"][name]));
        let mut realm = json!({
            "realm": self.0,
            "enabled": true,
            "sslRequired": "none",
            "users": users,
            "clients": [
                {
                    "clientId": client["id"],
                    "secret": client["secret"],
                    "redirectUris": [client["redirect_uri"]],
                    "attributes": { "post.logout.redirect.uris": back.join("##") },
                },
                agent(&settings["client"]["origin"]),
            ],
        });
        if let Some(keys) = settings.get("client_jwks") {
            let client = &mut realm["clients"][0];
            client["clientAuthenticatorType"] = json!("client-jwt");
            client["attributes"]["use.jwks.string"] = json!("true");
            client["attributes"]["jwks.string"] = json!(keys.to_string());
        }
        if let Some(logout) = settings.get("backchannel_logout") {
            let client = &mut realm["clients"][0];
            client["frontchannelLogout"] = json!(false);
            client["attributes"]["backchannel.logout.url"] = logout["uri"].clone();
            let required = logout["session_required"].to_string();
            client["attributes"]["backchannel.logout.session.required"] = json!(required);
        }
        keycloak.admin(reqwest::Method::POST, "", Some(realm)).await;
    }

    /// Requires two levels of authentication, `silver` by name and password, `gold` by the password
    /// once more.
    ///
    /// Source: Keycloak, Server Administration Guide, "Creating a browser login flow with step-up
    /// mechanism".
    pub async fn require_levels(&self) {
        use reqwest::Method;
        let keycloak = running().await;
        let realm = format!("/{}", self.0);
        let flows = format!("{realm}/authentication/flows");
        let flow = json!({ "alias": "steps", "providerId": "basic-flow", "topLevel": true, "builtIn": false });
        keycloak.admin(Method::POST, &flows, Some(flow)).await;
        let execution = async |flow: &str, provider: &str| {
            let path = format!("{flows}/{flow}/executions/execution");
            let body = Some(json!({ "provider": provider }));
            keycloak.admin(Method::POST, &path, body).await;
        };
        let subflow = async |parent: &str, alias: &str| {
            let path = format!("{flows}/{parent}/executions/flow");
            let body = json!({ "alias": alias, "type": "basic-flow", "provider": "registration-page-form", "description": "" });
            keycloak.admin(Method::POST, &path, Some(body)).await;
        };
        execution("steps", "auth-cookie").await;
        subflow("steps", "levels").await;
        for (level, form) in [
            ("1", "auth-username-password-form"),
            ("2", "auth-password-form"),
        ] {
            let alias = format!("level-{level}");
            subflow("levels", &alias).await;
            execution(&alias, "conditional-level-of-authentication").await;
            execution(&alias, form).await;
        }
        let path = format!("{flows}/steps/executions");
        let executions = keycloak.admin(Method::GET, &path, None).await;
        let mut levels = ["1", "2"].iter();
        for execution in executions.as_array().unwrap() {
            let mut execution = execution.clone();
            let name = execution["displayName"].as_str().unwrap().to_owned();
            execution["requirement"] = match (name.as_str(), execution["providerId"].as_str()) {
                ("levels", _) | (_, Some("auth-cookie")) => "ALTERNATIVE".into(),
                ("level-1" | "level-2", _) => "CONDITIONAL".into(),
                _ => "REQUIRED".into(),
            };
            keycloak
                .admin(Method::PUT, &path, Some(execution.clone()))
                .await;
            if execution["providerId"] == "conditional-level-of-authentication" {
                let level = levels.next().unwrap();
                let id = execution["id"].as_str().unwrap();
                let path = format!("{realm}/authentication/executions/{id}/config");
                let config = json!({ "loa-condition-level": level, "loa-max-age": "36000" });
                let body = json!({ "alias": format!("level {level}"), "config": config });
                keycloak.admin(Method::POST, &path, Some(body)).await;
            }
        }
        let map = json!({ "silver": 1, "gold": 2 }).to_string();
        let body = json!({ "browserFlow": "steps", "attributes": { "acr.loa.map": map } });
        keycloak.admin(Method::PUT, &realm, Some(body)).await;
    }

    /// Replaces the signing key.
    pub async fn rotate(&self) {
        let keycloak = running().await;
        let path = format!("/{}", self.0);
        let realm = keycloak.admin(reqwest::Method::GET, &path, None).await;
        let components = format!("{path}/components");
        let query = format!("{components}?type=org.keycloak.keys.KeyProvider");
        let known = keycloak.admin(reqwest::Method::GET, &query, None).await;
        let new = json!({
            "name": "new",
            "providerId": "rsa-generated",
            "providerType": "org.keycloak.keys.KeyProvider",
            "parentId": realm["id"],
            "config": { "priority": ["200"], "algorithm": ["RS256"] },
        });
        keycloak
            .admin(reqwest::Method::POST, &components, Some(new))
            .await;
        for component in known.as_array().unwrap() {
            if component["providerId"] == "rsa-generated" {
                let path = format!("{components}/{}", component["id"].as_str().unwrap());
                keycloak.admin(reqwest::Method::DELETE, &path, None).await;
            }
        }
    }
}

/// The client ID of a program.
pub const AGENT: &str = "agent";

/// A public client that logs in with a password, with this audience in its access tokens.
fn agent(audience: &Value) -> Value {
    json!({
        "clientId": AGENT,
        "publicClient": true,
        "directAccessGrantsEnabled": true,
        "protocolMappers": [{
            "name": "audience",
            "protocol": "openid-connect",
            "protocolMapper": "oidc-audience-mapper",
            "config": { "included.custom.audience": audience, "access.token.claim": "true" },
        }],
    })
}

fn user(name: &str, claims: &Value) -> Value {
    let (first, last) = claims["name"].as_str().unwrap().split_once(' ').unwrap();
    json!({
        "username": name,
        "enabled": true,
        "email": claims["email"],
        "emailVerified": claims["email_verified"],
        "firstName": first,
        "lastName": last,
        "credentials": [{ "type": "password", "value": "password" }],
    })
}
