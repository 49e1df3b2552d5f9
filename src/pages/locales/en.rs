//! English.

use super::{ErrorText, Locale};

pub(super) static LOCALE: Locale = Locale {
    lang: "en",
    dir: "ltr",

    sign_in: "Sign in",
    choose_provider: "Choose how to sign in.",
    continue_to: "You then continue to {page}.",
    unreachable: "Not responding at the moment",

    signed_out: "You are signed out",
    signed_out_here: "Your sign-in has been removed from this browser.",
    still_signed_in_at: "You may still be signed in at {provider}. If other people use this device, sign out there too.",

    sign_in_again: "Sign in again",
    start_page: "Go to the start page",
    reference: "Reference for support: {reference}",
    claim_size: "{claim}: {bytes} bytes",
    open_window: "Open in a new window",
    sign_out: "Sign out",
    sign_in_in_tab: "Sign in in a new tab",
    send_again: "Send again",

    cancelled: ErrorText {
        title: "Sign-in cancelled",
        message: "The sign-in was stopped before it was complete, so nothing has changed.",
        advice: "You can sign in again, or continue without signing in.",
    },
    interaction_needed: ErrorText {
        title: "The sign-in service has a question for you",
        message: "The sign-in service has to ask you something first, and it could not do so here.",
        advice: "Sign in at the service itself, then come back. If that does not help, tell the people who run this app.",
    },
    access_refused: ErrorText {
        title: "Sign-in refused",
        message: "The sign-in service did not let you into this app.",
        advice: "Try another account. If that does not help, ask the people who run this app for access.",
    },
    provider_error: ErrorText {
        title: "Sign-in did not work",
        message: "The sign-in service reported a problem of its own.",
        advice: "Wait a minute, then sign in again.",
    },
    unavailable: ErrorText {
        title: "Sign-in is not available",
        message: "The sign-in service is not responding at the moment.",
        advice: "Wait a minute, then sign in again. Everything else in this app works as before.",
    },
    session_unknown: ErrorText {
        title: "Your sign-in cannot be checked",
        message: "This app cannot tell at the moment whether you are still signed in. You have not been signed out.",
        advice: "Wait a minute, then open this page again.",
    },
    misconfigured: ErrorText {
        title: "Sign-in is not set up correctly",
        message: "This app and the sign-in service do not agree on their settings. You did nothing wrong.",
        advice: "Tell the people who run this app; they can find the cause in its log.",
    },
    attempt_missing: ErrorText {
        title: "This sign-in cannot be finished here",
        message: "It was finished before, or it was started in another browser.",
        advice: "Sign in again, and stay in this browser until you are done.",
    },
    no_cookies: ErrorText {
        title: "Your browser does not keep the sign-in",
        message: "Signing in needs a cookie, and your browser did not send back the one that this app gave it.",
        advice: "Allow cookies for this app, then sign in again in this browser.",
    },
    attempt_expired: ErrorText {
        title: "This sign-in took too long",
        message: "More than 15 minutes passed between its start and its end.",
        advice: "Sign in again.",
    },
    untrusted: ErrorText {
        title: "This sign-in cannot be trusted",
        message: "The answer is not one that the sign-in service should have given.",
        advice: "Sign in again from this app. If you followed a link from somebody else, do not use it again.",
    },
    code_used: ErrorText {
        title: "Sign-in did not work",
        message: "The sign-in service did not accept its own answer, most likely because it was used before or is too old.",
        advice: "Sign in again.",
    },
    unacceptable: ErrorText {
        title: "Sign-in did not work",
        message: "The sign-in service sent something that this app must not accept.",
        advice: "Sign in again. If it happens twice, tell the people who run this app; they can find the cause in its log.",
    },
    not_recent: ErrorText {
        title: "The sign-in is not recent enough",
        message: "This needs a recent sign-in, and the sign-in service did not ask you to sign in once more.",
        advice: "Sign out at the service itself, then sign in again. If that does not help, tell the people who run this app.",
    },
    other_user: ErrorText {
        title: "You signed in with another account",
        message: "This page asks you to sign in again with the account that you use here. Nothing has changed.",
        advice: "To continue, sign in again with either account.",
    },
    not_strong: ErrorText {
        title: "This needs a stronger sign-in",
        message: "You signed in, but not in the way that is required here, for example with a second factor.",
        advice: "Set up this kind of sign-in at the service, then sign in again. If that does not help, ask the people who run this app.",
    },
    too_large: ErrorText {
        title: "Too much is known about you",
        message: "Your account carries more information than a browser can keep. The largest parts are:",
        advice: "Tell the people who run this app; they can choose what is kept.",
    },
    unknown_provider: ErrorText {
        title: "No such way to sign in",
        message: "This app does not offer this way to sign in, or no longer does.",
        advice: "Go to the start page and sign in from there.",
    },
    not_allowed: ErrorText {
        title: "You may not use this app",
        message: "You signed in, but this app is not open to your account.",
        advice: "Try another account, or ask the people who run this app for access.",
    },
    groups_undecided: ErrorText {
        title: "Your access could not be checked",
        message: "You signed in, but the service that knows your groups did not answer as it should. So this app cannot tell whether it is open to you.",
        advice: "Wait a minute, then sign in again. If it happens twice, tell the people who run this app; they can find the cause in its log.",
    },
    forbidden: ErrorText {
        title: "You may not see this page",
        message: "You are signed in, but your account has no access to this page.",
        advice: "Ask the people who run this app for access, or sign in with another account.",
    },
    not_a_page: ErrorText {
        title: "Signing in needs a window of its own",
        message: "It does not work inside another page.",
        advice: "Open this app in its own window or tab, and sign in there.",
    },
    clocks_differ: ErrorText {
        title: "Sign-in did not work",
        message: "The clocks of this app's servers differ, so one of them does not accept what another began.",
        advice: "Wait a minute, then sign in again. If it happens twice, tell the people who run this app.",
    },
    provider_changed: ErrorText {
        title: "This sign-in cannot be finished here",
        message: "The settings of the sign-in service were changed while you signed in.",
        advice: "Sign in again.",
    },
    app_error: ErrorText {
        title: "Sign-in did not work",
        message: "You signed in, but this app had a problem of its own and could not let you in.",
        advice: "Wait a minute, then sign in again. If it happens twice, tell the people who run this app; they can find the cause in its log.",
    },
    other_origin: ErrorText {
        title: "Nothing was done",
        message: "Another website tried to do something here in your name, so it was refused.",
        advice: "If you wanted this, do it from a page of this app.",
    },
    held_form: ErrorText {
        title: "Sign in to send this form",
        message: "This needs a sign-in first, so nothing has been changed. What you entered is kept on this page.",
        advice: "Sign in in a new tab, close it, then send the form here. Keep this page open until then.",
    },
    confirm_logout: ErrorText {
        title: "Do you want to sign out?",
        message: "Another website opened this address, and nothing has been done yet.",
        advice: "Sign out here if you want to. Otherwise go to the start page; you stay signed in.",
    },
};
