//! The address of a provider, and the protocol that it uses.

use url::Url;

use super::{Diagnostic, OAuth2, Preset, metadata_url::METADATA_URL, reader::TableReader};

/// The protocol by which a provider identifies the user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Protocol {
    /// A signed ID token, bound to the login by `nonce` and PKCE.
    OpenIdConnect,
    /// No ID token: the provider's API identifies the user.
    OAuth2(Box<OAuth2>),
}

impl Protocol {
    /// Returns the settings of a provider without ID tokens.
    pub(crate) fn oauth2(&self) -> Option<&OAuth2> {
        match self {
            Self::OpenIdConnect => None,
            Self::OAuth2(oauth2) => Some(oauth2),
        }
    }
}

/// The address of a provider and its protocol.
pub(super) struct Address {
    pub(super) server_metadata_url: Url,
    pub(super) protocol: Protocol,
}

impl Address {
    /// Reads the address from a preset's keys, from the endpoints of plain OAuth 2.0, or from
    /// `server_metadata_url`, which `metadata_url` reads.
    pub(super) fn read(
        preset: Option<&Preset>,
        reader: &TableReader<'_>,
        diagnostics: &mut Vec<Diagnostic>,
        metadata_url: impl FnOnce(&mut Vec<Diagnostic>) -> Option<Url>,
    ) -> Option<Self> {
        if let Some(preset) = preset {
            let server_metadata_url = preset.metadata_url(reader, diagnostics)?;
            let protocol = preset.protocol(&server_metadata_url, reader, diagnostics)?;
            return Some(Self {
                server_metadata_url,
                protocol,
            });
        }
        if OAuth2::is_configured(reader) && reader.entry(METADATA_URL).is_none() {
            let (server_metadata_url, oauth2) = OAuth2::read(reader, diagnostics)?;
            let protocol = Protocol::OAuth2(Box::new(oauth2));
            return Some(Self {
                server_metadata_url,
                protocol,
            });
        }
        if OAuth2::is_configured(reader) {
            OAuth2::reject_keys(None, reader, diagnostics);
        }
        Some(Self {
            server_metadata_url: metadata_url(diagnostics)?,
            protocol: Protocol::OpenIdConnect,
        })
    }
}
