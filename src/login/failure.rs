//! A login that failed: one line for the log, one page for the visitor, the same reference on both.

use std::fmt;

use axum::{http::HeaderValue, response::Response};
use oauth2::CsrfToken;

use super::{TIME_OUT, attempt::Attempt};
use crate::{
    identity::{HOOK_TIMEOUT, HookError, TooLarge},
    pages::{self, Cause, Details, Retry},
    provider::{
        AnswerError, IdTokenError, OutageKind, Provider, ProviderError, UserInfoError, plain_code,
    },
    site::Visit,
};

/// Why a login failed. The detail is for the log, and for the developer's own browser.
#[derive(Debug)]
pub(crate) struct Failure {
    cause: Cause,
    detail: String,
    largest: Vec<(String, usize)>,
    /// The app's own words for the visitor.
    sentence: Option<String>,
    /// The issuer that a discovery document names and should not.
    issuer: Option<String>,
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
            issuer: None,
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

    /// The provider sent an error code in the place of a code.
    ///
    /// Source: RFC 6749, section 4.1.2.1; OpenID Connect Core 1.0, section 3.1.2.6.
    pub(super) fn answered(error: &str) -> Self {
        let cause = match error {
            "access_denied" => Cause::Cancelled,
            "account_selection_required"
            | "consent_required"
            | "interaction_required"
            | "login_required" => Cause::InteractionNeeded,
            "invalid_scope" => Cause::ScopeRefused,
            "unauthorized_client" => Cause::ClientNotAllowed,
            "invalid_client" => Cause::ClientRefused,
            "invalid_request"
            | "invalid_request_object"
            | "invalid_request_uri"
            | "registration_not_supported"
            | "request_not_supported"
            | "request_uri_not_supported"
            | "unsupported_response_type" => Cause::RequestRefused,
            "server_error" => Cause::ProviderTrouble,
            "temporarily_unavailable" => Cause::ProviderBusy,
            _ => Cause::ProviderRefused,
        };
        let error = plain_code(error);
        Self::with(cause, format!("the provider answered {error:?}"))
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
        // These are for the people who run the app to act on.
        if cause.is_outage() || cause.is_fault_of_app() {
            tracing::error!(target: crate::LOG, reason, provider, reference, %detail, "login not possible");
        } else if cause.is_a_login() {
            tracing::warn!(target: crate::LOG, reason, provider, reference, %detail, "login refused");
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
                issuer: self.issuer,
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

impl From<ProviderError> for Failure {
    fn from(error: ProviderError) -> Self {
        let cause = match &error {
            ProviderError::Outage(outage) => of_outage(&outage.kind),
            ProviderError::Token(code) => of_token_code(code),
            ProviderError::Answer(error) => of_answer(*error),
            ProviderError::IdToken(error) => of_id_token(*error),
            ProviderError::UserInfo(UserInfoError::NoEndpoint) => Cause::UserInfoAbsent,
            ProviderError::UserInfo(UserInfoError::Subject) => Cause::UserInfoSubject,
            ProviderError::UserInfo(_) => Cause::UserInfoRefused,
        };
        let mut failure = Self::with(cause, error.to_string());
        if let ProviderError::Outage(outage) = error
            && let OutageKind::Issuer(found) = outage.kind
        {
            failure.issuer = Some(found);
        }
        failure
    }
}

fn of_outage(kind: &OutageKind) -> Cause {
    match kind {
        OutageKind::Unreachable => Cause::ProviderDown,
        OutageKind::Slow => Cause::ProviderSlow,
        OutageKind::TooLong => Cause::ProviderTooLong,
        OutageKind::Status => Cause::ProviderStatus,
        OutageKind::Redirects => Cause::ProviderRedirects,
        OutageKind::NotJson => Cause::DiscoveryNotJson,
        OutageKind::Issuer(_) => Cause::DiscoveryIssuer,
        OutageKind::Endpoint => Cause::DiscoveryEndpoint,
        OutageKind::Keys => Cause::KeysMalformed,
    }
}

/// Source: RFC 6749, section 5.2; Google's `redirect_uri_mismatch`.
fn of_token_code(code: &str) -> Cause {
    match code {
        "invalid_client" => Cause::ClientRefused,
        "invalid_grant" => Cause::CodeRefused,
        "redirect_uri_mismatch" => Cause::RedirectUriRefused,
        "unauthorized_client" => Cause::ClientNotAllowed,
        _ => Cause::TokenRefused,
    }
}

fn of_answer(error: AnswerError) -> Cause {
    match error {
        AnswerError::NotJson => Cause::TokenNotJson,
        AnswerError::TooLong => Cause::TokenTooLong,
        AnswerError::NotBearer | AnswerError::NotText => Cause::TokenType,
        AnswerError::NoIdToken => Cause::IdTokenAbsent,
    }
}

fn of_id_token(error: IdTokenError) -> Cause {
    match error {
        IdTokenError::Malformed => Cause::IdTokenMalformed,
        IdTokenError::Encrypted => Cause::IdTokenEncrypted,
        IdTokenError::Header => Cause::IdTokenHeader,
        IdTokenError::Algorithm => Cause::IdTokenAlgorithm,
        IdTokenError::Signature => Cause::IdTokenSignature,
        IdTokenError::UnknownKey => Cause::IdTokenKey,
        IdTokenError::Issuer => Cause::IdTokenIssuer,
        IdTokenError::Subject => Cause::IdTokenSubject,
        IdTokenError::Audience => Cause::IdTokenAudience,
        IdTokenError::AuthorizedParty => Cause::IdTokenParty,
        IdTokenError::Expired => Cause::IdTokenExpired,
        IdTokenError::IssuedAt => Cause::IdTokenIssuedAt,
        IdTokenError::NotBefore => Cause::IdTokenNotBefore,
        IdTokenError::Nonce => Cause::IdTokenNonce,
        IdTokenError::AccessTokenHash => Cause::IdTokenAccessToken,
    }
}

/// Text from elsewhere on one line of the log: escaped, and cut at 200 characters.
struct OneLine<'a>(&'a str);

impl fmt::Display for OneLine<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.chars().take(200).try_for_each(|letter| {
            // Line and paragraph separators and direction marks are no control characters to `char::is_control`.
            let splits = letter.is_control()
                || matches!(letter, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            if splits {
                write!(f, "{}", letter.escape_unicode())
            } else {
                write!(f, "{letter}")
            }
        })
    }
}
