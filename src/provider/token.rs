//! The token endpoint: a code becomes tokens.

use std::pin::Pin;

use oauth2::{
    AsyncHttpClient, AuthType, AuthorizationCode, ClientId, ClientSecret, HttpRequest,
    HttpResponse, PkceCodeVerifier, RedirectUrl, RequestTokenError, TokenUrl, basic::BasicClient,
};
use secrecy::ExposeSecret;
use thiserror::Error;

use super::{AnswerError, HttpError, Metadata, Provider, ProviderError, down, token_response};
use crate::config::ClientAuth;

/// The answer of a token endpoint, as far as a login needs it. It has no `Debug`.
pub(crate) struct TokenAnswer {
    pub(crate) access_token: Option<String>,
    pub(crate) id_token: String,
}

impl Provider {
    /// Trades `code` for tokens.
    pub(crate) async fn exchange(
        &self,
        metadata: &Metadata,
        redirect_uri: &str,
        code: String,
        verifier: String,
    ) -> Result<TokenAnswer, ProviderError> {
        let endpoint = &metadata.token_endpoint;
        let mut client = BasicClient::new(ClientId::new(self.config.client_id.clone()))
            .set_auth_type(self.auth_type(metadata))
            .set_token_uri(TokenUrl::from_url(endpoint.clone()))
            .set_redirect_uri(
                RedirectUrl::new(redirect_uri.to_owned()).expect("a `RedirectUri` is a valid URL"),
            );
        let secret = self.config.client_secret.as_ref();
        let secret = secret.map(ExposeSecret::expose_secret);
        if let Some(secret) = secret {
            client = client.set_client_secret(ClientSecret::new(secret.to_owned()));
        }
        let sent = [secret.unwrap_or_default(), &code, &verifier].map(str::to_owned);
        let unread = client
            .exchange_code(AuthorizationCode::new(code))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier))
            .request_async(&Unreading {
                provider: self,
                metadata,
            })
            .await;
        let Err(RequestTokenError::Request(Unread(response))) = unread else {
            return Err(AnswerError::NoIdToken.into());
        };
        match *response {
            Ok(response) => {
                let sent = sent.each_ref().map(String::as_str);
                token_response::read(endpoint, &response, &sent)
            }
            // The provider did answer, and the code is used up.
            Err(HttpError::TooLarge) => Err(AnswerError::TooLong.into()),
            Err(error) => Err(down(endpoint)(error)),
        }
    }

    fn auth_type(&self, metadata: &Metadata) -> AuthType {
        match self.client_auth(metadata) {
            ClientAuth::SecretBasic => AuthType::BasicAuth,
            ClientAuth::SecretPost | ClientAuth::None => AuthType::RequestBody,
        }
    }

    /// By configuration, else `client_secret_basic` unless discovery lists only other methods.
    ///
    /// Source: OpenID Connect Discovery 1.0, section 3: the default is `client_secret_basic`.
    pub(crate) fn client_auth(&self, metadata: &Metadata) -> ClientAuth {
        let listed = |method: &str| {
            metadata
                .token_endpoint_auth_methods
                .iter()
                .any(|listed| listed == method)
        };
        let fitting = if listed("client_secret_post") && !listed("client_secret_basic") {
            ClientAuth::SecretPost
        } else {
            ClientAuth::SecretBasic
        };
        self.config.client_auth.unwrap_or(fitting)
    }
}

/// A client whose responses do not reach the parser of `oauth2`.
///
/// The library makes the request. Its parser refuses whole responses for members that a login does
/// not read, such as `expires_in` as a string.
struct Unreading<'p> {
    provider: &'p Provider,
    metadata: &'p Metadata,
}

impl<'c> AsyncHttpClient<'c> for Unreading<'_> {
    type Error = Unread;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Unread>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async {
            let response = self.provider.send_to_token_endpoint(self.metadata, request);
            Err(Unread(Box::new(response.await)))
        })
    }
}

#[derive(Debug, Error)]
#[error("the response was not read")]
struct Unread(Box<Result<HttpResponse, HttpError>>);

/// An error code for the log. Any other text may hold a secret that was sent back.
pub(crate) fn plain_code(error: &str) -> &str {
    let plain = error
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    if plain && error.len() <= 60 {
        error
    } else {
        "no plain error code"
    }
}
