//! One login for a Streamlit app and this crate: its cookies are read, written and removed.
//!
//! `data/streamlit-cookies.json` holds cookies that Streamlit itself made; its single values are tried in `src/cookie/streamlit/golden.rs`.

#![cfg(feature = "streamlit")]

mod support;

use std::time::{Duration, SystemTime};

use axum::{
    Json, Router,
    body::Body,
    http::{Request, Response, StatusCode, header},
    routing::get,
};
use axum_streamlit_auth::{AuthLayer, TestUser, User};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tower::ServiceExt;

const SECRET: &str = "golden-cookie-secret-32-bytes-min!";
const ORIGIN: &str = "http://localhost:8501";
const TIME: u64 = 1_790_000_000;
const DAY: u64 = 24 * 60 * 60;

#[test]
fn every_login_of_streamlits_is_a_user_for_31_days() {
    for login in logins() {
        let header = cookie_header(&login);
        let expected = shown(&login["user_payload"]);

        for age in [0, 30 * DAY + 1, 31 * DAY] {
            assert_eq!(
                user(&auth("", TIME + age), &header),
                Some(expected.clone()),
                "{}",
                login["case"]
            );
        }
        assert_eq!(user(&auth("", TIME + 31 * DAY + 1), &header), None);
        // Streamlit's Tornado accepts this one.
        assert_eq!(user(&auth("", TIME - 1), &header), None);
        assert_eq!(
            user(&auth("cookie_days = 7", TIME + 7 * DAY + 1), &header),
            None
        );
        assert_eq!(
            user(
                &auth_of("another-cookie-secret-of-32-bytes!", "", TIME),
                &header
            ),
            None
        );
        assert_eq!(
            user(&auth_at("http://localhost:8502", "", TIME), &header),
            None
        );
    }
}

#[test]
fn the_name_is_bare_on_https_too() {
    let auth = auth_at("https://app.example", "", TIME);
    let streamlit = auth_at(
        "https://app.example",
        "streamlit_cookies = \"current\"",
        TIME,
    );
    let bare = TestUser::new("ada").cookie(&streamlit);
    assert!(bare.starts_with("_streamlit_user="), "{bare}");
    assert_eq!(sub(&auth, &bare).as_deref(), Some("ada"));

    // The newer of the two counts.
    let earlier = auth_at("https://app.example", "", TIME - 1);
    let later = auth_at("https://app.example", "", TIME + 1);
    let ours = TestUser::new("bob");
    assert_eq!(
        sub(&later, &format!("{bare}; {}", ours.cookie(&earlier))).as_deref(),
        Some("ada")
    );
    assert_eq!(
        sub(&later, &format!("{bare}; {}", ours.cookie(&auth))).as_deref(),
        Some("bob")
    );
    assert_eq!(
        sub(&later, &format!("{bare}; {}", ours.cookie(&later))).as_deref(),
        Some("bob")
    );
}

#[test]
fn changing_the_setting_signs_nobody_out_and_the_cookie_follows_it() {
    let settings = [
        "",
        "streamlit_cookies = \"current\"",
        "streamlit_cookies = \"tornado\"",
    ];
    for from in settings {
        let cookie = TestUser::new("ada")
            .claim("name", "Zoë 🦀")
            .cookie(&auth(from, TIME));
        for to in settings {
            let auth = auth(to, TIME + 60);
            let response = ask(&auth, "/me", &cookie);
            let set = set_cookies(&response);

            assert_eq!(sub(&auth, &cookie).as_deref(), Some("ada"), "{from} → {to}");
            // Without the setting a cookie of Streamlit's stays as it is: Streamlit may own the login.
            assert_eq!(
                set.is_empty(),
                from == to || to.is_empty(),
                "{from} → {to}: {set:?}"
            );
            if let Some(renewed) = set.first() {
                let renewed = renewed.split(';').next().unwrap();
                assert_eq!(user(&auth, renewed), user(&auth, &cookie));
                assert!(set_cookies(&ask(&auth, "/me", renewed)).is_empty());
                assert!(set[0].contains("Max-Age=2591940"), "{set:?}");
            }
        }
    }
}

#[test]
fn a_cookie_under_an_earlier_secret_is_signed_anew_in_its_own_format() {
    for login in logins() {
        let rotated = auth_of(
            "another-cookie-secret-of-32-bytes!",
            &format!("cookie_secrets_old = [{SECRET:?}]"),
            TIME,
        );
        let header = cookie_header(&login);
        let renewed: Vec<String> = set_cookies(&ask(&rotated, "/me", &header))
            .iter()
            .map(|cookie| cookie.split(';').next().unwrap().to_owned())
            .collect();
        let streamlits = auth_of("another-cookie-secret-of-32-bytes!", "", TIME);

        assert_eq!(
            user(&streamlits, &renewed.join("; ")),
            Some(shown(&login["user_payload"])),
            "{}",
            login["case"]
        );
        let value = renewed[0].split_once('=').unwrap().1;
        assert_eq!(value.starts_with("2|"), is_tornado(&login));
    }
}

#[test]
fn tokens_are_shown_where_the_configuration_says_so() {
    for login in logins()
        .iter()
        .filter(|login| login["case"] == "google-like")
    {
        let tokens = |line| answer(&ask(&auth(line, TIME), "/tokens", &cookie_header(login)));
        let stored = &login["tokens_payload"];

        assert_eq!(tokens(""), json!([null, null]));
        assert_eq!(
            tokens("expose_tokens = [\"id\", \"access\"]"),
            json!([stored["id_token"], stored["access_token"]])
        );
        assert!(stored["id_token"].is_string());
    }
}

#[test]
fn signing_out_removes_what_either_of_the_two_wrote() {
    for (base, names) in [
        (
            "https://app.example",
            vec![
                "__Host-_streamlit_user; /",
                "_streamlit_user; /",
                "_streamlit_user_1; /",
                "_streamlit_user_tokens; /",
            ],
        ),
        (
            "https://app.example/app",
            vec![
                "_streamlit_user; /",
                "_streamlit_user; /app",
                "_streamlit_user_1; /",
                "_streamlit_user_1; /app",
                "_streamlit_user_tokens; /",
                "_streamlit_user_tokens; /app",
            ],
        ),
    ] {
        let auth = auth_at(base, "", TIME);
        let sent = "__Host-_streamlit_user=x; _streamlit_user=x; _streamlit_user_1=x; _streamlit_user_tokens=x";
        let path = format!(
            "{}/auth/logout",
            base.strip_prefix("https://app.example").unwrap()
        );
        let mut removed: Vec<String> = set_cookies(&ask(&auth, &path, sent))
            .iter()
            .map(|cookie| {
                assert!(cookie.contains("Max-Age=0"), "{cookie}");
                let name = cookie.split('=').next().unwrap();
                let path = cookie
                    .split("; ")
                    .find_map(|part| part.strip_prefix("Path="))
                    .unwrap();
                format!("{name}; {path}")
            })
            .collect();
        removed.sort();

        assert_eq!(removed, names);
    }
}

#[test]
fn a_login_written_for_streamlit_leaves_nothing_of_ours_behind() {
    let ours = TestUser::new("ada").cookie(&auth_at("https://app.example", "", TIME));
    let auth = auth_at(
        "https://app.example",
        "streamlit_cookies = \"current\"",
        TIME,
    );
    let set = set_cookies(&ask(&auth, "/me", &ours));

    assert!(
        set[0].starts_with("_streamlit_user=") && set[0].contains("; Secure"),
        "{set:?}"
    );
    assert!(
        set[1].starts_with("__Host-_streamlit_user=;") && set[1].contains("Max-Age=0"),
        "{set:?}"
    );
}

#[tokio::test]
async fn a_login_that_streamlit_started_goes_to_its_provider() {
    let provider = support::Provider::start().await;
    let secrets = support::secrets(&provider)
        .cookie_secret(SECRET)
        .provider("second", &provider);
    let auth = AuthLayer::from_toml(&secrets.toml())
        .unwrap()
        .with_clock(|| SystemTime::UNIX_EPOCH + Duration::from_secs(TIME));
    let app = app(&auth);
    let location = async |token: &str| {
        let uri = format!("/auth/login?provider={token}");
        let response = app.clone().oneshot(request(&uri, "")).await.unwrap();
        assert_eq!(response.status(), StatusCode::SEE_OTHER);
        response.headers()[header::LOCATION]
            .to_str()
            .unwrap()
            .to_owned()
    };
    let token = |payload: Value| jwt(SECRET, r#"{"typ":"JWT","alg":"HS256"}"#, &payload);

    for name in ["default", "second"] {
        let good = location(&token(json!({ "provider": name, "exp": TIME + 120 }))).await;
        assert!(good.contains("client_id"), "{good}");
    }
    let payload = json!({ "provider": "default", "exp": TIME + 120 });
    for bad in [
        token(json!({ "provider": "default", "exp": TIME })),
        token(json!({ "provider": "default", "exp": TIME + 200 })),
        token(json!({ "provider": "default", "exp": true })),
        token(json!({ "provider": "default" })),
        token(json!({ "provider": "", "exp": TIME + 120 })),
        token(json!({ "provider": 1, "exp": TIME + 120 })),
        jwt(
            "another-cookie-secret-of-32-bytes!",
            r#"{"alg":"HS256"}"#,
            &payload,
        ),
        jwt(SECRET, r#"{"alg":"none"}"#, &payload),
        token(payload.clone()) + "x",
        token(payload.clone())
            .rsplit_once('.')
            .unwrap()
            .0
            .to_owned()
            + ".",
        String::new(),
        "a.b.c".to_owned(),
    ] {
        assert_eq!(location(&bad).await, "/", "{bad}");
    }
}

fn auth(line: &str, now: u64) -> AuthLayer {
    auth_of(SECRET, line, now)
}

fn auth_of(secret: &str, line: &str, now: u64) -> AuthLayer {
    layer(ORIGIN, secret, line, now)
}

fn auth_at(base: &str, line: &str, now: u64) -> AuthLayer {
    layer(base, SECRET, line, now)
}

fn layer(base: &str, secret: &str, line: &str, now: u64) -> AuthLayer {
    let toml = format!(
        "[auth]\nredirect_uri = \"{base}/oauth2callback\"\ncookie_secret = {secret:?}\nclient_id = \"c\"\nclient_secret = \"s-of-the-client\"\n\
         server_metadata_url = \"https://idp.example.com/.well-known/openid-configuration\"\n{line}\n"
    );
    let clock = move || SystemTime::UNIX_EPOCH + Duration::from_secs(now);
    AuthLayer::from_toml(&toml).unwrap().with_clock(clock)
}

fn app(auth: &AuthLayer) -> Router {
    let tokens =
        |user: User| async move { Json(json!([user.tokens().id(), user.tokens().access()])) };
    Router::new()
        .route("/me", get(async |user: User| Json(user)))
        .route("/tokens", get(tokens))
        .layer(auth.clone())
}

fn request(uri: &str, cookies: &str) -> Request<Body> {
    let request = Request::get(uri)
        .header(header::COOKIE, cookies)
        .header(header::ACCEPT, "text/html");
    request.body(Body::empty()).unwrap()
}

fn ask(auth: &AuthLayer, uri: &str, cookies: &str) -> Response<String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let response = app(auth).oneshot(request(uri, cookies)).await.unwrap();
        let (parts, body) = response.into_parts();
        Response::from_parts(parts, support::text(Response::new(body)).await)
    })
}

fn answer(response: &Response<String>) -> Value {
    serde_json::from_str(response.body()).unwrap()
}

/// The user of a request, `None` if nobody is logged in.
fn user(auth: &AuthLayer, cookies: &str) -> Option<Value> {
    let user = answer(&ask(auth, "/me", cookies));
    (user["is_logged_in"] == true).then_some(user)
}

fn sub(auth: &AuthLayer, cookies: &str) -> Option<String> {
    Some(user(auth, cookies)?["sub"].as_str()?.to_owned())
}

fn set_cookies(response: &Response<String>) -> Vec<String> {
    let cookies = response.headers().get_all(header::SET_COOKIE).iter();
    cookies
        .map(|cookie| cookie.to_str().unwrap().to_owned())
        .collect()
}

fn logins() -> Vec<Value> {
    let data: Value = serde_json::from_str(include_str!("data/streamlit-cookies.json")).unwrap();
    let logins = data["login_cookies"].as_array().unwrap();
    assert!(logins.len() >= 8);
    logins.clone()
}

fn is_tornado(login: &Value) -> bool {
    login["format"] == "tornado-signed-v2"
}

/// What a browser sends: with Python's quotes where Tornado put them.
fn cookie_header(login: &Value) -> String {
    if let Some(wire) = login["cookie_header_wire"].as_str() {
        return wire.to_owned();
    }
    let cookies = login["cookies"].as_object().unwrap().iter();
    let pairs: Vec<_> = cookies
        .map(|(name, value)| format!("{name}={}", value.as_str().unwrap()))
        .collect();
    pairs.join("; ")
}

/// The payload as a user shows it.
fn shown(payload: &Value) -> Value {
    let mut shown = payload.as_object().unwrap().clone();
    shown.shift_remove("origin");
    shown.into()
}

/// HS256, made here and not by the crate.
fn jwt(secret: &str, header: &str, payload: &Value) -> String {
    let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
    let signed = format!(
        "{}.{}",
        encode(header.as_bytes()),
        encode(payload.to_string().as_bytes())
    );
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(signed.as_bytes());
    format!("{signed}.{}", encode(&mac.finalize().into_bytes()))
}
