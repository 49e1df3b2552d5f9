//! A cookie jar that follows the rules of RFC 6265bis as Chrome applies them.
//!
//! Drops what a browser drops; [`Jar::refused`] lists the dropped cookies with the reasons. Domains
//! of one label are the only public suffixes that it knows.

mod set_cookie;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use url::{Host, Url};

pub use self::set_cookie::SameSite;

/// One stored cookie.
#[derive(Clone, Debug)]
pub struct Cookie {
    pub name: String,
    pub value: String,
    pub domain: String,
    /// True without a `Domain` attribute: only this host receives the cookie.
    pub host_only: bool,
    pub path: String,
    pub secure: bool,
    pub http_only: bool,
    pub same_site: SameSite,
    /// Seconds since 1970. `None` for a session cookie.
    pub expires: Option<u64>,
    created: u64,
    used: u64,
}

/// The origin of a request, as far as `SameSite` is concerned.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Context {
    SameSite,
    /// A top-level GET that another site started by a link or redirect.
    CrossSiteNavigation,
    /// A top-level form POST from another site. Its response may set all cookies (RFC 6265bis,
    /// section 5.7, step 18).
    CrossSiteForm,
    /// An image, frame or `fetch` of another site.
    CrossSite,
}

/// The cookies of one browser profile.
#[derive(Clone, Default)]
pub struct Jar {
    cookies: Vec<Cookie>,
    refused: Vec<(String, &'static str)>,
    /// Seconds since 1970, if the clock of the browser is stopped.
    stopped: Option<u64>,
    counter: u64,
}

impl Jar {
    /// Stores the cookie of a `Set-Cookie` header from `url`.
    pub fn store(&mut self, url: &Url, header: &str, context: Context) {
        let counter = self.tick();
        if let Err(reason) = self.try_store(url, header, context, counter) {
            let name = header.split(['=', ';']).next().unwrap_or_default();
            self.refused.push((name.to_owned(), reason));
        }
    }

    /// The `Cookie` header of a request to `url`. Longer paths come first, then older cookies.
    pub fn header(&mut self, url: &Url, context: Context) -> Option<String> {
        let counter = self.tick();
        self.forget_expired();
        let mut sent: Vec<&mut Cookie> = self
            .cookies
            .iter_mut()
            .filter(|cookie| cookie.matches(url) && cookie.is_sent_in(context))
            .collect();
        sent.sort_by_key(|cookie| (std::cmp::Reverse(cookie.path.len()), cookie.created));
        let pairs: Vec<String> = sent
            .into_iter()
            .map(|cookie| {
                cookie.used = counter;
                match cookie.name.as_str() {
                    "" => cookie.value.clone(),
                    name => format!("{name}={}", cookie.value),
                }
            })
            .collect();
        (!pairs.is_empty()).then(|| pairs.join("; "))
    }

    /// The cookies that have not expired, oldest first.
    pub fn cookies(&mut self) -> &[Cookie] {
        self.forget_expired();
        &self.cookies
    }

    pub fn names(&mut self) -> Vec<String> {
        let names = self.cookies().iter().map(|cookie| cookie.name.clone());
        names.collect()
    }

    /// The first cookie of this name at any path.
    pub fn get(&mut self, name: &str) -> Option<Cookie> {
        let mut cookies = self.cookies().iter();
        cookies.find(|cookie| cookie.name == name).cloned()
    }

    /// Changes the value of every cookie of this name without checks.
    pub fn tamper(&mut self, name: &str, change: impl Fn(&str) -> String) {
        for cookie in self.cookies.iter_mut().filter(|cookie| cookie.name == name) {
            cookie.value = change(&cookie.value);
        }
    }

    /// Adds a cookie without checks.
    pub fn plant(&mut self, cookie: Cookie) {
        self.cookies.push(cookie);
    }

    pub fn remove(&mut self, name: &str) {
        self.cookies.retain(|cookie| cookie.name != name);
    }

    pub fn clear(&mut self) {
        self.cookies.clear();
    }

    /// Names of the dropped cookies with the reasons.
    pub fn refused(&self) -> &[(String, &'static str)] {
        &self.refused
    }

    /// Seconds since 1970 by the clock of the browser.
    pub fn now(&self) -> u64 {
        self.stopped.unwrap_or_else(unix_now)
    }

    /// Sets the clock of the browser and stops it, so that a slow test sees the same time.
    pub fn set_now(&mut self, seconds: u64) {
        self.stopped = Some(seconds);
    }

    /// Stops the clock of the browser at the current time.
    pub fn stop_clock(&mut self) {
        self.set_now(self.now());
    }

    /// Advances the clock of the browser and stops it.
    pub fn advance(&mut self, time: Duration) {
        self.set_now(self.now() + time.as_secs());
    }

    /// Drops session cookies, as when the browser is closed.
    pub fn end_session(&mut self) {
        self.cookies.retain(|cookie| cookie.expires.is_some());
    }

    fn try_store(
        &mut self,
        url: &Url,
        header: &str,
        context: Context,
        counter: u64,
    ) -> Result<(), &'static str> {
        let now = self.now();
        let mut cookie = set_cookie::parse(url, header, now)?;
        if context == Context::CrossSite && cookie.same_site != SameSite::None {
            return Err("SameSite in a response to a cross-site request");
        }
        let is_older = |known: &Cookie| {
            (&known.name, &known.domain, known.host_only, &known.path)
                == (&cookie.name, &cookie.domain, cookie.host_only, &cookie.path)
        };
        let overlaid = |known: &Cookie| {
            known.secure
                && known.name == cookie.name
                && (domain_matches(&known.domain, &cookie.domain)
                    || domain_matches(&cookie.domain, &known.domain))
                && path_matches(&cookie.path, &known.path)
        };
        if !cookie.secure && !is_secure(url) && self.cookies.iter().any(overlaid) {
            return Err("an insecure page cannot overwrite a Secure cookie");
        }
        let older = self.cookies.iter().position(is_older);
        cookie.created = older.map_or(counter, |at| self.cookies[at].created);
        cookie.used = counter;
        if let Some(at) = older {
            self.cookies.remove(at);
        }
        if cookie.expires.is_none_or(|expires| expires > now) {
            let domain = cookie.domain.clone();
            self.cookies.push(cookie);
            self.evict(&domain);
        }
        Ok(())
    }

    fn forget_expired(&mut self) {
        let now = self.now();
        self.cookies
            .retain(|cookie| cookie.expires.is_none_or(|expires| expires > now));
    }

    /// Chrome keeps at most 180 cookies of a domain. Above that, it deletes the least recently
    /// used, down to 150.
    fn evict(&mut self, domain: &str) {
        const MAX_PER_DOMAIN: usize = 180;
        const KEPT_PER_DOMAIN: usize = 150;
        self.forget_expired();
        let of_domain = self.cookies.iter().filter(|cookie| cookie.domain == domain);
        let mut used: Vec<u64> = of_domain.map(|cookie| cookie.used).collect();
        if used.len() <= MAX_PER_DOMAIN {
            return;
        }
        used.sort_unstable();
        let oldest_kept = used[used.len() - KEPT_PER_DOMAIN];
        self.cookies
            .retain(|cookie| cookie.domain != domain || cookie.used >= oldest_kept);
    }

    fn tick(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }
}

impl Cookie {
    /// A host-only session cookie for the host of `url` and all paths on it.
    pub fn new(url: &Url, name: &str, value: &str) -> Self {
        Self {
            name: name.to_owned(),
            value: value.to_owned(),
            domain: url.host_str().unwrap_or_default().to_owned(),
            host_only: true,
            path: "/".to_owned(),
            secure: false,
            http_only: false,
            same_site: SameSite::Lax,
            expires: None,
            created: 0,
            used: 0,
        }
    }

    fn matches(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        let same_host = match self.host_only {
            true => host == self.domain,
            false => domain_matches(host, &self.domain),
        };
        same_host && path_matches(url.path(), &self.path) && (!self.secure || is_secure(url))
    }

    fn is_sent_in(&self, context: Context) -> bool {
        match self.same_site {
            SameSite::Strict => context == Context::SameSite,
            SameSite::Lax => !matches!(context, Context::CrossSite | Context::CrossSiteForm),
            SameSite::None => true,
        }
    }
}

/// Returns true if both URLs are same-site: equal schemes, and equal hosts or last two labels. The
/// port is ignored.
pub fn same_site(one: &Url, other: &Url) -> bool {
    let site = |url: &Url| match url.host() {
        Some(Host::Domain(domain)) => {
            let labels: Vec<&str> = domain.rsplit('.').take(2).collect();
            labels.join(".")
        }
        host => host.map(|host| host.to_string()).unwrap_or_default(),
    };
    one.scheme() == other.scheme() && site(one) == site(other)
}

/// Chrome's rule for `Secure`: https, or a loopback address.
fn is_secure(url: &Url) -> bool {
    let loopback = match url.host() {
        Some(Host::Domain(domain)) => domain == "localhost" || domain.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    };
    url.scheme() == "https" || loopback
}

/// RFC 6265bis, section 5.1.3.
fn domain_matches(host: &str, domain: &str) -> bool {
    let below = host.strip_suffix(domain);
    let is_address = matches!(Host::parse(host), Ok(Host::Ipv4(_) | Host::Ipv6(_)));
    host == domain || (!is_address && below.is_some_and(|label| label.ends_with('.')))
}

/// RFC 6265bis, section 5.1.4.
fn path_matches(path: &str, cookie_path: &str) -> bool {
    let rest = path.strip_prefix(cookie_path);
    rest.is_some_and(|rest| rest.is_empty() || cookie_path.ends_with('/') || rest.starts_with('/'))
}

fn unix_now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.expect("after 1970").as_secs()
}
