//! Checks the client's credentials at the token endpoint with an authorization code that does not
//! exist.

use super::{
    probe::printable_error_code,
    response_words::{Words, unknown_client_id},
};
use crate::{
    config::{AssertionAudience, ClientAuth, Credential, OAuth2, ProviderConfig},
    provider::{ProviderClient, ProviderError, ProviderMetadata, TokenErrorKind, TokenResponse},
    state::Settings,
};

/// The result of the check of the client's credentials.
pub(super) enum ClientProbe {
    Accepted,
    Refused(ErrorResponse),
    /// The client is registered for this method.
    ExpectsMethod(ClientAuth),
    /// The provider accepts the key with this setting.
    ExpectsAssertion(AssertionSetting),
    /// The development provider accepts any client.
    AcceptsAny,
    /// The provider refuses the request for another reason.
    Inconclusive(ErrorResponse),
    /// A wrong secret gets the same response as the configured one.
    SameForWrongSecret(ErrorResponse),
    /// The response is missing or unusable.
    Failed(String),
}

/// A line of the configuration that changes the client assertion.
#[derive(Clone, Copy)]
pub(super) struct AssertionSetting {
    pub(super) key: &'static str,
    pub(super) line: &'static str,
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
/// Some providers refuse the code before they check the credentials, others afterwards. A second
/// request with a wrong secret distinguishes the two. It is sent once, and not to a provider that
/// mentions failed attempts.
pub(super) async fn check(
    settings: &Settings,
    provider: &ProviderClient,
    metadata: &ProviderMetadata,
) -> ClientProbe {
    use CodeProbe::{ClientRefused, CodeRefused, Failed, OtherError};

    let chosen = provider.client_auth(metadata);
    let config = with_method(&provider.config, chosen);
    match probe(settings, provider, metadata, config.clone(), Proof::Genuine).await {
        CodeRefused(_) if chosen == ClientAuth::None => ClientProbe::Accepted,
        OtherError(error) if chosen == ClientAuth::None => ClientProbe::Inconclusive(error),
        CodeRefused(error) | OtherError(error) if error.mentions_attempt_limit() => {
            ClientProbe::Inconclusive(error)
        }
        CodeRefused(error) | OtherError(error) => {
            match probe(settings, provider, metadata, config, Proof::Forged).await {
                ClientRefused(_) => ClientProbe::Accepted,
                _ => ClientProbe::SameForWrongSecret(error),
            }
        }
        ClientRefused(error) => match &provider.config.credential {
            Credential::Key(_) if error.mentions_attempt_limit() => ClientProbe::Refused(error),
            Credential::Key(_) => {
                let other = other_assertion(settings, provider, metadata).await;
                other.map_or(ClientProbe::Refused(error), ClientProbe::ExpectsAssertion)
            }
            Credential::AssertionFile(_) | Credential::AppleKey(_) => ClientProbe::Refused(error),
            Credential::Public | Credential::Secret(_) => {
                let other = other_method(settings, provider, metadata, chosen).await;
                other.map_or(ClientProbe::Refused(error), ClientProbe::ExpectsMethod)
            }
        },
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
    match probe(settings, provider, metadata, config, Proof::Genuine).await {
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
    let has_secret = matches!(provider.config.credential, Credential::Secret(_));
    for other in [
        ClientAuth::SecretBasic,
        ClientAuth::SecretPost,
        ClientAuth::None,
    ] {
        if other == chosen || (other != ClientAuth::None && !has_secret) {
            continue;
        }
        let config = with_method(&provider.config, other);
        let probe = probe(settings, provider, metadata, config, Proof::Genuine).await;
        if matches!(probe, CodeProbe::CodeRefused(_)) {
            return Some(other);
        }
    }
    None
}

/// Returns the setting with which the provider accepts the key, if there is one.
///
/// Servers that predate draft-ietf-oauth-rfc7523bis may accept only the type `JWT`, or only the
/// token endpoint as the audience.
async fn other_assertion(
    settings: &Settings,
    provider: &ProviderClient,
    metadata: &ProviderMetadata,
) -> Option<AssertionSetting> {
    for setting in ASSERTION_SETTINGS {
        let mut config = ProviderConfig::clone(&provider.config);
        let Credential::Key(key) = &mut config.credential else {
            return None;
        };
        match setting.key {
            "client_assertion_typ" => key.typ = Some("JWT".to_owned()),
            _ => key.audience = Some(AssertionAudience::TokenEndpoint),
        }
        let probe = probe(settings, provider, metadata, config, Proof::Genuine).await;
        if matches!(probe, CodeProbe::CodeRefused(_)) {
            return Some(setting);
        }
    }
    None
}

const ASSERTION_SETTINGS: [AssertionSetting; 2] = [
    AssertionSetting {
        key: "client_assertion_typ",
        line: "client_assertion_typ = \"JWT\"",
    },
    AssertionSetting {
        key: "client_assertion_audience",
        line: "client_assertion_audience = \"token_endpoint\"",
    },
];

/// The proof of the client's identity in a probe.
#[derive(Clone, Copy)]
enum Proof {
    Genuine,
    /// Wrong on purpose.
    Forged,
}

fn with_method(config: &ProviderConfig, method: ClientAuth) -> ProviderConfig {
    let mut config = config.clone();
    config.client_auth = Some(method);
    if method == ClientAuth::None {
        config.credential = Credential::Public;
    }
    config
}

/// Sends a token request with an authorization code that does not exist.
async fn probe(
    settings: &Settings,
    provider: &ProviderClient,
    metadata: &ProviderMetadata,
    config: ProviderConfig,
    proof: Proof,
) -> CodeProbe {
    const UNEXPECTED: &str = "unexpected response from the token endpoint";

    let client_id = config.client_id.clone();
    let redirect_uri = provider.config.redirect_uri(&settings.config);
    let client = provider.as_client(config);
    let error = match exchange_invalid_code(settings, &client, metadata, redirect_uri, proof).await
    {
        Err(ProviderError::Token(error)) => error,
        Err(ProviderError::ClientFile(error)) => return CodeProbe::Failed(error.to_string()),
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

async fn exchange_invalid_code(
    settings: &Settings,
    client: &ProviderClient,
    metadata: &ProviderMetadata,
    redirect_uri: &str,
    proof: Proof,
) -> Result<TokenResponse, ProviderError> {
    let genuine = client.prove_client(metadata, settings.now()).await?;
    let proof = match proof {
        Proof::Genuine => genuine,
        Proof::Forged => genuine.forged(),
    };
    client
        .exchange_invalid_code(metadata, redirect_uri, &proof)
        .await
}

impl ErrorResponse {
    /// Returns true if the provider mentions failed attempts. A wrong secret could then lock the
    /// client out.
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
