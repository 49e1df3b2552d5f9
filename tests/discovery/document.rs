//! The discovery document, and the ways to the provider. Rows 12 to 20 and 22.

use axum::http::StatusCode;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{
    Behaviour, Browser, Faults, Log, ORIGIN, Page, Provider, Stage, Visit, app, secrets,
    two_providers,
};

/// Row 12; and row 141, since the log quotes what the document says.
#[tokio::test]
async fn a012_another_issuer_stops_the_login_before_it_begins() {
    let long = format!("https://evil.example/\r\n\u{2028}{}", "x".repeat(10_000));
    for issuer in ["https://evil.example", long.as_str()] {
        let mut stage = Stage::new().await;
        stage.provider.set(|f| f.metadata.set("issuer", issuer));
        let log = Log::start();
        stage.down(login(&stage), "discovery_issuer").await;
        assert_eq!(stage.provider.all_requests().len(), 1);
        let (_, line) = log.complaints().pop().unwrap();
        let (_, detail) = line.split_once(" detail=").unwrap();
        let is_short = detail.chars().count() <= 300;
        assert!(is_short && !line.contains('\u{2028}'), "{line}");
    }
}

/// Row 13. One slash at the end is no near miss but what Auth0, Authentik and Forgejo write, and the well-known URL cannot show it; the
/// ID token and the callback must then write it as well.
#[tokio::test]
async fn a013_a_nearly_equal_issuer_is_another_one() {
    let provider = Provider::start().await;
    let issuer = format!("{}/tenant", provider.origin());
    provider.set(|f| f.issuer = Some(issuer.clone()));
    let secrets = secrets(&provider);
    let mut stage = Stage::of(provider, &secrets, ORIGIN);
    for near in [
        format!("{issuer}//"),
        issuer.replace("tenant", "Tenant"),
        issuer.replace("http://", "HTTP://"),
        issuer.replace("http://", "https://"),
        issuer.replace("127.0.0.1", "localhost"),
        issuer.replace(":", ":0"),
        format!("{issuer}?"),
        format!("{issuer}#"),
        format!("{issuer}/../tenant"),
        format!("{issuer} "),
        stage.provider.origin().to_owned(),
        String::new(),
    ] {
        stage = Stage::of(stage.provider, &secrets, ORIGIN);
        stage
            .provider
            .set(|f| f.metadata.set("issuer", near.as_str()));
        let log = Log::start();
        stage.down(login(&stage), "discovery_issuer").await;
        let lines: Vec<String> = log.complaints().into_iter().map(|(_, text)| text).collect();
        let quoted = |text: &str| lines.iter().any(|line| line.contains(&format!("{text:?}")));
        assert!(quoted(&near) && quoted(&issuer), "{lines:?}");
    }
    let with_slash = format!("{issuer}/");
    let mut stage = Stage::of(stage.provider, &secrets, ORIGIN);
    stage.provider.set(|f| {
        f.metadata.clear();
        f.issuer = Some(with_slash);
    });
    stage.sign_in("ada").await;
    stage.provider.set(|f| f.claims.set("iss", issuer.as_str()));
    let callback = stage.callback().await;
    stage.home(callback, "id_token_issuer").await;
}

/// Row 14: a template is for Microsoft's hosts alone, which the unit tests of `provider::metadata` stand for.
#[tokio::test]
async fn a014_nobody_else_may_name_an_issuer_template() {
    let provider = Provider::start().await;
    provider.speak_entra("9188040d-6c67-4c5b-b112-36a304b66dad");
    let secrets = secrets(&provider);
    let mut stage = Stage::of(provider, &secrets, ORIGIN);
    stage.down(login(&stage), "discovery_issuer").await;
}

/// Row 15: of a provider on loopback, plain http to anywhere else; `tls` has the https document.
#[tokio::test]
async fn a015_an_endpoint_that_anybody_can_read_is_refused() {
    for endpoint in ["authorization_endpoint", "token_endpoint", "jwks_uri"] {
        for url in [
            "http://evil.example/x",
            "http://localhost.evil.example/x",
            "http://localhost:80@evil.example/x",
            "ftp://127.0.0.1/x",
            "file:///etc/passwd",
            "javascript:alert(1)",
            "//127.0.0.1/x",
            "/x",
            "",
        ] {
            let mut stage = Stage::new().await;
            stage.provider.set(|f| f.metadata.set(endpoint, url));
            stage.down(login(&stage), "discovery_endpoint").await;
        }
        let mut stage = Stage::new().await;
        stage.provider.set(|f| f.metadata.remove(endpoint));
        stage.down(login(&stage), "discovery_endpoint").await;
    }
}

/// Row 16. A provider that redirects its token or UserInfo endpoint did answer, so the login is refused; the code is used up.
#[tokio::test]
async fn a016_no_redirect_of_a_provider_is_followed() {
    type Place = fn(&mut Faults) -> &mut Behaviour;
    let places: [(&str, Place); 4] = [
        ("discovery", |f| &mut f.discovery),
        ("jwks", |f| &mut f.jwks),
        ("token", |f| &mut f.token),
        ("userinfo", |f| &mut f.userinfo),
    ];
    let other = Provider::start().await;
    for (endpoint, place) in places {
        for status in [301, 302, 303, 307, 308] {
            let mut stage = Stage::with(|secrets| secrets.auth("userinfo = true")).await;
            let target = match endpoint {
                "discovery" => other.metadata_url(),
                _ => other.url(&format!("/{endpoint}")),
            };
            let redirect = Behaviour::Redirect(status, target);
            stage.provider.set(|f| *place(f) = redirect);
            match endpoint {
                "discovery" => {
                    stage.down(login(&stage), "provider_redirects").await;
                }
                "jwks" => {
                    let callback = stage.callback().await;
                    stage.down(callback, "provider_redirects").await;
                }
                _ => {
                    let reason = ["token_status", "userinfo_refused"];
                    let reason = reason[usize::from(endpoint == "userinfo")];
                    let callback = stage.callback().await;
                    stage.home(callback, reason).await;
                }
            }
            assert_eq!(stage.provider.count(endpoint), 1);
        }
    }
    assert_eq!(other.all_requests().len(), 0);
}

/// Rows 17 and 18: nothing is read beyond 1 MiB, and nothing is unpacked.
#[tokio::test]
async fn a017_a018_endless_giant_and_packed_documents_are_cut() {
    let gzip = |_| vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255, 3, 0];
    let (long, encoded) = ("provider_too_long", "provider_encoded");
    for (giant, reason, of_keys) in [
        (Behaviour::Endless, long, long),
        (Behaviour::Padded((1 << 20) + 1), long, long),
        (Behaviour::Padded(100_000_000), long, long),
        (Behaviour::GzipBomb, encoded, encoded),
        (Behaviour::Bytes(gzip), encoded, encoded),
    ] {
        down_with(&giant, reason, of_keys).await;
    }
    let mut stage = Stage::new().await;
    stage
        .provider
        .set(|f| f.discovery = Behaviour::Padded(1 << 20));
    stage.sign_in("ada").await;
    for request in stage.provider.all_requests() {
        let from_us = request.endpoint != "authorize";
        let accepted = from_us.then_some("identity");
        assert_eq!(request.header("accept-encoding"), accepted);
        assert!(!from_us || request.header("user-agent").is_some());
    }
}

/// Row 19.
#[tokio::test]
async fn a019_what_is_no_document_is_refused_and_what_we_do_not_use_does_not_matter() {
    let utf16 = |body: Vec<u8>| body.into_iter().flat_map(|byte| [0, byte]).collect();
    for wrong in [
        Behaviour::Html(200),
        Behaviour::Json(200, json!([{"issuer": 1}])),
        Behaviour::Json(200, json!("text")),
        Behaviour::Bytes(utf16),
        Behaviour::Bytes(|body| body[..body.len() / 2].to_vec()),
        Behaviour::Bytes(|_| b"[".repeat(100_000)),
        Behaviour::Bytes(|_| b"{\"a\":".repeat(100_000)),
        Behaviour::Bytes(|_| Vec::new()),
    ] {
        down_with(&wrong, "discovery_not_json", "keys_malformed").await;
    }
    for status in [204, 400, 404, 500, 503] {
        let wrong = Behaviour::Json(status, json!({}));
        down_with(&wrong, "provider_status", "provider_status").await;
    }
    for lost in [Behaviour::Cut, Behaviour::HangUp] {
        down_with(&lost, "provider_down", "provider_down").await;
    }
    let mut stage = Stage::new().await;
    stage.provider.set(|f| {
        for unused in [
            "userinfo_endpoint",
            "end_session_endpoint",
            "service_documentation",
        ] {
            f.metadata.set(unused, "::not a URL");
        }
        f.metadata.set("registration_endpoint", json!({"a": 5}));
        f.metadata.set("scopes_supported", 5);
        f.metadata.set("claims_supported", Value::Null);
    });
    stage.sign_in("ada").await;
}

/// Row 20.
#[tokio::test]
async fn a020_the_app_runs_while_a_provider_is_down() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let secrets = two_providers(&one, &two);
    one.stop().await;
    let mut stage = Stage::of(one, &secrets, ORIGIN);

    assert_eq!(stage.who().await, "nobody");
    let visit = Visit::get(stage.browser.url("/auth/login/one?next=/me"));
    let page = stage.down(visit, "provider_down").await;
    assert!(
        page.text().contains(r#"action="/auth/login/one""#),
        "{page:?}"
    );
    assert!(page.text().contains(r#"value="/me""#), "{page:?}");
    assert_eq!(stage.browser.get("/auth/login/two").await.text(), "ada");
}

/// Row 22: everybody asks before the provider has answered anybody.
#[tokio::test]
async fn a022_a_crowd_asks_once() {
    const CROWD: usize = 100;
    let provider = Provider::start().await;
    let late = Behaviour::After(std::time::Duration::from_millis(200));
    provider.set(|f| (f.alg, f.discovery, f.jwks) = ("EdDSA", late.clone(), late));
    let app = app(&secrets(&provider).toml());
    let browsers = (0..CROWD).map(|_| (Browser::new(app.clone(), ORIGIN), "/auth/login".into()));

    let started = all_at_once(browsers.collect()).await;
    assert_eq!(provider.count("discovery"), 1);

    let mut callbacks = Vec::new();
    for (mut browser, page) in started.into_iter().take(30) {
        let page = browser.step(page.next().unwrap()).await;
        callbacks.push((browser, page.location().unwrap().to_owned()));
    }
    let finished = all_at_once(callbacks).await;
    assert_eq!(finished.len(), 30);
    for (_, page) in finished {
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{page:?}");
    }
    assert_eq!(provider.count("jwks"), 1);
    assert_eq!(provider.count("discovery"), 1);
}

/// One step of each browser, none of which waits for another.
async fn all_at_once(steps: Vec<(Browser, String)>) -> Vec<(Browser, Page)> {
    let steps = steps.into_iter().map(|(mut browser, path)| async move {
        let visit = Visit::get(browser.url(&path));
        let page = browser.step(visit).await;
        (browser, page)
    });
    steps.collect::<JoinSet<_>>().join_all().await
}

/// Two logins that must end DOWN: the one meets this behaviour at discovery, the other at the keys.
async fn down_with(behaviour: &Behaviour, reason: &str, of_keys: &str) {
    let mut stage = Stage::new().await;
    stage.provider.set(|f| f.discovery = behaviour.clone());
    stage.down(login(&stage), reason).await;

    let mut stage = Stage::new().await;
    stage.provider.set(|f| f.jwks = behaviour.clone());
    let callback = stage.callback().await;
    stage.down(callback, of_keys).await;
}

fn login(stage: &Stage) -> Visit {
    Visit::get(stage.browser.url("/auth/login"))
}
