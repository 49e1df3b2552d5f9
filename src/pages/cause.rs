//! The catalogue of causes: why a visitor sees one of our pages, and every word of it.

use axum::http::StatusCode;

/// Why a request to us did not do what its visitor wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Cause {
    Cancelled,
    ProviderRefused,
    ProviderTrouble,
    ProviderDown,
    AttemptMissing,
    AttemptExpired,
    CallbackMalformed,
    IssuerMismatch,
    ClientRefused,
    CodeRefused,
    AnswerRefused,
    IdTokenRefused,
    UserInfoRefused,
    TooLarge,
    NotAllowed,
    UnknownProvider,
    Forbidden,
    NotAPage,
    OtherOrigin,
    CookiesBlocked,
}

/// The words of one page.
pub(crate) struct Words {
    pub(crate) title: &'static str,
    /// What happened.
    pub(crate) what: &'static str,
    /// What to do next.
    pub(crate) advice: &'static str,
}

impl Cause {
    /// The name in the log.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Cancelled => "cancelled",
            Self::ProviderRefused => "provider_refused",
            Self::ProviderTrouble => "provider_trouble",
            Self::ProviderDown => "provider_down",
            Self::AttemptMissing => "attempt_missing",
            Self::AttemptExpired => "attempt_expired",
            Self::CallbackMalformed => "callback_malformed",
            Self::IssuerMismatch => "issuer_mismatch",
            Self::ClientRefused => "client_refused",
            Self::CodeRefused => "code_refused",
            Self::AnswerRefused => "answer_refused",
            Self::IdTokenRefused => "id_token_refused",
            Self::UserInfoRefused => "userinfo_refused",
            Self::TooLarge => "too_large",
            Self::NotAllowed => "not_allowed",
            Self::UnknownProvider => "unknown_provider",
            Self::Forbidden => "forbidden",
            Self::NotAPage => "not_a_page",
            Self::OtherOrigin => "other_origin",
            Self::CookiesBlocked => "cookies_blocked",
        }
    }

    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::ProviderDown => StatusCode::SERVICE_UNAVAILABLE,
            Self::UnknownProvider => StatusCode::NOT_FOUND,
            Self::Cancelled
            | Self::NotAllowed
            | Self::ProviderRefused
            | Self::Forbidden
            | Self::NotAPage
            | Self::OtherOrigin => StatusCode::FORBIDDEN,
            _ => StatusCode::BAD_REQUEST,
        }
    }

    pub(crate) fn words(self) -> Words {
        let (title, what, advice) = match self {
            Self::Cancelled => (
                "Sign-in cancelled",
                "You stopped before the sign-in was complete, so nothing has changed.",
                "You can sign in again, or go on without.",
            ),
            Self::ProviderRefused => (
                "Sign-in refused",
                "The sign-in service did not let you in to this app.",
                "Try another account. If that does not help, ask the people who run this app for access.",
            ),
            Self::ProviderTrouble => (
                "Sign-in did not work",
                "The sign-in service reported a problem of its own.",
                "Wait a minute and sign in again.",
            ),
            Self::ProviderDown => (
                "Sign-in is not available",
                "The sign-in service does not answer at the moment.",
                "Wait a minute and sign in again. Everything else of this app works as before.",
            ),
            Self::AttemptMissing => (
                "This sign-in cannot be finished here",
                "The sign-in was started in another browser, finished before, or your browser does not keep cookies for this app.",
                "Sign in again. If you see this page twice, allow cookies for this app.",
            ),
            Self::AttemptExpired => (
                "This sign-in took too long",
                "More than 15 minutes passed between start and end of the sign-in.",
                "Sign in again.",
            ),
            Self::CallbackMalformed | Self::IssuerMismatch => (
                "This sign-in cannot be trusted",
                "The answer of the sign-in service is not one that it should have sent.",
                "Sign in again from this app. If you followed a link from somebody else, do not use it again.",
            ),
            Self::ClientRefused => (
                "Sign-in is not set up correctly",
                "The sign-in service does not know this app, or not its password.",
                "Tell the people who run this app; they find the cause in its log.",
            ),
            Self::CodeRefused => (
                "Sign-in did not work",
                "The sign-in service did not accept its own answer; most often it was used before or is too old.",
                "Sign in again.",
            ),
            Self::AnswerRefused | Self::IdTokenRefused | Self::UserInfoRefused => (
                "Sign-in did not work",
                "The sign-in service sent something that this app may not accept.",
                "Sign in again. If it happens twice, tell the people who run this app; they find the cause in its log.",
            ),
            Self::TooLarge => (
                "Too much is known about you",
                "Your account carries more information than a browser can keep. The largest parts are:",
                "Tell the people who run this app: the setting `claims` in secrets.toml names what is kept.",
            ),
            Self::NotAllowed => (
                "You may not use this app",
                "You signed in, but your account is not one that this app is open to.",
                "Try another account, or ask the people who run this app for access.",
            ),
            Self::UnknownProvider => (
                "No such sign-in",
                "This app has no sign-in service of that name.",
                "Go to the start page and sign in from there.",
            ),
            Self::Forbidden => (
                "You may not see this page",
                "You are signed in, but your account does not have the right to see this page.",
                "Ask the people who run this app for access, or sign in with another account.",
            ),
            Self::NotAPage => (
                "This is a page of its own",
                "Signing in works only in a window of its own, not inside another page.",
                "Open this app in its own window and sign in there.",
            ),
            Self::OtherOrigin => (
                "Nothing was done",
                "Another website tried to do something here in your name, so it was refused.",
                "If you wanted this, do it from a page of this app.",
            ),
            Self::CookiesBlocked => (
                "Your browser does not keep the sign-in",
                "You signed in several times within a minute, but your browser did not send the sign-in back.",
                "Allow cookies for this app, then sign in again.",
            ),
        };
        Words {
            title,
            what,
            advice,
        }
    }
}
