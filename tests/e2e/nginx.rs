//! nginx with its default buffers, in front of one or several instances of an app.

use std::process::Command;

use crate::process::{Folder, Process, free_port};

pub struct Nginx {
    port: u16,
    folder: Folder,
    _process: Process,
}

impl Nginx {
    /// Starts nginx on its own port, with `locations` in the only `server`.
    pub async fn start(locations: &str) -> Self {
        Self::listen(free_port(), "", locations).await
    }

    /// As [`start`](Self::start), with `upstreams` before the `server`.
    pub async fn listen(port: u16, upstreams: &str, locations: &str) -> Self {
        Self::run(Folder::new("nginx"), port, "", upstreams, locations).await
    }

    /// Behind https, with a self-signed certificate for these names.
    pub async fn secure(port: u16, names: &[&str], locations: &str) -> Self {
        let folder = Folder::new("nginx");
        let names: Vec<String> = names.iter().map(|name| format!("DNS:{name}")).collect();
        certificate(&folder, &names.join(","));
        let path = folder.path().display();
        let files =
            format!("ssl_certificate {path}/tls.pem;\nssl_certificate_key {path}/tls.key;\n");
        Self::run(folder, port, " ssl", "", &format!("{files}{locations}")).await
    }

    async fn run(folder: Folder, port: u16, ssl: &str, upstreams: &str, locations: &str) -> Self {
        let path = folder.path().display();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {path}/{kind};\n"))
            .concat();
        let config = folder.write(
            "nginx.conf",
            &format!(
                "daemon off;\nmaster_process off;\npid {path}/pid;\nerror_log {path}/error.log;\nevents {{}}\n\
                 http {{\naccess_log off;\n{temporary}{upstreams}server {{\nlisten 127.0.0.1:{port}{ssl};\nlisten [::1]:{port}{ssl};\nlocation = /favicon.ico {{ return 204; }}\n{locations}}}\n}}\n"
            ),
        );
        let mut command = Command::new("nginx");
        // On Debian, nginx is only in root's PATH.
        let path = std::env::var("PATH").unwrap_or_default();
        command.env("PATH", format!("{path}:/usr/sbin"));
        command
            .arg("-e")
            .arg(folder.path().join("error.log"))
            .arg("-c")
            .arg(config);
        let log = folder.path().join("log");
        let process = Process::start("nginx", &mut command, &log, port).await;
        Self {
            port,
            folder,
            _process: process,
        }
    }

    pub fn authority(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// The error log of nginx.
    pub fn errors(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("error.log")).unwrap_or_default()
    }
}

/// Creates a self-signed certificate.
pub fn certificate(folder: &Folder, names: &str) {
    const KEY: [&str; 7] = [
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
    ];
    let made = Command::new("openssl")
        .args(KEY)
        .args(["-days", "2", "-subj", "/CN=localhost", "-addext"])
        .arg(format!("subjectAltName={names}"))
        .args(["-keyout", "tls.key", "-out", "tls.pem"])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(
        made.status.success(),
        "{}",
        String::from_utf8_lossy(&made.stderr)
    );
}
