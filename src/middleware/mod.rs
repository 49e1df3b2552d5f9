//! The Tower middleware: [`AuthLayer`], [`AuthService`] and [`AuthFuture`].

pub use self::{future::AuthFuture, layer::AuthLayer, service::AuthService};

mod future;
mod layer;
mod service;
