//! The content of an error page.

use axum::response::Response;
use maud::{Markup, html};

use super::{
    Details, ErrorCode,
    dev_details::{DevDetails, UseOfExample},
    hidden,
    layout::{Layout, with_value},
    locales::Locale,
};
use crate::request::{RequestContext, RequestKind};

/// Returns the page for `error`. The caller sets the status.
pub(super) fn page(context: &RequestContext, error: ErrorCode, details: &Details) -> Response {
    let layout = Layout::new(context);
    let locale = layout.locale;
    let text = error.text(locale);
    // The links of a page in a frame have to open a new window.
    let is_framed = context.kind == RequestKind::Frame;
    let target = is_framed.then_some("_blank");
    let content = html! {
        p {
            @if let Some(message) = &details.message { bdi { (message) } }
            @else { (text.message) }
        }
        @if !details.largest_claims.is_empty() { (largest_claims(locale, details)) }
        p { (text.advice) }
        @if let Some(retry) = &details.retry {
            form action=(retry.action) method="get" target=[target] {
                @if let Some(page) = &retry.next { (hidden("next", page)) }
                button.button.main { (locale.sign_in_again) }
            }
        }
        a.button href=(context.settings().home()) target=[target] rel=[target.and(Some("noopener"))] {
            (locale.start_page)
        }
        @let reference = html! { code { (details.reference) } };
        footer { p { (with_value(locale.reference, "{reference}", reference)) } }
        @if let Some(developer) = DevDetails::new(context, error, details) {
            (developer_section(&developer))
        }
    };
    layout.page(text.title, content)
}

fn largest_claims(locale: &Locale, details: &Details) -> Markup {
    html! {
        ul {
            @for (claim, bytes) in &details.largest_claims {
                @let size = locale.claim_size.replace("{bytes}", &bytes.to_string());
                li { (with_value(&size, "{claim}", html! { code { (claim) } })) }
            }
        }
    }
}

/// The part for the developer of the app, in English.
fn developer_section(developer: &DevDetails) -> Markup {
    html! {
        section.developer lang="en" dir="ltr" aria-labelledby="developer" {
            h2 #developer { "For the developer" }
            p { "Shown because " code { "redirect_uri" } " is on loopback." }
            dl {
                dt { "Cause" }
                dd { code { (developer.code) } }
                @if !developer.detail.is_empty() {
                    dt { "Detail" }
                    dd { (developer.detail) }
                }
                @if let Some(key) = &developer.key {
                    dt { "Key" }
                    dd {
                        code { (key) }
                        @if let Some(location) = &developer.location { ", " (location) }
                    }
                }
                dt { "Fix" }
                dd {
                    @for (index, part) in developer.help.iter().enumerate() {
                        @if index % 2 == 1 { code { (part) } } @else { (part) }
                    }
                }
                @if let Some(example) = &developer.example {
                    dt {
                        @match &developer.use_of_example {
                            UseOfExample::Paste(table) => { "Paste into " code { "[" (table) "]" } }
                            UseOfExample::Call => { "Change the code" }
                            UseOfExample::Register => { "Register at the provider" }
                        }
                    }
                    dd { pre { (example) } }
                }
            }
        }
    }
}
