//! What the token endpoint says to the client, by way of a code that does not exist.

use secrecy::SecretString;

use super::{
    probe::error_code,
    words::{Words, unknown_client_id},
};
use crate::{
    config::{ClientAuth, ProviderConfig},
    provider::{Metadata, Provider, ProviderError, TokenErrorKind},
    site::Site,
};

/// What is known of the client's credentials.
pub(super) enum Client {
    Accepted,
    Refused(Answer),
    /// The client is registered for this method.
    By(ClientAuth),
    /// The development provider knows no clients.
    Anything,
    /// The provider says the same to a wrong secret.
    Untold(Answer),
    /// The provider is in trouble.
    Unclear(String),
}

/// An error response of the token endpoint.
pub(super) struct Answer {
    pub(super) code: String,
    pub(super) words: Words,
}

/// What becomes of one request with a code that does not exist.
enum Tried {
    /// The code is refused.
    Code(Answer),
    /// The client is refused.
    Client(Answer),
    /// For another reason.
    Other(Answer),
    Trouble(String),
}

/// Finds out whether the provider accepts the client's credentials.
///
/// A provider refuses the code after it has checked the credentials, or before. A second request with a wrong secret tells the two apart. It
/// is sent once, and not to a provider that speaks of failed attempts.
pub(super) async fn check(site: &Site, provider: &Provider, metadata: &Metadata) -> Client {
    let chosen = provider.client_auth(metadata);
    let config = with_method(&provider.config, chosen);
    match try_code(site, provider, metadata, config.clone()).await {
        Tried::Code(_) if chosen == ClientAuth::None => Client::Accepted,
        Tried::Other(answer) if chosen == ClientAuth::None => Client::Untold(answer),
        Tried::Code(answer) | Tried::Other(answer) if answer.limits() => Client::Untold(answer),
        Tried::Code(answer) | Tried::Other(answer) => {
            let wrong = ProviderConfig {
                client_secret: Some(SecretString::from("made up by the doctor, and wrong")),
                ..config
            };
            match try_code(site, provider, metadata, wrong).await {
                Tried::Client(_) => Client::Accepted,
                _ => Client::Untold(answer),
            }
        }
        Tried::Client(answer) => {
            let other = other_method(site, provider, metadata, chosen).await;
            other.map_or(Client::Refused(answer), Client::By)
        }
        Tried::Trouble(reason) => Client::Unclear(reason),
    }
}

/// The answer to a client that does not exist, if there is one.
pub(super) async fn answer_to_unknown_client(
    site: &Site,
    provider: &Provider,
    metadata: &Metadata,
) -> Option<Answer> {
    let mut config = with_method(&provider.config, provider.client_auth(metadata));
    config.client_id = unknown_client_id(&config.client_id);
    match try_code(site, provider, metadata, config).await {
        Tried::Code(answer) | Tried::Client(answer) | Tried::Other(answer) => Some(answer),
        Tried::Trouble(_) => None,
    }
}

/// The method that the client is registered for, if it is not `chosen`.
async fn other_method(
    site: &Site,
    provider: &Provider,
    metadata: &Metadata,
    chosen: ClientAuth,
) -> Option<ClientAuth> {
    let has_secret = provider.config.client_secret.is_some();
    for other in [
        ClientAuth::SecretBasic,
        ClientAuth::SecretPost,
        ClientAuth::None,
    ] {
        if other == chosen || (other != ClientAuth::None && !has_secret) {
            continue;
        }
        let config = with_method(&provider.config, other);
        let tried = try_code(site, provider, metadata, config).await;
        if matches!(tried, Tried::Code(_)) {
            return Some(other);
        }
    }
    None
}

fn with_method(config: &ProviderConfig, method: ClientAuth) -> ProviderConfig {
    let mut config = config.clone();
    config.client_auth = Some(method);
    if method == ClientAuth::None {
        config.client_secret = None;
    }
    config
}

async fn try_code(
    site: &Site,
    provider: &Provider,
    metadata: &Metadata,
    config: ProviderConfig,
) -> Tried {
    let client_id = config.client_id.clone();
    let redirect_uri = site.config.redirect_uri.as_str();
    let error = match provider.try_code(config, metadata, redirect_uri).await {
        Err(ProviderError::Token(error)) => error,
        Err(ProviderError::Outage(outage)) => return Tried::Trouble(outage.text),
        Err(_) | Ok(_) => return Tried::Trouble(NO_TOKEN_ENDPOINT.to_owned()),
    };
    let status = error.status();
    let answer = Answer {
        words: Words::of(&format!("STATUS{status} {error}"), &client_id),
        code: error_code(error.code()),
    };
    match error.kind() {
        TokenErrorKind::Grant => Tried::Code(answer),
        TokenErrorKind::Client | TokenErrorKind::NotAllowed => Tried::Client(answer),
        TokenErrorKind::NotJson => Tried::Trouble(NO_TOKEN_ENDPOINT.to_owned()),
        TokenErrorKind::Trouble => Tried::Trouble(format!("it answers with status {status}")),
        TokenErrorKind::Status if matches!(status, 404 | 405) => {
            Tried::Trouble(format!("it answers with status {status}"))
        }
        TokenErrorKind::Status | TokenErrorKind::RedirectUri | TokenErrorKind::Other => {
            Tried::Other(answer)
        }
    }
}

const NO_TOKEN_ENDPOINT: &str = "its answer is not that of a token endpoint";

impl Answer {
    /// Whether the provider speaks of failed attempts. A wrong secret may then lock the client.
    fn limits(&self) -> bool {
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
