//! The pages that a visitor sees from us: choose a provider, something went wrong, signed out.

use std::sync::LazyLock;

use askama::Template;
use axum::{
    http::{
        HeaderValue,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
        },
    },
    response::{Html, IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};

pub(crate) use self::{cause::Cause, developer::fix};
use self::{developer::Developer, texts::Texts};
use crate::site::Visit;

mod cause;
#[cfg(test)]
mod contrast;
mod developer;
mod language;
#[cfg(test)]
mod tests;
mod texts;

/// What an error page holds beside the words of its cause.
#[derive(Default)]
pub(crate) struct Details {
    pub(crate) retry: Option<Retry>,
    /// Stands on the page and in the log.
    pub(crate) reference: String,
    /// The largest claims of an identity that does not fit.
    pub(crate) largest: Vec<(String, usize)>,
    /// The app's own words, in the place of ours.
    pub(crate) sentence: Option<String>,
    /// As in the log.
    pub(crate) detail: String,
    /// The name of a configured provider.
    pub(crate) provider: Option<String>,
    pub(crate) hints: Hints,
}

/// What the developer part fills into the lines to paste.
#[derive(Debug, Default)]
pub(crate) struct Hints {
    /// The issuer that a discovery document names and should not.
    pub(crate) issuer: Option<String>,
    /// `aud` values that are not trusted.
    pub(crate) audiences: Vec<String>,
    /// An error code of Microsoft's, such as `AADSTS7000215`.
    pub(crate) vendor_code: Option<String>,
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
    pub(crate) unreachable: bool,
}

/// The page that says what happened and what to do next.
pub(crate) fn error(visit: &Visit, cause: Cause, details: Details) -> Response {
    let frame = Frame::of(visit);
    let page = ErrorPage {
        words: cause.words(frame.texts),
        developer: Developer::of(visit, cause, &details),
        home: visit.site.home(),
        frame,
        details,
    };
    (cause.status(), document(&page)).into_response()
}

/// The page on which a visitor chooses among several providers; `next` is where the login leads.
pub(crate) fn sign_in(visit: &Visit, choices: Vec<Choice>, next: Option<String>) -> Response {
    document(&SignInPage {
        frame: Frame::of(visit),
        action: visit.site.path("/auth/login"),
        choices,
        next,
    })
}

/// The page after a logout; `still_at` is the label of a provider that may still know the visitor.
pub(crate) fn signed_out(visit: &Visit, still_at: Option<&str>) -> Response {
    document(&SignedOutPage {
        frame: Frame::of(visit),
        action: visit.site.path("/auth/login"),
        home: visit.site.home(),
        still_at,
    })
}

/// What all pages have around their content.
struct Frame<'a> {
    texts: &'static Texts,
    app_name: &'a str,
    style: &'static str,
}

impl<'a> Frame<'a> {
    fn of(visit: &'a Visit) -> Self {
        Self {
            texts: language::texts(visit.accept_language.as_ref()),
            app_name: &visit.site.config.app_name,
            style: STYLE,
        }
    }
}

#[derive(Template)]
#[template(path = "error.html", config = "src/pages/askama.toml")]
struct ErrorPage<'a> {
    frame: Frame<'a>,
    words: &'static texts::Words,
    home: String,
    details: Details,
    developer: Option<Developer>,
}

#[derive(Template)]
#[template(path = "sign_in.html", config = "src/pages/askama.toml")]
struct SignInPage<'a> {
    frame: Frame<'a>,
    action: String,
    choices: Vec<Choice>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "signed_out.html", config = "src/pages/askama.toml")]
struct SignedOutPage<'a> {
    frame: Frame<'a>,
    action: String,
    home: String,
    still_at: Option<&'a str>,
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
        (VARY, HeaderValue::from_static("Accept-Language")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (headers, Html(html)).into_response()
}

/// What stands before and after the one placeholder of a text.
fn around<'t>(text: &'t str, placeholder: &str) -> (&'t str, &'t str) {
    text.split_once(placeholder).unwrap_or((text, ""))
}

/// A path for the eye: its end may be left out.
fn short(path: &str) -> String {
    /// Characters; a line or two on a phone.
    const SHOWN: usize = 60;
    match path.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &path[..end]),
        None => path.to_owned(),
    }
}
