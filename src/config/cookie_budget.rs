//! How much of a browser's `Cookie` header this crate may take.

use super::{Fault, section::Section};

/// Bytes. HTTP/2 servers refuse 16 KiB of headers in all (hyper, `max_header_list_size`), and some of that belongs to other headers.
pub(crate) const DEFAULT_COOKIE_BUDGET: usize = 12 * 1024;

/// Bytes. Less leaves no space for an identity with a name and an e-mail address beside a login attempt.
const MIN_COOKIE_BUDGET: i64 = 4 * 1024;

/// Bytes. An identity and its tokens have at most eight cookies of 4 KiB each.
const MAX_COOKIE_BUDGET: i64 = 64 * 1024;

/// Reads `cookie_budget`.
pub(super) fn read(auth: &Section<'_>, faults: &mut Vec<Fault>) -> usize {
    auth.whole(
        "cookie_budget",
        MIN_COOKIE_BUDGET,
        MAX_COOKIE_BUDGET,
        faults,
    )
    .and_then(|bytes| usize::try_from(bytes).ok())
    .unwrap_or(DEFAULT_COOKIE_BUDGET)
}
