//! Reads `[auth.headers]`: the headers in which forward authentication returns claims.

use axum::http::HeaderName;

use super::{
    Config, Diagnostic,
    diagnostic::Problem,
    reader::{TableReader, as_str},
    table::Entry,
};

/// The table of headers. Forward authentication is only available if the table is present.
pub(super) const HEADERS: &str = "headers";

/// Returns the conditions in `path`, which is below the base path, if a proxy asks at this path:
/// `/auth/check` or `/auth/check/<conditions>`.
pub(crate) fn check_conditions(path: &str) -> Option<&str> {
    match path.strip_prefix("/auth/check")? {
        "" => Some(""),
        rest => rest.strip_prefix('/'),
    }
}

/// A header of `[auth.headers]`.
#[derive(Clone)]
pub(crate) struct IdentityHeader {
    /// The name as configured.
    pub(crate) key: String,
    pub(crate) name: HeaderName,
    /// The name of a claim, or the dotted path of a nested one.
    pub(crate) claim: String,
}

impl Config {
    /// Returns true if a header contains the top-level claim `name` or a part of it. The identity
    /// has to keep such claims.
    pub(crate) fn headers_use(&self, name: &str) -> bool {
        let mut headers = self.identity_headers.iter().flatten();
        headers.any(|header| {
            let rest = header.claim.strip_prefix(name);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        })
    }
}

/// Reads `[auth.headers]`. An empty table turns on forward authentication without headers.
pub(super) fn read(
    auth: &TableReader<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Vec<IdentityHeader>> {
    let table = auth.table(HEADERS, diagnostics)?;
    let mut headers: Vec<IdentityHeader> = Vec::new();
    for (key, entry) in &table.table.0 {
        match header(key, entry, &headers) {
            Ok(header) => headers.push(header),
            Err(problem) => diagnostics.push(table.diagnose(key, problem)),
        }
    }
    Some(headers)
}

/// Reads one line. `before` has the headers of the lines above it.
fn header(key: &str, entry: &Entry, before: &[IdentityHeader]) -> Result<IdentityHeader, Problem> {
    const EXAMPLE: &str = "Write the name of a claim: x-user-email = \"email\"";
    let name = name(key)?;
    if before.iter().any(|header| header.name == name) {
        return Err(Problem::new(
            "the same header as a line above, because header names are case-insensitive",
            "Remove one of the two lines.",
        ));
    }
    let claim = as_str(entry).ok_or_else(|| {
        let message = format!("expected a string, found {}", entry.value.kind());
        Problem::new(message, EXAMPLE)
    })?;
    if claim.trim().is_empty() {
        return Err(Problem::new("empty", EXAMPLE));
    }
    if HIDDEN_CLAIMS.contains(&claim) {
        return Err(Problem::new(
            "not a claim, so the header would always be empty",
            EXAMPLE,
        ));
    }
    Ok(IdentityHeader {
        key: key.to_owned(),
        name,
        claim: claim.to_owned(),
    })
}

/// Keys of a stored identity that no `User` has.
const HIDDEN_CLAIMS: [&str; 2] = ["origin", "tokens"];

/// Checks the name of a header.
///
/// # Errors
///
/// The [`Problem`] of a name that a proxy or an app would drop, confuse with another name or
/// interpret.
fn name(key: &str) -> Result<HeaderName, Problem> {
    const EXAMPLE: &str = "Choose another name, such as `x-user-email`.";
    if key.contains('_') {
        return Err(Problem::new(
            "contains an underscore, which some servers do not distinguish from `-`",
            format!("Write: {}", key.replace('_', "-")),
        ));
    }
    // RFC 9110, section 5.1, allows more characters, but nginx drops a header with one of them.
    let is_plain = key
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let name = HeaderName::try_from(key).ok().filter(|_| is_plain);
    let name = name
        .ok_or_else(|| Problem::new("header names consist of letters, digits and `-`", EXAMPLE))?;
    if is_reserved(name.as_str()) {
        return Err(Problem::new(
            "a header that browsers, proxies or servers interpret",
            EXAMPLE,
        ));
    }
    Ok(name)
}

/// Returns true for a header that a proxy, a server or a browser interprets.
fn is_reserved(name: &str) -> bool {
    RESERVED.contains(&name)
        || RESERVED_PREFIXES
            .iter()
            .any(|start| name.starts_with(start))
}

/// Headers of a connection (RFC 9110, section 7.6.1), headers that select or describe a request, and
/// headers of the responses of this crate.
const RESERVED: [&str; 34] = [
    "allow",
    "authorization",
    "cache-control",
    "connection",
    "cookie",
    "date",
    "expect",
    "forwarded",
    "host",
    "keep-alive",
    "location",
    "origin",
    "range",
    "referer",
    "retry-after",
    "server",
    "set-cookie",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "vary",
    "via",
    "www-authenticate",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-forwarded-method",
    "x-forwarded-port",
    "x-forwarded-proto",
    "x-forwarded-uri",
    "x-http-method-override",
    "x-real-ip",
    "x-requested-with",
];

/// Headers with the prefix `x-accel-` are instructions to nginx.
const RESERVED_PREFIXES: [&str; 8] = [
    "accept",
    "access-control-",
    "content-",
    "if-",
    "proxy-",
    "sec-",
    "x-accel-",
    "x-original-",
];
