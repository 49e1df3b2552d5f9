//! A request as a browser makes it, and the request that its response asks for.

use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use url::{Url, form_urlencoded};

use super::{
    super::jar::{Context, same_site},
    Page,
};

/// The kind of request, which decides `Sec-Fetch-*` and `Accept`.
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

/// A request that has not been sent. Tests may change its fields.
#[derive(Clone, Debug)]
pub struct Visit {
    pub method: Method,
    pub url: Url,
    pub form: Vec<(String, String)>,
    pub mode: Mode,
    /// The page that started the request. `None` for a typed URL.
    pub initiator: Option<Url>,
    /// True if a redirect before this request passed through another site.
    pub crossed: bool,
    /// True if a click or a typed URL started the request, false for a script.
    pub activated: bool,
    /// Headers that replace those of the browser.
    pub headers: HeaderMap,
}

impl Visit {
    /// A GET of a URL that the user typed.
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

    /// Started by this page, which may belong to another site.
    pub fn started_by(self, page: Url) -> Self {
        Self {
            initiator: Some(page),
            ..self
        }
    }

    /// Started by a script, such as `location.href = …`.
    pub fn by_script(self) -> Self {
        Self {
            activated: false,
            ..self
        }
    }

    /// Replaces a header of the browser. `Sec-Purpose` makes the request a prefetch.
    pub fn header(mut self, name: &'static str, value: &str) -> Self {
        let value = HeaderValue::from_bytes(value.as_bytes()).expect("a header value");
        self.headers.insert(HeaderName::from_static(name), value);
        self
    }

    /// The context for `SameSite`. A typed URL is same-site, and a top-level GET from another site
    /// is a navigation.
    pub(super) fn context(&self) -> Context {
        let foreign = |page: &Url| !same_site(page, &self.url);
        let is_foreign = self.initiator.as_ref().is_some_and(foreign);
        match self.mode {
            _ if !is_foreign => Context::SameSite,
            Mode::Navigate if self.method.is_safe() => Context::CrossSiteNavigation,
            Mode::Navigate => Context::CrossSiteForm,
            _ => Context::CrossSite,
        }
    }

    pub(super) fn body(&self) -> String {
        let mut form = form_urlencoded::Serializer::new(String::new());
        form.extend_pairs(&self.form).finish()
    }

    /// Writes the headers of Chromium. Without `modern`, those of a browser that does not send
    /// `Sec-Fetch-*`.
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

    /// The request that a response asks for. `left` is true if the response is from another site,
    /// where a real browser would have shown a page.
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

/// Action and fields of the page for `response_mode=form_post`.
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
