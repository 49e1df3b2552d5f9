//! `/.well-known/oauth-protected-resource`.

use serde_json::json;

use super::{App, all, json_of};
use support::{HTTPS_ORIGIN, ORIGIN, Provider, Secrets, secrets, secrets_at, two_providers};

const PATH: &str = "/.well-known/oauth-protected-resource";

#[tokio::test]
async fn metadata_names_resource_and_issuer() {
    let app = App::new().await;
    let response = app.get(PATH, &[]).await;

    assert_eq!(response.status(), 200);
    assert_eq!(all(response.headers(), "content-type"), "application/json");
    assert_eq!(all(response.headers(), "access-control-allow-origin"), "*");
    assert_eq!(
        all(response.headers(), "cache-control"),
        "public, max-age=3600"
    );
    assert_eq!(
        json_of(response).await,
        json!({
            "resource": ORIGIN,
            "resource_name": "localhost",
            "authorization_servers": [app.provider.issuer()],
            "bearer_methods_supported": ["header"],
        })
    );
    assert_eq!(
        app.get("/.well-known/oauth-protected-resource/x", &[])
            .await
            .status(),
        404
    );
}

#[tokio::test]
async fn issuer_is_verbatim() {
    let app = App::new().await;
    let issuer = format!("{}/", app.provider.origin());
    app.provider.set(|f| f.issuer = Some(issuer.clone()));
    let metadata = json_of(app.get(PATH, &[]).await).await;
    assert_eq!(metadata["authorization_servers"], json!([issuer]));
}

#[tokio::test]
async fn metadata_of_resource_with_path_is_at_both_paths() {
    let resource = |secrets: Secrets| secrets.auth("resource = \"https://api.example/mcp\"");
    let app = App::with(resource, |auth| auth).await;
    for path in [PATH, "/.well-known/oauth-protected-resource/mcp"] {
        let metadata = json_of(app.get(path, &[]).await).await;
        assert_eq!(metadata["resource"], "https://api.example/mcp", "{path}");
    }
}

#[tokio::test]
async fn resource_includes_base_path() {
    let provider = Provider::start().await;
    let secrets = secrets_at(&provider, &format!("{HTTPS_ORIGIN}/app"));
    let app = support::app(&secrets.auth("bearer_audience = \"x\"").toml());
    let request = support::get("/.well-known/oauth-protected-resource/app");
    let metadata = json_of(support::call(&app, request).await).await;
    assert_eq!(metadata["resource"], format!("{HTTPS_ORIGIN}/app"));
}

#[tokio::test]
async fn scripts_of_other_origins_may_read_metadata() {
    let app = App::new().await;
    let headers = [
        ("origin", "https://inspector.example"),
        ("access-control-request-headers", "mcp-protocol-version"),
        ("sec-fetch-mode", "cors"),
        ("sec-fetch-site", "cross-site"),
    ];
    let preflight = app.send("OPTIONS", PATH, &headers).await;
    assert_eq!(preflight.status(), 204);
    assert_eq!(all(preflight.headers(), "access-control-allow-origin"), "*");
    assert_eq!(app.get(PATH, &headers).await.status(), 200);
    let head = app.send("HEAD", PATH, &[]).await;
    assert_eq!(head.status(), 200);
    assert_eq!(super::text(head).await, "");
    assert_eq!(app.send("POST", PATH, &[]).await.status(), 405);
}

#[tokio::test]
async fn metadata_is_absent_without_audience() {
    let provider = Provider::start().await;
    let app = support::app(&secrets(&provider).toml());
    assert_eq!(support::call(&app, support::get(PATH)).await.status(), 404);
    assert!(provider.all_requests().is_empty());
}

#[tokio::test]
async fn unavailable_provider_is_left_out() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    one.client(|client| client.redirect_uris.clear());
    let secrets = Secrets::new(ORIGIN).provider("one", &one);
    let secrets = secrets
        .line("bearer_audience = \"x\"")
        .provider("two", &two);
    let app = support::app(&secrets.line("bearer_audience = \"y\"").toml());
    one.stop().await;
    let response = support::call(&app, support::get(PATH)).await;
    assert_eq!(all(response.headers(), "cache-control"), "no-store");
    assert_eq!(
        json_of(response).await["authorization_servers"],
        json!([two.issuer()])
    );

    let (one, two) = (Provider::start().await, Provider::start().await);
    let secrets = two_providers(&one, &two).line("bearer_audience = \"x\"");
    let app = support::app(&secrets.toml());
    two.stop().await;
    let response = support::call(&app, support::get(PATH)).await;
    assert_eq!(response.status(), 503);
    assert!(response.headers().contains_key("retry-after"));
}
