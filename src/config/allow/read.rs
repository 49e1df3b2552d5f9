//! Reads the rules of `[auth.allow]`. A rule that can never match is an error, because it would
//! lock out every user.

use serde_json::Value;

use super::Allow;
use crate::config::{
    Diagnostic,
    diagnostic::Problem,
    reader::TableReader,
    table::{self, Entry, Table},
};

impl Allow {
    /// Reads `[auth.allow]`, or `allow` in a provider's table.
    pub(crate) fn read(reader: &TableReader<'_>, diagnostics: &mut Vec<Diagnostic>) -> Self {
        if reader.table.0.is_empty() {
            diagnostics.push(Diagnostic::new(
                &reader.name,
                &reader.location,
                "no rules, which could mean every user or none",
                "Add `domains`, `emails` or `claims`, or remove this table.",
            ));
        }
        // An error, not a warning: an ignored rule would leave the app open to every user.
        for (key, _) in &reader.table.0 {
            if !KEYS.contains(&key.as_str()) {
                reader.unknown(key, KEYS, diagnostics);
            }
        }
        Self {
            table: reader.name.clone(),
            domains: strings(reader, "domains", domain_problem, diagnostics),
            emails: strings(reader, "emails", email_problem, diagnostics),
            claims: claims(reader, diagnostics),
        }
    }
}

pub(in crate::config) const KEYS: &[&str] = &["domains", "emails", "claims"];

/// Reads an array of strings and converts them to lower case.
fn strings(
    reader: &TableReader<'_>,
    key: &str,
    find_problem: impl Fn(&str) -> Option<Problem>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<String> {
    let Some(strings) = reader.strings(key, diagnostics) else {
        return Vec::new();
    };
    if strings.is_empty() {
        diagnostics.push(reader.diagnostic(
            key,
            "empty array, which could mean every user or none",
            "Add an entry, or remove this line.",
        ));
    }
    if let Some(problem) = strings.iter().find_map(|string| find_problem(string)) {
        diagnostics.push(reader.diagnose(key, problem));
    }
    strings.into_iter().map(str::to_ascii_lowercase).collect()
}

fn domain_problem(domain: &str) -> Option<Problem> {
    const EXAMPLE: &str = "Write the part after the `@`: domains = [\"example.com\"]";
    if domain.contains('@') {
        return Some(Problem::new("expected only domains", EXAMPLE));
    }
    if domain.starts_with(['*', '.']) {
        return Some(Problem::new(
            "contains a wildcard, but a domain only matches itself",
            "List each subdomain: domains = [\"example.com\", \"mail.example.com\"]",
        ));
    }
    if !is_domain(domain) {
        return Some(Problem::new(
            "contains an entry that is not a domain and can never match",
            "Write it without spaces, a scheme or a path, and in Punycode unless it is ASCII: domains = [\"example.com\"]",
        ));
    }
    None
}

fn email_problem(email: &str) -> Option<Problem> {
    if email.contains('*') {
        return Some(Problem::new(
            "contains a wildcard, but an address only matches itself",
            "Use `domains` for all addresses of a domain: domains = [\"example.com\"]",
        ));
    }
    let is_address = email.split_once('@').is_some_and(|(name, domain)| {
        let atext =
            |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'+-/=?^_`{|}~.".contains(&byte);
        !name.is_empty() && name.bytes().all(atext) && is_domain(domain)
    });
    if !is_address {
        return Some(Problem::new(
            "expected only complete email addresses",
            "Write: emails = [\"ada@example.com\"]",
        ));
    }
    None
}

/// Returns true for dot-separated labels of letters, digits, `-` and `_`.
fn is_domain(domain: &str) -> bool {
    domain.split('.').all(|label| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        !label.is_empty() && label.bytes().all(plain)
    })
}

fn claims(
    reader: &TableReader<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Vec<(String, Vec<Value>)> {
    let Some(table) = reader.table("claims", diagnostics) else {
        return Vec::new();
    };
    if table.table.0.is_empty() {
        diagnostics.push(reader.diagnostic("claims", "empty table", CLAIMS_EXAMPLE));
    }
    let mut claims = Vec::new();
    nested_claims(&table, "", table.table, &mut claims, diagnostics);
    claims
}

const CLAIMS_EXAMPLE: &str =
    "List the accepted values of each claim: claims = { groups = [\"admin\", \"staff\"] }";

/// Reads the claims of one level. A nested table, which is the TOML form of `realm_access.roles`,
/// becomes a dotted name.
fn nested_claims(
    reader: &TableReader<'_>,
    path: &str,
    table: &Table,
    claims: &mut Vec<(String, Vec<Value>)>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    for (key, entry) in &table.0 {
        let name = if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        match &entry.value {
            table::Value::Table(inner) if !inner.0.is_empty() => {
                nested_claims(reader, &name, inner, claims, diagnostics);
            }
            _ => match accepted_values(&name, entry) {
                Ok(values) => claims.push((name, values)),
                Err(Problem { message, help }) => {
                    let key = reader.key(&name);
                    diagnostics.push(Diagnostic::new(&key, &entry.location, message, help));
                }
            },
        }
    }
}

/// Reads the values of a claim. A user needs one of them.
fn accepted_values(name: &str, entry: &Entry) -> Result<Vec<Value>, Problem> {
    if name.is_empty()
        || name
            .split('.')
            .any(|part| part.trim() != part || part == "*")
    {
        return Err(Problem::new(
            "not the name of a claim, so the rule can never match",
            "Write the name as the provider sends it, and nested claims with dots: \"realm_access.roles\" = [\"admin\"]",
        ));
    }
    let values = match table::to_json(entry) {
        Some(Value::Array(values)) => values,
        Some(value) => vec![value],
        None => Vec::new(),
    };
    let is_scalar = |value: &Value| value.is_string() || value.is_number() || value.is_boolean();
    if values.is_empty() || !values.iter().all(is_scalar) {
        return Err(Problem::new(
            "expected a string, a number, a boolean or an array of them",
            CLAIMS_EXAMPLE,
        ));
    }
    match values
        .iter()
        .filter_map(Value::as_str)
        .find_map(value_problem)
    {
        Some(problem) => Err(problem),
        None => Ok(values),
    }
}

fn value_problem(value: &str) -> Option<Problem> {
    if value.trim().is_empty() || value.trim() != value {
        return Some(Problem::new(
            "contains a value that is blank or has spaces around it and can never match",
            "Write the value exactly as the provider sends it.",
        ));
    }
    // A `*` after a colon is part of the value, as in the permission `reports:*`.
    let has_wildcard = value.contains('*') && !value.contains(":*");
    if has_wildcard {
        return Some(Problem::new(
            "contains a wildcard, but a value only matches itself",
            "List each value, or check the claim in the app: require_login().when(…)",
        ));
    }
    None
}
