//! The app's hook at a sign-in, `AuthLayer::on_sign_in`: run to its end, with a time limit for those who wait.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::{Map, Value};
use tokio::{sync::watch, time::timeout};
use tracing::Instrument;

type Claims = Map<String, Value>;
type Asked = Pin<Box<dyn Future<Output = Result<Claims, String>> + Send>>;

/// What the app does with the claims of a login before it is accepted.
#[derive(Clone)]
pub(crate) struct Hook {
    ask: Arc<dyn Fn(Claims) -> Asked + Send + Sync>,
    answers: Arc<Mutex<VecDeque<Answer>>>,
}

/// Why a hook did not accept a login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HookError {
    /// With a sentence for the user.
    Refused(String),
    /// No answer within [`HOOK_TIMEOUT`]. The hook still runs to its end.
    Slow,
    Panicked,
}

/// How long a request waits for the hook. Proxies give up after a minute.
pub(crate) const HOOK_TIMEOUT: Duration = Duration::from_secs(30);

/// Answers that are remembered, for identities that this crate did not write. Each holds the claims of one user.
const MAX_ANSWERS: usize = 256;

/// Seconds for which an answer is used again: long enough for all requests of one page.
const ANSWER_TTL: u64 = 60;

impl Hook {
    pub(crate) fn new(ask: impl Fn(Claims) -> Asked + Send + Sync + 'static) -> Self {
        Self {
            ask: Arc::new(ask),
            answers: Arc::default(),
        }
    }

    /// Asks the hook, for a login.
    pub(crate) async fn ask(&self, claims: Claims) -> Result<Claims, HookError> {
        wait(self.start(claims)).await
    }

    /// Asks the hook once for all requests that carry the identity `id` within [`ANSWER_TTL`].
    ///
    /// `now` is in seconds since the Unix epoch.
    pub(super) async fn ask_once(
        &self,
        id: &[u8; 32],
        claims: Claims,
        now: u64,
    ) -> Result<Claims, HookError> {
        let answer = {
            let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
            answers.retain(|answer| answer.is_usable(now));
            let known = answers.iter().find(|answer| answer.id == *id);
            known.map(|known| known.result.clone()).unwrap_or_else(|| {
                let result = self.start(claims);
                if answers.len() >= MAX_ANSWERS {
                    answers.pop_front();
                }
                answers.push_back(Answer {
                    id: *id,
                    time: now,
                    result: result.clone(),
                });
                result
            })
        };
        wait(answer).await
    }

    /// Starts the hook in a task of its own, which runs on when the client has gone.
    fn start(&self, claims: Claims) -> watch::Receiver<Option<Result<Claims, String>>> {
        let (sender, receiver) = watch::channel(None);
        let ask = Arc::clone(&self.ask);
        let run = async move {
            let result = ask(claims).await;
            // Without a receiver, every client has gone.
            let _ = sender.send(Some(result));
        };
        tokio::spawn(run.in_current_span());
        receiver
    }
}

struct Answer {
    id: [u8; 32],
    time: u64,
    result: watch::Receiver<Option<Result<Claims, String>>>,
}

impl Answer {
    fn is_usable(&self, now: u64) -> bool {
        let is_running = self.result.borrow().is_none() && self.result.has_changed().is_ok();
        is_running || now.abs_diff(self.time) <= ANSWER_TTL
    }
}

async fn wait(
    mut result: watch::Receiver<Option<Result<Claims, String>>>,
) -> Result<Claims, HookError> {
    let answer = timeout(HOOK_TIMEOUT, result.wait_for(Option::is_some)).await;
    match answer.map_err(|_| HookError::Slow)?.as_deref() {
        Ok(Some(Ok(claims))) => Ok(claims.clone()),
        Ok(Some(Err(sentence))) => Err(HookError::Refused(sentence.clone())),
        // The task ended without an answer.
        Ok(None) | Err(_) => Err(HookError::Panicked),
    }
}
