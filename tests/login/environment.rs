//! Tests in a process with its own environment variables.

use std::{env, process::Command};

const CHILD: &str = "CHILD_OF_A_TEST";

/// Returns true in the process that [`run_with_environment`] starts for the test of this name.
pub fn is_child(name: &str) -> bool {
    env::var(CHILD).is_ok_and(|child| child == name)
}

/// Runs `test` in a child process with these environment variables. `name` is the path of the
/// calling test.
pub fn run_with_environment(name: &str, variables: &[(&str, &str)], test: impl AsyncFnOnce()) {
    if is_child(name) {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(test());
        return;
    }
    let binary = env::current_exe().unwrap();
    let mut child = Command::new(binary);
    for variable in ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"] {
        child.env_remove(variable);
        child.env_remove(variable.to_ascii_lowercase());
    }
    let output = child
        .args([name, "--exact", "--nocapture"])
        .env_remove("SSL_CERT_FILE")
        .env_remove("SSL_CERT_DIR")
        .envs(variables.iter().copied())
        .env(CHILD, name)
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{text}\n{errors}");
    assert!(text.contains("1 passed"), "{text}");
}
