//! Section A.11 of the attacks, denial of service, and the graceful end of A.14. `tests/million.rs` has row 134, `tests/real/load/` the rest.

mod floods;
mod shutdown;
mod slow;
#[path = "../support/mod.rs"]
mod support;
