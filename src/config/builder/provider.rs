//! One provider of a configuration in code.

use std::fmt;

use serde_json::Value;

use super::{
    ClientCredential,
    draft::{Draft, pairs, strings},
};
use crate::config::{DEFAULT, presets::PRESET, redirect_uri::REDIRECT_URI, table::Table};

/// An OpenID provider, for [`AuthLayerBuilder::provider`](crate::AuthLayerBuilder::provider).
///
/// It has the settings of a provider's table in `secrets.toml`, with the same checks.
/// [`discover`](Self::discover) takes any provider by the URL of its discovery document. The other
/// constructors are for well-known providers and derive the URL from fewer values.
///
/// ```
/// use axum_streamlit_auth::Provider;
///
/// let staff = Provider::keycloak("https://id.example.com", "staff", "my-client-id", "my-secret");
/// let partners = Provider::discover(
///     "https://partner.example/.well-known/openid-configuration",
///     "my-client-id",
///     "my-secret",
/// )
/// .name("partners")
/// .label("Partner companies")
/// .scope("openid email groups")
/// .allow_claim("groups", ["suppliers", "resellers"]);
/// ```
///
/// # Methods and keys
///
/// | method | key of `[auth.<name>]` |
/// | --- | --- |
/// | [`name`](Self::name) | the name of the table, and `preset` |
/// | the constructor's `client_id` | `client_id` |
/// | the constructor's [`ClientCredential`] | `client_secret`, `client_kwargs.token_endpoint_auth_method`, the keys of client keys and files |
/// | the constructor's other arguments | `server_metadata_url`, the endpoints of OAuth 2.0, `tenant`, `domain`, `url`, `realm`, `region`, `pool`, `slug` |
/// | [`scope`](Self::scope) | `client_kwargs.scope` |
/// | [`authorize_param`](Self::authorize_param) | any other key of `client_kwargs` or `authorize_params` |
/// | [`allow_domains`](Self::allow_domains), [`allow_emails`](Self::allow_emails), [`allow_claim`](Self::allow_claim) | `allow.domains`, `allow.emails`, `allow.claims` |
/// | [`logout_param`](Self::logout_param) | `logout_params` |
///
/// Every other method has the name of its key.
#[derive(Clone)]
#[must_use = "a provider has no effect until it is added to a builder"]
pub struct Provider {
    /// [`DEFAULT`] for the default provider.
    pub(super) name: String,
    /// The name of the preset. `None` for [`discover`](Self::discover).
    preset: Option<&'static str>,
    /// The name of the constructor.
    pub(super) constructor: &'static str,
    draft: Draft,
}

impl Provider {
    /// Creates the provider of `constructor`.
    pub(super) fn new(
        constructor: &'static str,
        preset: Option<&'static str>,
        keys: &[(&str, String)],
        client_id: impl Into<String>,
        credential: impl Into<ClientCredential>,
    ) -> Self {
        let mut draft = Draft::new("Provider");
        for (key, value) in keys {
            draft.set_at(constructor, &[*key], value.as_str());
        }
        draft.set_at(constructor, &["client_id"], client_id.into());
        credential.into().add_to(&mut draft, constructor);
        Self {
            name: preset.unwrap_or(DEFAULT).to_owned(),
            preset,
            constructor,
            draft,
        }
    }

    /// Sets the name, which is part of the URL `/auth/login/<name>` and is returned by
    /// [`User::provider`](crate::User::provider). It has up to 64 letters, digits, `-` and `.`.
    ///
    /// A provider from a constructor such as [`google`](Self::google) has the name of the
    /// constructor. A provider from [`discover`](Self::discover) is the default provider, named
    /// `default`, until it gets another name.
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.name = name.into();
        self
    }

    /// Sets the text on the button of this provider. By default, that is the name of the product,
    /// or else the name of the provider.
    pub fn label(self, label: impl Into<String>) -> Self {
        self.set("label", label.into())
    }

    /// Sets the scope of the authorization request: values separated by spaces. `openid` is added
    /// if it is missing. The default is `openid profile email`.
    pub fn scope(self, scope: impl Into<String>) -> Self {
        self.set_at("scope", &["client_kwargs", "scope"], scope.into())
    }

    /// Adds a parameter to the authorization request, such as `prompt`, `hd` or `login_hint`.
    ///
    /// The value is a string, an integer, a boolean or an object. An object is sent as JSON. An
    /// empty string leaves the parameter out. By default, `prompt` is `select_account`, unless the
    /// provider does not support that. A parameter that keeps a login safe, such as `state`, is an
    /// error.
    ///
    /// ```
    /// # let provider = axum_streamlit_auth::Provider::google("id", "secret");
    /// provider.authorize_param("prompt", "login").authorize_param("max_age", 300);
    /// ```
    pub fn authorize_param(self, name: &str, value: impl Into<Value>) -> Self {
        self.set_at("authorize_param", &["authorize_params", name], value)
    }

    /// Accepts further values of `aud` in the ID tokens of this provider.
    pub fn trusted_audiences(self, audiences: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.set("trusted_audiences", strings(audiences))
    }

    /// If true, adds the claims of the UserInfo endpoint. The default is false, except for ZITADEL.
    pub fn userinfo(self, userinfo: bool) -> Self {
        self.set("userinfo", userinfo)
    }

    /// If false, a logout does not end the session at the provider. The default is true.
    pub fn provider_logout(self, provider_logout: bool) -> Self {
        self.set("provider_logout", provider_logout)
    }

    /// Adds, replaces or removes a parameter of the logout at this provider. It takes precedence
    /// over [`AuthLayerBuilder::logout_param`](crate::AuthLayerBuilder::logout_param), which
    /// describes the rules.
    ///
    /// Only for a provider with a [`name`](Self::name).
    pub fn logout_param(self, name: &str, value: impl Into<Value>) -> Self {
        self.set_at("logout_param", &["logout_params", name], value)
    }

    /// Admits users of this provider with a verified email address of these domains, in addition to
    /// the rules for all providers.
    ///
    /// Only for a provider with a [`name`](Self::name), as for the other rules.
    pub fn allow_domains(self, domains: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.set_at("allow_domains", &["allow", "domains"], strings(domains))
    }

    /// Admits users of this provider with these verified email addresses.
    pub fn allow_emails(self, emails: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.set_at("allow_emails", &["allow", "emails"], strings(emails))
    }

    /// Admits only users of this provider with this claim. See
    /// [`AuthLayerBuilder::allow_claim`](crate::AuthLayerBuilder::allow_claim).
    pub fn allow_claim(self, name: &str, values: impl Into<Value>) -> Self {
        self.set_at("allow_claim", &["allow", "claims", name], values)
    }

    /// Sets a redirect URI for this provider only: the shared one followed by `/` and the name of
    /// this provider. Register it there instead of the shared one.
    ///
    /// Only for a provider with a [`name`](Self::name).
    pub fn redirect_uri(self, redirect_uri: impl Into<String>) -> Self {
        self.set(REDIRECT_URI, redirect_uri.into())
    }

    /// Accepts access tokens of this provider with this audience: a string, or an array of them.
    pub fn bearer_audience(self, audience: impl Into<Value>) -> Self {
        self.set("bearer_audience", audience)
    }

    /// Takes the groups of a user of Microsoft Entra from Microsoft Graph if the ID token does not
    /// have them: `true` for all, or the object IDs of those to keep.
    ///
    /// ```
    /// # let provider = axum_streamlit_auth::Provider::microsoft("common", "id", "secret");
    /// provider.groups_from_graph(["0f0e0d0c-1111-2222-3333-444455556666"]);
    /// ```
    pub fn groups_from_graph(self, groups: impl Into<Value>) -> Self {
        self.set("groups_from_graph", groups)
    }

    /// Sets the address of Microsoft Graph in a cloud other than the provider's.
    pub fn graph_url(self, graph_url: impl Into<String>) -> Self {
        self.set("graph_url", graph_url.into())
    }

    /// Maps the user data of a provider without ID tokens to claims. Each entry is the name of a
    /// claim and the name of the value that it comes from. See [`oauth2`](Self::oauth2).
    pub fn claims_map(
        self,
        claims: impl IntoIterator<Item = (impl Into<String>, impl Into<String>)>,
    ) -> Self {
        self.set("claims_map", pairs(claims))
    }

    /// Sets the claim `iss` of a provider without ID tokens. By default, it is the origin of the
    /// authorization endpoint. See [`oauth2`](Self::oauth2).
    pub fn issuer(self, issuer: impl Into<String>) -> Self {
        self.set("issuer", issuer.into())
    }

    /// Sets the URL of your own GitLab or GitHub. See [`gitlab`](Self::gitlab) and
    /// [`github`](Self::github).
    pub fn url(self, url: impl Into<String>) -> Self {
        self.set("url", url.into())
    }

    /// Sets the ID of a custom authorization server, such as `default`. See [`okta`](Self::okta).
    pub fn server(self, server: impl Into<String>) -> Self {
        self.set("server", server.into())
    }

    /// Returns the provider's table as it would be in secrets.toml.
    pub(super) fn into_table(self) -> Table {
        let Self {
            name,
            preset,
            constructor,
            mut draft,
        } = self;
        // Otherwise the name of the table selects the preset.
        if let Some(preset) = preset.filter(|preset| *preset != name) {
            draft.set_at(constructor, &[PRESET], preset);
        }
        draft.table
    }

    fn set(self, method: &str, value: impl Into<Value>) -> Self {
        self.set_at(method, &[method], value)
    }

    fn set_at(mut self, method: &str, path: &[&str], value: impl Into<Value>) -> Self {
        self.draft.set_at(method, path, value);
        self
    }
}

/// Prints the name and the keys. The values are left out, because some are secrets.
impl fmt::Debug for Provider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Provider")
            .field("name", &self.name)
            .field("keys", &self.draft)
            .finish_non_exhaustive()
    }
}
