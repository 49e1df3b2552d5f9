//! Errors of logins that ask for a recent or strong authentication.

macro_rules! authentication {
    ($collect:ident $remaining:tt $($entries:tt)*) => { $collect! { $remaining $($entries)*
    "The login is not as recent or as strong as required" {
        /// The login requires a recent authentication, but the ID token has no valid `auth_time`.
        /// The requirement is `max_age` or `prompt=login`, from `client_kwargs`, a `Login` or a
        /// guard.
        AuthTimeMissing: "auth_time_missing", BAD_REQUEST, misconfigured,
            help: "At the provider, include `auth_time` in ID tokens. In Entra, add the optional \
                claim `auth_time` to the ID token. If the provider, like Google, has no such \
                claim, remove the requirement.";

        /// The user authenticated too long ago. The provider did not ask again, although `max_age`
        /// or `prompt=login` requires it, or the user removed the parameter from the request.
        AuthTimeTooOld: "auth_time_too_old", FORBIDDEN, not_recent,
            help: "Check whether the provider supports `max_age` and `prompt=login`. If its clock \
                is wrong, set it, for example with NTP.";

        /// The login requires a value of `acr`, but the ID token has none. The requirement is
        /// `acr_values`, from `client_kwargs`, a `Login` or a guard.
        AcrMissing: "acr_missing", BAD_REQUEST, misconfigured,
            help: "At the provider, include `acr` in ID tokens. If the provider has no such claim, \
                remove the requirement.";

        /// The user authenticated, but not in one of the required ways. The detail has the `acr` of
        /// the ID token and the accepted values.
        AcrUnmet: "acr_unmet", FORBIDDEN, not_strong,
            help: "At the provider, map these values of `acr` to a flow that this user can \
                complete. Values have no order, so list every accepted one.";

        /// A guard requires a further login, and another user logged in. The earlier login is still
        /// valid.
        OtherUser: "other_user", FORBIDDEN, other_user,
            help: "No action is needed. The user can log in again with either account.";

        /// The browser completed five logins within a minute, and the guard of the page still
        /// requires another. Two guards with different values of `acr` around the same page cause
        /// this.
        StepUpLoop: "step_up_loop", FORBIDDEN, not_strong,
            help: "Accept the values of both guards in each of them, or use one guard.";
    } } };
}
