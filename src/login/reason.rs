//! The cause of a failure: what a provider's answer means.

use super::Failure;
use crate::{
    config::{DEFAULT_PROMPT, ProviderConfig},
    pages::Cause,
    provider::{
        AnswerError, ConnectionError, Description, IdTokenError, Metadata, OutageKind,
        ProviderError, TokenErrorKind, UserInfoError, plain_code,
    },
};

impl Failure {
    /// The provider sent an error code instead of an authorization code.
    ///
    /// Source: RFC 6749, section 4.1.2.1; OpenID Connect Core 1.0, section 3.1.2.6; Apple and
    /// LinkedIn for `user_cancelled_…`.
    pub(super) fn answered(error: &str, description: Option<&Description>) -> Self {
        let vendor_code = description.and_then(Description::vendor_code);
        let cause = match error {
            // The account is kept out, which `access_denied` does not tell from a cancelled login.
            _ if vendor_code.is_some_and(|code| KEPT_OUT.contains(&code)) => Cause::ProviderRefused,
            "access_denied" | "user_cancelled_authorize" | "user_cancelled_login" => {
                Cause::Cancelled
            }
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
        let detail = match description {
            Some(description) => format!("the provider answered {error:?}: {description}"),
            None => format!("the provider answered {error:?}"),
        };
        let mut failure = Self::with(cause, detail);
        failure.hints.vendor_code = vendor_code.map(str::to_owned);
        failure
    }

    /// Blames the default `prompt` instead, where it was sent and is the most likely reason for
    /// `error`.
    ///
    /// Source: Ory Hydra (docs#2606) and Logto (#6921) answer `invalid_request`, Pocket ID (#1442)
    /// answers `interaction_required`.
    pub(super) fn or_prompt(
        mut self,
        error: &str,
        description: Option<&Description>,
        config: &ProviderConfig,
        metadata: &Metadata,
    ) -> Self {
        let is_sent = config.default_prompt && metadata.supports_prompt(DEFAULT_PROMPT);
        let is_only_parameter = config.parameters.len() == 1;
        let is_likely = match error {
            "invalid_request" => description.map_or(is_only_parameter, |description| {
                description.mentions(&["prompt", DEFAULT_PROMPT])
            }),
            "account_selection_required"
            | "interaction_required"
            | "unmet_authentication_requirements" => self.hints.vendor_code.is_none(),
            _ => false,
        };
        if is_sent && is_likely {
            self.cause = Cause::PromptRefused;
        }
        self
    }
}

/// The account is not assigned to the app, not in the tenant, or blocked by Conditional Access.
const KEPT_OUT: [&str; 5] = [
    "AADSTS50105",
    "AADSTS50020",
    "AADSTS50034",
    "AADSTS53003",
    "AADSTS53000",
];

impl From<ProviderError> for Failure {
    fn from(error: ProviderError) -> Self {
        let cause = match &error {
            ProviderError::Outage(outage) => of_outage(&outage.kind),
            ProviderError::Token(error) => of_token_error(error.kind()),
            ProviderError::Answer(error) => of_answer(*error),
            ProviderError::IdToken(error) => of_id_token(error),
            ProviderError::UserInfo(UserInfoError::NoEndpoint) => Cause::UserInfoAbsent,
            ProviderError::UserInfo(UserInfoError::Subject) => Cause::UserInfoSubject,
            ProviderError::UserInfo(_) => Cause::UserInfoRefused,
        };
        let mut failure = Self::with(cause, error.to_string());
        match error {
            ProviderError::Outage(outage) => {
                if let OutageKind::Issuer(found) = outage.kind {
                    failure.hints.issuer = Some(found);
                }
            }
            ProviderError::Token(error) => {
                failure.hints.vendor_code = error.vendor_code().map(str::to_owned);
            }
            ProviderError::IdToken(IdTokenError::FurtherAudiences(audiences)) => {
                failure.hints.audiences = audiences;
            }
            _ => {}
        }
        failure
    }
}

/// The cause that a visitor's page and the doctor name.
pub(crate) fn of_outage(kind: &OutageKind) -> Cause {
    match kind {
        OutageKind::Connection(error) => of_connection(*error),
        OutageKind::Slow => Cause::ProviderSlow,
        OutageKind::TooLong => Cause::ProviderTooLong,
        OutageKind::Encoded => Cause::ProviderEncoded,
        OutageKind::Status | OutageKind::NotFound => Cause::ProviderStatus,
        OutageKind::Redirects => Cause::ProviderRedirects,
        OutageKind::NotJson => Cause::DiscoveryNotJson,
        OutageKind::Issuer(_) => Cause::DiscoveryIssuer,
        OutageKind::Endpoint => Cause::DiscoveryEndpoint,
        OutageKind::Keys => Cause::KeysMalformed,
    }
}

fn of_connection(error: ConnectionError) -> Cause {
    match error {
        ConnectionError::Unreachable | ConnectionError::Closed => Cause::ProviderDown,
        ConnectionError::NoCaCertificates => Cause::TlsNoCaCertificates,
        ConnectionError::UnknownCa => Cause::TlsUnknownCa,
        ConnectionError::CertificateExpired => Cause::TlsExpired,
        ConnectionError::CertificateName => Cause::TlsName,
        ConnectionError::Tls => Cause::TlsFailed,
        ConnectionError::ProxyInvalid => Cause::ProxyInvalid,
        ConnectionError::Proxy => Cause::ProxyFailed,
    }
}

fn of_token_error(kind: TokenErrorKind) -> Cause {
    match kind {
        TokenErrorKind::Client => Cause::ClientRefused,
        TokenErrorKind::NotAllowed => Cause::ClientNotAllowed,
        TokenErrorKind::Grant => Cause::CodeRefused,
        TokenErrorKind::RedirectUri => Cause::RedirectUriRefused,
        TokenErrorKind::Trouble => Cause::TokenTrouble,
        TokenErrorKind::Other => Cause::TokenRefused,
        TokenErrorKind::Status => Cause::TokenStatus,
        TokenErrorKind::NotJson => Cause::TokenNotJson,
    }
}

fn of_answer(error: AnswerError) -> Cause {
    match error {
        AnswerError::IdTokenNotString => Cause::TokenNotJson,
        AnswerError::TooLong => Cause::TokenTooLong,
        AnswerError::NotBearer | AnswerError::NotText => Cause::TokenType,
        AnswerError::NoIdToken => Cause::IdTokenAbsent,
    }
}

fn of_id_token(error: &IdTokenError) -> Cause {
    match error {
        IdTokenError::Malformed => Cause::IdTokenMalformed,
        IdTokenError::Encrypted => Cause::IdTokenEncrypted,
        IdTokenError::Header => Cause::IdTokenHeader,
        IdTokenError::Algorithm => Cause::IdTokenAlgorithm,
        IdTokenError::Signature => Cause::IdTokenSignature,
        IdTokenError::UnknownKey => Cause::IdTokenKey,
        IdTokenError::UnusableKey(_) => Cause::IdTokenKeyUnusable,
        IdTokenError::Issuer => Cause::IdTokenIssuer,
        IdTokenError::Subject => Cause::IdTokenSubject,
        IdTokenError::Audience | IdTokenError::FurtherAudiences(_) => Cause::IdTokenAudience,
        IdTokenError::AuthorizedParty => Cause::IdTokenParty,
        IdTokenError::Expired => Cause::IdTokenExpired,
        IdTokenError::IssuedAt => Cause::IdTokenIssuedAt,
        IdTokenError::NotBefore => Cause::IdTokenNotBefore,
        IdTokenError::Nonce => Cause::IdTokenNonce,
        IdTokenError::AccessTokenHash => Cause::IdTokenAccessToken,
    }
}
