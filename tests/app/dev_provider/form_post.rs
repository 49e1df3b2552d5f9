//! The development provider with `response_mode=form_post`.

use super::*;

/// The provider's page posts the response, as Apple's does. The redirect finishes the login.
#[tokio::test]
async fn form_post_login_works_at_dev_provider() {
    let app = app(&AuthLayer::from_toml(TOML).unwrap());
    let (host, mut cookies) = ("localhost:8501", Vec::new());
    let start = send(&app, host, Method::GET, "/auth/login", &mut cookies, "").await;
    let authorize = path(&start);
    let form = format!("{}&user=alice", authorize.split_once('?').unwrap().1);
    let page = send(
        &app,
        host,
        Method::POST,
        "/auth/dev/authorize",
        &mut cookies,
        &form,
    )
    .await;
    assert_eq!(page.status(), StatusCode::OK);
    let page = text(page).await;
    let field = |name: &str| {
        let start = format!("name=\"{name}\" value=\"");
        let (_, value) = page.split_once(&start).unwrap();
        value.split_once('"').unwrap().0.to_owned()
    };
    let fields = ["code", "state", "iss"].map(|name| (name, field(name)));
    let form = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs(fields)
        .finish();

    let callback = send(
        &app,
        host,
        Method::POST,
        "/oauth2callback",
        &mut cookies,
        &form,
    )
    .await;

    assert_eq!(callback.status(), StatusCode::SEE_OTHER);
    send(&app, host, Method::GET, &path(&callback), &mut cookies, "").await;
    let home = send(&app, host, Method::GET, "/", &mut cookies, "").await;
    assert_eq!(text(home).await, "Hello, Alice!");
}

const TOML: &str = r#"
[auth]
redirect_uri = "http://localhost:8501/oauth2callback"
cookie_secret = "kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5uKt1BvXoQ"
client_id = "app"
client_secret = "any"
server_metadata_url = "http://localhost:8501/auth/dev/.well-known/openid-configuration"
client_kwargs = { response_mode = "form_post" }
"#;
