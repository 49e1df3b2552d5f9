//! Sessions in a store: this crate with each of its stores, and other crates with the same Redis.

use std::{env, fs, path::PathBuf};

use axum::{
    Router,
    http::{HeaderValue, header::COOKIE},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use rand::RngCore;
use tokio::runtime::Runtime;
use tower::ServiceExt;

use crate::{
    allocations,
    comparison::{CREDENTIALS, Contender, Measured, compare},
    login, ours, peers,
    provider::{Provider, es256},
    redis::{self, Redis},
    situation,
};

/// Prints the table of times, and the memory of the cache.
pub fn report(runtime: &Runtime) {
    let redis = Redis::start();
    let file = Database::new();
    let stores = [
        Some(("in memory", "memory".to_owned())),
        Some(("SQLite", format!("sqlite:{}", file.0.display()))),
        redis.as_ref().map(|redis| ("Redis", redis.url())),
    ];
    let provider = Provider::start(es256());
    let mut contenders = vec![stateless(runtime, &provider)];
    for (name, store) in stores.iter().flatten() {
        contenders.push(cached(runtime, &provider, name, store));
    }
    // No other process has the sessions of the first store.
    for (name, store) in stores[1..].iter().flatten() {
        contenders.push(asked(runtime, &provider, name, store));
    }
    match &redis {
        Some(redis) => contenders.extend(others(runtime, redis)),
        None => println!("redis-server is not installed: rows with Redis are missing.\n"),
    }
    if let Some(redis) = &redis {
        let port = redis.port;
        for contender in &mut contenders {
            contender.commands = Box::new(move || redis::commands(port));
        }
    }
    println!("Sessions, 600 B. Time and allocations of the app, commands to Redis.\n");
    println!("| | CPU time | | elapsed | allocations | commands |");
    println!("| --- | --- | --- | --- | --- | --- |");
    let measured = compare(runtime, &mut contenders);
    for (contender, measured) in contenders.iter().zip(&measured) {
        println!("| {} | {} |", contender.name, cells(measured));
    }
    println!();
    memory(runtime);
}

fn cells(measured: &Measured) -> String {
    let [cpu, elapsed] = [measured.cpu, measured.elapsed].map(|time| time.as_secs_f64() * 1e6);
    format!(
        "{cpu:.1} µs | {:.2}x | {elapsed:.1} µs | {:.0} | {:.2}",
        measured.ratio, measured.allocations, measured.commands
    )
}

fn stateless(runtime: &Runtime, provider: &Provider) -> Contender {
    let app = ours::page().layer(ours::following(&ours::secrets(&provider.metadata_url(), 1)));
    let cookie = runtime.block_on(login::cookie(&app, provider));
    Contender::new("this crate: no store", app, COOKIE, &[cookie])
}

/// One session that this process has checked within the last five seconds.
fn cached(runtime: &Runtime, provider: &Provider, name: &str, store: &str) -> Contender {
    let app = ours::page().layer(ours::following(&secrets(provider, store)));
    let cookie = runtime.block_on(login::cookie(&app, provider));
    let name = format!("this crate: {name}, checked within 5 s");
    Contender::new(&name, app, COOKIE, &[cookie])
}

/// Sessions that another process has started, so that this one asks the store.
fn asked(runtime: &Runtime, provider: &Provider, name: &str, store: &str) -> Contender {
    let secrets = secrets(provider, store);
    let layer = ours::following(&secrets);
    let app = ours::page().layer(layer.clone());
    let cookies: Vec<String> = (0..CREDENTIALS)
        .map(|_| runtime.block_on(login::cookie(&app, provider)))
        .collect();
    let name = format!("this crate: {name}, asked");
    let mut contender = Contender::new(&name, app, COOKIE, &cookies);
    contender.app = Box::new(move || ours::page().layer(ours::following(&secrets)));
    contender
}

fn secrets(provider: &Provider, store: &str) -> String {
    with_store(&ours::secrets(&provider.metadata_url(), 1), store)
}

fn with_store(secrets: &str, store: &str) -> String {
    let auth = format!("[auth]\nsession_store = {store:?}\n");
    secrets.replacen("[auth]\n", &auth, 1)
}

/// Other crates, with their sessions in this Redis.
fn others(runtime: &Runtime, redis: &Redis) -> Vec<Contender> {
    let claims = situation::claims("110169484474386276334", 600);
    let subjects = runtime.block_on(peers::in_redis(redis.port, &claims));
    let contenders = subjects.into_iter().map(|(name, subject)| {
        let cookie = subject.cookie.clone();
        Contender::new(name, subject.into_router(), COOKIE, &[cookie])
    });
    contenders.collect()
}

/// Prints the memory of the cache after requests from many sessions.
///
/// The sessions have ended, so that the store in memory holds none of them. The cache stores ended
/// sessions like all others.
fn memory(runtime: &Runtime) {
    let secrets = with_store(&ours::secrets(ours::METADATA_URL, 1), "memory");
    let app = ours::page().layer(ours::following(&secrets));
    let claims = situation::claims("110169484474386276334", 600);
    let mut visited = 0;
    let mut visit = |app: &Router, upto: usize| {
        for _ in visited..upto {
            let cookie = ours::session_cookie(&claims, &random_session());
            let cookie = HeaderValue::try_from(cookie).expect("ASCII");
            let request = crate::request("/", &cookie);
            let response = runtime.block_on(app.clone().oneshot(request));
            drop(response.expect("infallible"));
        }
        visited = upto;
    };
    visit(&app, 1);
    let before = allocations::bytes();
    for sessions in [10_000, 100_000, 300_000] {
        visit(&app, sessions);
        let kept = allocations::bytes() - before;
        let each = kept / sessions as i64;
        println!("Bytes kept of {sessions} sessions: {kept}, {each} each");
    }
    println!();
}

fn random_session() -> String {
    let mut id = [0; 16];
    rand::thread_rng().fill_bytes(&mut id);
    BASE64_URL_SAFE_NO_PAD.encode(id)
}

/// An SQLite file in a folder of its own.
struct Database(PathBuf);

impl Database {
    fn new() -> Self {
        let folder = env::temp_dir().join(format!("bench-sessions-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a temporary folder");
        Self(folder.join("sessions.db"))
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let _ = self.0.parent().map(fs::remove_dir_all);
    }
}
