//! Row 134: a login that somebody starts and leaves costs no memory. Alone in its process, whose memory is measured.

#[path = "support/mod.rs"]
mod support;

use axum::Router;

use crate::support::{Provider, answer, app, get, secrets};

/// Starts, and the KiB by which memory may differ after them. What is not optimised takes too long for a million: `.ci/run` has one that is.
const RUN: (usize, usize) = match cfg!(debug_assertions) {
    false => (1_000_000, 2 * 1024),
    true => (20_000, 512),
};

/// After so many, allocator and caches have what they need.
const WARM: usize = 10_000;

#[tokio::test]
async fn a134_a_million_starts_leave_nothing_behind() {
    let provider = Provider::start_without_log().await;
    let app = app(&secrets(&provider).toml());
    let (starts, flat) = RUN;
    start(&app, WARM).await;
    let before = memory();
    start(&app, starts).await;
    let after = memory();
    println!("{starts} starts: {before} KiB before, {after} KiB after");
    assert!(after <= before + flat);
    assert_eq!(provider.all_requests().len(), 1, "discovery alone");
}

async fn start(app: &Router, times: usize) {
    for _ in 0..times {
        let response = answer(app, get("/auth/login?next=/me")).await;
        assert_eq!(response.status(), 303);
    }
}

/// Resident memory of this process in KiB.
fn memory() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.unwrap().trim().trim_end_matches(" kB");
    number.parse().unwrap()
}
