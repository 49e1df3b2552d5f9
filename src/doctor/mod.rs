//! Checks a configuration before the first user logs in: everything that can be tested without a
//! login.

use std::path::{Path, PathBuf};

use secrecy::{ExposeSecret, SecretString};

use crate::{
    config::{Config, ConfigError, Source, is_published},
    middleware::AuthLayer,
    state::AuthState,
};

pub use self::report::{Check, CheckReport, Outcome};

mod account;
mod authorization;
mod backchannel_logout;
mod bearer;
mod client;
mod client_auth;
mod credentials;
mod file;
mod groups;
mod lifetime;
mod logout;
mod names;
mod probe;
mod provider;
mod refresh;
mod report;
mod response_words;
mod secret;
mod sessions;
mod size;

impl AuthLayer {
    /// Checks this configuration as far as possible without a user: the file, the cookie secret,
    /// and for each provider its metadata and whether it accepts the client ID, the client secret
    /// and the redirect URI.
    ///
    /// Sends each provider up to 14 requests, one after the other. Each may take eight seconds, and
    /// redirects are not followed. Some are authorization requests that no user completes. Others
    /// are token requests with an authorization code that does not exist. One of these has a wrong
    /// client secret on purpose, to see whether the provider refuses it. It is not sent if the
    /// provider says that it limits attempts. If a request is refused, another of the same kind is
    /// sent with a client ID that does not exist, for comparison. Call this from a test, a start-up
    /// flag or a command, not from a handler.
    ///
    /// ```no_run
    /// # async fn example(auth: axum_streamlit_auth::AuthLayer) {
    /// let report = auth.check().await;
    /// print!("{report}");
    /// assert!(report.is_ok());
    /// # }
    /// ```
    pub async fn check(&self) -> CheckReport {
        check(&self.state.current()).await
    }

    /// Checks the configuration that [`AuthLayer::from_secrets`] reads.
    ///
    /// If it is invalid, each of its diagnostics is a check in the report.
    pub async fn check_secrets() -> CheckReport {
        match Self::from_secrets() {
            Ok(layer) => layer.check().await,
            Err(error) => invalid(Source::search().paths(), &error).await,
        }
    }

    /// Checks the configuration that [`AuthLayer::from_path`] reads.
    ///
    /// If it is invalid, each of its diagnostics is a check in the report.
    pub async fn check_path(path: impl AsRef<Path>) -> CheckReport {
        match Self::from_path(&path) {
            Ok(layer) => layer.check().await,
            Err(error) => invalid(Source::path(path.as_ref()).paths(), &error).await,
        }
    }
}

async fn check(state: &AuthState) -> CheckReport {
    let settings = &state.settings;
    let config = &settings.config;
    let mut report = CheckReport::default();
    file::found(&mut report, &config.files);
    summary(&mut report, config);
    for path in &config.files {
        let harmless = is_development(config) || !config.has_written_secrets;
        file::exposure(&mut report, path, Some(config), harmless).await;
    }
    for path in &config.linked_files {
        file::exposure(&mut report, path, Some(config), false).await;
    }
    secret::strength(&mut report, config);
    lifetime::check(&mut report, settings);
    bearer::resource(&mut report, config);
    sessions::check(&mut report, state).await;
    for provider in state.providers.iter() {
        groups::check(&mut report, config, provider).await;
        let metadata = match provider.config.protocol.oauth2() {
            Some(oauth2) => Some(account::check(&mut report, settings, provider, oauth2).await),
            None => provider::check(&mut report, settings, provider).await,
        };
        if let Some(metadata) = metadata {
            client::check(&mut report, settings, provider, &metadata).await;
            size::check(&mut report, settings, provider, &metadata);
        }
    }
    report
}

async fn invalid(files: &[PathBuf], error: &ConfigError) -> CheckReport {
    let mut report = CheckReport::default();
    file::found(&mut report, files);
    for diagnostic in error.diagnostics() {
        report.fail(diagnostic.clone());
    }
    for path in files {
        file::exposure(&mut report, path, None, false).await;
    }
    report
}

fn summary(report: &mut CheckReport, config: &Config) {
    let names: Vec<&str> = config
        .providers
        .iter()
        .map(|provider| provider.label.as_str())
        .collect();
    let default = if config.locations.has("redirect_uri") {
        ""
    } else {
        " (default)"
    };
    report.pass(format!(
        "valid configuration: login with {} at {}{default}",
        names.join(", "),
        config.redirect_uri.as_str()
    ));
}

/// Returns true if the configuration contains no secret: all providers are the development
/// provider, and all cookie secrets are the published one.
fn is_development(config: &Config) -> bool {
    let published = |secret: &SecretString| is_published(secret.expose_secret());
    config.cookie_secrets.iter().all(published)
        && config.providers.iter().all(|provider| {
            config
                .redirect_uri
                .is_development(&provider.server_metadata_url)
        })
}
