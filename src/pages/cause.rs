//! The catalogue of causes: why a visitor sees an error page. What a developer does about each stands in `src/docs/causes.md`.

use axum::http::StatusCode;

use super::texts::{Texts, Words};

/// One line for each cause: its code in the log, the status of its page, the visitor's words.
macro_rules! catalogue {
    ($($cause:ident: $code:literal, $status:ident, $words:ident;)*) => {
        /// Why a request to us did not do what its visitor wanted.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Cause {
            $($cause,)*
        }

        impl Cause {
            #[cfg(test)]
            pub(super) const ALL: &[Self] = &[$(Self::$cause,)*];

            /// The name in the log.
            pub(crate) fn code(self) -> &'static str {
                match self {
                    $(Self::$cause => $code,)*
                }
            }

            pub(crate) fn status(self) -> StatusCode {
                match self {
                    $(Self::$cause => StatusCode::$status,)*
                }
            }

            pub(super) fn words(self, texts: &'static Texts) -> &'static Words {
                match self {
                    $(Self::$cause => &texts.$words,)*
                }
            }
        }
    };
}

catalogue! {
    // The provider sent the visitor back without a code.
    Cancelled: "cancelled", FORBIDDEN, cancelled;
    InteractionNeeded: "interaction_needed", FORBIDDEN, unasked;
    PromptRefused: "prompt_refused", BAD_REQUEST, set_up;
    ScopeRefused: "scope_refused", BAD_REQUEST, set_up;
    ClientNotAllowed: "client_not_allowed", BAD_REQUEST, set_up;
    RequestRefused: "request_refused", BAD_REQUEST, set_up;
    ProviderTrouble: "provider_trouble", BAD_REQUEST, trouble;
    ProviderBusy: "provider_busy", BAD_REQUEST, trouble;
    ProviderRefused: "provider_refused", FORBIDDEN, refused;

    // The visitor came back, and this app does not know from where.
    AttemptMissing: "attempt_missing", BAD_REQUEST, no_attempt;
    AttemptUnreadable: "attempt_unreadable", BAD_REQUEST, no_attempt;
    NoCookies: "no_cookies", BAD_REQUEST, no_cookies;
    CookiesBlocked: "cookies_blocked", BAD_REQUEST, no_cookies;
    AttemptExpired: "attempt_expired", BAD_REQUEST, expired;
    CallbackMalformed: "callback_malformed", BAD_REQUEST, untrusted;
    StateMissing: "state_missing", BAD_REQUEST, untrusted;
    StateMalformed: "state_malformed", BAD_REQUEST, untrusted;
    IssuerMissing: "issuer_missing", BAD_REQUEST, untrusted;
    IssuerMismatch: "issuer_mismatch", BAD_REQUEST, untrusted;
    ClocksDiffer: "clocks_differ", BAD_REQUEST, clocks;
    ProviderChanged: "provider_changed", BAD_REQUEST, changed;
    ProviderRemoved: "provider_removed", NOT_FOUND, unknown;

    // The provider could not be used.
    ProviderDown: "provider_down", SERVICE_UNAVAILABLE, down;
    ProviderSlow: "provider_slow", SERVICE_UNAVAILABLE, down;
    ProviderStatus: "provider_status", SERVICE_UNAVAILABLE, down;
    ProviderRedirects: "provider_redirects", SERVICE_UNAVAILABLE, set_up;
    ProviderTooLong: "provider_too_long", SERVICE_UNAVAILABLE, down;
    ProviderEncoded: "provider_encoded", SERVICE_UNAVAILABLE, down;
    TlsNoCaCertificates: "tls_no_ca_certificates", SERVICE_UNAVAILABLE, set_up;
    TlsUnknownCa: "tls_unknown_ca", SERVICE_UNAVAILABLE, set_up;
    TlsExpired: "tls_expired", SERVICE_UNAVAILABLE, down;
    TlsName: "tls_name", SERVICE_UNAVAILABLE, set_up;
    TlsFailed: "tls_failed", SERVICE_UNAVAILABLE, down;
    ProxyInvalid: "proxy_invalid", SERVICE_UNAVAILABLE, set_up;
    ProxyFailed: "proxy_failed", SERVICE_UNAVAILABLE, down;
    DiscoveryNotJson: "discovery_not_json", SERVICE_UNAVAILABLE, down;
    DiscoveryIssuer: "discovery_issuer", SERVICE_UNAVAILABLE, set_up;
    DiscoveryEndpoint: "discovery_endpoint", SERVICE_UNAVAILABLE, set_up;
    KeysMalformed: "keys_malformed", SERVICE_UNAVAILABLE, down;

    // The provider did not give tokens for the code.
    ClientRefused: "client_refused", BAD_REQUEST, set_up;
    CodeRefused: "code_refused", BAD_REQUEST, used;
    RedirectUriRefused: "redirect_uri_refused", BAD_REQUEST, set_up;
    RedirectUriShared: "redirect_uri_shared", BAD_REQUEST, set_up;
    TokenRefused: "token_refused", BAD_REQUEST, set_up;
    TokenTrouble: "token_trouble", SERVICE_UNAVAILABLE, trouble;
    TokenStatus: "token_status", BAD_REQUEST, set_up;
    TokenNotJson: "token_not_json", BAD_REQUEST, unacceptable;
    TokenTooLong: "token_too_long", BAD_REQUEST, unacceptable;
    TokenType: "token_type", BAD_REQUEST, unacceptable;
    IdTokenAbsent: "id_token_absent", BAD_REQUEST, set_up;

    // The ID token is not accepted.
    IdTokenMalformed: "id_token_malformed", BAD_REQUEST, unacceptable;
    IdTokenEncrypted: "id_token_encrypted", BAD_REQUEST, unacceptable;
    IdTokenHeader: "id_token_header", BAD_REQUEST, unacceptable;
    IdTokenAlgorithm: "id_token_algorithm", BAD_REQUEST, unacceptable;
    IdTokenSignature: "id_token_signature", BAD_REQUEST, unacceptable;
    IdTokenKey: "id_token_key", BAD_REQUEST, unacceptable;
    IdTokenKeyUnusable: "id_token_key_unusable", BAD_REQUEST, unacceptable;
    IdTokenIssuer: "id_token_issuer", BAD_REQUEST, unacceptable;
    IdTokenSubject: "id_token_subject", BAD_REQUEST, unacceptable;
    IdTokenAudience: "id_token_audience", BAD_REQUEST, unacceptable;
    IdTokenParty: "id_token_party", BAD_REQUEST, unacceptable;
    IdTokenExpired: "id_token_expired", BAD_REQUEST, unacceptable;
    IdTokenIssuedAt: "id_token_issued_at", BAD_REQUEST, unacceptable;
    IdTokenNotBefore: "id_token_not_before", BAD_REQUEST, unacceptable;
    IdTokenNonce: "id_token_nonce", BAD_REQUEST, unacceptable;
    IdTokenAccessToken: "id_token_access_token", BAD_REQUEST, unacceptable;

    // UserInfo is not accepted.
    UserInfoAbsent: "userinfo_absent", BAD_REQUEST, unacceptable;
    UserInfoRefused: "userinfo_refused", BAD_REQUEST, unacceptable;
    UserInfoSubject: "userinfo_subject", BAD_REQUEST, unacceptable;

    // This app said no.
    TooLarge: "too_large", BAD_REQUEST, too_large;
    ClaimsUnreadable: "claims_unreadable", BAD_REQUEST, unacceptable;
    OnSignIn: "on_sign_in", INTERNAL_SERVER_ERROR, app_trouble;
    NotAllowed: "not_allowed", FORBIDDEN, not_allowed;
    Forbidden: "forbidden", FORBIDDEN, forbidden;
    UnknownProvider: "unknown_provider", NOT_FOUND, unknown;
    NotAPage: "not_a_page", FORBIDDEN, not_a_page;
    OtherOrigin: "other_origin", FORBIDDEN, other_origin;
}

impl Cause {
    /// Whether the provider may be back in a moment, and this very login be finished then.
    pub(crate) fn is_outage(self) -> bool {
        self.status() == StatusCode::SERVICE_UNAVAILABLE
    }

    /// Returns true if the people who run the app have to act, so that it is an error in the log.
    pub(crate) fn is_fault_of_app(self) -> bool {
        matches!(
            self,
            Self::TooLarge | Self::ClaimsUnreadable | Self::OnSignIn | Self::ClocksDiffer
        )
    }

    /// Whether the provider's host gave no answer.
    pub(crate) fn is_unreachable(self) -> bool {
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

    /// Whether a login failed, and not a request for something else.
    pub(crate) fn is_a_login(self) -> bool {
        !matches!(self, Self::Forbidden | Self::NotAPage | Self::OtherOrigin)
    }

    /// Whether signing in again may help.
    pub(crate) fn has_retry(self) -> bool {
        !matches!(
            self,
            Self::UnknownProvider | Self::NotAPage | Self::OtherOrigin
        )
    }
}
