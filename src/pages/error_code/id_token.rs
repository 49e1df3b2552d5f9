//! Errors in the validation of ID tokens and UserInfo responses.

macro_rules! id_token {
    ($collect:ident $remaining:tt $($entries:tt)*) => { $collect! { $remaining $($entries)*
    "The ID token is not valid" {
        /// The ID token is not a signed JWT.
        IdTokenMalformed: "id_token_malformed", BAD_REQUEST, unacceptable,
            help: "At the provider, configure ID tokens as signed JWTs.";

        /// The ID token is encrypted, which is not supported.
        IdTokenEncrypted: "id_token_encrypted", BAD_REQUEST, unacceptable,
            help: "At the provider, disable the encryption of ID tokens for this client. TLS \
                protects them in transit.";

        /// The header of the ID token has a `typ`, `kid` or `crit` that is not valid for an ID
        /// token.
        IdTokenHeader: "id_token_header", BAD_REQUEST, unacceptable,
            help: "At the provider, use standard ID tokens. An access token is not accepted as \
                one.";

        /// The ID token is signed with an algorithm that the discovery document does not list, or
        /// with one without a public key, such as HS256.
        IdTokenAlgorithm: "id_token_algorithm", BAD_REQUEST, unacceptable,
            help: "At the provider, select RS256 or ES256 for the ID tokens of this client.";

        /// The signature does not match the key that the ID token names.
        IdTokenSignature: "id_token_signature", BAD_REQUEST, unacceptable,
            key: "server_metadata_url",
            help: "Use the discovery document of the server that signs, with the same tenant, \
                realm or policy. If that is already the case, it may be an attack.";

        /// The provider publishes no matching key, even after the key set was fetched again. It is
        /// fetched at most once a minute.
        IdTokenKey: "id_token_key", BAD_REQUEST, unacceptable,
            key: "server_metadata_url",
            help: "Use the discovery document of the server that signs. After a change of keys, \
                wait a minute.";

        /// The provider publishes the key that the ID token names, but the key cannot be used. The
        /// detail gives the reason. RSA keys of 2048 to 4096 bits, P-256, P-384, P-521 and Ed25519
        /// keys are supported.
        IdTokenKeyUnusable: "id_token_key_unusable", BAD_REQUEST, unacceptable,
            key: "server_metadata_url",
            help: "At the provider, sign ID tokens with a supported key, and publish it according \
                to RFC 7517, with `use` absent or `sig`.";

        /// The `iss` of the ID token is not the provider's issuer.
        IdTokenIssuer: "id_token_issuer", BAD_REQUEST, unacceptable,
            key: "server_metadata_url",
            help: "Use the discovery document of the issuer that signs, with the same tenant, \
                version and host.";

        /// The `sub` is absent, or longer than 255 bytes.
        IdTokenSubject: "id_token_subject", BAD_REQUEST, unacceptable,
            help: "At the provider, make `sub` a stable identifier of the account.";

        /// The `aud` of the ID token does not contain this client, or contains further audiences,
        /// which the detail lists. ZITADEL lists the project and all its clients.
        IdTokenAudience: "id_token_audience", BAD_REQUEST, unacceptable,
            key: "trusted_audiences",
            help: "If this client is missing, correct `client_id`. If there are further audiences, \
                list those that you trust.",
            toml: "trusted_audiences = [{audiences}]";

        /// The `azp` of the ID token is another client.
        IdTokenParty: "id_token_party", BAD_REQUEST, unacceptable,
            key: "client_id",
            help: "Use the `client_id` that started the login. The provider may have issued the \
                token to another app.";

        /// The ID token has expired, or has no `exp`. The clocks may differ by a minute.
        IdTokenExpired: "id_token_expired", BAD_REQUEST, unacceptable,
            help: "Set the clock of this machine or of the provider, for example with NTP.";

        /// The `iat` of the ID token is absent, in the future, or more than ten minutes ago.
        IdTokenIssuedAt: "id_token_issued_at", BAD_REQUEST, unacceptable,
            help: "Set the clock of this machine or of the provider, for example with NTP.";

        /// The `nbf` of the ID token is in the future.
        IdTokenNotBefore: "id_token_not_before", BAD_REQUEST, unacceptable,
            help: "Set the clock of this machine or of the provider, for example with NTP.";

        /// The `nonce` does not match this login.
        IdTokenNonce: "id_token_nonce", BAD_REQUEST, unacceptable,
            help: "Check whether the provider returns `nonce` unchanged. If it does, the token of \
                another login was injected.";

        /// The `at_hash` of the ID token does not match the access token.
        IdTokenAccessToken: "id_token_access_token", BAD_REQUEST, unacceptable,
            help: "Report the error to the provider. The two tokens do not belong together.";
    }
    "The UserInfo response is not valid" {
        /// `userinfo = true` needs an endpoint that the provider does not have.
        UserInfoAbsent: "userinfo_absent", BAD_REQUEST, unacceptable,
            key: "userinfo",
            help: "Disable UserInfo.",
            toml: "userinfo = false";

        /// The UserInfo endpoint did not respond with a JSON object. The detail describes the
        /// response.
        UserInfoRefused: "userinfo_refused", BAD_REQUEST, unacceptable,
            key: "userinfo",
            help: "At the provider, return UserInfo as plain JSON and allow it for this client, or \
                disable it here.",
            toml: "userinfo = false";

        /// The `sub` of the UserInfo response differs from the `sub` of the ID token.
        UserInfoSubject: "userinfo_subject", BAD_REQUEST, unacceptable,
            key: "userinfo",
            help: "At the provider, give both the same `sub` (pairwise or public, not mixed), or \
                disable UserInfo here.",
            toml: "userinfo = false";
    } } };
}
