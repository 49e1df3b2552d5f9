//! Adds the groups of Microsoft Graph to the claims of a login.

use std::time::Duration;

use serde_json::Value;
use tokio::time::timeout;

use super::LoginError;
use crate::{
    pages::ErrorCode,
    provider::{Claims, ProviderClient},
};

/// Adds the claim `groups` if `groups_from_graph` is set and the ID token does not have the claim.
///
/// Entra leaves the claim out of the token if the user has more than 200 groups, or if the app
/// registration does not include it.
///
/// # Errors
///
/// `groups_undecided` if the groups are not known. The login then fails, because a user with
/// unknown groups would look like a non-member.
pub(crate) async fn add(
    provider: &ProviderClient,
    claims: &mut Claims,
    access_token: Option<&str>,
) -> Result<(), LoginError> {
    let Some(graph) = &provider.config.graph else {
        return Ok(());
    };
    if let Some(Value::Array(groups)) = claims.get_mut("groups") {
        groups.retain(|group| group.as_str().is_some_and(|id| graph.keeps(id)));
        return Ok(());
    }
    let undecided = |detail: String| LoginError::with(ErrorCode::GroupsUndecided, detail);
    let groups = timeout(GRAPH_TIMEOUT, provider.graph_groups(graph, access_token))
        .await
        .map_err(|_| {
            let seconds = GRAPH_TIMEOUT.as_secs();
            undecided(format!("Microsoft Graph: no response within {seconds} s"))
        })?
        .map_err(|error| undecided(error.to_string()))?;
    claims.insert("groups".to_owned(), groups.into());
    // Removes the overage links, because they are for an API that no longer exists.
    if let Some(Value::Object(names)) = claims.get_mut("_claim_names") {
        names.shift_remove("groups");
        if names.is_empty() {
            claims.shift_remove("_claim_names");
            claims.shift_remove("_claim_sources");
        }
    }
    Ok(())
}

/// Limit for all pages, in addition to [`LOGIN_TIMEOUT`](super::LOGIN_TIMEOUT) for the tokens.
const GRAPH_TIMEOUT: Duration = Duration::from_secs(10);
