//! Parses secrets.toml, or reads a builder, into a [`Config`], or reports every problem at once.

use std::{collections::BTreeMap, fmt, path::PathBuf, sync::Arc};

use ::url::Url;
use secrecy::SecretString;

pub(crate) use self::{
    access_tokens::{AccessTokens, MICROSOFT_HOSTS},
    allow::{Allow, claim_is, find_claim},
    app_path::is_own_page,
    auth::SHARED_KEYS,
    bearer::{RESOURCE_METADATA, Resource},
    builder::in_code,
    client_kwargs::{DEFAULT_PROMPT, is_protected_parameter},
    cookie_budget::DEFAULT_COOKIE_BUDGET,
    cookie_format::CookieFormat,
    credential::{AppleKey, AssertionAudience, ClientKey, Credential, CredentialFileError},
    graph::Graph,
    identity_headers::{IdentityHeader, check_conditions},
    locations::KeyLocations,
    logout_params::{ID_TOKEN_HINT, LogoutParams},
    metadata_url::issuer_of,
    oauth2::{Api, OAuth2},
    presets::Preset,
    protocol::Protocol,
    published_secret::is_published,
    reader::closest_key,
    redirect_uri::{CALLBACK, RedirectUri},
    refresh::{OFFLINE_ACCESS, OfflineAccess},
    secret::{Strength, cookie_secret_strength},
    sessions::{SessionConfig, SessionStore},
    source::{Digest, Source},
    url::{fetchable, is_loopback},
};

mod access_tokens;
mod allow;
mod app_path;
mod auth;
mod bearer;
mod builder;
mod client_kwargs;
mod cookie_budget;
mod cookie_format;
mod cookie_secrets;
mod credential;
mod diagnostic;
mod duration;
mod file;
mod fingerprint;
mod graph;
mod identity_headers;
mod lifetime;
mod linked_files;
mod load;
mod locations;
mod login_params;
mod logout_params;
mod metadata_url;
mod oauth2;
mod placeholders;
mod presets;
mod protocol;
mod provider;
mod provider_equality;
mod provider_quirks;
mod providers;
mod published_secret;
mod reader;
mod redirect_uri;
mod refresh;
#[cfg(test)]
mod schema;
mod secret;
mod sessions;
mod source;
mod stray_tables;
mod streamlit_logins;
mod table;
mod text_file;
mod unknown_keys;
mod url;
mod written_secrets;

#[cfg(feature = "dev")]
pub(crate) use self::published_secret::DEVELOPMENT_SECRET;
#[cfg(feature = "redis")]
pub(crate) use self::sessions::RedisUrl;
pub use self::{
    builder::{AuthLayerBuilder, ClientCredential, Provider},
    diagnostic::{ConfigError, Diagnostic},
};

/// A valid configuration.
#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) redirect_uri: RedirectUri,
    /// The first secret signs, and all verify. Never empty.
    pub(crate) cookie_secrets: Vec<SecretString>,
    /// Lifetime of an identity, in seconds.
    pub(crate) cookie_max_age: u64,
    /// In seconds since the Unix epoch. Identities of earlier logins are not accepted. Zero accepts
    /// all.
    pub(crate) revoked_before: u64,
    /// Bytes of the `Cookie` header that the cookies of this crate may use.
    pub(crate) cookie_budget: usize,
    pub(crate) expose_tokens: ExposeTokens,
    /// The claims that identities keep. `None` keeps all.
    pub(crate) claims: Option<Vec<String>>,
    pub(crate) allow: Allow,
    /// The headers of forward authentication, from `[auth.headers]`. `None` turns it off.
    pub(crate) identity_headers: Option<Vec<IdentityHeader>>,
    pub(crate) app_name: String,
    /// The path of the app's own page for choosing a provider, including the base path.
    pub(crate) login_page: Option<String>,
    /// The parameters that a link to a login may set.
    pub(crate) login_params: Vec<String>,
    /// True if a logout ends on a page of this crate instead of the start page of the app.
    pub(crate) signed_out_page: bool,
    /// The app as a protected resource. `None` if no bearer tokens are accepted.
    pub(crate) resource: Option<Resource>,
    /// The format in which identities are written. Every format is read.
    #[cfg(feature = "streamlit-cookies")]
    pub(crate) cookie_format: CookieFormat,
    /// `None` if sessions have no records.
    pub(crate) sessions: Option<SessionConfig>,
    /// True if logins that a Streamlit app wrote are accepted together with `sessions`, although
    /// they have no record.
    #[cfg(feature = "streamlit-cookies")]
    pub(crate) accepts_streamlit_logins: bool,
    /// True if access tokens are kept and refreshed.
    pub(crate) refresh: bool,
    /// The default provider comes first, if there is one. Never empty.
    pub(crate) providers: Vec<Arc<ProviderConfig>>,
    /// The files that were searched. Empty if the configuration came from code.
    pub(crate) files: Vec<PathBuf>,
    /// The files that contain the value of a key, such as the one that `cookie_secret_file` names.
    pub(crate) linked_files: Vec<PathBuf>,
    /// True if `files` may contain a secret.
    pub(crate) has_written_secrets: bool,
    /// The locations of the keys of `[auth]`.
    pub(crate) locations: KeyLocations,
}

/// A provider of `[auth.<name>]`, or the default provider in `[auth]` itself.
#[derive(Clone)]
pub(crate) struct ProviderConfig {
    /// [`DEFAULT`] for the provider in `[auth]`.
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) client_id: String,
    /// The provider's own redirect URI. If `None`, the shared one is used.
    pub(crate) redirect_uri: Option<String>,
    pub(crate) credential: Credential,
    /// The URL of the discovery document. A provider of plain OAuth 2.0 has no such document. Then
    /// this is the URL that discovery would derive from its issuer, and it is never fetched.
    pub(crate) server_metadata_url: Url,
    pub(crate) protocol: Protocol,
    pub(crate) client_auth: Option<ClientAuth>,
    pub(crate) scope: String,
    /// Further parameters of the authorization request, including `prompt`.
    pub(crate) parameters: BTreeMap<String, String>,
    /// True if `prompt` is not configured, so `parameters` contains the default.
    pub(crate) default_prompt: bool,
    pub(crate) offline_access: OfflineAccess,
    pub(crate) trusted_audiences: Vec<String>,
    /// True if the provider's ID tokens list other clients in addition to the one in `azp`.
    pub(crate) shared_audience: bool,
    /// True if only `state` binds a login to its browser: ID tokens have no `nonce`, and the token
    /// endpoint refuses PKCE. Only the preset of LinkedIn sets it.
    pub(crate) state_only: bool,
    pub(crate) userinfo: bool,
    /// The source of the claim `groups` if the ID token does not have it.
    pub(crate) graph: Option<Graph>,
    pub(crate) provider_logout: bool,
    pub(crate) logout_params: LogoutParams,
    /// The audiences of access tokens that are accepted as bearer tokens.
    pub(crate) bearer_audiences: Vec<String>,
    pub(crate) access_tokens: AccessTokens,
    /// Rules for the users of this provider, in addition to those of `[auth.allow]`.
    pub(crate) allow: Allow,
    /// The preset of this kind of provider. If `server_metadata_url` is configured, only its label
    /// applies.
    pub(crate) preset: Option<&'static Preset>,
    pub(crate) locations: KeyLocations,
}

impl ProviderConfig {
    /// Returns the redirect URI of this provider's logins.
    pub(crate) fn redirect_uri<'c>(&'c self, config: &'c Config) -> &'c str {
        self.redirect_uri
            .as_deref()
            .unwrap_or_else(|| config.redirect_uri.as_str())
    }

    /// Returns the first other provider with the same redirect URI.
    fn shares_redirect_uri_with<'c>(&self, config: &'c Config) -> Option<&'c Self> {
        let mut others = config.providers.iter().map(AsRef::as_ref);
        others.find(|other| other.name != self.name && other.redirect_uri == self.redirect_uri)
    }

    /// Returns the provider that should get its own redirect URI, if this provider shares its
    /// redirect URI with another one.
    ///
    /// This is the provider itself. If it is the default provider, the other one is returned,
    /// because the default provider always uses the shared redirect URI.
    pub(crate) fn to_separate<'c>(&'c self, config: &'c Config) -> Option<&'c Self> {
        let other = self.shares_redirect_uri_with(config)?;
        Some(if self.name == DEFAULT { other } else { self })
    }
}

/// How the client authenticates at the token endpoint (OpenID Connect Core 1.0, section 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientAuth {
    SecretBasic,
    SecretPost,
    /// An assertion, signed by the client or by its platform.
    PrivateKeyJwt,
    None,
}

impl ClientAuth {
    /// Returns the name used in the configuration and in discovery documents.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::SecretBasic => "client_secret_basic",
            Self::SecretPost => "client_secret_post",
            Self::PrivateKeyJwt => "private_key_jwt",
            Self::None => "none",
        }
    }
}

/// The tokens that the app can read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ExposeTokens {
    pub(crate) id: bool,
    pub(crate) access: bool,
}

/// The name of the default provider, which is configured in `[auth]` itself.
///
/// Source: Streamlit 1.67, `st.login()`: `provider = "default"`.
pub(crate) const DEFAULT: &str = "default";

/// An example of a minimal `[auth]`.
pub(crate) const EXAMPLE: &str = r#"    [auth]
    redirect_uri = "http://localhost:8501/oauth2callback"
    cookie_secret = "…"        # make one: openssl rand -hex 32
    client_id = "…"            # these two come from the provider
    client_secret = "…"
    server_metadata_url = "https://accounts.google.com/.well-known/openid-configuration"
"#;

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("redirect_uri", &self.redirect_uri.as_str())
            .field(
                "providers",
                &self
                    .providers
                    .iter()
                    .map(|provider| &provider.name)
                    .collect::<Vec<_>>(),
            )
            .finish_non_exhaustive()
    }
}
