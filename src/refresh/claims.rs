//! The claims of a refreshed ID token, which replace those of the login.

use serde_json::Value;
use tokio::time::timeout;

use crate::{
    identity::{self, Identity},
    login::{self, LOGIN_TIMEOUT, LoginError},
    provider::{
        AUTHENTICATION_CLAIMS, Claims, IdTokenError, IdTokenExpectations, ProviderClient,
        ProviderError, TokenResponse,
    },
    sessions::MAX_STORED_CLAIMS,
    state::Settings,
};

/// The reason why the claims of the login are kept.
pub(super) enum ClaimsError {
    /// The user is a different one, or is no longer allowed.
    Refused(String),
    /// The new claims are not known. The provider or the hook may respond next time.
    Unknown(String),
}

/// The login that the claims belong to.
pub(super) struct Login {
    issuer: String,
    subject: String,
    /// The claims that tell how the user authenticated.
    authentication: Claims,
    /// The name of an Apple user. The ID token does not contain it.
    full_name: Option<String>,
}

impl Login {
    pub(super) fn new(identity: &Identity, settings: &Settings, provider: &ProviderClient) -> Self {
        let text = |claim: &str| identity.get_str(claim).unwrap_or_default().to_owned();
        let sent = identity.rule_inputs(settings);
        let authentication = AUTHENTICATION_CLAIMS.into_iter().filter_map(|name| {
            let value = sent.get(name)?;
            Some((name.to_owned(), value.clone()))
        });
        Self {
            issuer: text("iss"),
            subject: text("sub"),
            authentication: authentication.collect(),
            full_name: provider.config.is_apple().then(|| text("name")),
        }
    }

    /// Returns the text of the identity with the claims of the ID token in `response`, after they
    /// have passed the same checks as at a login.
    ///
    /// 1. The ID token is verified as at a login. `nonce` may be absent.
    /// 2. `iss` and `sub` are those of the login.
    /// 3. A refresh does not authenticate the user. `auth_time`, `acr` and `amr` stay unchanged.
    ///
    /// Source: OpenID Connect Core 1.0, section 12.2.
    pub(super) async fn text(
        self,
        settings: &Settings,
        provider: &ProviderClient,
        nonce: Option<&str>,
        response: &TokenResponse,
    ) -> Result<String, ClaimsError> {
        let sent = timeout(LOGIN_TIMEOUT, sent(settings, provider, nonce, response));
        let sent = sent
            .await
            .unwrap_or_else(|_| Err(LoginError::timed_out(Some(provider)).into()));
        let mut claims = sent?;
        for (claim, expected) in [("iss", &self.issuer), ("sub", &self.subject)] {
            if claims.get(claim).and_then(Value::as_str) != Some(expected) {
                return Err(ClaimsError::Refused(format!(
                    "`{claim}` differs from the login's"
                )));
            }
        }
        claims.retain(|name, _| !AUTHENTICATION_CLAIMS.contains(&name.as_str()));
        claims.extend(self.authentication);
        let access_token = response.access_token.clone();
        let full_name = self.full_name.filter(|name| !name.is_empty());
        let retained = login::admit(settings, provider, claims, full_name, access_token).await?;
        let client = settings.client(&provider.config.name);
        let text = client.map(|client| identity::text(settings, client, &retained));
        text.filter(|text| text.len() <= MAX_STORED_CLAIMS)
            .ok_or_else(|| ClaimsError::Unknown("the claims are too large".to_owned()))
    }
}

/// Returns the claims of the ID token, and those of UserInfo and Microsoft Graph.
async fn sent(
    settings: &Settings,
    provider: &ProviderClient,
    nonce: Option<&str>,
    response: &TokenResponse,
) -> Result<Claims, ClaimsError> {
    let metadata = provider.metadata().await?;
    let expected = IdTokenExpectations {
        issuer: &metadata.issuer,
        client_id: &provider.config.client_id,
        trusted_audiences: &provider.config.trusted_audiences,
        shared_audience: provider.config.shared_audience,
        nonce_is_optional: true,
        nonce: nonce.unwrap_or_default(),
        access_token: response.access_token.as_deref(),
        algorithms: &metadata.signing_algorithms,
        now: settings.now(),
    };
    let id_token = response.id_token.as_deref().unwrap_or_default();
    let mut claims = provider.verify(&metadata, id_token, &expected).await?;
    let access_token = response.access_token.as_deref();
    login::add_userinfo(provider, &metadata, access_token, &mut claims).await?;
    login::add_graph_groups(provider, &mut claims, access_token).await?;
    Ok(claims)
}

impl From<ProviderError> for ClaimsError {
    /// A token of another issuer, for another client or with another nonce belongs to another
    /// login.
    fn from(error: ProviderError) -> Self {
        let text = error.to_string();
        match error {
            ProviderError::IdToken(
                IdTokenError::Issuer
                | IdTokenError::Subject
                | IdTokenError::Audience
                | IdTokenError::AuthorizedParty
                | IdTokenError::Nonce,
            ) => Self::Refused(text),
            _ => Self::Unknown(text),
        }
    }
}

impl From<LoginError> for ClaimsError {
    fn from(error: LoginError) -> Self {
        let is_refusal = error.code().is_refusal();
        let text = error.detail();
        if is_refusal {
            Self::Refused(text)
        } else {
            Self::Unknown(text)
        }
    }
}
