//! The token endpoint: a code becomes tokens.

use std::pin::Pin;

use oauth2::{
    AsyncHttpClient, AuthType, AuthorizationCode, ClientId, ClientSecret, ExtraTokenFields,
    HttpRequest, HttpResponse, PkceCodeVerifier, RedirectUrl, RequestTokenError,
    StandardRevocableToken, StandardTokenResponse, TokenResponse, TokenUrl,
    basic::{
        BasicErrorResponse, BasicRevocationErrorResponse, BasicTokenIntrospectionResponse,
        BasicTokenType,
    },
};
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{AnswerError, HttpError, Metadata, Provider, ProviderError, down};
use crate::config::ClientAuth;

/// The answer of a token endpoint, as far as a login needs it. It has no `Debug`.
pub(crate) struct TokenAnswer {
    pub(crate) access_token: String,
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
        let mut client = Client::new(ClientId::new(self.config.client_id.clone()))
            .set_auth_type(self.auth_type(metadata))
            .set_token_uri(TokenUrl::from_url(metadata.token_endpoint.clone()))
            .set_redirect_uri(
                RedirectUrl::new(redirect_uri.to_owned()).expect("a `RedirectUri` is a valid URL"),
            );
        if let Some(secret) = &self.config.client_secret {
            client = client.set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()));
        }
        let answer = client
            .exchange_code(AuthorizationCode::new(code))
            .set_pkce_verifier(PkceCodeVerifier::new(verifier))
            .request_async(&TokenEndpoint {
                provider: self,
                metadata,
            })
            .await
            .map_err(|error| exchange_error(&metadata.token_endpoint, error))?;
        if *answer.token_type() != BasicTokenType::Bearer {
            return Err(AnswerError::NotBearer.into());
        }
        let access_token = answer.access_token().secret().clone();
        let id_token = answer.extra_fields().id_token.clone();
        let id_token = id_token.ok_or(AnswerError::NoIdToken)?;
        Ok(TokenAnswer {
            access_token,
            id_token,
        })
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

/// Sends the request that the library builds.
struct TokenEndpoint<'a> {
    provider: &'a Provider,
    metadata: &'a Metadata,
}

impl<'c> AsyncHttpClient<'c> for TokenEndpoint<'_> {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, HttpError>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.provider.send_to_token_endpoint(self.metadata, request))
    }
}

/// A token answer whose ID token is kept as text: it is the signed text that is checked, and an odd optional claim must not spoil a login.
type Client<HasTokenUrl = oauth2::EndpointNotSet> = oauth2::Client<
    BasicErrorResponse,
    StandardTokenResponse<IdTokenField, BasicTokenType>,
    BasicTokenIntrospectionResponse,
    StandardRevocableToken,
    BasicRevocationErrorResponse,
    oauth2::EndpointNotSet,
    oauth2::EndpointNotSet,
    oauth2::EndpointNotSet,
    oauth2::EndpointNotSet,
    HasTokenUrl,
>;

#[derive(Deserialize, Serialize)]
struct IdTokenField {
    id_token: Option<String>,
}

impl std::fmt::Debug for IdTokenField {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("IdTokenField")
    }
}

impl ExtraTokenFields for IdTokenField {}

/// The library's errors hold whole response bodies; only the error code is taken over.
fn exchange_error(
    endpoint: &Url,
    error: RequestTokenError<HttpError, BasicErrorResponse>,
) -> ProviderError {
    match error {
        RequestTokenError::ServerResponse(response) => {
            ProviderError::Token(plain_code(response.error().as_ref()).to_owned())
        }
        // It did answer, and the code is used up.
        RequestTokenError::Request(HttpError::TooLarge) => AnswerError::TooLong.into(),
        RequestTokenError::Request(error) => down(endpoint)(error),
        RequestTokenError::Parse(..) | RequestTokenError::Other(_) => AnswerError::NotJson.into(),
    }
}

/// An error code for the log. What is no plain word may be anything, a secret that was sent back among it.
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
