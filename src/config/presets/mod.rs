//! Presets: settings of well-known providers, selected by the name of the provider's table or by its
//! key `preset`.
//!
//! A table with its own `server_metadata_url` is Streamlit's long form. It takes only the label
//! from the preset.

use url::Url;

use super::{
    Diagnostic, OAuth2, OfflineAccess, Protocol,
    credential::APPLE_KEYS,
    metadata_url::{self, DISCOVERY},
    reader::{TableReader, as_str, closest_key},
    secret::{is_placeholder, is_unexpanded, unexpanded},
    table::Table,
};

pub(super) use self::table::PRESETS;

mod table;

/// The key that selects a preset for a table with another name.
pub(crate) const PRESET: &str = "preset";

/// The settings of one well-known provider.
pub(crate) struct Preset {
    /// Names of the provider table, in lower case.
    pub(super) names: &'static [&'static str],
    pub(crate) label: &'static str,
    /// The issuer. `{key}` is replaced by the value of that key.
    issuer: &'static str,
    pub(crate) keys: &'static [PresetKey],
    pub(crate) scope: Option<&'static str>,
    protocol: PresetProtocol,
    pub(crate) userinfo: bool,
    /// True if ID tokens list other clients in addition to the one in `azp`.
    pub(crate) shared_audience: bool,
    pub(super) offline_access: OfflineAccess,
    /// True if the client secret is a JWT that the app signs.
    pub(crate) is_apple: bool,
    /// True if ID tokens have no `nonce`, and the token endpoint refuses PKCE. No key can set it.
    pub(crate) state_only: bool,
}

/// The protocol of a well-known provider.
#[derive(Clone, Copy)]
enum PresetProtocol {
    OpenIdConnect,
    /// OAuth 2.0 with GitHub's API.
    GitHub,
}

/// A key that is specific to the tables of one or more presets.
pub(crate) struct PresetKey {
    pub(crate) name: &'static str,
    format: KeyFormat,
    /// Added in front of a configured value.
    prefix: &'static str,
    /// The replacement if the key is absent. `None` makes the key required.
    default: Option<&'static str>,
    example: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum KeyFormat {
    /// A host with an optional port.
    Host,
    Url,
    /// A path segment (RFC 3986, section 3.3) or a label of a host name.
    Segment,
}

impl Preset {
    /// Returns the preset with this name. Case is ignored.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| {
            preset
                .names
                .iter()
                .any(|known| known.eq_ignore_ascii_case(name))
        })
    }

    /// Returns the preset of a provider's table: the one that its key `preset` names, else the one
    /// with the name of the table. Returns `None` if `preset` is invalid.
    pub(crate) fn of(name: &str, table: &Table) -> Option<&'static Self> {
        match table.get(PRESET) {
            None => Self::named(name),
            Some(entry) => as_str(entry).and_then(Self::named),
        }
    }

    /// Reads `preset`.
    pub(crate) fn read(
        name: &str,
        reader: &TableReader<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<&'static Self> {
        let preset = Self::of(name, reader.table);
        if preset.is_none()
            && let Some(unknown) = reader.string(PRESET, diagnostics)
        {
            let help = match Self::closest_name(unknown) {
                Some(closest) => format!("Did you mean \"{closest}\"?"),
                None => format!("Write one of these: {}.", names().join(", ")),
            };
            diagnostics.push(reader.diagnostic(PRESET, "unknown preset", help));
        }
        preset
    }

    /// Returns the key that determines the host. Returns `None` if the host is fixed.
    pub(crate) fn host_key(&self) -> Option<&'static str> {
        let (_, rest) = self.issuer.split_once("://").unwrap_or(("", self.issuer));
        let (host, _) = rest.split_once('/').unwrap_or((rest, ""));
        let is_part = |key: &&PresetKey| host.contains(&format!("{{{}}}", key.name));
        self.keys.iter().find(is_part).map(|key| key.name)
    }

    /// Returns true if any preset has the key `key`.
    pub(crate) fn any_has(key: &str) -> bool {
        let mut keys = PRESETS.iter().flat_map(|preset| preset.keys);
        keys.any(|known| known.name == key) || APPLE_KEYS.contains(&key)
    }

    /// Returns the name of a preset that `name` is most likely a typo of.
    pub(crate) fn closest_name(name: &str) -> Option<&'static str> {
        closest_key(name, &names())
    }

    /// Returns true if `claims_map` can add claims.
    pub(super) fn maps_claims(&self) -> bool {
        matches!(self.protocol, PresetProtocol::GitHub)
    }

    /// Returns the protocol of the provider with this URL.
    pub(crate) fn protocol(
        &self,
        metadata_url: &Url,
        reader: &TableReader<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Protocol> {
        OAuth2::reject_keys(Some(self), reader, diagnostics);
        match self.protocol {
            PresetProtocol::OpenIdConnect => Some(Protocol::OpenIdConnect),
            PresetProtocol::GitHub => OAuth2::github(metadata_url, reader, diagnostics)
                .map(|oauth2| Protocol::OAuth2(Box::new(oauth2))),
        }
    }

    /// Returns the URL of the discovery document, derived from the keys of the provider's table.
    pub(crate) fn metadata_url(
        &self,
        reader: &TableReader<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Url> {
        let mut issuer = self.issuer.to_owned();
        let mut is_complete = true;
        for key in self.keys {
            match key.value(self, reader, diagnostics) {
                Some(value) => issuer = issuer.replace(&format!("{{{}}}", key.name), &value),
                None => is_complete = false,
            }
        }
        if !is_complete {
            return None;
        }
        metadata_url::parse(&format!("{issuer}{DISCOVERY}"))
            .map_err(|problem| {
                let key = self
                    .keys
                    .first()
                    .map_or("server_metadata_url", |key| key.name);
                diagnostics.push(reader.diagnose(key, problem));
            })
            .ok()
    }
}

/// Returns the names of all presets.
fn names() -> Vec<&'static str> {
    let names = PRESETS.iter().flat_map(|preset| preset.names);
    names.copied().collect()
}

impl PresetKey {
    #[cfg(test)]
    pub(super) fn is_required(&self) -> bool {
        self.default.is_none()
    }

    /// Reads the key from a provider's table.
    fn value(
        &self,
        preset: &Preset,
        reader: &TableReader<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<String> {
        let Self { name, example, .. } = self;
        if reader.entry(name).is_none() {
            if self.default.is_none() {
                diagnostics.push(reader.diagnostic(
                    name,
                    format!("missing, but required for {}", preset.label),
                    format!(
                        "Add to `[{}]`, with your own value: {name} = \"{example}\"",
                        reader.name
                    ),
                ));
            }
            return self.default.map(str::to_owned);
        }
        let value = reader.string(name, diagnostics)?.trim();
        if value.contains('$') && is_unexpanded(value) {
            diagnostics.push(reader.diagnose(name, unexpanded(value)));
            return None;
        }
        if let Some(message) = self.format.problem(value) {
            let help = format!("Write, with your own value: {name} = \"{example}\"");
            diagnostics.push(reader.diagnostic(name, message, help));
            return None;
        }
        Some(format!("{}{}", self.prefix, value.trim_end_matches('/')))
    }
}

impl KeyFormat {
    /// Returns what is wrong with a value of this format.
    fn problem(self, value: &str) -> Option<&'static str> {
        let only_alphanumeric_or = |symbols: &[u8]| {
            let mut bytes = value.bytes();
            bytes.all(|byte| byte.is_ascii_alphanumeric() || symbols.contains(&byte))
        };
        if value.is_empty() {
            return Some("empty");
        }
        if is_placeholder(value) || is_unexpanded(value) || value.contains(['{', '<']) {
            return Some("still a placeholder");
        }
        match self {
            Self::Host if !only_alphanumeric_or(b"-.:") || value.contains("..") => {
                Some("expected a host name without scheme or path")
            }
            Self::Url if !value.contains("://") || value.contains(['?', '#']) => {
                Some("expected an absolute URL without query or fragment")
            }
            Self::Segment if !only_alphanumeric_or(b"-._~") => {
                Some("may only contain letters, digits, `-`, `.`, `_` and `~`")
            }
            _ => None,
        }
    }
}
