//! Checks the client's credentials at the token endpoint with an authorization code that does not
//! exist.

use secrecy::SecretString;

use super::{
    probe::printable_error_code,
    response_words::{Words, unknown_client_id},
};
use crate::{
    config::{ClientAuth, Credential, OAuth2, ProviderConfig},
    provider::{ProviderClient, ProviderError, ProviderMetadata, TokenErrorKind},
    state::Settings,
};

/// The result of the check of the client's credentials.
pub(super) enum ClientProbe {
    Accepted,
    Refused(ErrorResponse),
    /// The client is registered for this method.
    ExpectsMethod(ClientAuth),
    /// The development provider accepts any client.
    AcceptsAny,
    /// The provider refuses the request for another reason.
    Inconclusive(ErrorResponse),
    /// A wrong secret gets no other response than the configured one.
    SameForWrongSecret(ErrorResponse),
    /// The response is missing or unusable.
    Failed(String),
}

/// An error response of the token endpoint.
pub(super) struct ErrorResponse {
    pub(super) code: String,
    pub(super) words: Words,
}

/// The result of one token request with an authorization code that does not exist.
enum CodeProbe {
    /// The code is refused.
    CodeRefused(ErrorResponse),
    /// The client is refused.
    ClientRefused(ErrorResponse),
    /// The request is refused for another reason.
    OtherError(ErrorResponse),
    /// The response is missing or unusable.
    Failed(String),
}

/// Checks whether the provider accepts the client's credentials.
///
/// Some providers refuse the code before they check the credentials, others after. A second request
/// with a wrong secret tells the two apart. It is sent once, and not to a provider that mentions
/// failed attempts.
pub(super) async fn check(
    settings: &Settings,
    provider: &ProviderClient,
    metadata: &ProviderMetadata,
) -> ClientProbe {
    use CodeProbe::{ClientRefused, CodeRefused, Failed, OtherError};

    let chosen = provider.client_auth(metadata);
    let config = with_method(&provider.config, chosen);
    match exchange_invalid_code(settings, provider, metadata, config.clone()).await {
        CodeRefused(_) if chosen == ClientAuth::None => ClientProbe::Accepted,
        OtherError(error) if chosen == ClientAuth::None => ClientProbe::Inconclusive(error),
        CodeRefused(error) | OtherError(error) if error.mentions_attempt_limit() => {
            ClientProbe::Inconclusive(error)
        }
        CodeRefused(error) | OtherError(error) => {
            let wrong = ProviderConfig {
                credential: Credential::Secret(SecretString::from(
                    "made up by the doctor, and wrong",
                )),
                ..config
            };
            match exchange_invalid_code(settings, provider, metadata, wrong).await {
                ClientRefused(_) => ClientProbe::Accepted,
                _ => ClientProbe::SameForWrongSecret(error),
            }
        }
        ClientRefused(error) => {
            let other = other_method(settings, provider, metadata, chosen).await;
            other.map_or(ClientProbe::Refused(error), ClientProbe::ExpectsMethod)
        }
        Failed(reason) => ClientProbe::Failed(reason),
    }
}

/// Returns the error response to a client that does not exist. `None` if there is no usable
/// response.
pub(super) async fn response_to_unknown_client(
    settings: &Settings,
    provider: &ProviderClient,
    metadata: &ProviderMetadata,
) -> Option<ErrorResponse> {
    let mut config = with_method(&provider.config, provider.client_auth(metadata));
    config.client_id = unknown_client_id(&config.client_id);
    match exchange_invalid_code(settings, provider, metadata, config).await {
        CodeProbe::CodeRefused(error)
        | CodeProbe::ClientRefused(error)
        | CodeProbe::OtherError(error) => Some(error),
        CodeProbe::Failed(_) => None,
    }
}

/// Returns the method that the client is registered for, unless it is `chosen`.
async fn other_method(
    settings: &Settings,
    provider: &ProviderClient,
    metadata: &ProviderMetadata,
    chosen: ClientAuth,
) -> Option<ClientAuth> {
    let has_secret = provider.config.credential.secret().is_some();
    for other in [
        ClientAuth::SecretBasic,
        ClientAuth::SecretPost,
        ClientAuth::None,
    ] {
        if other == chosen || (other != ClientAuth::None && !has_secret) {
            continue;
        }
        let config = with_method(&provider.config, other);
        let probe = exchange_invalid_code(settings, provider, metadata, config).await;
        if matches!(probe, CodeProbe::CodeRefused(_)) {
            return Some(other);
        }
    }
    None
}

fn with_method(config: &ProviderConfig, method: ClientAuth) -> ProviderConfig {
    let mut config = config.clone();
    config.client_auth = Some(method);
    if method == ClientAuth::None {
        config.credential = Credential::Public;
    }
    config
}

async fn exchange_invalid_code(
    settings: &Settings,
    provider: &ProviderClient,
    metadata: &ProviderMetadata,
    config: ProviderConfig,
) -> CodeProbe {
    const UNEXPECTED: &str = "unexpected response from the token endpoint";

    let client_id = config.client_id.clone();
    let redirect_uri = provider.config.redirect_uri(&settings.config);
    let error = match provider
        .exchange_invalid_code(config, metadata, redirect_uri)
        .await
    {
        Err(ProviderError::Token(error)) => error,
        Err(ProviderError::Fetch(error)) => return CodeProbe::Failed(error.text),
        Err(_) | Ok(_) => return CodeProbe::Failed(UNEXPECTED.to_owned()),
    };
    let status = error.status();
    let failed = || CodeProbe::Failed(format!("the token endpoint responds with status {status}"));
    let response = ErrorResponse {
        words: Words::new(&format!("STATUS{status} {error}"), &client_id),
        code: printable_error_code(error.code()),
    };
    // GitHub responds like this to an unknown client.
    let is_github = provider
        .config
        .protocol
        .oauth2()
        .is_some_and(OAuth2::is_github);
    match error.kind() {
        _ if is_github && status == 404 => CodeProbe::ClientRefused(response),
        TokenErrorKind::Grant => CodeProbe::CodeRefused(response),
        TokenErrorKind::Client | TokenErrorKind::UnauthorizedClient => {
            CodeProbe::ClientRefused(response)
        }
        TokenErrorKind::NotJson => CodeProbe::Failed(UNEXPECTED.to_owned()),
        TokenErrorKind::Unavailable => failed(),
        TokenErrorKind::Status if matches!(status, 404 | 405) => failed(),
        TokenErrorKind::Status | TokenErrorKind::RedirectUri | TokenErrorKind::Other => {
            CodeProbe::OtherError(response)
        }
    }
}

impl ErrorResponse {
    /// Returns true if the provider mentions failed attempts. A wrong secret could then lock the
    /// client.
    fn mentions_attempt_limit(&self) -> bool {
        const WORDS: [&str; 6] = [
            "attempt",
            "attempts",
            "blocked",
            "locked",
            "throttled",
            "rate",
        ];
        self.words.has_any(&WORDS)
    }
}
