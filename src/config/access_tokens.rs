//! The access tokens of well-known products, where they differ from RFC 9068.

use url::Url;

use super::{Protocol, diagnostic::Problem, metadata_url::issuer_of};

/// The kind of access tokens that a provider issues.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AccessTokens {
    /// JWTs with `aud`.
    Jwt,
    /// The client ID is `aud` in tokens of version 2.0. The issuer and `aud` of version 1.0 differ.
    ///
    /// Source: Microsoft identity platform, "Access token claims reference".
    Entra,
    /// `client_id` instead of `aud`.
    ///
    /// Source: Amazon Cognito, "Understanding user pool JSON web tokens".
    Cognito,
    /// The claims of the ID token (including `aud` and `nonce`), and `uid`.
    ///
    /// Source: authentik, `IDToken.to_access_token`.
    Authentik,
    /// The same `aud` as in ID tokens, and `jti`, which ID tokens do not have.
    ///
    /// Source: ZITADEL, "Claims"; zitadel/oidc, `NewAccessTokenClaims`.
    Zitadel,
    /// For the provider only. Resource servers cannot or must not validate them.
    Opaque(Opaque),
}

/// A product whose access tokens are only for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opaque {
    Apple,
    GitLab,
    Google,
    /// The authorization server of an Okta organization.
    ///
    /// Source: Okta, "Authorization servers".
    OktaOrganization,
    /// A provider without OpenID Connect, which publishes no keys.
    PlainOAuth2,
}

impl AccessTokens {
    /// Recognizes the product by the URL of its discovery document. ZITADEL may be at any host.
    pub(super) fn of(metadata_url: &Url, protocol: &Protocol, is_zitadel: bool) -> Self {
        if protocol.oauth2().is_some() {
            return Self::Opaque(Opaque::PlainOAuth2);
        }
        let host = metadata_url.host_str().unwrap_or_default();
        let issuer = issuer_of(metadata_url);
        let path = issuer.split_once(host).map_or("", |(_, path)| path);
        match host {
            "appleid.apple.com" => Self::Opaque(Opaque::Apple),
            "gitlab.com" => Self::Opaque(Opaque::GitLab),
            "accounts.google.com" => Self::Opaque(Opaque::Google),
            _ if path.is_empty() && OKTA_DOMAINS.iter().any(|domain| host.ends_with(domain)) => {
                Self::Opaque(Opaque::OktaOrganization)
            }
            _ if MICROSOFT_HOSTS.contains(&host) => Self::Entra,
            _ if is_cognito(host) => Self::Cognito,
            _ if path.starts_with("/application/o/") => Self::Authentik,
            _ if is_zitadel || host.ends_with(".zitadel.cloud") => Self::Zitadel,
            _ => Self::Jwt,
        }
    }

    /// Returns the sets of claims that mark an access token, because ID tokens of the product do
    /// not have them. One complete set is enough.
    ///
    /// An access token of Entra needs `scp` or `roles` as well, because otherwise every app of the
    /// tenant could obtain it (Microsoft identity platform, "Claims validation"). ID tokens have
    /// `roles`, but do not say how the client authenticated.
    ///
    /// Source for the other products: RFC 9068, sections 2.2 and 2.2.3 (`client_id`, `scope`); Okta
    /// (`cid`, `scp`); Ory Hydra (`scp`); AD FS (`appid`); Auth0 (`gty`).
    pub(crate) fn marks(self) -> &'static [&'static [&'static str]] {
        match self {
            Self::Entra => &[&["scp"], &["roles", "azpacr"], &["roles", "appidacr"]],
            Self::Cognito => &[&["token_use"]],
            Self::Authentik => &[&["uid"], &["scope"]],
            Self::Zitadel => &[&["jti"]],
            Self::Jwt | Self::Opaque(_) => &[
                &["scope"],
                &["scp"],
                &["client_id"],
                &["cid"],
                &["appid"],
                &["gty"],
            ],
        }
    }

    /// Returns the reason why the access tokens cannot be accepted.
    pub(super) fn problem(self) -> Option<Problem> {
        let Self::Opaque(product) = self else {
            return None;
        };
        let (message, help) = match product {
            Opaque::Apple => (
                "Apple issues access tokens that only Apple can read",
                REMOVE,
            ),
            Opaque::GitLab => (
                "GitLab issues access tokens that only GitLab can read",
                REMOVE,
            ),
            Opaque::Google => (
                "Google issues access tokens that only Google can read",
                REMOVE,
            ),
            Opaque::PlainOAuth2 => (
                "this provider publishes no keys to verify access tokens with",
                REMOVE,
            ),
            Opaque::OktaOrganization => (
                "the authorization server of an Okta organization issues access tokens for Okta only",
                "Use a custom authorization server: server = \"default\", or the name of another.",
            ),
        };
        Some(Problem::new(message, help))
    }

    /// Returns the problem if the audience is the client ID.
    ///
    /// An ID token also has the client ID as its audience, so only its other claims distinguish it
    /// from an access token. Some products allow no other audience.
    ///
    /// Source: RFC 9068, section 5.
    pub(super) fn client_id_problem(self) -> Option<Problem> {
        let is_forced = matches!(self, Self::Entra | Self::Cognito | Self::Authentik);
        (!is_forced).then(|| {
            Problem::new(
                "is the client_id, which is the audience of ID tokens",
                "Register the API at the provider with a separate identifier, such as its URL, and write that.",
            )
        })
    }
}

const REMOVE: &str = "Remove this line. Programs need another provider.";

/// Source: Okta, "Customize domain and email address".
pub(super) const OKTA_DOMAINS: [&str; 3] = [".okta.com", ".oktapreview.com", ".okta-emea.com"];

/// Microsoft's login hosts for the public and national clouds.
pub(crate) const MICROSOFT_HOSTS: [&str; 4] = [
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
    "login.microsoft.com",
];

/// Returns true if `host` belongs to Amazon Cognito.
pub(super) fn is_cognito(host: &str) -> bool {
    host.starts_with("cognito-idp.") && host.ends_with(".amazonaws.com")
}
