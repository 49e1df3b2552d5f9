//! `claims_map`: the claims of a user, and the members of the provider's user object that hold them.

use std::collections::BTreeMap;

use super::CLAIMS_MAP;
use crate::config::{
    Diagnostic,
    reader::{TableReader, as_str},
};

/// The member of the user object for each claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ClaimsMap {
    /// The member that identifies the user permanently.
    pub(crate) sub: String,
    /// All other claims with their members.
    pub(crate) others: BTreeMap<String, String>,
}

impl ClaimsMap {
    /// Reads `claims_map`, which has to map `sub`.
    pub(super) fn read(
        reader: &TableReader<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        if reader.entry(CLAIMS_MAP).is_none() {
            let help = format!("Add to `[{}]`: {EXAMPLE}", reader.name);
            diagnostics.push(reader.diagnostic(CLAIMS_MAP, "missing", help));
            return None;
        }
        let table = reader.table(CLAIMS_MAP, diagnostics)?;
        let mut others = members(&table, &LOGIN_CLAIMS, diagnostics);
        let sub = others.remove("sub");
        if sub.is_none() && table.entry("sub").is_none() {
            let message = "does not map `sub`, the permanent identifier of a user";
            diagnostics.push(reader.diagnostic(CLAIMS_MAP, message, format!("Write: {EXAMPLE}")));
        }
        Some(Self { sub: sub?, others })
    }

    /// Reads `claims_map` as additions to the claims of a preset. `fixed` claims cannot be changed.
    pub(super) fn extend(
        &mut self,
        fixed: &[&str],
        reader: &TableReader<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) {
        let Some(table) = reader.table(CLAIMS_MAP, diagnostics) else {
            return;
        };
        let protected: Vec<&str> = LOGIN_CLAIMS.iter().chain(fixed).copied().collect();
        self.others.extend(members(&table, &protected, diagnostics));
    }
}

const EXAMPLE: &str = "claims_map = { sub = \"id\", name = \"name\" }";

/// Claims that the login sets itself, and keys of the identity that are not claims.
const LOGIN_CLAIMS: [&str; 8] = [
    "iss",
    "aud",
    "origin",
    "is_logged_in",
    "provider",
    "tokens",
    "_client",
    "_allow",
];

/// Claims that only a signed ID token can prove (OpenID Connect Core 1.0, section 2). Guards and
/// logins rely on them.
const PROVEN_CLAIMS: [&str; 3] = ["acr", "amr", "auth_time"];

/// Reads the entries of the table: each claim and the member that it comes from.
fn members(
    table: &TableReader<'_>,
    protected: &[&str],
    diagnostics: &mut Vec<Diagnostic>,
) -> BTreeMap<String, String> {
    let mut members = BTreeMap::new();
    for (claim, entry) in &table.table.0 {
        let is_member = |member: &&str| !member.trim().is_empty() && member.trim() == *member;
        match as_str(entry).filter(is_member) {
            _ if protected.contains(&claim.as_str()) => diagnostics.push(table.diagnostic(
                claim,
                "cannot be mapped, because the login sets this claim",
                "Remove this line.",
            )),
            _ if PROVEN_CLAIMS.contains(&claim.as_str()) => diagnostics.push(table.diagnostic(
                claim,
                "cannot be mapped, because only a signed ID token proves how the user authenticated",
                "Remove this line, or choose another name for the claim.",
            )),
            Some(member) => drop(members.insert(claim.clone(), member.to_owned())),
            None => diagnostics.push(table.diagnostic(
                claim,
                "expected the name of a member of the provider's user object",
                "Write it in quotes, and nested members with dots: sub = \"data.id\"",
            )),
        }
    }
    members
}
