//! Secrets in the log, in pages and in `Debug`.

mod canaries;
mod debug;
mod lines;
