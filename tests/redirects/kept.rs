//! Pages to come back to, and what is none.

use axum::{Router, http::Method, routing::get};
use axum_streamlit_auth::LoggedIn;

use crate::{
    BASES, finish, login_with_next, login_with_signed_next, navigation, stage,
    support::{Mode, ORIGIN, Provider, Stage, Visit, answer, secrets_at},
};

/// Row 109: going there would log out, or in once more.
#[tokio::test]
async fn a109_our_own_endpoints_are_no_pages() {
    let mut stage = stage(ORIGIN).await;
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
                login_with_next(&mut stage, ORIGIN, next).await
            } else {
                login_with_signed_next(&mut stage, ORIGIN, next).await
            };
            assert_eq!(page.location(), Some("/"), "{next}");
        }
    }
    let base = "https://app.example/app";
    let mut stage = crate::stage(base).await;
    for next in [
        "/app/auth/logout",
        "/auth/logout",
        "/APP/auth/logout",
        "/app//auth/logout",
        "/app/x/../auth/logout",
    ] {
        let page = login_with_next(&mut stage, base, next).await;
        assert_eq!(page.location(), Some("/app/"), "{next}");
    }
}

/// Row 110.
#[tokio::test]
async fn a110_pages_of_the_app_are_kept_to_the_byte() {
    for base in BASES {
        let mut stage = stage(base).await;
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
            let page = login_with_next(&mut stage, base, next).await;
            assert_eq!(page.location(), Some(next), "{base}");
        }
    }
}

/// Row 111: what a page loads or sends beside it is no page to come back to.
#[tokio::test]
async fn a111_the_visitor_lands_on_the_last_page_that_they_opened() {
    let mut stage = Stage::new().await;
    let start = stage.start("/report?year=2026").await;
    let guarded = Visit::get(stage.browser.url("/guarded?beside"));
    let beside = [
        guarded.clone().mode(Mode::Cors),
        guarded.clone().mode(Mode::NoCors),
        guarded.clone().mode(Mode::Frame),
        guarded
            .clone()
            .mode(Mode::Cors)
            .header("hx-request", "true"),
        guarded.clone().mode(Mode::Cors).method(Method::POST),
        guarded.clone().header("upgrade", "websocket"),
        guarded.clone().header("sec-purpose", "prefetch"),
        Visit::get(stage.browser.url("/favicon.ico")).mode(Mode::NoCors),
        Visit::get(stage.browser.url("/no-such-page")),
    ];
    for visit in beside {
        let page = stage.browser.step(visit).await;
        assert!([401, 404].contains(&page.status.as_u16()), "{page:?}");
        assert_eq!((page.location(), page.set_cookies()), (None, vec![]));
    }
    assert_eq!(stage.attempts().len(), 1);

    let callback = stage.come_back(start).await;
    assert_eq!(
        stage.browser.step(callback).await.location(),
        Some("/report?year=2026")
    );
}

/// Row 111: a form leads back to the page that it stood on, if that was one of ours.
#[tokio::test]
async fn a111_a_form_leads_back_to_its_page() {
    let mut stage = Stage::new().await;
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
        stage.browser.jar.clear();
        let mut form = Visit::post(stage.browser.url("/guarded"), &[("a", "1")]);
        form = form.started_by(stage.browser.url("/me"));
        if let Some(referer) = referer {
            form = form.header("referer", referer);
        }
        let page = stage.browser.step(form).await;
        assert_eq!(
            page.status.as_u16(),
            303,
            "a redirect that posts nothing again"
        );
        let callback = stage.come_back(page.next().unwrap()).await;
        let page = stage.browser.step(callback).await;
        assert_eq!(page.location(), Some(landed), "{referer:?}");
    }
}

/// Row 112: the page as the browser knows it, behind routers and proxies that know only a part of its path.
#[tokio::test]
async fn a112_prefixes_of_routers_and_proxies_are_kept_once() {
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
        // The proxy strips the base path.
        (
            "https://app.example/app",
            "nested",
            "/inner/report?x=1",
            "/app/inner/report?x=1",
        ),
    ] {
        let provider = Provider::start().await;
        let secrets = secrets_at(&provider, base);
        let mut stage = Stage::of(provider, &secrets, base);
        let inside = app(routes).layer(stage.clock.layer(&secrets.toml()));
        let response = answer(&inside, navigation(target).unwrap()).await;
        assert_eq!(
            finish(&mut stage, base, response).await.location(),
            Some(landed)
        );
    }
    // The layer itself stands inside of a router.
    let provider = Provider::start().await;
    let secrets = secrets_at(&provider, ORIGIN);
    let mut stage = Stage::of(provider, &secrets, ORIGIN);
    let inside = page().layer(stage.clock.layer(&secrets.toml()));
    let outside = Router::new().nest("/inner", inside);
    let response = answer(&outside, navigation("/inner/report?x=1").unwrap()).await;
    let page = finish(&mut stage, ORIGIN, response).await;
    assert_eq!(page.location(), Some("/inner/report?x=1"));
}

/// Up to what the attempt's cookie holds, and in every scheme. A longer path ends at home, and never stops the login.
#[tokio::test]
async fn longest_return_path_is_what_the_cookie_holds() {
    for base in [ORIGIN, "https://app.example", "https://app.example/app"] {
        let mut stage = stage(base).await;
        let below = base
            .trim_start_matches("https://app.example")
            .trim_start_matches(ORIGIN);
        let mut longest = 0;
        for length in (2000..3200).step_by(50) {
            let next = format!("{below}/{}", "x".repeat(length - below.len() - 1));
            stage.browser.jar.clear();
            let page = login_with_next(&mut stage, base, &next).await;
            if page.location() == Some(&*next) {
                assert!(longest == length - 50 || length == 2000, "{base} {length}");
                longest = length;
            } else {
                let home = format!("{below}/");
                assert_eq!(page.location(), Some(&*home), "{base} {length}");
            }
            assert_eq!(stage.browser.jar.refused(), [], "{base} {length}");
        }
        // Some browsers include the attributes in the 4,096 bytes.
        for length in (2500..2900).step_by(3) {
            let url = format!("{base}/auth/login?next=/{}", "x".repeat(length));
            let page = stage
                .browser
                .step(Visit::get(stage.browser.url(&url)))
                .await;
            assert!(
                page.set_cookies().iter().all(|set| set.len() <= 4096),
                "{base} {length}"
            );
        }
        // README's number.
        assert!((2500..2900).contains(&longest), "{base} {longest}");
    }
}

/// Characters that JSON escapes take twice the space, so fewer fit.
#[tokio::test]
async fn return_path_of_escaped_characters_fits_or_is_left_out() {
    let mut stage = Stage::new().await;
    for (length, kept) in [(1200, true), (1900, false), (3900, false)] {
        stage.browser.jar.clear();
        let next = format!("/?{}", "\"".repeat(length));
        let page = login_with_next(&mut stage, ORIGIN, &next).await;
        let expected = if kept { next.as_str() } else { "/" };
        assert_eq!(page.location(), Some(expected), "{length}");
        assert_eq!(stage.browser.jar.refused(), []);
    }
}

/// A guard, a handler's `Login` and the page to choose from hand on the same lengths.
#[tokio::test]
async fn guards_keep_long_return_paths() {
    for start in ["/guarded?q=", "/report?q="] {
        let mut stage = Stage::new().await;
        let page = format!("{start}{}", "%C3%BC".repeat(400));
        let callback = stage.callback_of(&page).await;
        assert_eq!(stage.browser.step(callback).await.location(), Some(&*page));
    }
}
