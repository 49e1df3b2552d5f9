//! Two instances of an app behind nginx, under load: one is killed again and again, and the line to the provider is bad. Rows 152 and 156.

mod faults;
mod figures;
mod headers;
mod held;
mod house;
mod message;
mod visitors;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::task::JoinSet;

use self::{
    faults::{Fault, Line},
    figures::{Figures, show},
    house::{House, ME, crowd, named, person},
};
use crate::browser::Browser;

/// Whatever happens, a visitor has an answer by then.
const PATIENCE: Duration = Duration::from_secs(10);

/// Row 156: 500 logins, one every 150 ms, while connections are reset, answers come late or cut, an instance is killed every few seconds,
/// and the provider takes a new key twice. The second key comes when the app may ask for keys again, a minute after it last did.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a156_no_login_is_lost_that_the_provider_answered() {
    const LOGINS: usize = 500;
    const RESIDENTS: usize = 8;
    let line = Arc::new(Line::start().await);
    let mut house = House::start(&crowd(LOGINS + RESIDENTS), Some(&line)).await;
    let survivor = house.lasting.id();
    let sockets = held::sockets(survivor);
    let figures = Arc::new(Figures::of(LOGINS + RESIDENTS));
    let first = Browser::waiting(PATIENCE);

    let mut visitors = JoinSet::new();
    for number in 0..RESIDENTS {
        let (site, line, figures) = (
            Arc::clone(&house.site),
            Arc::clone(&line),
            Arc::clone(&figures),
        );
        let (mut browser, person) = (first.another(), person(number));
        visitors::sign_in(&site, &line, &figures, &mut browser, &person).await;
        visitors.spawn(async move {
            visitors::stay(&site, &figures, &mut browser, &person).await;
        });
    }
    line.turn_bad();
    for number in RESIDENTS..RESIDENTS + LOGINS {
        let (site, line, figures) = (
            Arc::clone(&house.site),
            Arc::clone(&line),
            Arc::clone(&figures),
        );
        let (mut browser, person) = (first.another(), person(number));
        let turn = Duration::from_millis(150 * (number - RESIDENTS) as u64);
        visitors.spawn(async move {
            tokio::time::sleep(turn).await;
            visitors::sign_in(&site, &line, &figures, &mut browser, &person).await;
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
                    figures.kill();
                    house.kill();
                }
                2 => house.restart().await,
                _ => {}
            }
            if [4, 70].contains(&second) {
                house.site.provider.add_key().await;
                rotations += 1;
            }
            if memory == 0 && figures.ended() > LOGINS / 4 {
                memory = held::memory(survivor);
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
        held::sockets(survivor) == sockets
    })
    .await;
    let after = held::memory(survivor);
    let faults =
        line.seen(|seen| [Fault::Reset, Fault::Delay, Fault::Cut].map(|fault| seen.count(fault)));
    show(
        "load with faults",
        format_args!(
            "{figures}, new keys: {rotations}, in {took:.1?}\n\
             back channel: {} requests, {} reset, {} late, {} cut\n\
             the survivor's memory: {memory} KiB after a quarter, {after} KiB in the end",
            line.seen(|seen| seen.requests()),
            faults[0],
            faults[1],
            faults[2],
        ),
    );
    assert!(figures.kills() > 1 && rotations == 2 && faults.iter().all(|&count| count > 0));
    assert!(after < memory + MEMORY, "{memory} KiB, then {after} KiB");
    house.printed_nothing_bad();
}

/// Row 152: each batch begins at an instance that is killed before anybody comes back.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a152_another_instance_finishes_what_a_killed_one_began() {
    const BATCH: usize = 50;
    const BATCHES: usize = 10;
    let mut house = House::start(&crowd(BATCH * BATCHES), None).await;
    let first = Browser::waiting(PATIENCE);
    let mut finished = 0;
    for batch in 0..BATCHES {
        let start = house.mortal_url(&format!("/auth/login?next={ME}"));
        let mut starts = JoinSet::new();
        for number in batch * BATCH..(batch + 1) * BATCH {
            let (mut browser, start) = (first.another(), start.clone());
            starts.spawn(async move {
                let page = browser.open(&start).await;
                (browser, page, person(number))
            });
        }
        let begun = starts.join_all().await;
        house.kill();
        let mut ends = JoinSet::new();
        for (mut browser, page, person) in begun {
            let site = Arc::clone(&house.site);
            ends.spawn(async move {
                let landed = site.provider.sign_in(&mut browser, page, &person).await;
                assert_eq!(named(&landed), Some(person), "{landed:?}");
            });
        }
        finished += ends.join_all().await.len();
        house.restart().await;
    }
    show(
        "an instance killed between start and callback",
        format_args!("logins: {finished} of {} finished", BATCH * BATCHES),
    );
    assert_eq!(finished, BATCH * BATCHES);
    house.printed_nothing_bad();
}

/// What a debug build may keep of hundreds of logins, in KiB.
const MEMORY: usize = 3 * 1024;

/// Waits for all, and fails with the first one that does.
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
