//! One request as a browser makes it, and the one that its answer asks for.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use url::{Url, form_urlencoded};

use super::{
    super::jar::{Context, same_site},
    Page,
};

/// `Sec-Fetch-Mode`, and what goes with it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mode {
    /// A page in the tab.
    Navigate,
    /// `fetch`.
    Cors,
    /// An image of a page.
    NoCors,
    /// A page in an `iframe`.
    Frame,
}

/// One request to come. Its fields may be changed before it is made.
#[derive(Clone, Debug)]
pub struct Visit {
    pub method: Method,
    pub url: Url,
    pub form: Vec<(String, String)>,
    pub mode: Mode,
    /// The page that started it; `None` is an address typed by the user.
    pub initiator: Option<Url>,
    /// A redirect on the way here led through another site.
    pub crossed: bool,
    /// A click or an address of the user's, and no script, began it.
    pub activated: bool,
    /// Sent in place of what the browser itself would send.
    pub headers: HeaderMap,
}

impl Visit {
    /// An address typed by the user.
    pub fn get(url: Url) -> Self {
        Self {
            method: Method::GET,
            url,
            form: Vec::new(),
            mode: Mode::Navigate,
            initiator: None,
            crossed: false,
            activated: true,
            headers: HeaderMap::new(),
        }
    }

    pub fn post(url: Url, form: &[(&str, &str)]) -> Self {
        let pair = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        Self {
            method: Method::POST,
            form: form.iter().map(pair).collect(),
            ..Self::get(url)
        }
    }

    pub fn fetch(url: Url) -> Self {
        Self {
            mode: Mode::Cors,
            ..Self::get(url)
        }
    }

    pub fn method(self, method: Method) -> Self {
        Self { method, ..self }
    }

    pub fn mode(self, mode: Mode) -> Self {
        Self { mode, ..self }
    }

    /// Started by a page, be it the app's or a stranger's: `Url::parse("https://evil.example")`.
    pub fn started_by(self, page: Url) -> Self {
        Self {
            initiator: Some(page),
            ..self
        }
    }

    /// A navigation of the page's script, such as `location.href = …`.
    pub fn by_script(self) -> Self {
        Self {
            activated: false,
            ..self
        }
    }

    /// One header in place of the browser's own; with `Sec-Purpose` a prefetch.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        let value = HeaderValue::from_bytes(value.as_bytes()).expect("a header's value");
        self.headers.insert(HeaderName::from_static(name), value);
        self
    }

    /// `SameSite`'s view. A typed address is same-site, and a top-level GET of another site is a navigation.
    pub(super) fn context(&self) -> Context {
        let foreign = |page: &Url| !same_site(page, &self.url);
        let top_level = self.mode == Mode::Navigate && self.method.is_safe();
        match self.initiator.as_ref().is_some_and(foreign) {
            false => Context::SameSite,
            true if top_level => Context::CrossSiteNavigation,
            true => Context::CrossSite,
        }
    }

    pub(super) fn body(&self) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(&self.form).finish()
    }

    /// The headers of Chromium; of an older browser, without `Sec-Fetch-*`, when not `modern`.
    pub(super) fn write_headers(&self, headers: &mut HeaderMap, modern: bool) {
        let mut put = |name: &'static str, value: &str| {
            let value = HeaderValue::from_str(value).expect("visible ASCII");
            headers.insert(name, value);
        };
        let image = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8";
        let page =
            "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8";
        let (mode, destination, accept) = match self.mode {
            Mode::Navigate => ("navigate", "document", page),
            Mode::Frame => ("navigate", "iframe", page),
            Mode::Cors => ("cors", "empty", "*/*"),
            Mode::NoCors => ("no-cors", "image", image),
        };
        put("accept", accept);
        if mode == "navigate" {
            put("upgrade-insecure-requests", "1");
        }
        if modern {
            put("sec-fetch-site", self.fetch_site());
            put("sec-fetch-mode", mode);
            put("sec-fetch-dest", destination);
        }
        if modern && self.mode == Mode::Navigate && self.activated {
            put("sec-fetch-user", "?1");
        }
        if self.method == Method::POST {
            put("content-type", "application/x-www-form-urlencoded");
        }
        let foreign_fetch = self.mode == Mode::Cors && self.fetch_site() != "same-origin";
        if let Some(page) = &self.initiator
            && (foreign_fetch || !self.method.is_safe())
        {
            let origin = page.origin().ascii_serialization();
            put("origin", if self.crossed { "null" } else { &origin });
        }
    }

    fn fetch_site(&self) -> &'static str {
        match &self.initiator {
            None => "none",
            Some(page) if self.crossed || !same_site(page, &self.url) => "cross-site",
            Some(page) if page.origin() == self.url.origin() => "same-origin",
            Some(_) => "same-site",
        }
    }

    /// The request that an answer asks for. `left` says that the answer is a stranger's, who stands for a page that was shown.
    pub(super) fn redirected(&self, answer: &Page, left: bool) -> Option<Visit> {
        if let Some((action, form)) = self_posting_form(&answer.text()) {
            let mut next = Visit::post(self.url.join(&action).ok()?, &[]);
            next.form = form;
            return Some(next.started_by(self.url.clone()));
        }
        let status = answer.status.as_u16();
        if !matches!(status, 301 | 302 | 303 | 307 | 308) {
            return None;
        }
        let location = answer.headers.get(header::LOCATION)?;
        let location = String::from_utf8_lossy(location.as_bytes());
        let mut next = self.clone();
        next.url = self.url.join(&location).expect("Location is a URL");
        if status == 303 && self.method != Method::HEAD
            || status < 303 && self.method == Method::POST
        {
            next.method = Method::GET;
            next.form.clear();
        }
        if left && next.url.origin() != self.url.origin() {
            next.initiator = Some(self.url.clone());
            next.crossed = false;
        } else if let Some(page) = &self.initiator {
            next.crossed |= !same_site(page, &self.url);
        }
        Some(next)
    }
}

/// Action and fields of the page that a provider answers with when asked for `response_mode=form_post`.
fn self_posting_form(page: &str) -> Option<(String, Vec<(String, String)>)> {
    let (_, form) = page.split_once("document.forms[0].submit()")?;
    let inputs = form.split("<input").skip(1);
    let fields = inputs.map(|input| Some((attribute(input, "name")?, attribute(input, "value")?)));
    Some((attribute(form, "action")?, fields.collect::<Option<_>>()?))
}

fn attribute(tag: &str, name: &str) -> Option<String> {
    let (_, rest) = tag.split_once(&format!(r#" {name}=""#))?;
    let (value, _) = rest.split_once('"')?;
    Some(
        value
            .replace("&lt;", "<")
            .replace("&quot;", "\"")
            .replace("&amp;", "&"),
    )
}
