//! Abandoned logins use no memory. A separate test binary, because it measures the memory of its
//! process.

use axum::Router;

use support::{Provider, app, call, get, secrets};

/// Number of logins, and the KiB by which memory may grow. A million is too slow in a debug build.
const RUN: (usize, usize) = match cfg!(debug_assertions) {
    false => (1_000_000, 2 * 1024),
    true => (8_000, 512),
};

/// After this number of logins, the allocator and the caches have reached their full size.
const WARM: usize = 2_000;

#[tokio::test]
async fn abandoned_logins_use_no_memory() {
    let provider = Provider::start_without_log().await;
    let app = app(&secrets(&provider).toml());
    let (starts, flat) = RUN;
    start(&app, WARM).await;
    let before = memory();
    start(&app, starts).await;
    let after = memory();
    println!("{starts} starts: {before} KiB before, {after} KiB after");
    assert!(after <= before + flat);
    assert_eq!(provider.all_requests().len(), 1, "only discovery");
}

async fn start(app: &Router, times: usize) {
    for _ in 0..times {
        let response = call(app, get("/auth/login?next=/me")).await;
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
