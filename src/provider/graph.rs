//! The groups of a user from Microsoft Graph.

use oauth2::http::{HeaderName, HeaderValue, StatusCode};
use serde_json::{Map, Value};
use thiserror::Error;
use url::Url;

use super::{
    Description, ProviderClient, ProviderError, fetch_error, get_with_token, json, without_query,
};
use crate::config::{Graph, fetchable};

/// The reason why the groups of a user are not known.
#[derive(Debug, Error)]
pub(crate) enum GraphError {
    #[error("the token response has no access token")]
    NoAccessToken,
    #[error("{0}")]
    Request(ProviderError),
    #[error("{url} returned {status}{}", .message.as_ref().map(|message| format!(": {message}")).unwrap_or_default())]
    Status {
        url: String,
        status: StatusCode,
        message: Option<Description>,
    },
    #[error("{0} did not return a list of groups")]
    Malformed(String),
    #[error("the next page of the groups is not at {0}")]
    OtherHost(String),
    #[error("{0}: the user has more than {MAX_PAGES} pages of groups")]
    TooManyPages(String),
}

impl ProviderClient {
    /// Returns the object IDs of the groups that the user of `access_token` belongs to, including
    /// nested groups.
    ///
    /// # Errors
    ///
    /// If not all groups can be read. An incomplete list is never returned, because the user would
    /// look like a non-member of the other groups.
    pub(crate) async fn graph_groups(
        &self,
        graph: &Graph,
        access_token: Option<&str>,
    ) -> Result<Vec<String>, GraphError> {
        let token = access_token.ok_or(GraphError::NoAccessToken)?;
        let mut groups = Vec::new();
        let mut next = Some(graph.endpoint.clone());
        for _ in 0..MAX_PAGES {
            let Some(url) = next else {
                return Ok(groups);
            };
            let page = self.graph_page(&url, token).await?;
            let entries = page.get("value").and_then(Value::as_array);
            let entries = entries.ok_or_else(|| malformed(&url))?;
            let ids = entries.iter().filter_map(Value::as_object);
            for entry in ids.filter(|entry| is_group(entry)) {
                let id = json::string(entry, "id").ok_or_else(|| malformed(&url))?;
                if graph.keeps(id) {
                    groups.push(id.to_owned());
                }
            }
            next = next_page(&page, graph)?;
        }
        match next {
            Some(url) => Err(GraphError::TooManyPages(without_query(&url).to_owned())),
            None => Ok(groups),
        }
    }

    async fn graph_page(&self, url: &Url, token: &str) -> Result<Map<String, Value>, GraphError> {
        let request = get_with_token(url, token);
        let mut request = request.map_err(|error| GraphError::Request(error.into()))?;
        request
            .headers_mut()
            .insert(CONSISTENCY_LEVEL, HeaderValue::from_static("eventual"));
        let response = self.http.send(request).await;
        let response = response.map_err(|error| GraphError::Request(fetch_error(url)(error)))?;
        let body = json::object(response.body());
        if response.status() == StatusCode::OK {
            return body.ok_or_else(|| malformed(url));
        }
        let error = body
            .as_ref()
            .and_then(|body| body.get("error")?.as_object());
        let text = |name| error.and_then(|error| json::string(error, name));
        let message = [text("code"), text("message")].map(Option::unwrap_or_default);
        Err(GraphError::Status {
            url: without_query(url).to_owned(),
            status: response.status(),
            message: Description::new(message.join(" ").trim(), &[token]),
        })
    }
}

/// Pages of up to 999 groups each. A directory object has at most a few thousand memberships
/// (Microsoft Graph, `getMemberGroups`: 11,000).
const MAX_PAGES: usize = 16;

/// Source: Microsoft Graph, "Advanced query capabilities on directory objects".
const CONSISTENCY_LEVEL: HeaderName = HeaderName::from_static("consistencylevel");

/// Returns true unless the entry is a directory role or an administrative unit.
fn is_group(entry: &Map<String, Value>) -> bool {
    let kind = json::string(entry, "@odata.type");
    kind.is_none_or(|kind| kind == "#microsoft.graph.group")
}

/// Returns the URL of the next page. It has to be at the origin of the first one, because the
/// access token is sent to it.
fn next_page(page: &Map<String, Value>, graph: &Graph) -> Result<Option<Url>, GraphError> {
    let Some(link) = json::member(page, "@odata.nextLink") else {
        return Ok(None);
    };
    let origin = graph.endpoint.origin();
    let url = link.as_str().and_then(fetchable);
    let url = url.filter(|url| url.origin() == origin && url.username().is_empty());
    url.map(Some)
        .ok_or_else(|| GraphError::OtherHost(origin.ascii_serialization()))
}

fn malformed(url: &Url) -> GraphError {
    GraphError::Malformed(without_query(url).to_owned())
}
