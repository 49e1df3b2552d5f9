//! Exchanges an authorization code at the token endpoint.

use std::pin::Pin;

use oauth2::{
    AsyncHttpClient, AuthorizationCode, ClientId, ClientSecret, HttpRequest, HttpResponse,
    PkceCodeVerifier, RedirectUrl, RequestTokenError, TokenUrl, basic::BasicClient,
};
use secrecy::ExposeSecret;
use thiserror::Error;

use super::{
    ClientProof, HttpError, ProviderClient, ProviderError, ProviderMetadata, TokenResponseError,
    fetch_error, token_response,
};
use crate::config::{ClientAuth, Credential};

/// The tokens of a token response. Does not implement `Debug`, so that tokens are not logged.
pub(crate) struct TokenResponse {
    pub(crate) access_token: Option<String>,
    /// `None` only for a provider of plain OAuth 2.0.
    pub(crate) id_token: Option<String>,
    /// The granted scopes. `None` if the response does not list them.
    pub(crate) scopes: Option<Vec<String>>,
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
        let endpoint = &metadata.token_endpoint;
        let mut client = BasicClient::new(ClientId::new(self.config.client_id.clone()))
            .set_token_uri(TokenUrl::from_url(endpoint.clone()))
            .set_redirect_uri(
                RedirectUrl::new(redirect_uri.to_owned()).expect("a `RedirectUri` is a valid URL"),
            );
        let sent = [proof.expose_secret(), &grant.code, &grant.verifier].map(str::to_owned);
        if let ClientProof::Secret(secret, auth_type) = proof {
            client = client
                .set_client_secret(ClientSecret::new(secret.expose_secret().to_owned()))
                .set_auth_type(auth_type.clone());
        }
        let mut request = client.exchange_code(AuthorizationCode::new(grant.code));
        if !self.config.state_only {
            request = request.set_pkce_verifier(PkceCodeVerifier::new(grant.verifier));
        }
        if let ClientProof::Assertion(assertion) = proof {
            request = request
                .add_extra_param("client_assertion_type", CLIENT_ASSERTION_TYPE)
                .add_extra_param("client_assertion", assertion.expose_secret());
        }
        let raw = request
            .request_async(&RawResponseClient {
                provider: self,
                metadata,
            })
            .await;
        let Err(RequestTokenError::Request(RawResponse(response))) = raw else {
            return Err(TokenResponseError::NoIdToken.into());
        };
        match *response {
            Ok(response) => {
                let sent = sent.each_ref().map(String::as_str);
                token_response::parse(endpoint, &response, &sent, &self.config.protocol)
            }
            // The provider responded, so the code is used up and a later attempt cannot succeed.
            Err(HttpError::TooLarge) => Err(TokenResponseError::TooLarge.into()),
            Err(error) => Err(fetch_error(endpoint)(error)),
        }
    }

    /// Returns the client authentication method at the token endpoint.
    ///
    /// 1. The credential decides, unless it is a secret.
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
