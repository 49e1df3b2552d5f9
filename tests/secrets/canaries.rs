//! Row 140: no secret, token, code or cookie in any line of the log, of this crate or one below it, nor on any page, in no spelling.

use base64::{Engine, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::json;

use super::support::{
    Auth, Behaviour, Browser, Clock, Log, Page, Provider, Seal, Visit, app_with, canary, groups,
    secrets,
};

const CLIENT_SECRET: &str = "canary:client/secret+%é 7f3a91c2";
const COOKIE_SECRET: &str = "canary-cookie-secret-5d0e8b64f2a79c13";
const OLD_SECRET: &str = "canary-former-secret-a1c7e9024b6d83f5";

/// An app with canaries for secrets, at a provider that knows them, and everything that is to stay secret.
struct Scene {
    provider: Provider,
    browser: Browser,
    secrets: Vec<String>,
    pages: Vec<String>,
}

impl Scene {
    async fn new(auth: Auth) -> Self {
        let provider = Provider::start().await;
        provider.client(|client| {
            CLIENT_SECRET.clone_into(&mut client.secret);
            client.auth = auth;
        });
        provider.sign_in_with(json!({"sub": "ada", "groups": groups(120)}));
        let toml = secrets(&provider)
            .cookie_secret(COOKIE_SECRET)
            .auth(&format!("cookie_secrets_old = [\"{OLD_SECRET}\"]"))
            .auth("expose_tokens = [\"id\", \"access\"]\nuserinfo = true")
            .auth("client_kwargs = { scope = \"openid offline_access\" }");
        let app = app_with(Clock::new().layer(&toml.toml()));
        Self {
            browser: Browser::new(app, super::support::ORIGIN),
            provider,
            secrets: [CLIENT_SECRET, COOKIE_SECRET, OLD_SECRET]
                .map(str::to_owned)
                .to_vec(),
            pages: Vec::new(),
        }
    }

    /// Visits `path` with all that follows, and notes what is on the way.
    async fn visit(&mut self, path: &str) -> Page {
        let mut page = self.browser.step(Visit::get(self.browser.url(path))).await;
        loop {
            self.note(&page);
            let Some(next) = page.next() else {
                return page;
            };
            page = self.browser.step(next).await;
        }
    }

    fn note(&mut self, page: &Page) {
        let headers = page
            .headers
            .iter()
            .filter(|(name, _)| !["location", "set-cookie"].contains(&name.as_str()));
        self.pages
            .push(format!("{} {:?}", page.text(), headers.collect::<Vec<_>>()));
        for (name, value) in page.url.query_pairs() {
            if ["state", "nonce", "code", "id_token_hint"].contains(&&*name) {
                self.secrets.push(value.into_owned());
            }
        }
        let cookies = self
            .browser
            .jar
            .cookies()
            .iter()
            .map(|cookie| cookie.value.clone());
        self.secrets
            .extend(cookies.filter(|value| value.len() > 10));
    }

    /// Looks for every secret in every line and on every page.
    fn check(&mut self, log: &Log) {
        self.secrets.extend(self.provider.issued());
        let verifiers = self.provider.requests("token");
        self.secrets.extend(
            verifiers
                .iter()
                .filter_map(|request| request.parameter("code_verifier").map(str::to_owned)),
        );
        self.secrets.sort_unstable();
        self.secrets.dedup();
        let lines = log.all();
        let ours = lines
            .iter()
            .filter(|line| line.target == super::support::log::OURS)
            .count();
        assert!(
            ours > 0 && lines.len() > ours,
            "the crates below log too: {ours} of {}",
            lines.len()
        );
        assert!(self.secrets.iter().all(|secret| secret.len() > 10));
        let is_page_of_ours = |page: &&String| !page.starts_with("ada ");
        let pages = self.pages.iter().filter(is_page_of_ours);
        let lines = lines.iter().flat_map(|line| [&line.text, &line.raw]);
        let texts = lines.chain(pages).map(String::as_str);
        assert_eq!(canary::find(&self.secrets, texts), None);
    }
}

#[test]
fn a140_the_search_finds_every_spelling() {
    let secret = "canary/secret+%é";
    let lines = [
        format!("x{secret}x"),
        "a=canary%2Fsecret%2B%25%C3%A9&b".to_owned(),
        "canary%2fsecret%2b%25%c3%a9".to_owned(),
        BASE64_STANDARD.encode(format!("id:{secret}, and more")),
        BASE64_STANDARD.encode(format!("x{secret}")),
        BASE64_URL_SAFE_NO_PAD.encode(format!("xx{secret}xx")),
        format!("{:?}", format!("xx{secret}xx").as_bytes()),
    ];
    for line in lines {
        let found = canary::find(&[secret.to_owned()], [line.as_str()]);
        assert_eq!(found, Some((secret.to_owned(), line.as_str())));
    }
}

#[tokio::test]
async fn a140_a_login_and_a_logout_tell_nothing() {
    for auth in [Auth::Basic, Auth::Post] {
        let log = Log::start();
        let mut scene = Scene::new(auth).await;
        assert_eq!(scene.visit("/guarded").await.text(), "ada");
        for path in ["/", "/report", "/login", "/auth/login/none", "/auth/logout"] {
            scene.visit(path).await;
        }
        scene.check(&log);
    }
}

#[tokio::test]
async fn a140_nor_does_what_goes_wrong() {
    let log = Log::start();
    let mut scene = Scene::new(Auth::Either).await;
    let echo = json!({"error": "invalid_grant", "error_description": format!("{CLIENT_SECRET} {COOKIE_SECRET}")});
    let bare = json!({"access_token": CLIENT_SECRET, "id_token": [COOKIE_SECRET]});
    for token in [
        Behaviour::Json(400, echo.clone()),
        Behaviour::Json(401, json!({"error": CLIENT_SECRET})),
        Behaviour::Json(500, echo.clone()),
        Behaviour::Json(200, echo),
        Behaviour::Json(200, bare),
        Behaviour::Raw(
            200,
            "application/json",
            format!("{{\"access_token\": {CLIENT_SECRET}}}").into_bytes(),
        ),
        Behaviour::Raw(200, "text/html", CLIENT_SECRET.as_bytes().to_vec()),
        Behaviour::Html(500),
        Behaviour::HangUp,
        Behaviour::Cut,
        Behaviour::Redirect(
            307,
            scene.provider.url(&format!("/elsewhere?{CLIENT_SECRET}")),
        ),
    ] {
        scene.provider.set(|f| f.token = token);
        let page = scene.visit("/auth/login").await;
        assert!(
            page.status.is_client_error() || page.status == 503,
            "{page:?}"
        );
    }
    scene.provider.behave();
    for seal in [
        Seal::Flipped,
        Seal::Absent,
        Seal::ForeignKey,
        Seal::HmacOfPem,
    ] {
        scene.provider.set(|f| f.seal = seal);
        assert_eq!(scene.visit("/auth/login").await.status, 400);
    }
    scene.provider.behave();
    for (claim, value) in [
        ("nonce", json!("wrong")),
        ("iss", json!(CLIENT_SECRET)),
        ("aud", json!([CLIENT_SECRET])),
        ("exp", json!(CLIENT_SECRET)),
        ("sub", json!(7)),
    ] {
        scene.provider.set(|f| f.claims.set(claim, value));
        assert_eq!(scene.visit("/auth/login").await.status, 400, "{claim}");
        scene.provider.behave();
    }
    for (endpoint, five_hundred) in [
        (0, Behaviour::Json(500, json!({"a": CLIENT_SECRET}))),
        (1, Behaviour::HangUp),
    ] {
        scene.provider.set(|f| {
            f.userinfo = five_hundred.clone();
            f.jwks = if endpoint == 0 {
                Behaviour::Normal
            } else {
                five_hundred
            };
        });
        assert_ne!(scene.visit("/auth/login").await.status, 200);
        scene.provider.behave();
    }
    scene
        .provider
        .set(|f| f.refuse(CLIENT_SECRET, COOKIE_SECRET));
    assert_eq!(scene.visit("/auth/login").await.status, 403);
    scene.check(&log);
}

#[tokio::test]
async fn a140_nor_do_junk_cookies_and_stale_callbacks() {
    let log = Log::start();
    let mut scene = Scene::new(Auth::Basic).await;
    scene.visit("/auth/login").await;
    let names = scene.browser.jar.names();
    for name in names {
        scene.browser.jar.tamper(&name, |value| format!("{value}x"));
        scene.visit("/guarded").await;
    }
    scene.visit("/oauth2callback?code=canary-code-01234567&state=canary-state-01234567&iss=canary-iss-01234567").await;
    scene
        .visit(
            "/oauth2callback?error=canary-error-01234567&error_description=canary-words-01234567",
        )
        .await;
    scene
        .visit("/auth/login/canary-name-01234567?next=canary-next-01234567")
        .await;
    let sent = ["code", "state", "iss", "words", "name", "next"];
    scene
        .secrets
        .extend(sent.map(|what| format!("canary-{what}-01234567")));
    scene.check(&log);
}
