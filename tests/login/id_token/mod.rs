//! The ID token.

mod accepted;
mod audience;
mod claims;
mod signature;
