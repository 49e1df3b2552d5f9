//! The user of a request: cookies, extractors, guards, logout.

mod bearer;
mod cookies;
mod golden;
mod guard;
mod logout;
mod sessions;
mod streamlit_cookies;
mod user;
