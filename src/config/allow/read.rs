//! Reads the rules of `[auth.allow]`. A rule that can never match is an error, because it would lock out every user.

use serde_json::Value;

use super::Allow;
use crate::config::{
    Fault,
    document::{self, Item, Table},
    section::Section,
};

const KEYS: &[&str] = &["domains", "emails", "claims"];

impl Allow {
    /// Reads `[auth.allow]`, or `allow` in a provider's table.
    pub(crate) fn read(section: &Section<'_>, faults: &mut Vec<Fault>) -> Self {
        if section.table.0.is_empty() {
            faults.push(Fault::new(
                &section.name,
                &section.place,
                "has no rules, which could mean every user or none.",
                "Add domains, emails or claims, or remove this table.",
            ));
        }
        // Never a warning: without the rule that was meant, the app would be open.
        for (key, _) in &section.table.0 {
            if !KEYS.contains(&key.as_str()) {
                section.unknown(key, KEYS, faults);
            }
        }
        Self {
            table: section.name.clone(),
            domains: strings(section, "domains", domain_problem, faults),
            emails: strings(section, "emails", email_problem, faults),
            claims: claims(section, faults),
        }
    }
}

/// What is wrong with an entry, and what to write instead.
type Problem = (&'static str, &'static str);

/// Reads a list of strings and lowers their case.
fn strings(
    section: &Section<'_>,
    key: &str,
    problem: impl Fn(&str) -> Option<Problem>,
    faults: &mut Vec<Fault>,
) -> Vec<String> {
    let Some(texts) = section.texts(key, faults) else {
        return Vec::new();
    };
    if texts.is_empty() {
        faults.push(section.fault(
            key,
            "is empty, which could mean every user or none.",
            "Add an entry, or remove this line.",
        ));
    }
    if let Some((problem, fix)) = texts.iter().find_map(|text| problem(text)) {
        faults.push(section.fault(key, problem, fix));
    }
    texts.into_iter().map(str::to_ascii_lowercase).collect()
}

fn domain_problem(domain: &str) -> Option<Problem> {
    const EXAMPLE: &str = "Write the part after the `@`: domains = [\"example.com\"]";
    if domain.contains('@') {
        return Some(("must contain only domains.", EXAMPLE));
    }
    if domain.starts_with(['*', '.']) {
        return Some((
            "contains a wildcard, but a domain only matches itself.",
            "List each subdomain: domains = [\"example.com\", \"mail.example.com\"]",
        ));
    }
    (!is_domain(domain)).then_some((
        "contains an entry that is not a domain, so it can never match.",
        "Write it without spaces, scheme and path, and in punycode if it has other letters: domains = [\"example.com\"]",
    ))
}

fn email_problem(email: &str) -> Option<Problem> {
    const EXAMPLE: &str = "Write: emails = [\"ada@example.com\"]";
    if email.contains('*') {
        return Some((
            "contains a wildcard, but an address only matches itself.",
            "Use domains for all addresses of a domain: domains = [\"example.com\"]",
        ));
    }
    let fit = email.split_once('@').is_some_and(|(name, domain)| {
        let atext =
            |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'+-/=?^_`{|}~.".contains(&byte);
        !name.is_empty() && name.bytes().all(atext) && is_domain(domain)
    });
    (!fit).then_some(("must contain whole addresses.", EXAMPLE))
}

/// Returns true for dot-separated labels of letters, digits, `-` and `_`.
fn is_domain(domain: &str) -> bool {
    domain.split('.').all(|label| {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        !label.is_empty() && label.bytes().all(plain)
    })
}

fn claims(section: &Section<'_>, faults: &mut Vec<Fault>) -> Vec<(String, Vec<Value>)> {
    let Some(table) = section.table("claims", faults) else {
        return Vec::new();
    };
    if table.table.0.is_empty() {
        faults.push(section.fault("claims", "has no entries.", CLAIMS_EXAMPLE));
    }
    let mut claims = Vec::new();
    nested_claims(&table, "", table.table, &mut claims, faults);
    claims
}

const CLAIMS_EXAMPLE: &str =
    "Write: claims = { groups = [\"admin\", \"staff\"] }; the claim may be a list, too.";

/// Reads the claims of one level. A nested table, as TOML makes one of `realm_access.roles`, becomes a dotted name.
fn nested_claims(
    section: &Section<'_>,
    path: &str,
    table: &Table,
    claims: &mut Vec<(String, Vec<Value>)>,
    faults: &mut Vec<Fault>,
) {
    for (key, item) in &table.0 {
        let name = if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        match &item.value {
            document::Value::Table(inner) if !inner.0.is_empty() => {
                nested_claims(section, &name, inner, claims, faults);
            }
            _ => match wanted(&name, item) {
                Ok(wanted) => claims.push((name, wanted)),
                Err((problem, fix)) => {
                    let key = section.key(&name);
                    faults.push(Fault::new(&key, &item.place, problem, fix));
                }
            },
        }
    }
}

/// The values of which a claim needs one.
fn wanted(name: &str, item: &Item) -> Result<Vec<Value>, Problem> {
    if name.is_empty()
        || name
            .split('.')
            .any(|part| part.trim() != part || part == "*")
    {
        return Err((
            "is not the name of a claim, so it can never match.",
            "Write the name as the provider sends it, and nested claims with dots: \"realm_access.roles\" = [\"admin\"]",
        ));
    }
    let values = match document::to_json(item) {
        Some(Value::Array(values)) => values,
        Some(value) => vec![value],
        None => Vec::new(),
    };
    let plain = |value: &Value| value.is_string() || value.is_number() || value.is_boolean();
    if values.is_empty() || !values.iter().all(plain) {
        return Err((
            "must be a value, or a list of values of which one is enough.",
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
        return Some((
            "has a value that is blank or begins or ends with a blank, so it can never match.",
            "Write the value exactly as the provider sends it.",
        ));
    }
    // A permission such as `reports:*` is a value of its own.
    let wildcard = value.contains('*') && !value.contains(":*");
    wildcard.then_some((
        "contains a wildcard, but a value only matches itself.",
        "List each value, or check it in the app: require_login().when(…)",
    ))
}
