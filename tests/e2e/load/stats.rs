//! Statistics of a run.

use std::{
    collections::BTreeMap,
    fmt,
    io::{Write, stderr},
    sync::{Mutex, MutexGuard},
    time::{Duration, Instant},
};

/// Upper limit for two busy cores.
const MAX_KILL_DURATION: Duration = Duration::from_millis(500);

pub struct Stats {
    logins: usize,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    begun: usize,
    ended: usize,
    most_at_once: usize,
    refused: BTreeMap<String, usize>,
    pages: Vec<Duration>,
    kills: Vec<Instant>,
}

impl Stats {
    /// A run that ends with this number of logins.
    pub fn of(logins: usize) -> Self {
        Self {
            logins,
            inner: Mutex::default(),
        }
    }

    pub fn login_begun(&self) {
        let mut inner = self.lock();
        inner.begun += 1;
        inner.most_at_once = inner.most_at_once.max(inner.begun - inner.ended);
    }

    pub fn login_ended(&self) {
        self.lock().ended += 1;
    }

    pub fn login_refused(&self, reason: &str) {
        *self.lock().refused.entry(reason.to_owned()).or_default() += 1;
    }

    pub fn page(&self, took: Duration) {
        self.lock().pages.push(took);
    }

    /// Records that an instance is about to be killed.
    pub fn kill(&self) {
        self.lock().kills.push(Instant::now());
    }

    /// Returns true if an instance was killed since `begun`.
    pub fn killed_since(&self, begun: Instant) -> bool {
        let kills = &self.lock().kills;
        kills.iter().any(|when| *when + MAX_KILL_DURATION >= begun)
    }

    pub fn is_running(&self) -> bool {
        self.lock().ended < self.logins
    }

    pub fn ended(&self) -> usize {
        self.lock().ended
    }

    pub fn kills(&self) -> usize {
        self.lock().kills.len()
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }
}

impl fmt::Display for Stats {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let inner = self.lock();
        let refusals: usize = inner.refused.values().sum();
        writeln!(
            f,
            "logins: {} finished, up to {} at once, {refusals} refused on the way",
            inner.ended, inner.most_at_once
        )?;
        for (reason, count) in &inner.refused {
            writeln!(f, "  {count:4} × {reason}")?;
        }
        writeln!(
            f,
            "signed-in pages: {}, p50 {:?}, p99 {:?}",
            inner.pages.len(),
            percentile(&inner.pages, 50),
            percentile(&inner.pages, 99),
        )?;
        write!(f, "kills: {}", inner.kills.len())
    }
}

pub fn percentile(times: &[Duration], percent: usize) -> Duration {
    let mut times = times.to_vec();
    times.sort_unstable();
    times
        .get((times.len() * percent / 100).min(times.len().saturating_sub(1)))
        .copied()
        .unwrap_or_default()
}

/// Prints statistics even if the output of the test is captured.
pub fn show(title: &str, stats: impl fmt::Display) {
    let text = stats.to_string().replace('\n', "\n    ");
    let text = format!("\n{title}\n    {text}\n");
    stderr().write_all(text.as_bytes()).unwrap();
}
