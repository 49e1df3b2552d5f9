//! A login that failed: one line for the log, one page for the visitor, the same reference on both.

use std::fmt;

use axum::{http::HeaderValue, response::Response};
use oauth2::CsrfToken;

use super::{TIME_OUT, attempt::Attempt};
use crate::{
    identity::{HOOK_TIMEOUT, HookError, TooLarge},
    pages::{self, Cause, Details, Hints, Retry},
    provider::{Provider, breaks_line},
    site::Visit,
};

/// Why a login failed. The detail is for the log, and for the developer's own browser.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(super) cause: Cause,
    detail: String,
    largest: Vec<(String, usize)>,
    /// The app's own words for the visitor.
    sentence: Option<String>,
    pub(super) hints: Box<Hints>,
}

impl Failure {
    pub(crate) fn of(cause: Cause) -> Self {
        Self::with(cause, String::new())
    }

    pub(crate) fn with(cause: Cause, detail: String) -> Self {
        Self {
            cause,
            detail,
            largest: Vec::new(),
            sentence: None,
            hints: Box::default(),
        }
    }

    /// The app's hook did not accept the login.
    pub(super) fn of_hook(error: HookError) -> Self {
        match error {
            HookError::Refused(sentence) => Self {
                sentence: Some(sentence),
                ..Self::of(Cause::NotAllowed)
            },
            HookError::Slow => {
                let seconds = HOOK_TIMEOUT.as_secs();
                Self::with(Cause::OnSignIn, format!("no answer within {seconds} s"))
            }
            HookError::Panicked => Self::with(Cause::OnSignIn, "it panicked".to_owned()),
        }
    }

    pub(crate) fn timed_out(provider: Option<&Provider>) -> Self {
        let host = provider.and_then(|provider| provider.config.server_metadata_url.host_str());
        let (host, seconds) = (host.unwrap_or_default(), TIME_OUT.as_secs());
        Self::with(
            Cause::ProviderSlow,
            format!("{host}: no answer within {seconds} s"),
        )
    }

    pub(super) fn too_large(error: TooLarge) -> Self {
        let detail = format!(
            "the claims have {} bytes; the largest are {:?}",
            error.size, error.largest
        );
        Self {
            largest: error.largest,
            ..Self::with(Cause::TooLarge, detail)
        }
    }

    pub(super) fn cause(&self) -> Cause {
        self.cause
    }

    /// As [`answer`](Self::answer), for the attempt that the failure ended.
    pub(super) fn page(self, visit: &Visit, attempt: Option<&Attempt>) -> Response {
        let provider = attempt.map(|attempt| attempt.provider.as_str());
        let next = attempt
            .and_then(|attempt| attempt.next.as_ref())
            .map(|next| next.as_str().to_owned());
        self.answer(visit, provider, next)
    }

    /// The page for the visitor and the one line for the log.
    pub(crate) fn answer(
        self,
        visit: &Visit,
        provider: Option<&str>,
        next: Option<String>,
    ) -> Response {
        let (site, cause) = (&*visit.site, self.cause);
        let reference: String = CsrfToken::new_random_len(6).into_secret();
        let detail = OneLine(&self.detail).to_string();
        let known = provider.filter(|name| {
            site.config
                .providers
                .iter()
                .any(|provider| provider.name == *name)
        });
        let (reason, provider) = (cause.code(), known.unwrap_or("unknown"));
        let found = pages::key_to_change(site, cause, known, &self.hints);
        let key = found.as_ref().map(|found| found.name.as_str());
        let place = found.as_ref().and_then(|found| found.place.as_deref());
        // These are for the people who run the app to act on.
        if cause.is_outage() || cause.is_fault_of_app() {
            tracing::error!(target: crate::LOG, reason, provider, reference, key, place, %detail, "login not possible");
        } else if cause.is_a_login() {
            tracing::warn!(target: crate::LOG, reason, provider, reference, key, place, %detail, "login refused");
        } else {
            tracing::info!(target: crate::LOG, reason, reference, %detail, "request refused");
        }
        let action = site.path(&known.map_or("/auth/login".to_owned(), |name| {
            format!("/auth/login/{name}")
        }));
        let mut response = pages::error(
            visit,
            cause,
            Details {
                retry: cause.has_retry().then_some(Retry { action, next }),
                reference,
                largest: self.largest,
                sentence: self.sentence,
                detail,
                provider: known.map(str::to_owned),
                hints: *self.hints,
            },
        );
        if cause.is_outage() {
            response
                .headers_mut()
                .insert("retry-after", HeaderValue::from_static("30"));
        }
        response
    }
}

/// Text from elsewhere on one line of the log: escaped, and cut at 300 characters.
struct OneLine<'a>(&'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().take(300).try_for_each(|letter| {
            if breaks_line(letter) {
                write!(f, "{}", letter.escape_unicode())
            } else {
                write!(f, "{letter}")
            }
        })
    }
}
