//! The authorization endpoint. It shows the list of users, and redirects to the app with the
//! choice.

use axum::{
    http::{HeaderMap, Method, header, request::Parts},
    response::Response,
};
use url::{Position, Url};

use super::{
    DevProvider,
    loopback::loopback_url,
    pages::{self, NoticePage},
    params::Params,
    response,
    sealed_token::{Code, random},
    users::{DevUser, EXAMPLE_CLAIMS},
};

/// Responds to an authorization request with the list of users, and to the form of that page with a
/// redirect to the app.
pub(super) fn respond(
    provider: &DevProvider,
    params: &Params,
    parts: &Parts,
    now: u64,
) -> Response {
    let choice = params.get("user").filter(|_| parts.method == Method::POST);
    if choice.is_some() && !is_same_origin(&parts.headers, &provider.issuer) {
        return NoticePage::OTHER_ORIGIN.response();
    }
    let Some(target) = params.get("redirect_uri").and_then(loopback_url) else {
        return NoticePage::BAD_REDIRECT.response();
    };
    let is_too_long = |name: &&str| {
        params
            .get(name)
            .is_some_and(|value| value.len() > MAX_PARAMETER_BYTES)
    };
    if params.get("client_id").is_none()
        || params.has_duplicates()
        || FORM_PARAMETERS.iter().any(is_too_long)
    {
        return NoticePage::BAD_REQUEST.response();
    }
    let callback = Callback {
        provider,
        params,
        target,
    };
    if let Err(AuthorizationError(error, description)) = check(params) {
        return callback.error(error, description);
    }
    match choice {
        None => users_page(params, &callback.target, EXAMPLE_CLAIMS, None),
        Some("cancel") => callback.error("access_denied", "the user cancelled"),
        Some("other") => {
            let claims = params.get("claims").unwrap_or_default();
            match DevUser::from_json(claims) {
                Ok(user) => callback.code(user, now),
                Err(problem) => users_page(params, &callback.target, claims, Some(&problem)),
            }
        }
        Some(id) => match DevUser::predefined(id) {
            Some(user) => callback.code(user, now),
            None => NoticePage::UNKNOWN_USER.response(),
        },
    }
}

/// The parameters of the authorization request that the form of the page sends again.
const FORM_PARAMETERS: [&str; 10] = [
    "response_type",
    "response_mode",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "acr_values",
];

/// The longest value of a form parameter, in bytes. It keeps the page and the code small.
const MAX_PARAMETER_BYTES: usize = 1024;

/// Returns true if a page of the provider, or a program that is not a browser, posted the form.
///
/// Each header that is present must agree. Behind a proxy that changes `Host`, `Sec-Fetch-Site` is
/// `same-origin`, but `Origin` names the proxy.
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

/// An error code of OAuth or OpenID Connect, and a description for the developer.
struct AuthorizationError(&'static str, &'static str);

/// Checks the parameters of an authorization request.
///
/// Source: RFC 6749, section 4.1.2.1; RFC 7636, section 4.4.1; OpenID Connect Core 1.0, section
/// 3.1.2.6.
fn check(params: &Params) -> Result<(), AuthorizationError> {
    let is = |name: &str, expected: &str| params.get(name) == Some(expected);
    let lists = |name: &str, word: &str| {
        params
            .get(name)
            .is_some_and(|words| words.split(' ').any(|listed| listed == word))
    };
    let challenge = params.get("code_challenge").unwrap_or_default();
    let is_base64url = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';

    let checks = [
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
                .is_some_and(|mode| mode != "query" && mode != FORM_POST),
            "invalid_request",
            "response_mode must be query or form_post",
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
            challenge.len() != CODE_CHALLENGE_LEN || !challenge.bytes().all(is_base64url),
            "invalid_request",
            "code_challenge must be the base64url SHA-256 of the code_verifier",
        ),
        (
            lists("prompt", "none"),
            "login_required",
            "the provider keeps no session",
        ),
    ];
    match checks.into_iter().find(|&(failed, ..)| failed) {
        Some((_, error, description)) => Err(AuthorizationError(error, description)),
        None => Ok(()),
    }
}

/// The number of characters of a SHA-256 hash in base64url.
const CODE_CHALLENGE_LEN: usize = 43;

fn users_page(params: &Params, target: &Url, claims: &str, problem: Option<&str>) -> Response {
    let parameters: Vec<_> = FORM_PARAMETERS
        .iter()
        .filter_map(|&name| Some((name, params.get(name)?)))
        .collect();
    let app = &target[Position::BeforeHost..Position::AfterPort];
    pages::users(app, &parameters, claims, problem)
}

/// The response mode of a provider such as Apple.
///
/// Source: OAuth 2.0 Form Post Response Mode 1.0.
const FORM_POST: &str = "form_post";

/// The response to the app.
struct Callback<'a> {
    provider: &'a DevProvider,
    params: &'a Params,
    target: Url,
}

impl Callback<'_> {
    fn error(self, error: &str, description: &str) -> Response {
        self.respond(&[("error", error), ("error_description", description)])
    }

    fn code(self, user: DevUser, now: u64) -> Response {
        let param = |name: &str| self.params.get(name).unwrap_or_default().to_owned();
        let code = self.provider.sealer.seal(&Code {
            id: random(16),
            client_id: param("client_id"),
            redirect_uri: param("redirect_uri"),
            code_challenge: param("code_challenge"),
            nonce: param("nonce"),
            user,
            acr: first_word(self.params.get("acr_values")),
            auth_time: now,
            expires_at: now + CODE_TTL,
        });
        self.respond(&[("code", &code)])
    }

    fn respond(mut self, result: &[(&str, &str)]) -> Response {
        let state = self.params.get("state").map(|state| ("state", state));
        let issuer = ("iss", self.provider.issuer.as_str());
        let parameters = result.iter().copied().chain(state).chain([issuer]);
        if self.params.get("response_mode") == Some(FORM_POST) {
            let parameters: Vec<_> = parameters.collect();
            return pages::form_post(self.target.as_str(), &parameters);
        }
        self.target.query_pairs_mut().extend_pairs(parameters);
        response::see_other(&self.target)
    }
}

fn first_word(words: Option<&str>) -> Option<String> {
    let mut words = words?.split_ascii_whitespace();
    words.next().map(str::to_owned)
}

/// The lifetime of an authorization code, in seconds. RFC 6749, section 4.1.2, recommends at most
/// 10 minutes.
const CODE_TTL: u64 = 60;
