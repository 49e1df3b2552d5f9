//! Why a rule refused a user.

use std::fmt;

/// The rule that refused a user, and the reason. It names keys and claims, never their values.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct NotAllowed {
    /// The full name of the key, such as `auth.allow.domains`.
    pub(super) rule: String,
    pub(super) reason: Reason,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reason {
    EmailMissing,
    EmailMalformed,
    EmailVerifiedMissing,
    EmailNotVerified,
    EmailNotListed,
    HostedDomainMissing,
    HostedDomainNotListed,
    ClaimMissing(String),
    /// The provider left the claim out of the token, because it has too many values.
    ClaimTooLarge(String),
    ClaimNotListed(String),
}

impl fmt::Display for NotAllowed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rule, reason } = self;
        write!(f, "{rule}: {reason}")
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EmailMissing => "claim `email` is missing",
            Self::EmailMalformed => "claim `email` is not one plain ASCII address",
            Self::EmailVerifiedMissing => {
                "claim `email_verified` is missing, so the address may belong to another user"
            }
            Self::EmailNotVerified => "claim `email_verified` is not true",
            Self::EmailNotListed => "claim `email` is not listed",
            Self::HostedDomainMissing => {
                "claim `hd` is missing: not an account of an organization"
            }
            Self::HostedDomainNotListed => "claim `hd` is not listed",
            Self::ClaimMissing(claim) => return write!(f, "claim `{claim}` is missing"),
            Self::ClaimNotListed(claim) => {
                return write!(f, "claim `{claim}` has none of the listed values");
            }
            Self::ClaimTooLarge(claim) => {
                return write!(
                    f,
                    "claim `{claim}` has too many values and was left out of the token (`_claim_names`)"
                );
            }
        })
    }
}
