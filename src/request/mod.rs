//! The context of one request: its relevant headers and its identity.

use std::sync::{Arc, OnceLock};

use axum::{
    extract::OriginalUri,
    http::{HeaderMap, HeaderValue, Method, Request, uri::PathAndQuery},
};

pub(crate) use self::{
    admission::{Admission, PendingAdmission},
    challenge::{Challenge, TokenRejection},
};
use self::{credentials::BearerCredentials, fetch_metadata::FetchMetadata};
use crate::{
    cookie::Cookies,
    local,
    state::{AuthState, Settings},
};

mod admission;
mod challenge;
mod credentials;
mod fetch_metadata;
pub(crate) mod forwarded;

/// The context of one request. The middleware puts it into the request's extensions.
pub(crate) struct RequestContext {
    pub(crate) state: Arc<AuthState>,
    pub(crate) method: Method,
    /// The path and query that the client requested, before a router stripped a prefix.
    pub(crate) page: PathAndQuery,
    pub(crate) cookies: Cookies,
    pub(crate) kind: RequestKind,
    /// The `Referer`, only for methods that are not safe: the page of a form.
    pub(crate) referer: Option<HeaderValue>,
    /// The preferred languages, for the pages of this crate.
    pub(crate) accept_language: Option<HeaderValue>,
    /// True if the request may use the cookie identity.
    pub(crate) may_authenticate: bool,
    /// True if the request came from this computer. Always false unless `redirect_uri` is on
    /// loopback.
    pub(crate) is_local: bool,
    /// True for a navigation that a page of another origin started without user activation.
    pub(crate) is_unprompted: bool,
    /// True for a navigation of a browser window that no page of this origin started.
    pub(crate) is_arrival: bool,
    /// The bearer token. If there is one, the cookies are not read. `None` unless bearer tokens are
    /// accepted.
    bearer: Option<Box<BearerCredentials>>,
    /// Read and admitted at most once, on first use.
    admission: OnceLock<Admission>,
}

/// The kind of response that a client can use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestKind {
    /// A page in a browser window. It can be redirected to the login.
    Navigation,
    /// A speculative prefetch or prerender. It must not start a login or consume an authorization
    /// code.
    Prefetch,
    /// A page in a frame. It can be displayed, but the login pages of providers refuse to be
    /// framed.
    Frame,
    /// `fetch`, htmx, images, WebSockets.
    Subresource,
    /// Unknown, as for most programs.
    Unknown,
}

impl RequestContext {
    pub(crate) fn new<B>(state: Arc<AuthState>, request: &Request<B>) -> Arc<Self> {
        let headers = request.headers();
        let metadata = FetchMetadata::from_headers(headers);
        let uri = request
            .extensions()
            .get::<OriginalUri>()
            .map_or_else(|| request.uri(), |original| &original.0);
        let redirect_uri = &state.settings.config.redirect_uri;
        let is_local = redirect_uri.is_loopback() && local::check(request).is_ok();
        let accepts_bearer = state.settings.config.resource.is_some();
        let bearer = accepts_bearer
            .then(|| BearerCredentials::from_headers(headers))
            .flatten();
        Arc::new(Self {
            may_authenticate: metadata.may_authenticate(request.method(), redirect_uri.origin())
                && state.accepts_identity_from(request, is_local),
            is_unprompted: metadata.is_unprompted(),
            is_arrival: metadata.is_arrival(),
            kind: match bearer {
                // Only programs send a bearer token. They cannot follow a login.
                Some(_) => RequestKind::Subresource,
                None => metadata.kind(headers),
            },
            bearer: bearer.map(Box::new),
            referer: metadata
                .referer
                .filter(|_| !is_safe(request.method()))
                .cloned(),
            accept_language: metadata.accept_language.cloned(),
            is_local,
            method: request.method().clone(),
            page: uri
                .path_and_query()
                .cloned()
                .unwrap_or_else(|| PathAndQuery::from_static("/")),
            cookies: metadata.cookies(headers),
            state,
            admission: OnceLock::new(),
        })
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.state.settings
    }

    /// Returns true if the app accepts bearer tokens.
    pub(crate) fn accepts_bearer(&self) -> bool {
        self.settings().config.resource.is_some()
    }

    /// Returns true if the request has a bearer token, valid or not.
    pub(crate) fn has_bearer(&self) -> bool {
        self.bearer.is_some()
    }
}

/// Returns true if a page of this origin sent the form, by Fetch Metadata or else by `Origin`.
pub(crate) fn is_from_own_page(headers: &HeaderMap, origin: &str) -> bool {
    FetchMetadata::from_headers(headers).is_from_own_page(origin)
}

/// Returns true for GET and HEAD.
pub(crate) fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}
