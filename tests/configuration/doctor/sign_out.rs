//! The post-logout redirect.

use super::{assert_all_pass, assert_only_finding, assert_only_unknown, check, valid_toml};
use axum_streamlit_auth::Outcome;
use support::{Behaviour, Provider, RecordedRequest};

type Special = fn(&RecordedRequest) -> Option<Behaviour>;

fn has_post_logout_redirect(request: &RecordedRequest) -> bool {
    request.endpoint == "logout" && request.parameter("post_logout_redirect_uri").is_some()
}

fn is_logout(request: &RecordedRequest) -> bool {
    request.endpoint == "logout"
}

#[tokio::test]
async fn refused_post_logout_redirect_is_reported() {
    let refusals: [Special; 4] = [
        |r| has_post_logout_redirect(r).then(|| Behaviour::Html(400)),
        |r| has_post_logout_redirect(r).then(|| Behaviour::Html(403)),
        |r| {
            let page = "/error?error=invalid_request&error_description=post_logout_redirect_uri+is+not+registered";
            has_post_logout_redirect(r).then(|| Behaviour::Redirect(302, page.into()))
        },
        |r| has_post_logout_redirect(r).then(|| Behaviour::Redirect(303, "/oauth2/error".into())),
    ];
    for special in refusals {
        let provider = Provider::start().await;
        let toml = valid_toml(&provider);
        provider.set(|f| f.special = Some(special));
        let report = check(&toml).await;
        assert_only_finding(&report, &toml, Outcome::Warning, "auth.redirect_uri");
        let fix =
            "Register http://localhost:8501/oauth2callback at Lab as a post-logout redirect URI";
        assert!(report.to_string().contains(fix), "{report}");

        let local = format!("{toml}provider_logout = false\n");
        assert_all_pass(&check(&local).await);
    }
}

/// Ory Hydra and Spring Authorization Server require an ID token, which the doctor does not have.
#[tokio::test]
async fn missing_id_token_is_not_reported() {
    let refusals: [Special; 5] = [
        |r| {
            let page = "/error?error=invalid_request&error_description=post_logout_redirect_uri+is+set+but+id_token_hint+is+missing.";
            has_post_logout_redirect(r).then(|| Behaviour::Redirect(302, page.into()))
        },
        |r| is_logout(r).then(|| Behaviour::Html(400)),
        |r| is_logout(r).then(|| Behaviour::Redirect(302, "/error?error=invalid_request".into())),
        |r| {
            let body =
                b"{\"error\":\"invalid_request\",\"error_description\":\"Missing id_token_hint\"}";
            has_post_logout_redirect(r)
                .then(|| Behaviour::Raw(400, "application/json", body.to_vec()))
        },
        |r| {
            let body = b"<p>The <code>id_token_hint</code> parameter is required.</p>";
            has_post_logout_redirect(r).then(|| Behaviour::Raw(403, "text/html", body.to_vec()))
        },
    ];
    for special in refusals {
        let provider = Provider::start().await;
        let toml = valid_toml(&provider);
        provider.set(|f| f.special = Some(special));
        assert_only_unknown(&check(&toml).await, "requires the ID token of a login");
    }
}

#[tokio::test]
async fn failing_logout_endpoint_is_reported() {
    for behaviour in [
        Behaviour::Html(500),
        Behaviour::Html(503),
        Behaviour::Html(429),
        Behaviour::HangUp,
    ] {
        let provider = Provider::start().await;
        let toml = valid_toml(&provider);
        provider.set(|f| f.logout = behaviour);
        assert_only_finding(
            &check(&toml).await,
            &toml,
            Outcome::Warning,
            "auth.lab.server_metadata_url",
        );
    }
}

#[tokio::test]
async fn accepted_post_logout_redirect_passes() {
    for behaviour in [
        Behaviour::Normal,
        Behaviour::Html(200),
        Behaviour::Redirect(302, "/logout/confirm?id=1".into()),
        // Not an error, although the URL contains the word.
        Behaviour::Redirect(
            302,
            "http://localhost:8501/oauth2callback?from=errors.example".into(),
        ),
    ] {
        let provider = Provider::start().await;
        let toml = valid_toml(&provider);
        provider.set(|f| f.logout = behaviour);
        assert_all_pass(&check(&toml).await);
    }
}
