//! The endpoints of this crate, and the [`Login`](crate::Login) and [`Logout`] that a handler
//! returned.

use std::{pin::Pin, sync::Arc};

use axum::{
    extract::Request,
    http::{HeaderValue, Method, StatusCode, header::USER_AGENT},
    response::{IntoResponse, Response},
};

pub(crate) use self::backchannel_logout::BACKCHANNEL_LOGOUT;
pub use self::logout::Logout;
use self::{login::carry_out_login, logout::carry_out_logout};
use crate::{
    config::{CALLBACK, check_conditions},
    login::{Login, LoginError, finish, form_post, links},
    pages::{self, ErrorCode},
    request::{RequestContext, RequestKind, is_safe},
    response::{head_of, not_allowed, prefetch_declined, see_other},
    state::AuthState,
};

mod backchannel_logout;
mod check;
#[cfg(feature = "dev")]
mod development;
mod login;
mod logout;
mod resource_metadata;
mod silent;

/// An endpoint of this crate.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// The shared redirect URI, or that of the provider with this name.
    Callback(Option<String>),
    Login(Option<String>),
    Logout,
    /// Exists only if `session_store` is configured.
    BackchannelLogout,
    /// With conditions. Exists only if `[auth.headers]` is configured.
    Check(String),
    /// Exists only if a provider has `bearer_audience`.
    ResourceMetadata,
    #[cfg(feature = "dev")]
    Development,
}

impl Endpoint {
    /// The supported methods, as `Allow` lists them.
    fn methods(&self, state: &AuthState) -> &'static str {
        if self.supports_post(state) {
            "GET, HEAD, POST"
        } else {
            "GET, HEAD"
        }
    }

    fn supports(&self, state: &AuthState, method: &Method) -> bool {
        is_safe(method) || *method == Method::POST && self.supports_post(state)
    }

    /// Returns true for the logout, and for the callback of a provider that sends its responses as
    /// forms.
    fn supports_post(&self, state: &AuthState) -> bool {
        match self {
            Self::Logout => true,
            Self::Callback(name) => state.providers.iter().any(|provider| {
                let own = provider.config.redirect_uri.as_ref();
                let own = own.map(|_| &provider.config.name);
                provider.config.uses_form_post() && own == name.as_ref()
            }),
            _ => false,
        }
    }
}

/// Returns the endpoint at `path`, if there is one. A trailing slash makes no difference.
pub(crate) fn route(state: &AuthState, path: &str) -> Option<Endpoint> {
    if resource_metadata::is_at(state, path) {
        return Some(Endpoint::ResourceMetadata);
    }
    state
        .settings
        .below_base(path)
        .find_map(|path| route_below_base(state, path))
}

fn route_below_base(state: &AuthState, path: &str) -> Option<Endpoint> {
    #[cfg(feature = "dev")]
    if path.starts_with("/auth/dev/") && state.dev.is_some() {
        return Some(Endpoint::Development);
    }
    if state.settings.config.identity_headers.is_some()
        && let Some(conditions) = check_conditions(path)
    {
        return Some(Endpoint::Check(conditions.to_owned()));
    }
    let path = path.strip_suffix('/').unwrap_or(path);
    if let Some(rest) = path.strip_prefix(CALLBACK) {
        return callback(state, rest);
    }
    if path == BACKCHANNEL_LOGOUT {
        return state.sessions.as_ref().map(|_| Endpoint::BackchannelLogout);
    }
    match path.strip_prefix("/auth/")?.split_once('/') {
        None if path == "/auth/login" => Some(Endpoint::Login(None)),
        None if path == "/auth/logout" => Some(Endpoint::Logout),
        Some(("login", name)) => Some(Endpoint::Login(Some(name.to_owned()))),
        _ => None,
    }
}

/// Returns the callback of the provider that `rest` names. Other paths below the callback belong to
/// the app.
fn callback(state: &AuthState, rest: &str) -> Option<Endpoint> {
    if rest.is_empty() {
        return Some(Endpoint::Callback(None));
    }
    let name = rest.strip_prefix('/')?;
    let provider = state.providers.find(name)?;
    provider.config.redirect_uri.as_ref()?;
    Some(Endpoint::Callback(Some(name.to_owned())))
}

/// The response of an endpoint.
///
/// It is boxed in this module. The body of an async function that only generic code awaits is
/// compiled with the app instead of this crate.
pub(crate) type EndpointFuture = Pin<Box<dyn Future<Output = Response> + Send>>;

/// Responds to a request for an endpoint.
pub(crate) fn handle(
    endpoint: Endpoint,
    context: Arc<RequestContext>,
    request: Request,
) -> EndpointFuture {
    Box::pin(async move {
        // `Body` is not `Sync`, so the request cannot be borrowed across an await.
        let query = request.uri().query().unwrap_or_default().to_owned();
        let user_agent = request.headers().get(USER_AGENT).cloned();
        #[cfg(feature = "dev")]
        if endpoint == Endpoint::Development {
            return development::handle(&context.state, request).await;
        }
        if endpoint == Endpoint::ResourceMetadata {
            return resource_metadata::handle(&context).await;
        }
        if endpoint == Endpoint::BackchannelLogout {
            return backchannel_logout::handle(&context.state, request).await;
        }
        if !endpoint.supports(&context.state, &context.method) {
            return not_allowed(endpoint.methods(&context.state));
        }
        let is_form = context.method == Method::POST
            && matches!(context.kind, RequestKind::Navigation | RequestKind::Unknown);
        let response = match endpoint {
            Endpoint::Check(conditions) => {
                check::handle(&context.state, &conditions, request).await
            }
            Endpoint::Login(None) if check::has_refused(&context.state, request.headers()) => {
                check::login(&context.state, request).await
            }
            Endpoint::Callback(name) if is_form => {
                let own = name.iter().map(|name| format!("/{name}"));
                let path = format!("{CALLBACK}{}", own.collect::<String>());
                form_post::redirect(&context, request, &path).await
            }
            endpoint => respond(endpoint, &context, &query, user_agent.as_ref()).await,
        };
        if context.method == Method::HEAD {
            head_of(response)
        } else {
            response
        }
    })
}

/// Carries out the [`Login`] that the app returned as `response`, or else the [`Logout`].
pub(crate) fn carry_out(
    login: Option<Login>,
    context: Arc<RequestContext>,
    response: Response,
) -> EndpointFuture {
    Box::pin(async move {
        match login {
            Some(login) => carry_out_login(login, &context, response).await,
            None => carry_out_logout(&context, response).await,
        }
    })
}

/// Responds to GET, HEAD and POST. HEAD changes no state, and [`head_of`] removes the cookies and
/// the body.
async fn respond(
    endpoint: Endpoint,
    context: &Arc<RequestContext>,
    query: &str,
    user_agent: Option<&HeaderValue>,
) -> Response {
    let settings = context.settings();
    let is_head = context.method == Method::HEAD;
    match (endpoint, context.kind) {
        (_, RequestKind::Prefetch) => prefetch_declined(),
        (Endpoint::Logout, _) if is_head => see_other(&settings.home()),
        (Endpoint::Logout, _) => logout::handle(context).await,
        (Endpoint::Login(provider), RequestKind::Frame) => {
            let (next, options) = links::parse(settings, query);
            let link = links::login_path(settings, provider.as_deref(), next.as_ref(), &options);
            (StatusCode::FORBIDDEN, pages::open_window(context, link)).into_response()
        }
        (Endpoint::Callback(_), RequestKind::Frame) => {
            let home = settings.home();
            (StatusCode::FORBIDDEN, pages::open_window(context, home)).into_response()
        }
        (_, RequestKind::Subresource) => {
            LoginError::new(ErrorCode::NotAPage).into_response(context, None, None)
        }
        (Endpoint::Login(provider), _) => login::handle(provider.as_deref(), context, query).await,
        (Endpoint::Callback(_), _) if is_head => see_other(&settings.home()),
        // Boxed because it is several times as large as the others.
        (Endpoint::Callback(name), _) => {
            Box::pin(finish(context, query, name.as_deref(), user_agent)).await
        }
        (Endpoint::Check(_) | Endpoint::ResourceMetadata | Endpoint::BackchannelLogout, _) => {
            StatusCode::NOT_FOUND.into_response()
        }
        #[cfg(feature = "dev")]
        (Endpoint::Development, _) => StatusCode::NOT_FOUND.into_response(),
    }
}
