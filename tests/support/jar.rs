//! A cookie jar by the rules of RFC 6265bis, as Chrome applies them.
//!
//! What a browser would drop, it drops; [`Jar::refused`] says what and why. Of public suffixes it only knows that one label is none.

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
    /// Without a `Domain` attribute: for exactly this host.
    pub host_only: bool,
    pub path: String,
    pub secure: bool,
    pub http_only: bool,
    pub same_site: SameSite,
    /// Seconds since 1970; `None` ends with the browser.
    pub expires: Option<u64>,
    created: u64,
    used: u64,
}

/// Where a request comes from, as `SameSite` sees it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Context {
    SameSite,
    /// A link or redirect of another site: a top-level GET.
    CrossSiteNavigation,
    /// Another site's image, frame, `fetch` or form POST.
    CrossSite,
}

/// The cookies of one browser profile.
#[derive(Clone, Default)]
pub struct Jar {
    cookies: Vec<Cookie>,
    refused: Vec<(String, &'static str)>,
    skew: i64,
    counter: u64,
}

impl Jar {
    /// Takes one `Set-Cookie` header of a response from `url`.
    pub fn store(&mut self, url: &Url, header: &str, context: Context) {
        let counter = self.tick();
        if let Err(reason) = self.try_store(url, header, context, counter) {
            let name = header.split(['=', ';']).next().unwrap_or_default();
            self.refused.push((name.to_owned(), reason));
        }
    }

    /// The `Cookie` header of a request to `url`: longer paths first, then the older ones.
    pub fn header(&mut self, url: &Url, context: Context) -> Option<String> {
        let counter = self.tick();
        self.forget_expired();
        let mut sent: Vec<&mut Cookie> = self
            .cookies
            .iter_mut()
            .filter(|cookie| cookie.belongs_to(url) && cookie.goes_along(context))
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

    /// The first cookie of this name, whatever its path.
    pub fn get(&mut self, name: &str) -> Option<Cookie> {
        let mut cookies = self.cookies().iter();
        cookies.find(|cookie| cookie.name == name).cloned()
    }

    /// Changes the value of every cookie of this name, past all rules.
    pub fn tamper(&mut self, name: &str, change: impl Fn(&str) -> String) {
        for cookie in self.cookies.iter_mut().filter(|cookie| cookie.name == name) {
            cookie.value = change(&cookie.value);
        }
    }

    /// Puts a cookie into the jar, past all rules.
    pub fn plant(&mut self, cookie: Cookie) {
        self.cookies.push(cookie);
    }

    pub fn remove(&mut self, name: &str) {
        self.cookies.retain(|cookie| cookie.name != name);
    }

    pub fn clear(&mut self) {
        self.cookies.clear();
    }

    /// Names of the cookies that were dropped so far, and why.
    pub fn refused(&self) -> &[(String, &'static str)] {
        &self.refused
    }

    /// Seconds since 1970 by the browser's clock.
    pub fn now(&self) -> u64 {
        unix_now().saturating_add_signed(self.skew)
    }

    pub fn set_now(&mut self, seconds: u64) {
        self.skew = seconds.cast_signed() - unix_now().cast_signed();
    }

    pub fn advance(&mut self, time: Duration) {
        self.skew += time.as_secs().cast_signed();
    }

    /// What happens when the browser is closed and opened again.
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
            return Err("SameSite in an answer to another site's request");
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
            return Err("an insecure page must leave Secure cookies alone");
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

    /// Above 180 cookies of a domain Chrome deletes those unused for longest, down to 150.
    fn evict(&mut self, domain: &str) {
        const MOST: usize = 180;
        const LEFT: usize = 150;
        self.forget_expired();
        let of_domain = self.cookies.iter().filter(|cookie| cookie.domain == domain);
        let mut used: Vec<u64> = of_domain.map(|cookie| cookie.used).collect();
        if used.len() <= MOST {
            return;
        }
        used.sort_unstable();
        let oldest_kept = used[used.len() - LEFT];
        self.cookies
            .retain(|cookie| cookie.domain != domain || cookie.used >= oldest_kept);
    }

    fn tick(&mut self) -> u64 {
        self.counter += 1;
        self.counter
    }
}

impl Cookie {
    /// A host-only session cookie for all of `url`'s host, to be planted.
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

    fn belongs_to(&self, url: &Url) -> bool {
        let host = url.host_str().unwrap_or_default();
        let same_host = match self.host_only {
            true => host == self.domain,
            false => domain_matches(host, &self.domain),
        };
        same_host && path_matches(url.path(), &self.path) && (!self.secure || is_secure(url))
    }

    fn goes_along(&self, context: Context) -> bool {
        match self.same_site {
            SameSite::Strict => context == Context::SameSite,
            SameSite::Lax => context != Context::CrossSite,
            SameSite::None => true,
        }
    }
}

/// Whether both are of one site: the same scheme, and the same host or last two labels of it. The port does not count.
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

/// Chrome's rule for `Secure`: https, or this very machine.
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
