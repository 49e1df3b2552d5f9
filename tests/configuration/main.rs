//! secrets.toml: parsing, presets, reload, doctor. The builder.

mod builder;
mod config;
mod doctor;
mod presets;
mod reload;
