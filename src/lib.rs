//! Streamlit's `st.login()`, `st.user` and `st.logout()` for Axum: OpenID Connect sign-in from one `secrets.toml`.

pub use self::{
    config::{ConfigError, Fault},
    doctor::{Report, Step},
    guard::{LoggedIn, LoginRequired, RequireLogin, RequireLoginService, require_login},
    identity::Tokens,
    layer::{AuthLayer, AuthService},
    login::Login,
    logout::Logout,
    user::{AuthLayerMissing, User},
};

mod config;
mod cookie;
#[cfg(feature = "dev")]
mod dev;
mod doctor;
mod endpoints;
mod guard;
mod identity;
mod layer;
mod login;
mod logout;
mod pages;
mod provider;
mod site;
mod user;

/// The target of every event that this crate logs.
const LOG: &str = "axum_streamlit_auth";
