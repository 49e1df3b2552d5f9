//! Spawns the tasks of this crate, which continue if the client disconnects.

use std::pin::Pin;

use tokio::task::JoinHandle;

/// Spawns a task.
///
/// The future is boxed, because tokio's own code for a task is compiled once for each type of
/// future.
///
/// # Panics
///
/// Panics outside of a Tokio runtime.
#[track_caller]
pub(crate) fn spawn<T: Send + 'static>(
    future: impl Future<Output = T> + Send + 'static,
) -> JoinHandle<T> {
    let future: Pin<Box<dyn Future<Output = T> + Send>> = Box::pin(future);
    tokio::spawn(future)
}
