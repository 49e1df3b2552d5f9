//! The pages of the provider: the choice of a user, and notices.

use askama::Template;
use axum::{http::StatusCode, response::Response};

use super::{
    response::{self, STYLE, SUBMIT},
    users::{PredefinedUser, USERS},
};

/// The list of users. Each is a button of one form, so the page works without scripts and with a
/// keyboard.
#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<h1>Choose a user</h1>
<p class="lead">to sign in to <strong>{{ app }}</strong></p>
<form method="post" action="authorize" accept-charset="utf-8">
{%- for (name, value) in parameters %}
<input type="hidden" name="{{ name }}" value="{{ value }}">
{%- endfor %}
<ul>
{%- for user in users %}
<li><button class="user" name="user" value="{{ user.id }}"><i aria-hidden="true">{{ user.initial() }}</i><span><b>{{ user.name }}</b> <small>{{ user.note }}</small> <small class="wide">{{ user.email.unwrap_or("no e-mail") }}</small></span></button></li>
{%- endfor %}
</ul>
<details{% if problem.is_some() %} open{% endif %}>
<summary><i aria-hidden="true">+</i><span><b>Another user</b> <small class="wide">with claims of your choice</small></span></summary>
<label for="claims">Claims, as a JSON object</label>
{%- if let Some(problem) = problem %}
<p class="problem" id="problem" role="alert">{{ problem }}</p>
{%- endif %}
<textarea id="claims" name="claims" rows="8" spellcheck="false" autocapitalize="off" autocomplete="off" dir="ltr" aria-describedby="{% if problem.is_some() %}problem {% endif %}hint"{% if problem.is_some() %} aria-invalid="true" autofocus{% endif %}>
{{ claims }}</textarea>
<p class="hint" id="hint"><code>sub</code> is required. The provider sets <code>iss</code>, <code>aud</code>, <code>exp</code> and similar claims itself.</p>
<button class="main" name="user" value="other">Sign in with these claims</button>
</details>
<button class="cancel" name="user" value="cancel">Cancel</button>
</form>"#
)]
pub(super) struct UsersPage<'a> {
    app: &'a str,
    parameters: Vec<(&'static str, &'a str)>,
    users: &'static [PredefinedUser],
    claims: &'a str,
    problem: Option<String>,
}

impl<'a> UsersPage<'a> {
    /// Creates the page.
    ///
    /// `app` is the host of the app. The form sends `parameters` together with the choice. `claims`
    /// is the content of the text field, and `problem` the reason why it was rejected.
    pub(super) fn new(
        app: &'a str,
        parameters: Vec<(&'static str, &'a str)>,
        claims: &'a str,
        problem: Option<String>,
    ) -> Self {
        Self {
            app,
            parameters,
            users: &USERS,
            claims,
            problem,
        }
    }

    pub(super) fn response(&self) -> Response {
        match self.problem {
            None => render_page(StatusCode::OK, "Choose a user", self),
            Some(_) => render_page(
                StatusCode::UNPROCESSABLE_ENTITY,
                "Please correct the claims",
                self,
            ),
        }
    }
}

/// The response to the app as a form. A script sends it, or else its button.
#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<h1>Back to the app</h1>
<form method="post" action="{{ action }}" accept-charset="utf-8">
{%- for (name, value) in parameters %}
<input type="hidden" name="{{ name }}" value="{{ value }}">
{%- endfor %}
<button class="main">Continue</button>
</form>
<script>{{ SUBMIT|safe }}</script>"#
)]
pub(super) struct FormPostPage<'a> {
    action: &'a str,
    parameters: Vec<(&'a str, &'a str)>,
}

impl<'a> FormPostPage<'a> {
    pub(super) fn new(action: &'a str, parameters: Vec<(&'a str, &'a str)>) -> Self {
        Self { action, parameters }
    }

    pub(super) fn response(&self) -> Response {
        response::allow_submit(render_page(StatusCode::OK, "Back to the app", self))
    }
}

/// A heading and a paragraph.
#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<h1>{{ title }}</h1><p class="lead">{{ text }}</p>"#
)]
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
        render_page(self.status, self.title, self)
    }
}

#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<!doctype html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }} · Development provider</title>
<style>{{ STYLE|safe }}</style>
</head>
<body>
<header><p><strong>For development only.</strong> Sign-in needs no password here.</p></header>
<main>
{{ main|safe }}
</main>
</body>
</html>
"#
)]
struct PageLayout<'a> {
    title: &'a str,
    main: String,
}

fn render_page(status: StatusCode, title: &str, main: &impl Template) -> Response {
    let page = PageLayout {
        title,
        main: render(main),
    };
    response::html(status, render(&page))
}

fn render(page: &impl Template) -> String {
    page.render().expect("writing to a string does not fail")
}
