//! Conditions on claims of logged-in users.

use axum::{
    Router,
    http::{Method, header},
    routing::get,
};
use axum_streamlit_auth::{LoggedIn, RequireLogin, User, require_login};
use serde_json::{Value, json};

use super::{TIME, all, assert_personal, request};
use support::{
    COOKIE_SECRET, Clock, Log, ORIGIN, call,
    signed::{self, IDENTITY, identity_text, sign},
    text,
};

#[tokio::test]
async fn claim_condition_matches_value_or_list() {
    for (wanted, claim, admitted) in [
        (json!("admin"), json!("admin"), true),
        (json!("admin"), json!(["admin"]), true),
        (json!("admin"), json!(["ops", "admin"]), true),
        (json!("admin"), json!("Admin"), false),
        (json!("admin"), json!(["ADMIN"]), false),
        (json!("admin"), json!(["admins", "badmin", "admin "]), false),
        (json!("admin"), json!("admin,ops"), false),
        (json!("admin"), json!("ops admin"), false),
        (json!("admin"), json!([["admin"]]), false),
        (json!("admin"), json!({"admin": true}), false),
        (json!("admin"), json!({"0": "admin"}), false),
        (json!("admin"), json!(null), false),
        (json!("admin"), json!([]), false),
        (json!("admin"), json!(true), false),
        (json!("admin"), json!(""), false),
        (json!(""), json!(null), false),
        (json!(""), json!([]), false),
        (json!(true), json!(true), true),
        (json!(true), json!("true"), false),
        (json!(true), json!(1), false),
        (json!(3), json!(3), true),
        (json!(3), json!("3"), false),
        (json!(3), json!([1, 2, 3]), true),
        (json!(0), json!(false), false),
    ] {
        let guard = require_login().claim("groups", wanted.clone());
        assert_eq!(
            is_admitted(guard, json!({"sub": "ada", "groups": claim})).await,
            admitted,
            "{wanted} {claim}"
        );
    }
    for wanted in [json!("admin"), json!(null), json!(""), json!(false)] {
        let guard = require_login().claim("groups", wanted.clone());
        assert!(
            !is_admitted(guard, json!({"sub": "ada", "Groups": wanted})).await,
            "a claim that is not there"
        );
    }
}

#[tokio::test]
async fn all_conditions_are_required() {
    let ada = json!({"sub": "ada", "groups": ["admin", "ops"], "age": 36});
    let both = || {
        require_login()
            .claim("groups", "admin")
            .claim("groups", "ops")
    };
    assert!(is_admitted(both(), ada.clone()).await);
    assert!(!is_admitted(both().claim("groups", "dev"), ada.clone()).await);
    let adult = |user: &User| user["age"].as_u64() >= Some(18);
    assert!(is_admitted(both().when(adult), ada.clone()).await);
    assert!(!is_admitted(both().when(adult).when(|_| false), ada.clone()).await);
    assert!(
        !is_admitted(
            both().when(adult),
            json!({"sub": "bob", "groups": ["admin", "ops"]})
        )
        .await
    );
    assert!(is_admitted(require_login(), json!({})).await);
    // With nested guards, all conditions apply.
    let app = Router::new()
        .route("/", get(|| async { "open" }))
        .route_layer(require_login().claim("groups", "dev"))
        .route_layer(require_login().claim("groups", "admin"))
        .layer(Clock::at(TIME).layer(&signed::toml(COOKIE_SECRET, ORIGIN)));
    assert_eq!(
        call(
            &app,
            request(&Method::GET, "/", &[("cookie", &cookie(ada))])
        )
        .await
        .status(),
        403
    );
    assert_eq!(format!("{:?}", both()), "RequireLogin { conditions: 2 }");
}

#[tokio::test]
async fn user_lacking_claim_is_forbidden_without_redirect() {
    let app = app(require_login().claim("groups", "admin"));
    let cookie = cookie(json!({"sub": "bob", "email": "bob@example.org", "groups": ["ops"]}));
    let page = [
        ("cookie", cookie.as_str()),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "document"),
        ("sec-fetch-site", "none"),
    ];
    let response = call(&app, request(&Method::GET, "/?year=2026", &page)).await;
    assert_eq!(response.status(), 403);
    assert_forbidden(&response);
    let shown = text(response).await;
    assert!(
        shown.contains("You may not see this page") && shown.contains("action=\"/auth/login\""),
        "{shown}"
    );
    // A login with another account returns to this page.
    assert!(
        shown.contains("name=\"next\" value=\"/?year=2026\""),
        "{shown}"
    );
    assert!(
        !shown.contains("bob") && !shown.contains("admin"),
        "{shown}"
    );

    let response = call(&app, request(&Method::GET, "/", &[("cookie", &cookie)])).await;
    assert_eq!(response.status(), 403);
    assert_forbidden(&response);
    assert_eq!(
        response.headers()[header::CONTENT_TYPE],
        "application/problem+json"
    );
    let body: Value = serde_json::from_str(&text(response).await).unwrap();
    assert_eq!(
        body,
        json!({"type": "about:blank", "title": "Forbidden", "status": 403})
    );

    // Without an identity, the request needs a login, whatever the conditions.
    assert_eq!(
        call(&app, request(&Method::GET, "/", &[])).await.status(),
        401
    );
}

fn assert_forbidden(response: &axum::response::Response) {
    assert!(!response.headers().contains_key(header::LOCATION));
    assert!(!response.headers().contains_key(header::SET_COOKIE));
    assert_personal(response);
    assert!(all(response.headers(), header::VARY).contains("Sec-Fetch-Mode"));
}

/// The login is older than the rule, or shared with an app that has other rules.
#[tokio::test]
async fn disallowed_user_is_rejected_by_every_guard() {
    let toml = signed::toml(COOKIE_SECRET, ORIGIN)
        + "[auth.allow]\nclaims = { groups = [\"staff\", \"ops\"] }\n";
    let name = |user: Option<LoggedIn>| async move {
        user.map_or_else(String::new, |LoggedIn(user)| {
            user.get_str("sub").unwrap_or_default().to_owned()
        })
    };
    let app = Router::new()
        .route("/route", get(|| async { "open" }))
        .route_layer(require_login())
        .route("/handler", get(|LoggedIn(_): LoggedIn| async { "open" }))
        .route("/optional", get(name))
        .layer(Clock::at(TIME).layer(&toml));
    for (groups, status, optional) in [
        (json!(["ops"]), 200, "ada"),
        (json!("staff"), 200, "ada"),
        (json!(["dev"]), 401, ""),
        (json!(null), 401, ""),
    ] {
        let cookie = cookie(json!({"sub": "ada", "groups": groups}));
        let open = async |path| {
            let request = request(&Method::GET, path, &[("cookie", &cookie)]);
            call(&app, request).await
        };
        assert_eq!(open("/route").await.status(), status, "{groups}");
        assert_eq!(open("/handler").await.status(), status, "{groups}");
        assert_eq!(text(open("/optional").await).await, optional, "{groups}");
    }
}

#[tokio::test]
async fn optional_login_never_redirects() {
    async fn greet(user: Option<LoggedIn>) -> String {
        user.map_or_else(
            || "nobody".to_owned(),
            |LoggedIn(user)| user.get_str("sub").unwrap_or_default().to_owned(),
        )
    }
    let app = Router::new()
        .route("/", get(greet))
        .layer(Clock::at(TIME).layer(&signed::toml(COOKIE_SECRET, ORIGIN)));
    let cookie = cookie(json!({"sub": "ada"}));
    for (headers, expected) in [
        (vec![("accept", "text/html")], "nobody"),
        (
            vec![("accept", "text/html"), ("cookie", "_streamlit_user=x")],
            "nobody",
        ),
        (vec![("cookie", cookie.as_str())], "ada"),
    ] {
        let response = call(&app, request(&Method::GET, "/", &headers)).await;
        assert_eq!(response.status(), 200);
        assert_eq!(text(response).await, expected);
    }
}

fn app(guard: RequireLogin) -> Router {
    Router::new()
        .route("/", get(|| async { "open" }))
        .route_layer(guard)
        .layer(Clock::at(TIME).layer(&signed::toml(COOKIE_SECRET, ORIGIN)))
}

fn cookie(claims: Value) -> String {
    format!(
        "{IDENTITY}={}",
        sign(COOKIE_SECRET, IDENTITY, &identity_text(claims), TIME)
    )
}

async fn is_admitted(guard: RequireLogin, claims: Value) -> bool {
    let response = call(
        &app(guard),
        request(&Method::GET, "/", &[("cookie", &cookie(claims))]),
    )
    .await;
    let status = response.status();
    assert!(status == 200 || status == 403, "{status}");
    assert_eq!(text(response).await == "open", status == 200);
    status == 200
}

/// Entra omits `groups` from the ID token of a user with more than 200 groups.
#[tokio::test]
async fn forbidden_page_names_claim_omitted_by_provider() {
    let names = json!({"groups": "src1", "roles": "src1"});
    let page = [
        // The developer part is only shown to local requests.
        ("host", "localhost:8501"),
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "document"),
        ("sec-fetch-site", "none"),
    ];
    for (claims, guard, told) in [
        (
            json!({"_claim_names": names}),
            require_login().claim("groups", "a"),
            true,
        ),
        (
            json!({"_claim_names": names}),
            require_login().claim("tid", "a").claim("roles", "a"),
            true,
        ),
        (
            json!({"_claim_names": names, "groups": ["b"]}),
            require_login().claim("groups", "a"),
            false,
        ),
        (
            json!({"_claim_names": names}),
            require_login().claim("tid", "a"),
            false,
        ),
        (
            json!({"_claim_names": "groups"}),
            require_login().claim("groups", "a"),
            false,
        ),
        (json!({}), require_login().claim("groups", "a"), false),
    ] {
        let app = app(guard);
        let cookie = cookie(claims.clone());
        let [navigation, fetch] = [&page[..], &[]].map(|headers| {
            let cookie = [("cookie", cookie.as_str())];
            request(&Method::GET, "/", &[headers, &cookie].concat())
        });
        let log = Log::start();
        let response = call(&app, navigation).await;
        assert_eq!(response.status(), 403);
        let shown = text(response).await;
        let (_, developer) = shown.split_once("For the developer").unwrap();
        assert_eq!(developer.contains("has too many values"), told, "{claims}");
        assert_eq!(call(&app, fetch).await.status(), 403);
        let lines = log.lines();
        let named = lines
            .iter()
            .filter(|line| line.text.contains("has too many values"));
        assert_eq!(named.count(), if told { 2 } else { 0 }, "{claims}");
    }
}
