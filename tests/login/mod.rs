//! Logins, from the authorization request to the identity cookie.

mod apple;
mod callback;
mod client;
mod conformance;
mod discovery;
#[cfg(target_os = "linux")]
mod environment;
mod exchange;
mod id_token;
#[cfg(target_os = "linux")]
mod linkedin;
mod oauth2;
#[cfg(target_os = "linux")]
mod proxy;
mod redirects;
mod silent;
mod start;
