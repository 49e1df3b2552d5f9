//! CPU time of a server process per request, without the client.

use std::{
    env, fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command, Stdio},
};

use tokio::runtime::Runtime;

use crate::{rows::Row, situation};

const ROWS: [&str; 4] = [
    "bare axum",
    "axum-extra `SignedCookieJar`",
    "this crate: layer only",
    "this crate: User, one claim",
];
/// Concurrent connections, so that the server is busy.
const CONNECTIONS: usize = 32;
/// Requests per connection and round.
const REQUESTS: usize = 100;
const ROUNDS: usize = 15;

/// Serves `row` on a free port until standard input ends. Prints the port and the cookie of the
/// user.
pub fn serve(runtime: &Runtime, row: &Row) {
    runtime.block_on(async {
        let subject = row.subject(situation::find("600 B")).await;
        let listener = tokio::net::TcpListener::bind("localhost:0")
            .await
            .expect("a free port");
        println!("{}", listener.local_addr().expect("an address"));
        println!("{}", subject.cookie);
        axum::serve(listener, subject.into_router())
            .await
            .expect("a server");
    });
}

pub fn report() {
    let mut clients = ROWS.map(Client::start);
    let mut spent = ROWS.map(|_| Vec::new());
    for round in 0..=ROUNDS {
        for (client, spent) in clients.iter_mut().zip(&mut spent) {
            let nanoseconds = client.send();
            // The first round is a warm-up.
            if round > 0 {
                spent.push(nanoseconds as f64 / (CONNECTIONS * REQUESTS) as f64);
            }
        }
    }
    let unit = spent[0].clone();
    println!("On the wire (HTTP/1.1, {CONNECTIONS} connections, 600 B), CPU of the server:");
    for (row, spent) in ROWS.iter().zip(spent) {
        let ratios = spent.iter().zip(&unit).map(|(spent, unit)| spent / unit);
        println!(
            "- {row}: {:.1} µs, {:.2}x",
            crate::median(spent.clone()) / 1e3,
            crate::median(ratios.collect())
        );
    }
    println!();
}

/// A server with its connections.
struct Client {
    server: Server,
    streams: Vec<BufReader<TcpStream>>,
}

impl Client {
    fn start(row: &str) -> Self {
        let server = Server::start(row);
        let streams = (0..CONNECTIONS).map(|_| connect(&server.address));
        Self {
            streams: streams.collect(),
            server,
        }
    }

    /// Returns the CPU time of the server for one round, in nanoseconds.
    fn send(&mut self) -> u64 {
        let before = self.server.cpu();
        for _ in 0..REQUESTS {
            for stream in &mut self.streams {
                let mut stream = stream.get_ref();
                stream
                    .write_all(self.server.request.as_bytes())
                    .expect("the server reads");
            }
            self.streams.iter_mut().for_each(read_response);
        }
        self.server.cpu() - before
    }
}

/// A process that serves one row.
pub struct Server {
    process: Child,
    pub address: String,
    /// The request of the user.
    pub request: String,
}

impl Server {
    pub fn start(row: &str) -> Self {
        let mut process = Command::new(env::current_exe().expect("this binary"))
            .args(["--serve", row])
            .stdout(Stdio::piped())
            .spawn()
            .expect("a server");
        let mut lines = BufReader::new(process.stdout.take().expect("it is piped")).lines();
        let mut line = || lines.next().expect("a line").expect("UTF-8");
        let (address, cookie) = (line(), line());
        let headers = crate::HEADERS.iter();
        let headers: String = headers
            .map(|(name, value)| format!("{name}: {value}\r\n"))
            .collect();
        let request = format!("GET / HTTP/1.1\r\n{headers}cookie: {cookie}\r\n\r\n");
        Self {
            process,
            address,
            request,
        }
    }

    /// CPU time of the main thread, in which the runtime runs. Linux only.
    pub fn cpu(&self) -> u64 {
        let path = format!("/proc/{}/schedstat", self.process.id());
        let text = fs::read_to_string(path).expect("Linux with schedstat");
        let first = text.split(' ').next().and_then(|first| first.parse().ok());
        first.expect("a number")
    }

    /// Resident memory in KiB. Linux only.
    pub fn memory(&self) -> u64 {
        let path = format!("/proc/{}/status", self.process.id());
        let text = fs::read_to_string(path).expect("Linux");
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let number = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse().ok());
        number.expect("a number")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

pub fn connect(address: &str) -> BufReader<TcpStream> {
    let stream = TcpStream::connect(address).expect("a connection");
    stream.set_nodelay(true).expect("a TCP stream");
    BufReader::new(stream)
}

pub fn read_response(stream: &mut BufReader<TcpStream>) {
    let mut length = 0;
    let mut line = String::new();
    while line != "\r\n" {
        line.clear();
        stream.read_line(&mut line).expect("a header");
        if let Some(value) = line.strip_prefix("content-length: ") {
            length = value.trim().parse().expect("a number");
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).expect("a body");
}
