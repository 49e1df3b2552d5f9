//! The app's sign-in hook, `AuthLayer::on_sign_in`. It always runs to completion, but requests wait
//! for it with a time limit.

use std::{
    collections::VecDeque,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::{Map, Value};
use tokio::{sync::watch, time::timeout};
use tracing::Instrument;

use super::SignIn;
use crate::task;

type Claims = Map<String, Value>;
type Outcome = watch::Receiver<Option<Result<Claims, String>>>;
type HookFuture = Pin<Box<dyn Future<Output = Result<Claims, String>> + Send>>;

/// The function of the app that accepts or rejects the claims of a login, and may change them.
#[derive(Clone)]
pub(crate) struct SignInHook {
    hook: Arc<dyn Fn(SignIn) -> HookFuture + Send + Sync>,
    outcomes: Arc<Mutex<VecDeque<CachedOutcome>>>,
}

/// The reason why a hook did not accept a login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum HookError {
    /// Rejected, with a sentence for the user.
    Refused(String),
    /// Not finished within [`HOOK_TIMEOUT`]. The hook still runs to completion.
    TimedOut,
    Panicked,
}

/// Maximum time that a request waits for the hook, 30 seconds. Many proxies time out after a
/// minute.
pub(crate) const HOOK_TIMEOUT: Duration = Duration::from_secs(30);

impl SignInHook {
    pub(crate) fn new(hook: impl Fn(SignIn) -> HookFuture + Send + Sync + 'static) -> Self {
        Self {
            hook: Arc::new(hook),
            outcomes: Arc::default(),
        }
    }

    /// Asks the hook about a login.
    pub(crate) async fn ask(&self, sign_in: SignIn) -> Result<Claims, HookError> {
        wait(self.start(sign_in)).await
    }

    /// Asks the hook once for all requests that carry the identity `id` within [`OUTCOME_TTL`].
    ///
    /// `now` is in seconds since the Unix epoch.
    pub(crate) async fn ask_once(
        &self,
        id: &[u8; 32],
        claims: Claims,
        now: u64,
    ) -> Result<Claims, HookError> {
        let result = {
            let mut outcomes = self.outcomes.lock().unwrap_or_else(PoisonError::into_inner);
            outcomes.retain(|outcome| outcome.is_usable(now));
            let known = outcomes.iter().find(|outcome| outcome.id == *id);
            known.map(|known| known.result.clone()).unwrap_or_else(|| {
                let result = self.start(SignIn::new(claims, None));
                if outcomes.len() >= MAX_CACHED_OUTCOMES {
                    outcomes.pop_front();
                }
                outcomes.push_back(CachedOutcome {
                    id: *id,
                    time: now,
                    result: result.clone(),
                });
                result
            })
        };
        wait(result).await
    }

    /// Starts the hook in a separate task, which continues if the client disconnects.
    fn start(&self, sign_in: SignIn) -> Outcome {
        let (sender, receiver) = watch::channel(None);
        let hook = Arc::clone(&self.hook);
        let run = async move {
            let result = hook(sign_in).await;
            // There is no receiver if every client has disconnected.
            let _ = sender.send(Some(result));
        };
        task::spawn(run.in_current_span());
        receiver
    }
}

/// The outcome for an identity that this crate did not write.
struct CachedOutcome {
    id: [u8; 32],
    time: u64,
    result: Outcome,
}

impl CachedOutcome {
    fn is_usable(&self, now: u64) -> bool {
        let is_running = self.result.borrow().is_none() && self.result.has_changed().is_ok();
        is_running || now.abs_diff(self.time) <= OUTCOME_TTL
    }
}

/// Maximum number of outcomes in the cache. Each contains the claims of one user.
const MAX_CACHED_OUTCOMES: usize = 256;

/// Seconds for which an outcome is reused, enough for all requests of one page.
const OUTCOME_TTL: u64 = 60;

/// Waits for the hook, at most [`HOOK_TIMEOUT`].
async fn wait(mut result: Outcome) -> Result<Claims, HookError> {
    let outcome = timeout(HOOK_TIMEOUT, result.wait_for(Option::is_some)).await;
    match outcome.map_err(|_| HookError::TimedOut)?.as_deref() {
        Ok(Some(Ok(claims))) => Ok(claims.clone()),
        Ok(Some(Err(sentence))) => Err(HookError::Refused(sentence.clone())),
        // The task ended without an outcome.
        Ok(None) | Err(_) => Err(HookError::Panicked),
    }
}
