//! The pages of the provider: the choice of a user, and notices.

use axum::{http::StatusCode, response::Response};
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{
    response::{self, STYLE, SUBMIT},
    users::USERS,
};

/// Returns the list of users. Each is a button of one form, so the page works without scripts and
/// with a keyboard.
///
/// `app` is the host of the app. The form sends `parameters` together with the choice. `claims` is
/// the content of the text field, and `problem` the reason why it was rejected.
pub(super) fn users(
    app: &str,
    parameters: &[(&str, &str)],
    claims: &str,
    problem: Option<&str>,
) -> Response {
    let content = html! {
        p.lead { "to sign in to " strong { (app) } }
        form method="post" action="authorize" accept-charset="utf-8" {
            (hidden(parameters))
            ul {
                @for user in &USERS {
                    li {
                        button.user name="user" value=(user.id) {
                            i aria-hidden="true" { (user.initial()) }
                            span {
                                b { (user.name) } " "
                                small { (user.note) } " "
                                small.wide { (user.email.unwrap_or("no e-mail")) }
                            }
                        }
                    }
                }
            }
            (other_user(claims, problem))
            button.cancel name="user" value="cancel" { "Cancel" }
        }
    };
    let (status, title) = match problem {
        None => (StatusCode::OK, "Choose a user"),
        Some(_) => (
            StatusCode::UNPROCESSABLE_ENTITY,
            "Please correct the claims",
        ),
    };
    page(status, title, content)
}

/// The part of the form for custom claims.
fn other_user(claims: &str, problem: Option<&str>) -> Markup {
    let described_by = match problem {
        None => "hint",
        Some(_) => "problem hint",
    };
    html! {
        details open[problem.is_some()] {
            summary {
                i aria-hidden="true" { "+" }
                span { b { "Another user" } " " small.wide { "with claims of your choice" } }
            }
            label for="claims" { "Claims, as a JSON object" }
            @if let Some(problem) = problem {
                p.problem #problem role="alert" { (problem) }
            }
            textarea #claims name="claims" rows="8" spellcheck="false" autocapitalize="off"
                autocomplete="off" dir="ltr" aria-describedby=(described_by)
                aria-invalid=[problem.and(Some("true"))] autofocus[problem.is_some()] {
                // Browsers skip one line break at the start.
                "\n" (claims)
            }
            p.hint #hint {
                code { "sub" } " is required. The provider sets " code { "iss" } ", " code { "aud" }
                ", " code { "exp" } " and similar claims itself."
            }
            button.main name="user" value="other" { "Sign in with these claims" }
        }
    }
}

/// Returns the response to the app as a form. A script sends it, or else its button.
pub(super) fn form_post(action: &str, parameters: &[(&str, &str)]) -> Response {
    let content = html! {
        form method="post" action=(action) accept-charset="utf-8" {
            (hidden(parameters))
            button.main { "Continue" }
        }
        script { (PreEscaped(SUBMIT)) }
    };
    response::allow_submit(page(StatusCode::OK, "Back to the app", content))
}

fn hidden(parameters: &[(&str, &str)]) -> Markup {
    html! {
        @for (name, value) in parameters {
            input type="hidden" name=(name) value=(value);
        }
    }
}

/// A heading and a paragraph.
pub(super) struct NoticePage {
    status: StatusCode,
    title: &'static str,
    text: &'static str,
}

impl NoticePage {
    pub(super) const ABOUT: Self = Self {
        status: StatusCode::OK,
        title: "This is the development provider",
        text: "The app uses it for sign-in during development, with the same OpenID Connect steps as with any other \
               provider. To try it, open the app and sign in.",
    };
    pub(super) const SIGNED_OUT: Self = Self {
        status: StatusCode::OK,
        title: "You are signed out of the development provider",
        text: "It keeps no session, so you choose a user again at the next sign-in. You can close this page.",
    };
    pub(super) const NOT_FOUND: Self = Self {
        status: StatusCode::NOT_FOUND,
        title: "Page not found",
        text: "The development provider has nothing at this address.",
    };
    pub(super) const UNKNOWN_USER: Self = Self {
        status: StatusCode::BAD_REQUEST,
        title: "Unknown user",
        text: "Go back and choose one of the users on the page.",
    };
    pub(super) const OTHER_ORIGIN: Self = Self {
        status: StatusCode::FORBIDDEN,
        title: "This form was sent by another site",
        text: "The development provider accepts only its own form, at its own address. Open the app at the host and \
               port of redirect_uri, without a proxy, and sign in again.",
    };
    pub(super) const BAD_REQUEST: Self = Self {
        status: StatusCode::BAD_REQUEST,
        title: "This sign-in request is not valid",
        text: "It must have a client_id, name each parameter once, and keep each of them below 1 KB. Go back to the \
               app and start again.",
    };
    pub(super) const BAD_REDIRECT: Self = Self {
        status: StatusCode::BAD_REQUEST,
        title: "This sign-in does not lead back to this computer",
        text: "The development provider redirects only to localhost, 127.0.0.1 or [::1]. Set redirect_uri to one of \
               them, such as http://localhost:8501/oauth2callback.",
    };
    pub(super) const BAD_LOGOUT_REDIRECT: Self = Self {
        status: StatusCode::BAD_REQUEST,
        title: "This sign-out does not lead back to this computer",
        text: "You are signed out of the development provider. It redirects only to localhost, 127.0.0.1 or \
               [::1], so you cannot be taken back to the app.",
    };

    pub(super) fn response(&self) -> Response {
        page(self.status, self.title, html! { p.lead { (self.text) } })
    }
}

/// A page with `title` as its heading.
fn page(status: StatusCode, title: &str, content: Markup) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang="en" dir="ltr" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) " · Development provider" }
                style { (PreEscaped(STYLE)) }
            }
            body {
                header {
                    p { strong { "For development only." } " Sign-in needs no password here." }
                }
                main {
                    h1 { (title) }
                    (content)
                }
            }
        }
    };
    response::html(status, page.into_string())
}
