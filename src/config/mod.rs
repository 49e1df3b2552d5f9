//! What a valid configuration is: the text of secrets.toml becomes a [`Config`], or every fault in it at once.

use std::{collections::BTreeMap, fmt, path::PathBuf, sync::Arc};

use ::url::Url;
use secrecy::SecretString;
use serde::Serialize;

pub(crate) use self::{
    allow::{Allow, claim_is},
    auth::SHARED_KEYS,
    client_kwargs::DEFAULT_PROMPT,
    clock::Clock,
    cookie_budget::DEFAULT_COOKIE_BUDGET,
    cookie_format::CookieFormat,
    path::is_own_page,
    places::Places,
    presets::Preset,
    published::is_published,
    secret::{Strength, cookie_secret_strength},
    section::nearest,
    source::{Digest, Source},
    url::{CALLBACK, RedirectUri, fetchable, is_loopback, issuer_of},
};
use self::{
    document::{Item, Place, Value},
    file::Found,
    section::Section,
    top_level::{missing_auth, no_auth, wrong_auth},
};

mod allow;
mod auth;
mod client_kwargs;
mod clock;
mod cookie_budget;
mod cookie_format;
mod cookie_secrets;
mod document;
mod error;
mod file;
mod fingerprint;
mod keys;
mod path;
mod places;
mod presets;
mod provider;
mod published;
mod quirks;
mod redirect_uri;
mod same;
mod secret;
mod section;
mod source;
mod top_level;
mod url;

pub use self::error::{ConfigError, Fault};
#[cfg(feature = "dev")]
pub(crate) use self::published::DEVELOPMENT_SECRET;

/// A configuration in which nothing is left to check.
#[derive(Clone)]
pub(crate) struct Config {
    pub(crate) redirect_uri: RedirectUri,
    /// The first signs; all verify. Never empty.
    pub(crate) cookie_secrets: Vec<SecretString>,
    /// Life of an identity, in seconds.
    pub(crate) cookie_life: u64,
    /// Bytes of all cookies of this crate in one browser, as the `Cookie` header holds them.
    pub(crate) cookie_budget: usize,
    pub(crate) expose_tokens: ExposeTokens,
    /// The claims to keep; `None` keeps all.
    pub(crate) claims: Option<Vec<String>>,
    pub(crate) allow: Allow,
    pub(crate) app_name: String,
    /// The app's own page to choose a provider on, base path included.
    pub(crate) login_page: Option<String>,
    /// Whether a logout ends on a page of ours and not at home.
    pub(crate) signed_out_page: bool,
    /// How identities are written; they are read in every format.
    #[cfg(feature = "streamlit")]
    pub(crate) cookie_format: CookieFormat,
    /// The default provider first, if there is one. Never empty.
    pub(crate) providers: Vec<Arc<ProviderConfig>>,
    pub(crate) clock: Clock,
    /// The files that were looked for; none if the configuration came from code.
    pub(crate) files: Vec<PathBuf>,
    /// Where the keys of `[auth]` stand.
    pub(crate) places: Places,
}

/// One `[auth.<name>]`, or the default provider in `[auth]` itself.
#[derive(Clone)]
pub(crate) struct ProviderConfig {
    /// [`DEFAULT`] for the provider in `[auth]`.
    pub(crate) name: String,
    pub(crate) label: String,
    pub(crate) client_id: String,
    /// Its own redirect URI, below the shared one; the shared one if absent.
    pub(crate) redirect_uri: Option<String>,
    /// `None` for a public client.
    pub(crate) client_secret: Option<SecretString>,
    pub(crate) server_metadata_url: Url,
    pub(crate) client_auth: Option<ClientAuth>,
    pub(crate) scope: String,
    /// Further parameters of the authorization request, `prompt` among them.
    pub(crate) parameters: BTreeMap<String, String>,
    /// `prompt` is not configured, so that `parameters` holds the default.
    pub(crate) default_prompt: bool,
    pub(crate) trusted_audiences: Vec<String>,
    /// The provider's ID tokens list other clients beside the one in `azp`.
    pub(crate) shared_audience: bool,
    pub(crate) userinfo: bool,
    pub(crate) provider_logout: bool,
    /// Further parameters of the logout request.
    pub(crate) logout_params: BTreeMap<String, String>,
    /// Rules for the users of this provider, in addition to those of `[auth.allow]`.
    pub(crate) allow: Allow,
    pub(crate) places: Places,
}

impl ProviderConfig {
    /// The redirect URI of this provider's logins.
    pub(crate) fn redirect_uri<'c>(&'c self, config: &'c Config) -> &'c str {
        self.redirect_uri
            .as_deref()
            .unwrap_or_else(|| config.redirect_uri.as_str())
    }

    /// The first other provider with the same redirect URI.
    fn shares_with<'c>(&self, config: &'c Config) -> Option<&'c Self> {
        let mut others = config.providers.iter().map(AsRef::as_ref);
        others.find(|other| other.name != self.name && other.redirect_uri == self.redirect_uri)
    }

    /// The provider that needs a redirect URI of its own, so that this one does not share its own
    /// with another: this one, or another one for the provider in `[auth]` itself.
    pub(crate) fn to_separate<'c>(&'c self, config: &'c Config) -> Option<&'c Self> {
        let other = self.shares_with(config)?;
        Some(if self.name == DEFAULT { other } else { self })
    }
}

/// How the client authenticates at the token endpoint (OpenID Connect Core 1.0, section 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ClientAuth {
    SecretBasic,
    SecretPost,
    None,
}

impl ClientAuth {
    /// As configuration and discovery write it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::SecretBasic => "client_secret_basic",
            Self::SecretPost => "client_secret_post",
            Self::None => "none",
        }
    }
}

/// Which tokens the app may see.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ExposeTokens {
    pub(crate) id: bool,
    pub(crate) access: bool,
}

/// The name of the provider that stands in `[auth]` itself.
///
/// Source: Streamlit 1.67, `st.login()`: `provider = "default"`.
pub(crate) const DEFAULT: &str = "default";

/// What to write when there is no `[auth]` yet.
pub(crate) const EXAMPLE: &str = r#"    [auth]
    redirect_uri = "http://localhost:8501/oauth2callback"
    cookie_secret = "…"        # make one: openssl rand -hex 32
    client_id = "…"            # the provider shows you these two
    client_secret = "…"
    server_metadata_url = "https://accounts.google.com/.well-known/openid-configuration"
"#;

impl Config {
    pub(crate) fn from_toml(text: &str) -> Result<Self, ConfigError> {
        Self::from_found(&file::text(text)?)
    }

    /// A value of the shape of a secrets.toml, `auth` at its top.
    pub(crate) fn from_value(value: &impl Serialize) -> Result<Self, ConfigError> {
        let fault = |problem: &str| {
            ConfigError::new(vec![Fault::new(
                "",
                &Place::default(),
                problem,
                "Pass a map or struct with an `auth` entry.",
            )])
        };
        // serde's message may quote the value, which may be a secret.
        let value =
            serde_json::to_value(value).map_err(|_| fault("the value could not be serialized."))?;
        match document::from_json(value) {
            Item {
                value: Value::Table(table),
                place,
            } => Self::from_found(&Found {
                table,
                place,
                files: Vec::new(),
            }),
            _ => Err(fault("the value is not a table.")),
        }
    }

    pub(crate) fn now(&self) -> u64 {
        self.clock.now()
    }

    fn from_found(found: &Found) -> Result<Self, ConfigError> {
        let mut faults = Vec::new();
        let config = match found.table.get("auth") {
            Some(Item {
                value: Value::Table(table),
                place,
            }) if !table.0.is_empty() => {
                let section = Section {
                    name: "auth".to_owned(),
                    table,
                    place: place.clone(),
                };
                auth::read(&section, &found.table, &mut faults)
            }
            Some(Item {
                value: Value::Table(_),
                place,
            }) => {
                faults.push(no_auth(place, "is empty."));
                None
            }
            Some(item) => {
                faults.push(wrong_auth(item));
                None
            }
            None => {
                faults.extend(missing_auth(found));
                None
            }
        };
        match config {
            Some(config) if faults.is_empty() => Ok(Self {
                files: found.files.clone(),
                ..config
            }),
            _ => Err(ConfigError::new(faults)),
        }
    }
}

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
