//! The identity of a request: found, verified and admitted once, when it is first asked for.

use std::{pin::Pin, sync::Arc};

use super::{RequestContext, credentials::BearerCredentials};
use crate::{
    cookie::VerifyError,
    identity::{self, AdmissionError, Identity, TokenRefusal},
    state::TokenHash,
};

/// The result of reading and admitting the identity of a request.
pub(crate) enum Admission {
    Admitted(Arc<Identity>),
    /// The browser sent an identity that is not accepted.
    Rejected,
    /// The browser sent an identity that a rule of `[auth.allow]` does not allow, with the reason.
    NotAllowed(Box<str>),
    /// The session store does not answer. The identity may be valid.
    Unknown,
    /// The browser sent no identity.
    NotSent,
    /// The client sent a bearer token that is not accepted.
    TokenRefused(TokenRefusal),
}

impl Admission {
    pub(crate) fn identity(&self) -> Option<&Arc<Identity>> {
        match self {
            Self::Admitted(identity) => Some(identity),
            Self::Rejected
            | Self::Unknown
            | Self::NotAllowed(_)
            | Self::NotSent
            | Self::TokenRefused(_) => None,
        }
    }
}

/// A future that verifies a bearer token, or asks the session store and the sign-in hook about an
/// identity.
pub(crate) type PendingAdmission = Pin<Box<dyn Future<Output = ()> + Send>>;

impl RequestContext {
    /// Returns the identity of this request, read and admitted at most once.
    ///
    /// `None` while a bearer token is not verified, or while the session store or the hook has to
    /// be asked: see [`pending_admission`](Self::pending_admission).
    pub(crate) fn identity(&self) -> Option<&Arc<Identity>> {
        if self.admission().is_none() {
            let _ = self.admit();
        }
        self.admission()?.identity()
    }

    /// Returns the result for the identity. `None` if the app has not asked for it.
    pub(crate) fn admission(&self) -> Option<&Admission> {
        self.admission.get()
    }

    /// Returns the future that verifies the bearer token, or asks the session store and the hook.
    /// `None` if neither is needed.
    pub(crate) fn pending_admission(self: &Arc<Self>) -> Option<PendingAdmission> {
        if self.admission().is_some() {
            return None;
        }
        let pending = self.admit().err()?;
        let context = Arc::clone(self);
        Some(Box::pin(async move {
            match pending {
                Pending::Identity(identity) => {
                    let accepted = identity.accept(&context.state).await;
                    context.decide(accepted.map(Arc::new));
                }
                Pending::Token(hash) => context.verify_bearer(hash).await,
            }
        }))
    }

    /// Waits until the identity is admitted or rejected. Verifies the bearer token, or asks the
    /// session store and the hook, if that is needed.
    pub(crate) async fn complete_admission(self: &Arc<Self>) {
        if let Some(admission) = self.pending_admission() {
            admission.await;
        }
    }

    /// Returns the identity after [`complete_admission`](Self::complete_admission).
    pub(crate) async fn admitted_identity(self: &Arc<Self>) -> Option<&Arc<Identity>> {
        self.complete_admission().await;
        self.identity()
    }

    /// Reads and admits the identity.
    ///
    /// # Errors
    ///
    /// The identity, if the session store or the hook has to be asked first, or the hash of a
    /// bearer token that has to be verified first.
    fn admit(&self) -> Result<(), Pending> {
        if let Some(bearer) = &self.bearer {
            return self.admit_bearer(bearer);
        }
        if self.cookies.is_empty() {
            let _ = self.admission.set(Admission::NotSent);
            return Ok(());
        }
        let outcome = if self.may_authenticate {
            identity::admit(&self.state, &self.cookies, self.settings().now())
        } else {
            Err(AdmissionError::OtherOrigin)
        };
        if let Err(AdmissionError::Pending(identity)) = outcome {
            return Err(Pending::Identity(identity));
        }
        self.decide(outcome);
        Ok(())
    }

    /// Admits the bearer token if it was verified before.
    ///
    /// # Errors
    ///
    /// The hash of a token that has to be verified.
    fn admit_bearer(&self, bearer: &BearerCredentials) -> Result<(), Pending> {
        let admission = match bearer {
            BearerCredentials::Malformed => Admission::TokenRefused(TokenRefusal::Malformed),
            BearerCredentials::Token(token) => {
                let hash = TokenHash::of(token.as_str());
                let known = identity::known_token(&self.state, &hash, self.settings().now());
                Admission::Admitted(known.ok_or(Pending::Token(hash))?)
            }
        };
        let _ = self.admission.set(admission);
        Ok(())
    }

    async fn verify_bearer(&self, hash: TokenHash) {
        let Some(BearerCredentials::Token(token)) = self.bearer.as_deref() else {
            return;
        };
        let now = self.settings().now();
        let providers = &self.state.providers;
        let admission = match providers.verify_bearer(token.as_str(), now).await {
            Ok(verified) => match Identity::from_token(self.settings(), verified, now).await {
                Ok(identity) => {
                    let identity = Arc::new(identity);
                    identity::remember_token(&self.state, hash, &identity, now);
                    Admission::Admitted(identity)
                }
                Err(error) => {
                    error.log();
                    Admission::TokenRefused(TokenRefusal::from(&error))
                }
            },
            Err(error) => {
                tracing::debug!(reason = "bearer_token", detail = %error, "identity not accepted");
                Admission::TokenRefused(TokenRefusal::from(&error))
            }
        };
        let _ = self.admission.set(admission);
    }

    fn decide(&self, outcome: Result<Arc<Identity>, AdmissionError>) {
        let error = match outcome {
            Ok(identity) => {
                let _ = self.admission.set(Admission::Admitted(identity));
                return;
            }
            Err(error) => error,
        };
        let admission = match &error {
            AdmissionError::SessionUnknown => Admission::Unknown,
            AdmissionError::NotAllowed(reason) => Admission::NotAllowed(reason.as_str().into()),
            error if self.is_not_sent(error) => Admission::NotSent,
            _ => Admission::Rejected,
        };
        if self.admission.set(admission).is_ok() {
            error.log();
        }
    }

    /// Returns true if the browser sent no identity. The cookies of a request from another origin
    /// have not been read.
    fn is_not_sent(&self, error: &AdmissionError) -> bool {
        match error {
            AdmissionError::Cookie(VerifyError::Missing) => true,
            AdmissionError::OtherOrigin => !identity::was_sent(self.settings(), &self.cookies),
            _ => false,
        }
    }
}

/// The reason why the identity of a request is not decided yet.
enum Pending {
    /// The session store or the hook has to be asked about this identity.
    Identity(Box<Identity>),
    /// The bearer token with this hash has to be verified.
    Token(TokenHash),
}
