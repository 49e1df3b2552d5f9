//! The responses to a logged-in user who did not authenticate as recently or as strongly as a guard
//! requires.

use axum::{
    http::{HeaderValue, StatusCode, header::WWW_AUTHENTICATE},
    response::Response,
};
use serde_json::json;

use super::rejection::{GuardRejection, unauthorized_in_frame};
use crate::{
    identity::Identity,
    login::{Login, LoginOptions, links},
    provider::AuthenticationRequirements,
    request::{Challenge, RequestContext, RequestKind},
    response::problem,
};

/// Checks whether the authentication of a logged-in user meets the requirements of a guard.
///
/// Uses the claims as the provider sent them, because `on_sign_in` may have changed the stored
/// ones.
pub(super) fn check(
    context: &RequestContext,
    identity: &Identity,
    requirements: &AuthenticationRequirements,
) -> Result<(), GuardRejection> {
    let settings = context.settings();
    let claims = identity.rule_inputs(settings);
    let now = settings.now();
    let Err(error) = requirements.check(&claims, 0, now) else {
        return Ok(());
    };
    tracing::debug!(%error, "further login required");
    let options = LoginOptions::step_up(requirements.clone(), &claims);
    Err(match context.kind {
        RequestKind::Navigation => {
            let login = Login::new().provider(identity.provider());
            GuardRejection::StepUp(Box::new(Login { options, ..login }))
        }
        RequestKind::Frame => GuardRejection::Framed(Box::new(unauthorized_in_frame(context))),
        RequestKind::Prefetch | RequestKind::Subresource | RequestKind::Unknown => {
            let login = links::login_path(settings, Some(identity.provider()), None, &options);
            GuardRejection::Insufficient(Box::new(insufficient(context, &login, requirements)))
        }
    })
}

/// Returns the 401 for a request that is not for a page. `login` is the URL of a login that meets
/// the requirements.
///
/// Source: RFC 9470, section 3. Without a bearer token, the scheme is that of every 401 for a login
/// by cookie.
fn insufficient(
    context: &RequestContext,
    login: &str,
    requirements: &AuthenticationRequirements,
) -> Response {
    let mut body = json!({
        "type": "about:blank",
        "title": "Further login required",
        "status": 401,
        "login": login,
        "error": ERROR,
    });
    let mut challenge = format!("Cookie realm=\"login\", error=\"{ERROR}\"");
    for (name, value) in requirements.parameters() {
        challenge += &format!(", {name}=\"{}\"", escaped(&value));
        body[name] = match value.parse::<u64>() {
            Ok(seconds) if name == "max_age" => seconds.into(),
            _ => value.into(),
        };
    }
    let mut response = problem(StatusCode::UNAUTHORIZED, &body);
    if let Some(challenge) = Challenge::new(context).filter(|_| context.has_bearer()) {
        let challenge = challenge.error(ERROR, "the user has to log in again");
        let parameters = requirements.parameters();
        let challenge = parameters.fold(challenge, |challenge, (name, value)| {
            challenge.parameter(name, &value)
        });
        challenge.add_to(&mut response);
        return response;
    }
    let challenge = HeaderValue::try_from(challenge);
    let challenge = challenge.unwrap_or(HeaderValue::from_static(CHALLENGE_WITHOUT_VALUES));
    response.headers_mut().append(WWW_AUTHENTICATE, challenge);
    response
}

const ERROR: &str = "insufficient_user_authentication";

/// The challenge if a value of `acr` is not ASCII. The body has the values in any case.
const CHALLENGE_WITHOUT_VALUES: &str =
    "Cookie realm=\"login\", error=\"insufficient_user_authentication\"";

/// Escapes a value for a quoted string (RFC 9110, section 5.6.4).
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"")
}
