//! An app, its provider, a browser between them, and the outcome words that every refused login has to keep.

use std::{collections::BTreeSet, sync::Arc};

use tracing::Level;
use url::Url;

use super::{
    Browser, Clock, Log, ORIGIN, Page, Provider, Secrets, Visit, app_with, jar::Context, secrets,
};

/// One app at one origin, with a provider that a test makes misbehave.
pub struct Stage {
    /// Shared, so that a test can look at it while the browser waits.
    pub provider: Arc<Provider>,
    pub browser: Browser,
    /// The app's clock. The browser has its own in [`Jar`](super::Jar), the provider in `Faults::clock_skew`.
    pub clock: Clock,
}

/// What the visitor's browser and the log were before a request that is to be refused.
struct Before {
    identity: Vec<(String, String)>,
    attempts: BTreeSet<String>,
    log: Log,
}

impl Stage {
    /// One default provider, the app at [`ORIGIN`].
    pub async fn new() -> Self {
        Self::with(|secrets| secrets).await
    }

    /// As [`new`](Self::new), with another secrets.toml.
    pub async fn with(change: impl FnOnce(Secrets) -> Secrets) -> Self {
        let provider = Provider::start().await;
        let secrets = change(secrets(&provider));
        Self::of(provider, &secrets, ORIGIN)
    }

    /// An app with these secrets at `origin`; `provider` is one of its providers.
    pub fn of(provider: impl Into<Arc<Provider>>, secrets: &Secrets, origin: &str) -> Self {
        let clock = Clock::new();
        let app = app_with(clock.layer(&secrets.toml()));
        Self {
            provider: provider.into(),
            browser: Browser::new(app, origin),
            clock,
        }
    }

    /// Opens `path`, which starts a login, and stops before the provider.
    pub async fn start(&mut self, path: &str) -> Visit {
        let page = self.browser.step(Visit::get(self.browser.url(path))).await;
        let next = page.next();
        next.unwrap_or_else(|| panic!("{path} starts no login:\n{page:?}"))
    }

    /// Starts a login at `path`, lets the provider sign in, and stops before the callback.
    pub async fn callback_of(&mut self, path: &str) -> Visit {
        let start = self.start(path).await;
        self.come_back(start).await
    }

    /// As [`callback_of`](Self::callback_of) the only provider.
    pub async fn callback(&mut self) -> Visit {
        self.callback_of("/auth/login").await
    }

    /// Lets the provider sign in, and stops before the callback.
    pub async fn come_back(&mut self, start: Visit) -> Visit {
        // A test that takes its time must not leave the app behind the provider.
        self.clock.set(self.clock.now().max(Clock::new().now()));
        let page = self.browser.step(start).await;
        let next = page.next();
        next.unwrap_or_else(|| panic!("the provider does not send the visitor back:\n{page:?}"))
    }

    /// A whole login of `name`, which has to work and to please the provider.
    pub async fn sign_in(&mut self, name: &str) -> Page {
        self.provider.sign_in_as(name);
        let page = self.browser.get("/auth/login").await;
        assert_eq!(self.who().await, name, "{page:?}");
        assert_eq!(self.provider.complaints(), [""; 0]);
        page
    }

    /// `sub` of who the app takes this browser's user for, or `nobody`.
    pub async fn who(&mut self) -> String {
        self.browser.get("/").await.text()
    }

    /// The whole user.
    pub async fn me(&mut self) -> serde_json::Value {
        self.browser.get("/me").await.json()
    }

    /// HOME: makes the request, which must be refused for `reason`, and changes nothing but to end its own attempt.
    ///
    /// A 4xx page whose words come from the catalogue alone; no cookie of an identity is touched; one WARN.
    pub async fn home(&mut self, visit: Visit, reason: &str) -> Page {
        if reason == "code_refused" {
            self.forbid_new_start();
        }
        let before = self.before();
        let page = self.browser.step(visit.clone()).await;

        assert!(page.status.is_client_error(), "{}: {page:?}", page.status);
        assert_eq!(page.header("cache-control"), Some("no-store"));
        self.assert_unchanged(&before, &page);
        let (own, whole) = self.attempt_of(&visit.url);
        let (mut left, mut others) = (self.attempts(), before.attempts.clone());
        assert!(!whole || !left.contains(&own), "{own} is left");
        left.remove(&own);
        others.remove(&own);
        assert_eq!(left, others, "other attempts");
        let events = before.log.complaints();
        assert_eq!(events.len(), 1, "{events:?}");
        self.assert_event(&events[0], Level::WARN, reason, &visit.url);
        assert_catalogue(&page, &events[0].1);
        page
    }

    /// Lets the browser have finished a login just now. Otherwise a refused code starts the login again.
    pub fn forbid_new_start(&mut self) {
        let url = self.browser.url("/");
        let cookie = "_streamlit_rounds=1; Path=/";
        self.browser.jar.store(&url, cookie, Context::SameSite);
    }

    /// HOME where there is nothing to explain: a 303 home, which says nothing and sets nothing.
    pub async fn silently_home(&mut self, visit: Visit) -> Page {
        let before = self.before();
        let page = self.browser.step(visit).await;

        assert_eq!(
            (page.status.as_u16(), page.location()),
            (303, Some("/")),
            "{page:?}"
        );
        self.assert_unchanged(&before, &page);
        assert_eq!(before.log.complaints(), []);
        page
    }

    /// DOWN for `reason`: 503 with `Retry-After`, no cookie, one ERROR that names the provider and its host.
    pub async fn down(&mut self, visit: Visit, reason: &str) -> Page {
        let before = self.before();
        let page = self.browser.step(visit.clone()).await;

        assert_eq!(page.status.as_u16(), 503, "{page:?}");
        let seconds = page
            .header("retry-after")
            .and_then(|value| value.parse().ok());
        assert!(seconds.is_some_and(|seconds: u32| seconds > 0));
        assert_eq!(page.set_cookies(), [""; 0]);
        self.assert_unchanged(&before, &page);
        assert_eq!(self.attempts(), before.attempts);
        let mut events = before.log.complaints();
        events.retain(|(level, _)| *level == Level::ERROR);
        assert_eq!(events.len(), 1, "{events:?}");
        self.assert_event(&events[0], Level::ERROR, reason, &visit.url);
        assert_catalogue(&page, &events[0].1);
        assert!(events[0].1.contains("127.0.0.1"), "no host in {events:?}");
        page
    }

    /// The log line of the last refusal, for what only some rows ask of it.
    pub async fn detail(&mut self, visit: Visit, reason: &str) -> String {
        let log = Log::start();
        self.home(visit, reason).await;
        log.complaints().remove(0).1
    }

    /// The names of the attempts in the jar.
    pub fn attempts(&mut self) -> BTreeSet<String> {
        let mut names = self.browser.jar.names();
        names.retain(|name| name.contains("_streamlit_login_"));
        names.into_iter().collect()
    }

    /// The cookies of the identity and its tokens, name and value.
    pub fn identity(&mut self) -> Vec<(String, String)> {
        let cookies = self.browser.jar.cookies().iter();
        cookies
            .filter(|cookie| cookie.name.contains("_streamlit_user"))
            .map(|cookie| (cookie.name.clone(), cookie.value.clone()))
            .collect()
    }

    fn before(&mut self) -> Before {
        Before {
            identity: self.identity(),
            attempts: self.attempts(),
            log: Log::start(),
        }
    }

    fn assert_unchanged(&mut self, before: &Before, page: &Page) {
        let of_identity = |cookie: &&str| cookie.contains("_streamlit_user");
        let touched = page.set_cookies().into_iter().find(of_identity);
        assert_eq!(touched, None, "{page:?}");
        assert_eq!(self.identity(), before.identity);
    }

    /// The cookie of the attempt that a callback belongs to, and whether the callback names the whole state.
    fn attempt_of(&mut self, url: &Url) -> (String, bool) {
        let mut pairs = url.query_pairs();
        let state = pairs.find(|(name, _)| name == "state");
        let state = state.map_or_else(String::new, |(_, state)| state.into_owned());
        let base64 = |letter: char| letter.is_ascii_alphanumeric() || "-_".contains(letter);
        let whole = state.len() == 43 && state.chars().all(base64);
        let end = format!("_streamlit_login_{}", state.get(..10).unwrap_or("?"));
        let mut names = self.browser.jar.names().into_iter();
        (
            names.find(|name| name.ends_with(&end)).unwrap_or(end),
            whole,
        )
    }

    /// One line with a reason code, without anything that an attacker wrote or a thief could use.
    fn assert_event(&mut self, event: &(Level, String), level: Level, reason: &str, url: &Url) {
        let (found, text) = event;
        assert_eq!(*found, level, "{text}");
        assert!(text.contains(&format!("reason=\"{reason}\" ")), "{text}");
        assert!(text.chars().count() <= 500, "{text}");
        assert!(!text.contains(|letter: char| letter.is_control()), "{text}");
        let mut secrets = self.provider.issued();
        secrets.extend(
            self.browser
                .jar
                .cookies()
                .iter()
                .map(|cookie| cookie.value.clone()),
        );
        secrets.push(self.provider.registered().secret);
        let sent = url
            .query_pairs()
            .filter(|(name, _)| name == "state" || name == "code");
        secrets.extend(sent.map(|(_, value)| value.into_owned()));
        for secret in secrets.iter().filter(|secret| secret.len() > 8) {
            assert!(!text.contains(secret.as_str()), "{secret} in {text}");
        }
    }
}

/// What the visitor reads is the catalogue's, with the app's name and a reference, and all links stay here. What the developer reads, on
/// loopback alone, is the documentation's, the configuration's and the log's.
fn assert_catalogue(page: &Page, log: &str) {
    const WORDS: &str = include_str!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/src/pages/texts/en.rs"
    ));
    const FRAME: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/pages/error.html"));
    const CAUSES: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/causes.md"));
    const ENTRA: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/src/docs/entra.md"));
    let html = page.text();
    let host = page.url.host_str().unwrap_or_default();
    let (_, after_style) = html.split_once("</style>").expect("a page of ours");
    let (visitor, developer) = after_style
        .split_once("<section class=\"developer\"")
        .unwrap_or((after_style, ""));
    assert!(
        developer.is_empty() || page.url.scheme() == "http",
        "{page:?}"
    );
    for (tag, text) in pieces(visitor) {
        let is_code = tag.starts_with("code") || tag.starts_with("/code");
        let is_short = text.len() <= 12 && text.bytes().all(|byte| byte.is_ascii_graphic());
        assert!(
            text == host || (is_code && is_short) || WORDS.contains(&text),
            "not of the catalogue: {text:?}"
        );
    }
    for (_, text) in pieces(developer) {
        let plain = text
            .replace("&quot;", "\"")
            .replace("&#34;", "\"")
            .replace("&#39;", "'")
            .replace("&#60;", "<")
            .replace("&#62;", ">")
            .replace("&#38;", "&");
        let known = [FRAME, CAUSES, ENTRA, log]
            .iter()
            .any(|all| all.contains(&plain));
        let of_configuration = [
            "auth",
            "[auth",
            "server_metadata_url = ",
            "redirect_uri = ",
            "trusted_audiences = [",
            "http://localhost:8501/oauth2callback",
        ]
        .iter()
        .any(|start| plain.starts_with(start))
            || plain.starts_with(", line ");
        assert!(
            known || of_configuration,
            "not of the documentation: {text:?}"
        );
    }
    for attribute in ["action=\"", "href=\"", "value=\""] {
        for value in html.split(attribute).skip(1) {
            assert!(value.starts_with('/') && !value.starts_with("//"), "{html}");
        }
    }
}

/// Each text of a page that is not blank, with the tag in front of it.
fn pieces(html: &str) -> impl Iterator<Item = (&str, String)> {
    let pieces = html.split('<').map(|piece| {
        let (tag, text) = piece.split_once('>').unwrap_or((piece, ""));
        (tag, text.trim().to_owned())
    });
    pieces.filter(|(_, text)| !text.is_empty())
}
