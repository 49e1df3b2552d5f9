//! Signed-in users behind nginx at a constant rate: CPU time, latency and memory of the app,
//! compared with those of bare axum.

use std::{
    env, fs,
    io::{BufReader, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use crate::wire::{Server, connect, read_response};

const ROWS: [&str; 2] = ["bare axum", "this crate: User, one claim"];
/// Requests per second.
const RATE: u32 = 2000;
const DURATION: Duration = Duration::from_secs(60);
/// Connections to nginx. Each one sends every 32nd request.
const CONNECTIONS: u32 = 32;

/// Prints the results of one run per row.
pub fn report() {
    println!(
        "{RATE} requests per second through nginx for {} s, 600 B:",
        DURATION.as_secs()
    );
    for row in ROWS {
        let server = Server::start(row);
        let nginx = Nginx::start(&server.address);
        // Fills the caches of allocators and connections.
        send(&nginx, &server.request, Duration::from_secs(5));
        let (cpu, memory) = (server.cpu(), server.memory());
        let mut latencies = send(&nginx, &server.request, DURATION);
        let per_request = Duration::from_nanos(server.cpu() - cpu) / latencies.len() as u32;
        let growth = server.memory() as i64 - memory as i64;
        latencies.sort();
        let [p50, p99] = [50, 99].map(|percent| latencies[latencies.len() * percent / 100]);
        println!(
            "- {row}: {per_request:.1?} of CPU time per request, p50 {p50:.1?}, p99 {p99:.1?}, memory {growth:+} KiB of {memory} KiB"
        );
    }
    println!();
}

/// Sends requests at [`RATE`]. Returns the latency of each, measured from the time at which it was
/// due.
fn send(nginx: &Nginx, request: &str, duration: Duration) -> Vec<Duration> {
    let (sender, receiver) = mpsc::channel();
    let start = Instant::now();
    let interval = Duration::from_secs(1) / RATE;
    let requests = duration.as_nanos().div_ceil(interval.as_nanos()) as u32 / CONNECTIONS;
    for connection in 0..CONNECTIONS {
        let (sender, request) = (sender.clone(), request.to_owned());
        let mut stream = connect(&nginx.address);
        thread::spawn(move || {
            for number in 0..requests {
                let due = start + interval * (number * CONNECTIONS + connection);
                thread::sleep(due.saturating_duration_since(Instant::now()));
                exchange(&mut stream, &request);
                let _ = sender.send(due.elapsed());
            }
        });
    }
    drop(sender);
    receiver.iter().collect()
}

fn exchange(stream: &mut BufReader<TcpStream>, request: &str) {
    let mut writer = stream.get_ref();
    writer.write_all(request.as_bytes()).expect("nginx reads");
    read_response(stream);
}

/// nginx with its default buffers, and connections to the app that stay open.
struct Nginx {
    process: Child,
    folder: std::path::PathBuf,
    address: String,
}

impl Nginx {
    fn start(app: &str) -> Self {
        let folder = env::temp_dir().join(format!("bench-nginx-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a temporary folder");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let address = listener.local_addr().expect("an address").to_string();
        drop(listener);
        let path = folder.display();
        let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map(|kind| format!("{kind}_temp_path {path}/{kind};\n"))
            .concat();
        let config = format!(
            "daemon off;\nmaster_process off;\npid {path}/pid;\nerror_log {path}/error.log;\n\
             events {{}}\nhttp {{\naccess_log off;\nkeepalive_requests 1000000;\n{temporary}\
             upstream app {{ server {app}; keepalive 32; keepalive_requests 1000000; }}\n\
             server {{\nlisten {address};\nlocation / {{\nproxy_pass http://app;\n\
             proxy_http_version 1.1;\nproxy_set_header Connection \"\";\n}}\n}}\n}}\n"
        );
        let file = folder.join("nginx.conf");
        fs::write(&file, config).expect("a temporary file");
        let search_path = env::var("PATH").unwrap_or_default() + ":/usr/sbin";
        let process = Command::new("nginx")
            .env("PATH", search_path)
            .arg("-e")
            .arg(folder.join("error.log"))
            .arg("-c")
            .arg(file)
            .stderr(Stdio::null())
            .spawn()
            .expect("nginx is installed");
        while TcpStream::connect(&address).is_err() {
            thread::yield_now();
        }
        Self {
            process,
            folder,
            address,
        }
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}
