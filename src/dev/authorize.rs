//! The authorization endpoint: from an app's request, by way of the people page, back to the app.

use axum::http::request::Parts;
use axum::http::{HeaderMap, Method, header};
use axum::response::Response;
use url::{Position, Url};

use super::loopback::loopback_url;
use super::pages::{Notice, PeoplePage};
use super::params::Params;
use super::people::{EXAMPLE_CLAIMS, Person};
use super::seal::{Code, random};
use super::{DevProvider, reply};

/// The parameters that the form carries from the page to the choice.
const CARRIED: [&str; 8] = [
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
];

/// The longest of them, in bytes. Keeps the page and the code small.
const PARAMETER_LIMIT: usize = 1024;

/// Seconds between the choice and the exchange of the code.
const CODE_LIFE: u64 = 60;

/// Characters of a SHA-256 hash in base64url.
const CHALLENGE_LENGTH: usize = 43;

/// The page for an app's request, or, posted from that page, the way back with what was chosen.
pub(super) fn answer(provider: &DevProvider, params: &Params, parts: &Parts, now: u64) -> Response {
    let chosen = params
        .get("person")
        .filter(|_| parts.method == Method::POST);
    if chosen.is_some() && !is_same_origin(&parts.headers, &provider.issuer) {
        return Notice::OTHER_ORIGIN.reply();
    }
    let Some(target) = params.get("redirect_uri").and_then(loopback_url) else {
        return Notice::BAD_REDIRECT.reply();
    };
    let too_long = |name: &&str| {
        params
            .get(name)
            .is_some_and(|value| value.len() > PARAMETER_LIMIT)
    };
    if params.get("client_id").is_none() || params.repeated() || CARRIED.iter().any(too_long) {
        return Notice::BAD_REQUEST.reply();
    }
    let callback = Callback {
        provider,
        params,
        target,
    };
    if let Err((error, description)) = check(params) {
        return callback.error(error, description);
    }
    match chosen {
        None => page(params, &callback.target, EXAMPLE_CLAIMS, None),
        Some("cancel") => callback.error("access_denied", "the person cancelled"),
        Some("other") => {
            let claims = params.get("claims").unwrap_or_default();
            match Person::typed(claims) {
                Ok(person) => callback.code(person, now),
                Err(problem) => page(params, &callback.target, claims, Some(problem)),
            }
        }
        Some(id) => match Person::known(id) {
            Some(person) => callback.code(person, now),
            None => Notice::NOBODY.reply(),
        },
    }
}

/// Returns true if a form was posted by a page of the provider, or by a program that is not a
/// browser.
///
/// Each header that is present must agree. Behind a proxy that changes `Host`, `Sec-Fetch-Site` is
/// `same-origin` and `Origin` names the proxy.
///
/// Source: Fetch Metadata Request Headers (W3C), section 2.3; RFC 6454, section 7.
fn is_same_origin(headers: &HeaderMap, issuer: &str) -> bool {
    let issuer = Url::parse(issuer).map(|url| url.origin().ascii_serialization());
    let site_agrees = headers
        .get_all("sec-fetch-site")
        .iter()
        .all(|site| site == "same-origin" || site == "none");
    let origin_agrees = headers
        .get_all(header::ORIGIN)
        .iter()
        .all(|origin| issuer.as_ref().is_ok_and(|issuer| origin == issuer));
    site_agrees && origin_agrees
}

/// # Errors
///
/// An error code of OAuth or OpenID Connect, and a description for the developer.
fn check(params: &Params) -> Result<(), (&'static str, &'static str)> {
    let is = |name: &str, expected: &str| params.get(name) == Some(expected);
    let lists = |name: &str, word: &str| {
        params
            .get(name)
            .is_some_and(|words| words.split(' ').any(|one| one == word))
    };
    let challenge = params.get("code_challenge").unwrap_or_default();
    let base64url = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';

    let faults = [
        (
            params.get("response_type").is_none(),
            "invalid_request",
            "response_type is missing",
        ),
        (
            !is("response_type", "code"),
            "unsupported_response_type",
            "response_type must be code",
        ),
        (
            params.get("request").is_some(),
            "request_not_supported",
            "request is not supported",
        ),
        (
            params.get("request_uri").is_some(),
            "request_uri_not_supported",
            "request_uri is not supported",
        ),
        (
            params
                .get("response_mode")
                .is_some_and(|mode| mode != "query"),
            "invalid_request",
            "response_mode must be query",
        ),
        (
            !lists("scope", "openid"),
            "invalid_scope",
            "scope must include openid",
        ),
        (
            params.get("state").is_none(),
            "invalid_request",
            "state is missing",
        ),
        (
            params.get("nonce").is_none(),
            "invalid_request",
            "nonce is missing",
        ),
        (
            !is("code_challenge_method", "S256"),
            "invalid_request",
            "code_challenge_method must be S256",
        ),
        (
            challenge.len() != CHALLENGE_LENGTH || !challenge.bytes().all(base64url),
            "invalid_request",
            "code_challenge must be the base64url SHA-256 of the code_verifier",
        ),
        (
            lists("prompt", "none"),
            "login_required",
            "nobody is ever signed in here already",
        ),
    ];
    match faults.into_iter().find(|&(found, ..)| found) {
        Some((_, error, description)) => Err((error, description)),
        None => Ok(()),
    }
}

fn page(params: &Params, target: &Url, claims: &str, problem: Option<String>) -> Response {
    let carried = CARRIED
        .iter()
        .filter_map(|&name| Some((name, params.get(name)?)))
        .collect();
    PeoplePage::new(
        &target[Position::BeforeHost..Position::AfterPort],
        carried,
        claims,
        problem,
    )
    .reply()
}

/// The way back to the app.
struct Callback<'a> {
    provider: &'a DevProvider,
    params: &'a Params,
    target: Url,
}

impl Callback<'_> {
    fn error(self, error: &str, description: &str) -> Response {
        self.back(&[("error", error), ("error_description", description)])
    }

    fn code(self, person: Person, now: u64) -> Response {
        let param = |name: &str| self.params.get(name).unwrap_or_default().to_owned();
        let code = self.provider.seal.close(&Code {
            id: random(16),
            client_id: param("client_id"),
            redirect_uri: param("redirect_uri"),
            code_challenge: param("code_challenge"),
            nonce: param("nonce"),
            person,
            auth_time: now,
            expires_at: now + CODE_LIFE,
        });
        self.back(&[("code", &code)])
    }

    fn back(mut self, result: &[(&str, &str)]) -> Response {
        self.target
            .query_pairs_mut()
            .extend_pairs(result)
            .extend_pairs(self.params.get("state").map(|state| ("state", state)))
            .append_pair("iss", &self.provider.issuer);
        reply::see_other(&self.target)
    }
}
