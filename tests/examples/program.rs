//! One program with all examples, so that the tests do not link one for each. The environment
//! variable `EXAMPLE` names the one that runs.

use std::{
    env,
    process::{ExitCode, Termination},
};

macro_rules! examples {
    ($($name:ident)*) => {
        $(mod $name {
            include!(concat!("../../examples/", stringify!($name), ".rs"));

            pub fn run() -> ::std::process::ExitCode {
                ::std::process::Termination::report(main())
            }
        })*

        fn main() -> ExitCode {
            let name = env::var("EXAMPLE").unwrap_or_default();
            match name.as_str() {
                $(stringify!($name) => $name::run(),)*
                _ => Err::<(), _>([$(stringify!($name)),*]).report(),
            }
        }
    };
}

examples! {
    access_token apple beside_streamlit builder doctor gateway github google guard hello htmx
    providers sessions state static_files testing websocket
}
