//! Tests of the test support. One test binary declares this module, `support` beside it.

mod browser;
mod client;
mod jar;
mod provider;
mod refusals;
