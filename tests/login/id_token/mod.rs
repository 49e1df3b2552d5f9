//! The ID token.

mod accepted;
mod audience;
mod authentication;
mod claims;
mod signature;
