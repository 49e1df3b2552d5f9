//! Exchanges an authorization code or a refresh token at the token endpoint.

use std::pin::Pin;

use oauth2::{
    AsyncHttpClient, AuthorizationCode, ClientId, ClientSecret, EndpointNotSet, EndpointSet,
    ErrorResponse, HttpRequest, HttpResponse, PkceCodeVerifier, RedirectUrl, RefreshToken,
    RequestTokenError, TokenUrl, basic::BasicClient,
};
use secrecy::ExposeSecret;
use thiserror::Error;

use super::{
    ClientProof, HttpError, ProviderClient, ProviderError, ProviderMetadata, TokenResponseError,
    fetch_error,
    token_response::{self, Exchanged},
};
use crate::config::{ClientAuth, Credential};

/// The tokens of a token response. Does not implement `Debug`, so that tokens are not logged.
pub(crate) struct TokenResponse {
    pub(crate) access_token: Option<String>,
    /// `None` only for a provider of plain OAuth 2.0, and after a refresh.
    pub(crate) id_token: Option<String>,
    /// The granted scopes. `None` if the response does not list them.
    pub(crate) scopes: Option<Vec<String>>,
    pub(crate) refresh_token: Option<String>,
    /// The lifetime of the access token in seconds.
    pub(crate) expires_in: Option<u64>,
}

/// An authorization code with its PKCE verifier. Does not implement `Debug`.
pub(crate) struct Grant {
    pub(crate) code: String,
    pub(crate) verifier: String,
}

impl ProviderClient {
    /// Exchanges a code for tokens (RFC 6749, section 4.1.3).
    pub(crate) async fn exchange(
        &self,
        metadata: &ProviderMetadata,
        redirect_uri: &str,
        grant: Grant,
        proof: &ClientProof,
    ) -> Result<TokenResponse, ProviderError> {
        let client = client(&self.config.client_id, metadata, proof).set_redirect_uri(
            RedirectUrl::new(redirect_uri.to_owned()).expect("a `RedirectUri` is a valid URL"),
        );
        let sent = [proof.expose_secret(), &grant.code, &grant.verifier].map(str::to_owned);
        let mut request = client.exchange_code(AuthorizationCode::new(grant.code));
        if !self.config.state_only {
            request = request.set_pkce_verifier(PkceCodeVerifier::new(grant.verifier));
        }
        for (name, value) in assertion_parameters(proof) {
            request = request.add_extra_param(name, value);
        }
        let transport = RawResponseClient::new(self, metadata);
        let raw = request.request_async(&transport);
        self.parse(metadata, raw.await, &sent, Exchanged::Code)
    }

    /// Exchanges a refresh token for new tokens (RFC 6749, section 6). The request has no `scope`,
    /// so that the granted scopes do not change.
    pub(crate) async fn refresh(
        &self,
        metadata: &ProviderMetadata,
        refresh_token: &str,
        proof: &ClientProof,
    ) -> Result<TokenResponse, ProviderError> {
        let client = client(&self.config.client_id, metadata, proof);
        let sent = [proof.expose_secret(), refresh_token].map(str::to_owned);
        let refresh_token = RefreshToken::new(refresh_token.to_owned());
        let mut request = client.exchange_refresh_token(&refresh_token);
        for (name, value) in assertion_parameters(proof) {
            request = request.add_extra_param(name, value);
        }
        let transport = RawResponseClient::new(self, metadata);
        let raw = request.request_async(&transport);
        self.parse(metadata, raw.await, &sent, Exchanged::RefreshToken)
    }

    /// Parses the result of [`RawResponseClient`]. `sent` holds the secrets of the request.
    fn parse<T, E: ErrorResponse>(
        &self,
        metadata: &ProviderMetadata,
        raw: Result<T, RequestTokenError<RawResponse, E>>,
        sent: &[String],
        exchanged: Exchanged,
    ) -> Result<TokenResponse, ProviderError> {
        let endpoint = &metadata.token_endpoint;
        let Err(RequestTokenError::Request(RawResponse(response))) = raw else {
            return Err(TokenResponseError::NoIdToken.into());
        };
        match *response {
            Ok(response) => {
                let sent: Vec<&str> = sent.iter().map(String::as_str).collect();
                let protocol = &self.config.protocol;
                token_response::parse(endpoint, &response, &sent, protocol, exchanged)
            }
            // The provider responded, so the code is used up and a later attempt cannot succeed.
            Err(HttpError::TooLarge) => Err(TokenResponseError::TooLarge.into()),
            Err(error) => Err(fetch_error(endpoint)(error)),
        }
    }

    /// Returns the client authentication method at the token endpoint.
    ///
    /// 1. The credential determines the method, unless it is a secret.
    /// 2. A configured method is used.
    /// 3. `client_secret_post` is used if discovery lists it without `client_secret_basic`.
    /// 4. Otherwise the default is `client_secret_basic` (OpenID Connect Discovery 1.0, section 3).
    pub(crate) fn client_auth(&self, metadata: &ProviderMetadata) -> ClientAuth {
        match &self.config.credential {
            Credential::Public => return ClientAuth::None,
            Credential::AssertionFile(_) | Credential::Key(_) => return ClientAuth::PrivateKeyJwt,
            Credential::AppleKey(_) => return ClientAuth::SecretPost,
            Credential::Secret(_) => {}
        }
        let listed = |method: &str| {
            metadata
                .token_endpoint_auth_methods
                .iter()
                .any(|listed| listed == method)
        };
        let discovered = if listed("client_secret_post") && !listed("client_secret_basic") {
            ClientAuth::SecretPost
        } else {
            ClientAuth::SecretBasic
        };
        self.config.client_auth.unwrap_or(discovered)
    }
}

/// An `oauth2` client with a token endpoint.
type Client =
    BasicClient<EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointNotSet, EndpointSet>;

fn client(id: &str, metadata: &ProviderMetadata, proof: &ClientProof) -> Client {
    let client = BasicClient::new(ClientId::new(id.to_owned()))
        .set_token_uri(TokenUrl::from_url(metadata.token_endpoint.clone()));
    match proof {
        ClientProof::Secret(secret, auth_type) => client
            .set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()))
            .set_auth_type(auth_type.clone()),
        ClientProof::None | ClientProof::Assertion(_) => client,
    }
}

/// Returns the parameters of a client assertion.
fn assertion_parameters(proof: &ClientProof) -> Vec<(&'static str, &str)> {
    match proof {
        ClientProof::Assertion(assertion) => vec![
            ("client_assertion_type", CLIENT_ASSERTION_TYPE),
            ("client_assertion", assertion.expose_secret()),
        ],
        ClientProof::None | ClientProof::Secret(..) => Vec::new(),
    }
}

/// Source: RFC 7523, section 2.2.
const CLIENT_ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// An HTTP client that keeps responses away from the parser of `oauth2`.
///
/// `oauth2` builds the request. Its parser rejects responses because of members that a login does
/// not read, for example if `expires_in` is a string.
struct RawResponseClient<'p> {
    provider: &'p ProviderClient,
    metadata: &'p ProviderMetadata,
}

impl<'p> RawResponseClient<'p> {
    fn new(provider: &'p ProviderClient, metadata: &'p ProviderMetadata) -> Self {
        Self { provider, metadata }
    }
}

impl<'c> AsyncHttpClient<'c> for RawResponseClient<'_> {
    type Error = RawResponse;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, RawResponse>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async {
            let response = self.provider.send_to_token_endpoint(self.metadata, request);
            Err(RawResponse(Box::new(response.await)))
        })
    }
}

/// Carries the response through the error path of `oauth2`, which does not parse it.
#[derive(Debug, Error)]
#[error("the response was not parsed")]
struct RawResponse(Box<Result<HttpResponse, HttpError>>);

/// Returns `code` if it looks like an error code. Any other string may contain a secret of the
/// request.
pub(crate) fn sanitize_error_code(code: &str) -> &str {
    let is_plain = code
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte));
    if is_plain && code.len() <= MAX_ERROR_CODE_LEN {
        code
    } else {
        "malformed error code"
    }
}

/// Longer than all error codes of OAuth 2.0 and OpenID Connect.
const MAX_ERROR_CODE_LEN: usize = 60;
