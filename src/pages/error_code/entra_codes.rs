//! Error codes of Microsoft Entra.

use super::{Example, Remedy};

/// Generates the remedy of each code and the public module [`entra`].
macro_rules! define_entra_codes {
    ($(
        $(#[$description:meta])*
        $code:ident
            $(, key: $key:literal)?
            , help: $help:literal
            $(, register: $register:literal)?;
    )*) => {
        #[cfg(test)]
        pub(super) const ALL: &[&str] = &[$(stringify!($code),)*];

        /// Returns the remedy for an error code of Microsoft Entra, if it is in the table.
        pub(in crate::pages) fn remedy(code: &str) -> Option<Remedy> {
            $(
                if code == stringify!($code) {
                    return Some(Remedy {
                        $(key: Some($key),)?
                        $(example: Some(Example::Register($register)),)?
                        ..Remedy::new($help)
                    });
                }
            )*
            None
        }

        /// The most frequent error codes of Microsoft Entra: what each means, and what to change.
        ///
        /// The code is in the detail of the log, for example `AADSTS7000215: Invalid client secret
        /// provided`. It only selects the advice: the error code of this crate follows from the
        /// error code of the standard.
        ///
        /// Source: Microsoft identity platform, "Microsoft Entra authentication and authorization
        /// error codes".
        $(
            #[doc = ""]
            #[doc = concat!(" ## `", stringify!($code), "`")]
            #[doc = ""]
            $(#[$description])*
            $(
                #[doc = ""]
                #[doc = concat!(" **Key:** `", $key, "`")]
            )?
            #[doc = ""]
            #[doc = concat!(" **Fix:** ", $help)]
            $(
                #[doc = ""]
                #[doc = " ```text"]
                #[doc = concat!(" ", $register)]
                #[doc = " ```"]
            )?
        )*
        pub mod entra {}
    };
}

define_entra_codes! {
    /// The redirect URI is not registered for the app.
    AADSTS50011, key: "redirect_uri",
        help: "In the Entra admin center, open App registrations, Authentication, and add this \
            redirect URI to the platform \"Web\".",
        register: "{redirect_uri}";

    /// The tenant has no app with this client ID.
    AADSTS700016, key: "client_id",
        help: "Compare `client_id` with the \"Application (client) ID\" of the app registration, \
            and the tenant with its \"Directory (tenant) ID\".";

    /// The client secret is wrong.
    AADSTS7000215, key: "client_secret",
        help: "Copy the secret's \"Value\". The \"Secret ID\" beside it is not the secret. The \
            value is shown only once. Create a new secret if it is lost.";

    /// The client secret has expired.
    AADSTS7000222, key: "client_secret",
        help: "Create a new client secret under \"Certificates & secrets\" and replace \
            `client_secret`.";

    /// The request had neither a client secret nor an assertion, and the app is not a public
    /// client.
    AADSTS7000218, key: "client_secret",
        help: "Set the app's `client_secret`, and remove `token_endpoint_auth_method = \"none\"`.";

    /// The app is a public client, which must not send a secret.
    AADSTS700025, key: "client_secret",
        help: "In the app registration, register the redirect URI for the platform \"Web\" and not \
            for \"Mobile and desktop applications\".";

    /// The redirect URI is registered for a single-page application. Only a script in the browser
    /// may redeem its codes.
    AADSTS9002327, key: "redirect_uri",
        help: "In the app registration, move this redirect URI from \"Single-page application\" to \
            the platform \"Web\".",
        register: "{redirect_uri}";

    /// No consent was given for the scopes that the app requests.
    AADSTS65001, key: "client_kwargs.scope",
        help: "Let an administrator grant consent under \"API permissions\", or log in once and \
            accept the consent page.";

    /// The user declined the consent page.
    AADSTS65004,
        help: "Log in again and accept, or let an administrator grant consent under \"API \
            permissions\".";

    /// Only an administrator can consent to the scopes that the app requests.
    AADSTS90094, key: "client_kwargs.scope",
        help: "Let an administrator grant consent under \"API permissions\", or request fewer \
            scopes in `client_kwargs.scope`.";

    /// The app requires an assignment, and this account has none.
    AADSTS50105,
        help: "Under Enterprise applications, Users and groups, assign the user or a group. \
            Alternatively, set \"Assignment required\" to no.";

    /// The account belongs to another tenant or is a personal account.
    AADSTS50020, key: "server_metadata_url",
        help: "Log in with an account of this tenant, invite the account as a guest, or use the \
            tenant `organizations` or `common`.";

    /// The app is for one tenant only, but the request went to `common`.
    AADSTS50194, key: "server_metadata_url",
        help: "Use the \"Directory (tenant) ID\" of the app registration as the tenant, or make \
            the app multitenant.";

    /// The tenant does not exist.
    AADSTS90002, key: "server_metadata_url",
        help: "Copy the \"Directory (tenant) ID\" from the app registration. National clouds have \
            their own hosts.";

    /// A Conditional Access policy blocks this login.
    AADSTS53003,
        help: "Give the correlation ID in the detail to an administrator, who can find the policy \
            in the sign-in logs.";

    /// Multi-factor authentication is required.
    AADSTS50076, key: "client_kwargs.prompt",
        help: "Log in again. If it happens each time, remove `prompt = \"none\"`, which does not \
            let Entra ask.";

    /// The authorization code has already been redeemed.
    AADSTS54005,
        help: "Log in again. If it happens each time, look for a proxy or a second replica that \
            sends the callback twice.";

    /// The authorization code has expired.
    AADSTS70008,
        help: "Log in again. If it happens each time, compare the clock of this machine with \
            Entra's.";

    /// The user has forgotten the password, which a legacy user flow reports as an error.
    AADB2C90118,
        help: "In Azure AD B2C, use a recommended sign-in user flow with self-service password \
            reset.";
}
