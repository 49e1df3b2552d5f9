#![doc = include_str!("docs/crate.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

pub use self::{
    config::{AuthLayerBuilder, ClientCredential, ConfigError, Diagnostic, Provider},
    doctor::{Check, CheckReport, Outcome},
    endpoints::Logout,
    extract::{ProviderInfo, Providers, User, UserRejection},
    guard::{Claims, LoggedIn, LoginRequired, RequireLogin, RequireLoginService, require_login},
    identity::Tokens,
    login::{Login, SilentLogin},
    middleware::{AuthLayer, AuthService, Session, SessionError, Sessions},
    pages::error_codes,
    refresh::{AccessToken, AccessTokenError},
    rejection::MissingAuthLayer,
    state::SignIn,
};
#[cfg(feature = "dev")]
pub use self::{dev::ProviderFault, testing::TestUser};

/// Response futures of the middleware and the guards.
pub mod future {
    pub use crate::{guard::RequireLoginFuture, middleware::AuthFuture};
}

#[doc = include_str!("docs/guide.md")]
pub mod guide {
    #[doc = include_str!("docs/guide.zh.md")]
    pub mod zh {}

    #[doc = include_str!("docs/from_streamlit.md")]
    pub mod from_streamlit {}

    #[doc = include_str!("docs/configuration.md")]
    pub mod configuration {}

    #[doc = include_str!("docs/apple.md")]
    pub mod apple {}

    #[doc = include_str!("docs/client_credentials.md")]
    pub mod client_credentials {}

    #[doc = include_str!("docs/oauth2.md")]
    pub mod oauth2 {}

    #[doc = include_str!("docs/requests.md")]
    pub mod requests {}

    #[doc = include_str!("docs/forward_auth.md")]
    pub mod forward_auth {}

    #[doc = include_str!("docs/bearer.md")]
    pub mod bearer {}

    #[doc = include_str!("docs/step_up.md")]
    pub mod step_up {}

    #[doc = include_str!("docs/sessions.md")]
    pub mod sessions {}
}

/// Runs the code of the README as doctests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

mod clock;
mod config;
mod cookie;
#[cfg(feature = "dev")]
mod dev;
mod doctor;
mod endpoints;
mod extract;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(test)]
mod generated;
mod guard;
mod identity;
mod local;
mod login;
mod middleware;
mod pages;
mod private_key;
mod provider;
mod refresh;
mod rejection;
mod request;
mod response;
mod sessions;
mod state;
mod task;
#[cfg(feature = "dev")]
mod testing;
