//! Valid return paths, and paths that are not pages.

use axum::{Router, http::Method, routing::get};
use axum_streamlit_auth::LoggedIn;

use super::{BASES, finish, login_with_next, login_with_signed_next, navigation, test_app};
use support::{Mode, ORIGIN, Provider, TestApp, Visit, call, secrets_at};

/// A return path to an endpoint would log the user out or in again.
#[tokio::test]
async fn auth_endpoints_are_not_return_paths() {
    let mut test_app = test_app(ORIGIN).await;
    for next in [
        "/auth/logout",
        "/auth/logout/",
        "/auth/logout?x=1",
        "/auth/logout#x",
        "/auth/logout;x",
        "/auth;x/logout",
        "/AUTH/Logout",
        "/auth//logout",
        "/auth/./logout",
        "/x/../auth/logout",
        "/./auth/logout",
        "/%61uth/logout",
        "/auth%2flogout",
        "/auth%2Flogout",
        "/auth/log%6fut",
        "/auth/%2e/logout",
        "/x/%2e%2e/auth/logout",
        "/x%2f..%2fauth/logout",
        "/%2561uth/logout",
        "/auth%5clogout",
        "/auth/login",
        "/auth/login/default",
        "/auth/login/x?next=/",
        "/auth/dev/authorize",
        "/oauth2callback",
        "/oauth2callback?code=x&state=y",
        "/OAuth2Callback",
        "/oauth2callback/",
        "/oauth2callback/x",
    ] {
        for way in [true, false] {
            let page = if way {
                login_with_next(&mut test_app, ORIGIN, next).await
            } else {
                login_with_signed_next(&mut test_app, ORIGIN, next).await
            };
            assert_eq!(page.location(), Some("/"), "{next}");
        }
    }
    let base = "https://app.example/app";
    let mut test_app = super::test_app(base).await;
    for next in [
        "/app/auth/logout",
        "/auth/logout",
        "/APP/auth/logout",
        "/app//auth/logout",
        "/app/x/../auth/logout",
    ] {
        let page = login_with_next(&mut test_app, base, next).await;
        assert_eq!(page.location(), Some("/app/"), "{next}");
    }
}

#[tokio::test]
async fn return_path_is_preserved_byte_for_byte() {
    for base in BASES {
        let mut app = test_app(base).await;
        for next in [
            "/",
            "/ok?next=//evil.example",
            "/ok?next=https://evil.example/",
            "/ok/a//b",
            "/ok#frag",
            "/suche?q=%C3%BC",
            "/suche?q=%c3%bc",
            "/a%2Fb",
            "/a%2fb",
            "/?a=1&a=2",
            "/?",
            "/x;v=1",
            "/@user",
            "/a:b",
            "/a?b=c+d%20e",
            "/a/./b",
            "/.well-known/x",
            "/a?x=%252f",
            "/a'b",
            "/a|b",
            "/{a}",
            "/a?b=\"<>`",
            "/auth",
            "/authors",
            "/auth/loginhelp",
            "/auth/logouts",
            "/x/auth/logout",
            "/oauth2callbacks",
            "/x?/auth/logout",
        ] {
            let page = login_with_next(&mut app, base, next).await;
            assert_eq!(page.location(), Some(next), "{base}");
        }
    }
}

/// A subresource of a page is not a page to return to.
#[tokio::test]
async fn login_returns_to_last_opened_page() {
    let mut app = TestApp::new().await;
    let start = app.start("/report?year=2026").await;
    let guarded = Visit::get(app.browser.url("/guarded?beside"));
    let beside = [
        guarded.clone().mode(Mode::Cors),
        guarded.clone().mode(Mode::NoCors),
        guarded.clone().mode(Mode::Frame),
        guarded
            .clone()
            .mode(Mode::Cors)
            .header("hx-request", "true"),
        guarded.clone().mode(Mode::Cors).method(Method::POST),
        guarded.clone().header("sec-fetch-mode", "websocket"),
        guarded.clone().header("sec-purpose", "prefetch"),
        Visit::get(app.browser.url("/favicon.ico")).mode(Mode::NoCors),
        Visit::get(app.browser.url("/no-such-page")),
    ];
    for visit in beside {
        let page = app.browser.step(visit).await;
        assert!([401, 404].contains(&page.status.as_u16()), "{page:?}");
        assert_eq!((page.location(), page.set_cookies()), (None, vec![]));
    }
    assert_eq!(app.attempts().len(), 1);

    let callback = app.return_from_provider(start).await;
    assert_eq!(
        app.browser.step(callback).await.location(),
        Some("/report?year=2026")
    );
}

/// A form returns to the page that contains it, if that is a page of the app.
#[tokio::test]
async fn form_post_returns_to_its_page() {
    let mut app = TestApp::new().await;
    // A smaller form is kept on a page instead.
    let too_large = "1".repeat(64 * 1024);
    for (referer, landed) in [
        (Some("http://localhost:8501/me?form=1"), "/me?form=1"),
        (Some("http://localhost:8501/"), "/"),
        (Some("http://localhost:8501"), "/"),
        (Some("http://localhost:8501.evil.example/me"), "/"),
        (Some("http://localhost:8501@evil.example/me"), "/"),
        (Some("http://localhost:8501//evil.example/me"), "/"),
        (Some("https://evil.example/me"), "/"),
        (None, "/"),
    ] {
        app.browser.jar.clear();
        let mut form = Visit::post(app.browser.url("/guarded"), &[("a", &too_large)]);
        form = form.started_by(app.browser.url("/me"));
        if let Some(referer) = referer {
            form = form.header("referer", referer);
        }
        let page = app.browser.step(form).await;
        assert_eq!(
            page.status.as_u16(),
            303,
            "a redirect that posts nothing again"
        );
        let callback = app.return_from_provider(page.next().unwrap()).await;
        let page = app.browser.step(callback).await;
        assert_eq!(page.location(), Some(landed), "{referer:?}");
    }
}

/// The return path is the one in the URL of the browser, even behind routers and proxies that
/// remove parts of it.
#[tokio::test]
async fn return_path_includes_each_prefix_once() {
    let page = || Router::new().route("/report", get(|LoggedIn(_): LoggedIn| async {}));
    let app = |base: &str| -> Router {
        match base {
            "nested" => Router::new().nest("/inner", page()),
            _ => Router::new().nest("/app", Router::new().nest("/inner", page())),
        }
    };
    for (base, routes, target, landed) in [
        (ORIGIN, "nested", "/inner/report?x=1", "/inner/report?x=1"),
        (
            "https://app.example/app",
            "whole",
            "/app/inner/report?x=1",
            "/app/inner/report?x=1",
        ),
        // The proxy removes the base path.
        (
            "https://app.example/app",
            "nested",
            "/inner/report?x=1",
            "/app/inner/report?x=1",
        ),
    ] {
        let provider = Provider::start().await;
        let secrets = secrets_at(&provider, base);
        let mut test_app = TestApp::with_provider(provider, &secrets, base);
        let inside = app(routes).layer(test_app.clock.layer(&secrets.toml()));
        let response = call(&inside, navigation(target).unwrap()).await;
        assert_eq!(
            finish(&mut test_app, base, response).await.location(),
            Some(landed)
        );
    }
    // The layer itself is inside a nested router.
    let provider = Provider::start().await;
    let secrets = secrets_at(&provider, ORIGIN);
    let mut test_app = TestApp::with_provider(provider, &secrets, ORIGIN);
    let inside = page().layer(test_app.clock.layer(&secrets.toml()));
    let outside = Router::new().nest("/inner", inside);
    let response = call(&outside, navigation("/inner/report?x=1").unwrap()).await;
    let page = finish(&mut test_app, ORIGIN, response).await;
    assert_eq!(page.location(), Some("/inner/report?x=1"));
}

/// The size of the attempt cookie is the limit, for http and https. A longer path leads to the
/// start page and does not prevent the login.
#[tokio::test]
async fn return_path_is_limited_by_the_cookie() {
    for base in [ORIGIN, "https://app.example", "https://app.example/app"] {
        let mut app = test_app(base).await;
        let below = base
            .trim_start_matches("https://app.example")
            .trim_start_matches(ORIGIN);
        let mut longest = 0;
        for length in (2000..3200).step_by(50) {
            let next = format!("{below}/{}", "x".repeat(length - below.len() - 1));
            app.browser.jar.clear();
            let page = login_with_next(&mut app, base, &next).await;
            if page.location() == Some(&*next) {
                assert!(longest == length - 50 || length == 2000, "{base} {length}");
                longest = length;
            } else {
                let home = format!("{below}/");
                assert_eq!(page.location(), Some(&*home), "{base} {length}");
            }
            assert_eq!(app.browser.jar.refused(), [], "{base} {length}");
        }
        // Some browsers count attributes towards the 4,096 bytes.
        for length in (2500..2900).step_by(3) {
            let url = format!("{base}/auth/login?next=/{}", "x".repeat(length));
            let page = app.browser.step(Visit::get(app.browser.url(&url))).await;
            assert!(
                page.set_cookies().iter().all(|set| set.len() <= 4096),
                "{base} {length}"
            );
        }
        // The number that README.md states.
        assert!((2500..2900).contains(&longest), "{base} {longest}");
    }
}

/// Characters that JSON escapes need twice the space.
#[tokio::test]
async fn escaped_return_path_fits_or_is_dropped() {
    let mut app = TestApp::new().await;
    for (length, kept) in [(1200, true), (1900, false), (3900, false)] {
        app.browser.jar.clear();
        let next = format!("/?{}", "\"".repeat(length));
        let page = login_with_next(&mut app, ORIGIN, &next).await;
        let expected = if kept { next.as_str() } else { "/" };
        assert_eq!(page.location(), Some(expected), "{length}");
        assert_eq!(app.browser.jar.refused(), []);
    }
}

/// Guards, `Login` responses and the sign-in page accept the same lengths.
#[tokio::test]
async fn guards_keep_long_return_paths() {
    for start in ["/guarded?q=", "/report?q="] {
        let mut app = TestApp::new().await;
        let page = format!("{start}{}", "%C3%BC".repeat(400));
        let callback = app.callback_from(&page).await;
        assert_eq!(app.browser.step(callback).await.location(), Some(&*page));
    }
}
