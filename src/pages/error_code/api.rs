//! Errors of a provider's API.

macro_rules! api {
    ($collect:ident $remaining:tt $($entries:tt)*) => { $collect! { $remaining $($entries)*
    "The API of the provider cannot be used" {
        /// The token response of a provider of plain OAuth 2.0 has no access token.
        AccessTokenAbsent: "access_token_absent", BAD_REQUEST, unacceptable,
            key: "token_endpoint",
            help: "Compare `token_endpoint` with the provider's documentation. It has to respond \
                with `access_token` and `token_type`, as JSON or as a form.";

        /// The token response of a provider that is configured by its endpoints has an ID token.
        /// The login is refused, because this kind of configuration does not verify it.
        IdTokenUnexpected: "id_token_unexpected", BAD_REQUEST, misconfigured,
            key: "authorization_endpoint",
            help: "Configure an OpenID Connect provider with `server_metadata_url`, and remove \
                `authorization_endpoint`, `token_endpoint`, `userinfo_endpoint` and `claims_map`.",
            toml: "server_metadata_url = \"https://…/.well-known/openid-configuration\"";

        /// The provider's API has an outage or limits the number of requests. The detail has the
        /// URL and the status.
        AccountUnavailable: "account_unavailable", SERVICE_UNAVAILABLE, provider_error,
            help: "Wait and log in again. If the error persists, check the provider's status page \
                and its rate limits.";

        /// The provider's API did not return the user of the access token. The detail has the URL
        /// and the status.
        AccountRefused: "account_refused", BAD_REQUEST, unacceptable,
            key: "client_kwargs.scope",
            help: "A 401 or 403 means that the token lacks a scope or a permission of the app. A \
                404 means that `userinfo_endpoint` is wrong.";

        /// The user that the provider's API returned has no usable identifier: the member that
        /// `claims_map` maps to `sub` is missing, or is neither a string nor an integer.
        AccountSubject: "account_subject", BAD_REQUEST, misconfigured,
            key: "claims_map",
            help: "Map `sub` to the member with the permanent identifier of a user. A name or an \
                address is not one, because it can change and then belong to another user.",
            toml: "claims_map = { sub = \"id\" }";

        /// The ID token does not have the user's groups, and Microsoft Graph did not return all of
        /// them either (`groups_from_graph`). The user may or may not be a member, so the login is
        /// not finished. The detail has the reason.
        GroupsUndecided: "groups_undecided", SERVICE_UNAVAILABLE, groups_undecided,
            key: "groups_from_graph",
            help: "A 401 or 403 means that the access token is not for Microsoft Graph, or lacks \
                the delegated permission `User.Read`: request `User.Read` in \
                `client_kwargs.scope`, without scopes of another API. Otherwise wait and log in \
                again.";
    } } };
}
