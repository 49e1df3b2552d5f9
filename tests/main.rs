//! Tests through the public API. `tests/e2e/` runs the examples with real providers, browsers and
//! proxies.

mod app;
mod configuration;
mod examples;
mod load;
mod login;
mod session;
mod test_support;
