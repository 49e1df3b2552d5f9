//! secrets.toml: parsing, presets, reload, doctor.

mod config;
mod doctor;
mod presets;
mod reload;
