//! A forwarder between the app and its provider that resets, delays and truncates.
//!
//! Its address is the provider's issuer. Browsers reach the provider directly.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use tokio::{
    io::AsyncWriteExt,
    net::{TcpListener, TcpStream},
    task::{AbortHandle, JoinSet},
};

use super::message::{Message, forward};
use crate::provider::http;

/// The effect on one request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fault {
    None,
    /// The connection is reset before the provider receives the request.
    Reset,
    /// The response is 0.3 to 2 s late.
    Delay,
    /// The provider processes the request, and half of its response arrives.
    Cut,
}

/// 30 % resets, 20 % delays, 5 % truncations. The order is fixed and spreads the faults, so that a
/// retry usually succeeds.
const ORDER: [Fault; 20] = {
    use Fault::{Cut, Delay, None, Reset};
    [
        Reset, None, Delay, None, Reset, None, Cut, None, Reset, Delay, None, Reset, None, Delay,
        None, Reset, None, Reset, Delay, None,
    ]
};

pub struct Line {
    pub authority: String,
    state: Arc<State>,
    accepting: AbortHandle,
}

struct State {
    client: reqwest::Client,
    /// Host and port of the provider.
    provider: OnceLock<String>,
    faulty: AtomicBool,
    seen: Mutex<Seen>,
}

#[derive(Default)]
pub struct Seen {
    /// By endpoint.
    requests: HashMap<String, usize>,
    pub faults: Vec<(Instant, Fault, String)>,
    /// The results of each code. More than one entry if it was sent again.
    pub codes: HashMap<String, Vec<Fate>>,
}

/// Completeness of the response to a code.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Fate {
    Lost,
    Whole,
}

impl Line {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let authority = listener.local_addr().unwrap().to_string();
        let state = Arc::new(State {
            client: http(),
            provider: OnceLock::new(),
            faulty: AtomicBool::new(false),
            seen: Mutex::default(),
        });
        let accept = {
            let state = Arc::clone(&state);
            async move {
                let mut connections = JoinSet::new();
                while let Ok((stream, _)) = listener.accept().await {
                    let state = Arc::clone(&state);
                    connections.spawn(async move { state.serve(stream).await });
                    while connections.try_join_next().is_some() {}
                }
            }
        };
        Self {
            authority,
            state,
            accepting: tokio::spawn(accept).abort_handle(),
        }
    }

    /// The address as an issuer.
    pub fn issuer(&self) -> String {
        format!(
            "http://{}",
            self.authority.replace("127.0.0.1", "localhost")
        )
    }

    /// Forwards to the provider at `authority` from now on.
    pub fn forward_to(&self, authority: String) {
        self.state
            .provider
            .set(authority)
            .expect("there is one provider");
    }

    /// Starts to inject faults.
    pub fn start_faults(&self) {
        self.state.faulty.store(true, Ordering::Relaxed);
    }

    /// Closes all connections and accepts no others.
    pub fn close(&self) {
        self.accepting.abort();
    }

    pub fn seen<T>(&self, look: impl FnOnce(&Seen) -> T) -> T {
        look(&self.state.seen.lock().unwrap())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.close();
    }
}

impl Seen {
    pub fn count(&self, fault: Fault) -> usize {
        let faults = self.faults.iter();
        faults.filter(|(_, found, _)| *found == fault).count()
    }

    /// Returns true if the response to a code was lost, or a code was sent twice.
    pub fn has_lost_code(&self) -> bool {
        let mut fates = self.codes.values();
        fates.any(|fates| *fates != [Fate::Whole])
    }

    pub fn requests(&self) -> usize {
        self.requests.values().sum()
    }
}

impl State {
    /// Handles the requests of one connection in order.
    async fn serve(&self, mut stream: TcpStream) {
        while let Some(request) = Message::peek(&stream).await {
            let endpoint = request.endpoint();
            let fault = self.fault(&endpoint);
            let code = request.form_field("code");
            let lost = || self.answered(code.as_deref(), Fate::Lost);
            if fault == Fault::Reset {
                // The kernel resets a connection that is closed with unread bytes.
                return lost();
            }
            if request.take(&mut stream).await.is_err() {
                return lost();
            }
            if fault == Fault::Delay {
                tokio::time::sleep(self.delay()).await;
            }
            let provider = self.provider.get().expect("a provider");
            let Some(answer) = forward(&self.client, provider, &request).await else {
                return lost();
            };
            let sent = match fault {
                Fault::Cut => &answer[..answer.len() / 2],
                _ => &answer,
            };
            if stream.write_all(sent).await.is_err() || fault == Fault::Cut {
                return lost();
            }
            self.answered(code.as_deref(), Fate::Whole);
        }
    }

    fn fault(&self, endpoint: &str) -> Fault {
        if !self.faulty.load(Ordering::Relaxed) {
            return Fault::None;
        }
        let mut seen = self.seen.lock().unwrap();
        let count = seen.requests.entry(endpoint.to_owned()).or_default();
        let fault = ORDER[*count % ORDER.len()];
        *count += 1;
        if fault != Fault::None {
            seen.faults
                .push((Instant::now(), fault, endpoint.to_owned()));
        }
        fault
    }

    fn delay(&self) -> Duration {
        let number = self.seen.lock().unwrap().faults.len() as u64;
        Duration::from_millis(300 + number * 617 % 1700)
    }

    fn answered(&self, code: Option<&str>, fate: Fate) {
        if let Some(code) = code {
            let mut seen = self.seen.lock().unwrap();
            seen.codes.entry(code.to_owned()).or_default().push(fate);
        }
    }
}
