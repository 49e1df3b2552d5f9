//! The development provider: an OpenID provider inside the app's own process.
//!
//! An app reaches it through the same discovery, token exchange and ID token validation as any
//! other provider. It asks for no password, so it serves only requests from this computer. It
//! stores nothing but the IDs of used codes.

use std::fmt;

use axum::{
    http::{Method, StatusCode, Uri, request::Parts},
    response::Response,
};
use serde_json::{Value, json};

pub use self::fault::ProviderFault;
pub(crate) use self::{fault::InjectedFault, machine_key::machine_secret};
use self::{
    loopback::loopback_url,
    pages::NoticePage,
    params::Params,
    sealed_token::{TokenSealer, UsedCodes},
    signer::Signer,
};

mod authorize;
mod fault;
mod loopback;
mod machine_key;
mod pages;
mod params;
mod response;
mod sealed_token;
mod signer;
mod token;
mod users;

/// The provider of one process. Its keys are generated at startup, so a restart invalidates every
/// code and token.
pub(crate) struct DevProvider {
    issuer: String,
    signer: Signer,
    sealer: TokenSealer,
    used_codes: UsedCodes,
    fault: InjectedFault,
}

impl DevProvider {
    /// Creates the provider at `issuer`, such as `http://localhost:8501/auth/dev`.
    pub(crate) fn new(issuer: &str, fault: InjectedFault) -> Self {
        Self {
            issuer: issuer.trim_end_matches('/').to_owned(),
            signer: Signer::new(),
            sealer: TokenSealer::new(),
            used_codes: UsedCodes::default(),
            fault,
        }
    }

    /// Returns the injected fault.
    pub(crate) fn fault(&self) -> Option<ProviderFault> {
        self.fault.get()
    }

    /// Returns the part of `uri` after the issuer. `None` if it is not a URI of this provider.
    pub(crate) fn path_of(&self, uri: &Uri) -> Option<String> {
        let origin = format!("{}://{}", uri.scheme_str()?, uri.authority()?);
        let path = self.issuer.strip_prefix(&origin)?;
        uri.path()
            .strip_prefix(path)
            .filter(|rest| rest.is_empty() || rest.starts_with('/'))
            .map(str::to_owned)
    }

    /// Responds to a request from this computer.
    ///
    /// `path` is the part of the URI after the issuer. `now` is in seconds since the Unix epoch.
    pub(crate) fn respond(&self, parts: &Parts, path: &str, body: &[u8], now: u64) -> Response {
        let method = &parts.method;
        let allowed = match path {
            "" | "/" | DISCOVERY | "/jwks" => "GET, HEAD",
            "/authorize" | "/end_session" | "/userinfo" => "GET, HEAD, POST",
            "/token" => "POST",
            _ => return NoticePage::NOT_FOUND.response(),
        };
        if !allowed.split(", ").any(|name| name == method.as_str()) {
            return response::not_allowed(allowed);
        }
        let query = parts.uri.query().unwrap_or_default();
        let is_form = method == Method::POST;
        let params = Params::parse(if is_form { body } else { query.as_bytes() });
        match path {
            DISCOVERY => response::json(StatusCode::OK, &self.metadata()),
            "/jwks" => response::json(StatusCode::OK, &self.signer.jwks()),
            "/authorize" => authorize::respond(self, &params, parts, now),
            "/token" => token::exchange(self, &parts.headers, &params, now),
            "/userinfo" => token::userinfo(self, &parts.headers, now),
            "/end_session" => end_session(&params),
            _ => NoticePage::ABOUT.response(),
        }
    }

    /// Returns the discovery document.
    ///
    /// Source: OpenID Connect Discovery 1.0, section 3; RP-Initiated Logout 1.0; RFC 9207, section
    /// 3.
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
            "response_modes_supported": ["query", "form_post"],
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

/// The longest request body, in bytes. It holds claims of [`users::MAX_CLAIMS_BYTES`] with each
/// byte percent-encoded, and the other parameters.
pub(crate) const MAX_BODY_BYTES: usize = 3 * users::MAX_CLAIMS_BYTES + 16 * 1024;

/// Source: OpenID Connect Discovery 1.0, section 4.
const DISCOVERY: &str = "/.well-known/openid-configuration";

/// Returns the response to a request that did not come from this computer.
pub(crate) fn refused(reason: impl fmt::Display) -> Response {
    response::text(
        StatusCode::FORBIDDEN,
        format!(
            "The development provider works only on this computer: open the app at localhost, without a proxy.\n\
             This request was refused because {reason}.\n"
        ),
    )
}

/// Redirects back to the app. The provider keeps no session, so there is none to end.
fn end_session(params: &Params) -> Response {
    match params.get("post_logout_redirect_uri").map(loopback_url) {
        None => NoticePage::SIGNED_OUT.response(),
        Some(None) => NoticePage::BAD_LOGOUT_REDIRECT.response(),
        Some(Some(mut target)) => {
            if let Some(state) = params.get("state") {
                target.query_pairs_mut().append_pair("state", state);
            }
            response::see_other(&target)
        }
    }
}

#[cfg(test)]
mod tests;
