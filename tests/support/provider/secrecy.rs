//! What only the app and the provider may know, and a look for it in the log.

use super::{
    super::{COOKIE_SECRET, canary},
    Provider,
    grant::Grant,
};

impl Provider {
    /// Every code and token handed out so far, to look for them in logs and pages.
    pub fn issued(&self) -> Vec<String> {
        let inner = self.state.lock();
        inner.grants.iter().flat_map(Grant::issued).collect()
    }

    /// What only the app and this provider may know, of the first logins.
    fn secrets(&self) -> Vec<String> {
        const PARAMETERS: [&str; 4] = ["state", "nonce", "code", "code_verifier"];
        const MOST: usize = 200;
        let inner = self.state.lock();
        let sent = inner
            .requests
            .iter()
            .flat_map(|request| PARAMETERS.map(|name| request.parameter(name)));
        let mut secrets: Vec<String> = sent.flatten().take(MOST).map(str::to_owned).collect();
        secrets.extend(inner.grants.iter().flat_map(Grant::issued).take(MOST));
        secrets.extend([inner.client.secret.clone(), COOKIE_SECRET.to_owned()]);
        secrets.retain(|secret| secret.len() > 15);
        secrets
    }
}

/// Nearly every test that has a provider proves this too: none of its secrets stands in the log, at TRACE, of this crate or one below it.
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
            "a secret, and the line of the log that tells it"
        );
    }
}
