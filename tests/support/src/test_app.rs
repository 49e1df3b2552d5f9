//! An app with its provider and a browser, and assertions on failed logins.

use std::{collections::BTreeSet, sync::Arc};

use tracing::Level;
use url::Url;

use super::{
    Browser, Clock, Faults, Log, ORIGIN, Page, Provider, Secrets, Visit, app_with, jar::Context,
    known_texts::assert_known_texts, secrets,
};

/// An app at one origin, with a provider whose faults a test configures.
pub struct TestApp {
    /// Shared, so that a test can inspect it while the browser waits.
    pub provider: Arc<Provider>,
    pub browser: Browser,
    /// The clock of the app. The browser's is in [`Jar`](super::Jar), the provider's in
    /// `Faults::clock_skew`.
    pub clock: Clock,
}

/// Changes the faults of the provider.
type Fault = fn(&mut Faults);

/// State of the browser and the log before a request that must be rejected.
struct Before {
    identity: Vec<(String, String)>,
    attempts: BTreeSet<String>,
    log: Log,
}

impl TestApp {
    /// An app at [`ORIGIN`] with one default provider.
    pub async fn new() -> Self {
        Self::with_secrets(|secrets| secrets).await
    }

    /// Like [`new`](Self::new), with a modified secrets.toml.
    pub async fn with_secrets(change: impl FnOnce(Secrets) -> Secrets) -> Self {
        let provider = Provider::start().await;
        let secrets = change(secrets(&provider));
        Self::with_provider(provider, &secrets, ORIGIN)
    }

    /// An app with these secrets at `origin`. `provider` is one of its providers.
    pub fn with_provider(
        provider: impl Into<Arc<Provider>>,
        secrets: &Secrets,
        origin: &str,
    ) -> Self {
        let clock = Clock::at_system_time();
        let app = app_with(clock.layer(&secrets.toml()));
        Self {
            provider: provider.into(),
            browser: Browser::new(app, origin),
            clock,
        }
    }

    /// Opens `path`, which starts a login. Returns the request to the provider.
    pub async fn start(&mut self, path: &str) -> Visit {
        let page = self.browser.step(Visit::get(self.browser.url(path))).await;
        let next = page.next();
        next.unwrap_or_else(|| panic!("{path} does not start a login:\n{page:?}"))
    }

    /// Starts a login at `path` and signs in at the provider. Returns the callback request.
    pub async fn callback_from(&mut self, path: &str) -> Visit {
        let start = self.start(path).await;
        self.return_from_provider(start).await
    }

    /// Like [`callback_from`](Self::callback_from), for the only provider.
    pub async fn callback(&mut self) -> Visit {
        self.callback_from("/auth/login").await
    }

    /// Signs in at the provider. Returns the callback request.
    pub async fn return_from_provider(&mut self, start: Visit) -> Visit {
        // Keeps the app clock from falling behind the provider in a slow test.
        self.clock
            .set(self.clock.now().max(Clock::at_system_time().now()));
        let page = self.browser.step(start).await;
        let next = page.next();
        next.unwrap_or_else(|| panic!("the provider does not redirect to the app:\n{page:?}"))
    }

    /// Logs `name` in. Fails if the provider recorded a protocol violation.
    pub async fn sign_in(&mut self, name: &str) -> Page {
        self.provider.sign_in_as(name);
        let page = self.browser.get("/auth/login").await;
        assert_eq!(self.current_user().await, name, "{page:?}");
        assert_eq!(self.provider.violations(), [""; 0]);
        page
    }

    /// `sub` of the current user, or `nobody`.
    pub async fn current_user(&mut self) -> String {
        self.browser.get("/").await.text()
    }

    /// The current user as JSON.
    pub async fn user_json(&mut self) -> serde_json::Value {
        self.browser.get("/me").await.json()
    }

    /// The user as JSON after a login. Fails if the provider recorded a protocol violation.
    pub async fn signed_in_user(&mut self) -> serde_json::Value {
        let page = self.browser.get("/auth/login").await;
        let user = self.user_json().await;
        assert_eq!(user["is_logged_in"], true, "{page:?}");
        assert_eq!(self.provider.violations(), [""; 0]);
        user
    }

    /// Logs in with one fault after the other. Each login must be rejected for its reason.
    pub async fn assert_each_rejected(&mut self, faults: &[(Fault, &str)]) {
        for (fault, reason) in faults {
            self.provider.set(fault);
            let callback = self.callback().await;
            self.assert_rejected(callback, reason).await;
            self.provider.clear_faults();
        }
    }

    /// Makes a request that must be rejected for `reason`.
    ///
    /// The response must be a 4xx page that only contains known texts, with one WARN in the log. It
    /// may remove its own attempt cookie and must not change any other cookie.
    pub async fn assert_rejected(&mut self, visit: Visit, reason: &str) -> Page {
        if reason == "code_refused" {
            self.record_recent_login();
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
        let events = before.log.warnings();
        assert_eq!(events.len(), 1, "{events:?}");
        self.assert_event(&events[0], Level::WARN, reason, &visit.url);
        assert_known_texts(&page, &events[0].1);
        page
    }

    /// Marks the browser as having completed a login. Otherwise a rejected code restarts the login.
    pub fn record_recent_login(&mut self) {
        let url = self.browser.url("/");
        let cookie = "_streamlit_recent_logins=1; Path=/";
        self.browser.jar.store(&url, cookie, Context::SameSite);
    }

    /// Makes a request that must be redirected to the start page without a cookie and without a log
    /// line.
    pub async fn assert_redirected_home(&mut self, visit: Visit) -> Page {
        let before = self.before();
        let page = self.browser.step(visit).await;

        assert_eq!(
            (page.status.as_u16(), page.location()),
            (303, Some("/")),
            "{page:?}"
        );
        self.assert_unchanged(&before, &page);
        assert_eq!(before.log.warnings(), []);
        page
    }

    /// Makes a request that must fail for `reason` with 503 and `Retry-After`. The response must
    /// not set a cookie, and one ERROR in the log must name the provider and its host.
    pub async fn assert_provider_unavailable(&mut self, visit: Visit, reason: &str) -> Page {
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
        let mut events = before.log.warnings();
        events.retain(|(level, _)| *level == Level::ERROR);
        assert_eq!(events.len(), 1, "{events:?}");
        self.assert_event(&events[0], Level::ERROR, reason, &visit.url);
        assert_known_texts(&page, &events[0].1);
        assert!(events[0].1.contains("127.0.0.1"), "no host in {events:?}");
        page
    }

    /// Like [`assert_rejected`](Self::assert_rejected). Returns the log line.
    pub async fn rejection_log(&mut self, visit: Visit, reason: &str) -> String {
        let log = Log::start();
        self.assert_rejected(visit, reason).await;
        log.warnings().remove(0).1
    }

    /// Names of the attempt cookies in the jar.
    pub fn attempts(&mut self) -> BTreeSet<String> {
        let mut names = self.browser.jar.names();
        names.retain(|name| name.contains("_streamlit_login_"));
        names.into_iter().collect()
    }

    /// Name and value of the identity and token cookies in the jar.
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
        let is_identity = |cookie: &&str| cookie.contains("_streamlit_user");
        let touched = page.set_cookies().into_iter().find(is_identity);
        assert_eq!(touched, None, "{page:?}");
        assert_eq!(self.identity(), before.identity);
    }

    /// Name of the attempt cookie of a callback, and true if the callback has a well-formed
    /// `state`.
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

    /// Asserts that the event is one short line with a reason code and without secrets.
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
