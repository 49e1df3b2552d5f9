//! Tests of the test support.

mod browser;
mod client;
mod jar;
mod provider;
mod violations;
