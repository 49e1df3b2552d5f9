//! `on_sign_in` and identities written by Streamlit: the hook must accept each before the user is
//! logged in.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{
    Json, Router,
    body::Body,
    http::{Method, Request, header},
    routing::get,
};
use axum_streamlit_auth::{AuthLayer, LoggedIn, TestUser, User, require_login};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::{
    SECRET, TIME,
    app::{auth, auth_at, auth_of, cookie_header, logins},
};

/// A layer whose hook counts its calls, adds the claim `plan`, drops `email` and rejects the
/// subject `a`.
fn with_hook(auth: AuthLayer) -> (Router, Arc<AtomicUsize>) {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let auth = auth.on_sign_in(move |mut claims| {
        let counted = Arc::clone(&counted);
        async move {
            counted.fetch_add(1, Ordering::Relaxed);
            // Lets other requests run in between.
            tokio::task::yield_now().await;
            if claims["sub"] == "a" {
                return Err("Your account is closed.".to_owned());
            }
            assert!(claims.contains_key("provider") && !claims.contains_key("is_logged_in"));
            claims.insert("plan".to_owned(), "free".into());
            claims.remove("email");
            Ok(claims)
        }
    });
    let optional =
        |user: Option<LoggedIn>| async move { Json(json!(user.map(|LoggedIn(user)| user))) };
    let app = Router::new()
        .route("/guarded", get(me).post(me))
        .route_layer(require_login().claim("plan", "free"))
        .route("/me", get(me).post(me))
        .route("/optional", get(optional))
        .route("/open", get(|| async { "open" }))
        .layer(auth);
    (app, calls)
}

async fn me(user: User) -> Json<User> {
    Json(user)
}

/// Status, body, and the `Cookie` header of the next request.
async fn ask(app: &Router, method: Method, path: &str, cookies: &str) -> (u16, Value, String) {
    let request = Request::builder().method(method).uri(path);
    let request = request.header(header::COOKIE, cookies).body(Body::empty());
    let response = app.clone().oneshot(request.unwrap()).await.unwrap();
    let status = response.status().as_u16();
    let mut sent: Vec<(String, String)> = cookies
        .split("; ")
        .map(|pair| pair.split_once('=').unwrap())
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    for set in response.headers().get_all(header::SET_COOKIE) {
        let pair = set.to_str().unwrap().split(';').next().unwrap();
        let (name, value) = pair.split_once('=').unwrap();
        sent.retain(|(sent, _)| sent != name);
        sent.push((name.to_owned(), value.to_owned()));
    }
    let pairs: Vec<String> = sent
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    let body = support::text(response).await;
    let body = serde_json::from_str(&body).unwrap_or(Value::String(body));
    (status, body, pairs.join("; "))
}

/// The logins of Streamlit that the hook accepts.
fn accepted() -> Vec<Value> {
    let mut logins = logins();
    logins.retain(|login| login["case"] != "tiny");
    assert!(logins.len() >= 6);
    logins
}

#[tokio::test]
async fn hook_is_called_once_for_streamlit_identity() {
    for login in accepted() {
        let sent = cookie_header(&login);
        for path in ["/me", "/optional", "/guarded"] {
            let (app, calls) = with_hook(auth("", TIME));
            assert_eq!(ask(&app, Method::GET, "/open", &sent).await.1, "open");
            assert_eq!(
                calls.load(Ordering::Relaxed),
                0,
                "only when the user is asked for"
            );

            let (status, user, cookies) = ask(&app, Method::GET, path, &sent).await;
            assert_eq!(
                (status, &user["plan"]),
                (200, &json!("free")),
                "{path} {user}"
            );
            assert_eq!(
                (&user["is_logged_in"], user.get("email")),
                (&json!(true), None)
            );
            let payload = &login["user_payload"];
            assert_eq!(
                (&user["sub"], &user["provider"]),
                (&payload["sub"], &payload["provider"])
            );
            assert!(cookies.starts_with(&sent), "the login stays Streamlit's");
            assert_ne!(cookies, sent);

            // Requests that the browser sent before it received the record.
            assert_eq!(
                ask(
                    &app,
                    Method::POST,
                    path.replace("optional", "me").as_str(),
                    &sent
                )
                .await
                .1,
                user
            );
            assert_eq!(calls.load(Ordering::Relaxed), 1);
            // Another instance, or this one after a restart.
            let (app, calls) = with_hook(auth("", TIME + 3600));
            let (_, again, unchanged) = ask(&app, Method::GET, path, &cookies).await;
            assert_eq!((again, &unchanged), (user, &cookies));
            assert_eq!(calls.load(Ordering::Relaxed), 0);
        }
    }
}

#[tokio::test]
async fn hook_is_called_once_for_concurrent_requests() {
    let (app, calls) = with_hook(auth("", TIME));
    let sent = cookie_header(&accepted()[0]);
    let requests = (0..20).map(|number| {
        let path = ["/me", "/guarded"][number % 2];
        ask(&app, Method::GET, path, &sent)
    });
    for (_, user, _) in futures_util::future::join_all(requests).await {
        assert_eq!(user["plan"], "free");
    }
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn identity_refused_by_hook_is_ignored() {
    for login in logins().iter().filter(|login| login["case"] == "tiny") {
        let (app, calls) = with_hook(auth("", TIME));
        let sent = cookie_header(login);
        for (path, status, body) in [
            ("/me", 200, json!({"is_logged_in": false})),
            ("/optional", 200, json!(null)),
            ("/guarded", 401, Value::Null),
        ] {
            let answer = ask(&app, Method::GET, path, &sent).await;
            assert_eq!((answer.0, &answer.2), (status, &sent), "{path}");
            assert!(
                body.is_null() && path == "/guarded" || answer.1 == body,
                "{answer:?}"
            );
        }
        assert_eq!(calls.load(Ordering::Relaxed), 1);
        // The same identity without a hook.
        let app = super::app::app(&auth("", TIME));
        assert_eq!(ask(&app, Method::GET, "/me", &sent).await.1["sub"], "a");
    }
}

/// The record is only valid with its identity: not after a logout at Streamlit, and not with
/// another login.
#[tokio::test]
async fn record_is_bound_to_its_identity() {
    let [ada, zoe] = [&accepted()[0], &accepted()[1]].map(cookie_header);
    let (app, _) = with_hook(auth("", TIME));
    let (.., with_record) = ask(&app, Method::GET, "/me", &ada).await;
    let record = with_record.strip_prefix(&format!("{ada}; ")).unwrap();
    let (app, calls) = with_hook(auth("", TIME));
    assert_eq!(
        ask(&app, Method::GET, "/me", record).await.1,
        json!({"is_logged_in": false})
    );
    assert_eq!(calls.load(Ordering::Relaxed), 0);
    let (_, user, _) = ask(&app, Method::GET, "/me", &format!("{zoe}; {record}")).await;
    assert_ne!(zoe, ada);
    assert_eq!(
        (calls.load(Ordering::Relaxed), &user["plan"]),
        (1, &json!("free"))
    );

    // A record with another secret, or an altered one, is ignored.
    let (.., mac) = record
        .rsplit_once('|')
        .map(|(text, mac)| (text, mac.len()))
        .unwrap();
    assert_eq!(mac, 64);
    let (app, calls) = with_hook(auth("", TIME));
    let forged = format!("{ada}; {}0", &record[..record.len() - 1]);
    let forged = if forged == with_record {
        format!("{forged}0")
    } else {
        forged
    };
    ask(&app, Method::GET, "/me", &forged).await;
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn own_streamlit_login_skips_the_hook() {
    for line in [
        "",
        "streamlit_cookies = \"current\"",
        "streamlit_cookies = \"tornado\"",
    ] {
        for base in ["http://localhost:8501", "https://app.example"] {
            let hooked = auth_at(base, line, TIME).on_sign_in(|claims| async { Ok(claims) });
            let cookies = TestUser::new("a").claim("plan", "free").cookie(&hooked);
            let (app, calls) = with_hook(auth_at(base, line, TIME));
            let (_, user, set) = ask(&app, Method::GET, "/me", &cookies).await;
            assert_eq!(
                (&user["sub"], &set),
                (&json!("a"), &cookies),
                "{line} {base}"
            );
            // After a change of the format, the cookie is rewritten without calling the hook.
            for later in [
                "streamlit_cookies = \"current\"",
                "streamlit_cookies = \"tornado\"",
            ] {
                let (app, later_calls) = with_hook(auth_at(base, later, TIME + 60));
                let (_, user, changed) = ask(&app, Method::GET, "/me", &cookies).await;
                assert_eq!(user["sub"], "a", "{line} {later} {base}");
                let (_, user, _) = ask(&app, Method::GET, "/me", &changed).await;
                assert_eq!(user["sub"], "a", "{line} {later} {base}");
                assert_eq!(
                    later_calls.load(Ordering::Relaxed),
                    0,
                    "{line} {later} {base}"
                );
            }
            assert_eq!(calls.load(Ordering::Relaxed), 0);
        }
    }
}

#[tokio::test]
async fn record_survives_secret_rotation() {
    const NEW: &str = "hG3pAe5uKt1BvXoQkV7qT2mZ9xLbR4wYc8NfJ6";
    let (app, _) = with_hook(auth("", TIME));
    let (_, user, cookies) = ask(&app, Method::GET, "/me", &cookie_header(&accepted()[0])).await;
    let rotated = auth_of(NEW, &format!("cookie_secrets_old = [{SECRET:?}]"), TIME);
    let (app, calls) = with_hook(rotated);
    let (_, same, renewed) = ask(&app, Method::GET, "/me", &cookies).await;
    assert_eq!(same, user);
    let (app, later) = with_hook(auth_of(NEW, "", TIME));
    assert_eq!(ask(&app, Method::GET, "/me", &renewed).await.1, user);
    assert_eq!(
        calls.load(Ordering::Relaxed) + later.load(Ordering::Relaxed),
        0
    );
}

/// Rules apply to the claims that the provider sent, even if Streamlit's cookie does not contain
/// them.
#[tokio::test]
async fn rules_apply_to_claims_missing_from_cookie() {
    const RULE: &str = "allow = { emails = [\"ada@example.com\"] }\n";
    let provider = support::Provider::start().await;
    provider
        .sign_in_with(json!({"sub": "ada", "email": "ada@example.com", "email_verified": true}));
    for line in [
        "",
        "streamlit_cookies = \"current\"",
        "streamlit_cookies = \"tornado\"",
    ] {
        let toml = support::secrets(&provider).auth(line).auth(RULE).toml();
        let (app, calls) = with_hook(AuthLayer::from_toml(&toml).unwrap());
        let mut browser = support::Browser::new(app, support::ORIGIN);
        browser.get("/auth/login").await;
        let user = browser.get("/me").await.json();
        assert_eq!(
            (&user["sub"], user.get("email")),
            (&json!("ada"), None),
            "{line}"
        );

        let (app, _) = with_hook(AuthLayer::from_toml(&toml).unwrap());
        browser.serve(app, support::ORIGIN);
        assert_eq!(browser.get("/guarded").await.json(), user, "{line}");
        assert_eq!(calls.load(Ordering::Relaxed), 1);
        let other = toml.replace("ada@example.com", "bob@example.com");
        let (app, _) = with_hook(AuthLayer::from_toml(&other).unwrap());
        browser.serve(app, support::ORIGIN);
        assert_eq!(
            browser.get("/me").await.json(),
            json!({"is_logged_in": false}),
            "{line}"
        );
    }
}

#[tokio::test]
async fn user_is_logged_in_after_slow_hook_completes() {
    let sent = cookie_header(&accepted()[0]);
    let hook = support::SlowHook::default();
    let auth = hook.on(auth("", TIME));
    let app = super::app::app(&auth);
    let log = support::Log::start();
    let anonymous = ask(&app, Method::GET, "/me", &sent).await;
    assert_eq!(anonymous.1, json!({"is_logged_in": false}));
    assert_eq!(anonymous.2, sent);
    assert_eq!(log.reasons(), ["on_sign_in"]);
    hook.assert_completes().await;
    let (_, user, with_record) = ask(&app, Method::GET, "/me", &sent).await;
    assert_eq!(user["is_logged_in"], true);
    assert_ne!(with_record, sent);
}
