//! `/auth/login`, `/auth/login/<provider>`, and the [`Login`] that a handler returned.

use axum::{
    http::{HeaderValue, Method, header::VARY},
    response::Response,
};

use super::silent;
use crate::{
    guard,
    login::{
        self, Login, LoginError, LoginOptions, ReturnPath,
        links::{self, LoginQuery},
        redirect_loop,
    },
    pages::{self, Choice, ErrorCode},
    request::{RequestContext, RequestKind, is_safe},
    response::{copy_cookies_and_vary, see_other},
};

/// Responds to `GET /auth/login` and `GET /auth/login/<provider>`.
pub(super) async fn handle(
    provider: Option<&str>,
    context: &RequestContext,
    query: &str,
) -> Response {
    #[cfg(feature = "streamlit-cookies")]
    if provider.is_none()
        && let Some(token) = login::streamlit_token::from_query(query)
    {
        return login_from_streamlit(&token, context).await;
    }
    let (next, options) = links::parse(context.settings(), query);
    start(provider, next, options, context).await
}

/// Starts a login with the named or the default provider, or shows the provider selection.
async fn start(
    name: Option<&str>,
    next: Option<ReturnPath>,
    options: LoginOptions,
    context: &RequestContext,
) -> Response {
    let providers = &context.state.providers;
    let provider = match name {
        Some(name) => providers.find(name),
        None => providers.default(),
    };
    match (provider, name) {
        (Some(provider), _) => {
            let return_path = next.clone();
            let settings = context.settings();
            let start = login::start(settings, provider, next, &options, &context.cookies);
            let outcome = tokio::time::timeout(login::LOGIN_TIMEOUT, start)
                .await
                .unwrap_or_else(|_| Err(LoginError::timed_out(Some(provider))));
            if outcome.is_ok() && context.method != Method::HEAD {
                let provider = provider.config.name.as_str();
                tracing::info!(provider, "login started");
            }
            outcome.unwrap_or_else(|error| {
                let next = return_path.map(|next| next.as_str().to_owned());
                error.into_response(context, Some(&provider.config.name), next)
            })
        }
        (None, Some(_)) => {
            LoginError::new(ErrorCode::UnknownProvider).into_response(context, None, None)
        }
        (None, None) => provider_selection(next, &options, context),
    }
}

/// Responds to `GET /auth/login?provider=<JWT>`. The login ends at the home page, as in Streamlit.
#[cfg(feature = "streamlit-cookies")]
async fn login_from_streamlit(token: &str, context: &RequestContext) -> Response {
    let settings = context.settings();
    let Some(name) = login::streamlit_token::verify(settings, token, settings.now()) else {
        tracing::warn!(
            reason = "invalid or expired token",
            "login from Streamlit refused"
        );
        return see_other(&settings.home());
    };
    let is_default =
        name == crate::config::DEFAULT && context.state.providers.find(&name).is_none();
    let name = Some(name).filter(|_| !is_default);
    start(name.as_deref(), None, LoginOptions::default(), context).await
}

/// Shows the page to select a provider: the app's own, or this crate's.
fn provider_selection(
    next: Option<ReturnPath>,
    options: &LoginOptions,
    context: &RequestContext,
) -> Response {
    let settings = context.settings();
    let query = LoginQuery::new(settings, next.as_ref(), options);
    let login_page = settings.config.login_page.as_deref();
    // The app's own page must not redirect to itself.
    let path = context.page.path();
    let is_login_page =
        login_page.is_some_and(|page| settings.below_base(page).any(|page| page == path));
    if let Some(page) = login_page.filter(|_| !is_login_page) {
        return see_other(&query.append_to(page));
    }
    let choices = context.state.providers.iter().map(|provider| Choice {
        label: provider.config.label.clone(),
        action: settings.path(&format!("/auth/login/{}", provider.config.name)),
        unreachable: provider.is_unreachable(),
    });
    pages::sign_in(context, choices.collect(), query.next, query.options)
}

/// Carries out a [`Login`] that a handler or a guard returned.
pub(crate) async fn carry_out_login(
    login: Login,
    context: &RequestContext,
    response: Response,
) -> Response {
    if login.is_silent() {
        return silent::carry_out(login, context, response).await;
    }
    let settings = context.settings();
    let next = match (&login.return_to, is_safe(&context.method)) {
        (Some(next), _) => ReturnPath::parse(settings, next),
        (None, true) => ReturnPath::from_page(settings, &context.page),
        // A login cannot return to the response to a form, only to the page that contained the
        // form.
        (None, false) => context
            .referer
            .as_ref()
            .and_then(|referer| ReturnPath::from_referer(settings, referer)),
    };
    let options = match login.options.checked() {
        Ok(options) => options,
        Err(error) => return error.into_response(context, None, None),
    };
    let link = links::login_path(settings, login.provider.as_deref(), next.as_ref(), &options);
    let mut result = match context.kind {
        // A prefetch gets an error status as well, so that the browser discards the response.
        RequestKind::Prefetch | RequestKind::Subresource => {
            guard::unauthorized(context, &link, &[])
        }
        RequestKind::Frame => guard::unauthorized_in_frame(context),
        _ if context.method == Method::HEAD => see_other(&link),
        _ if is_loop(context) => {
            let code = if options.is_step_up() {
                ErrorCode::StepUpLoop
            } else {
                ErrorCode::CookiesBlocked
            };
            LoginError::new(code).into_response(context, None, None)
        }
        _ if login.provider.is_none() && context.state.providers.default().is_none() => {
            match settings.config.login_page {
                Some(_) => provider_selection(next, &options, context),
                // The selection has its own URL.
                None => see_other(&link),
            }
        }
        _ => start(login.provider.as_deref(), next, options, context).await,
    };
    copy_cookies_and_vary(&mut result, &response);
    if context.accepts_bearer() {
        let authorization = HeaderValue::from_static("Authorization");
        result.headers_mut().append(VARY, authorization);
    }
    result
}

/// Returns true if another login would be a redirect loop. The browser of a logged-in user has
/// returned the identity cookie, so more logins are allowed.
fn is_loop(context: &RequestContext) -> bool {
    let (settings, cookies) = (context.settings(), &context.cookies);
    if context.identity().is_some() {
        redirect_loop::is_loop_of_user(settings, cookies)
    } else {
        redirect_loop::is_loop(settings, cookies)
    }
}
