//! Bearer tokens: the audiences of a provider's access tokens, and the identifier of the app as a
//! protected resource.

use url::{Position, Url};

use super::{
    Diagnostic, ProviderConfig, RedirectUri,
    access_tokens::AccessTokens,
    diagnostic::Problem,
    reader::{TableReader, as_str},
    secret::{has_variable, unexpanded},
    table::Value,
    url::is_loopback,
};

/// The audiences of access tokens that the app accepts, in the table of a provider.
pub(crate) const BEARER_AUDIENCE: &str = "bearer_audience";

/// The identifier of the app as a protected resource, in `[auth]`.
pub(super) const RESOURCE: &str = "resource";

/// The app as a protected resource (RFC 9728, section 1.2).
#[derive(Clone)]
pub(crate) struct Resource {
    /// Without a trailing slash after the host.
    pub(crate) identifier: String,
    pub(crate) metadata_url: String,
    /// The path of `metadata_url`.
    pub(crate) metadata_path: String,
}

/// The path of the metadata of a resource without a path (RFC 9728, section 3).
pub(crate) const RESOURCE_METADATA: &str = "/.well-known/oauth-protected-resource";

impl Resource {
    /// The resource of the whole app.
    fn of_app(redirect_uri: &RedirectUri) -> Self {
        Self::new(redirect_uri.origin(), redirect_uri.base_path())
    }

    /// Inserts the well-known path between host and path (RFC 9728, section 3.1).
    fn new(origin: &str, path: &str) -> Self {
        let metadata_path = format!("{RESOURCE_METADATA}{path}");
        Self {
            identifier: format!("{origin}{path}"),
            metadata_url: format!("{origin}{metadata_path}"),
            metadata_path,
        }
    }

    fn parse(text: &str) -> Result<Self, Problem> {
        const EXAMPLE: &str =
            "Write the URL that clients use, such as: resource = \"https://app.example.com/mcp\"";
        if has_variable(text) {
            return Err(unexpanded(text));
        }
        let url = Url::parse(text).map_err(|_| Problem::new("not an absolute URL", EXAMPLE))?;
        let is_local = url.scheme() == "http" && is_loopback(&url);
        if url.scheme() != "https" && !is_local {
            let message = "expected an https:// URL (or http:// on loopback)";
            return Err(Problem::new(message, EXAMPLE));
        }
        if text.contains('@') || url.query().is_some() || url.fragment().is_some() {
            let message = "contains a user name, a query or a fragment";
            return Err(Problem::new(message, "Remove this part."));
        }
        let path = url.path().trim_end_matches('/');
        if text.trim_end_matches('/') != format!("{}{path}", &url[..Position::BeforePath]) {
            let message = "not in the form that clients send";
            let help = "Use a host in lower case (and in Punycode unless it is ASCII), no default port, no `..` and no spaces.";
            return Err(Problem::new(message, help));
        }
        Ok(Self::new(&url[..Position::BeforePath], path))
    }
}

/// Reads `bearer_audience`: a string or an array of strings. Empty if the provider's access tokens
/// are not accepted.
pub(super) fn audiences(
    reader: &TableReader<'_>,
    access_tokens: AccessTokens,
    client_id: &str,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<String> {
    const EXAMPLE: &str = "Write the identifier of your API at the provider, such as: bearer_audience = \"https://app.example.com\"";
    let Some(entry) = reader.entry(BEARER_AUDIENCE) else {
        return Vec::new();
    };
    let audiences = match &entry.value {
        Value::String(audience) => Some(vec![audience.as_str()]),
        Value::Array(audiences) => audiences.iter().map(as_str).collect(),
        _ => None,
    };
    let problem = match &audiences {
        None => Some(Problem::new(
            "expected a string or an array of strings",
            EXAMPLE,
        )),
        Some(audiences) if audiences.is_empty() => Some(Problem::new("empty", EXAMPLE)),
        Some(audiences) => audiences.iter().find_map(|audience| match *audience {
            audience if audience.trim().is_empty() => Some(Problem::new("empty", EXAMPLE)),
            audience if has_variable(audience) => Some(unexpanded(audience)),
            audience if audience == client_id => access_tokens.client_id_problem(),
            _ => None,
        }),
    };
    let problem = access_tokens.problem().or(problem);
    diagnostics.extend(problem.map(|problem| reader.diagnose(BEARER_AUDIENCE, problem)));
    let audiences = audiences.unwrap_or_default();
    audiences.into_iter().map(str::to_owned).collect()
}

/// Reads `resource`. Returns `None` if no provider's access tokens are accepted.
pub(super) fn resource(
    auth: &TableReader<'_>,
    redirect_uri: Option<&RedirectUri>,
    providers: &[ProviderConfig],
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Resource> {
    let accepts_bearer = providers.iter().any(ProviderConfig::accepts_bearer);
    let Some(text) = auth.string(RESOURCE, diagnostics) else {
        return redirect_uri
            .filter(|_| accepts_bearer)
            .map(Resource::of_app);
    };
    // If there are other diagnostics, a provider may be missing from the list.
    if !accepts_bearer && diagnostics.is_empty() {
        diagnostics.push(auth.diagnostic(
            RESOURCE,
            "has no effect without bearer_audience",
            "Add bearer_audience to a provider, or remove this line.",
        ));
    }
    Resource::parse(text)
        .map_err(|problem| diagnostics.push(auth.diagnose(RESOURCE, problem)))
        .ok()
}

impl ProviderConfig {
    /// Returns true if access tokens of this provider are accepted as bearer tokens.
    pub(crate) fn accepts_bearer(&self) -> bool {
        !self.bearer_audiences.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metadata_path_is_inserted_after_host() {
        let metadata_url = |text| Resource::parse(text).map(|resource| resource.metadata_url);
        for (identifier, expected) in [
            (
                "https://a.example",
                "https://a.example/.well-known/oauth-protected-resource",
            ),
            (
                "https://a.example/",
                "https://a.example/.well-known/oauth-protected-resource",
            ),
            (
                "https://a.example/x/mcp",
                "https://a.example/.well-known/oauth-protected-resource/x/mcp",
            ),
            (
                "http://localhost:8501/mcp/",
                "http://localhost:8501/.well-known/oauth-protected-resource/mcp",
            ),
        ] {
            assert_eq!(metadata_url(identifier), Ok(expected.to_owned()));
        }
        for identifier in [
            "",
            "mcp",
            "api://1234",
            "http://a.example/mcp",
            "https://u@a.example",
            "https://a.example/mcp?x",
            "https://a.example/mcp#",
            "https://A.example/mcp",
            "https://a.example:443/mcp",
            "https://a.example/a/../mcp",
            "https://a.example/\"mcp",
            "https://${HOST}/mcp",
        ] {
            assert!(metadata_url(identifier).is_err(), "{identifier}");
        }
    }
}
