//! Checks a sign-in configuration before anybody tries it, and says which line to change.
//!
//! Run `cargo run --example doctor` for the files that an app in this folder reads, or `cargo run --example doctor path/to/secrets.toml` for
//! another one. The exit status is 1 if people cannot sign in.

use std::process::ExitCode;

use axum_streamlit_auth::AuthLayer;

#[tokio::main]
async fn main() -> ExitCode {
    let report = match std::env::args_os().nth(1) {
        Some(path) => AuthLayer::check_path(path).await,
        None => AuthLayer::check_secrets().await,
    };
    print!("{report}");
    ExitCode::from(u8::from(!report.is_ok()))
}
