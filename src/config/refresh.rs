//! The key `refresh`, and the way in which providers are asked for refresh tokens.

use std::borrow::Cow;

use url::Url;

use super::{
    Diagnostic, Preset, Protocol, ProviderConfig,
    access_tokens::{MICROSOFT_HOSTS, OKTA_DOMAINS, is_cognito},
    reader::TableReader,
    sessions::SESSION_STORE,
};

/// The addition to an authorization request that makes a provider issue a refresh token.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum OfflineAccess {
    /// No addition: the provider decides without one, or no refresh token is needed.
    #[default]
    Nothing,
    /// The scope `offline_access`.
    Scope,
    /// The scope `offline_access` with `prompt=consent`, if the provider lists the scope. Other
    /// providers refuse a scope that they do not know.
    ///
    /// Source: OpenID Connect Core 1.0, section 11.
    ScopeIfListed,
    /// `access_type=offline` with `prompt=consent`, because Google issues a refresh token only when
    /// it shows its consent page. It refuses the scope.
    ///
    /// Source: Google, "Using OAuth 2.0 for Web Server Applications".
    AccessType,
}

pub(super) const REFRESH: &str = "refresh";

/// The scope of OpenID Connect Core 1.0, section 11.
pub(crate) const OFFLINE_ACCESS: &str = "offline_access";

/// Reads `refresh`. If it is not set, the `providers` are not asked for refresh tokens.
pub(super) fn read(
    auth: &TableReader<'_>,
    providers: &mut [ProviderConfig],
    diagnostics: &mut Vec<Diagnostic>,
) -> bool {
    let refresh = auth.boolean(REFRESH, diagnostics).unwrap_or(false);
    if refresh && auth.entry(SESSION_STORE).is_none() {
        let help = "Add a store, such as session_store = \"memory\", or remove this line.";
        diagnostics.push(auth.diagnostic(REFRESH, "has no effect without `session_store`", help));
    }
    for provider in providers {
        if !refresh {
            provider.offline_access = OfflineAccess::Nothing;
        } else if provider.offline_access == OfflineAccess::AccessType {
            let access_type = provider.parameters.entry("access_type".to_owned());
            access_type.or_insert_with(|| "offline".to_owned());
        }
    }
    refresh
}

impl OfflineAccess {
    /// Returns the addition for a provider.
    pub(super) fn of(preset: Option<&Preset>, metadata_url: &Url, protocol: &Protocol) -> Self {
        let host = metadata_url.host_str().unwrap_or_default();
        let is_at = |domains: &[&str]| domains.iter().any(|domain| host.ends_with(domain));
        if host == "accounts.google.com" {
            Self::AccessType
        } else if protocol.oauth2().is_some() {
            Self::Nothing
        } else if let Some(preset) = preset {
            preset.offline_access
        } else if MICROSOFT_HOSTS.contains(&host) || is_at(&OKTA_DOMAINS) || is_at(&[".auth0.com"])
        {
            Self::Scope
        } else if is_cognito(host)
            || ["appleid.apple.com", "gitlab.com"].contains(&host)
            || is_keycloak(metadata_url)
        {
            Self::Nothing
        } else {
            Self::ScopeIfListed
        }
    }
}

/// Keycloak issues refresh tokens without the scope. With it, they outlive the logout.
fn is_keycloak(metadata_url: &Url) -> bool {
    metadata_url.path().contains("/realms/")
}

impl ProviderConfig {
    /// Returns the scope of the authorization request. `listed` is the provider's
    /// `scopes_supported`.
    pub(crate) fn scope_at(&self, listed: &[String]) -> Cow<'_, str> {
        let is_wanted = match self.offline_access {
            OfflineAccess::Nothing | OfflineAccess::AccessType => false,
            OfflineAccess::Scope => true,
            OfflineAccess::ScopeIfListed => lists_offline_access(listed),
        };
        let mut configured = self.scope.split_whitespace();
        if is_wanted && configured.all(|scope| scope != OFFLINE_ACCESS) {
            Cow::Owned(format!("{} {OFFLINE_ACCESS}", self.scope))
        } else {
            Cow::Borrowed(&self.scope)
        }
    }

    /// Returns true if the provider issues a refresh token only after its consent page.
    pub(crate) fn needs_consent(&self, listed: &[String]) -> bool {
        match self.offline_access {
            OfflineAccess::Nothing | OfflineAccess::Scope => false,
            OfflineAccess::AccessType => true,
            OfflineAccess::ScopeIfListed => lists_offline_access(listed),
        }
    }
}

fn lists_offline_access(listed: &[String]) -> bool {
    listed.iter().any(|scope| scope == OFFLINE_ACCESS)
}
