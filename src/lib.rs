#![doc = include_str!("../README.md")]

pub use self::{
    config::{ConfigError, Fault},
    doctor::{Report, Step},
    guard::{LoggedIn, LoginRequired, RequireLogin, RequireLoginService, require_login},
    identity::Tokens,
    layer::AuthLayer,
    login::Login,
    logout::Logout,
    providers::{ProviderChoice, Providers},
    service::AuthService,
    user::{AuthLayerMissing, User},
};

#[doc = include_str!("docs/from_streamlit.md")]
pub mod from_streamlit {}

#[cfg(feature = "dev")]
pub use self::dev::{ProviderFault, TestUser};

#[doc = include_str!("docs/causes.md")]
pub mod causes {
    #[doc = include_str!("docs/entra.md")]
    pub mod entra {}
}

mod config;
mod cookie;
#[cfg(feature = "dev")]
mod dev;
mod doctor;
mod endpoints;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod guard;
mod identity;
mod layer;
mod live;
mod local;
mod login;
mod logout;
mod pages;
mod provider;
mod providers;
mod service;
mod shared;
mod site;
mod user;

/// The target of every event that this crate logs.
const LOG: &str = "axum_streamlit_auth";
