//! Searches the log for secrets when a provider is dropped.

use super::{
    super::{COOKIE_SECRET, canary},
    Provider,
    grant::Grant,
};

impl Provider {
    /// All codes and tokens issued so far.
    pub fn issued(&self) -> Vec<String> {
        let inner = self.state.lock();
        let issued = inner.grants.iter().flat_map(Grant::issued);
        issued.chain(inner.access_tokens.iter().cloned()).collect()
    }

    /// The secrets of the first logins.
    fn secrets(&self) -> Vec<String> {
        const PARAMETERS: [&str; 6] = [
            "state",
            "nonce",
            "code",
            "code_verifier",
            "client_assertion",
            "client_secret",
        ];
        const MAX: usize = 50;
        let inner = self.state.lock();
        let sent = inner
            .requests
            .iter()
            .flat_map(|request| PARAMETERS.map(|name| request.parameter(name)));
        let mut secrets: Vec<String> = sent.flatten().take(MAX).map(str::to_owned).collect();
        secrets.extend(inner.grants.iter().flat_map(Grant::issued).take(MAX));
        secrets.extend(inner.access_tokens.iter().take(MAX).cloned());
        secrets.extend([inner.client.secret.clone(), COOKIE_SECRET.to_owned()]);
        secrets.retain(|secret| secret.len() > 15);
        secrets
    }
}

/// Asserts that no secret is in the log at TRACE, including the log of dependencies. Applies to
/// every test that starts a provider.
impl Drop for Provider {
    fn drop(&mut self) {
        self.server.lock().unwrap().abort();
        let Some(log) = self.log.take().filter(|_| !std::thread::panicking()) else {
            return;
        };
        let lines = log.lines();
        let texts = lines
            .iter()
            .flat_map(|line| [line.text.as_str(), line.raw.as_str()]);
        assert_eq!(
            canary::find(&self.secrets(), texts),
            None,
            "a secret, and the log line that contains it"
        );
    }
}
