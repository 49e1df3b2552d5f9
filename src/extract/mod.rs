//! The extractors: [`User`] and [`Providers`].

pub use self::{
    providers::{ProviderInfo, Providers},
    user::User,
};

mod providers;
mod user;
