//! The example `mcp` with the official Python client of the Model Context Protocol, at Keycloak.
//! The client only knows the URL of the server: it finds the provider, registers itself there, and
//! asks a person to log in.

use std::{path::Path, process::Command};

use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    app::{Address, App},
    provider::{Kind, Provider, http, packages},
    users::ALICE,
};

const SCOPE: &str = "profile:read";

/// Not enough for the tool.
const WEAK_SCOPE: &str = "profile:list";

#[tokio::test]
async fn agent_finds_provider_and_calls_tool() {
    let address = Address::free();
    let provider = Provider::start(Kind::Keycloak, &address).await;
    let server = address.url("/mcp");
    prepare(&provider, &server).await;
    let secrets = format!(
        "resource = {server:?}\n[auth.lab]\n{}bearer_audience = {server:?}\n",
        provider.secrets()
    );
    let app = App::start_with("mcp", address, &secrets).await;

    let weak = weak_token(&provider).await;
    let outcome = run_client(&server, &weak);
    assert_eq!(outcome["without a token"]["statuses"][0], 401, "{outcome}");
    assert_eq!(
        outcome["with a weak token"]["statuses"][0], 403,
        "{outcome}"
    );
    let logged_in = &outcome["with a login"];
    assert_eq!(logged_in["text"], ALICE, "{outcome}\n{}", app.log());
    assert_eq!(logged_in["statuses"][0], 401, "{outcome}");
    let scopes = outcome["scope"].as_str().unwrap_or_default();
    assert!(scopes.split(' ').any(|scope| scope == SCOPE), "{outcome}");
    assert_eq!(outcome["registered"], "An agent");

    // The weak token is valid: only the scope is missing.
    let answer = http()
        .get(app.url("/me"))
        .bearer_auth(&weak)
        .send()
        .await
        .unwrap();
    assert_eq!(
        (answer.status().as_u16(), answer.text().await.unwrap()),
        (200, ALICE.to_owned())
    );
}

/// Lets clients register themselves, and lets them request access tokens for `audience`.
async fn prepare(provider: &Provider, audience: &str) {
    let mapper = |kind: &str, config: Value| {
        json!({
            "name": kind,
            "protocol": "openid-connect",
            "protocolMapper": format!("oidc-{kind}-mapper"),
            "config": config,
        })
    };
    let mappers = [
        mapper(
            "audience",
            json!({ "included.custom.audience": audience, "access.token.claim": "true" }),
        ),
        mapper("full-name", json!({ "access.token.claim": "true" })),
    ];
    // A client that registers itself with scopes gets no default scopes.
    for name in [SCOPE, WEAK_SCOPE] {
        let scope = json!({
            "name": name,
            "protocol": "openid-connect",
            "attributes": { "include.in.token.scope": "true" },
            "protocolMappers": mappers,
        });
        provider
            .admin(Method::POST, "/client-scopes", Some(scope))
            .await;
    }
    let scopes = provider.admin(Method::GET, "/client-scopes", None).await;
    for name in [SCOPE, WEAK_SCOPE] {
        let id = find(&scopes, "name", name);
        let path = format!("/default-optional-client-scopes/{id}");
        provider.admin(Method::PUT, &path, None).await;
    }
    // By default, only listed hosts may register clients.
    let components = provider.admin(Method::GET, "/components", None).await;
    let id = find(&components, "providerId", "trusted-hosts");
    provider
        .admin(Method::DELETE, &format!("/components/{id}"), None)
        .await;
    // Every user who registers has this role. The client requests offline access even if it is not
    // configured to.
    let role = provider
        .admin(Method::GET, "/roles/offline_access", None)
        .await;
    let users = provider.admin(Method::GET, "/users", None).await;
    let path = format!(
        "/users/{}/role-mappings/realm",
        find(&users, "username", "alice")
    );
    provider
        .admin(Method::POST, &path, Some(json!([role])))
        .await;
    let client =
        json!({ "clientId": "weak", "publicClient": true, "directAccessGrantsEnabled": true });
    provider.admin(Method::POST, "/clients", Some(client)).await;
}

/// The ID of the item with this member.
fn find(items: &Value, member: &str, value: &str) -> String {
    let mut items = items.as_array().unwrap().iter();
    let item = items.find(|item| item[member] == value);
    item.unwrap_or_else(|| panic!("no {value}"))["id"]
        .as_str()
        .unwrap()
        .to_owned()
}

/// An access token for the server without the scope of the tool.
async fn weak_token(provider: &Provider) -> String {
    let url = format!("{}/protocol/openid-connect/token", provider.issuer());
    let answer = http()
        .post(url)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(format!(
            "grant_type=password&client_id=weak&username=alice&password=password&scope={WEAK_SCOPE}"
        ))
        .send()
        .await
        .unwrap();
    let text = answer.text().await.unwrap();
    let tokens: Value = serde_json::from_str(&text).unwrap();
    tokens["access_token"]
        .as_str()
        .unwrap_or_else(|| panic!("{text}"))
        .to_owned()
}

fn run_client(server: &str, weak_token: &str) -> Value {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("e2e/mcp/client.py");
    let output = Command::new(packages().join("mcp/bin/python"))
        .arg(script)
        .args([server, "alice", "password", weak_token])
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .output()
        .unwrap();
    let (stdout, stderr) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    serde_json::from_str(&stdout).unwrap_or_else(|_| panic!("{stdout}\n{stderr}"))
}
