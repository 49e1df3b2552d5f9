//! Proves a configuration before the first user tries it: what can be known of it without signing in.

use std::path::{Path, PathBuf};

use crate::{
    config::{Config, ConfigError, Source, is_published},
    layer::AuthLayer,
    shared::Shared,
};

pub use self::report::{Report, Step};

mod client;
mod client_auth;
mod file;
mod groups;
mod names;
mod probe;
mod provider;
mod report;
mod secret;
mod sign_out;
mod size;
mod words;

impl AuthLayer {
    /// Checks this configuration as far as that goes without a user: the file, the secret, and each provider with what it says of the
    /// client id, the client secret and the redirect URI.
    ///
    /// It sends each provider up to 13 requests, one after the other. Each may take eight seconds, and no redirect is followed. Some are
    /// sign-in requests that no user finishes. Others are token requests with a code that does not exist: one of them has a wrong secret on
    /// purpose, to see that the provider refuses it, unless the provider says that it limits attempts. Where something is refused, one
    /// request of each kind has a client ID that does not exist, to compare. Call it from a test, a start-up flag or a command, not from a
    /// handler.
    ///
    /// ```no_run
    /// # async fn example(auth: axum_streamlit_auth::AuthLayer) {
    /// let report = auth.check().await;
    /// print!("{report}");
    /// assert!(report.is_ok());
    /// # }
    /// ```
    pub async fn check(&self) -> Report {
        check(&self.live.shared()).await
    }

    /// Reads what [`AuthLayer::from_secrets`] reads and checks it; if it cannot be used, every fault in it is a step of the report.
    pub async fn check_secrets() -> Report {
        match Self::from_secrets() {
            Ok(layer) => layer.check().await,
            Err(error) => unusable(Source::search().paths(), &error).await,
        }
    }

    /// Reads what [`AuthLayer::from_path`] reads and checks it; if it cannot be used, every fault in it is a step of the report.
    pub async fn check_path(path: impl AsRef<Path>) -> Report {
        match Self::from_path(&path) {
            Ok(layer) => layer.check().await,
            Err(error) => unusable(Source::path(path.as_ref()).paths(), &error).await,
        }
    }
}

async fn check(shared: &Shared) -> Report {
    let site = &shared.site;
    let config = &site.config;
    let mut report = Report::default();
    file::looked_for(&mut report, &config.files);
    summary(&mut report, config);
    for path in &config.files {
        file::exposure(&mut report, path, Some(config), is_development(config)).await;
    }
    secret::strength(&mut report, config);
    for provider in shared.providers.iter() {
        groups::check(&mut report, config, &provider.config);
        let metadata = provider::check(&mut report, site, provider).await;
        if let Some(metadata) = metadata {
            client::check(&mut report, site, provider, &metadata).await;
            size::check(&mut report, site, provider, &metadata);
        }
    }
    report
}

async fn unusable(files: &[PathBuf], error: &ConfigError) -> Report {
    let mut report = Report::default();
    file::looked_for(&mut report, files);
    for fault in error.faults() {
        report.bad(fault.clone());
    }
    for path in files {
        file::exposure(&mut report, path, None, false).await;
    }
    report
}

fn summary(report: &mut Report, config: &Config) {
    let names: Vec<&str> = config
        .providers
        .iter()
        .map(|provider| provider.label.as_str())
        .collect();
    let written = if config.places.has("redirect_uri") {
        ""
    } else {
        " (not written, so this machine is meant)"
    };
    report.good(format!(
        "no fault in it; sign-in with {} at {}{written}",
        names.join(", "),
        config.redirect_uri.as_str()
    ));
}

/// Whether nothing in it is secret: the development provider and the secret that everybody knows.
fn is_development(config: &Config) -> bool {
    use secrecy::ExposeSecret;
    let public = |secret: &secrecy::SecretString| is_published(secret.expose_secret());
    config.cookie_secrets.iter().all(public)
        && config.providers.iter().all(|provider| {
            config
                .redirect_uri
                .is_development(&provider.server_metadata_url)
        })
}
