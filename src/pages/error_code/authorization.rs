//! Errors in the authorization response.

macro_rules! authorization {
    ($collect:ident $remaining:tt $($entries:tt)*) => { $collect! { $remaining $($entries)*
    "The provider redirected the user back without a code" {
        /// The user cancelled at the provider, or the provider denies this account access
        /// (`access_denied`).
        Cancelled: "cancelled", FORBIDDEN, cancelled,
            help: "No action is needed if the user cancelled. Otherwise assign the account to this \
                client at the provider.";

        /// The provider needs to ask the user something, but the request does not allow it
        /// (`login_required`, `interaction_required`, `consent_required`,
        /// `account_selection_required`). That is the effect of `prompt = "none"`.
        InteractionNeeded: "interaction_needed", FORBIDDEN, interaction_needed,
            key: "client_kwargs.prompt",
            help: "Let the provider ask. If the request already allows it, an administrator has to \
                grant consent to this client at the provider.",
            toml: "client_kwargs = { prompt = \"select_account\" }";

        /// The provider does not support `prompt=select_account`, which is the default unless
        /// `client_kwargs` has a `prompt`. Ory Hydra responds with `invalid_request`, Pocket ID
        /// with `interaction_required`.
        PromptRefused: "prompt_refused", BAD_REQUEST, misconfigured,
            key: "client_kwargs.prompt",
            help: "Omit `prompt` from the request. If that does not help, enable the authorization \
                code flow for this client at the provider.",
            toml: "client_kwargs = { prompt = \"\" }";

        /// The provider does not know, or does not grant, one of the scopes (`invalid_scope`).
        ScopeRefused: "scope_refused", BAD_REQUEST, misconfigured,
            key: "client_kwargs.scope",
            help: "Request only scopes that are enabled for this client at the provider.",
            toml: "client_kwargs = { scope = \"openid profile email\" }";

        /// The provider knows the client but does not allow it this kind of login
        /// (`unauthorized_client`).
        ClientNotAllowed: "client_not_allowed", BAD_REQUEST, misconfigured,
            key: "client_id",
            help: "At the provider, make the client a web application and enable the authorization \
                code flow.";

        /// The provider does not accept the authorization request (`invalid_request`,
        /// `unsupported_response_type` and similar codes).
        RequestRefused: "request_refused", BAD_REQUEST, misconfigured,
            key: "client_kwargs",
            help: "Remove the parameters in `client_kwargs` that this provider does not support. \
                At the provider, enable the authorization code flow.";

        /// The provider reports an internal error (`server_error`).
        ProviderError: "provider_error", BAD_REQUEST, provider_error,
            help: "Check the provider's log or status page.";

        /// The provider is overloaded or under maintenance (`temporarily_unavailable`).
        ProviderBusy: "provider_busy", BAD_REQUEST, provider_error,
            help: "Wait. If the error persists, check the provider's status page.";

        /// The provider sent an error code that no standard defines. The detail quotes it.
        ProviderRefused: "provider_refused", FORBIDDEN, access_refused,
            help: "Look up the code in the provider's documentation and log. Often a rule at the \
                provider blocks this account.";
    } } };
}
