//! What every request needs to know of the configuration, and one request as the layer saw it.

use std::{
    pin::Pin,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use axum::{
    extract::OriginalUri,
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, Request, Uri,
        header::{ACCEPT_LANGUAGE, ORIGIN, REFERER},
    },
};

use crate::{
    config::Config,
    cookie::{Cookies, Key, Scope},
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
    pub(crate) on_sign_in: Option<OnSignIn>,
}

/// What the app does with the claims of a login before it counts; the error is a sentence for the visitor.
pub(crate) type OnSignIn = Arc<dyn Fn(Claims) -> SignInFuture + Send + Sync>;
pub(crate) type SignInFuture = Pin<Box<dyn Future<Output = Result<Claims, String>> + Send>>;
type Claims = serde_json::Map<String, serde_json::Value>;

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
    /// Decoded at most once, when somebody asks.
    pub(crate) user: OnceLock<User>,
    guarded: AtomicBool,
}

/// What kind of answer the client can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A page in a browser's window: a redirect to the login makes sense.
    Navigation,
    /// A page fetched before anybody asked for it: nothing may be started or used up.
    Prefetch,
    /// `fetch`, htmx, images, frames, WebSockets.
    Script,
    /// A client that says nothing of itself: most are programs.
    Unknown,
}

impl Site {
    pub(crate) fn new(config: Config) -> Self {
        let base_path = config.redirect_uri.base_path();
        let path = if base_path.is_empty() {
            "/".to_owned()
        } else {
            base_path.to_owned()
        };
        let scope = Scope {
            path,
            secure: config.redirect_uri.is_secure(),
        };
        Self {
            keys: config.cookie_secrets.iter().map(Key::new).collect(),
            identity_name: scope.name(IDENTITY),
            tokens_name: scope.name(TOKENS),
            scope,
            on_sign_in: None,
            config,
        }
    }

    /// Where the app begins: `/` or `/app/`.
    pub(crate) fn home(&self) -> String {
        self.path("/")
    }

    /// One of our own paths, with the base path in front.
    pub(crate) fn path(&self, path: &str) -> String {
        format!("{}{path}", self.config.redirect_uri.base_path())
    }

    /// What follows the base path. A proxy may have stripped it already, so a path without it is taken as it is.
    pub(crate) fn strip_base<'p>(&self, path: &'p str) -> &'p str {
        let base_path = self.config.redirect_uri.base_path();
        path.strip_prefix(base_path)
            .filter(|rest| rest.starts_with('/'))
            .unwrap_or(path)
    }
}

impl Visit {
    pub(crate) fn new<B>(site: Arc<Site>, request: &Request<B>) -> Self {
        let headers = request.headers();
        let uri = request
            .extensions()
            .get::<OriginalUri>()
            .map_or_else(|| request.uri(), |original| &original.0);
        Self {
            own_origin: is_own_origin(request.method(), headers, site.config.redirect_uri.origin()),
            kind: Kind::of(headers),
            referer: headers
                .get(REFERER)
                .filter(|_| !is_safe(request.method()))
                .cloned(),
            accept_language: headers.get(ACCEPT_LANGUAGE).cloned(),
            method: request.method().clone(),
            uri: uri.clone(),
            cookies: Cookies::of(headers),
            site,
            user: OnceLock::new(),
            guarded: AtomicBool::new(false),
        }
    }

    /// Notes that the answer is for one person only, so that no cache may keep it.
    pub(crate) fn guard(&self) {
        self.guarded.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_guarded(&self) -> bool {
        self.guarded.load(Ordering::Relaxed)
    }
}

impl Kind {
    /// Source: Fetch Metadata Request Headers (W3C), sections 2.1 and 2.3; browsers without it are told by `Accept`.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let (mut mode, mut dest, mut html, mut script) = (None, None, false, false);
        // One pass: to look for a dozen names that are mostly absent takes longer than to pass by all that are there.
        for (name, value) in headers {
            let has = |part| value.to_str().is_ok_and(|text| text.contains(part));
            match name.as_str() {
                "sec-purpose" | "purpose" | "x-moz" if has("prefetch") => {
                    return Self::Prefetch;
                }
                "hx-request" | "x-requested-with" | "upgrade" => script = true,
                "sec-fetch-mode" => mode = mode.or(value.to_str().ok()),
                "sec-fetch-dest" => dest = dest.or(value.to_str().ok()),
                "accept" => html |= has("text/html"),
                _ => {}
            }
        }
        match (mode, dest) {
            _ if script => Self::Script,
            (Some("navigate"), None | Some("document")) => Self::Navigation,
            (Some(_), _) => Self::Script,
            (None, _) if html => Self::Navigation,
            (None, _) => Self::Unknown,
        }
    }
}

/// Whether a request may act in its visitor's name: it was made by a page of ours, by no page at all, or it is a plain top-level GET,
/// which changes nothing.
///
/// Source: Streamlit compares the `Origin` of its websocket with the cookie's (`starlette_websocket`); the rule for HTTP follows Fetch
/// Metadata (W3C) and `tower-http`'s and Go's cross-origin protection.
pub(crate) fn is_own_origin(method: &Method, headers: &HeaderMap, origin: &str) -> bool {
    let text = |name| {
        headers
            .get(name)
            .map(|value: &HeaderValue| value.as_bytes())
    };
    let site = headers.get(&SEC_FETCH_SITE).map(HeaderValue::as_bytes);
    match (site, headers.get(ORIGIN)) {
        (Some(b"same-origin" | b"none"), _) | (None, None) => true,
        (Some(_), _) => {
            is_safe(method)
                && text("sec-fetch-mode") == Some(b"navigate")
                && text("sec-fetch-dest") == Some(b"document")
        }
        (None, Some(from)) => from == origin,
    }
}

/// Whether a request of this method asks for a page and changes nothing.
pub(crate) fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// Looked for in every request, so hashed from a name that is known to be one.
static SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Source: Streamlit 1.67, `starlette_auth_routes`.
pub(crate) const IDENTITY: &str = "_streamlit_user";
pub(crate) const TOKENS: &str = "_streamlit_user_tokens";
