//! The development provider: a real OpenID provider inside the app's own process.
//!
//! An app reaches it through the same discovery, token exchange and ID-token check as any other provider.
//! It asks for no password, so it answers only requests from this computer, and it stores nothing
//! but the codes that were used.

mod authorize;
mod faults;
mod loopback;
mod machine_key;
mod pages;
mod params;
mod people;
mod per_host;
mod reply;
mod seal;
mod signer;
mod test_user;
mod token;

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use axum::http::request::Parts;
use axum::http::{Method, StatusCode, Uri};
use axum::response::Response;
use serde_json::{Value, json};

use self::loopback::loopback_url;
use self::pages::Notice;
use self::params::Params;
use self::seal::{Seal, UsedCodes};
use self::signer::Signer;

pub use self::faults::ProviderFault;
pub(crate) use self::machine_key::machine_secret;
pub(crate) use self::per_host::{PerHost, configuration};
pub use self::test_user::TestUser;
pub(crate) use self::test_user::is_test_user;

/// The largest body that is worth reading, in bytes: claims of [`people::CLAIMS_LIMIT`], each byte percent-encoded, and the rest.
pub(crate) const LARGEST_BODY: usize = 3 * people::CLAIMS_LIMIT + 16 * 1024;

const DISCOVERY: &str = "/.well-known/openid-configuration";

/// The provider of one process. Its keys are made at start: a restart forgets every code and token.
pub(crate) struct DevProvider {
    issuer: String,
    signer: Signer,
    seal: Seal,
    used_codes: UsedCodes,
    /// Shared by all addresses of one layer.
    fault: Mutex<Arc<Mutex<Option<ProviderFault>>>>,
}

impl DevProvider {
    /// `issuer` is the URL that the app finds this provider under, such as `http://localhost:8501/auth/dev`.
    pub(crate) fn new(issuer: &str) -> Self {
        Self {
            issuer: issuer.trim_end_matches('/').to_owned(),
            signer: Signer::new(),
            seal: Seal::new(),
            used_codes: UsedCodes::default(),
            fault: Mutex::default(),
        }
    }

    /// What is wrong with this provider at the moment, if anything.
    pub(crate) fn fault(&self) -> Option<ProviderFault> {
        let shared = Arc::clone(&self.fault.lock().unwrap_or_else(PoisonError::into_inner));
        let fault = shared.lock().unwrap_or_else(PoisonError::into_inner);
        fault.clone()
    }

    pub(crate) fn set_fault(&self, fault: Option<ProviderFault>) {
        let shared = Arc::clone(&self.fault.lock().unwrap_or_else(PoisonError::into_inner));
        *shared.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    /// From now on `other`'s faults are this provider's too.
    fn share_faults(&self, other: &Self) {
        let shared = Arc::clone(&other.fault.lock().unwrap_or_else(PoisonError::into_inner));
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = shared;
    }

    /// What follows the issuer in `uri`, if it is a URI of this provider.
    pub(crate) fn path_of(&self, uri: &Uri) -> Option<String> {
        let origin = format!("{}://{}", uri.scheme_str()?, uri.authority()?);
        let path = self.issuer.strip_prefix(&origin)?;
        uri.path()
            .strip_prefix(path)
            .filter(|rest| rest.is_empty() || rest.starts_with('/'))
            .map(str::to_owned)
    }

    /// Answers one request that was made on this computer. `path` is what follows the issuer, `now`
    /// is in seconds since the Unix epoch.
    pub(crate) fn answer(&self, parts: &Parts, path: &str, body: &[u8], now: u64) -> Response {
        let method = &parts.method;
        let allowed = match path {
            "" | "/" | DISCOVERY | "/jwks" => "GET, HEAD",
            "/authorize" | "/end_session" | "/userinfo" => "GET, HEAD, POST",
            "/token" => "POST",
            _ => return Notice::NOT_FOUND.reply(),
        };
        if !allowed.split(", ").any(|name| name == method.as_str()) {
            return reply::not_allowed(allowed);
        }
        let query = parts.uri.query().unwrap_or_default();
        let posted = method == Method::POST;
        let params = Params::parse(if posted { body } else { query.as_bytes() });
        match path {
            DISCOVERY => reply::json(StatusCode::OK, &self.metadata()),
            "/jwks" => reply::json(StatusCode::OK, &self.signer.jwks()),
            "/authorize" => authorize::answer(self, &params, parts, now),
            "/token" => token::exchange(self, &parts.headers, &params, now),
            "/userinfo" => token::userinfo(self, &parts.headers, now),
            "/end_session" => end_session(&params),
            _ => Notice::ABOUT.reply(),
        }
    }

    /// Source: OpenID Connect Discovery 1.0, section 3; RP-Initiated Logout 1.0; RFC 9207, section 3.
    fn metadata(&self) -> Value {
        let at = |path: &str| format!("{}{path}", self.issuer);
        json!({
            "issuer": self.issuer,
            "authorization_endpoint": at("/authorize"),
            "token_endpoint": at("/token"),
            "jwks_uri": at("/jwks"),
            "userinfo_endpoint": at("/userinfo"),
            "end_session_endpoint": at("/end_session"),
            "authorization_response_iss_parameter_supported": true,
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code"],
            "code_challenge_methods_supported": ["S256"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["EdDSA"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "scopes_supported": ["openid", "profile", "email"],
            "claims_supported": [
                "iss", "sub", "aud", "exp", "iat", "auth_time", "nonce", "at_hash",
                "name", "preferred_username", "email", "email_verified", "groups",
            ],
            "claims_parameter_supported": false,
            "request_parameter_supported": false,
            "request_uri_parameter_supported": false,
        })
    }
}

/// The answer to a request that was not made on this computer.
pub(crate) fn refused(reason: impl fmt::Display) -> Response {
    reply::text(
        StatusCode::FORBIDDEN,
        format!(
            "The development provider answers only on this computer: open the app at localhost, without a proxy.\n\
             This request was refused because {reason}.\n"
        ),
    )
}

/// There is no session to end: everyone chooses a person each time.
fn end_session(params: &Params) -> Response {
    match params.get("post_logout_redirect_uri").map(loopback_url) {
        None => Notice::SIGNED_OUT.reply(),
        Some(None) => Notice::BAD_LOGOUT_REDIRECT.reply(),
        Some(Some(mut target)) => {
            if let Some(state) = params.get("state") {
                target.query_pairs_mut().append_pair("state", state);
            }
            reply::see_other(&target)
        }
    }
}

#[cfg(test)]
mod tests;
