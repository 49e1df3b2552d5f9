//! The configuration in code: the same behaviour and diagnostics as from a file.

mod alike;
mod faults;
mod production;

use axum_streamlit_auth::{AuthLayer, AuthLayerBuilder, ConfigError};

use support::COOKIE_SECRET;

/// A builder that lacks only a provider.
fn builder() -> AuthLayerBuilder {
    AuthLayer::builder()
        .redirect_uri("http://localhost:8501/oauth2callback")
        .cookie_secret(COOKIE_SECRET)
}

fn error_of(builder: AuthLayerBuilder) -> ConfigError {
    let text = format!("{builder:?}");
    builder.build().expect_err(&text)
}
