//! Reads `server_metadata_url`, the URL of a discovery document.

use url::Url;

use super::{
    Diagnostic, Preset, RedirectUri,
    diagnostic::Problem,
    presets::PRESET,
    reader::TableReader,
    secret::{is_unexpanded, unexpanded},
    url::{fetchable, is_loopback},
};

/// The key that distinguishes Streamlit's long form from a preset.
pub(crate) const METADATA_URL: &str = "server_metadata_url";

/// The path of a discovery document (OpenID Connect Discovery 1.0, section 4).
pub(crate) const DISCOVERY: &str = "/.well-known/openid-configuration";

/// Reads `server_metadata_url`.
pub(super) fn read(
    name: &str,
    reader: &TableReader<'_>,
    redirect_uri: Option<&RedirectUri>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Url> {
    let example = "server_metadata_url = \"https://…/.well-known/openid-configuration\"";
    if reader.entry(METADATA_URL).is_none() && reader.entry(PRESET).is_some() {
        // `Preset::read` has reported that the preset is invalid.
        return None;
    }
    if let (None, Some(closest)) = (reader.entry(METADATA_URL), Preset::closest_name(name)) {
        let help = format!(
            "Did you mean `[auth.{closest}]`? Otherwise add to `[{}]`: {example}",
            reader.name
        );
        diagnostics.push(reader.diagnostic(METADATA_URL, "missing", help));
        return None;
    }
    let url = parse(reader.required_string(METADATA_URL, example, diagnostics)?)
        .map_err(|problem| diagnostics.push(reader.diagnose(METADATA_URL, problem)))
        .ok()?;
    let is_development = redirect_uri.is_some_and(|uri| uri.is_development(&url));
    if is_development && cfg!(not(feature = "dev")) {
        diagnostics.push(reader.diagnostic(
            METADATA_URL,
            "the development provider requires the feature `dev`, which is not enabled",
            "Enable the feature: axum-streamlit-auth = { version = \"0.1\", features = [\"dev\"] }",
        ));
    }
    Some(url)
}

/// Parses and checks a `server_metadata_url`.
///
/// # Errors
///
/// The [`Problem`] of an unusable URL.
pub(super) fn parse(text: &str) -> Result<Url, Problem> {
    if text.contains('$') && is_unexpanded(text) {
        return Err(unexpanded(text));
    }
    if let Some(name) = placeholder(text) {
        return Err(Problem::new(
            format!("still contains the placeholder `{{{name}}}`"),
            "Replace it with the value from the provider's console.",
        ));
    }
    let url = fetchable(text).ok_or_else(|| {
        Problem::new(
            "not an absolute URL",
            "Copy it from the provider. It ends with /.well-known/openid-configuration.",
        )
    })?;
    if !url.username().is_empty() || url.password().is_some() || url.fragment().is_some() {
        return Err(Problem::new(
            "contains a user name or a fragment",
            "Remove this part.",
        ));
    }
    if !url.path().ends_with(DISCOVERY) {
        return Err(Problem::new(
            "does not end with /.well-known/openid-configuration",
            "Use the URL of the discovery document, not the issuer or the login page.",
        ));
    }
    if url.scheme() != "https" && !(url.scheme() == "http" && is_loopback(&url)) {
        return Err(Problem::new(
            "plain http is only allowed on loopback",
            "Write https://.",
        ));
    }
    Ok(url)
}

/// Returns the issuer that the discovery document at `url` belongs to.
///
/// Source: OpenID Connect Discovery 1.0, section 4.
pub(crate) fn issuer_of(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.as_str()
        .strip_suffix(DISCOVERY)
        .unwrap_or(url.as_str())
        .to_owned()
}

/// Returns the name of the first `{name}` in `text`.
fn placeholder(text: &str) -> Option<&str> {
    let (_, rest) = text.split_once('{')?;
    let (name, _) = rest.split_once('}')?;
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn issuer_is_derived_from_metadata_url() {
        let url = |text| parse(text).unwrap();

        assert_eq!(
            issuer_of(&url("https://a.example/.well-known/openid-configuration")),
            "https://a.example"
        );
        assert_eq!(
            issuer_of(&url(
                "https://a.example/t/v2.0/.well-known/openid-configuration?p=x"
            )),
            "https://a.example/t/v2.0"
        );
    }
}
