//! Errors of the token endpoint.

macro_rules! token_response {
    ($collect:ident $remaining:tt $($entries:tt)*) => { $collect! { $remaining $($entries)*
    "The code could not be exchanged for tokens" {
        /// The token endpoint does not accept the client ID and secret: `invalid_client`, status
        /// 401, or a description that names the client secret.
        ClientRefused: "client_refused", BAD_REQUEST, misconfigured,
            key: "client_secret",
            help: "Copy the secret again: its value, not its ID. It may have expired. If it is \
                right, send it with the method that this client is registered for.",
            toml: "client_kwargs = { token_endpoint_auth_method = \"client_secret_post\" }";

        /// The token endpoint does not accept the client's key or assertion: `invalid_client` or
        /// status 401 for a client with `client_key_file` or `client_assertion_file`.
        ClientKeyRefused: "client_key_refused", BAD_REQUEST, misconfigured,
            key: "client_key_file",
            help: "Register the public key of this file at the provider, or trust the issuer, \
                subject and audience of the assertion there. Some servers expect another type or \
                audience: `AuthLayer::check()` tries them and reports the line to write.",
            toml: "client_assertion_typ = \"JWT\"";

        /// The token endpoint does not accept the code (`invalid_grant`). The code was used before,
        /// is too old, or was issued to another client or for another redirect URI. The first time
        /// within a minute, the login is restarted automatically, because a double click sends a
        /// callback twice.
        CodeRefused: "code_refused", BAD_REQUEST, code_used,
            help: "No action is needed if it happens occasionally. If it happens each time, \
                compare `client_id` and `redirect_uri` with the provider's, and the clocks.";

        /// Another redirect URI is registered at the provider (`redirect_uri_mismatch`).
        RedirectUriRefused: "redirect_uri_refused", BAD_REQUEST, misconfigured,
            key: "redirect_uri",
            help: "Register this exact redirect URI at the provider.",
            register: "{redirect_uri}";

        /// Another provider of this app could steal this login (a mix-up attack, RFC 9700, section
        /// 4.4), so it is rejected at the start.
        ///
        /// That is the case if (1) the client is public, (2) the provider does not announce that
        /// its authorization responses contain its issuer
        /// (`authorization_response_iss_parameter_supported`, RFC 9207), and (3) another provider
        /// has the same redirect URI. Then neither the response nor its redirect URI shows which
        /// provider sent it, and a code with its PKCE verifier is enough to obtain the tokens.
        /// LinkedIn is affected in any case, because it has neither PKCE nor `nonce`. Only this app
        /// can redeem the codes of a confidential client, so its logins are not rejected. The
        /// [configuration](crate::guide::configuration#several-providers-and-one-callback)
        /// describes the remaining risk.
        RedirectUriShared: "redirect_uri_shared", BAD_REQUEST, misconfigured,
            key: "redirect_uri",
            help: "Give the provider its own redirect URI with this line, and register exactly \
                that URI at the provider instead of the shared one. The provider in `[auth]` \
                itself keeps the shared one, so the others need their own.",
            toml: "redirect_uri = \"{shared_redirect_uri}/{name}\"";

        /// The token endpoint responded with another error code. The detail quotes it.
        TokenRefused: "token_refused", BAD_REQUEST, misconfigured,
            key: "client_kwargs",
            help: "Look up the code in the provider's documentation. Often the client is \
                registered for another grant type, or the tenant is wrong.";

        /// The token endpoint is overloaded or reports an internal error: status 429 or 5xx,
        /// `server_error`, `temporarily_unavailable`.
        TokenEndpointError: "token_endpoint_error", SERVICE_UNAVAILABLE, provider_error,
            help: "Wait and log in again. If the error persists, check the provider's log or \
                status page. A 429 means that too many requests were sent.";

        /// The token endpoint responded with an error status but without an error code. The detail
        /// has the status and the content type.
        TokenStatus: "token_status", BAD_REQUEST, misconfigured,
            key: "server_metadata_url",
            help: "A 404 means a wrong tenant, realm or path. A 403 with `text/html` comes from a \
                firewall or proxy in front of the provider.";

        /// The token endpoint responded with a success status, but not with the JSON of RFC 6749,
        /// section 5.
        TokenNotJson: "token_not_json", BAD_REQUEST, unacceptable,
            key: "server_metadata_url",
            help: "Check the provider's log. Often a proxy or a firewall responds instead of the \
                provider.";

        /// The token response is longer than 1 MiB.
        TokenTooLong: "token_too_long", BAD_REQUEST, unacceptable,
            help: "At the provider, put fewer claims, such as groups, into the tokens.";

        /// The token type is not Bearer, or the access token contains characters that are not
        /// allowed in a header.
        TokenType: "token_type", BAD_REQUEST, unacceptable,
            help: "At the provider, disable DPoP and other bound tokens for this client.";

        /// The token response has no ID token.
        IdTokenAbsent: "id_token_absent", BAD_REQUEST, misconfigured,
            key: "client_kwargs.scope",
            help: "Use an OpenID Connect provider, because OAuth 2.0 is not enough, and allow the \
                scope `openid` for this client.",
            toml: "client_kwargs = { scope = \"openid profile email\" }";
    } } };
}
