//! secrets.toml (parsing, presets, reload, doctor) and the builder.

mod builder;
mod config;
mod doctor;
mod presets;
mod reload;
