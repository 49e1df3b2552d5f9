//! The pages of this crate: provider selection, errors, logout.

use axum::{
    http::{HeaderValue, header::REFERRER_POLICY},
    response::{IntoResponse, Response},
};
use maud::{Markup, html};

pub use self::error_code::error_codes;
use self::layout::{Layout, allow_framing, with_value};
pub(crate) use self::{dev_details::key_to_change, error_code::ErrorCode};
use crate::request::{RequestContext, RequestKind};

#[cfg(test)]
mod contrast;
mod dev_details;
mod error_code;
mod error_page;
mod language;
mod layout;
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
    let mut response = error_page::page(context, error, &details);
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
    let layout = Layout::new(context);
    let locale = layout.locale;
    let content = html! {
        p { (locale.choose_provider) }
        form action=(context.settings().path("/auth/login")) method="get" {
            @if let Some(page) = &next { (hidden("next", page)) }
            @if let Some(signed) = &options { (hidden("options", signed)) }
            @for choice in &choices {
                button.button formaction=(choice.action) {
                    bdi { (choice.label) }
                    @if choice.unreachable { small { (locale.unreachable) } }
                }
            }
        }
        @if let Some(page) = &next {
            @let shown = html! { code { (truncate_path(page)) } };
            footer { p { (with_value(locale.continue_to, "{page}", shown)) } }
        }
    };
    layout.page(locale.sign_in, content)
}

/// Returns the page after a logout. `still_at` is the label of a provider whose session may still
/// be active.
pub(crate) fn signed_out(context: &RequestContext, still_at: Option<&str>) -> Response {
    let layout = Layout::new(context);
    let locale = layout.locale;
    let content = html! {
        p { (locale.signed_out_here) }
        @if let Some(provider) = still_at {
            p { (with_value(locale.still_signed_in_at, "{provider}", html! { bdi { (provider) } })) }
        }
        form action=(context.settings().path("/auth/login")) method="get" {
            button.button.main { (locale.sign_in_again) }
        }
        a.button href=(context.settings().home()) { (locale.start_page) }
    };
    layout.page(locale.signed_out, content)
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
    let layout = Layout::new(context);
    let locale = layout.locale;
    let content = html! {
        (new_window_link(&form.login, locale.sign_in_in_tab))
        form action=(form.action) method="post" autocomplete="off" {
            @for (name, value) in &form.fields { (hidden(name, value)) }
            button.button { (locale.send_again) }
        }
    };
    let mut response = layout.text_page(&locale.held_form, content);
    // Without a referrer, browsers send `Origin: null` with the form, and the app could not tell
    // that it comes from its own origin.
    let policy = HeaderValue::from_static("same-origin");
    response.headers_mut().insert(REFERRER_POLICY, policy);
    response
}

/// Returns the page for a frame, with a link that opens `href` in a new window.
pub(crate) fn open_window(context: &RequestContext, href: String) -> Response {
    let layout = Layout::new(context);
    let locale = layout.locale;
    let link = new_window_link(&href, locale.open_window);
    let mut response = layout.text_page(&locale.not_a_page, link);
    allow_framing(&mut response);
    response
}

/// Returns the page that asks the user to confirm the logout.
///
/// It must never be framed, because another site could trick the user into clicking (clickjacking).
pub(crate) fn confirm_logout(context: &RequestContext) -> Response {
    let layout = Layout::new(context);
    let locale = layout.locale;
    let content = html! {
        form action=(context.settings().path("/auth/logout")) method="post" {
            button.button.main { (locale.sign_out) }
        }
        a.button href=(context.settings().home()) { (locale.start_page) }
    };
    layout.text_page(&locale.confirm_logout, content)
}

/// A field of a form that the user does not see.
fn hidden(name: &str, value: &str) -> Markup {
    html! { input type="hidden" name=(name) value=(value); }
}

/// A link that looks like a button and opens a new window.
fn new_window_link(href: &str, text: &str) -> Markup {
    html! { a.button.main href=(href) target="_blank" rel="noopener" { (text) } }
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
