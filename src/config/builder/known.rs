//! The constructors of [`Provider`].

use super::{ClientCredential, Provider};
use crate::config::metadata_url::METADATA_URL;

impl Provider {
    /// Any OpenID provider, by the URL of its discovery document, which ends with
    /// `/.well-known/openid-configuration`.
    ///
    /// It is the default provider until it gets a [`name`](Self::name).
    pub fn discover(
        server_metadata_url: impl Into<String>,
        client_id: impl Into<String>,
        credential: impl Into<ClientCredential>,
    ) -> Self {
        let keys = [(METADATA_URL, server_metadata_url.into())];
        Self::new("discover", None, &keys, client_id, credential)
    }

    /// A provider without ID tokens (OAuth 2.0), by its endpoints. A login with this protocol is
    /// less protected, so prefer [`discover`](Self::discover) if the provider has a discovery
    /// document.
    ///
    /// `userinfo_endpoint` returns the user of an access token, and
    /// [`claims_map`](Self::claims_map) maps its members to claims. It is the default provider
    /// until it gets a [`name`](Self::name).
    pub fn oauth2(
        authorization_endpoint: impl Into<String>,
        token_endpoint: impl Into<String>,
        userinfo_endpoint: impl Into<String>,
        client_id: impl Into<String>,
        credential: impl Into<ClientCredential>,
    ) -> Self {
        let keys = [
            ("authorization_endpoint", authorization_endpoint.into()),
            ("token_endpoint", token_endpoint.into()),
            ("userinfo_endpoint", userinfo_endpoint.into()),
        ];
        Self::new("oauth2", None, &keys, client_id, credential)
    }

    /// Google.
    pub fn google(client_id: impl Into<String>, credential: impl Into<ClientCredential>) -> Self {
        Self::known("google", &[], client_id, credential)
    }

    /// Microsoft Entra ID. `tenant` is the ID of the directory, one of its domains, or `common`,
    /// `organizations` or `consumers`.
    pub fn microsoft(
        tenant: impl Into<String>,
        client_id: impl Into<String>,
        credential: impl Into<ClientCredential>,
    ) -> Self {
        let keys = [("tenant", tenant.into())];
        Self::known("microsoft", &keys, client_id, credential)
    }

    /// Okta. `domain` is that of the organization, such as `acme.okta.com`. The authorization
    /// server is that of the organization, unless [`server`](Self::server) names a custom one.
    pub fn okta(
        domain: impl Into<String>,
        client_id: impl Into<String>,
        credential: impl Into<ClientCredential>,
    ) -> Self {
        let keys = [("domain", domain.into())];
        Self::known("okta", &keys, client_id, credential)
    }

    /// Auth0. `domain` is that of the tenant, such as `acme.eu.auth0.com`.
    pub fn auth0(
        domain: impl Into<String>,
        client_id: impl Into<String>,
        credential: impl Into<ClientCredential>,
    ) -> Self {
        let keys = [("domain", domain.into())];
        Self::known("auth0", &keys, client_id, credential)
    }

    /// GitLab, at gitlab.com unless [`url`](Self::url) is set.
    pub fn gitlab(client_id: impl Into<String>, credential: impl Into<ClientCredential>) -> Self {
        Self::known("gitlab", &[], client_id, credential)
    }

    /// GitHub, which has no ID tokens, at github.com unless [`url`](Self::url) is set.
    pub fn github(client_id: impl Into<String>, credential: impl Into<ClientCredential>) -> Self {
        Self::known("github", &[], client_id, credential)
    }

    /// LinkedIn, which supports neither `nonce` nor PKCE, so a login is less protected.
    pub fn linkedin(client_id: impl Into<String>, credential: impl Into<ClientCredential>) -> Self {
        Self::known("linkedin", &[], client_id, credential)
    }

    /// Keycloak. `url` is its address, with the path `/auth` if it has one.
    pub fn keycloak(
        url: impl Into<String>,
        realm: impl Into<String>,
        client_id: impl Into<String>,
        credential: impl Into<ClientCredential>,
    ) -> Self {
        let keys = [("url", url.into()), ("realm", realm.into())];
        Self::known("keycloak", &keys, client_id, credential)
    }

    /// Sign in with Apple. The scope is only `openid`, because Apple uses a POST from its own site
    /// to answer a request for name or email, which is not supported.
    pub fn apple(client_id: impl Into<String>, credential: impl Into<ClientCredential>) -> Self {
        Self::known("apple", &[], client_id, credential)
    }

    /// Amazon Cognito. `pool` is the ID of the user pool, such as `eu-central-1_AbCdEfGhI`.
    pub fn cognito(
        region: impl Into<String>,
        pool: impl Into<String>,
        client_id: impl Into<String>,
        credential: impl Into<ClientCredential>,
    ) -> Self {
        let keys = [("region", region.into()), ("pool", pool.into())];
        Self::known("cognito", &keys, client_id, credential)
    }

    /// authentik. `slug` is that of the application.
    pub fn authentik(
        url: impl Into<String>,
        slug: impl Into<String>,
        client_id: impl Into<String>,
        credential: impl Into<ClientCredential>,
    ) -> Self {
        let keys = [("url", url.into()), ("slug", slug.into())];
        Self::known("authentik", &keys, client_id, credential)
    }

    /// ZITADEL. `domain` is that of the instance, such as `acme.zitadel.cloud`.
    pub fn zitadel(
        domain: impl Into<String>,
        client_id: impl Into<String>,
        credential: impl Into<ClientCredential>,
    ) -> Self {
        let keys = [("domain", domain.into())];
        Self::known("zitadel", &keys, client_id, credential)
    }

    /// Dex. `url` is its issuer.
    pub fn dex(
        url: impl Into<String>,
        client_id: impl Into<String>,
        credential: impl Into<ClientCredential>,
    ) -> Self {
        Self::known("dex", &[("url", url.into())], client_id, credential)
    }

    /// Creates a provider with the preset of the same name as its constructor.
    fn known(
        preset: &'static str,
        keys: &[(&str, String)],
        client_id: impl Into<String>,
        credential: impl Into<ClientCredential>,
    ) -> Self {
        Self::new(preset, Some(preset), keys, client_id, credential)
    }
}
