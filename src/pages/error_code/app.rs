//! Errors that originate in the app itself.

macro_rules! app {
    ($collect:ident $remaining:tt $($entries:tt)*) => { $collect! { $remaining $($entries)*
    "This app rejected the request" {
        /// The claims do not fit into the cookies that a browser stores, or exceed 256 KiB with a
        /// session store. The page and the log name the largest claims.
        TooLarge: "too_large", BAD_REQUEST, too_large,
            key: "claims",
            help: "Keep only the claims that you use. This line belongs in `[auth]`. \
                Alternatively, set `session_store`, which keeps large identities, or raise \
                `cookie_budget` if the servers in front accept headers of that size.",
            toml: "claims = [\"email\", \"name\"]";

        /// A claim is nested more than 125 levels deep, so it could not be read back from the
        /// cookie. The provider sent it, or `on_sign_in` added it.
        ClaimsUnreadable: "claims_unreadable", BAD_REQUEST, unacceptable,
            key: "claims",
            help: "Keep only the claims that you use, and do not add such a claim in `on_sign_in`. \
                This line belongs in `[auth]`.",
            toml: "claims = [\"email\", \"name\"]";

        /// The app's own hook, `AuthLayer::on_sign_in`, did not return within 30 seconds, or it
        /// panicked. A slow hook runs to completion, but the login has failed.
        OnSignIn: "on_sign_in", INTERNAL_SERVER_ERROR, app_error,
            help: "Make the hook faster, for example by moving slow work to a separate task, and \
                check the log for a panic.";

        /// The session store did not answer, so the login could not be recorded. The log has the
        /// reason in an event with the same code.
        SessionStore: "session_store", SERVICE_UNAVAILABLE, unavailable,
            key: "session_store",
            help: "Check that the store is running and reachable from the machine that runs the \
                app.";

        /// The session store does not answer, and this session was not checked within the last
        /// minute. The user has not been logged out.
        SessionUnknown: "session_unknown", SERVICE_UNAVAILABLE, session_unknown,
            key: "session_store",
            help: "Check that the store is running and reachable from the machine that runs the \
                app.";

        /// The file of `client_key_file`, `client_assertion_file` or `client_certificate_file`
        /// cannot be read or has no usable content. The detail has the key and the reason. The file
        /// is read at each login, so no restart is needed after the fix, and a reload of the page
        /// finishes the same login.
        ClientFile: "client_file", SERVICE_UNAVAILABLE, app_error,
            key: "client_key_file",
            help: "Let this process read the file that the key in the detail names. Replace such a \
                file atomically: write a new file in the same folder, and rename it.";

        /// The login succeeded at the provider, but `[auth.allow]`, the provider's own `allow` or
        /// the app itself does not admit this account. The detail on the page and in the log has
        /// the rule and the reason:
        ///
        /// - `claim … is missing`: the provider did not send the claim. Microsoft Entra and
        ///   Cloudflare Access do not send `email_verified`. `userinfo = true` adds the claims that
        ///   a provider sends only in the UserInfo response.
        /// - `claim … has none of the listed values`: values are compared exactly, including case.
        ///   `domains` and `emails` ignore case.
        /// - `claim "hd" is missing`: the account is a consumer account of Google with an address
        ///   of that domain, not an account of the organization.
        /// - `claim … has too many values`: Entra omits `groups` if there are more than 200. Set
        ///   `groups_from_graph`, choose "Groups assigned to the application" in Entra, or use app
        ///   roles.
        NotAllowed: "not_allowed", FORBIDDEN, not_allowed,
            key: "allow",
            help: "The detail has the rule and the claim. Add the account to that rule if it \
                should be admitted. If the provider does not send `email_verified`, use a claim \
                that it sets itself, such as `claims = { tid = \"…\" }`.";

        /// A logged-in user does not meet the conditions of a guard. If the detail says
        /// `claim … has too many values`, the provider omitted the claim from the ID token, as
        /// Entra does with more than 200 groups. Set `groups_from_graph`, choose "Groups assigned
        /// to the application" in Entra, or use app roles and the claim `roles`.
        Forbidden: "forbidden", FORBIDDEN, forbidden,
            help: "Compare the conditions of `require_login()` on this route with the claims of \
                this user.";

        /// A link or a `Login` names a provider that is not configured.
        UnknownProvider: "unknown_provider", NOT_FOUND, unknown_provider,
            help: "Add a table of that name, or correct the name in the link. Names are \
                case-sensitive.";

        /// A `Login` of the app sets a parameter that it cannot set, such as `state` or `scope`, or
        /// one with an invalid value. The detail has the name.
        ParameterRefused: "parameter_refused", INTERNAL_SERVER_ERROR, misconfigured,
            help: "Remove the parameter from the `Login`, or correct its value. `max_age` is a \
                number of seconds. The scope belongs in `client_kwargs`.";

        /// A script or an image requested a login page. A frame gets a page with a link that opens
        /// the app in its own window instead.
        NotAPage: "not_a_page", FORBIDDEN, not_a_page,
            help: "Start logins with a link, a form or a redirect of the whole window, not with \
                `fetch` or inside a frame. For htmx, respond with `HX-Redirect`.";

        /// A form, script, image or frame of another site requested a logout. A navigation that a
        /// script of another site started gets a page that asks the user. A link that the user
        /// clicks logs the user out.
        OtherOrigin: "other_origin", FORBIDDEN, other_origin,
            key: "redirect_uri",
            help: "No action is needed if the site is not yours. Otherwise let it link to a page \
                of this app that contains the logout form.";
    } } };
}
