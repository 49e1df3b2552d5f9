//! The record of one session, as it is stored.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::SessionId;

/// The record of one session. Times are in seconds since the Unix epoch.
#[derive(Clone)]
pub(crate) struct SessionRecord {
    pub(crate) id: SessionId,
    pub(crate) facts: SessionFacts,
    /// Written at most once in each [step](super::SessionRegistry).
    pub(crate) last_seen: u64,
    /// The version of the claims that replace those of the cookie. Zero if there are none.
    pub(super) claims_version: u64,
}

/// The part of a record that never changes.
#[derive(Clone, Deserialize, Serialize)]
pub(crate) struct SessionFacts {
    pub(crate) issuer: String,
    pub(crate) subject: String,
    /// The session at the provider (OpenID Connect Back-Channel Logout 1.0, section 2.1).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sid: Option<String>,
    /// Name of the provider in the configuration.
    pub(crate) provider: String,
    /// Browser and system of the login, such as `Firefox on Linux`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) user_agent: Option<String>,
    /// Time of the login.
    pub(crate) created: u64,
    /// `iat` of the ID token, by the clock of the provider.
    #[serde(default)]
    pub(crate) issued_at: u64,
    /// The end of the session, even if it is in use.
    pub(crate) expires: u64,
}

/// A property by which sessions are found.
pub(crate) enum Group<'a> {
    /// All sessions of a user.
    Subject { issuer: &'a str, subject: &'a str },
    /// The sessions that belong to one session at the provider.
    Sid { issuer: &'a str, sid: &'a str },
}

impl Group<'_> {
    /// Returns the key of this group in a store: a hash, so that a store has keys of equal length
    /// without personal data.
    pub(super) fn key(&self) -> [u8; 32] {
        let (kind, issuer, value) = match self {
            Self::Subject { issuer, subject } => (b's', issuer, subject),
            Self::Sid { issuer, sid } => (b'p', issuer, sid),
        };
        // An issuer is a URL and contains no zero byte, so that the parts cannot be confused.
        let hash = Sha256::new().chain_update([kind]).chain_update(issuer);
        hash.chain_update([0]).chain_update(value).finalize().into()
    }
}

impl SessionFacts {
    #[cfg(any(feature = "redis", feature = "sqlite"))]
    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("strings and numbers are valid JSON")
    }

    #[cfg(any(feature = "redis", feature = "sqlite"))]
    pub(super) fn from_json(json: &str) -> Option<Self> {
        serde_json::from_str(json).ok()
    }

    /// Returns the keys of the groups by subject and by `sid`.
    #[cfg(feature = "sqlite")]
    pub(super) fn group_keys(&self) -> ([u8; 32], Option<[u8; 32]>) {
        let mut keys = self.groups().map(|group| group.key());
        let subject = keys.next().expect("every session has a subject");
        (subject, keys.next())
    }

    /// Returns the groups that this session belongs to.
    pub(super) fn groups(&self) -> impl Iterator<Item = Group<'_>> {
        let issuer = &self.issuer;
        let sid = self.sid.as_deref().map(|sid| Group::Sid { issuer, sid });
        let subject = &self.subject;
        [Group::Subject { issuer, subject }].into_iter().chain(sid)
    }
}

impl SessionRecord {
    /// Returns the time at which the session ends if it is not used again.
    pub(super) fn ends(&self, idle: Option<u64>) -> u64 {
        let idle = idle.map_or(u64::MAX, |idle| self.last_seen.saturating_add(idle));
        self.facts.expires.min(idle)
    }
}
