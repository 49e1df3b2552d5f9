//! The parts that all pages share: the document around the content, and the headers.

use std::sync::LazyLock;

use axum::{
    http::{
        HeaderValue,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, REFERRER_POLICY, VARY, X_CONTENT_TYPE_OPTIONS,
        },
    },
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_STANDARD};
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use super::{
    language,
    locales::{ErrorText, Locale},
};
use crate::request::RequestContext;

/// The language of the user, and the name of the app.
pub(super) struct Layout<'a> {
    pub(super) locale: &'static Locale,
    app_name: &'a str,
}

impl<'a> Layout<'a> {
    pub(super) fn new(context: &'a RequestContext) -> Self {
        Self {
            locale: language::preferred_locale(context.accept_language.as_ref()),
            app_name: &context.settings().config.app_name,
        }
    }

    /// Returns the page with `title` as its heading above `content`.
    pub(super) fn page(&self, title: &str, content: Markup) -> Response {
        let page = html! {
            (DOCTYPE)
            html lang=(self.locale.lang) dir=(self.locale.dir) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="robots" content="noindex";
                    title { (title) " - " (self.app_name) }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    main {
                        p.app { bdi { (self.app_name) } }
                        h1 { (title) }
                        (content)
                    }
                }
            }
        };
        let headers = [
            (CONTENT_SECURITY_POLICY, POLICY.clone()),
            (CACHE_CONTROL, HeaderValue::from_static("no-store")),
            (REFERRER_POLICY, HeaderValue::from_static("no-referrer")),
            (VARY, HeaderValue::from_static("Accept-Language")),
            (X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
        ];
        (headers, page).into_response()
    }

    /// Returns the page with the title, message and advice of `text` above `content`.
    pub(super) fn text_page(&self, text: &ErrorText, content: Markup) -> Response {
        let content = html! {
            p { (text.message) }
            p { (text.advice) }
            (content)
        };
        self.page(text.title, content)
    }
}

pub(super) const STYLE: &str = include_str!("style.css");

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
pub(super) fn allow_framing(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, FRAMED_POLICY.clone());
}

/// Replaces the placeholder of a text with `value`.
pub(super) fn with_value(text: &str, placeholder: &str, value: Markup) -> Markup {
    let (before, after) = text.split_once(placeholder).unwrap_or((text, ""));
    html! { (before) (value) (after) }
}
