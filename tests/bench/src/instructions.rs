//! Instructions per request, counted by valgrind's callgrind on this binary.

use std::{collections::HashMap, env, fs, process::Command};

use crate::rows::NOTHING;

/// Two numbers of requests. Their difference excludes start and warm-up.
const FEW: u64 = 100;
const MANY: u64 = 300;

/// Prints the instructions per request for rows of this crate, one per line.
pub fn report() {
    for situation in ["no cookie", "600 B", "3 KB"] {
        let count = |row| per_request(row, situation).expect("valgrind is installed");
        let nothing = count(NOTHING.name);
        for row in ["this crate: layer only", "this crate: User, one claim"] {
            println!("{row}, {situation}\t{:.0}", count(row) - nothing);
        }
    }
}

/// Instructions per request, including its creation. `None` without valgrind.
///
/// The compression function of SHA-256 is excluded, because valgrind hides the processor's SHA
/// instructions and would count about twelve times as many as are executed.
pub fn per_request(row: &str, situation: &str) -> Option<f64> {
    let count = |requests| counted(row, situation, requests);
    let all = count(MANY)?.checked_sub(count(FEW)?)?;
    Some(all as f64 / (MANY - FEW) as f64)
}

fn counted(row: &str, situation: &str, requests: u64) -> Option<u64> {
    let out = env::temp_dir().join(format!("bench-{}.callgrind", std::process::id()));
    let status = Command::new("valgrind")
        .args(["--tool=callgrind", "--quiet", "--log-file=/dev/null"])
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(env::current_exe().ok()?)
        .args(["--row", row, "--situation", situation, "--count"])
        .arg(requests.to_string())
        .status()
        .ok()?;
    let profile = status.success().then(|| fs::read_to_string(&out).ok())?;
    let _ = fs::remove_file(out);
    Some(total(&profile?))
}

/// The sum over all functions except SHA-256.
///
/// Source: valgrind's manual, "Callgrind Format Specification".
fn total(profile: &str) -> u64 {
    let mut names: HashMap<&str, &str> = HashMap::new();
    let mut counts = false;
    let mut lines = profile.lines();
    let mut total = 0;
    while let Some(line) = lines.next() {
        if let Some((kind, name)) = line.split_once('=') {
            match kind {
                "fn" | "cfn" => {
                    let (id, name) = name.split_once(' ').unwrap_or((name, ""));
                    let name = *names.entry(id).or_insert(name);
                    if kind == "fn" {
                        counts = !name.contains("sha2::");
                    }
                }
                // The next line has the cost of the called function, which is counted at that
                // function.
                "calls" => drop(lines.next()),
                _ => {}
            }
        } else if line.starts_with(|first: char| first.is_ascii_digit() || "+-*".contains(first)) {
            let cost = line.split(' ').nth(1).and_then(|cost| cost.parse().ok());
            total += cost.filter(|_| counts).unwrap_or(0);
        }
    }
    total
}
