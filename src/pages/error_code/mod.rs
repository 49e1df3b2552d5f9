//! The error codes: one table for the log, the error pages and the documentation.

use axum::http::StatusCode;

use super::locales::{ErrorText, Locale};

// One macro for each section of the table.
#[macro_use]
mod authorization;
#[macro_use]
mod callback;
#[macro_use]
mod discovery;
#[macro_use]
mod token_response;
#[macro_use]
mod id_token;
#[macro_use]
mod authentication;
#[macro_use]
mod api;
#[macro_use]
mod app;

mod entra_codes;
#[cfg(test)]
mod tests;

pub(super) use self::entra_codes::remedy as entra_remedy;

/// The advice for the developer about an error.
#[derive(Clone, Copy, Debug)]
pub(super) struct Remedy {
    /// The configuration key to change.
    pub(super) key: Option<&'static str>,
    /// Sentences, with code in backticks.
    pub(super) help: &'static str,
    pub(super) example: Option<Example>,
}

impl Remedy {
    const fn new(help: &'static str) -> Self {
        Self {
            key: None,
            help,
            example: None,
        }
    }
}

/// Text to copy from the error page, with placeholders in braces.
#[derive(Clone, Copy, Debug)]
pub(super) enum Example {
    /// A line for the provider's table.
    Toml(&'static str),
    /// A value to register at the provider.
    Register(&'static str),
}

/// Generates [`ErrorCode`] and the public module [`error_codes`].
///
/// An entry is `Variant: "code", STATUS, text_on_the_page`, its remedy, and an example if there is
/// one. The doc comment of the entry is its description.
macro_rules! define_error_codes {
    ($(
        $section:literal {$(
            $(#[$description:meta])*
            $variant:ident: $code:literal, $status:ident, $text:ident
                $(, key: $key:literal)?
                , help: $help:literal
                $(, toml: $toml:literal)?
                $(, register: $register:literal)?;
        )*}
    )*) => {
        /// The reason why a request did not do what the user wanted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum ErrorCode {
            $($(
                $(#[$description])*
                $variant,
            )*)*
        }

        impl ErrorCode {
            #[cfg(test)]
            pub(super) const ALL: &[Self] = &[$($(Self::$variant,)*)*];

            /// Returns the `reason` in the log.
            pub(crate) fn code(self) -> &'static str {
                match self {
                    $($(Self::$variant => $code,)*)*
                }
            }

            /// Returns the status of the error page.
            pub(crate) fn status(self) -> StatusCode {
                match self {
                    $($(Self::$variant => StatusCode::$status,)*)*
                }
            }

            /// Returns the text of the error page.
            pub(super) fn text(self, locale: &'static Locale) -> &'static ErrorText {
                match self {
                    $($(Self::$variant => &locale.$text,)*)*
                }
            }

            pub(super) fn remedy(self) -> Remedy {
                match self {
                    $($(Self::$variant => Remedy {
                        $(key: Some($key),)?
                        $(example: Some(Example::Toml($toml)),)?
                        $(example: Some(Example::Register($register)),)?
                        ..Remedy::new($help)
                    },)*)*
                }
            }
        }

        /// The error codes: why a login ended on an error page, and what to change.
        ///
        /// The code is the `reason` in the log. The user sees a sentence in their language and a
        /// reference. The log has the same reference next to the code and the detail.
        ///
        /// If `redirect_uri` is on loopback and the request comes from the same computer, the page
        /// also shows the developer the text below. A line of TOML belongs in the provider's table,
        /// `[auth.<name>]` or `[auth]`. The page replaces placeholders in braces with the app's
        /// values.
        ///
        /// The detail contains the `error_description` of the provider, without control characters
        /// and without anything that looks like a token. The error codes of Microsoft Entra in it
        /// have their own remedies; see [`entra`](crate::error_codes::entra).
        $(
            #[doc = ""]
            #[doc = concat!(" # ", $section)]
            $(
                #[doc = ""]
                #[doc = concat!(" ## `", $code, "`")]
                #[doc = ""]
                $(#[$description])*
                $(
                    #[doc = ""]
                    #[doc = concat!(" **Key:** `", $key, "`")]
                )?
                #[doc = ""]
                #[doc = concat!(" **Fix:** ", $help)]
                $(
                    #[doc = ""]
                    #[doc = " ```toml"]
                    #[doc = concat!(" ", $toml)]
                    #[doc = " ```"]
                )?
                $(
                    #[doc = ""]
                    #[doc = " ```text"]
                    #[doc = concat!(" ", $register)]
                    #[doc = " ```"]
                )?
            )*
        )*
        pub mod error_codes {
            #[doc(inline)]
            pub use super::entra_codes::entra;
        }
    };
}

/// Passes the entries of all sections to [`define_error_codes!`]. Each section macro adds its own
/// entries and calls this macro with the remaining sections.
macro_rules! collect_sections {
    ([] $($entries:tt)*) => {
        define_error_codes! { $($entries)* }
    };
    ([$section:ident $($remaining:ident)*] $($entries:tt)*) => {
        $section! { collect_sections [$($remaining)*] $($entries)* }
    };
}

collect_sections! { [authorization callback discovery token_response id_token authentication api app] }

impl ErrorCode {
    /// Returns the advice for the developer.
    pub(crate) fn help(self) -> &'static str {
        self.remedy().help
    }

    /// Returns true if the provider may recover within moments, so that the user can then finish
    /// the same login.
    pub(crate) fn is_outage(self) -> bool {
        self.status() == StatusCode::SERVICE_UNAVAILABLE
    }

    /// Returns true if the operators of the app have to act. Such errors are logged at ERROR.
    pub(crate) fn is_app_error(self) -> bool {
        matches!(
            self,
            Self::TooLarge
                | Self::ClaimsUnreadable
                | Self::OnSignIn
                | Self::ClocksDiffer
                | Self::ParameterRefused
        )
    }

    /// Returns true if the provider's host did not respond.
    pub(super) fn is_unreachable(self) -> bool {
        matches!(
            self,
            Self::ProviderDown
                | Self::ProviderSlow
                | Self::TlsUnknownCa
                | Self::TlsExpired
                | Self::TlsName
                | Self::TlsFailed
        )
    }

    /// Returns true if a login failed, rather than another request.
    pub(crate) fn is_login_error(self) -> bool {
        !matches!(
            self,
            Self::Forbidden | Self::NotAPage | Self::OtherOrigin | Self::SessionUnknown
        )
    }

    /// Returns true if the app does not admit this user or this login of the user.
    pub(crate) fn is_refusal(self) -> bool {
        matches!(
            self,
            Self::NotAllowed | Self::AuthTimeTooOld | Self::AcrMissing | Self::AcrUnmet
        )
    }

    /// Returns true if another login may succeed.
    pub(crate) fn is_retryable(self) -> bool {
        !matches!(
            self,
            Self::UnknownProvider
                | Self::ParameterRefused
                | Self::NotAPage
                | Self::OtherOrigin
                | Self::SessionUnknown
        )
    }
}
