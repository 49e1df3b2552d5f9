//! The callback.

mod form_post;
mod login_csrf;
mod malformed;
mod mix_up;
mod repeated;
