//! Maps the errors of a provider to error codes.

use super::LoginError;
use crate::{
    config::{Credential, DEFAULT_PROMPT, ProviderConfig},
    pages::ErrorCode,
    provider::{
        AccountError, AuthenticationError, ConnectionError, Description, FetchErrorKind,
        IdTokenError, JwsError, ProviderError, ProviderMetadata, TokenErrorKind,
        TokenResponseError, UserInfoError, sanitize_error_code,
    },
};

impl LoginError {
    /// The provider sent an error code instead of an authorization code.
    ///
    /// Source: RFC 6749, section 4.1.2.1; OpenID Connect Core 1.0, section 3.1.2.6; Apple and
    /// LinkedIn for `user_cancelled_…`.
    pub(super) fn from_error_response(error: &str, description: Option<&Description>) -> Self {
        let vendor_code = description.and_then(Description::vendor_code);
        let code = match error {
            // `access_denied` does not distinguish these from a cancelled login.
            _ if vendor_code.is_some_and(|code| ACCOUNT_REFUSED.contains(&code)) => {
                ErrorCode::ProviderRefused
            }
            "access_denied" | "user_cancelled_authorize" | "user_cancelled_login" => {
                ErrorCode::Cancelled
            }
            "account_selection_required"
            | "consent_required"
            | "interaction_required"
            | "login_required" => ErrorCode::InteractionNeeded,
            "invalid_scope" => ErrorCode::ScopeRefused,
            "unauthorized_client" => ErrorCode::ClientNotAllowed,
            "invalid_client" => ErrorCode::ClientRefused,
            "invalid_request"
            | "invalid_request_object"
            | "invalid_request_uri"
            | "registration_not_supported"
            | "request_not_supported"
            | "request_uri_not_supported"
            | "unsupported_response_type" => ErrorCode::RequestRefused,
            "server_error" => ErrorCode::ProviderError,
            "temporarily_unavailable" => ErrorCode::ProviderBusy,
            _ => ErrorCode::ProviderRefused,
        };
        let error = sanitize_error_code(error);
        let detail = match description {
            Some(description) => format!("the provider responded with {error:?}: {description}"),
            None => format!("the provider responded with {error:?}"),
        };
        let mut login_error = Self::with(code, detail);
        login_error.hints.vendor_code = vendor_code.map(str::to_owned);
        login_error
    }

    /// Replaces the error code after [`UNMET_REQUIREMENTS`], if the request has `acr_values`.
    pub(super) fn into_unmet(mut self) -> Self {
        self.code = ErrorCode::AcrUnmet;
        self
    }

    /// Replaces the error code if the provider refused a client that has no secret to copy.
    pub(super) fn or_key_refused(mut self, config: &ProviderConfig) -> Self {
        let has_file = match config.credential {
            Credential::Public | Credential::Secret(_) => false,
            Credential::AssertionFile(_) | Credential::Key(_) | Credential::AppleKey(_) => true,
        };
        if has_file && self.code == ErrorCode::ClientRefused {
            self.code = ErrorCode::ClientKeyRefused;
        }
        self
    }

    /// Replaces the error code if the default `prompt` was sent and is the most likely reason for
    /// `error`.
    ///
    /// Source: Ory Hydra (docs#2606) and Logto (#6921) respond with `invalid_request`, Pocket ID
    /// (#1442) responds with `interaction_required`.
    pub(super) fn or_prompt_refused(
        mut self,
        error: &str,
        description: Option<&Description>,
        config: &ProviderConfig,
        metadata: &ProviderMetadata,
    ) -> Self {
        let is_sent = config.default_prompt && metadata.supports_prompt(DEFAULT_PROMPT);
        let is_only_parameter = config.parameters.len() == 1;
        let is_likely = match error {
            "invalid_request" => description.map_or(is_only_parameter, |description| {
                description.mentions(&["prompt", DEFAULT_PROMPT])
            }),
            "account_selection_required" | "interaction_required" | UNMET_REQUIREMENTS => {
                self.hints.vendor_code.is_none()
            }
            _ => false,
        };
        if is_sent && is_likely {
            self.code = ErrorCode::PromptRefused;
        }
        self
    }
}

/// The errors for a request with `prompt=none` that would need a page.
///
/// Source: OpenID Connect Core 1.0, section 3.1.2.6; for `access_denied` RFC 6749, section 4.1.2.1.
pub(crate) const INTERACTION_ERRORS: [&str; 5] = [
    "login_required",
    "interaction_required",
    "consent_required",
    "account_selection_required",
    "access_denied",
];

/// The error for a user who cannot authenticate as `acr_values` requires.
///
/// Source: OpenID Connect Core Error Code unmet_authentication_requirements, section 2.
pub(super) const UNMET_REQUIREMENTS: &str = "unmet_authentication_requirements";

/// Codes of Microsoft Entra for accounts that are not assigned to the app, not in the tenant, or
/// blocked by Conditional Access.
const ACCOUNT_REFUSED: [&str; 5] = [
    "AADSTS50105",
    "AADSTS50020",
    "AADSTS50034",
    "AADSTS53003",
    "AADSTS53000",
];

impl From<ProviderError> for LoginError {
    fn from(error: ProviderError) -> Self {
        let code = match &error {
            ProviderError::Fetch(error) => fetch_error_code(&error.kind),
            ProviderError::Token(error) => token_error_code(error.kind()),
            ProviderError::TokenResponse(error) => token_response_error_code(*error),
            ProviderError::IdToken(error) => id_token_error_code(error),
            ProviderError::ClientFile(_) => ErrorCode::ClientFile,
            ProviderError::UserInfo(UserInfoError::NoEndpoint) => ErrorCode::UserInfoAbsent,
            ProviderError::UserInfo(UserInfoError::Subject) => ErrorCode::UserInfoSubject,
            ProviderError::UserInfo(_) => ErrorCode::UserInfoRefused,
            ProviderError::Account(error) => account_error_code(error),
        };
        let mut login_error = Self::with(code, error.to_string());
        match error {
            ProviderError::Fetch(error) => {
                if let FetchErrorKind::Issuer(found) = error.kind {
                    login_error.hints.issuer = Some(found);
                }
            }
            ProviderError::Token(error) => {
                login_error.hints.vendor_code = error.vendor_code().map(str::to_owned);
            }
            ProviderError::IdToken(IdTokenError::FurtherAudiences(audiences)) => {
                login_error.hints.audiences = audiences;
            }
            _ => {}
        }
        login_error
    }
}

impl From<AuthenticationError> for LoginError {
    fn from(error: AuthenticationError) -> Self {
        let code = match error {
            AuthenticationError::AuthTimeMissing => ErrorCode::AuthTimeMissing,
            AuthenticationError::AuthTimeTooOld { .. } => ErrorCode::AuthTimeTooOld,
            AuthenticationError::AcrMissing => ErrorCode::AcrMissing,
            AuthenticationError::AcrUnmet { .. } => ErrorCode::AcrUnmet,
        };
        Self::with(code, error.to_string())
    }
}

/// Returns the error code of a failed request for metadata or keys. The doctor uses it as well.
pub(crate) fn fetch_error_code(kind: &FetchErrorKind) -> ErrorCode {
    match kind {
        FetchErrorKind::Connection(error) => connection_error_code(*error),
        FetchErrorKind::TimedOut => ErrorCode::ProviderSlow,
        FetchErrorKind::TooLarge => ErrorCode::ProviderTooLong,
        FetchErrorKind::Encoded => ErrorCode::ProviderEncoded,
        FetchErrorKind::Status | FetchErrorKind::NotFound => ErrorCode::ProviderStatus,
        FetchErrorKind::Redirects => ErrorCode::ProviderRedirects,
        FetchErrorKind::NotJson => ErrorCode::DiscoveryNotJson,
        FetchErrorKind::Issuer(_) => ErrorCode::DiscoveryIssuer,
        FetchErrorKind::Endpoint => ErrorCode::DiscoveryEndpoint,
        FetchErrorKind::JwkSet => ErrorCode::KeysMalformed,
    }
}

fn connection_error_code(error: ConnectionError) -> ErrorCode {
    match error {
        ConnectionError::Unreachable | ConnectionError::Closed => ErrorCode::ProviderDown,
        ConnectionError::NoCaCertificates => ErrorCode::TlsNoCaCertificates,
        ConnectionError::UnknownCa => ErrorCode::TlsUnknownCa,
        ConnectionError::CertificateExpired => ErrorCode::TlsExpired,
        ConnectionError::CertificateName => ErrorCode::TlsName,
        ConnectionError::Tls => ErrorCode::TlsFailed,
        ConnectionError::ProxyInvalid => ErrorCode::ProxyInvalid,
        ConnectionError::Proxy => ErrorCode::ProxyFailed,
    }
}

fn token_error_code(kind: TokenErrorKind) -> ErrorCode {
    match kind {
        TokenErrorKind::Client => ErrorCode::ClientRefused,
        TokenErrorKind::UnauthorizedClient => ErrorCode::ClientNotAllowed,
        TokenErrorKind::Grant => ErrorCode::CodeRefused,
        TokenErrorKind::RedirectUri => ErrorCode::RedirectUriRefused,
        TokenErrorKind::Unavailable => ErrorCode::TokenEndpointError,
        TokenErrorKind::Other => ErrorCode::TokenRefused,
        TokenErrorKind::Status => ErrorCode::TokenStatus,
        TokenErrorKind::NotJson => ErrorCode::TokenNotJson,
    }
}

fn token_response_error_code(error: TokenResponseError) -> ErrorCode {
    match error {
        TokenResponseError::IdTokenNotString => ErrorCode::TokenNotJson,
        TokenResponseError::TooLarge => ErrorCode::TokenTooLong,
        TokenResponseError::NotBearer
        | TokenResponseError::NotText
        | TokenResponseError::NoTokenType => ErrorCode::TokenType,
        TokenResponseError::NoIdToken => ErrorCode::IdTokenAbsent,
        TokenResponseError::NoAccessToken => ErrorCode::AccessTokenAbsent,
        TokenResponseError::IdTokenUnexpected => ErrorCode::IdTokenUnexpected,
    }
}

fn account_error_code(error: &AccountError) -> ErrorCode {
    match error {
        AccountError::Unavailable(_) => ErrorCode::AccountUnavailable,
        AccountError::Refused(_) | AccountError::Malformed(_) => ErrorCode::AccountRefused,
        AccountError::Subject(_) => ErrorCode::AccountSubject,
    }
}

fn id_token_error_code(error: &IdTokenError) -> ErrorCode {
    match error {
        IdTokenError::Jws(error) => jws_error_code(*error),
        IdTokenError::Issuer => ErrorCode::IdTokenIssuer,
        IdTokenError::Subject => ErrorCode::IdTokenSubject,
        IdTokenError::Audience | IdTokenError::FurtherAudiences(_) => ErrorCode::IdTokenAudience,
        IdTokenError::AuthorizedParty => ErrorCode::IdTokenParty,
        IdTokenError::Expired => ErrorCode::IdTokenExpired,
        IdTokenError::IssuedAt => ErrorCode::IdTokenIssuedAt,
        IdTokenError::NotBefore => ErrorCode::IdTokenNotBefore,
        IdTokenError::Nonce => ErrorCode::IdTokenNonce,
        IdTokenError::AccessTokenHash => ErrorCode::IdTokenAccessToken,
    }
}

fn jws_error_code(error: JwsError) -> ErrorCode {
    match error {
        JwsError::Malformed => ErrorCode::IdTokenMalformed,
        JwsError::Encrypted => ErrorCode::IdTokenEncrypted,
        JwsError::Header => ErrorCode::IdTokenHeader,
        JwsError::Algorithm => ErrorCode::IdTokenAlgorithm,
        JwsError::Signature => ErrorCode::IdTokenSignature,
        JwsError::UnknownKey => ErrorCode::IdTokenKey,
        JwsError::UnusableKey(_) => ErrorCode::IdTokenKeyUnusable,
    }
}
