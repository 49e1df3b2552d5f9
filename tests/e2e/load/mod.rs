//! Two instances of an app behind nginx under load. One is killed repeatedly, and requests to the
//! provider fail.

mod cluster;
mod faults;
mod headers;
mod memory;
mod message;
mod sessions;
mod stats;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use self::{
    cluster::{Cluster, ME, named, person, users_up_to},
    faults::{Fault, Line},
    stats::{Stats, show},
};
use crate::browser::Browser;

/// Timeout for any response.
const TIMEOUT: Duration = Duration::from_secs(10);

/// 500 logins, one every 150 ms, while connections are reset, responses are late or truncated, an
/// instance is killed every few seconds, and the provider rotates its key twice. The second
/// rotation comes a minute after the first, when the app may refetch keys.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn completed_logins_are_never_lost() {
    const LOGINS: usize = 500;
    const RESIDENTS: usize = 8;
    let line = Arc::new(Line::start().await);
    let mut cluster = Cluster::start(&users_up_to(LOGINS + RESIDENTS), Some(&line)).await;
    let survivor = cluster.survivor_process.id();
    let sockets = memory::sockets(survivor);
    let stats = Arc::new(Stats::of(LOGINS + RESIDENTS));
    let first = Browser::waiting(TIMEOUT);

    let mut visitors = JoinSet::new();
    for number in 0..RESIDENTS {
        let (site, line, stats) = (
            Arc::clone(&cluster.site),
            Arc::clone(&line),
            Arc::clone(&stats),
        );
        let (mut browser, person) = (first.another(), person(number));
        sessions::sign_in(&site, &line, &stats, &mut browser, &person).await;
        visitors.spawn(async move {
            sessions::browse_until_done(&site, &stats, &mut browser, &person).await;
        });
    }
    line.start_faults();
    for number in RESIDENTS..RESIDENTS + LOGINS {
        let (site, line, stats) = (
            Arc::clone(&cluster.site),
            Arc::clone(&line),
            Arc::clone(&stats),
        );
        let (mut browser, person) = (first.another(), person(number));
        let turn = Duration::from_millis(150 * (number - RESIDENTS) as u64);
        visitors.spawn(async move {
            tokio::time::sleep(turn).await;
            sessions::sign_in(&site, &line, &stats, &mut browser, &person).await;
            assert_eq!(site.who(&mut browser).await, Some(person));
        });
    }

    let mut memory = 0;
    let mut rotations = 0;
    let begun = Instant::now();
    let accidents = async {
        let mut every = tokio::time::interval(Duration::from_secs(1));
        for second in 0.. {
            every.tick().await;
            match second % 4 {
                1 => {
                    stats.kill();
                    cluster.kill();
                }
                2 => cluster.restart().await,
                _ => {}
            }
            if [4, 70].contains(&second) {
                cluster.site.provider.add_key().await;
                rotations += 1;
            }
            if memory == 0 && stats.ended() > LOGINS / 4 {
                memory = memory::resident(survivor);
            }
        }
    };
    tokio::select! {
        () = accidents => unreachable!(),
        () = all(&mut visitors) => {}
    }
    let took = begun.elapsed();

    line.close();
    until("the survivor holds no connection", || {
        memory::sockets(survivor) == sockets
    })
    .await;
    let after = memory::resident(survivor);
    let faults =
        line.seen(|seen| [Fault::Reset, Fault::Delay, Fault::Cut].map(|fault| seen.count(fault)));
    show(
        "load with faults",
        format_args!(
            "{stats}, new keys: {rotations}, in {took:.1?}\n\
             back channel: {} requests, {} reset, {} late, {} cut\n\
             the survivor's memory: {memory} KiB after a quarter, {after} KiB in the end",
            line.seen(|seen| seen.requests()),
            faults[0],
            faults[1],
            faults[2],
        ),
    );
    assert!(stats.kills() > 1 && rotations == 2 && faults.iter().all(|&count| count > 0));
    assert!(
        after < memory + MAX_MEMORY_GROWTH,
        "{memory} KiB, then {after} KiB"
    );
    cluster.assert_clean_log();
}

/// Each batch starts at an instance that is killed before the callbacks.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_instance_finishes_the_login() {
    const BATCH: usize = 50;
    const BATCHES: usize = 10;
    let mut cluster = Cluster::start(&users_up_to(BATCH * BATCHES), None).await;
    let first = Browser::waiting(TIMEOUT);
    let mut finished = 0;
    for batch in 0..BATCHES {
        let start = cluster.killed_instance_url(&format!("/auth/login?next={ME}"));
        let mut starts = JoinSet::new();
        for number in batch * BATCH..(batch + 1) * BATCH {
            let (mut browser, start) = (first.another(), start.clone());
            starts.spawn(async move {
                let page = browser.open(&start).await;
                (browser, page, person(number))
            });
        }
        let begun = starts.join_all().await;
        cluster.kill();
        let mut ends = JoinSet::new();
        for (mut browser, page, person) in begun {
            let site = Arc::clone(&cluster.site);
            ends.spawn(async move {
                let landed = site.provider.sign_in(&mut browser, page, &person).await;
                assert_eq!(named(&landed), Some(person), "{landed:?}");
            });
        }
        finished += ends.join_all().await.len();
        cluster.restart().await;
    }
    show(
        "an instance killed between start and callback",
        format_args!("logins: {finished} of {} finished", BATCH * BATCHES),
    );
    assert_eq!(finished, BATCH * BATCHES);
    cluster.assert_clean_log();
}

/// Memory that a debug build may keep after hundreds of logins, in KiB.
const MAX_MEMORY_GROWTH: usize = 3 * 1024;

/// Waits for all tasks, and fails as soon as one of them does.
async fn all(tasks: &mut JoinSet<()>) {
    while let Some(ended) = tasks.join_next().await {
        ended.unwrap();
    }
}

async fn until(what: &str, condition: impl Fn() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while !condition() {
        assert!(Instant::now() < deadline, "not in 20 s: {what}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
