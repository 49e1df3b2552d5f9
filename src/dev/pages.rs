//! The provider's pages: whom to sign in as, and short notices.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;

use super::people::{Known, PEOPLE};
use super::reply::{self, STYLE};

/// Everyone there is, each as a button of one form. It works without script, and from the keyboard alone.
#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<h1>Choose a person</h1>
<p class="lead">to sign in to <strong>{{ app }}</strong></p>
<form method="post" action="authorize" accept-charset="utf-8">
{%- for (name, value) in carried %}
<input type="hidden" name="{{ name }}" value="{{ value }}">
{%- endfor %}
<ul>
{%- for person in people %}
<li><button class="person" name="person" value="{{ person.id }}"><i aria-hidden="true">{{ person.initial() }}</i><span><b>{{ person.name }}</b> <small>{{ person.note }}</small> <small class="wide">{{ person.email.unwrap_or("no e-mail") }}</small></span></button></li>
{%- endfor %}
</ul>
<details{% if problem.is_some() %} open{% endif %}>
<summary><i aria-hidden="true">+</i><span><b>Someone else</b> <small class="wide">type any claims you like</small></span></summary>
<label for="claims">Claims, as a JSON object</label>
{%- if let Some(problem) = problem %}
<p class="problem" id="problem" role="alert">{{ problem }}</p>
{%- endif %}
<textarea id="claims" name="claims" rows="8" spellcheck="false" autocapitalize="off" autocomplete="off" dir="ltr" aria-describedby="{% if problem.is_some() %}problem {% endif %}hint"{% if problem.is_some() %} aria-invalid="true" autofocus{% endif %}>
{{ claims }}</textarea>
<p class="hint" id="hint"><code>sub</code> is needed. The provider adds <code>iss</code>, <code>aud</code>, <code>exp</code> and the like itself.</p>
<button class="main" name="person" value="other">Sign in with these claims</button>
</details>
<button class="cancel" name="person" value="cancel">Cancel</button>
</form>"#
)]
pub(super) struct PeoplePage<'a> {
    app: &'a str,
    carried: Vec<(&'static str, &'a str)>,
    people: &'static [Known],
    claims: &'a str,
    problem: Option<String>,
}

impl<'a> PeoplePage<'a> {
    /// `app` is the host that is signed in to, `carried` goes along with the choice, `claims` stand in the text field.
    pub(super) fn new(
        app: &'a str,
        carried: Vec<(&'static str, &'a str)>,
        claims: &'a str,
        problem: Option<String>,
    ) -> Self {
        Self {
            app,
            carried,
            people: &PEOPLE,
            claims,
            problem,
        }
    }

    pub(super) fn reply(&self) -> Response {
        match self.problem {
            None => document(StatusCode::OK, "Choose a person", self),
            Some(_) => document(
                StatusCode::UNPROCESSABLE_ENTITY,
                "Please correct the claims",
                self,
            ),
        }
    }
}

/// A heading and a paragraph.
#[derive(Template)]
#[template(
    ext = "html",
    source = r#"<h1>{{ title }}</h1><p class="lead">{{ text }}</p>"#
)]
pub(super) struct Notice {
    status: StatusCode,
    title: &'static str,
    text: &'static str,
}

impl Notice {
    pub(super) const ABOUT: Self = Self {
        status: StatusCode::OK,
        title: "This is the development provider",
        text: "The app signs people in here while it is being developed, by the same OpenID Connect steps as at any \
               other provider. To see it at work, open the app and sign in.",
    };
    pub(super) const SIGNED_OUT: Self = Self {
        status: StatusCode::OK,
        title: "You are signed out of the development provider",
        text: "It keeps no session: whoever signs in next chooses a person again. You can close this page.",
    };
    pub(super) const NOT_FOUND: Self = Self {
        status: StatusCode::NOT_FOUND,
        title: "There is no such page",
        text: "The development provider has nothing at this address.",
    };
    pub(super) const NOBODY: Self = Self {
        status: StatusCode::BAD_REQUEST,
        title: "There is nobody of that name",
        text: "Go back and choose one of the people on the page.",
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
        text: "The development provider sends people only to localhost, 127.0.0.1 or [::1]. Set redirect_uri to one \
               of them, such as http://localhost:8501/oauth2callback.",
    };
    pub(super) const BAD_LOGOUT_REDIRECT: Self = Self {
        status: StatusCode::BAD_REQUEST,
        title: "This sign-out does not lead back to this computer",
        text: "You are signed out of the development provider. It sends people only to localhost, 127.0.0.1 or \
               [::1], so the way ends here.",
    };

    pub(super) fn reply(&self) -> Response {
        document(self.status, self.title, self)
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
<header><p><strong>For development only.</strong> Nobody is asked for a password here.</p></header>
<main>
{{ main|safe }}
</main>
</body>
</html>
"#
)]
struct Document<'a> {
    title: &'a str,
    main: String,
}

fn document(status: StatusCode, title: &str, main: &impl Template) -> Response {
    let page = Document {
        title,
        main: rendered(main),
    };
    reply::html(status, rendered(&page))
}

fn rendered(page: &impl Template) -> String {
    page.render()
        .expect("writing text to a string does not fail")
}
