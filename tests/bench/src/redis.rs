//! A Redis server of the benchmark.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{TcpListener, TcpStream},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

/// Redis on a free port, without persistence.
pub struct Redis {
    process: Child,
    pub port: u16,
}

impl Redis {
    /// `None` if `redis-server` is not installed.
    pub fn start() -> Option<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let process = Command::new("redis-server")
            .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
            .args(["--save", "", "--appendonly", "no"])
            .stdout(Stdio::null())
            .spawn()
            .ok()?;
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            thread::sleep(Duration::from_millis(10));
        }
        Some(Self { process, port })
    }

    pub fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }
}

impl Drop for Redis {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// The number of commands that the server on `port` has received, excluding those of this function.
pub fn commands(port: u16) -> u64 {
    let stream = TcpStream::connect(("127.0.0.1", port)).expect("Redis");
    let mut writer = &stream;
    writer
        .write_all(b"INFO commandstats\r\n")
        .expect("Redis reads");
    let mut reader = BufReader::new(&stream);
    let mut length = String::new();
    reader.read_line(&mut length).expect("Redis answers");
    let length = length.trim().trim_start_matches('$').parse();
    let mut statistics = vec![0; length.expect("a length")];
    reader.read_exact(&mut statistics).expect("Redis answers");
    let statistics = String::from_utf8(statistics).expect("ASCII");
    let calls = statistics.lines().filter_map(|line| {
        let (command, rest) = line.strip_prefix("cmdstat_")?.split_once(":calls=")?;
        let calls = rest.split(',').next()?.parse::<u64>().ok()?;
        (command != "info").then_some(calls)
    });
    calls.sum()
}
