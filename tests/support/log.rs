//! Everything that is logged in this process, at TRACE, by this crate and by every crate below it.

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

/// One event, or the fields of one span.
#[derive(Clone, Debug)]
pub struct Line {
    pub level: Level,
    /// The crate or module that logged it.
    pub target: String,
    /// The fields, `name=value` each, as the events' authors wrote them.
    pub text: String,
    /// As `text`, with texts as they are: what a careless formatter would print.
    pub raw: String,
    thread: ThreadId,
}

/// What is logged from here on; each test has a thread of its own.
pub struct Log {
    start: usize,
}

/// The target of every event of this crate.
pub const OURS: &str = "axum_streamlit_auth";

impl Log {
    /// Begins to listen. The first call of a process sets its subscriber.
    pub fn start() -> Self {
        static ONCE: OnceLock<()> = OnceLock::new();
        // `init` takes over the records of the `log` crate too, which reqwest and rustls write.
        ONCE.get_or_init(|| tracing_subscriber::registry().with(Capture).init());
        Self {
            start: lines().len(),
        }
    }

    /// What this thread logged.
    pub fn lines(&self) -> Vec<Line> {
        let mut lines = self.all();
        lines.retain(|line| line.thread == thread::current().id());
        lines
    }

    /// What any thread logged.
    pub fn all(&self) -> Vec<Line> {
        lines()[self.start..].to_vec()
    }

    /// What this crate logged on this thread at WARN and ERROR: the level and the text of each.
    pub fn complaints(&self) -> Vec<(Level, String)> {
        let mut lines = self.lines();
        lines.retain(|line| line.target == OURS && line.level <= Level::WARN);
        lines
            .into_iter()
            .map(|line| (line.level, line.text))
            .collect()
    }

    /// The `reason` of every refusal that this crate logged on this thread, at any level.
    pub fn reasons(&self) -> Vec<String> {
        let lines = self.lines().into_iter().filter(|line| line.target == OURS);
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
        keep(event.metadata(), text);
    }

    fn on_new_span(&self, attributes: &span::Attributes<'_>, _: &span::Id, _: Context<'_, S>) {
        let mut text = Text::default();
        attributes.record(&mut text);
        keep(attributes.metadata(), text);
    }
}

fn keep(metadata: &tracing::Metadata<'_>, text: Text) {
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
