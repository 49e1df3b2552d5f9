//! Providers that deviate from the standard in a few points.

use super::{Auth, Provider};

/// The origin of [`Provider::emulate_linkedin`].
pub const LINKEDIN: &str = "https://www.linkedin.com";

impl Provider {
    /// Behaves like a provider of plain OAuth 2.0: no discovery, no keys and no ID token. UserInfo
    /// is the API for the user.
    pub fn emulate_plain_oauth2(&self) {
        self.state.lock().is_plain_oauth2 = true;
    }

    /// Behaves like LinkedIn: PKCE is refused, ID tokens have no nonce, and the client
    /// authenticates in the body. Issuer and endpoints are those of LinkedIn's origin.
    pub fn emulate_linkedin(&self) {
        self.sign_with("RS256");
        self.client(|client| client.auth = Auth::Post);
        self.set(|faults| {
            faults.callback.remove("iss");
            let metadata = &mut faults.metadata;
            metadata.remove("authorization_response_iss_parameter_supported");
            metadata.remove("code_challenge_methods_supported");
            metadata.remove("token_endpoint_auth_methods_supported");
            faults.issuer = Some(format!("{LINKEDIN}/oauth"));
        });
        let mut inner = self.state.lock();
        inner.is_linkedin = true;
        LINKEDIN.clone_into(&mut inner.origin);
    }

    /// Behaves like the `common` endpoint of Entra: the issuer is a template, and ID tokens belong
    /// to the tenant `tid`.
    pub fn emulate_entra(&self, tid: &str) {
        self.sign_with("RS256");
        let origin = self.origin();
        self.set(|faults| {
            faults.issuer = Some(format!("{origin}/common/v2.0"));
            faults
                .metadata
                .set("issuer", format!("{origin}/{{tenantid}}/v2.0"));
            faults
                .metadata
                .remove("authorization_response_iss_parameter_supported");
            faults.metadata.remove("code_challenge_methods_supported");
            faults.callback.remove("iss");
            faults.claims.set("iss", format!("{origin}/{tid}/v2.0"));
            faults.claims.set("tid", tid);
        });
    }
}
