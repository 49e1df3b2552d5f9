//! Configurations from serializable values, and with several providers.

use std::collections::BTreeMap;

use axum_streamlit_auth::AuthLayer;
use serde::Serialize;

use support::{Browser, COOKIE_SECRET, ORIGIN, Provider, app, app_with, secrets, two_providers};

#[derive(Serialize)]
struct File {
    auth: Auth,
    database: &'static str,
}

#[derive(Serialize)]
struct Auth {
    redirect_uri: String,
    cookie_secret: &'static str,
    expose_tokens: Option<Vec<&'static str>>,
    cookie_days: u16,
    #[serde(flatten)]
    providers: BTreeMap<&'static str, Keys>,
}

#[derive(Serialize)]
struct Keys {
    client_id: &'static str,
    client_secret: &'static str,
    server_metadata_url: String,
    userinfo: bool,
}

#[tokio::test]
async fn serializable_struct_is_accepted() {
    let provider = Provider::start().await;
    let keys = Keys {
        client_id: "app",
        client_secret: "test-client-secret-7f3a",
        server_metadata_url: provider.metadata_url(),
        userinfo: true,
    };
    let mut file = File {
        auth: Auth {
            redirect_uri: format!("{ORIGIN}/oauth2callback"),
            cookie_secret: COOKIE_SECRET,
            expose_tokens: None,
            cookie_days: 7,
            providers: BTreeMap::from([("one", keys)]),
        },
        database: "postgres://",
    };
    let auth = AuthLayer::from_value(&file).unwrap();
    let mut browser = Browser::new(app_with(auth), ORIGIN);
    assert_eq!(browser.get("/auth/login").await.text(), "ada");
    assert_eq!(provider.count("userinfo"), 1);

    file.auth.cookie_days = 0;
    file.auth.expose_tokens = Some(vec!["refresh"]);
    let error = AuthLayer::from_value(&file).err().unwrap();
    let found: Vec<_> = error
        .diagnostics()
        .iter()
        .map(|fault| (fault.key(), fault.line(), fault.file()))
        .collect();
    assert_eq!(
        found,
        [
            ("auth.cookie_days", None, None),
            ("auth.expose_tokens", None, None)
        ]
    );
}

#[tokio::test]
async fn default_and_named_providers_coexist() {
    let (one, two, own) = (
        Provider::start().await,
        Provider::start().await,
        Provider::start().await,
    );
    let both = secrets(&own).provider("one", &one).provider("two", &two);
    let mut browser = Browser::new(app(&both.toml()), ORIGIN);
    for (path, provider) in [
        ("/auth/login", &own),
        ("/auth/login/default", &own),
        ("/auth/login/two", &two),
        ("/auth/login/one", &one),
    ] {
        provider.forget_requests();
        assert_eq!(browser.get(path).await.text(), "ada");
        assert_eq!(provider.count("token"), 1, "{path}");
    }
    let mut browser = Browser::new(app(&two_providers(&one, &two).toml()), ORIGIN);
    let page = browser.get("/auth/login").await;
    assert_eq!((page.path(), page.status.as_u16()), ("/auth/login", 200));
    assert!(page.text().contains(">One<") && page.text().contains("action=\"/auth/login/two\""));
}
