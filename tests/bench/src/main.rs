//! The cost of identifying the user of a request, in this crate and in others, measured in one run.
//!
//! `cargo run --release` prints the table. A measured request consists of
//! `router.clone().oneshot(request)` and dropping the response. Creating the request is excluded.
//! Time is the CPU time of this thread: the median over rounds in which every row is measured, as a
//! ratio to the row "no-op layer" of the same round.
//!
//! With `--row <name> --situation <name> --count <n>`, it only sends `n` requests, for valgrind.
//! `--wire` measures only real connections, `--login` only logins, `--bearer` only bearer tokens,
//! and `--sessions` only sessions in a store. `--load` sends 2,000 requests per second through
//! nginx for a minute. `--instructions` prints the numbers that `./features` compares.

use std::{env, hint::black_box, time::Duration};

use axum::{
    body::Body,
    extract::Request,
    http::{HeaderValue, Uri, header::COOKIE},
};
use cpu_time::ThreadTime;
use tokio::runtime::Runtime;

use crate::{
    rows::{ROWS, Row, Subject},
    situation::{SITUATIONS, Situation},
};

mod allocations;
mod bearer;
mod comparison;
mod huskarl;
mod instructions;
mod load;
mod login;
mod ours;
mod peers;
mod provider;
mod redis;
mod rows;
mod sessions;
mod signed;
mod situation;
mod wire;

/// Requests per batch, and number of batches per row.
const BATCH: usize = 200;
const ROUNDS: usize = 100;

/// Headers of every request, except cookies.
const HEADERS: &[(&str, &str)] = &[
    ("host", "app.example.com"),
    (
        "user-agent",
        "Mozilla/5.0 (X11; Linux x86_64) Chrome/140.0.0.0",
    ),
    ("accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"),
    ("accept-language", "en-GB,en;q=0.5"),
    ("sec-fetch-site", "none"),
    ("sec-fetch-mode", "navigate"),
    ("sec-fetch-dest", "document"),
];

/// The row to which times are relative.
const UNIT: &str = "no-op layer";

fn main() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        [] => table(&runtime),
        ["--row", row, "--situation", situation, "--count", count] => {
            let (row, situation) = (rows::find(row), situation::find(situation));
            let subject = runtime.block_on(row.subject(situation));
            send(
                &runtime,
                &subject,
                row,
                situation,
                count.parse().expect("a number"),
            );
        }
        ["--wire"] => wire::report(),
        ["--login"] => login::report(&runtime),
        ["--bearer"] => bearer::report(&runtime),
        ["--sessions"] => sessions::report(&runtime),
        ["--load"] => load::report(),
        ["--instructions"] => instructions::report(),
        ["--serve", row] => wire::serve(&runtime, rows::find(row)),
        _ => panic!("unknown arguments; see the comment at the top of src/main.rs"),
    }
}

fn table(runtime: &Runtime) {
    println!("Each cell: time, allocations, thousands of instructions.\n");
    print!("| |");
    SITUATIONS
        .iter()
        .for_each(|situation| print!(" {} |", situation.name));
    print!("\n| --- |");
    SITUATIONS.iter().for_each(|_| print!(" --- |"));
    println!();
    let columns: Vec<Vec<String>> = SITUATIONS
        .iter()
        .map(|situation| column(runtime, situation))
        .collect();
    for (index, row) in ROWS.iter().enumerate() {
        let cells: Vec<&str> = columns
            .iter()
            .map(|column| column[index].as_str())
            .collect();
        println!("| {} | {} |", row.name, cells.join(" | "));
    }
    println!();
    wire::report();
    login::report(runtime);
    bearer::report(runtime);
    sessions::report(runtime);
    memory(runtime);
}

/// The cells of one situation, from top to bottom.
fn column(runtime: &Runtime, situation: &Situation) -> Vec<String> {
    let subjects: Vec<Option<Subject>> = ROWS
        .iter()
        .map(|row| {
            row.is_for(situation)
                .then(|| runtime.block_on(row.subject(situation)))
        })
        .collect();
    let (times, unit) = times(runtime, situation, &subjects);
    eprintln!("{}: \"{UNIT}\" takes {unit:?}", situation.name);
    let nothing = instructions::per_request(rows::NOTHING.name, situation.name);
    let cells = ROWS.iter().zip(&subjects).zip(times);
    cells
        .map(|((row, subject), time)| match subject {
            Some(subject) => {
                let allocations = allocations(runtime, subject, row, situation);
                let instructions = instructions::per_request(row.name, situation.name)
                    .zip(nothing)
                    .map_or("?".to_owned(), |(count, nothing)| {
                        format!("{:.1}k", (count - nothing) / 1e3)
                    });
                format!("{time:.2}x, {allocations}, {instructions}")
            }
            None => "–".to_owned(),
        })
        .collect()
}

/// The median ratio of each row to the unit, and the median of the unit itself.
fn times(
    runtime: &Runtime,
    situation: &Situation,
    subjects: &[Option<Subject>],
) -> (Vec<f64>, Duration) {
    let unit = ROWS
        .iter()
        .position(|row| row.name == UNIT)
        .expect("the unit is a row");
    let mut ratios = vec![Vec::new(); ROWS.len()];
    let mut units = Vec::new();
    for round in 0..=ROUNDS {
        let spent: Vec<Option<Duration>> = ROWS
            .iter()
            .zip(subjects)
            .map(|(row, subject)| Some(send(runtime, subject.as_ref()?, row, situation, BATCH)))
            .collect();
        let one = spent[unit].expect("the unit is there in every situation");
        // The first round is a warm-up.
        if round > 0 {
            units.push(one / BATCH as u32);
            for (ratios, spent) in ratios.iter_mut().zip(spent) {
                ratios.extend(spent.map(|spent| spent.div_duration_f64(one)));
            }
        }
    }
    units.sort();
    (ratios.into_iter().map(median).collect(), units[ROUNDS / 2])
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(f64::NAN)
}

/// Sends `count` requests and returns the elapsed time.
fn send(
    runtime: &Runtime,
    subject: &Subject,
    row: &Row,
    situation: &Situation,
    count: usize,
) -> Duration {
    let cookie = situation.header(&subject.cookie);
    let requests: Vec<Request> = (0..count).map(|_| request(row.path, &cookie)).collect();
    runtime.block_on(async {
        let start = ThreadTime::now();
        for request in requests {
            black_box(subject.send(request).await);
        }
        start.elapsed()
    })
}

/// Allocations of one request: the minimum of several, because a table may grow in one of them.
fn allocations(runtime: &Runtime, subject: &Subject, row: &Row, situation: &Situation) -> u64 {
    let cookie = situation.header(&subject.cookie);
    let one = || {
        let request = request(row.path, &cookie);
        runtime.block_on(async {
            let before = allocations::count();
            black_box(subject.send(request).await);
            allocations::count() - before
        })
    };
    (0..10).map(|_| one()).min().expect("ten requests")
}

/// A page request of a browser. As in a server, cloning copies no header value.
fn request(path: &'static str, cookie: &HeaderValue) -> Request {
    let mut request = Request::get(Uri::from_static(path));
    for (name, value) in HEADERS {
        request = request.header(*name, HeaderValue::from_static(value));
    }
    if !cookie.is_empty() {
        request = request.header(COOKIE, cookie.clone());
    }
    request.body(Body::empty()).expect("a request")
}

/// Memory that remains after requests of many users.
fn memory(runtime: &Runtime) {
    const VISITORS: usize = 10_000;
    let row = rows::find("this crate: User, one claim");
    let subject = runtime.block_on(row.subject(situation::find("600 B")));
    let visit = |visitor: usize| {
        let cookie = ours::cookie(&situation::claims(&format!("visitor-{visitor}"), 600));
        let request = request(row.path, &HeaderValue::try_from(cookie).expect("ASCII"));
        runtime.block_on(async { drop(subject.send(request).await) });
    };
    visit(0);
    let before = allocations::bytes();
    (1..=VISITORS).for_each(visit);
    let kept = allocations::bytes() - before;
    println!("Bytes kept of {VISITORS} signed-in visitors: {kept}");
}
