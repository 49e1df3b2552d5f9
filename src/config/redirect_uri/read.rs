//! Reads `redirect_uri`: the shared one in `[auth]`, and that of one provider.

use std::env;

use super::{REDIRECT_URI, RedirectUri};
use crate::config::{
    DEFAULT, Diagnostic, Preset,
    metadata_url::METADATA_URL,
    presets::PRESET,
    reader::TableReader,
    table::{Table, Value},
};

/// Reads the shared redirect URI.
pub(crate) fn read(
    auth: &TableReader<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<RedirectUri> {
    let configured = if auth.entry(REDIRECT_URI).is_none() && has_preset(auth) {
        LOCAL_REDIRECT_URI
    } else {
        auth.required_string(
            REDIRECT_URI,
            "redirect_uri = \"http://localhost:8501/oauth2callback\"",
            diagnostics,
        )?
    };
    RedirectUri::parse(&configured.replace("{port}", &port()))
        .map_err(|problem| diagnostics.push(auth.diagnose(REDIRECT_URI, problem)))
        .ok()
}

/// Returns true if a provider table relies on a preset. Otherwise `redirect_uri` is required, as in
/// Streamlit.
fn has_preset(auth: &TableReader<'_>) -> bool {
    let relies_on_preset = |name: &str, table: &Table| {
        table.get(METADATA_URL).is_none()
            && (table.get(PRESET).is_some() || Preset::named(name).is_some())
    };
    relies_on_preset(DEFAULT, auth.table)
        || auth.table.0.iter().any(|(name, entry)| {
            matches!(&entry.value, Value::Table(table) if relies_on_preset(name, table))
        })
}

/// The default `redirect_uri` during development, on this computer.
const LOCAL_REDIRECT_URI: &str = "http://localhost:{port}/oauth2callback";

/// Returns the value of `{port}`: the environment variable of Streamlit's `server.port`, else the
/// usual `PORT`, else Streamlit's default.
pub(super) fn port() -> String {
    ["STREAMLIT_SERVER_PORT", "PORT"]
        .iter()
        .filter_map(|name| env::var(name).ok())
        .find(|port| port.parse::<u16>().is_ok())
        .unwrap_or_else(|| "8501".to_owned())
}

/// Reads the provider's own redirect URI, which is the shared one followed by the provider's name.
///
/// Other values are rejected, so that two providers cannot have the same one.
pub(crate) fn read_own(
    name: &str,
    reader: &TableReader<'_>,
    shared: Option<&RedirectUri>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<String> {
    if name == DEFAULT {
        return None;
    }
    let configured = reader
        .string(REDIRECT_URI, diagnostics)?
        .replace("{port}", &port());
    let expected = format!("{}/{name}", shared?.as_str());
    if configured != expected {
        diagnostics.push(reader.diagnostic(
            REDIRECT_URI,
            "expected the shared redirect URI followed by this provider's name",
            format!(
                "Write: redirect_uri = \"{expected}\", or remove this line to use the shared one."
            ),
        ));
        return None;
    }
    Some(configured)
}
