//! Microsoft Graph beside the provider: for an access token, the groups of its user, in pages.
//!
//! Source: Microsoft Graph, "List a user's memberships (direct and transitive)" and "Paging".

use axum::response::Response;
use serde_json::{Value, json};

use super::{Inner, Provider, behaviour::json, record::RecordedRequest};

/// The memberships of every user.
#[derive(Clone)]
pub struct Graph {
    /// The entries of `value`.
    pub entries: Vec<Value>,
    /// The number of entries per page. At most this many are returned, whatever `$top` says.
    pub page_len: usize,
    /// Replaces each link to the next page.
    pub next_link: Option<Value>,
}

impl Provider {
    /// Sets the groups of the users, by object ID.
    pub fn set_graph_groups(&self, ids: &[String]) {
        let entry = |id| json!({ "@odata.type": "#microsoft.graph.group", "id": id });
        let entries = ids.iter().map(entry).collect();
        self.graph(|graph| graph.entries = entries);
    }

    /// Changes the memberships of the users.
    pub fn graph(&self, change: impl FnOnce(&mut Graph)) {
        change(&mut self.state.lock().graph);
    }
}

impl Default for Graph {
    fn default() -> Self {
        Self {
            entries: Vec::new(),
            page_len: 100,
            next_link: None,
        }
    }
}

impl Inner {
    pub(super) fn graph_page(&mut self, request: &RecordedRequest) -> Response {
        let error = |status, code: &str| {
            json(
                status,
                &json!({ "error": { "code": code, "message": "Not like this." } }),
            )
        };
        let bearer = request
            .header("authorization")
            .and_then(|value| value.strip_prefix("Bearer "));
        let mut grants = self.grants.iter().filter(|grant| grant.is_redeemed);
        let Some(grant) = grants.find(|grant| bearer == Some(&grant.access_token)) else {
            return error(401, "InvalidAuthenticationToken");
        };
        if !grant.scope.split(' ').any(|scope| scope == "User.Read") {
            return error(403, "Authorization_RequestDenied");
        }
        if request.header("consistencylevel") != Some("eventual") {
            self.violations
                .push("graph: no ConsistencyLevel".to_owned());
        }
        let skip = request.parameter("$skiptoken");
        let skip: usize = skip.and_then(|skip| skip.parse().ok()).unwrap_or_default();
        let top = request.parameter("$top").and_then(|top| top.parse().ok());
        let length = self.graph.page_len.min(top.unwrap_or(100));
        let entries = self.graph.entries.iter().skip(skip);
        let page: Vec<&Value> = entries.take(length).collect();
        let next = skip + page.len();
        let mut body =
            json!({ "@odata.context": "…/$metadata#directoryObjects(id)", "value": page });
        if next < self.graph.entries.len() {
            let link = format!(
                "{}{}?$select=id&$skiptoken={next}",
                self.origin, request.path
            );
            let replaced = self.graph.next_link.clone();
            body["@odata.nextLink"] = replaced.unwrap_or_else(|| json!(link));
        }
        json(200, &body)
    }
}
