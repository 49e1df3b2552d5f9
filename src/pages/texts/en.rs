//! English.

use super::{Texts, Words};

pub(super) static TEXTS: Texts = Texts {
    lang: "en",
    dir: "ltr",

    sign_in: "Sign in",
    choose: "Choose how to sign in.",
    next: "Afterwards you go on to {page}.",
    unreachable: "Not answering at the moment",

    signed_out: "You are signed out",
    signed_out_here: "Your sign-in has been removed from this browser.",
    still_signed_in: "You may still be signed in at {provider}. If other people use this device, sign out there too.",

    sign_in_again: "Sign in again",
    start_page: "Go to the start page",
    reference: "Reference for support: {reference}",
    size: "{claim}: {bytes} bytes",
    open_window: "Open in a new window",
    sign_out: "Sign out",

    cancelled: Words {
        title: "Sign-in cancelled",
        what: "The sign-in was stopped before it was complete, so nothing has changed.",
        advice: "You can sign in again, or go on without.",
    },
    unasked: Words {
        title: "The sign-in service has a question for you",
        what: "The sign-in service has to ask you something first, and it could not do so here.",
        advice: "Sign in at the service itself, then come back. If that does not help, tell the people who run this app.",
    },
    refused: Words {
        title: "Sign-in refused",
        what: "The sign-in service did not let you in to this app.",
        advice: "Try another account. If that does not help, ask the people who run this app for access.",
    },
    trouble: Words {
        title: "Sign-in did not work",
        what: "The sign-in service reported a problem of its own.",
        advice: "Wait a minute, then sign in again.",
    },
    down: Words {
        title: "Sign-in is not available",
        what: "The sign-in service does not answer at the moment.",
        advice: "Wait a minute, then sign in again. Everything else in this app works as before.",
    },
    set_up: Words {
        title: "Sign-in is not set up correctly",
        what: "This app and the sign-in service do not agree on their settings. It is nothing that you did.",
        advice: "Tell the people who run this app; they find the cause in its log.",
    },
    no_attempt: Words {
        title: "This sign-in cannot be finished here",
        what: "It was finished before, or it was started in another browser.",
        advice: "Sign in again, and stay in this browser until you are done.",
    },
    no_cookies: Words {
        title: "Your browser does not keep the sign-in",
        what: "Signing in needs a cookie, and your browser did not send back the one that this app gave it.",
        advice: "Allow cookies for this app, then sign in again in this browser.",
    },
    expired: Words {
        title: "This sign-in took too long",
        what: "More than 15 minutes passed between its start and its end.",
        advice: "Sign in again.",
    },
    untrusted: Words {
        title: "This sign-in cannot be trusted",
        what: "The answer is not one that the sign-in service should have given.",
        advice: "Sign in again from this app. If you followed a link from somebody else, do not use it again.",
    },
    used: Words {
        title: "Sign-in did not work",
        what: "The sign-in service did not accept its own answer, most likely because it was used before or is too old.",
        advice: "Sign in again.",
    },
    unacceptable: Words {
        title: "Sign-in did not work",
        what: "The sign-in service sent something that this app must not accept.",
        advice: "Sign in again. If it happens twice, tell the people who run this app; they find the cause in its log.",
    },
    too_large: Words {
        title: "Too much is known about you",
        what: "Your account carries more information than a browser can keep. The largest parts are:",
        advice: "Tell the people who run this app; they can choose what is kept.",
    },
    unknown: Words {
        title: "No such way to sign in",
        what: "This app does not offer this way to sign in, or no longer does.",
        advice: "Go to the start page and sign in from there.",
    },
    not_allowed: Words {
        title: "You may not use this app",
        what: "You signed in, but your account is not one that this app is open to.",
        advice: "Try another account, or ask the people who run this app for access.",
    },
    forbidden: Words {
        title: "You may not see this page",
        what: "You are signed in, but your account has no access to this page.",
        advice: "Ask the people who run this app for access, or sign in with another account.",
    },
    not_a_page: Words {
        title: "Signing in needs a window of its own",
        what: "It does not work inside another page.",
        advice: "Open this app in its own window or tab, and sign in there.",
    },
    clocks: Words {
        title: "Sign-in did not work",
        what: "The clocks of this app's servers differ, so that one of them does not accept what another began.",
        advice: "Wait a minute, then sign in again. If it happens twice, tell the people who run this app.",
    },
    changed: Words {
        title: "This sign-in cannot be finished here",
        what: "The settings of the sign-in service were changed while you signed in.",
        advice: "Sign in again.",
    },
    app_trouble: Words {
        title: "Sign-in did not work",
        what: "You signed in, but this app had a problem of its own and could not let you in.",
        advice: "Wait a minute, then sign in again. If it happens twice, tell the people who run this app; they find the cause in its log.",
    },
    other_origin: Words {
        title: "Nothing was done",
        what: "Another website tried to do something here in your name, so it was refused.",
        advice: "If you wanted this, do it from a page of this app.",
    },
    confirm_logout: Words {
        title: "Do you want to sign out?",
        what: "Another website opened this address, and nothing has been done yet.",
        advice: "Sign out here if you want to. Otherwise go to the start page; you stay signed in.",
    },
};
