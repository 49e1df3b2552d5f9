//! Forms of users who are not logged in: a page keeps the fields until the user logs in.

use std::{pin::Pin, sync::Arc, time::Duration};

use axum::{
    BoxError,
    body::{Body, Bytes, HttpBody, to_bytes},
    http::{Method, Request, header},
    response::{IntoResponse, Response},
};
use tokio::time::timeout;
use url::form_urlencoded;

use super::rejection::{GuardRejection, held_form};
use crate::{
    login::{LoginOptions, ReturnPath, links},
    pages::HeldForm,
    request::{RequestContext, RequestKind, is_from_own_page},
};

/// The future of a response that depends on the body of the request.
pub(super) type HeldFormFuture = Pin<Box<dyn Future<Output = Response> + Send>>;

/// Returns the future that reads the form of a rejected request and keeps its fields on a page.
///
/// # Errors
///
/// The rejection, if the request has no form that can be kept. The body has not been read. All of
/// these are required:
///
/// 1. The request is a POST navigation to a page of the app, and its user can log in.
/// 2. A page of this origin sent it. The page of another site could otherwise place its fields in a
///    page of the app.
/// 3. The body is `application/x-www-form-urlencoded` and has at most [`MAX_BODY_BYTES`], as far as
///    the request shows.
pub(super) fn hold<B>(
    context: &Arc<RequestContext>,
    rejection: GuardRejection,
    request: Request<B>,
) -> Result<HeldFormFuture, GuardRejection>
where
    B: HttpBody<Data = Bytes, Error: Into<BoxError>> + Send + 'static,
{
    let settings = context.settings();
    let origin = settings.config.redirect_uri.origin();
    let is_held = context.method == Method::POST
        && context.kind == RequestKind::Navigation
        && is_from_own_page(request.headers(), origin)
        && is_plain_form(&request);
    let action = ReturnPath::from_page(settings, &context.page).filter(|_| is_held);
    let login = match &rejection {
        GuardRejection::Login => links::login_path(settings, None, None, &LoginOptions::default()),
        GuardRejection::StepUp(login) => {
            links::login_path(settings, login.provider.as_deref(), None, &login.options)
        }
        _ => return Err(rejection),
    };
    let Some(action) = action else {
        return Err(rejection);
    };
    let context = Arc::clone(context);
    Ok(Box::pin(async move {
        let body = to_bytes(Body::new(request.into_body()), MAX_BODY_BYTES);
        let body = timeout(READ_TIMEOUT, body).await;
        match body
            .ok()
            .and_then(Result::ok)
            .and_then(|body| fields(&body))
        {
            Some(fields) => {
                let action = action.as_str().to_owned();
                held_form(
                    &context,
                    HeldForm {
                        action,
                        login,
                        fields,
                    },
                )
            }
            None => rejection.into_response(),
        }
    }))
}

/// In bytes. A longer form is too large for a page.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// A browser sends a form of [`MAX_BODY_BYTES`] in less time, except on a very slow connection.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// Limits the page, because each field is an element.
const MAX_FIELDS: usize = 1000;

fn is_plain_form<B: HttpBody>(request: &Request<B>) -> bool {
    let headers = request.headers();
    let content_type = headers.get(header::CONTENT_TYPE);
    content_type.is_some_and(|value| value == "application/x-www-form-urlencoded")
        && !headers.contains_key(header::CONTENT_ENCODING)
        && request.body().size_hint().lower() <= MAX_BODY_BYTES as u64
}

/// Returns the fields of a form, if a browser sends exactly `body` when it submits them from a page
/// in UTF-8.
///
/// Source: HTML (WHATWG), "constructing the entry list" and "multipart form data", which replace
/// line breaks with CR LF and the value of `_charset_`; URL (WHATWG), section 5.2.
fn fields(body: &[u8]) -> Option<Vec<(String, String)>> {
    let fields: Vec<(String, String)> = form_urlencoded::parse(body)
        .into_owned()
        .take(MAX_FIELDS + 1)
        .collect();
    let is_kept = |text: &str| !text.contains('\0') && has_only_crlf(text);
    let is_field = |(name, value): &(String, String)| {
        let is_charset = name.eq_ignore_ascii_case("_charset_");
        let is_same = !is_charset || value == "UTF-8";
        !name.is_empty() && is_kept(name) && is_kept(value) && is_same
    };
    let is_possible = fields.len() <= MAX_FIELDS && fields.iter().all(is_field);
    let mut sent = form_urlencoded::Serializer::new(String::with_capacity(body.len()));
    let is_exact = is_possible && sent.extend_pairs(&fields).finish().as_bytes() == body;
    is_exact.then_some(fields)
}

/// Returns true if each CR and LF is part of a CR LF.
fn has_only_crlf(text: &str) -> bool {
    !text.replace("\r\n", "").contains(['\r', '\n'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reproducible_forms_are_kept() {
        for (body, count) in [
            ("", 0),
            ("a=", 1),
            ("a=1&a=2&b=%C3%BC+%26", 3),
            ("text=one%0D%0Atwo%0D%0A", 1),
            ("a=%22%3C%3E%27%26amp%3B", 1),
            ("%5B%5D=*-._", 1),
            ("_charset_=UTF-8", 1),
            ("a=%EF%BB%BF%E2%80%A8", 1),
        ] {
            let found = fields(body.as_bytes()).unwrap_or_else(|| panic!("{body}"));
            assert_eq!(found.len(), count, "{body}");
        }
    }

    /// A browser would send different bytes.
    #[test]
    fn irreproducible_forms_are_not_kept() {
        let many = "a=&".repeat(MAX_FIELDS) + "a=";
        for body in [
            "a",
            "a=1&",
            "&a=1",
            "=1",
            "a=b c",
            "a=%20",
            "a=%c3%bc",
            "a=%FC",
            "a=%",
            "a=%00",
            "a%00=1",
            "a=one%0Atwo",
            "a=one%0Dtwo",
            "a=%0D%0D%0A",
            "a%0A=1",
            "_charset_=windows-1252",
            "_CHARSET_=",
            "a=/",
            "{\"a\":1}",
            &many,
        ] {
            assert_eq!(fields(body.as_bytes()), None, "{body}");
        }
        assert_eq!(fields(b"a=\xff"), None);
    }
}
