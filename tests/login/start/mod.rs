//! The start of a login.

mod attempts;
mod handler;
mod methods;
mod parameters;
mod prompt;
mod request;
