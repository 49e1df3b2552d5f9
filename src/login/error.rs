//! A failed login: one log event and one error page, with the same reference.

use std::fmt;

use axum::{
    http::{HeaderValue, header::RETRY_AFTER},
    response::Response,
};
use oauth2::CsrfToken;

use super::{LOGIN_TIMEOUT, attempt::LoginAttempt};
use crate::{
    identity::TooLarge,
    pages::{self, Details, ErrorCode, Hints, Retry},
    provider::{ProviderClient, breaks_line},
    request::RequestContext,
    state::{HOOK_TIMEOUT, HookError},
};

/// The reason for a failed login. The detail is for the log and the developer part of the page.
#[derive(Debug)]
pub(crate) struct LoginError {
    pub(super) code: ErrorCode,
    detail: String,
    largest_claims: Vec<(String, usize)>,
    /// The app's own message for the user.
    message: Option<String>,
    pub(super) hints: Box<Hints>,
}

impl LoginError {
    pub(crate) fn new(code: ErrorCode) -> Self {
        Self::with(code, String::new())
    }

    pub(crate) fn with(code: ErrorCode, detail: String) -> Self {
        Self {
            code,
            detail,
            largest_claims: Vec::new(),
            message: None,
            hints: Box::default(),
        }
    }

    pub(crate) fn code(&self) -> ErrorCode {
        self.code
    }

    /// Returns the text for the log.
    pub(crate) fn detail(&self) -> String {
        format!("{}: {}", self.code.code(), self.detail)
    }

    /// Returns the `reason` for the log.
    pub(crate) fn reason(self) -> &'static str {
        self.code.code()
    }

    /// The app's hook did not accept the login.
    pub(super) fn from_hook(error: HookError) -> Self {
        match error {
            HookError::Refused(message) => Self {
                message: Some(message),
                ..Self::new(ErrorCode::NotAllowed)
            },
            HookError::TimedOut => {
                let seconds = HOOK_TIMEOUT.as_secs();
                Self::with(
                    ErrorCode::OnSignIn,
                    format!("no response within {seconds} s"),
                )
            }
            HookError::Panicked => Self::with(ErrorCode::OnSignIn, "it panicked".to_owned()),
        }
    }

    /// The requests to the provider took longer than [`LOGIN_TIMEOUT`].
    pub(crate) fn timed_out(provider: Option<&ProviderClient>) -> Self {
        let host = provider.and_then(|provider| provider.config.server_metadata_url.host_str());
        let (host, seconds) = (host.unwrap_or_default(), LOGIN_TIMEOUT.as_secs());
        Self::with(
            ErrorCode::ProviderSlow,
            format!("{host}: no response within {seconds} s"),
        )
    }

    /// The claims do not fit into the cookies.
    pub(super) fn too_large(error: TooLarge) -> Self {
        let detail = format!(
            "the claims have {} bytes; the largest are {:?}",
            error.size, error.largest
        );
        Self {
            largest_claims: error.largest,
            ..Self::with(ErrorCode::TooLarge, detail)
        }
    }

    /// Like [`into_response`](Self::into_response), with the provider and the return path of the
    /// failed attempt.
    pub(super) fn into_response_for(
        self,
        context: &RequestContext,
        attempt: Option<&LoginAttempt>,
    ) -> Response {
        let provider = attempt.map(|attempt| attempt.provider.as_str());
        let next = attempt
            .and_then(|attempt| attempt.next.as_ref())
            .map(|next| next.as_str().to_owned());
        self.into_response(context, provider, next)
    }

    /// Returns the error page and writes the log event.
    pub(crate) fn into_response(
        self,
        context: &RequestContext,
        provider: Option<&str>,
        next: Option<String>,
    ) -> Response {
        let (settings, code) = (context.settings(), self.code);
        let reference: String = CsrfToken::new_random_len(6).into_secret();
        let detail = OneLine(&self.detail).to_string();
        let known = provider.filter(|name| {
            settings
                .config
                .providers
                .iter()
                .any(|provider| provider.name == *name)
        });
        let (reason, provider) = (code.code(), known.unwrap_or("unknown"));
        let hint = pages::key_to_change(settings, code, known, &self.hints);
        let key = hint.as_ref().map(|hint| hint.name.as_str());
        let location = hint.as_ref().and_then(|hint| hint.location.as_deref());
        if code == ErrorCode::SessionUnknown {
            // The session store logs its own event for the operators, at most once a minute.
            tracing::debug!(reason, reference, "request refused");
        // ERROR: the operators of the app have to act.
        } else if code.is_outage() || code.is_app_error() {
            tracing::error!(
                reason, provider, reference, key, location, %detail,
                "login failed"
            );
        } else if code.is_login_error() {
            tracing::warn!(reason, provider, reference, key, location, %detail, "login refused");
        } else {
            tracing::info!(reason, reference, %detail, "request refused");
        }
        let action = settings.path(&known.map_or("/auth/login".to_owned(), |name| {
            format!("/auth/login/{name}")
        }));
        let mut response = pages::error(
            context,
            code,
            Details {
                retry: code.is_retryable().then_some(Retry { action, next }),
                reference,
                largest_claims: self.largest_claims,
                message: self.message,
                detail,
                provider: known.map(str::to_owned),
                hints: *self.hints,
            },
        );
        if code.is_outage() {
            response
                .headers_mut()
                .insert(RETRY_AFTER, HeaderValue::from_static("30"));
        }
        response
    }
}

/// External text for one line of the log: line breaks are escaped, and the length is limited.
struct OneLine<'a>(&'a str);

/// Characters.
const MAX_DETAIL_LEN: usize = 300;

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0
            .chars()
            .take(MAX_DETAIL_LEN)
            .try_for_each(|character| {
                if breaks_line(character) {
                    write!(f, "{}", character.escape_unicode())
                } else {
                    write!(f, "{character}")
                }
            })
    }
}
