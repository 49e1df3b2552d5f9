//! `auth.github`, with a server that behaves like GitHub.

use serde_json::{Value, json};
use support::{Behaviour, Provider, TestApp};

use super::app_of;

/// An app with GitHub as its only provider, at a GitHub Enterprise Server.
async fn app(lines: &str) -> TestApp {
    let provider = Provider::start().await;
    provider.emulate_github();
    let url = format!("url = {:?}\n", provider.origin());
    app_of(provider, "github", &format!("{url}{lines}"))
}

#[tokio::test]
async fn github_user_signs_in_with_verified_address() {
    let mut app = app("").await;
    let user = app.signed_in_user().await;
    let expected = json!({
        "is_logged_in": true,
        "iss": app.provider.origin(),
        "sub": "583231",
        "aud": "app",
        "preferred_username": "ada",
        "name": "Ada Lovelace",
        "picture": "https://avatars.example/u/583231?v=4",
        "profile": "https://github.example/ada",
        "email": "ada@example.org",
        "email_verified": true,
        "provider": "github",
    });
    assert_eq!(user, expected);
    let authorize = &app.provider.requests("authorize")[0];
    assert_eq!(
        authorize.parameter("scope"),
        Some("read:user user:email"),
        "{authorize:?}"
    );
    assert_eq!(authorize.parameter("prompt"), Some("select_account"));
    assert_eq!(
        app.provider.count("discovery") + app.provider.count("jwks"),
        0
    );
    for request in app.provider.requests("user") {
        let accept = request.header("accept");
        assert_eq!(accept, Some("application/vnd.github+json"));
        assert!(request.query.is_empty(), "{request:?}");
    }
}

#[tokio::test]
async fn unverified_or_secondary_address_is_left_out() {
    let entry = |email: &str, primary: Value, verified: Value| json!({ "email": email, "primary": primary, "verified": verified, "visibility": null });
    let mut app = app("").await;
    for emails in [
        json!([]),
        json!([entry("victim@corp.example", json!(true), json!(false))]),
        json!([entry("other@corp.example", json!(false), json!(true))]),
        json!([
            entry("victim@corp.example", json!(true), json!(false)),
            entry("own@corp.example", json!(false), json!(true)),
        ]),
        json!([entry("text@corp.example", json!("true"), json!("true"))]),
        json!([entry("", json!(true), json!(true))]),
        json!([{ "email": null, "primary": true, "verified": true }, 1, "x", null]),
    ] {
        // The published address of the user object may belong to another user.
        app.provider.github(|github| {
            github.user["email"] = json!("victim@corp.example");
            github.user["email_verified"] = json!(true);
            github.emails = emails.clone();
        });
        let user = app.signed_in_user().await;
        assert_eq!(user.get("email"), None, "{emails}");
        assert_eq!(user.get("email_verified"), None, "{emails}");
    }
}

#[tokio::test]
async fn domain_rule_needs_verified_github_address() {
    let rule = "allow = { domains = [\"corp.example\"] }\n";
    let mut app = app(rule).await;
    app.provider
        .github(|github| github.user["email"] = json!("ada@corp.example"));
    let callback = app.callback().await;
    let log = app.rejection_log(callback, "not_allowed").await;
    assert!(log.contains("claim `email` is not listed"), "{log}");

    app.provider
        .github(|github| github.emails[1]["email"] = json!("ada@corp.example"));
    assert_eq!(app.signed_in_user().await["email"], "ada@corp.example");
}

#[tokio::test]
async fn github_subject_is_the_id_and_not_the_name() {
    let mut app = app("").await;
    for (id, sub) in [
        (json!(1), "1"),
        (json!(u64::MAX), "18446744073709551615"),
        (json!("U_kgDOA"), "U_kgDOA"),
    ] {
        app.provider.github(|github| {
            github.user["id"] = id.clone();
            github.user["login"] = json!("583231");
        });
        assert_eq!(app.signed_in_user().await["sub"], sub);
    }
    // Larger numbers are rounded, so two users could have the same number.
    for id in [
        "null",
        "true",
        "\"\"",
        "1.5",
        "1e3",
        "[1]",
        "{}",
        "18446744073709551616",
    ] {
        let user = format!("{{\"login\": \"ada\", \"id\": {id}}}");
        app.provider
            .set(|faults| faults.user = Behaviour::Raw(200, "application/json", user.into_bytes()));
        let callback = app.callback().await;
        app.assert_rejected(callback, "account_subject").await;
    }
    app.provider
        .github(|github| github.user["id"] = json!("x".repeat(256)));
    app.provider.clear_faults();
    let callback = app.callback().await;
    app.assert_rejected(callback, "account_subject").await;
}

#[tokio::test]
async fn github_token_errors_with_status_ok_are_reported() {
    let mut app = app("").await;
    for (error, reason) in [
        ("bad_verification_code", "code_refused"),
        ("incorrect_client_credentials", "client_refused"),
        ("redirect_uri_mismatch", "redirect_uri_refused"),
        ("unverified_user_email", "token_refused"),
    ] {
        let body =
            format!("error={error}&error_description=Not+this+way.&error_uri=https%3A%2F%2Fdocs");
        for behaviour in [
            Behaviour::Json(
                200,
                json!({ "error": error, "error_description": "Not this way." }),
            ),
            Behaviour::Raw(
                200,
                "application/x-www-form-urlencoded; charset=utf-8",
                body.into_bytes(),
            ),
        ] {
            app.provider.set(|faults| faults.token = behaviour);
            let callback = app.callback().await;
            let log = app.rejection_log(callback, reason).await;
            assert!(
                log.contains(error) && log.contains("Not this way."),
                "{log}"
            );
        }
    }
    assert_eq!(app.provider.count("user"), 0);
}

#[tokio::test]
async fn wrong_secret_at_github_is_reported() {
    let mut app = app("").await;
    app.provider
        .client(|client| client.secret = "another-secret-of-the-app".to_owned());
    let callback = app.callback().await;
    app.assert_rejected(callback, "client_refused").await;
}

#[tokio::test]
async fn form_encoded_github_token_is_accepted() {
    let mut app = app("").await;
    app.provider.github(|github| github.ignores_accept = true);
    assert_eq!(app.signed_in_user().await["email"], "ada@example.org");
}

#[tokio::test]
async fn address_is_not_requested_without_its_scope() {
    for (granted, calls, email) in [
        (Some("read:user"), 0, None),
        (Some("read:user,user:email"), 1, Some("ada@example.org")),
        (Some("user"), 1, Some("ada@example.org")),
        // A GitHub app has permissions and no scopes.
        (Some(""), 1, None),
    ] {
        let mut app = app("").await;
        app.provider.github(|github| github.granted = granted);
        let user = app.signed_in_user().await;
        assert_eq!(user["email"].as_str(), email, "{granted:?}");
        assert_eq!(app.provider.count("emails"), calls, "{granted:?}");
    }
}

#[tokio::test]
async fn login_fails_if_github_api_fails() {
    let limited = |status| {
        let body = json!({ "message": "API rate limit exceeded for user ID 583231." });
        Behaviour::Json(status, body)
    };
    type Set = fn(&mut support::Faults, Behaviour);
    let endpoints: [Set; 2] = [
        |faults, behaviour| faults.user = behaviour,
        |faults, behaviour| faults.emails = behaviour,
    ];
    let mut app = app("").await;
    for set in endpoints {
        for (behaviour, reason) in [
            (limited(401), "account_refused"),
            (limited(403), "account_refused"),
            (limited(404), "account_refused"),
            (
                Behaviour::Redirect(301, "https://evil.example/".to_owned()),
                "account_refused",
            ),
            (Behaviour::Html(200), "account_refused"),
            (Behaviour::Json(200, json!("ada")), "account_refused"),
            (Behaviour::Cut, "provider_down"),
            (Behaviour::HangUp, "provider_down"),
            (Behaviour::Endless, "provider_too_long"),
            (Behaviour::Html(500), "account_unavailable"),
            (limited(429), "account_unavailable"),
        ] {
            app.provider.clear_faults();
            app.provider.set(|faults| set(faults, behaviour));
            let callback = app.callback().await;
            if reason.starts_with("account_refused") {
                app.assert_rejected(callback, reason).await;
            } else {
                app.assert_provider_unavailable(callback, reason).await;
            }
        }
    }
    app.provider.clear_faults();
    app.signed_in_user().await;
}

#[tokio::test]
async fn claims_map_adds_github_claims() {
    let mut app = app("claims_map = { company = \"company\", name = \"login\" }\n").await;
    app.provider
        .github(|github| github.user["company"] = json!("@acme"));
    let user = app.signed_in_user().await;
    assert_eq!(
        (&user["company"], &user["name"]),
        (&json!("@acme"), &json!("ada"))
    );
    assert_eq!(user["preferred_username"], "ada");
}

#[tokio::test]
async fn code_is_bound_to_the_browser_and_verifier() {
    let mut app = app("").await;
    let mut stranger = super::github::app("").await;
    let callback = app.callback().await;
    // The browser of another user has no attempt cookie for this login.
    stranger
        .assert_rejected(callback.clone(), "no_cookies")
        .await;
    let page = app.browser.follow(callback.clone()).await;
    assert_eq!(app.user_json().await["sub"], "583231", "{page:?}");
    let token = &app.provider.requests("token")[0];
    assert_eq!(token.parameter("code_verifier").map(str::len), Some(43));
}
