//! Fetches claims from the UserInfo endpoint.

use oauth2::http::{StatusCode, header::CONTENT_TYPE};

use super::{
    Claims, ProviderClient, ProviderError, ProviderMetadata, UserInfoError, fetch_error,
    get_with_token, is_gone, json::object,
};

impl ProviderClient {
    /// Returns the claims of the UserInfo endpoint. Their `sub` must match that of the ID token.
    ///
    /// Source: OpenID Connect Core 1.0, section 5.3.
    pub(crate) async fn userinfo(
        &self,
        metadata: &ProviderMetadata,
        access_token: Option<&str>,
        sub: &str,
    ) -> Result<Claims, ProviderError> {
        let endpoint = metadata.userinfo_endpoint.as_ref();
        let endpoint = endpoint.ok_or(UserInfoError::NoEndpoint)?;
        let access_token = access_token.ok_or(UserInfoError::NoAccessToken)?;
        let mut response = self
            .http
            .send(get_with_token(endpoint, access_token)?)
            .await
            .map_err(fetch_error(endpoint))?;
        if is_gone(response.status()) {
            let is_different = |newer: &ProviderMetadata| {
                newer.userinfo_endpoint.is_some()
                    && newer.userinfo_endpoint != metadata.userinfo_endpoint
            };
            let newer = self.newer_metadata(is_different).await;
            if let Some(moved) = newer
                .as_ref()
                .and_then(|newer| newer.userinfo_endpoint.as_ref())
            {
                response = self
                    .http
                    .send(get_with_token(moved, access_token)?)
                    .await
                    .map_err(fetch_error(moved))?;
            }
        }
        if response.status() != StatusCode::OK {
            return Err(UserInfoError::Status(response.status().as_u16()).into());
        }
        let content_type = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        if content_type.starts_with("application/jwt") {
            return Err(UserInfoError::Signed.into());
        }
        let claims = object(response.body()).ok_or(UserInfoError::NotJson)?;
        match claims.get("sub") {
            Some(found) if found == sub => Ok(claims),
            _ => Err(UserInfoError::Subject.into()),
        }
    }
}
