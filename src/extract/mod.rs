//! The extractors: [`User`] and [`Providers`].

pub use self::{
    providers::{ProviderInfo, Providers},
    user::User,
    user_rejection::UserRejection,
};

mod providers;
mod user;
mod user_rejection;
