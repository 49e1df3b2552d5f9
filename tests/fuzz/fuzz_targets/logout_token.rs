#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| axum_streamlit_auth::fuzzing::logout_token(bytes));
