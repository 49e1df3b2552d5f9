//! What every request needs to know of the configuration, and one request as the layer saw it.

use std::sync::{Arc, OnceLock};

use axum::{
    extract::OriginalUri,
    http::{HeaderMap, HeaderValue, Method, Request, Uri, header::ACCEPT},
};
use secrecy::SecretString;

use crate::{
    config::Config,
    cookie::{Cookies, Key, Scope},
    identity::{Frame, Hook},
    local,
    user::User,
};

/// A configuration made ready: keys, cookie names, paths. Shared by all requests.
#[derive(Clone)]
pub(crate) struct Site {
    pub(crate) config: Config,
    pub(crate) keys: Vec<Key>,
    pub(crate) scope: Scope,
    /// Name of the identity cookie in the browser.
    pub(crate) identity_name: String,
    /// Name of the tokens cookie in the browser.
    pub(crate) tokens_name: String,
    /// Name of the renewal cookie in the browser.
    pub(crate) renewal_name: String,
    /// One for each provider of the configuration, in its order.
    pub(crate) frames: Vec<Frame>,
    pub(crate) on_sign_in: Option<Hook>,
}

/// One request on its way through the app. The layer puts it into the request's extensions.
pub(crate) struct Visit {
    pub(crate) site: Arc<Site>,
    pub(crate) method: Method,
    /// As the client asked for it, before any router stripped a prefix.
    pub(crate) uri: Uri,
    pub(crate) cookies: Cookies,
    pub(crate) kind: Kind,
    /// The page that a form stood on.
    pub(crate) referer: Option<HeaderValue>,
    /// Read when a page of ours is made.
    pub(crate) accept_language: Option<HeaderValue>,
    /// Whether the request comes from our own origin, so that an identity may be honoured.
    pub(crate) own_origin: bool,
    /// Whether this computer sent the request. Always false unless `redirect_uri` is on loopback.
    pub(crate) local: bool,
    /// True for a navigation that another origin's page started without a click of the user.
    pub(crate) is_unprompted: bool,
    /// Decoded at most once, when somebody asks.
    pub(crate) user: OnceLock<User>,
}

/// What kind of answer the client can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A page in a browser's window: a redirect to the login makes sense.
    Navigation,
    /// A page fetched before anybody asked for it: nothing may be started or used up.
    Prefetch,
    /// A page in a frame: it can be shown, but a provider's sign-in page refuses to be framed.
    Frame,
    /// `fetch`, htmx, images, WebSockets.
    Script,
    /// A client that says nothing of itself: most are programs.
    Unknown,
}

impl Site {
    pub(crate) fn new(config: Config) -> Self {
        let redirect_uri = &config.redirect_uri;
        let scope = Scope::new(redirect_uri.base_path(), redirect_uri.is_secure());
        Self {
            keys: config.cookie_secrets.iter().map(signing_key).collect(),
            identity_name: scope.name(IDENTITY),
            tokens_name: scope.name(TOKENS),
            renewal_name: scope.name(RENEWAL),
            scope,
            frames: Frame::all(&config),
            on_sign_in: None,
            config,
        }
    }

    /// The index of a provider in the configuration.
    pub(crate) fn client(&self, provider: &str) -> Option<usize> {
        let mut providers = self.config.providers.iter();
        providers.position(|configured| configured.name == provider)
    }

    /// Where the app begins: `/` or `/app/`.
    pub(crate) fn home(&self) -> String {
        self.path("/")
    }

    /// One of our own paths, with the base path in front.
    pub(crate) fn path(&self, path: &str) -> String {
        format!("{}{path}", self.config.redirect_uri.base_path())
    }

    /// The paths below the base path that a request for `path` can mean: without the base path, as no proxy has stripped it, and as it
    /// stands, as one has.
    ///
    /// A path is an endpoint if one of the two is. So endpoints answer in both forms whatever the base path is called, such as `/auth`, and
    /// a path that is an endpoint in either form is reserved: it is never a page of the app.
    pub(crate) fn below_base<'p>(&self, path: &'p str) -> impl Iterator<Item = &'p str> + use<'p> {
        let base_path = self.config.redirect_uri.base_path();
        let rest = path.strip_prefix(base_path);
        let rest = rest.filter(|rest| !base_path.is_empty() && rest.starts_with('/'));
        rest.into_iter().chain([path])
    }
}

/// Makes the key of a configured secret. A secret that everybody knows is mixed with a random key
/// of this machine first. Without the feature `dev`, the configuration refuses such a secret.
fn signing_key(secret: &SecretString) -> Key {
    #[cfg(feature = "dev")]
    if crate::config::is_published(secrecy::ExposeSecret::expose_secret(secret)) {
        return Key::new(&crate::dev::machine_secret(secret));
    }
    Key::new(secret)
}

impl Visit {
    pub(crate) fn new<B>(site: Arc<Site>, request: &Request<B>) -> Self {
        let headers = request.headers();
        let said = Said::of(headers);
        let uri = request
            .extensions()
            .get::<OriginalUri>()
            .map_or_else(|| request.uri(), |original| &original.0);
        let is_form = !is_safe(request.method());
        Self {
            own_origin: said.is_own_origin(request.method(), site.config.redirect_uri.origin()),
            is_unprompted: said.is_unprompted(),
            kind: said.kind(headers),
            referer: said.referer.filter(|_| is_form).cloned(),
            accept_language: said.accept_language.cloned(),
            local: site.config.redirect_uri.is_loopback() && local::check(request).is_ok(),
            method: request.method().clone(),
            uri: uri.clone(),
            cookies: Cookies::of(headers),
            site,
            user: OnceLock::new(),
        }
    }
}

/// What the headers of a request say of what made it; of equal names the first counts.
#[derive(Default)]
struct Said<'h> {
    site: Option<&'h [u8]>,
    mode: Option<&'h [u8]>,
    dest: Option<&'h [u8]>,
    user: Option<&'h [u8]>,
    origin: Option<&'h HeaderValue>,
    referer: Option<&'h HeaderValue>,
    accept_language: Option<&'h HeaderValue>,
    is_prefetch: bool,
    /// A request header of a script library; only browsers without `Sec-Fetch-Mode` need it.
    is_script: bool,
    upgrades_to_websocket: bool,
    has_upgrade_option: bool,
}

impl<'h> Said<'h> {
    fn of(headers: &'h HeaderMap) -> Self {
        let mut said = Self::default();
        // One pass: to look for a dozen names that are mostly absent takes longer than to pass by all that are there.
        for (name, value) in headers {
            match name.as_str() {
                "sec-fetch-site" => said.site = said.site.or(Some(value.as_bytes())),
                "sec-fetch-mode" => said.mode = said.mode.or(Some(value.as_bytes())),
                "sec-fetch-dest" => said.dest = said.dest.or(Some(value.as_bytes())),
                "sec-fetch-user" => said.user = said.user.or(Some(value.as_bytes())),
                "origin" => said.origin = said.origin.or(Some(value)),
                "referer" => said.referer = said.referer.or(Some(value)),
                "accept-language" => said.accept_language = said.accept_language.or(Some(value)),
                "sec-purpose" | "purpose" | "x-moz" => {
                    said.is_prefetch |= contains(value, "prefetch");
                }
                "x-requested-with" => said.is_script |= is(value, "xmlhttprequest"),
                "hx-request" => said.is_script |= is(value, "true"),
                "upgrade" => said.upgrades_to_websocket |= lists(value, "websocket"),
                "connection" => said.has_upgrade_option |= lists(value, "upgrade"),
                _ => {}
            }
        }
        said
    }

    /// Classifies the request.
    ///
    /// 1. A purpose of `prefetch`, prerendering included, decides first.
    /// 2. `Sec-Fetch-Mode` decides where present, with `Sec-Fetch-Dest` between a window and a frame.
    /// 3. Otherwise header values decide: `X-Requested-With: XMLHttpRequest`, `HX-Request: true` and
    ///    a WebSocket handshake are scripts. The presence of such a header says nothing, because an
    ///    Android WebView sends its app's name in `X-Requested-With`.
    /// 4. Otherwise `Accept` decides.
    ///
    /// Source: Fetch Metadata Request Headers (W3C), sections 2.1 and 2.2; RFC 6455, section 4.1.
    fn kind(&self, headers: &HeaderMap) -> Kind {
        let accepts_pages = || {
            let mut accepted = headers.get_all(ACCEPT).iter();
            accepted.any(|value| contains(value, "text/html"))
        };
        let is_handshake = self.upgrades_to_websocket && self.has_upgrade_option;
        match (self.mode, self.dest) {
            _ if self.is_prefetch => Kind::Prefetch,
            (Some(b"navigate"), None | Some(b"document")) => Kind::Navigation,
            (
                Some(b"navigate"),
                Some(b"iframe" | b"frame" | b"embed" | b"object" | b"fencedframe"),
            ) => Kind::Frame,
            (Some(_), _) => Kind::Script,
            (None, _) if self.is_script || is_handshake => Kind::Script,
            (None, _) if accepts_pages() => Kind::Navigation,
            (None, _) => Kind::Unknown,
        }
    }

    /// Checks whether another origin's page started the request without user activation.
    ///
    /// Source: Fetch Metadata Request Headers (W3C), sections 2.3 and 2.4.
    fn is_unprompted(&self) -> bool {
        let is_foreign = !matches!(self.site, None | Some(b"same-origin" | b"none"));
        is_foreign && self.user != Some(b"?1")
    }

    /// Whether a request may act in its visitor's name: it was made by a page of ours, by no page at all, or it is a plain top-level GET,
    /// which changes nothing.
    ///
    /// Source: Streamlit compares the `Origin` of its websocket with the cookie's (`starlette_websocket`); the rule for HTTP follows Fetch
    /// Metadata (W3C) and `tower-http`'s and Go's cross-origin protection.
    fn is_own_origin(&self, method: &Method, origin: &str) -> bool {
        match (self.site, self.origin) {
            (Some(b"same-origin" | b"none"), _) | (None, None) => true,
            (Some(_), _) => {
                is_safe(method) && self.mode == Some(b"navigate") && self.dest == Some(b"document")
            }
            (None, Some(from)) => from == origin,
        }
    }
}

/// Whether a request of this method asks for a page and changes nothing.
pub(crate) fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// Compares a header value with a lower-case token, ignoring case.
fn is(value: &HeaderValue, token: &str) -> bool {
    value
        .as_bytes()
        .trim_ascii()
        .eq_ignore_ascii_case(token.as_bytes())
}

/// Checks whether a comma-separated list holds a lower-case token, ignoring case.
fn lists(value: &HeaderValue, token: &str) -> bool {
    let mut members = value.as_bytes().split(|byte| *byte == b',');
    members.any(|member| member.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
}

fn contains(value: &HeaderValue, part: &str) -> bool {
    value.to_str().is_ok_and(|text| text.contains(part))
}

/// Source: Streamlit 1.67, `starlette_auth_routes`.
pub(crate) const IDENTITY: &str = "_streamlit_user";
pub(crate) const TOKENS: &str = "_streamlit_user_tokens";

/// Streamlit has no such cookie.
const RENEWAL: &str = "_streamlit_user_renewal";
