//! The configuration in code: the same behaviour and diagnostics as from a file.

mod alike;
mod faults;
mod production;

use axum_streamlit_auth::{AuthLayer, AuthLayerBuilder, ConfigError, Provider};

use support::{COOKIE_SECRET, Provider as TestProvider};

/// A builder that lacks only a provider.
fn builder() -> AuthLayerBuilder {
    AuthLayer::builder()
        .redirect_uri("http://localhost:8501/oauth2callback")
        .cookie_secret(COOKIE_SECRET)
}

/// The test provider, with its registered client.
fn discovered(provider: &TestProvider) -> Provider {
    let client = provider.registered();
    Provider::discover(provider.metadata_url(), client.id, client.secret)
}

fn error_of(builder: AuthLayerBuilder) -> ConfigError {
    let text = format!("{builder:?}");
    builder.build().expect_err(&text)
}
