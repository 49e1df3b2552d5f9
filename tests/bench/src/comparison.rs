//! Apps that are measured side by side, each with credentials of its own.

use std::{
    hint::black_box,
    time::{Duration, Instant},
};

use axum::{
    Router, body,
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode},
};
use cpu_time::ThreadTime;
use tokio::runtime::Runtime;
use tower::ServiceExt;

use crate::allocations;

/// Requests per batch, and number of batches.
const BATCH: usize = 50;
const ROUNDS: usize = 40;

/// Number of credentials that a contender sends in one batch, including those of the request before
/// it.
pub const CREDENTIALS: usize = BATCH + 1;

/// Number of credentials that a contender needs to send none of them twice. The first round is a
/// warm-up, and one request checks the response.
pub const REQUESTS: usize = CREDENTIALS * (ROUNDS + 1) + 1;

pub struct Contender {
    pub name: String,
    /// The app of each round.
    pub app: Box<dyn FnMut() -> Router>,
    pub header: HeaderName,
    /// Sent one after the other, then again from the first.
    pub credentials: Vec<HeaderValue>,
    /// The number of commands that the store has received so far.
    pub commands: Box<dyn Fn() -> u64>,
}

/// Medians of one contender.
pub struct Measured {
    /// CPU time of the app's thread.
    pub cpu: Duration,
    /// As a multiple of the CPU time of the first contender in the same round.
    pub ratio: f64,
    pub elapsed: Duration,
    pub allocations: f64,
    /// Commands to the store.
    pub commands: f64,
}

#[derive(Default)]
struct Batches {
    cpu: Vec<f64>,
    ratio: Vec<f64>,
    elapsed: Vec<f64>,
    allocations: Vec<f64>,
    commands: Vec<f64>,
}

/// The cost of one batch.
struct Cost {
    cpu: Duration,
    elapsed: Duration,
    allocations: u64,
    commands: u64,
}

impl Contender {
    /// Creates a contender with the same app in each round.
    pub fn new(name: &str, app: Router, header: HeaderName, credentials: &[String]) -> Self {
        let values = credentials.iter().map(HeaderValue::try_from);
        Self {
            name: name.to_owned(),
            app: Box::new(move || app.clone()),
            header,
            credentials: values.map(|value| value.expect("ASCII")).collect(),
            commands: Box::new(|| 0),
        }
    }

    /// Sends one batch. One request precedes it, so that the app connects to its store.
    fn send(&mut self, runtime: &Runtime, round: usize) -> Cost {
        let app = (self.app)();
        let credentials = self.credentials.iter().cycle();
        let credentials = credentials.skip(round * CREDENTIALS % self.credentials.len());
        let mut requests: Vec<Request> = credentials
            .take(CREDENTIALS)
            .map(|value| request(&self.header, value))
            .collect();
        let first = requests.swap_remove(0);
        runtime.block_on(async {
            black_box(app.clone().oneshot(first).await.is_ok());
            let (before, commands) = (allocations::count(), (self.commands)());
            let (start, cpu) = (Instant::now(), ThreadTime::now());
            for request in requests {
                black_box(app.clone().oneshot(request).await.is_ok());
            }
            Cost {
                cpu: cpu.elapsed(),
                elapsed: start.elapsed(),
                allocations: allocations::count() - before,
                commands: (self.commands)() - commands,
            }
        })
    }

    /// Asserts that the app knows the user of the last credentials.
    pub fn assert_signed_in(&mut self, runtime: &Runtime) {
        let value = self.credentials.last().expect("credentials");
        let request = request(&self.header, value);
        let app = (self.app)();
        let body = runtime.block_on(async {
            let response = app.oneshot(request).await.expect("infallible");
            assert_eq!(response.status(), StatusCode::OK, "{}", self.name);
            body::to_bytes(response.into_body(), 1000).await
        });
        assert_eq!(body.expect("a short body"), "in", "{}", self.name);
    }

    /// Sends credentials that the app refuses.
    pub async fn refuse(&mut self, credentials: &str) {
        let value = HeaderValue::try_from(credentials).expect("ASCII");
        let response = (self.app)().oneshot(request(&self.header, &value)).await;
        let status = response.map(|response| response.status());
        assert_eq!(status, Ok(StatusCode::UNAUTHORIZED));
    }
}

/// Measures all contenders in each round.
pub fn compare(runtime: &Runtime, contenders: &mut [Contender]) -> Vec<Measured> {
    for contender in &mut *contenders {
        contender.assert_signed_in(runtime);
    }
    let mut all: Vec<Batches> = contenders.iter().map(|_| Batches::default()).collect();
    for round in 0..=ROUNDS {
        let costs: Vec<Cost> = contenders
            .iter_mut()
            .map(|contender| contender.send(runtime, round))
            .collect();
        // The first round is a warm-up.
        if round > 0 {
            for (batches, cost) in all.iter_mut().zip(&costs) {
                batches.add(cost, &costs[0]);
            }
        }
    }
    all.into_iter().map(Batches::medians).collect()
}

impl Batches {
    fn add(&mut self, cost: &Cost, first: &Cost) {
        self.cpu.push(cost.cpu.as_secs_f64());
        self.ratio.push(cost.cpu.div_duration_f64(first.cpu));
        self.elapsed.push(cost.elapsed.as_secs_f64());
        self.allocations.push(cost.allocations as f64);
        self.commands.push(cost.commands as f64);
    }

    fn medians(self) -> Measured {
        let of_one = |values| crate::median(values) / BATCH as f64;
        Measured {
            cpu: Duration::from_secs_f64(of_one(self.cpu)),
            ratio: crate::median(self.ratio),
            elapsed: Duration::from_secs_f64(of_one(self.elapsed)),
            allocations: of_one(self.allocations),
            commands: of_one(self.commands),
        }
    }
}

fn request(header: &HeaderName, value: &HeaderValue) -> Request {
    let mut request = crate::request("/", &HeaderValue::from_static(""));
    request.headers_mut().insert(header, value.clone());
    request
}
