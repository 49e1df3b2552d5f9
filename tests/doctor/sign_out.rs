//! The way back from the provider's logout.

use super::{check, is_only, is_right, is_unknown, right};
use crate::support::{Behaviour, Provider, Recorded};

type Special = fn(&Recorded) -> Option<Behaviour>;

fn names_way_back(request: &Recorded) -> bool {
    request.endpoint == "logout" && request.parameter("post_logout_redirect_uri").is_some()
}

fn is_logout(request: &Recorded) -> bool {
    request.endpoint == "logout"
}

#[tokio::test]
async fn refused_way_back_is_found() {
    let refusals: [Special; 4] = [
        |r| names_way_back(r).then(|| Behaviour::Html(400)),
        |r| names_way_back(r).then(|| Behaviour::Html(403)),
        |r| {
            let page = "/error?error=invalid_request&error_description=post_logout_redirect_uri+is+not+registered";
            names_way_back(r).then(|| Behaviour::Redirect(302, page.into()))
        },
        |r| names_way_back(r).then(|| Behaviour::Redirect(303, "/oauth2/error".into())),
    ];
    for special in refusals {
        let provider = Provider::start().await;
        let toml = right(&provider);
        provider.set(|f| f.special = Some(special));
        let report = check(&toml).await;
        is_only(&report, &toml, '!', "auth.redirect_uri");
        let fix = "Register it there as a URL to go to after sign-out too: http://localhost:8501/oauth2callback.";
        assert!(report.to_string().contains(fix), "{report}");

        let local = format!("{toml}provider_logout = false\n");
        is_right(&check(&local).await);
    }
}

/// Ory Hydra and Spring Authorization Server refuse every logout without the ID token, which only a login brings.
#[tokio::test]
async fn missing_id_token_raises_no_alarm() {
    let refusals: [Special; 5] = [
        |r| {
            let page = "/error?error=invalid_request&error_description=post_logout_redirect_uri+is+set+but+id_token_hint+is+missing.";
            names_way_back(r).then(|| Behaviour::Redirect(302, page.into()))
        },
        |r| is_logout(r).then(|| Behaviour::Html(400)),
        |r| is_logout(r).then(|| Behaviour::Redirect(302, "/error?error=invalid_request".into())),
        |r| {
            let body =
                b"{\"error\":\"invalid_request\",\"error_description\":\"Missing id_token_hint\"}";
            names_way_back(r).then(|| Behaviour::Raw(400, "application/json", body.to_vec()))
        },
        |r| {
            let body = b"<p>The <code>id_token_hint</code> parameter is required.</p>";
            names_way_back(r).then(|| Behaviour::Raw(403, "text/html", body.to_vec()))
        },
    ];
    for special in refusals {
        let provider = Provider::start().await;
        let toml = right(&provider);
        provider.set(|f| f.special = Some(special));
        is_unknown(&check(&toml).await, "with the ID token of a login");
    }
}

#[tokio::test]
async fn logout_in_trouble_is_found() {
    for behaviour in [
        Behaviour::Html(500),
        Behaviour::Html(503),
        Behaviour::Html(429),
        Behaviour::HangUp,
    ] {
        let provider = Provider::start().await;
        let toml = right(&provider);
        provider.set(|f| f.logout = behaviour);
        is_only(
            &check(&toml).await,
            &toml,
            '!',
            "auth.lab.server_metadata_url",
        );
    }
}

#[tokio::test]
async fn accepted_way_back_raises_no_alarm() {
    for behaviour in [
        Behaviour::Normal,
        Behaviour::Html(200),
        Behaviour::Redirect(302, "/logout/confirm?id=1".into()),
        // No error, though the address has the word in it.
        Behaviour::Redirect(
            302,
            "http://localhost:8501/oauth2callback?from=errors.example".into(),
        ),
    ] {
        let provider = Provider::start().await;
        let toml = right(&provider);
        provider.set(|f| f.logout = behaviour);
        is_right(&check(&toml).await);
    }
}
