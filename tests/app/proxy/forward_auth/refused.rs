//! Refusals: 401, 403, and the redirect for a proxy that passes it on.

use axum::http::header;
use axum_streamlit_auth::{AuthLayer, TestUser};

use super::{NAVIGATION, NEXT, NGINX, SUBRESOURCES, TRAEFIK, ada, auth, check, toml};
use support::{ORIGIN, text};

fn joined<'a>(
    one: &[(&'static str, &'a str)],
    other: &[(&'static str, &'a str)],
) -> Vec<(&'static str, &'a str)> {
    [one, other].concat()
}

#[tokio::test]
async fn page_behind_nginx_gets_unauthorized() {
    let auth = auth("x-user = \"sub\"");
    for headers in [
        joined(&NGINX, &NAVIGATION),
        joined(
            &[("x-original-url", "http://localhost:8501/report?a=1&b=2")],
            &NAVIGATION,
        ),
        // A client may send the header of another proxy.
        joined(&joined(&NGINX, &TRAEFIK), &NAVIGATION),
    ] {
        let response = check(&auth, "", &headers).await;
        assert_eq!(response.status(), 401);
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
        assert!(response.headers().contains_key(header::WWW_AUTHENTICATE));
        assert!(!response.headers().contains_key("x-user"));
        let body = text(response).await;
        assert!(body.contains(&format!("\"/auth/login?{NEXT}\"")), "{body}");
    }
}

#[tokio::test]
async fn page_behind_traefik_is_redirected() {
    for (base, login) in [
        (ORIGIN, format!("{ORIGIN}/auth/login?{NEXT}")),
        (
            "https://app.example/app",
            "https://app.example/app/auth/login?next=%2Fapp%2Freport%3Fa%3D1%26b%3D2".to_owned(),
        ),
    ] {
        let auth = AuthLayer::from_toml(&toml(base, "[auth.headers]\nx-user = \"sub\"\n")).unwrap();
        let response = check(&auth, "", &joined(&TRAEFIK, &NAVIGATION)).await;
        assert_eq!(response.status(), 303);
        assert_eq!(response.headers()[header::LOCATION], *login);
        assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
    }
}

#[tokio::test]
async fn other_requests_behind_traefik_get_unauthorized() {
    let auth = auth("x-user = \"sub\"");
    let others: [&[(&str, &str)]; 3] = [
        &[("hx-request", "true"), ("accept", "text/html")],
        &[("sec-purpose", "prefetch"), ("accept", "text/html")],
        &[("sec-fetch-mode", "navigate"), ("sec-fetch-dest", "iframe")],
    ];
    for kind in [&SUBRESOURCES[..], &others].concat() {
        let response = check(&auth, "", &joined(&TRAEFIK, kind)).await;
        assert_eq!(response.status(), 401, "{kind:?}");
        assert!(
            !response.headers().contains_key(header::LOCATION),
            "{kind:?}"
        );
        assert_eq!(
            response.headers()[header::CACHE_CONTROL],
            "no-store",
            "{kind:?}"
        );
    }
}

/// A forged header only changes the page that its own sender returns to.
#[tokio::test]
async fn return_path_is_a_page_of_this_origin() {
    let auth = auth("x-user = \"sub\"");
    let long = format!("/{}", "a".repeat(5000));
    for (uri, next) in [
        ("https://evil.example/x?y", "next=%2Fx%3Fy"),
        ("//evil.example/x", ""),
        ("/\\evil.example", ""),
        ("/auth/logout", ""),
        ("/auth/login?next=/x", ""),
        ("/auth/check", ""),
        ("/auth/check/?x", ""),
        ("/auth/check/groups=admin", ""),
        ("/oauth2callback?code=1", ""),
        ("evil.example:443", ""),
        ("*", ""),
        ("", ""),
        ("/ü", ""),
        (&long, ""),
        (
            "/x?next=%2Fauth%2Flogout&y=%0d%0a",
            "next=%2Fx%3Fnext%3D%252Fauth%252Flogout%26y%3D%250d%250a",
        ),
    ] {
        let headers = joined(&[("x-forwarded-uri", uri)], &NAVIGATION);
        let response = check(&auth, "", &headers).await;
        assert_eq!(response.status(), 303, "{uri}");
        let location = response.headers()[header::LOCATION].to_str().unwrap();
        let next = if next.is_empty() { "next=%2F" } else { next };
        let expected = format!("{ORIGIN}/auth/login?{next}");
        let is_home = next == "next=%2F" && location == format!("{ORIGIN}/auth/login");
        assert!(location == expected || is_home, "{uri}: {location}");
    }
}

#[tokio::test]
async fn forged_path_does_not_bypass_the_check() {
    let auth = auth("x-user = \"sub\"");
    for uri in [
        "/",
        "/auth/login",
        "/oauth2callback",
        "/_stcore/health",
        "/public",
        "/favicon.ico",
    ] {
        for name in ["x-forwarded-uri", "x-original-uri", "x-original-url"] {
            let response = check(&auth, "", &[(name, uri)]).await;
            assert_eq!(response.status(), 401, "{name}: {uri}");
        }
    }
}

#[tokio::test]
async fn invalid_identity_is_unauthorized() {
    let auth = auth("x-user = \"sub\"");
    for cookie in ["_streamlit_user=x", &format!("{}x", ada(&auth))] {
        let response = check(&auth, cookie, &NGINX).await;
        assert_eq!(response.status(), 401, "{cookie}");
        assert!(!response.headers().contains_key("x-user"));
    }
}

/// The user may have been allowed at the time of the login. Another login with the same account
/// would fail as well, so that a 401 would cause a redirect loop.
#[tokio::test]
async fn user_without_permission_is_forbidden() {
    let before = auth("x-user = \"sub\"");
    let rules = "[auth.headers]\nx-user = \"sub\"\n[auth.allow]\nemails = [\"bob@example.com\"]\n";
    let after = AuthLayer::from_toml(&toml(ORIGIN, rules)).unwrap();
    let cookie = TestUser::new("ada").cookie(&before);
    for proxy in [&NGINX[..], &TRAEFIK] {
        for kind in [&[][..], &NAVIGATION] {
            let response = check(&after, &cookie, &joined(proxy, kind)).await;
            assert_eq!(response.status(), 403, "{proxy:?} {kind:?}");
            assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
            assert!(!response.headers().contains_key("x-user"));
        }
    }
    let bob = TestUser::new("bob").claim("email", "bob@example.com");
    let bob = bob.claim("email_verified", true).cookie(&after);
    assert_eq!(check(&after, &bob, &NGINX).await.status(), 204);
}

/// The method and origin of the browser are taken from the headers, because the proxy always sends
/// a GET.
#[tokio::test]
async fn request_from_another_site_has_no_identity() {
    const CROSS: (&str, &str) = ("sec-fetch-site", "cross-site");
    let page = [
        CROSS,
        ("sec-fetch-mode", "navigate"),
        ("sec-fetch-dest", "document"),
    ];
    let link = [("x-original-method", "GET")];
    let auth = auth("x-user = \"sub\"");
    for (name, headers, is_admitted) in [
        ("a link", joined(&link, &page), true),
        (
            "a link behind Caddy",
            joined(&[("x-forwarded-method", "GET")], &page),
            true,
        ),
        ("a link, no method", page.to_vec(), true),
        (
            "a form",
            joined(&[("x-original-method", "POST")], &page),
            false,
        ),
        (
            "a form behind Caddy",
            joined(&[("x-forwarded-method", "POST")], &page),
            false,
        ),
        (
            "a form with a forged method",
            joined(
                &[("x-original-method", "POST"), ("x-forwarded-method", "GET")],
                &page,
            ),
            false,
        ),
        (
            "a form with a repeated method",
            joined(
                &[("x-original-method", "GET"), ("x-original-method", "POST")],
                &page,
            ),
            false,
        ),
        (
            "a method in lower case",
            joined(&[("x-original-method", "get")], &page),
            false,
        ),
        (
            "a form, no method",
            joined(&[("origin", "https://evil.example")], &page),
            false,
        ),
        (
            "a form of a sandbox, no method",
            joined(&[("origin", "null")], &page),
            false,
        ),
        (
            "fetch",
            vec![
                CROSS,
                ("sec-fetch-mode", "cors"),
                ("sec-fetch-dest", "empty"),
            ],
            false,
        ),
        (
            "an image",
            vec![
                CROSS,
                ("sec-fetch-mode", "no-cors"),
                ("sec-fetch-dest", "image"),
            ],
            false,
        ),
        (
            "a WebSocket",
            vec![
                ("origin", "https://evil.example"),
                ("upgrade", "websocket"),
                ("connection", "upgrade"),
            ],
            false,
        ),
        (
            "a WebSocket of this origin",
            vec![
                ("origin", ORIGIN),
                ("upgrade", "websocket"),
                ("connection", "upgrade"),
            ],
            true,
        ),
    ] {
        let response = check(&auth, &ada(&auth), &headers).await;
        let expected = if is_admitted { 204 } else { 401 };
        assert_eq!(response.status(), expected, "{name}");
        assert_eq!(
            response.headers().contains_key("x-user"),
            is_admitted,
            "{name}"
        );
    }
}

/// nginx passes on only one of several headers.
#[tokio::test]
async fn challenges_share_one_header() {
    let tables = "bearer_audience = \"https://api.example\"\n[auth.headers]\n";
    let auth = AuthLayer::from_toml(&toml(ORIGIN, tables)).unwrap();
    let response = check(&auth, "", &NGINX).await;
    let challenges = response.headers().get_all(header::WWW_AUTHENTICATE).iter();
    let challenges: Vec<_> = challenges.map(|value| value.to_str().unwrap()).collect();
    let [challenge] = challenges[..] else {
        panic!("{challenges:?}");
    };
    assert!(
        challenge.starts_with("Bearer resource_metadata="),
        "{challenge}"
    );
    assert!(
        challenge.ends_with(", Cookie realm=\"login\""),
        "{challenge}"
    );
}

#[tokio::test]
async fn redirect_loop_ends_on_a_page() {
    let auth = auth("x-user = \"sub\"");
    let headers = joined(&TRAEFIK, &NAVIGATION);
    let response = check(&auth, "_streamlit_recent_logins=2", &headers).await;
    assert!(response.status().is_client_error(), "{}", response.status());
    assert_ne!(response.status(), 401);
    assert_eq!(response.headers()[header::CACHE_CONTROL], "no-store");
}
