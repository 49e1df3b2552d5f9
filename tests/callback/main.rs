//! Section A.4 of the attacks: the callback.

mod junk;
mod mix_up;
mod repeated;
#[path = "../support/mod.rs"]
mod support;
mod whose;
