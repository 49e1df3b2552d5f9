//! Section A.6 of the attacks: the ID token.

mod accepted;
mod audience;
mod claims;
mod signature;
#[path = "../support/mod.rs"]
mod support;
