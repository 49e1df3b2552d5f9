//! Valid tokens, and requests that carry one.

use axum_streamlit_auth::TestUser;
use serde_json::json;

use super::{App, all, json_of, text};
use support::{Provider, Secrets, secrets, two_providers};

#[tokio::test]
async fn valid_token_reaches_every_extractor_and_guard() {
    let app = App::new().await;
    let token = app.provider.access_token(json!({ "groups": ["admin"] }));

    for path in ["/", "/guarded", "/report"] {
        let response = app.bearer(path, &token).await;
        assert_eq!(response.status(), 200, "{path}");
        assert_eq!(text(response).await, "ada", "{path}");
    }
    assert_eq!(app.bearer("/admin", &token).await.status(), 200);
    assert_eq!(
        text(app.bearer("/optional", &token).await).await,
        "somebody"
    );
    assert_eq!(text(app.bearer("/bearer", &token).await).await, "true");
    let claims = json_of(app.bearer("/typed", &token).await).await;
    assert_eq!(claims["is_logged_in"], true);
    assert_eq!(claims["name"], "Ada Lovelace");
    assert_eq!(claims["provider"], "default");
    assert_eq!(claims["scope"], "openid reports:read");
}

#[tokio::test]
async fn response_to_token_is_personal() {
    let app = App::new().await;
    let response = app.bearer("/", &app.provider.access_token(json!({}))).await;

    assert_eq!(all(response.headers(), "vary"), "Authorization, Cookie");
    assert_eq!(all(response.headers(), "cache-control"), "no-store");
    assert!(!response.headers().contains_key("set-cookie"));
    let anonymous = app.get("/", &[]).await;
    assert_eq!(all(anonymous.headers(), "vary"), "Authorization, Cookie");
}

#[tokio::test]
async fn origin_does_not_affect_token() {
    let app = App::new().await;
    let bearer = format!("Bearer {}", app.provider.access_token(json!({})));
    let authorization = ("authorization", bearer.as_str());
    for headers in [
        &[("origin", "https://evil.example")][..],
        &[("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "cors")],
        &[
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-mode", "no-cors"),
        ],
    ] {
        let headers = [&[authorization], headers].concat();
        for method in ["GET", "POST"] {
            let response = app.send(method, "/guarded", &headers).await;
            assert_eq!(response.status(), 200, "{method} {headers:?}");
        }
    }
}

#[tokio::test]
async fn origin_rules_apply_to_cookie_with_other_scheme() {
    let app = App::new().await;
    let cookie = app.cookie_of("bob");
    let mut headers = vec![("cookie", cookie.as_str()), ("authorization", "Basic YTpi")];
    assert_eq!(text(app.get("/", &headers).await).await, "bob");
    headers.push(("origin", "https://evil.example"));
    assert_eq!(text(app.get("/", &headers).await).await, "nobody");
}

#[tokio::test]
async fn token_takes_precedence_over_cookie() {
    let app = App::new().await;
    let cookie = app.cookie_of("bob");
    let send = |token: String| {
        let bearer = format!("Bearer {token}");
        let (app, cookie) = (&app, cookie.as_str());
        async move {
            app.get("/", &[("authorization", &bearer), ("cookie", cookie)])
                .await
        }
    };
    assert_eq!(
        text(send(app.provider.access_token(json!({}))).await).await,
        "ada"
    );
    let expired = app.provider.access_token(json!({ "exp": 1 }));
    for invalid in [
        expired,
        "opaque".to_owned(),
        "a b".to_owned(),
        String::new(),
    ] {
        let response = send(invalid).await;
        assert!(response.status().is_client_error());
        assert!(!text(response).await.contains("bob"));
    }
}

#[tokio::test]
async fn bearer_token_is_ignored_without_audience() {
    let provider = Provider::start().await;
    let app = support::app(&secrets(&provider).toml());
    let mut request = support::get("/guarded");
    let bearer = format!("Bearer {}", provider.access_token(json!({})));
    request
        .headers_mut()
        .insert("authorization", bearer.parse().unwrap());
    let response = support::call(&app, request).await;

    assert_eq!(response.status(), 401);
    assert_eq!(
        all(response.headers(), "www-authenticate"),
        "Cookie realm=\"login\""
    );
    assert!(!all(response.headers(), "vary").contains("Authorization"));
}

#[tokio::test]
async fn rules_and_hook_apply_to_token() {
    let rules = |secrets: Secrets| secrets.line("[auth.allow]\nclaims = { groups = \"staff\" }");
    let app = App::with(rules, |auth| {
        auth.on_sign_in(|mut claims| async {
            if claims["sub"] == "mallory" {
                return Err("Closed.".to_owned());
            }
            claims.insert("plan".to_owned(), "free".into());
            Ok(claims)
        })
    })
    .await;
    let token = |claims| app.provider.access_token(claims);

    let staff = token(json!({ "groups": ["staff"] }));
    assert_eq!(
        json_of(app.bearer("/me", &staff).await).await["plan"],
        "free"
    );
    for claims in [
        json!({}),
        json!({ "groups": ["guest"] }),
        json!({ "groups": ["staff"], "sub": "mallory" }),
    ] {
        for path in ["/", "/guarded", "/optional"] {
            let response = app.bearer(path, &token(claims.clone())).await;
            assert_eq!(response.status(), 403, "{claims}");
            assert_eq!(all(response.headers(), "www-authenticate"), "");
            assert_eq!(json_of(response).await["title"], "Forbidden");
        }
    }
}

#[tokio::test]
async fn token_issued_before_revocation_is_refused() {
    let revoked = |secrets: Secrets| secrets.auth("revoked_before = 2026-11-27T00:00:00Z");
    let app = App::with(revoked, |auth| auth).await;
    let token = app.provider.access_token(json!({ "iat": 1_700_000_000 }));
    app.assert_invalid(&token, "the token was issued too long ago")
        .await;
    app.assert_valid(&app.provider.access_token(json!({})))
        .await;
}

#[tokio::test]
async fn token_belongs_to_provider_that_issued_it() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let secrets = two_providers(&one, &two).line("bearer_audience = [\"x\", \"y\"]");
    let app = support::app(&secrets.toml());
    let send = async |provider: &Provider, audience: &str| {
        let mut request = support::get("/me");
        let bearer = format!(
            "Bearer {}",
            provider.access_token(json!({ "aud": audience }))
        );
        request
            .headers_mut()
            .insert("authorization", bearer.parse().unwrap());
        support::call(&app, request).await
    };
    for audience in ["x", "y"] {
        let user = json_of(send(&two, audience).await).await;
        assert_eq!(user["provider"], "two");
        assert_eq!(send(&one, audience).await.status(), 401);
    }
    assert_eq!(send(&two, "z").await.status(), 401);
    assert_eq!(one.all_requests().len() + two.count("jwks"), 1);
}

impl App {
    /// The identity cookie of a user of this app.
    pub(super) fn cookie_of(&self, name: &str) -> String {
        let secrets = secrets(&self.provider);
        TestUser::new(name).cookie(&self.clock.layer(&secrets.toml()))
    }
}
