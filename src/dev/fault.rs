//! Faults that tests inject into the development provider.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use serde_json::{Value, json};

/// A fault of the development provider. See
/// [`AuthLayer::inject_fault`](crate::AuthLayer::inject_fault).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProviderFault {
    /// The ID token holds the `nonce` of another login.
    WrongNonce,
    /// The ID token is for another client.
    WrongAudience,
    /// The ID token is signed by a key that is not published.
    UnknownKey,
    /// The claims are far too large for cookies.
    HugeClaims,
    /// Every back-channel response has status 500.
    ServerError,
    /// Every back-channel response takes this long.
    Slow(Duration),
}

impl ProviderFault {
    /// Applies the fault to the claims of an ID token.
    pub(super) fn apply(&self, claims: &mut Value) {
        match self {
            Self::WrongNonce => claims["nonce"] = json!("the nonce of another login"),
            Self::WrongAudience => claims["aud"] = json!("another client"),
            Self::HugeClaims => claims["groups"] = json!(vec!["a group with a long name"; 4000]),
            Self::UnknownKey | Self::ServerError | Self::Slow(_) => {}
        }
    }
}

/// The injected fault, shared by all clones of a layer and all addresses of the app.
#[derive(Clone, Default)]
pub(crate) struct InjectedFault(Arc<Mutex<Option<ProviderFault>>>);

impl InjectedFault {
    pub(crate) fn get(&self) -> Option<ProviderFault> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    pub(crate) fn set(&self, fault: Option<ProviderFault>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }
}
