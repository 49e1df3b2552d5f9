//! Route guards: [`LoggedIn`] and [`Claims`] for one handler, [`require_login`] for a group of
//! routes.

pub use self::{
    claims::Claims,
    future::RequireLoginFuture,
    logged_in::{LoggedIn, LoginRequired},
    require_login::{RequireLogin, RequireLoginService, require_login},
};
pub(crate) use self::{
    rejection::{GuardRejection, check, forbidden, unauthorized, unauthorized_in_frame},
    requirements::Requirements,
};

mod claims;
mod future;
mod held_form;
mod logged_in;
mod rejection;
mod require_login;
mod requirements;
mod step_up;
