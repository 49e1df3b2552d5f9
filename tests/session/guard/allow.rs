//! `[auth.allow]` and the `allow` of a provider: admitted users, and the reason for rejecting
//! others.

use axum::{Json, Router, http::Method, routing::get};
use axum_streamlit_auth::{AuthLayer, TestUser, User, require_login};
use serde_json::{Value, json};

use super::request;
use support::{Browser, COOKIE_SECRET, ORIGIN, Provider, app, call, secrets};

/// secrets.toml with two presets and rules.
fn toml(rules: &str) -> String {
    format!(
        "[auth]\nredirect_uri = \"{ORIGIN}/oauth2callback\"\ncookie_secret = \"{COOKIE_SECRET}\"\n\
         google = {{ client_id = \"a\", client_secret = \"secret-of-google\" }}\n\
         gitlab = {{ client_id = \"b\", client_secret = \"secret-of-gitlab\" }}\n{rules}\n"
    )
}

/// Returns true if a user of `provider` with these claims passes a guard.
async fn is_admitted(rules: &str, provider: &str, claims: Value) -> bool {
    let auth = AuthLayer::from_toml(&toml(rules)).unwrap();
    let mut user = TestUser::new("ada").provider(provider);
    for (name, value) in claims.as_object().unwrap() {
        user = user.claim(name, value.clone());
    }
    let cookie = user.cookie(&auth);
    let app = Router::new()
        .route("/", get(|| async { "open" }))
        .route_layer(require_login())
        .layer(auth);
    let request = request(&Method::GET, "/", &[("cookie", &cookie)]);
    call(&app, request).await.status() == 200
}

#[tokio::test]
async fn google_domain_rule_needs_hosted_domain_claim() {
    let rules = "[auth.allow]\ndomains = [\"corp.example\", \"gmail.com\"]";
    for (claims, google) in [
        (
            json!({"email": "a@corp.example", "hd": "corp.example"}),
            true,
        ),
        (
            json!({"email": "A@Corp.Example", "hd": "CORP.example"}),
            true,
        ),
        (json!({"email": "a@gmail.com"}), true),
        // Consumer accounts with an address in that domain.
        (json!({"email": "a@corp.example"}), false),
        (json!({"email": "a@corp.example", "hd": null}), false),
        (json!({"email": "a@corp.example", "hd": ""}), false),
        (
            json!({"email": "a@corp.example", "hd": ["corp.example"]}),
            false,
        ),
        (
            json!({"email": "a@corp.example", "hd": "evil.example"}),
            false,
        ),
        (
            json!({"email": "a@corp.example", "hd": "sub.corp.example"}),
            false,
        ),
    ] {
        assert_eq!(
            is_admitted(rules, "google", claims.clone()).await,
            google,
            "{claims}"
        );
        // `hd` is ignored at other providers.
        assert!(is_admitted(rules, "gitlab", claims).await);
    }
    let foreign = json!({"email": "a@else.example", "hd": "corp.example"});
    assert!(!is_admitted(rules, "google", foreign).await);
    // An address that is listed explicitly needs no `hd`.
    let listed = "[auth.allow]\nemails = [\"a@corp.example\"]";
    assert!(is_admitted(listed, "google", json!({"email": "a@corp.example"})).await);
}

#[tokio::test]
async fn google_is_recognized_in_long_form() {
    let rules = "[auth.staff]\nclient_id = \"c\"\nclient_secret = \"secret-of-staff\"\n\
                 server_metadata_url = \"https://accounts.google.com/.well-known/openid-configuration\"\n\
                 allow = { domains = [\"corp.example\"] }";
    let consumer = json!({"email": "a@corp.example"});
    let member = json!({"email": "a@corp.example", "hd": "corp.example"});
    assert!(!is_admitted(rules, "staff", consumer).await);
    assert!(is_admitted(rules, "staff", member).await);
}

#[tokio::test]
async fn provider_rules_apply_with_shared_rules() {
    let rules = "[auth.allow]\nclaims = { role = [\"staff\", \"admin\"] }\n\
                 [auth.okta]\ndomain = \"acme.okta.com\"\nclient_id = \"c\"\nclient_secret = \"secret-of-okta\"\n\
                 allow = { domains = [\"corp.example\"] }";
    for (provider, claims, admitted) in [
        (
            "okta",
            json!({"role": "staff", "email": "a@corp.example"}),
            true,
        ),
        (
            "okta",
            json!({"role": "staff", "email": "a@else.example"}),
            false,
        ),
        (
            "okta",
            json!({"role": "guest", "email": "a@corp.example"}),
            false,
        ),
        (
            "gitlab",
            json!({"role": "admin", "email": "a@else.example"}),
            true,
        ),
        (
            "gitlab",
            json!({"role": "guest", "email": "a@corp.example"}),
            false,
        ),
    ] {
        assert_eq!(
            is_admitted(rules, provider, claims.clone()).await,
            admitted,
            "{provider} {claims}"
        );
    }
}

#[tokio::test]
async fn dotted_claim_name_reaches_nested_claim() {
    let nested = json!({"realm_access": {"roles": ["user", "admin"]}, "sub": "ada"});
    for (rule, admitted) in [
        ("claims.realm_access.roles = [\"admin\"]", true),
        ("claims.\"realm_access.roles\" = \"admin\"", true),
        (
            "claims = { realm_access = { roles = [\"root\", \"admin\"] } }",
            true,
        ),
        ("claims.realm_access.roles = [\"root\"]", false),
        ("claims.realm_access.role = [\"admin\"]", false),
        ("claims.\"realm_access.roles.admin\" = true", false),
    ] {
        let rules = format!("[auth.allow]\n{rule}");
        assert_eq!(
            is_admitted(&rules, "gitlab", nested.clone()).await,
            admitted,
            "{rule}"
        );
    }
    let rules = "[auth.allow]\nclaims.\"https://corp.example/roles\" = [\"admin\"]";
    let namespaced = json!({"https://corp.example/roles": ["admin"]});
    assert!(is_admitted(rules, "gitlab", namespaced).await);
}

#[tokio::test]
async fn refusal_names_rule_and_claim() {
    let email = "emails = [\"ada@corp.example\"]";
    let groups = "claims.groups = [\"staff\"]";
    let overage = json!({"_claim_names": {"groups": "src1"}, "_claim_sources": {"src1": {}}});
    for (rule, claims, reason) in [
        (
            email,
            json!({"email": null}),
            "auth.allow.emails: claim `email` is missing",
        ),
        (
            email,
            json!({"email": "ada@corp.example", "email_verified": null}),
            "auth.allow.emails: claim `email_verified` is missing",
        ),
        (
            email,
            json!({"email": "ada@corp.example", "email_verified": false}),
            "auth.allow.emails: claim `email_verified` is not true",
        ),
        (
            "domains = [\"corp.example\"]",
            json!({"email": "eve@else.example", "email_verified": true}),
            "auth.allow.domains: claim `email` is not listed",
        ),
        (
            groups,
            json!({}),
            "auth.allow.claims.groups: claim `groups` is missing",
        ),
        (
            groups,
            json!({"groups": ["guests"]}),
            "auth.allow.claims.groups: claim `groups` has none of the listed values",
        ),
        (
            groups,
            overage,
            "auth.allow.claims.groups: claim `groups` has too many values and was left out",
        ),
    ] {
        let provider = Provider::start().await;
        let mut user = claims.clone();
        user["sub"] = json!("ada");
        provider.sign_in_with(user);
        let toml = secrets(&provider).line(&format!("[auth.allow]\n{rule}"));
        let page = Browser::new(app(&toml.toml()), ORIGIN)
            .get("/auth/login")
            .await;
        assert_eq!(page.status, 403);
        assert!(page.text().contains(reason), "{reason}\n{}", page.text());
        assert!(!page.text().contains("else.example"));
    }
}

/// `claims` drops claims that a guard needs later.
#[tokio::test]
async fn claims_used_by_rules_are_kept() {
    let provider = Provider::start().await;
    provider.sign_in_with(json!({
        "sub": "ada", "name": "Ada", "email": "ada@corp.example", "email_verified": true, "groups": ["staff"], "tid": "t",
    }));
    let domains = "domains = [\"corp.example\"]";
    let emails = "emails = [\"ada@corp.example\"]";
    let both = "domains = [\"else.example\"]\nemails = [\"ada@corp.example\"]";
    let groups = "claims = { groups = \"staff\" }";
    for (rule, kept) in [
        ("", vec![]),
        (domains, vec!["email", "email_verified"]),
        (emails, vec!["email", "email_verified"]),
        (both, vec!["email", "email_verified"]),
        (groups, vec!["groups"]),
    ] {
        let toml = secrets(&provider).auth("claims = [\"name\"]");
        let toml = match rule {
            "" => toml,
            rule => toml.line(&format!("[auth.allow]\n{rule}")),
        };
        let app = Router::new()
            .route("/", get(|user: User| async move { Json(user) }))
            .route_layer(require_login())
            .layer(AuthLayer::from_toml(&toml.toml()).unwrap());
        let user = Browser::new(app, ORIGIN).get("/").await.json();
        let mut claims: Vec<&str> = user
            .as_object()
            .unwrap()
            .keys()
            .map(String::as_str)
            .collect();
        let always = [
            "is_logged_in",
            "iss",
            "sub",
            "auth_time",
            "name",
            "provider",
        ];
        claims.retain(|name| !always.contains(name));
        assert_eq!(claims, kept, "{rule}: {user}");
    }
}
