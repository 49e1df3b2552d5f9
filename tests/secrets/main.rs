//! Section A.12 of the attacks: what the log, the pages and `Debug` tell, and to whom.

#[path = "../support/mod.rs"]
mod support;

mod canaries;
mod debug;
mod lines;
