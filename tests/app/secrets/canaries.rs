//! No log line and no page contains a secret, token, code or cookie in any encoding. The log
//! includes the lines of dependencies.

use base64::{Engine, prelude::BASE64_STANDARD, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::json;

use support::{
    Auth, Behaviour, Browser, Clock, Log, Page, Provider, TokenSignature, Visit, app_with, canary,
    groups, secrets,
};

const CLIENT_SECRET: &str = "canary:client/secret+%é 7f3a91c2";
const COOKIE_SECRET: &str = "canary-cookie-secret-5d0e8b64f2a79c13";
const OLD_SECRET: &str = "canary-former-secret-a1c7e9024b6d83f5";

/// An app with known secrets, its provider, and the secrets collected so far.
struct Setup {
    provider: Provider,
    browser: Browser,
    secrets: Vec<String>,
    pages: Vec<String>,
}

impl Setup {
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
        let app = app_with(Clock::at_system_time().layer(&toml.toml()));
        Self {
            browser: Browser::new(app, support::ORIGIN),
            provider,
            secrets: [CLIENT_SECRET, COOKIE_SECRET, OLD_SECRET]
                .map(str::to_owned)
                .to_vec(),
            pages: Vec::new(),
        }
    }

    /// Opens `path`, follows all redirects and collects the secrets on the way.
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

    /// Asserts that no secret is in any log line or page.
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
        let own = lines.iter().filter(|line| line.is_from_crate()).count();
        assert!(
            own > 0 && lines.len() > own,
            "dependencies log too: {own} of {}",
            lines.len()
        );
        assert!(self.secrets.iter().all(|secret| secret.len() > 10));
        let is_page_of_crate = |page: &&String| !page.starts_with("ada ");
        let pages = self.pages.iter().filter(is_page_of_crate);
        let lines = lines.iter().flat_map(|line| [&line.text, &line.raw]);
        let texts = lines.chain(pages).map(String::as_str);
        assert_eq!(canary::find(&self.secrets, texts), None);
    }
}

#[test]
fn canary_search_finds_every_encoding() {
    let secret = "canary/secret+%é";
    let lines = [
        format!("x{secret}x"),
        "a=canary%2Fsecret%2B%25%C3%A9&b".to_owned(),
        "canary%2fsecret%2b%25%c3%a9".to_owned(),
        BASE64_STANDARD.encode(format!("id:{secret}, and more")),
        BASE64_STANDARD.encode(format!("x{secret}")),
        BASE64_URL_SAFE_NO_PAD.encode(format!("xx{secret}xx")),
        format!("{:?}", format!("xx{secret}xx").as_bytes()),
        "63616e6172792f7365637265742b25c3a9".to_owned(),
        "63616E6172792F7365637265742B25C3A9".to_owned(),
    ];
    for line in lines {
        let found = canary::find(&[secret.to_owned()], [line.as_str()]);
        assert_eq!(found, Some((secret.to_owned(), line.as_str())));
    }
}

/// The start of a secret, and the middle and the end of a long token.
#[test]
fn canary_search_finds_parts() {
    let code = "code-kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5uKt1BvXoQ".to_owned();
    let token: String = (0..200).map(|number| format!("{number:03}")).collect();
    let secrets = [code.clone(), token.clone()];
    for line in [&code[..20], &token[token.len() / 2..][..20], &token[580..]] {
        for line in [line.to_owned(), format!("{:?}", line.as_bytes())] {
            assert!(canary::find(&secrets, [line.as_str()]).is_some(), "{line}");
        }
    }
    for line in ["code-", "code-kV7qT2mZ9x", &token[..60]] {
        for line in [line.to_owned(), format!("{:?}", line.as_bytes())] {
            assert_eq!(canary::find(&secrets, [line.as_str()]), None, "{line}");
        }
    }
}

#[tokio::test]
async fn login_and_logout_leak_no_secret() {
    for auth in [Auth::Basic, Auth::Post] {
        let log = Log::start();
        let mut setup = Setup::new(auth).await;
        assert_eq!(setup.visit("/guarded").await.text(), "ada");
        for path in ["/", "/report", "/login", "/auth/login/none", "/auth/logout"] {
            setup.visit(path).await;
        }
        setup.check(&log);
    }
}

#[tokio::test]
async fn failed_logins_leak_no_secret() {
    let log = Log::start();
    let mut setup = Setup::new(Auth::Either).await;
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
            setup.provider.url(&format!("/elsewhere?{CLIENT_SECRET}")),
        ),
    ] {
        setup.provider.set(|f| f.token = token);
        let page = setup.visit("/auth/login").await;
        assert!(
            page.status.is_client_error() || page.status == 503,
            "{page:?}"
        );
    }
    setup.provider.clear_faults();
    setup.provider.sign_with("RS256");
    for seal in [
        TokenSignature::Flipped,
        TokenSignature::Absent,
        TokenSignature::ForeignKey,
        TokenSignature::HmacOfPem,
    ] {
        setup.provider.set(|f| f.signature = seal);
        assert_eq!(setup.visit("/auth/login").await.status, 400);
    }
    setup.provider.clear_faults();
    for (claim, value) in [
        ("nonce", json!("wrong")),
        ("iss", json!(CLIENT_SECRET)),
        ("aud", json!([CLIENT_SECRET])),
        ("exp", json!(CLIENT_SECRET)),
        ("sub", json!(7)),
    ] {
        setup.provider.set(|f| f.claims.set(claim, value));
        assert_eq!(setup.visit("/auth/login").await.status, 400, "{claim}");
        setup.provider.clear_faults();
    }
    for (endpoint, five_hundred) in [
        (0, Behaviour::Json(500, json!({"a": CLIENT_SECRET}))),
        (1, Behaviour::HangUp),
    ] {
        setup.provider.set(|f| {
            f.userinfo = five_hundred.clone();
            f.jwks = if endpoint == 0 {
                Behaviour::Normal
            } else {
                five_hundred
            };
        });
        assert_ne!(setup.visit("/auth/login").await.status, 200);
        setup.provider.clear_faults();
    }
    setup.provider.set(|f| f.deny(CLIENT_SECRET, COOKIE_SECRET));
    assert_eq!(setup.visit("/auth/login").await.status, 403);
    setup.check(&log);
}

#[tokio::test]
async fn malformed_requests_leak_no_secret() {
    let log = Log::start();
    let mut setup = Setup::new(Auth::Basic).await;
    setup.visit("/auth/login").await;
    let names = setup.browser.jar.names();
    for name in names {
        setup.browser.jar.tamper(&name, |value| format!("{value}x"));
        setup.visit("/guarded").await;
    }
    setup.visit("/oauth2callback?code=canary-code-01234567&state=canary-state-01234567&iss=canary-iss-01234567").await;
    setup
        .visit(
            "/oauth2callback?error=canary-error-01234567&error_description=canary-words-01234567",
        )
        .await;
    setup
        .visit("/auth/login/canary-name-01234567?next=canary-next-01234567")
        .await;
    let sent = ["code", "state", "iss", "words", "name", "next"];
    setup
        .secrets
        .extend(sent.map(|what| format!("canary-{what}-01234567")));
    setup.check(&log);
}
