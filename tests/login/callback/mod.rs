//! The callback.

mod login_csrf;
mod malformed;
mod mix_up;
mod repeated;
