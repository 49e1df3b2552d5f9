//! The context of one request: its relevant headers and its identity.

use std::{
    pin::Pin,
    sync::{Arc, OnceLock},
};

use axum::{
    extract::OriginalUri,
    http::{HeaderMap, HeaderValue, Method, Request, Uri},
};

pub(crate) use self::challenge::{Challenge, TokenRejection};
use self::{credentials::BearerCredentials, fetch_metadata::FetchMetadata};
use crate::{
    cookie::{Cookies, VerifyError},
    identity::{self, AdmissionError, Identity, TokenRefusal},
    local,
    state::{AuthState, Settings, TokenHash},
};

mod challenge;
mod credentials;
mod fetch_metadata;
pub(crate) mod forwarded;

/// The context of one request. The middleware puts it into the request's extensions.
pub(crate) struct RequestContext {
    pub(crate) state: Arc<AuthState>,
    pub(crate) method: Method,
    /// The URI that the client requested, before a router stripped a prefix.
    pub(crate) uri: Uri,
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

/// The result of reading and admitting the identity of a request.
pub(crate) enum Admission {
    Admitted(Arc<Identity>),
    /// The browser sent an identity that is not accepted.
    Rejected,
    /// The browser sent an identity that a rule of `[auth.allow]` does not allow, with the reason.
    NotAllowed(String),
    /// The session store does not answer, so that the identity may be valid.
    Unknown,
    /// The browser sent no identity.
    NotSent,
    /// The client sent a bearer token that is not accepted.
    TokenRefused(TokenRefusal),
}

impl Admission {
    pub(crate) fn identity(&self) -> Option<&Arc<Identity>> {
        match self {
            Self::Admitted(identity) => Some(identity),
            Self::Rejected
            | Self::Unknown
            | Self::NotAllowed(_)
            | Self::NotSent
            | Self::TokenRefused(_) => None,
        }
    }
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
    /// A client that does not tell, such as most programs.
    Unknown,
}

/// A future that verifies a bearer token, or asks the session store and the sign-in hook about an
/// identity.
pub(crate) type PendingAdmission = Pin<Box<dyn Future<Output = ()> + Send>>;

impl RequestContext {
    pub(crate) fn new<B>(state: Arc<AuthState>, request: &Request<B>) -> Self {
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
        Self {
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
            uri: uri.clone(),
            cookies: Cookies::from_headers(headers),
            state,
            admission: OnceLock::new(),
        }
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

    /// Returns the identity of this request, read and admitted at most once.
    ///
    /// `None` while a bearer token is not verified, or the session store or the hook has to be asked: see
    /// [`pending_admission`](Self::pending_admission).
    pub(crate) fn identity(&self) -> Option<&Arc<Identity>> {
        if self.admission().is_none() {
            let _ = self.admit();
        }
        self.admission()?.identity()
    }

    /// Returns the result for the identity. `None` if the app has not asked for it.
    pub(crate) fn admission(&self) -> Option<&Admission> {
        self.admission.get()
    }

    /// Returns the future that verifies the bearer token, or asks the session store and the hook. `None` if
    /// neither is needed.
    pub(crate) fn pending_admission(self: &Arc<Self>) -> Option<PendingAdmission> {
        if self.admission().is_some() {
            return None;
        }
        let pending = self.admit().err()?;
        let context = Arc::clone(self);
        Some(Box::pin(async move {
            match pending {
                Pending::Identity(identity) => {
                    let accepted = identity.accept(&context.state).await;
                    context.decide(accepted);
                }
                Pending::Token(hash) => context.verify_bearer(hash).await,
            }
        }))
    }

    /// Returns the identity. Verifies the bearer token, or asks the session store and the hook, first
    /// if that is needed.
    pub(crate) async fn admitted_identity(self: &Arc<Self>) -> Option<&Arc<Identity>> {
        if let Some(admission) = self.pending_admission() {
            admission.await;
        }
        self.identity()
    }

    /// Reads and admits the identity.
    ///
    /// # Errors
    ///
    /// The identity, if the session store or the hook has to be asked first, or the hash of a bearer
    /// token that has to be verified first.
    fn admit(&self) -> Result<(), Pending> {
        if let Some(bearer) = &self.bearer {
            return self.admit_bearer(bearer);
        }
        let outcome = if self.may_authenticate {
            identity::admit(&self.state, &self.cookies, self.settings().now())
        } else {
            Err(AdmissionError::OtherOrigin)
        };
        if let Err(AdmissionError::Pending(identity)) = outcome {
            return Err(Pending::Identity(identity));
        }
        self.decide(outcome);
        Ok(())
    }

    /// Admits the bearer token if it was verified before.
    ///
    /// # Errors
    ///
    /// The hash of a token that has to be verified.
    fn admit_bearer(&self, bearer: &BearerCredentials) -> Result<(), Pending> {
        let admission = match bearer {
            BearerCredentials::Malformed => Admission::TokenRefused(TokenRefusal::Malformed),
            BearerCredentials::Token(token) => {
                let hash = TokenHash::of(token.as_str());
                let known = identity::known_token(&self.state, &hash, self.settings().now());
                Admission::Admitted(known.ok_or(Pending::Token(hash))?)
            }
        };
        let _ = self.admission.set(admission);
        Ok(())
    }

    async fn verify_bearer(&self, hash: TokenHash) {
        let Some(BearerCredentials::Token(token)) = self.bearer.as_deref() else {
            return;
        };
        let now = self.settings().now();
        let providers = &self.state.providers;
        let admission = match providers.verify_bearer(token.as_str(), now).await {
            Ok(verified) => match Identity::from_token(self.settings(), verified, now).await {
                Ok(identity) => {
                    let identity = Arc::new(identity);
                    identity::remember_token(&self.state, hash, &identity, now);
                    Admission::Admitted(identity)
                }
                Err(error) => {
                    error.log();
                    Admission::TokenRefused(TokenRefusal::from(&error))
                }
            },
            Err(error) => {
                tracing::debug!(reason = "bearer_token", detail = %error, "identity not accepted");
                Admission::TokenRefused(TokenRefusal::from(&error))
            }
        };
        let _ = self.admission.set(admission);
    }

    fn decide(&self, outcome: Result<Identity, AdmissionError>) {
        let (admission, error) = match outcome {
            Ok(identity) => (Admission::Admitted(Arc::new(identity)), None),
            Err(error @ AdmissionError::SessionUnknown) => (Admission::Unknown, Some(error)),
            Err(error) if self.is_not_sent(&error) => (Admission::NotSent, Some(error)),
            Err(AdmissionError::NotAllowed(reason)) => {
                let admission = Admission::NotAllowed(reason.clone());
                (admission, Some(AdmissionError::NotAllowed(reason)))
            }
            Err(error) => (Admission::Rejected, Some(error)),
        };
        let is_first = self.admission.set(admission).is_ok();
        if let Some(error) = error.filter(|_| is_first) {
            error.log();
        }
    }

    /// Returns true if the browser sent no identity. The cookies of a request from another origin
    /// have not been read.
    fn is_not_sent(&self, error: &AdmissionError) -> bool {
        match error {
            AdmissionError::Cookie(VerifyError::Missing) => true,
            AdmissionError::OtherOrigin => !identity::was_sent(self.settings(), &self.cookies),
            _ => false,
        }
    }
}

/// The reason why the identity of a request is not decided yet.
enum Pending {
    /// The session store or the hook has to be asked about this identity.
    Identity(Box<Identity>),
    /// The bearer token with this hash has to be verified.
    Token(TokenHash),
}

/// Returns true if a page of this origin sent the form, by Fetch Metadata or else by `Origin`.
pub(crate) fn is_from_own_page(headers: &HeaderMap, origin: &str) -> bool {
    FetchMetadata::from_headers(headers).is_from_own_page(origin)
}

/// Returns true for GET and HEAD.
pub(crate) fn is_safe(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}
