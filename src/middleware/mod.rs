//! The Tower middleware: [`AuthLayer`], [`AuthService`] and [`AuthFuture`], and the [`Sessions`] of
//! a layer.

pub use self::{
    future::AuthFuture,
    layer::AuthLayer,
    service::AuthService,
    sessions::{Session, SessionError, Sessions},
};

#[cfg(feature = "dev")]
mod development;
mod future;
mod hooks;
mod layer;
mod service;
mod sessions;
