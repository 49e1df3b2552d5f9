//! The start of a login.

mod attempts;
mod handler;
mod methods;
mod prompt;
mod request;
