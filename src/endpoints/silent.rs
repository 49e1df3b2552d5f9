//! The [`SilentLogin`](crate::SilentLogin) that a handler returned together with a page.

use std::time::Duration;

use axum::response::Response;

use crate::{
    login::{self, Login, LoginError, ReturnPath, SilentDecision, silent},
    request::RequestContext,
    response::{append_cookies, copy_cookies_and_vary},
};

/// Asks the provider whether the user has a session there, or returns `page`.
pub(super) async fn carry_out(
    login: Login,
    context: &RequestContext,
    mut page: Response,
) -> Response {
    let settings = context.settings();
    let marker = || [silent::mark_asked(settings)];
    match silent::decide(context) {
        SilentDecision::Skip => page,
        SilentDecision::Wait => {
            append_cookies(&mut page, marker());
            page
        }
        SilentDecision::Ask => {
            let mut response = match start(login, context).await {
                Ok(mut redirect) => {
                    copy_cookies_and_vary(&mut redirect, &page);
                    redirect
                }
                Err(reason) => {
                    tracing::warn!(reason, "silent login skipped");
                    page
                }
            };
            append_cookies(&mut response, marker());
            response
        }
    }
}

/// Returns the redirect to the provider.
///
/// # Errors
///
/// The reason for the log.
async fn start(login: Login, context: &RequestContext) -> Result<Response, &'static str> {
    let (settings, providers) = (context.settings(), &context.state.providers);
    let provider = match &login.provider {
        Some(name) => providers.find(name).ok_or("unknown provider")?,
        None => providers.default().ok_or("several providers")?,
    };
    match provider.metadata_within(DISCOVERY_TIMEOUT).await {
        Some(Ok(_)) => {}
        Some(Err(error)) => return Err(LoginError::reason(error.into())),
        None => return Err("provider is slow"),
    }
    let next = ReturnPath::from_page(settings, &context.page);
    login::start(settings, provider, next, &login.options, &context.cookies)
        .await
        .map_err(LoginError::reason)
}

/// Timeout for a discovery document that is not cached yet. The visitor waits for the page.
const DISCOVERY_TIMEOUT: Duration = Duration::from_secs(1);
