//! The effect of the configuration on logins: request parameters, cookie names and keys.

use std::collections::BTreeMap;

use axum_streamlit_auth::AuthLayer;

use support::{
    Browser, COOKIE_SECRET, HTTPS_ORIGIN, ORIGIN, Provider, Visit, app, current_user, secrets,
    secrets_at, signed,
};

/// Both files of Streamlit's guide and its example of `client_kwargs`, verbatim.
const GUIDE: [&str; 3] = [
    r#"[auth]
redirect_uri = "http://localhost:8501/oauth2callback"
cookie_secret = "xxx"
client_id = "xxx"
client_secret = "xxx"
server_metadata_url = "https://accounts.google.com/.well-known/openid-configuration"
"#,
    r#"[auth]
redirect_uri = "http://localhost:8501/oauth2callback"
cookie_secret = "xxx"

[auth.google]
client_id = "xxx"
client_secret = "xxx"
server_metadata_url = "https://accounts.google.com/.well-known/openid-configuration"

[auth.microsoft]
client_id = "xxx"
client_secret = "xxx"
server_metadata_url = "https://login.microsoftonline.com/{tenant}/v2.0/.well-known/openid-configuration"
"#,
    r#"[auth]
redirect_uri = "http://localhost:8501/oauth2callback"
cookie_secret = "xxx"

[auth.auth0]
client_id = "xxx"
client_secret = "xxx"
server_metadata_url = "https://{account}.{region}.auth0.com/.well-known/openid-configuration"
client_kwargs = { "prompt" = "login" }
"#,
];

#[tokio::test]
async fn files_in_the_guide_are_valid() {
    for (file, faults) in GUIDE.into_iter().zip([3, 6, 4]) {
        let error = AuthLayer::from_toml(file).err().unwrap();
        assert_eq!(error.diagnostics().len(), faults, "{error}");
        let real = file
            .replacen("xxx", COOKIE_SECRET, 1)
            .replace("xxx", "real")
            .replace("{tenant}", "11111111-2222-4333-8444-555555555555")
            .replace("{account}", "acme")
            .replace("{region}", "eu");
        assert_eq!(
            AuthLayer::from_toml(&real).unwrap().listen_address(),
            "localhost:8501"
        );

        // The same file with the URL of the test provider.
        let provider = Provider::start().await;
        provider.client(|client| (client.id, client.secret) = ("real".into(), "real".into()));
        let urls = ["accounts.google.com", "login.microsoft", "acme.eu"];
        let mut lines: Vec<String> = real.lines().map(str::to_owned).collect();
        for line in &mut lines {
            if urls.iter().any(|url| line.contains(url)) {
                *line = format!("server_metadata_url = \"{}\"", provider.metadata_url());
            }
        }
        let mut browser = Browser::new(app(&lines.join("\n")), ORIGIN);
        let path = match faults {
            3 => "/auth/login",
            6 => "/auth/login/microsoft",
            _ => "/auth/login/auth0",
        };
        assert_eq!(browser.get(path).await.text(), "ada");
        let asked = &provider.requests("authorize")[0];
        let prompt = if faults == 4 {
            "login"
        } else {
            "select_account"
        };
        assert_eq!(asked.parameter("prompt"), Some(prompt));
        assert_eq!(asked.parameter("scope"), Some("openid profile email"));
        assert_eq!(provider.violations(), [""; 0]);
    }
}

#[tokio::test]
async fn redirect_uri_scheme_decides_cookie_security() {
    for (base, prefix, end) in [
        (ORIGIN, "", "HttpOnly; SameSite=Lax; Path=/"),
        (
            HTTPS_ORIGIN,
            "__Host-",
            "HttpOnly; SameSite=Lax; Secure; Path=/",
        ),
        (
            "https://app.example/app",
            "__Host-!app!",
            "HttpOnly; SameSite=Lax; Secure; Path=/",
        ),
        (
            "http://localhost:8501/app",
            "!app!",
            "HttpOnly; SameSite=Lax; Path=/app",
        ),
    ] {
        let provider = Provider::start().await;
        let toml = secrets_at(&provider, base).auth("expose_tokens = [\"id\", \"access\"]");
        let mut browser = Browser::new(app(&toml.toml()), base);
        let page = browser.get(&format!("{base}/auth/login")).await;
        assert_eq!(browser.jar.refused(), []);
        let names: Vec<_> = browser.jar.names();
        assert!(names.iter().all(|name| name.starts_with(prefix)));
        let set: Vec<_> = page
            .hops
            .iter()
            .flat_map(|hop| hop.headers.get_all("set-cookie"))
            .map(|set| set.to_str().unwrap())
            .collect();
        assert!(set.len() >= 4, "{set:?}");
        for set in set {
            let sorted = |text: &str| {
                let mut parts: Vec<String> = text.split("; ").map(str::to_owned).collect();
                parts.sort();
                parts
            };
            let (pair, attributes) = set.split_once("; ").unwrap();
            assert!(pair.starts_with(prefix), "{set}");
            let mut attributes = sorted(attributes);
            attributes.retain(|attribute| !attribute.starts_with("Max-Age="));
            assert_eq!(attributes, sorted(end), "{set}");
        }
    }
}

#[tokio::test]
async fn openid_scope_is_always_requested() {
    for (scope, sent) in [
        ("email", "openid email"),
        ("", "openid"),
        ("openid", "openid"),
        ("email openid groups", "email openid groups"),
        ("openid2", "openid openid2"),
    ] {
        let provider = Provider::start().await;
        let toml = secrets(&provider).auth(&format!("client_kwargs = {{ scope = \"{scope}\" }}"));
        let mut browser = Browser::new(app(&toml.toml()), ORIGIN);
        assert_eq!(browser.get("/auth/login").await.text(), "ada");
        let asked = &provider.requests("authorize")[0];
        assert_eq!(asked.parameter("scope"), Some(sent));
    }
}

#[tokio::test]
async fn parameters_are_sent_exactly_once() {
    let provider = Provider::start().await;
    let endpoint = provider
        .url("/authorize?prompt=none&state=theirs&nonce=theirs&audience=theirs&tenant=a%26b");
    provider.set(|f| f.metadata.set("authorization_endpoint", endpoint));
    let toml = secrets(&provider)
        .auth("client_kwargs = { audience = \"https://api.example/?a=b&c\", max_age = 300, hd = \"ex ample.com\", claims = { id_token = { email = { essential = true } } }, prompt = \"login\" }")
        .auth("authorize_params = { acr_values = \"urn:x\", prompt = \"consent\" }");
    let mut browser = Browser::new(app(&toml.toml()), ORIGIN);
    assert_eq!(
        browser
            .get("/auth/login?redirect_uri=x&scope=y&state=z&prompt=none")
            .await
            .text(),
        "ada"
    );
    assert_eq!(provider.violations(), [""; 0]);

    let asked = &provider.requests("authorize")[0];
    let mut counts = BTreeMap::new();
    for (name, _) in &asked.query {
        *counts.entry(name.as_str()).or_insert(0) += 1;
    }
    assert!(counts.values().all(|&count| count == 1), "{counts:?}");
    for (name, value) in [
        ("audience", "https://api.example/?a=b&c"),
        ("max_age", "300"),
        ("hd", "ex ample.com"),
        ("claims", r#"{"id_token":{"email":{"essential":true}}}"#),
        ("acr_values", "urn:x"),
        ("prompt", "consent"),
        ("tenant", "a&b"),
        ("redirect_uri", "http://localhost:8501/oauth2callback"),
        ("response_type", "code"),
        ("code_challenge_method", "S256"),
    ] {
        assert_eq!(asked.parameter(name), Some(value), "{name}");
    }
    assert!(
        asked.parameter("state").unwrap().len() >= 43
            && asked.parameter("nonce").unwrap().len() >= 43
    );
}

/// RFC 6749, section 3.1: a parameter without a value is treated as omitted.
#[tokio::test]
async fn empty_parameter_is_left_out() {
    for (kwargs, name, sent) in [
        ("prompt = \"\"", "prompt", None),
        ("login_hint = \"\"", "login_hint", None),
        ("max_age = \"\", prompt = \"consent\"", "max_age", None),
        (
            "max_age = \"\", prompt = \"consent\"",
            "prompt",
            Some("consent"),
        ),
        ("login_hint = \"ada\"", "prompt", Some("select_account")),
    ] {
        let provider = Provider::start().await;
        let toml = secrets(&provider).auth(&format!("client_kwargs = {{ {kwargs} }}"));
        let mut browser = Browser::new(app(&toml.toml()), ORIGIN);
        assert_eq!(browser.get("/auth/login").await.text(), "ada");
        let asked = &provider.requests("authorize")[0];
        assert_eq!(asked.parameter(name), sent, "{kwargs}");
        assert_eq!(
            asked.query.iter().any(|(key, _)| key == name),
            sent.is_some()
        );
    }
}

/// One secret signs for four purposes: each signature covers the cookie name, and nonce and
/// verifier are derived with separate labels.
#[tokio::test]
async fn signed_values_are_bound_to_their_purpose() {
    let provider = Provider::start().await;
    let toml = secrets(&provider).auth("expose_tokens = \"access\"").toml();
    let app = app(&toml);
    let mut browser = Browser::new(app.clone(), ORIGIN);
    let start = browser.step(Visit::get(browser.url("/auth/login"))).await;
    let login = browser.jar.cookies()[0].clone();
    assert!(login.name.starts_with("_streamlit_login_"));
    browser.follow(start.next().unwrap()).await;
    let tokens = browser.jar.get("_streamlit_user_tokens").unwrap();
    let identity = browser.jar.get(signed::IDENTITY).unwrap();
    assert_eq!(
        current_user(&app, format!("{}={}", identity.name, identity.value)).await,
        "ada"
    );

    for other in [&login, &tokens] {
        let moved = format!("{}={}", signed::IDENTITY, other.value);
        assert_eq!(current_user(&app, moved).await, "nobody");
        // An identity signed for another cookie name is rejected.
        let text = signed::text_of(&identity.value);
        let forged = signed::sign(
            COOKIE_SECRET,
            &other.name,
            &text,
            signed::time_of(&identity.value),
        );
        assert_eq!(
            current_user(&app, format!("{}={forged}", signed::IDENTITY)).await,
            "nobody"
        );
    }
    let asked = &provider.requests("authorize")[0];
    let derived = [
        asked.parameter("state").unwrap(),
        asked.parameter("nonce").unwrap(),
        asked.parameter("code_challenge").unwrap(),
        provider.requests("token")[0]
            .parameter("code_verifier")
            .unwrap(),
    ]
    .map(str::to_owned);
    for (at, one) in derived.iter().enumerate() {
        assert!(derived[at + 1..].iter().all(|other| other != one));
        assert!(!login.value.contains(one.as_str()));
        assert!(at == 0 || !signed::text_of(&login.value).contains(one));
    }
}
