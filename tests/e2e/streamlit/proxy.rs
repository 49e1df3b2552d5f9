//! nginx in front of both.

use std::process::Command;

use crate::{
    app::Address,
    nginx::certificate,
    process::{Folder, Process},
};

/// nginx with the settings of "From Streamlit to Axum".
pub async fn start(
    folder: &Folder,
    address: &Address,
    login: u16,
    service: u16,
    streamlit: u16,
) -> Process {
    let path = folder.path().display();
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|kind| format!("{kind}_temp_path {path}/{kind};\n"))
        .concat();
    let port = address.port();
    if address.is_secure() {
        certificate(folder, "DNS:localhost");
    }
    let listen = match address.is_secure() {
        true => format!(
            "listen 127.0.0.1:{port} ssl;\nlisten [::1]:{port} ssl;\nssl_certificate {path}/tls.pem;\nssl_certificate_key {path}/tls.key;\n"
        ),
        false => format!("listen 127.0.0.1:{port};\nlisten [::1]:{port};\n"),
    };
    let config = folder.write(
        "nginx.conf",
        &format!(
            "daemon off;\nmaster_process off;\npid {path}/pid;\nerror_log {path}/nginx.log;\nevents {{}}\nhttp {{\n\
             access_log off;\n{temporary}\
             map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}\n\
             server {{\n{listen}\
             \
             large_client_header_buffers 4 40k;\nproxy_buffer_size 40k;\nproxy_buffers 4 40k;\nproxy_set_header Host $http_host;\n\
             location /auth/ {{ proxy_pass http://127.0.0.1:{login}; }}\n\
             location = /oauth2callback {{ proxy_pass http://127.0.0.1:{login}; }}\n\
             location /api/ {{ proxy_pass http://127.0.0.1:{service}; }}\n\
             location / {{\nproxy_pass http://127.0.0.1:{streamlit};\nproxy_set_header Host $http_host;\nproxy_http_version 1.1;\n\
             proxy_set_header Upgrade $http_upgrade;\nproxy_set_header Connection $connection_upgrade;\n}}\n}}\n}}\n"
        ),
    );
    let mut command = Command::new("nginx");
    // On Debian, nginx is only in root's PATH.
    let path = std::env::var("PATH").unwrap_or_default();
    command
        .env("PATH", format!("{path}:/usr/sbin"))
        .arg("-e")
        .arg(folder.path().join("nginx.log"))
        .arg("-c")
        .arg(config);
    Process::start(
        "nginx",
        &mut command,
        &folder.path().join("nginx.log"),
        port,
    )
    .await
}
