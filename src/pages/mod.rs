//! The pages of this crate: provider selection, errors, logout.

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

pub use self::error_code::error_codes;
pub(crate) use self::{dev_details::key_to_change, error_code::ErrorCode};
use self::{
    dev_details::{DevDetails, UseOfExample},
    locales::{ErrorText, Locale},
};
use crate::request::{RequestContext, RequestKind};

#[cfg(test)]
mod contrast;
mod dev_details;
mod error_code;
mod language;
mod locales;
#[cfg(test)]
mod tests;

/// The contents of an error page in addition to the text of its error code.
#[derive(Default)]
pub(crate) struct Details {
    pub(crate) retry: Option<Retry>,
    /// Identifies the log event. The page and the log both show it.
    pub(crate) reference: String,
    /// The largest claims of an identity that does not fit into the cookies, with their sizes in
    /// bytes.
    pub(crate) largest_claims: Vec<(String, usize)>,
    /// The app's own message, which replaces this crate's.
    pub(crate) message: Option<String>,
    /// The detail in the log.
    pub(crate) detail: String,
    /// The name of a configured provider.
    pub(crate) provider: Option<String>,
    pub(crate) hints: Hints,
}

/// Values for the developer part of the page.
#[derive(Debug, Default)]
pub(crate) struct Hints {
    /// The unexpected issuer in a discovery document.
    pub(crate) issuer: Option<String>,
    /// The `aud` values that are not trusted.
    pub(crate) audiences: Vec<String>,
    /// An error code of Microsoft, such as `AADSTS7000215`.
    pub(crate) vendor_code: Option<String>,
}

/// The form that starts the login again.
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

/// Returns the error page: what happened and what to do next.
pub(crate) fn error(context: &RequestContext, error: ErrorCode, details: Details) -> Response {
    let layout = PageLayout::new(context);
    let page = ErrorPage {
        text: error.text(layout.locale),
        developer: DevDetails::new(context, error, &details),
        home: context.settings().home(),
        is_framed: context.kind == RequestKind::Frame,
        layout,
        details,
    };
    let mut response = render(&page);
    if context.kind == RequestKind::Frame {
        allow_framing(&mut response);
    }
    (error.status(), response).into_response()
}

/// Returns the page to select one of several providers. The login returns to `next`, and has the
/// signed `options`.
pub(crate) fn sign_in(
    context: &RequestContext,
    choices: Vec<Choice>,
    next: Option<String>,
    options: Option<String>,
) -> Response {
    render(&SignInPage {
        layout: PageLayout::new(context),
        action: context.settings().path("/auth/login"),
        choices,
        next,
        options,
    })
}

/// Returns the page after a logout. `still_at` is the label of a provider whose session may still
/// be active.
pub(crate) fn signed_out(context: &RequestContext, still_at: Option<&str>) -> Response {
    render(&SignedOutPage {
        layout: PageLayout::new(context),
        action: context.settings().path("/auth/login"),
        home: context.settings().home(),
        still_at,
    })
}

/// A form that waits until its user has logged in.
pub(crate) struct HeldForm {
    /// The page that the form was sent to.
    pub(crate) action: String,
    /// The URL of the login.
    pub(crate) login: String,
    pub(crate) fields: Vec<(String, String)>,
}

/// Returns the page that keeps the fields of a form, to send it again after a login.
pub(crate) fn held_form(context: &RequestContext, form: HeldForm) -> Response {
    let layout = PageLayout::new(context);
    let mut response = render(&HeldFormPage {
        text: &layout.locale.held_form,
        layout,
        form,
    });
    // Without a referrer, browsers send `Origin: null` with the form, and the app could not tell
    // that it comes from its own origin.
    let policy = HeaderValue::from_static("same-origin");
    response.headers_mut().insert(REFERRER_POLICY, policy);
    response
}

/// Returns the page for a frame, with a link that opens `href` in a new window.
pub(crate) fn open_window(context: &RequestContext, href: String) -> Response {
    let layout = PageLayout::new(context);
    let mut response = render(&OpenWindowPage {
        text: &layout.locale.not_a_page,
        layout,
        href,
    });
    allow_framing(&mut response);
    response
}

/// Returns the page that asks the user to confirm the logout.
///
/// It must never be framed, because another site could trick the user into clicking (clickjacking).
pub(crate) fn confirm_logout(context: &RequestContext) -> Response {
    let layout = PageLayout::new(context);
    render(&ConfirmLogoutPage {
        text: &layout.locale.confirm_logout,
        action: context.settings().path("/auth/logout"),
        home: context.settings().home(),
        layout,
    })
}

/// The parts that all pages share.
struct PageLayout<'a> {
    locale: &'static Locale,
    app_name: &'a str,
    style: &'static str,
}

impl<'a> PageLayout<'a> {
    fn new(context: &'a RequestContext) -> Self {
        Self {
            locale: language::preferred_locale(context.accept_language.as_ref()),
            app_name: &context.settings().config.app_name,
            style: STYLE,
        }
    }
}

#[derive(Template)]
#[template(path = "error.html", config = "src/pages/askama.toml")]
struct ErrorPage<'a> {
    layout: PageLayout<'a>,
    text: &'static ErrorText,
    home: String,
    details: Details,
    developer: Option<DevDetails>,
    /// The page is in a frame, so its links have to open a new window.
    is_framed: bool,
}

#[derive(Template)]
#[template(path = "open_window.html", config = "src/pages/askama.toml")]
struct OpenWindowPage<'a> {
    layout: PageLayout<'a>,
    text: &'static ErrorText,
    href: String,
}

#[derive(Template)]
#[template(path = "held_form.html", config = "src/pages/askama.toml")]
struct HeldFormPage<'a> {
    layout: PageLayout<'a>,
    text: &'static ErrorText,
    form: HeldForm,
}

#[derive(Template)]
#[template(path = "confirm_logout.html", config = "src/pages/askama.toml")]
struct ConfirmLogoutPage<'a> {
    layout: PageLayout<'a>,
    text: &'static ErrorText,
    action: String,
    home: String,
}

#[derive(Template)]
#[template(path = "sign_in.html", config = "src/pages/askama.toml")]
struct SignInPage<'a> {
    layout: PageLayout<'a>,
    action: String,
    choices: Vec<Choice>,
    next: Option<String>,
    options: Option<String>,
}

#[derive(Template)]
#[template(path = "signed_out.html", config = "src/pages/askama.toml")]
struct SignedOutPage<'a> {
    layout: PageLayout<'a>,
    action: String,
    home: String,
    still_at: Option<&'a str>,
}

const STYLE: &str = include_str!("style.css");

/// Allows no resources and no scripts, only the inline style sheet by its hash.
///
/// `form-action` is left out, because browsers also apply it to the redirect that follows a form
/// submission, and here that redirect leads to the provider.
static POLICY: LazyLock<HeaderValue> =
    LazyLock::new(|| content_security_policy("; frame-ancestors 'none'"));

/// [`POLICY`] for pages that may be shown in a frame.
static FRAMED_POLICY: LazyLock<HeaderValue> = LazyLock::new(|| content_security_policy(""));

fn content_security_policy(framing: &str) -> HeaderValue {
    let hash = BASE64_STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!("default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'{framing}");
    HeaderValue::try_from(policy).expect("base64 is visible ASCII")
}

/// Allows a frame to show this page. For pages with no controls except links to a new window.
fn allow_framing(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, FRAMED_POLICY.clone());
}

fn render(page: &impl Template) -> Response {
    let html = page
        .render()
        .expect("templates write to a String, which does not fail");
    let headers = [
        (CONTENT_SECURITY_POLICY, POLICY.clone()),
        (CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
        (VARY, HeaderValue::from_static("Accept-Language")),
        (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    (headers, Html(html)).into_response()
}

/// Splits a text at its placeholder.
fn split_placeholder<'t>(text: &'t str, placeholder: &str) -> (&'t str, &'t str) {
    text.split_once(placeholder).unwrap_or((text, ""))
}

/// Shortens a path for display.
fn truncate_path(path: &str) -> String {
    /// Characters, which take one or two lines on a phone.
    const MAX_SHOWN_LEN: usize = 60;
    match path.char_indices().nth(MAX_SHOWN_LEN) {
        Some((end, _)) => format!("{}…", &path[..end]),
        None => path.to_owned(),
    }
}
