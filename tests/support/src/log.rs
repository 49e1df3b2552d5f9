//! Captures all log lines of this process at TRACE, including those of dependencies.

use std::{
    fmt::{Debug, Write},
    sync::{Mutex, OnceLock},
    thread::{self, ThreadId},
};

use tracing::{
    Event, Level, Subscriber,
    field::{Field, Visit},
    span,
};
use tracing_subscriber::{
    layer::{Context, Layer, SubscriberExt},
    registry::LookupSpan,
    util::SubscriberInitExt,
};

/// A log event, or the fields of a span.
#[derive(Clone, Debug)]
pub struct Line {
    pub level: Level,
    /// The module that logged it.
    pub target: String,
    /// The fields as `name=value`, strings quoted and escaped.
    pub text: String,
    /// The fields as `name=value`, strings unescaped, as a formatter without escaping would print
    /// them.
    pub raw: String,
    thread: ThreadId,
}

/// The lines logged since [`Log::start`]. Each test runs in its own thread.
pub struct Log {
    start: usize,
}

impl Line {
    /// Returns true if `axum_streamlit_auth` logged the line.
    pub fn is_from_crate(&self) -> bool {
        self.target.starts_with("axum_streamlit_auth")
    }
}

impl Log {
    /// Starts capturing. The first call in a process installs the subscriber.
    pub fn start() -> Self {
        static ONCE: OnceLock<()> = OnceLock::new();
        // `init` also captures records of the `log` crate, which reqwest and rustls use.
        ONCE.get_or_init(|| tracing_subscriber::registry().with(Capture).init());
        Self {
            start: lines().len(),
        }
    }

    /// The lines of this thread.
    pub fn lines(&self) -> Vec<Line> {
        let current = thread::current().id();
        let all = &lines()[self.start..];
        let own = all.iter().filter(|line| line.thread == current);
        own.cloned().collect()
    }

    /// The lines of all threads.
    pub fn all(&self) -> Vec<Line> {
        lines()[self.start..].to_vec()
    }

    /// Level and text of the lines that the crate logged on this thread at WARN or ERROR.
    pub fn warnings(&self) -> Vec<(Level, String)> {
        let mut lines = self.lines();
        lines.retain(|line| line.is_from_crate() && line.level <= Level::WARN);
        lines
            .into_iter()
            .map(|line| (line.level, line.text))
            .collect()
    }

    /// The `reason` fields that the crate logged on this thread, at any level.
    pub fn reasons(&self) -> Vec<String> {
        let lines = self.lines().into_iter().filter(|line| line.is_from_crate());
        lines
            .filter_map(|line| {
                let (_, rest) = line.text.split_once("reason=")?;
                Some(rest.split(' ').next()?.trim_matches('"').to_owned())
            })
            .collect()
    }
}

static LINES: Mutex<Vec<Line>> = Mutex::new(Vec::new());

fn lines() -> std::sync::MutexGuard<'static, Vec<Line>> {
    LINES
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

struct Capture;

impl<S: Subscriber + for<'s> LookupSpan<'s>> Layer<S> for Capture {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let mut text = Text::default();
        event.record(&mut text);
        record(event.metadata(), text);
    }

    fn on_new_span(&self, attributes: &span::Attributes<'_>, _: &span::Id, _: Context<'_, S>) {
        let mut text = Text::default();
        attributes.record(&mut text);
        record(attributes.metadata(), text);
    }
}

fn record(metadata: &tracing::Metadata<'_>, text: Text) {
    lines().push(Line {
        level: *metadata.level(),
        target: metadata.target().to_owned(),
        text: text.escaped,
        raw: text.raw,
        thread: thread::current().id(),
    });
}

#[derive(Default)]
struct Text {
    escaped: String,
    raw: String,
}

impl Text {
    fn put(&mut self, field: &Field, escaped: &str, raw: &str) {
        for (line, value) in [(&mut self.escaped, escaped), (&mut self.raw, raw)] {
            let gap = if line.is_empty() { "" } else { " " };
            let _ = write!(line, "{gap}{}={value}", field.name());
        }
    }
}

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let value = format!("{value:?}");
        self.put(field, &value, &value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, &format!("{value:?}"), value);
    }
}
