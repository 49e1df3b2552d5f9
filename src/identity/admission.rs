//! The one place that decides whether the identity of a request is accepted.
//!
//! 1. The cookie: signature, age, origin, and claims that can be read.
//! 2. The provider: the identity belongs to a client that is configured, under its name.
//! 3. The rules of `[auth.allow]`, on the claims that the provider sent.
//! 4. The hook of the app, `AuthLayer::on_sign_in`, for an identity that this crate did not write.
//!
//! [`Identity::read`] checks the first two, [`admit`] all four. Everything that asks for the user of a request asks here.

use std::{borrow::Cow, mem, sync::OnceLock};

use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::{HookError, Identity, Kept};
use crate::{
    cookie::{Cookies, Rejected},
    site::Site,
};

/// Why an identity is not accepted.
pub(crate) enum Refused {
    Cookie(Rejected),
    /// A claim is nested too deeply, or holds half of a character.
    Unreadable,
    /// It belongs to no client that is configured now.
    UnknownClient,
    /// A rule of `[auth.allow]` does not admit its claims.
    NotAllowed(String),
    /// The hook has to accept it first: [`Identity::accept`].
    HookPending(Box<Identity>),
    Hook(HookError),
}

impl Refused {
    /// The `reason` in the log.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Cookie(rejected) => rejected.code(),
            Self::Unreadable => "claims_unreadable",
            Self::UnknownClient => "provider_changed",
            Self::NotAllowed(_) | Self::Hook(HookError::Refused(_)) => "not_allowed",
            Self::HookPending(_) | Self::Hook(HookError::Slow | HookError::Panicked) => {
                "on_sign_in"
            }
        }
    }

    /// Writes one line. A fault that an operator has to act on is a warning, the rest is for debugging.
    pub(crate) fn log(&self) {
        let (reason, detail) = (self.code(), self.detail());
        match self {
            Self::Cookie(Rejected::ClocksDiffer)
            | Self::Hook(HookError::Slow | HookError::Panicked) => {
                tracing::warn!(target: crate::LOG, reason, detail, "identity not accepted");
            }
            _ => tracing::debug!(target: crate::LOG, reason, detail, "identity not accepted"),
        }
    }

    fn detail(&self) -> &str {
        match self {
            Self::Cookie(Rejected::ClocksDiffer) => {
                "signed in the future: the clocks of two instances differ by more than 60 s"
            }
            Self::NotAllowed(reason) => reason,
            Self::HookPending(_) => "on_sign_in has not accepted it yet",
            Self::Hook(HookError::Slow) => "on_sign_in gave no answer in time",
            Self::Hook(HookError::Panicked) => "on_sign_in panicked",
            _ => "",
        }
    }
}

impl From<Rejected> for Refused {
    fn from(rejected: Rejected) -> Self {
        Self::Cookie(rejected)
    }
}

/// Returns the identity that the browser sent, if it is accepted.
///
/// # Errors
///
/// `None` if there is no cookie, else why it is not accepted.
pub(crate) fn admit(site: &Site, cookies: &Cookies, now: u64) -> Result<Identity, Option<Refused>> {
    let identity = Identity::read(site, cookies, now)?;
    let provider = &site.config.providers[identity.client];
    if site.config.has_rules(provider) {
        let sent = identity.rule_inputs(site);
        let allowed = site.config.check_allowed(provider, &sent);
        allowed.map_err(|refused| Refused::NotAllowed(refused.to_string()))?;
    }
    if site.on_sign_in.is_some() && !identity.is_accepted {
        return Err(Some(Refused::HookPending(Box::new(identity))));
    }
    Ok(identity)
}

impl Identity {
    /// The claims that the provider sent, as far as the rules look at them.
    fn rule_inputs(&self, site: &Site) -> Cow<'_, Map<String, Value>> {
        let inputs = match &self.stored_inputs {
            Some(inputs) => inputs.as_ref().clone(),
            None => site.frames[self.client].rule_inputs(&self.json),
        };
        if inputs.is_empty() {
            return Cow::Borrowed(self.claims());
        }
        let mut claims = self.claims().clone();
        for (name, value) in inputs {
            match value {
                Value::Null => claims.shift_remove(&name),
                value => claims.insert(name, value),
            };
        }
        Cow::Owned(claims)
    }

    /// Has the hook accept an identity that this crate did not write. The answer is the identity with the claims that the hook returned;
    /// the next response carries it in a cookie, so that the hook is not asked again.
    pub(crate) async fn accept(mut self, site: &Site) -> Result<Self, Refused> {
        let Some(hook) = &site.on_sign_in else {
            return Ok(self);
        };
        let mut sent = self.claims().clone();
        sent.shift_remove("is_logged_in");
        sent.insert("provider".to_owned(), self.provider().into());
        let id = self.id();
        let answer = hook.ask_once(&id, sent.clone(), site.config.now());
        let returned = answer.await.map_err(Refused::Hook)?;
        sent.shift_remove("provider");
        let kept = Kept::returned(site, &sent, returned).map_err(|_| Refused::Unreadable)?;
        self.replace(site, &kept);
        Ok(self)
    }

    /// Names this identity among all others.
    pub(super) fn id(&self) -> [u8; 32] {
        id_of(self.signed_text(), self.time)
    }

    /// The text that the cookie holds.
    pub(super) fn signed_text(&self) -> &str {
        self.original.as_deref().unwrap_or(&self.json)
    }

    /// Puts the claims that the hook returned in the place of those that the cookie holds. The cookie stays as it is, so that a logout of the
    /// app that wrote it ends this login too.
    fn replace(&mut self, site: &Site, kept: &Kept) {
        let json = site.frames[self.client].payload(kept);
        let signed = mem::replace(&mut self.json, json);
        self.original.get_or_insert(signed);
        self.claims = OnceLock::new();
        self.is_accepted = true;
        self.is_record_due = true;
    }
}

/// A hash of the text of an identity and its time.
pub(super) fn id_of(text: &str, time: u64) -> [u8; 32] {
    let hash = Sha256::new().chain_update(time.to_be_bytes());
    hash.chain_update(text).finalize().into()
}
