//! The same settings from a file and in code, compared by their effect.

use axum_streamlit_auth::{
    AuthLayer, AuthLayerBuilder, Check, CheckReport, ClientCredential, Outcome, Provider,
};
use serde_json::{Value, json};

use super::discovered;
use support::{
    Auth, Browser, COOKIE_SECRET, HTTPS_ORIGIN, ORIGIN, Provider as TestProvider, RecordedRequest,
    app_with, redact, visible_text,
};

/// The effects of a login and a logout, without random values.
async fn effects(auth: AuthLayer, provider: &TestProvider, origin: &str, login: &str) -> Value {
    provider.forget_requests();
    let listen_address = auth.listen_address().to_owned();
    let mut browser = Browser::new(app_with(auth), origin);
    let page = browser.get(login).await;
    let cookies: Vec<String> = page
        .hops
        .iter()
        .flat_map(|hop| hop.headers.get_all("set-cookie"))
        .map(|cookie| without_values(cookie.to_str().unwrap()))
        .collect();
    let mut user = browser.get("/me").await.json();
    for random in ["exp", "iat", "nonce", "at_hash", "jti", "auth_time"] {
        user.as_object_mut().unwrap().remove(random);
    }
    let guards = ["/report", "/guarded", "/admin"];
    let mut statuses = Vec::new();
    for guard in guards {
        let page = browser.get(guard).await;
        statuses.push(format!("{} {}", page.status.as_u16(), page.path()));
    }
    let choices = browser.get("/auth/login").await.status.as_u16();
    let logout = browser.get("/logout").await;
    let effects = json!({
        "listen": listen_address,
        "ends": redact(&visible_text(&page.text()), provider),
        "cookies": cookies,
        "user": user,
        "guards": statuses,
        "choices": choices,
        "authorize": parameters(&provider.requests("authorize")),
        "token": parameters(&provider.requests("token")),
        "basic": provider.requests("token").iter().map(RecordedRequest::basic).collect::<Vec<_>>(),
        "logout": parameters(&provider.requests("logout")),
        "logged out": logout.path(),
    });
    assert_eq!(provider.violations(), [""; 0]);
    effects
}

fn parameters(requests: &[RecordedRequest]) -> Vec<Vec<(String, String)>> {
    let is_random = |name: &str| {
        [
            "state",
            "nonce",
            "code",
            "code_challenge",
            "code_verifier",
            "id_token_hint",
        ]
        .contains(&name)
    };
    let parameters = requests.iter().map(|request| {
        let all = request.query.iter().chain(&request.form);
        let all = all.filter(|(_, value)| !value.is_empty());
        all.map(|(name, value)| {
            let value = if is_random(name) {
                "…"
            } else {
                value.as_str()
            };
            (name.clone(), value.to_owned())
        })
        .collect()
    });
    parameters.collect()
}

/// Removes the value of a cookie and the random part of its name.
fn without_values(cookie: &str) -> String {
    let (pair, attributes) = cookie.split_once("; ").unwrap();
    let (name, _) = pair.split_once('=').unwrap();
    let name = name
        .split_once("_streamlit_login_")
        .map_or(name, |(prefix, _)| prefix);
    format!("{name}; {attributes}")
}

/// Asserts that both have the same effects, and returns them.
async fn assert_alike(
    toml: &str,
    builder: AuthLayerBuilder,
    provider: &TestProvider,
    origin: &str,
    login: &str,
) -> Value {
    let of_file = effects(AuthLayer::from_toml(toml).unwrap(), provider, origin, login).await;
    let of_code = effects(builder.build().unwrap(), provider, origin, login).await;
    assert_eq!(of_file, of_code);
    of_code
}

#[tokio::test]
async fn default_provider_behaves_the_same_in_code() {
    let provider = TestProvider::start().await;
    let toml = support::secrets(&provider).toml();
    let builder = AuthLayer::builder()
        .redirect_uri(format!("{ORIGIN}/oauth2callback"))
        .cookie_secret(COOKIE_SECRET)
        .provider(discovered(&provider));

    let effects = assert_alike(&toml, builder, &provider, ORIGIN, "/auth/login").await;
    assert_eq!(effects["ends"], "ada");
    assert_eq!(
        effects["guards"],
        json!(["200 /report", "200 /guarded", "200 /admin"])
    );
}

/// Every setting that affects a login differs from its default.
#[tokio::test]
async fn named_providers_behave_the_same_in_code() {
    let (provider, other) = (TestProvider::start().await, TestProvider::start().await);
    provider.client(|client| client.auth = Auth::Post);
    provider.sign_in_with(json!({
        "sub": "grace", "email": "grace@example.com", "email_verified": true,
        "groups": ["admin"], "tid": "t", "plan": "x",
    }));
    let secrets = support::Secrets::new(HTTPS_ORIGIN)
        .auth("expose_tokens = [\"access\"]\napp_name = \"App\"")
        .auth("login_page = \"/guarded\"\ncookie_budget = 9000")
        .auth("allow = { domains = [\"example.com\"] }\nlogout_params = { a = \"all\", b = \"all\" }")
        .provider("one", &provider)
        .line("client_kwargs = { scope = \"openid email x\", token_endpoint_auth_method = \"client_secret_post\" }")
        .line("authorize_params = { prompt = \"login\", max_age = 300, login_hint = \"\" }")
        .line("userinfo = true\ntrusted_audiences = [\"y\"]\nlogout_params = { b = \"one\" }")
        .line("allow = { claims = { tid = [\"t\", \"u\"] } }")
        .provider("two", &other);
    let client = provider.registered();
    let one = Provider::discover(
        provider.metadata_url(),
        &*client.id,
        ClientCredential::secret_post(&*client.secret),
    )
    .name("one")
    .scope("openid email x")
    .authorize_param("prompt", "login")
    .authorize_param("max_age", 300)
    .authorize_param("login_hint", "")
    .userinfo(true)
    .trusted_audiences(["y"])
    .logout_param("b", "one")
    .allow_claim("tid", ["t", "u"]);
    let two = other.registered();
    let two = Provider::discover(other.metadata_url(), &*two.id, &*two.secret).name("two");
    let builder = AuthLayer::builder()
        .redirect_uri(format!("{HTTPS_ORIGIN}/oauth2callback"))
        .cookie_secret(COOKIE_SECRET)
        .cookie_budget(9000)
        .expose_access_token()
        .app_name("App")
        .login_page("/guarded")
        .allow_domains(["example.com"])
        .logout_param("a", "all")
        .logout_param("b", "all")
        .provider(one)
        .provider(two);

    let toml = secrets.toml();
    let effects = assert_alike(
        &toml,
        builder.clone(),
        &provider,
        HTTPS_ORIGIN,
        "/auth/login/one",
    )
    .await;
    assert_eq!(effects["ends"], "grace");
    assert_eq!(
        effects["guards"],
        json!(["200 /report", "200 /guarded", "200 /admin"])
    );
    let sent = effects["logout"].to_string();
    assert!(
        sent.contains(r#"["a","all"]"#) && sent.contains(r#"["b","one"]"#),
        "{sent}"
    );

    // A user whom only the rule of the provider refuses.
    provider.sign_in_with(json!({
        "sub": "eve", "email": "eve@example.com", "email_verified": true, "tid": "other",
    }));
    let refused = assert_alike(&toml, builder, &provider, HTTPS_ORIGIN, "/auth/login/one").await;
    assert_eq!(refused["user"], json!({ "is_logged_in": false }));
}

#[tokio::test]
async fn public_client_behaves_the_same_in_code() {
    let provider = TestProvider::start().await;
    provider.client(|client| client.auth = Auth::None);
    let toml = support::secrets(&provider)
        .auth("client_kwargs = { token_endpoint_auth_method = \"none\" }")
        .toml();
    let builder = AuthLayer::builder()
        .redirect_uri(format!("{ORIGIN}/oauth2callback"))
        .cookie_secret(COOKIE_SECRET)
        .provider(Provider::discover(
            provider.metadata_url(),
            provider.registered().id,
            ClientCredential::public(),
        ));

    let effects = assert_alike(&toml, builder, &provider, ORIGIN, "/auth/login").await;
    assert_eq!(effects["ends"], "ada");
    assert_eq!(effects["basic"], json!([null, null]));
}

/// Both configurations accept the same identities, so an app can move from a file to code.
#[tokio::test]
async fn identity_survives_move_from_file_to_code() {
    let provider = TestProvider::start().await;
    let toml = support::secrets(&provider).toml();
    let mut browser = Browser::new(support::app(&toml), ORIGIN);
    assert_eq!(browser.get("/auth/login").await.text(), "ada");
    let built = AuthLayer::builder()
        .redirect_uri(format!("{ORIGIN}/oauth2callback"))
        .cookie_secret(COOKIE_SECRET)
        .provider(discovered(&provider))
        .build()
        .unwrap();

    browser.serve(app_with(built), ORIGIN);
    assert_eq!(browser.get("/").await.text(), "ada");
}

/// The steps of a report, without locations.
fn steps(report: &CheckReport) -> Vec<(Outcome, String, String)> {
    let step = |step: &Check| match step.diagnostic() {
        Some(found) => (
            step.outcome(),
            found.key().to_owned(),
            found.message().to_owned(),
        ),
        None => (step.outcome(), String::new(), step.text().to_owned()),
    };
    report.checks().iter().map(step).collect()
}

#[tokio::test]
async fn doctor_report_is_the_same_for_file_and_code() {
    let provider = TestProvider::start().await;
    for (secret, scope) in [
        ("test-client-secret-7f3a", "openid profile email"),
        ("wrong-secret-of-the-client", "openid profile email"),
        ("test-client-secret-7f3a", "openid unheard-of"),
    ] {
        provider.client(|client| client.redirect_uris = vec![format!("{ORIGIN}/oauth2callback")]);
        let toml = format!(
            "[auth]\nredirect_uri = \"{ORIGIN}/oauth2callback\"\ncookie_secret = {COOKIE_SECRET:?}\n\n[auth.lab]\nclient_id = \"app\"\nclient_secret = {secret:?}\nserver_metadata_url = {:?}\nclient_kwargs = {{ scope = {scope:?} }}\n",
            provider.metadata_url()
        );
        let of_file = AuthLayer::from_toml(&toml).unwrap().check().await;
        let built = AuthLayer::builder()
            .redirect_uri(format!("{ORIGIN}/oauth2callback"))
            .cookie_secret(COOKIE_SECRET)
            .provider(
                Provider::discover(provider.metadata_url(), "app", secret)
                    .name("lab")
                    .scope(scope),
            );
        let of_code = built.build().unwrap().check().await;

        assert!(steps(&of_file).len() > 5, "{of_file}");
        assert_eq!(steps(&of_file), steps(&of_code));
        let faults = of_code.checks().iter().filter_map(Check::diagnostic);
        for fault in faults {
            assert!(
                fault
                    .method()
                    .is_some_and(|method| method.starts_with("Provider::"))
            );
            assert!(!fault.help().contains(" = "), "{of_code}");
        }
        assert!(
            !format!("{of_code}{of_code:?}").contains(secret),
            "{of_code}"
        );
    }
}

#[tokio::test]
async fn error_page_shows_call_instead_of_toml() {
    let provider = TestProvider::start().await;
    provider.client(|client| client.auth = Auth::Post);
    let built = super::builder()
        .provider(
            Provider::discover(
                provider.metadata_url(),
                "app",
                ClientCredential::secret_basic("wrong-secret-of-the-client"),
            )
            .name("lab"),
        )
        .build()
        .unwrap();
    let mut browser = Browser::new(app_with(built), ORIGIN);
    let page = browser.get("/auth/login/lab").await.text();

    let text = visible_text(&page);
    for line in [
        "auth.lab.client_secret, ClientCredential::secret_basic",
        "Change the code\nClientCredential::secret_post(client_secret)",
    ] {
        assert!(text.contains(line), "{line}:\n{text}");
    }
    assert!(!text.contains(" = ") && !text.contains("Paste"), "{text}");
}
