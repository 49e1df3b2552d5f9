//! Errors of callbacks that match no login attempt.

macro_rules! callback {
    ($collect:ident $remaining:tt $($entries:tt)*) => { $collect! { $remaining $($entries)*
    "The callback does not match a login attempt" {
        /// The browser sent cookies, but not the one for this login attempt. The attempt was
        /// already finished, started in another browser, or removed in favour of newer ones.
        AttemptMissing: "attempt_missing", BAD_REQUEST, attempt_missing,
            key: "redirect_uri",
            help: "No action is needed if it happens occasionally. If it happens each time, \
                `redirect_uri` and the URL that users open differ in host or path.";

        /// The browser sent the cookie of this login attempt, but it is not signed with a secret of
        /// this app.
        AttemptUnreadable: "attempt_unreadable", BAD_REQUEST, attempt_missing,
            key: "cookie_secret",
            help: "Give all replicas the same `cookie_secret`. After a change, keep the earlier \
                one in `cookie_secrets_old`.",
            toml: "cookie_secrets_old = [\"…\"]";

        /// The browser sent no cookies. It does not store them, or the login was started in
        /// another browser.
        NoCookies: "no_cookies", BAD_REQUEST, no_cookies,
            key: "redirect_uri",
            help: "Open the app at the exact host of `redirect_uri`: `localhost` and `127.0.0.1` \
                are different hosts. Behind a proxy, pass on `Cookie` and `Set-Cookie`.";

        /// Several logins were finished within a minute, but the browser never returned the
        /// identity cookie. A further login would be a redirect loop.
        CookiesBlocked: "cookies_blocked", BAD_REQUEST, no_cookies,
            key: "redirect_uri",
            help: "Give `redirect_uri` the scheme, host and base path of the URL that users open, \
                and let the proxy pass on `Set-Cookie` and `Cookie` unchanged.";

        /// More than 15 minutes passed between the start and the end of the login.
        AttemptExpired: "attempt_expired", BAD_REQUEST, attempt_expired,
            help: "No action is needed if the user was slow. If it happens each time, compare the \
                clocks of the replicas.";

        /// The authorization response has a parameter twice, has both a code and an error, or
        /// belongs to another flow.
        CallbackMalformed: "callback_malformed", BAD_REQUEST, untrusted,
            help: "At the provider, restrict the client to the authorization code flow. If the \
                provider did not send this response, it may be an attack.";

        /// The authorization response has a code but no `state`. The login was not started by this
        /// app but, for example, by a tile on the provider's own start page.
        StateMissing: "state_missing", BAD_REQUEST, untrusted,
            help: "At the provider, point the tile to `/auth/login` of this app, not to \
                `redirect_uri`.";

        /// The `state` does not have the format of this app.
        StateMalformed: "state_malformed", BAD_REQUEST, untrusted,
            key: "redirect_uri",
            help: "If another app uses the same `redirect_uri`, give each app its own. Otherwise \
                it may be an attack.";

        /// The provider's metadata promises an `iss` parameter in each authorization response
        /// (RFC 9207), but this response has none.
        IssuerMissing: "issuer_missing", BAD_REQUEST, untrusted,
            key: "server_metadata_url",
            help: "If a proxy is in front of this app, let it pass on the parameter `iss`. \
                Otherwise report the error to the provider.";

        /// The authorization response comes from a provider other than the requested one: a mix-up,
        /// possibly an attack (RFC 9700, section 4.4). Either its `iss` or the redirect URI that it
        /// arrived at shows this.
        IssuerMismatch: "issuer_mismatch", BAD_REQUEST, untrusted,
            key: "server_metadata_url",
            help: "Compare the issuer in the provider's discovery document with the provider that \
                redirects the user back. They must be the same.";

        /// The cookie of this login attempt was signed more than a minute in the future. The
        /// replica that started the login and the one that should finish it have different clocks.
        /// An identity cookie with this error is not accepted either, and the log has the same code
        /// as its `reason`.
        ClocksDiffer: "clocks_differ", BAD_REQUEST, clocks_differ,
            help: "Synchronize the clocks of all machines that run this app, for example with NTP.";

        /// The `client_id` or `server_metadata_url` of this provider was changed during the login.
        /// A code of the earlier provider is not sent to the new one. An identity of the earlier
        /// provider is not accepted either, and the log has the same code as its `reason`.
        ProviderChanged: "provider_changed", BAD_REQUEST, provider_changed,
            key: "server_metadata_url",
            help: "No action is needed if you changed the provider. Otherwise give all replicas of \
                this app the same configuration.";

        /// The provider of this login is no longer in the configuration.
        ProviderRemoved: "provider_removed", NOT_FOUND, unknown_provider,
            help: "No action is needed if it was removed on purpose. Otherwise give all replicas \
                the same configuration.";
    } } };
}
