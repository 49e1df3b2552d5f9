//! Ory Hydra, with the pages that it leaves to its operator.

use std::{path::Path, process::Command};

use serde_json::{Value, json};

use super::here;
use crate::process::Folder;

/// The commands to start, each with the port that it opens last.
pub fn commands(packages: &Path, folder: &Folder, settings: &Value) -> [(Command, u16); 2] {
    let port = |name: &str| u16::try_from(settings[name].as_u64().unwrap()).unwrap();
    let pages = format!("http://localhost:{}", port("pages_port"));
    let config = json!({
        "dsn": "memory",
        "secrets": { "system": ["a system secret that lives for one test"] },
        "serve": {
            "public": { "host": "127.0.0.1", "port": port("port") },
            "admin": { "host": "127.0.0.1", "port": port("admin_port") },
        },
        "urls": {
            "self": { "issuer": settings["issuer"] },
            "login": format!("{pages}/login"),
            "consent": format!("{pages}/consent"),
            "logout": format!("{pages}/logout"),
            "error": format!("{pages}/error"),
        },
    });
    let config = folder.write("hydra.json", &config.to_string());
    let binary = packages.join("hydra/hydra");
    assert!(
        binary.exists(),
        "Hydra is not installed: E2E=all tests/e2e/providers/install"
    );
    let mut hydra = Command::new(binary);
    hydra.args(["serve", "all", "--dev", "-c"]).arg(config);
    let mut operator = Command::new("python3");
    operator
        .arg(here("hydra/pages.py"))
        .arg(folder.path().join("settings.json"));
    [(hydra, port("admin_port")), (operator, port("pages_port"))]
}
