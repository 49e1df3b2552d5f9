//! nginx in front of an app or of several instances of one, with its stock buffers.

use std::process::Command;

use crate::process::{Folder, Process, free_port};

pub struct Nginx {
    port: u16,
    folder: Folder,
    _process: Process,
}

impl Nginx {
    /// On a port of its own; `locations` stand in the one `server`.
    pub async fn start(locations: &str) -> Self {
        Self::listen(free_port(), "", locations).await
    }

    /// `upstreams` stand beside the `server`; otherwise there is only what nginx needs to run from a folder.
    pub async fn listen(port: u16, upstreams: &str, locations: &str) -> Self {
        let folder = Folder::new("nginx");
        let path = folder.path().display();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {path}/{kind};\n"))
            .concat();
        let config = folder.write(
            "nginx.conf",
            &format!(
                "daemon off;\nmaster_process off;\npid {path}/pid;\nerror_log {path}/error.log;\nevents {{}}\n\
                 http {{\naccess_log off;\n{temporary}{upstreams}server {{\nlisten 127.0.0.1:{port};\nlisten [::1]:{port};\nlocation = /favicon.ico {{ return 204; }}\n{locations}}}\n}}\n"
            ),
        );
        let mut command = Command::new("nginx");
        // Debian keeps it where only root's PATH leads.
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

    /// What nginx had to say about the requests.
    pub fn errors(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("error.log")).unwrap_or_default()
    }
}
