//! The pages that a visitor sees from us: choose a provider, something went wrong.

use std::sync::LazyLock;

use askama::Template;
use axum::{
    http::{
        HeaderValue,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS},
    },
    response::{Html, IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};

pub(crate) use self::cause::Cause;
use self::cause::Words;
use crate::site::Site;

mod cause;

/// What an error page holds beside the words of its cause.
#[derive(Default)]
pub(crate) struct Details {
    pub(crate) retry: Option<Retry>,
    /// Stands on the page and in the log.
    pub(crate) reference: Option<String>,
    /// The largest claims of an identity that does not fit.
    pub(crate) largest: Vec<(String, usize)>,
    /// The app's own words, in the place of ours.
    pub(crate) sentence: Option<String>,
}

/// A login to start over.
pub(crate) struct Retry {
    pub(crate) action: String,
    pub(crate) next: Option<String>,
}

/// One provider on the sign-in page.
pub(crate) struct Choice {
    pub(crate) label: String,
    pub(crate) action: String,
}

/// The page that says what happened and what to do next.
pub(crate) fn error(site: &Site, cause: Cause, details: Details) -> Response {
    let Words {
        title,
        what,
        advice,
    } = cause.words();
    let page = ErrorPage {
        app_name: &site.config.app_name,
        style: STYLE,
        home: site.home(),
        title,
        what,
        advice,
        details,
    };
    (cause.status(), document(&page)).into_response()
}

/// The page on which a visitor chooses among several providers; `next` is where the login leads.
pub(crate) fn sign_in(site: &Site, choices: Vec<Choice>, next: Option<String>) -> Response {
    document(&SignInPage {
        app_name: &site.config.app_name,
        style: STYLE,
        title: "Sign in",
        choices,
        next,
    })
}

#[derive(Template)]
#[template(path = "error.html", config = "src/pages/askama.toml")]
struct ErrorPage<'a> {
    app_name: &'a str,
    style: &'static str,
    home: String,
    title: &'static str,
    what: &'static str,
    advice: &'static str,
    details: Details,
}

#[derive(Template)]
#[template(path = "sign_in.html", config = "src/pages/askama.toml")]
struct SignInPage<'a> {
    app_name: &'a str,
    style: &'static str,
    title: &'static str,
    choices: Vec<Choice>,
    next: Option<String>,
}

const STYLE: &str = include_str!("style.css");

/// Nothing is loaded and nothing runs; the one style sheet is known by its hash.
///
/// `form-action` is left out, since browsers apply it to the redirect that follows a form, and ours lead to the provider.
static POLICY: LazyLock<HeaderValue> = LazyLock::new(|| {
    let hash = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).expect("base64 is visible ASCII")
});

fn document(page: &impl Template) -> Response {
    let html = page
        .render()
        .expect("our templates write to a String, which does not fail");
    let headers = [
        (CONTENT_SECURITY_POLICY, POLICY.clone()),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (headers, Html(html)).into_response()
}
