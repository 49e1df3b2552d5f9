//! `groups_from_graph`: the groups of a user from Microsoft Graph.

use ::url::Url;

use super::{
    Diagnostic,
    reader::{TableReader, as_str},
    table::Value,
    url::{fetchable, is_loopback},
};

/// The source of the groups of a user, and the groups to keep.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Graph {
    /// The groups of the signed-in user.
    pub(crate) endpoint: Url,
    /// Object IDs in lower case. `None` keeps all groups.
    only: Option<Vec<String>>,
}

pub(super) const GROUPS_FROM_GRAPH: &str = "groups_from_graph";
pub(super) const GRAPH_URL: &str = "graph_url";

/// The least privileged permission to read the memberships of the signed-in user.
///
/// Source: Microsoft Graph, "List a user's memberships (direct and transitive)".
pub(super) const GRAPH_SCOPE: &str = "User.Read";

impl Graph {
    /// Reads both keys. Returns `None` if the groups come from the ID token.
    pub(super) fn read(
        metadata_url: Option<&Url>,
        reader: &TableReader<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let only = match reader.entry(GROUPS_FROM_GRAPH).map(|entry| &entry.value) {
            Some(Value::Boolean(true)) => None,
            Some(Value::Array(ids)) => Some(ids.iter().map(as_str).collect::<Option<Vec<_>>>()),
            Some(Value::Boolean(false)) | None => {
                if reader.entry(GRAPH_URL).is_some() {
                    let message = "has no effect without `groups_from_graph`";
                    let help = "Add: groups_from_graph = true";
                    diagnostics.push(reader.diagnostic(GRAPH_URL, message, help));
                }
                return None;
            }
            Some(_) => Some(None),
        };
        let is_usable = |ids: &Vec<&str>| !ids.is_empty() && ids.iter().all(|id| is_object_id(id));
        let only = match only {
            None => None,
            Some(Some(ids)) if is_usable(&ids) => {
                Some(ids.into_iter().map(str::to_ascii_lowercase).collect())
            }
            Some(_) => {
                diagnostics.push(reader.diagnostic(
                    GROUPS_FROM_GRAPH,
                    "expected `true`, or an array of group object IDs",
                    "Copy the object ID of each group from the Entra admin center: groups_from_graph = [\"00000000-0000-0000-0000-000000000000\"]",
                ));
                return None;
            }
        };
        let base = base_url(metadata_url, reader, diagnostics)?;
        let endpoint = format!("{base}{MEMBERSHIPS}");
        Some(Self {
            endpoint: fetchable(&endpoint)?,
            only,
        })
    }

    /// Returns true if the identity keeps the group with this object ID.
    pub(crate) fn keeps(&self, id: &str) -> bool {
        let is_id = |kept: &String| kept.eq_ignore_ascii_case(id);
        self.only.as_ref().is_none_or(|only| only.iter().any(is_id))
    }
}

/// All groups of the user, including nested ones, as in the claim `groups`. A page has at most 999
/// entries.
///
/// Source: Microsoft Graph, "List a user's memberships (direct and transitive)"; "Groups overage
/// claim".
const MEMBERSHIPS: &str = "/v1.0/me/transitiveMemberOf?$select=id&$top=999";

/// Returns the base URL of Microsoft Graph: `graph_url`, or that of the provider's cloud.
fn base_url(
    metadata_url: Option<&Url>,
    reader: &TableReader<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<String> {
    const EXAMPLE: &str = "graph_url = \"https://graph.microsoft.com\"";
    if reader.entry(GRAPH_URL).is_some() {
        let text = reader.required_string(GRAPH_URL, EXAMPLE, diagnostics)?;
        let url = fetchable(text).filter(|url| {
            let is_plain = url.query().is_none() && url.fragment().is_none();
            let is_safe = url.scheme() == "https" || url.scheme() == "http" && is_loopback(url);
            is_plain && is_safe && url.username().is_empty() && url.password().is_none()
        });
        if url.is_none() {
            diagnostics.push(reader.diagnostic(
                GRAPH_URL,
                "expected an https:// URL without query or fragment (or http:// on loopback)",
                format!("Write the address of the cloud's Microsoft Graph: {EXAMPLE}"),
            ));
        }
        return url.map(|url| url.as_str().trim_end_matches('/').to_owned());
    }
    let host = metadata_url?.host_str().unwrap_or_default();
    let cloud = CLOUDS.iter().find(|(login, _)| *login == host);
    if cloud.is_none() {
        diagnostics.push(reader.diagnostic(
            GROUPS_FROM_GRAPH,
            "only possible for Microsoft Entra, which has Microsoft Graph",
            "Remove this line. Most other providers have all groups in the ID token or in UserInfo (userinfo = true).",
        ));
    }
    cloud.map(|(_, graph)| (*graph).to_owned())
}

/// The hosts of Entra, and Microsoft Graph in the same cloud.
///
/// Source: Microsoft Graph, "National cloud deployments".
const CLOUDS: [(&str, &str); 4] = [
    ("login.microsoftonline.com", "https://graph.microsoft.com"),
    ("login.microsoft.com", "https://graph.microsoft.com"),
    ("login.microsoftonline.us", "https://graph.microsoft.us"),
    (
        "login.partner.microsoftonline.cn",
        "https://microsoftgraph.chinacloudapi.cn",
    ),
];

/// Returns true for a GUID with hyphens, such as
/// `00000000-0000-0000-0000-000000000000`.
fn is_object_id(text: &str) -> bool {
    let mut parts = text.split('-').map(|part| {
        let is_hex = part.bytes().all(|byte| byte.is_ascii_hexdigit());
        (part.len(), is_hex)
    });
    [8, 4, 4, 4, 12]
        .into_iter()
        .all(|length| parts.next() == Some((length, true)))
        && parts.next().is_none()
}
