//! A browser without a screen: cookies, redirects, links, forms, and the headers that distinguish
//! navigations from scripts.

use std::{fmt, time::Duration};

use reqwest::{
    Client, Method,
    header::{HeaderMap, LOCATION, SET_COOKIE},
    redirect::Policy,
};
use url::{Url, form_urlencoded};

use crate::{
    html::{Button, Document},
    jar::Jar,
};

const MAX_REDIRECTS: usize = 20;

#[derive(Clone)]
pub struct Browser {
    http: Client,
    jar: Jar,
}

/// The page at the end of a navigation.
pub struct Page {
    pub url: Url,
    /// 0 for the error page of the browser itself.
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
    /// Every URL of the navigation, including the last one.
    pub trail: Vec<Url>,
    /// Size of the response headers of each of these URLs.
    pub heads: Vec<usize>,
}

impl Page {
    pub fn document(&self) -> Document {
        Document::parse(&self.body)
    }

    pub fn says(&self, text: &str) -> bool {
        self.document().text.contains(text)
    }

    /// Returns true if the page is at this origin.
    pub fn is_at(&self, origin: &str) -> bool {
        self.url.origin().ascii_serialization() == origin
    }

    pub fn passed(&self, address: &str) -> bool {
        self.trail
            .iter()
            .any(|url| url.as_str().split(['?', '#']).next() == Some(address))
    }

    pub fn media_type(&self) -> &str {
        let value = self
            .headers
            .get("content-type")
            .map_or("", |value| value.to_str().unwrap());
        value.split(';').next().unwrap_or_default()
    }
}

impl fmt::Debug for Page {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for url in &self.trail {
            writeln!(f, "→ {url}")?;
        }
        writeln!(f, "{} {:?}\n{}", self.status, self.headers, self.body)
    }
}

impl Browser {
    pub fn new() -> Self {
        Self::waiting(Duration::from_secs(30))
    }

    /// With another timeout for responses.
    pub fn waiting(patience: Duration) -> Self {
        // The app may have installed the same provider. A second installation fails, which is
        // harmless.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let http = Client::builder()
            .no_proxy()
            .redirect(Policy::none())
            .timeout(patience)
            .user_agent("Mozilla/5.0 (X11; Linux x86_64) real-tests")
            .build()
            .unwrap();
        Self {
            http,
            jar: Jar::default(),
        }
    }

    /// The profile of another user. Only connections are shared.
    pub fn another(&self) -> Self {
        Self {
            http: self.http.clone(),
            jar: Jar::default(),
        }
    }

    /// Opens a typed URL, or reloads.
    pub async fn open(&mut self, address: &str) -> Page {
        self.navigate(Method::GET, address.parse().unwrap(), None, None)
            .await
    }

    /// Presses the first button or follows the first link with this label, after filling in
    /// `fields` of its form.
    pub async fn press(&mut self, page: &Page, label: &str, fields: &[(&str, &str)]) -> Page {
        let document = page.document();
        if let Some(button) = document
            .buttons
            .iter()
            .find(|button| button.label.trim() == label)
        {
            return self.submit(page, &document, button, fields).await;
        }
        let link = document
            .links
            .iter()
            .find(|link| link.label.trim() == label);
        let link = link.unwrap_or_else(|| panic!("no {label:?} on {}: {}", page.url, page.body));
        self.follow(page, &link.href).await
    }

    /// Returns true if the page has a link or form for this path.
    pub fn offers(page: &Page, path: &str) -> bool {
        let document = page.document();
        let actions = document
            .forms
            .iter()
            .filter_map(|form| form.action.as_deref());
        document
            .links
            .iter()
            .map(|link| link.href.as_str())
            .chain(actions)
            .any(|target| page.url.join(target).is_ok_and(|url| url.path() == path))
    }

    /// Uses the form or link for this path.
    pub async fn go(&mut self, page: &Page, path: &str) -> Page {
        let document = page.document();
        let leads = |target: &str| page.url.join(target).is_ok_and(|url| url.path() == path);
        if let Some(form) = document
            .forms
            .iter()
            .position(|form| form.action.as_deref().is_some_and(leads))
        {
            let button = document
                .buttons
                .iter()
                .find(|button| button.form == Some(form));
            let button = button
                .unwrap_or_else(|| panic!("the form for {path} has no button: {}", page.body));
            return self.submit(page, &document, button, &[]).await;
        }
        let link = document.links.iter().find(|link| leads(&link.href));
        let link = link
            .unwrap_or_else(|| panic!("nothing leads to {path} on {}: {}", page.url, page.body));
        self.follow(page, &link.href).await
    }

    /// Calls `fetch` in a script with the origin of `address`.
    pub async fn fetch(&mut self, address: &str) -> Page {
        let url: Url = address.parse().unwrap();
        let request = self
            .http
            .get(url.clone())
            .header("accept", "*/*")
            .header("sec-fetch-site", "same-origin")
            .header("sec-fetch-mode", "cors")
            .header("sec-fetch-dest", "empty");
        let request = match self.jar.header(&url, true) {
            Some(cookies) => request.header("cookie", cookies),
            None => request,
        };
        self.take(url, request).await
    }

    /// The names of the cookies for this URL.
    pub fn cookies(&self, address: &str) -> Vec<String> {
        self.jar.names(&address.parse().unwrap())
    }

    /// The `Cookie` header for this URL. Empty without cookies.
    pub fn header(&self, address: &str) -> String {
        self.jar
            .header(&address.parse().unwrap(), true)
            .unwrap_or_default()
    }

    async fn follow(&mut self, page: &Page, href: &str) -> Page {
        let target = page.url.join(href).unwrap();
        self.navigate(Method::GET, target, None, Some(&page.url))
            .await
    }

    /// Submits the form of a button, with `typed` in its fields.
    async fn submit(
        &mut self,
        page: &Page,
        document: &Document,
        button: &Button,
        typed: &[(&str, &str)],
    ) -> Page {
        let form = button.form;
        let form = form.unwrap_or_else(|| panic!("{:?} has no form: {}", button.label, page.body));
        let form = &document.forms[form];
        let mut fields: Vec<(&str, &str)> = form
            .fields
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
            .collect();
        for (name, value) in typed {
            let field = fields.iter_mut().find(|field| field.0 == *name);
            field
                .unwrap_or_else(|| panic!("no field {name:?} on {}: {}", page.url, page.body))
                .1 = value;
        }
        if !button.name.is_empty() {
            fields.push((&button.name, &button.value));
        }
        let data = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let mut target = match form.action.as_deref() {
            Some(action) if !action.is_empty() => page.url.join(action).unwrap(),
            _ => page.url.clone(),
        };
        if form.post {
            return self
                .navigate(Method::POST, target, Some(data), Some(&page.url))
                .await;
        }
        target.set_query((!data.is_empty()).then_some(&data));
        self.navigate(Method::GET, target, None, Some(&page.url))
            .await
    }

    /// `from` is the page with the link or form. A typed URL has none.
    async fn navigate(
        &mut self,
        mut method: Method,
        mut url: Url,
        mut body: Option<String>,
        from: Option<&Url>,
    ) -> Page {
        let (mut trail, mut heads) = (Vec::new(), Vec::new());
        let mut site = "none";
        let mut origin = from.map(|from| from.origin().ascii_serialization());
        loop {
            if let Some(from) = from {
                site = farther(site, relation(from, &url));
            }
            let mut request = self
                .http
                .request(method.clone(), url.clone())
                .header(
                    "accept",
                    "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                )
                .header("accept-language", "en")
                .header("sec-fetch-site", site)
                .header("sec-fetch-mode", "navigate")
                .header("sec-fetch-dest", "document")
                .header("sec-fetch-user", "?1");
            if let Some(cookies) = self
                .jar
                .header(&url, site != "cross-site" || method == Method::GET)
            {
                request = request.header("cookie", cookies);
            }
            if let Some(body) = &body {
                request = request
                    .header("content-type", "application/x-www-form-urlencoded")
                    .header("origin", origin.clone().unwrap())
                    .body(body.clone());
            }
            trail.push(url.clone());
            let mut page = self.take(url.clone(), request).await;
            heads.push(length(&page.headers));
            let Some(location) = page
                .headers
                .get(LOCATION)
                .filter(|_| matches!(page.status, 301 | 302 | 303 | 307 | 308))
            else {
                (page.trail, page.heads) = (trail, heads);
                return page;
            };
            assert!(
                trail.len() <= MAX_REDIRECTS,
                "too many redirects: {trail:#?}"
            );
            let location = location.to_str().expect("Location in ASCII");
            let next = url
                .join(location)
                .unwrap_or_else(|error| panic!("Location {location:?}: {error}"));
            if page.status == 303 || (method == Method::POST && matches!(page.status, 301 | 302)) {
                (method, body) = (Method::GET, None);
            }
            if next.origin() != url.origin() && origin.is_some() {
                origin = Some("null".into());
            }
            url = next;
        }
    }

    async fn take(&mut self, url: Url, request: reqwest::RequestBuilder) -> Page {
        let mut page = Page {
            url: url.clone(),
            status: 0,
            headers: HeaderMap::new(),
            body: String::new(),
            trail: vec![url.clone()],
            heads: Vec::new(),
        };
        match request.send().await {
            Ok(response) => {
                page.status = response.status().as_u16();
                page.headers = response.headers().clone();
                for cookie in page.headers.get_all(SET_COOKIE) {
                    self.jar
                        .set(&url, cookie.to_str().expect("Set-Cookie in ASCII"));
                }
                page.body = response
                    .text()
                    .await
                    .unwrap_or_else(|error| panic!("{url}: {error}"));
            }
            Err(error) if error.is_connect() => {}
            Err(error) => panic!("{url}: {error:?}"),
        }
        page
    }
}

/// Each line has a name, a colon, a space, a value and CRLF.
fn length(headers: &HeaderMap) -> usize {
    let lines = headers.iter();
    lines
        .map(|(name, value)| name.as_str().len() + value.len() + 4)
        .sum()
}

/// Here, a site is a scheme and a host. The port is ignored, and the hosts have no registrable
/// domain.
fn relation(from: &Url, to: &Url) -> &'static str {
    if from.origin() == to.origin() {
        "same-origin"
    } else if (from.scheme(), from.host()) == (to.scheme(), to.host()) {
        "same-site"
    } else {
        "cross-site"
    }
}

fn farther(one: &'static str, other: &'static str) -> &'static str {
    let order = ["none", "same-origin", "same-site", "cross-site"];
    let place = |site| order.iter().position(|name| *name == site).unwrap();
    order[place(one).max(place(other))]
}
