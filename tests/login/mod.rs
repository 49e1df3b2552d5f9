//! Logins, from the authorization request to the identity cookie.

mod apple;
mod callback;
mod client;
mod conformance;
mod discovery;
mod exchange;
mod id_token;
mod oauth2;
mod redirects;
mod silent;
mod start;
