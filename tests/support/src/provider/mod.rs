//! An OpenID provider that conforms to the standard, except for the faults that a test configures.
//!
//! - `faults`, `behaviour`: faults and how responses change with them
//! - `endpoints`, `grant`: discovery, keys, authorize, token, UserInfo and logout
//! - `refresh`: refresh tokens
//! - `emulation`, `apple`, `github`, `graph`: providers that deviate from the standard; Microsoft
//!   Graph
//! - `id_token`, `access_token`, `logout_token`, `keys`: signing; `users`: the users who sign in
//! - `record`: received requests; `secrecy`: the search for secrets in the log; `server`, `tls`:
//!   connections

mod access_token;
mod apple;
mod behaviour;
mod client_jwt;
mod emulation;
mod endpoints;
mod faults;
mod github;
mod grant;
mod graph;
mod id_token;
pub mod keys;
mod logout_token;
mod private_key;
mod record;
mod refresh;
mod secrecy;
mod server;
mod tls;
mod users;

use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::{Duration, UNIX_EPOCH},
};

use axum::{
    http::header::DATE,
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value, json};
use tokio::task::AbortHandle;

use self::grant::Grant;
pub use self::{
    access_token::AUDIENCE,
    apple::{APPLE_KEY, APPLE_TEAM},
    client_jwt::{ClientJwt, Decoded},
    emulation::LINKEDIN,
    faults::{Behaviour, Edits, Faults, TokenSignature},
    github::GitHub,
    grant::{Auth, Client},
    graph::Graph,
    id_token::encrypted_token,
    record::RecordedRequest,
    tls::{TEST_CA, TEST_CA_OF_LINKEDIN, Tls},
    users::{groups, user},
};
use super::{Log, yield_until};

/// A provider on a free port of 127.0.0.1. Dropping it stops it.
pub struct Provider {
    port: u16,
    tls: Option<Tls>,
    state: Arc<State>,
    server: Mutex<AbortHandle>,
    log: Option<Log>,
}

/// State that all connections share.
struct State {
    /// The address at which the server listens.
    origin: String,
    inner: Mutex<Inner>,
}

struct Inner {
    /// The origin of the endpoints in the discovery document.
    origin: String,
    faults: Faults,
    /// The algorithm without faults.
    alg: &'static str,
    client: Client,
    user: Map<String, Value>,
    /// True if there are no ID tokens.
    is_plain_oauth2: bool,
    /// True if PKCE is refused, and ID tokens have no nonce.
    is_linkedin: bool,
    /// The user at GitHub, if the provider behaves like GitHub.
    github: Option<GitHub>,
    graph: Graph,
    generation: usize,
    grants: Vec<Grant>,
    /// The users who have consented at [`Provider::emulate_apple`].
    consented: Vec<String>,
    requests: Vec<RecordedRequest>,
    violations: Vec<String>,
    /// The access tokens of [`access_token`](Provider::access_token).
    access_tokens: Vec<String>,
}

impl Provider {
    /// Starts a provider without faults, at which `ada` signs in.
    pub async fn start() -> Self {
        Self::launch(None, Some(Log::start())).await
    }

    /// Like [`start`](Self::start), but does not capture the log, for tests that measure memory.
    pub async fn start_without_log() -> Self {
        Self::launch(None, None).await
    }

    /// Like [`start`](Self::start), behind https. [`Browser`](crate::Browser) cannot reach it.
    pub async fn start_tls(tls: Tls) -> Self {
        Self::launch(Some(tls), Some(Log::start())).await
    }

    async fn launch(tls: Option<Tls>, log: Option<Log>) -> Self {
        let listener = server::listen(0).await;
        let port = listener.local_addr().expect("it is bound").port();
        let scheme = if tls.is_some() { "https" } else { "http" };
        let origin = format!("{scheme}://127.0.0.1:{port}");
        let inner = Mutex::new(Inner {
            origin: origin.clone(),
            faults: Faults::default(),
            alg: Faults::default().alg,
            client: Client::default(),
            user: user("ada"),
            is_plain_oauth2: false,
            is_linkedin: false,
            github: None,
            graph: Graph::default(),
            generation: 1,
            grants: Vec::new(),
            consented: Vec::new(),
            requests: Vec::new(),
            violations: Vec::new(),
            access_tokens: Vec::new(),
        });
        let state = Arc::new(State { origin, inner });
        let server = Mutex::new(server::spawn(listener, tls, Arc::clone(&state)));
        Self {
            port,
            tls,
            state,
            server,
            log,
        }
    }

    /// Changes the faults.
    pub fn set(&self, change: impl FnOnce(&mut Faults)) {
        change(&mut self.state.lock().faults);
    }

    /// Removes all faults.
    pub fn clear_faults(&self) {
        let mut inner = self.state.lock();
        inner.faults = Faults {
            alg: inner.alg,
            ..Faults::default()
        };
    }

    /// Signs with this algorithm from now on, also after [`clear_faults`](Self::clear_faults).
    /// Without this call it is ES256, because RS256 signatures take more time.
    pub fn sign_with(&self, alg: &'static str) {
        let mut inner = self.state.lock();
        inner.alg = alg;
        inner.faults.alg = alg;
    }

    /// Changes the registered client.
    pub fn client(&self, change: impl FnOnce(&mut Client)) {
        change(&mut self.state.lock().client);
    }

    pub fn registered(&self) -> Client {
        self.state.lock().client.clone()
    }

    /// Sets the user of the following logins: `ada`, `bob` or `wide`.
    pub fn sign_in_as(&self, name: &str) {
        self.state.lock().user = user(name);
    }

    /// Sets the claims of the user in the following logins.
    pub fn sign_in_with(&self, claims: Value) {
        let Value::Object(claims) = claims else {
            panic!("claims are an object")
        };
        self.state.lock().user = claims;
    }

    /// Replaces the signing key with a new one that has a new `kid`.
    pub fn rotate(&self) {
        self.state.lock().generation += 1;
    }

    /// Stops the server and closes all connections.
    pub async fn stop(&self) {
        let server = self.server.lock().unwrap().clone();
        server.abort();
        yield_until("the end of the server", || server.is_finished()).await;
    }

    /// Starts the server again on the same port, with the same keys and grants.
    pub async fn restart(&self) {
        let listener = server::listen(self.port).await;
        *self.server.lock().unwrap() = server::spawn(listener, self.tls, Arc::clone(&self.state));
    }

    /// `http://127.0.0.1:<port>`, or https.
    pub fn origin(&self) -> &str {
        &self.state.origin
    }

    /// The URL of `path` at this provider. The last segment selects the endpoint.
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.state.origin)
    }

    pub fn issuer(&self) -> String {
        self.state.lock().issuer()
    }

    /// The value for `server_metadata_url`.
    pub fn metadata_url(&self) -> String {
        let issuer = self.issuer();
        format!(
            "{}/.well-known/openid-configuration",
            issuer.trim_end_matches('/')
        )
    }

    /// The current discovery document.
    pub fn metadata(&self) -> Value {
        self.state.lock().metadata()
    }

    /// The requests to an endpoint so far. [`RecordedRequest::endpoint`] lists the names.
    pub fn requests(&self, endpoint: &str) -> Vec<RecordedRequest> {
        let mut requests = self.all_requests();
        requests.retain(|request| request.endpoint == endpoint);
        requests
    }

    pub fn count(&self, endpoint: &str) -> usize {
        let inner = self.state.lock();
        let requests = inner.requests.iter();
        requests
            .filter(|request| request.endpoint == endpoint)
            .count()
    }

    /// Waits until this number of requests to an endpoint has been received.
    pub async fn received(&self, count: usize, endpoint: &str) {
        yield_until(endpoint, || self.count(endpoint) >= count).await;
    }

    pub fn all_requests(&self) -> Vec<RecordedRequest> {
        self.state.lock().requests.clone()
    }

    /// Forgets all recorded requests.
    pub fn forget_requests(&self) {
        self.state.lock().requests.clear();
    }

    /// Protocol violations of the app so far. A successful login must leave this empty.
    pub fn violations(&self) -> Vec<String> {
        self.state.lock().violations.clone()
    }

    /// The public key of [`TokenSignature::ForeignKey`].
    pub fn foreign_jwk(&self) -> Value {
        let inner = self.state.lock();
        json!(keys::jwk(inner.faults.alg, inner.generation + 1))
    }
}

impl State {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap()
    }

    async fn respond(&self, request: RecordedRequest) -> Response {
        let (response, behaviour, date) = {
            let mut inner = self.lock();
            inner.requests.push(request.clone());
            if let Some((path, status)) = inner.faults.gone
                && request.path.starts_with(path)
            {
                return behaviour::code(status).into_response();
            }
            let response = inner.endpoint(&request);
            let silent = request.endpoint == "authorize"
                && request.parameter("prompt") == Some("none")
                && response.status().is_redirection();
            let silent = inner.faults.authorize_silent.clone().filter(|_| silent);
            let usual = inner.faults.behaviour(request.endpoint);
            let special = inner.faults.special.and_then(|special| special(&request));
            let behaviour = special.or(silent).unwrap_or(usual);
            (response, behaviour, inner.faults.date)
        };
        let mut response = behaviour.apply(response).await;
        if let Some(seconds) = date {
            let date = UNIX_EPOCH + Duration::from_secs(seconds);
            let date = httpdate::fmt_http_date(date).parse().expect("ASCII");
            response.headers_mut().insert(DATE, date);
        }
        response
    }
}

impl Faults {
    fn behaviour(&mut self, endpoint: &str) -> Behaviour {
        let behaviour = match endpoint {
            "discovery" => &mut self.discovery,
            "jwks" => &mut self.jwks,
            "authorize" => &mut self.authorize,
            "token" => &mut self.token,
            "userinfo" => &mut self.userinfo,
            "user" => &mut self.user,
            "emails" => &mut self.emails,
            "graph" => &mut self.graph,
            "logout" => &mut self.logout,
            _ => return Behaviour::Normal,
        };
        match behaviour {
            Behaviour::Once(_) => std::mem::replace(behaviour, Behaviour::Normal),
            _ => behaviour.clone(),
        }
    }
}
