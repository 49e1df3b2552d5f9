//! A real browser: URLs, links, forms, tabs, history, and visible text.

use std::{
    fmt, fs,
    path::Path,
    time::{Duration, Instant},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::driver::Driver;
use crate::app::App;

/// Timeout for expected content. Two cores run several browsers at once.
const TIMEOUT: Duration = Duration::from_secs(20);

/// Interval between checks.
const POLL_INTERVAL: Duration = Duration::from_millis(25);

pub struct Chrome {
    pub(super) driver: Driver,
}

/// The visible content.
#[derive(Clone)]
pub struct View {
    pub url: String,
    pub status: u64,
    pub title: String,
    pub text: String,
    /// `lang` and `dir` of the page.
    pub language: (String, String),
    ready: bool,
}

impl fmt::Debug for View {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} at {}: {:?}\n{}",
            self.status, self.url, self.title, self.text
        )
    }
}

impl Chrome {
    pub async fn new() -> Self {
        Self::with_flags(&[]).await
    }

    pub async fn with_flags(flags: &[String]) -> Self {
        Self {
            driver: Driver::start(flags).await,
        }
    }

    /// Opens a typed URL.
    pub async fn open(&self, address: &str) -> View {
        self.driver.post("/url", &json!({ "url": address })).await;
        self.until("the page to load", |view| view.ready).await
    }

    pub async fn reload(&self) -> View {
        self.driver.post("/refresh", &json!({})).await;
        self.until("the page to load", |view| view.ready).await
    }

    /// Presses the back button.
    pub async fn back(&self) -> View {
        self.driver.post("/back", &json!({})).await;
        self.until("the page to load", |view| view.ready).await
    }

    /// Opens a tab and switches to it. Returns the previous tab, for [`Chrome::switch`].
    pub async fn new_tab(&self) -> Value {
        let before = self.driver.get("/window").await;
        let tab = self
            .driver
            .post("/window/new", &json!({ "type": "tab" }))
            .await;
        self.switch(&tab["handle"]).await;
        before
    }

    pub async fn switch(&self, tab: &Value) {
        self.driver.post("/window", &json!({ "handle": tab })).await;
    }

    /// Switches to the first frame of the page.
    pub async fn enter_frame(&self) {
        let id = self.element("css selector", "iframe").await;
        let frame = json!({ "id": { "element-6066-11e4-a52e-4f735466cecf": id } });
        self.driver.post("/frame", &frame).await;
    }

    /// Waits for a tab other than `tab` and switches to it.
    pub async fn switch_to_other(&self, tab: &Value) {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            let tabs = self.driver.get("/window/handles").await;
            if let Some(other) = tabs.as_array().unwrap().iter().find(|other| *other != tab) {
                return self.switch(other).await;
            }
            assert!(Instant::now() < deadline, "there is no other tab");
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Clicks the first button or link with this label.
    pub async fn press(&self, label: &str) {
        let path =
            format!("(//button|//a|//summary)[normalize-space()={label:?} or .//b[.={label:?}]]");
        let id = self.element("xpath", &path).await;
        self.driver
            .post(&format!("/element/{id}/click"), &json!({}))
            .await;
    }

    /// Clicks a button that loads a page, and waits until the current page is gone. Otherwise the
    /// next check might see the current page if the next page has the same text.
    pub async fn press_and_leave(&self, label: &str) {
        let root = self.element("css selector", "html").await;
        self.press(label).await;
        let command = format!("/element/{root}/name");
        let deadline = Instant::now() + TIMEOUT;
        while self.driver.try_get(&command).await.is_ok() {
            assert!(Instant::now() < deadline, "{label:?} loads no page");
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// Fills in the field that has this name.
    pub async fn fill(&self, field: &str, text: &str) {
        let id = self
            .element("css selector", &format!("[name={field:?}]"))
            .await;
        self.driver
            .post(&format!("/element/{id}/clear"), &json!({}))
            .await;
        self.driver
            .post(&format!("/element/{id}/value"), &json!({ "text": text }))
            .await;
    }

    /// Waits until the page contains this text.
    pub async fn wait_for_text(&self, text: &str) -> View {
        self.until(text, |view| view.ready && view.text.contains(text))
            .await
    }

    /// Waits until exactly this URL has loaded.
    pub async fn arrives(&self, address: &str) -> View {
        self.until(address, |view| view.ready && view.url == address)
            .await
    }

    pub async fn until(&self, what: &str, condition: impl Fn(&View) -> bool) -> View {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            let view = self.view().await;
            match view {
                Ok(view) if condition(&view) => return view,
                _ if Instant::now() > deadline => panic!("timed out waiting for {what}: {view:?}"),
                _ => tokio::time::sleep(POLL_INTERVAL).await,
            }
        }
    }

    /// # Errors
    ///
    /// Fails if another page replaces this one before it responds.
    async fn view(&self) -> Result<View, String> {
        let script = "const status = performance.getEntriesByType('navigation')[0]?.responseStatus ?? 0;
            const root = document.documentElement;
            return {url: location.href, ready: document.readyState === 'complete', status, title: document.title,
                text: document.body?.innerText ?? '', lang: root.lang, dir: root.dir}";
        let body = json!({ "script": script, "args": [] });
        let found = self.driver.try_post("/execute/sync", &body).await?;
        let text = |name: &str| found[name].as_str().unwrap_or_default().to_owned();
        Ok(View {
            url: text("url"),
            status: found["status"].as_u64().unwrap_or(0),
            title: text("title"),
            text: text("text"),
            language: (text("lang"), text("dir")),
            ready: found["ready"] == true,
        })
    }

    /// Runs a script on the page. The policy of the page does not apply.
    pub async fn run(&self, script: &str) -> Value {
        let body = json!({ "script": script, "args": [] });
        self.driver.post("/execute/sync", &body).await
    }

    /// The result of a `fetch` by the page: status, media type and body. The status is 0 if the
    /// browser withholds the response.
    pub async fn fetch(&self, address: &str) -> (u64, String, Value) {
        let script = "const [address, done] = arguments;
            fetch(address, {credentials: 'include'})
                .then(async (answer) => done([answer.status, answer.headers.get('content-type'), await answer.text()]))
                .catch((error) => done([0, String(error), '']))";
        let body = json!({ "script": script, "args": [address] });
        let found = self.driver.post("/execute/async", &body).await;
        let text = found[2].as_str().unwrap();
        (
            found[0].as_u64().unwrap(),
            found[1].as_str().unwrap_or_default().to_owned(),
            serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
        )
    }

    /// The cookies for the URL of the page, including `HttpOnly` cookies.
    pub async fn cookies(&self) -> Vec<Value> {
        self.driver.get("/cookie").await.as_array().unwrap().clone()
    }

    /// Deletes the cookies whose names have this prefix. Fails if there are none.
    pub async fn forget(&self, prefix: &str) {
        let mut count = 0;
        for cookie in self.cookies().await {
            let name = cookie["name"].as_str().unwrap();
            if name.starts_with(prefix) {
                self.driver.delete(&format!("/cookie/{name}")).await;
                count += 1;
            }
        }
        assert!(count > 0, "no cookie {prefix}…");
    }

    /// Asserts that no page of the app has logged to the console, except for documents with an
    /// error status.
    pub async fn assert_console_is_empty(&self, app: &App) {
        const END: &str = "the log ends here";
        self.run(&format!("console.error({END:?})")).await;
        let log = self
            .driver
            .post("/se/log", &json!({ "type": "browser" }))
            .await;
        let text = |entry: &Value| entry["message"].as_str().unwrap().to_owned();
        let (end, rest): (Vec<&Value>, Vec<&Value>) = log
            .as_array()
            .unwrap()
            .iter()
            .partition(|entry| text(entry).contains(END));
        assert_eq!(end.len(), 1, "the console's log cannot be read: {log:#}");
        let matters = |entry: &&Value| {
            let status =
                entry["source"] == "network" && text(entry).contains("the server responded");
            // The first word is the URL of the page or of a resource. Entries without a URL may
            // come from the browser.
            let elsewhere =
                text(entry).starts_with("http") && !text(entry).starts_with(&app.url(""));
            !status && !elsewhere
        };
        let bad: Vec<&Value> = rest.into_iter().filter(matters).collect();
        assert!(bad.is_empty(), "the console says: {bad:#?}");
    }

    /// Writes a screenshot of the whole page to `target/e2e/screenshots`.
    pub async fn screenshot(&self, name: &str) {
        let params = json!({ "captureBeyondViewport": true });
        let picture = self.driver.devtools("Page.captureScreenshot", params).await;
        let picture = BASE64_STANDARD
            .decode(picture["data"].as_str().unwrap())
            .unwrap();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"))
            .with_file_name("e2e")
            .join("screenshots");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join(format!("{name}.png")), picture).unwrap();
    }

    async fn element(&self, using: &str, value: &str) -> String {
        let body = json!({ "using": using, "value": value });
        let element = self.driver.post("/element", &body).await;
        let id = element.as_object().unwrap().values().next().unwrap();
        id.as_str().unwrap().to_owned()
    }
}
