//! Pages, proxies, other middleware, secrecy, the development provider and the README.

mod dev_provider;
mod pages;
mod proxy;
mod readme;
mod secrets;
mod tower_stack;
