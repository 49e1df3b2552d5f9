// Checks the configuration against the provider before the first login, and names the line to
// change. The exit status is 1 if users cannot log in.
//
// Run `cargo run --example doctor` for the files that an app in this folder reads, or
// `cargo run --example doctor path/to/secrets.toml` for another file.

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
