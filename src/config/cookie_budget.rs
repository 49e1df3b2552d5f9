//! The share of a browser's `Cookie` header that this crate may use.

use super::{Diagnostic, reader::TableReader};

/// In bytes. HTTP/2 servers reject more than 16 KiB of headers in total (hyper,
/// `max_header_list_size`). The rest is left to other headers.
pub(crate) const DEFAULT_COOKIE_BUDGET: usize = 12 * 1024;

/// In bytes. An identity with a name and an email address has to fit together with a login attempt.
const MIN_COOKIE_BUDGET: i64 = 4 * 1024;

/// In bytes. An identity and its tokens use at most eight cookies each, of 4 KiB.
const MAX_COOKIE_BUDGET: i64 = 64 * 1024;

/// Reads `cookie_budget`.
pub(super) fn read(auth: &TableReader<'_>, diagnostics: &mut Vec<Diagnostic>) -> usize {
    auth.integer(
        "cookie_budget",
        MIN_COOKIE_BUDGET,
        MAX_COOKIE_BUDGET,
        diagnostics,
    )
    .and_then(|bytes| usize::try_from(bytes).ok())
    .unwrap_or(DEFAULT_COOKIE_BUDGET)
}
