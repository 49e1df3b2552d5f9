//! Logout requests: accepted from the app and from a typed URL, rejected from pages of other sites.

use axum::http::Method;
use url::Url;

use super::ada;
use support::{Browser, Mode, Page, Visit, jar::Context};

/// Sends a request with all cookies of ada, whatever their `SameSite`. Returns the user afterwards.
async fn after(browser: &mut Browser, mut visit: Visit) -> (Page, String) {
    let url = browser.url("/");
    let cookies = browser.jar.header(&url, Context::SameSite).unwrap();
    visit = visit.header("cookie", &cookies);
    let page = browser.step(visit).await;
    let who = browser.get("/").await.text();
    (page, who)
}

#[tokio::test]
async fn cross_site_logout_is_refused() {
    let other_sites = [
        "https://evil.example/",
        "http://evil.localhost:8501/",
        "http://localhost:9000/",
    ];
    for path in ["/auth/logout", "/logout"] {
        for other_site in other_sites {
            let (provider, mut browser) = ada(|secrets| secrets).await;
            let other_site = Url::parse(other_site).unwrap();
            let url = browser.url(path);
            for visit in [
                Visit::get(url.clone()).mode(Mode::NoCors),
                Visit::get(url.clone()).mode(Mode::Cors),
                Visit::get(url.clone()).mode(Mode::Frame),
                Visit::post(url.clone(), &[]),
                Visit::post(url.clone(), &[]).mode(Mode::Cors),
                Visit::post(url.clone(), &[]).mode(Mode::NoCors),
            ] {
                if path == "/logout" && visit.method == Method::POST {
                    continue; // The handler only accepts GET.
                }
                let visit = visit.started_by(other_site.clone());
                let (page, who) = after(&mut browser, visit.clone()).await;
                assert_eq!(
                    (page.status.as_u16(), who.as_str()),
                    (403, "ada"),
                    "{visit:?}"
                );
                assert!(page.set_cookies().is_empty() && page.location().is_none());
                assert!(page.text().contains("Another website tried"), "{page:?}");
                // Without fetch metadata, the request is rejected because of its `Origin`.
                if visit.method == Method::POST {
                    browser.modern = false;
                    let (page, who) = after(&mut browser, visit).await;
                    assert_eq!((page.status.as_u16(), who.as_str()), (403, "ada"));
                    browser.modern = true;
                }
            }
            assert_eq!(provider.all_requests().len(), 0);
        }
    }
}

/// GET is allowed for a plain link, as in Streamlit. A user who follows a link on another site sees
/// where it leads.
#[tokio::test]
async fn own_logout_link_works() {
    for (path, other_site) in [
        ("/auth/logout", Some("https://evil.example/")),
        ("/logout", Some("https://evil.example/")),
        ("/auth/logout", None),
        ("/logout", None),
    ] {
        let (_provider, mut browser) = ada(|secrets| secrets).await;
        let mut visit = Visit::get(browser.url(path));
        if let Some(other_site) = other_site {
            visit = visit.started_by(other_site.parse().unwrap());
        }
        assert_eq!(browser.follow(visit).await.text(), "nobody", "{path}");
    }
    let (_provider, mut browser) = ada(|secrets| secrets).await;
    browser.get("/").await;
    assert_eq!(browser.post("/auth/logout", &[]).await.text(), "nobody");
    let (_provider, mut browser) = ada(|secrets| secrets).await;
    browser.get("/").await;
    browser.fetch("/auth/logout").await;
    assert_eq!(browser.get("/").await.text(), "nobody");
}

#[tokio::test]
async fn prefetch_and_head_do_not_log_out() {
    for path in ["/auth/logout", "/logout"] {
        let (provider, mut browser) = ada(|secrets| secrets).await;
        let url = browser.url(path);
        for (name, value) in [
            ("sec-purpose", "prefetch"),
            ("sec-purpose", "prefetch;prerender"),
            ("purpose", "prefetch"),
            ("x-moz", "prefetch"),
        ] {
            let page = browser
                .step(Visit::get(url.clone()).header(name, value))
                .await;
            assert_eq!(page.status, 503, "{path} {value}");
            assert!(page.set_cookies().is_empty());
            assert_eq!(page.header("cache-control"), Some("no-store"));
        }
        let page = browser
            .step(Visit::get(url.clone()).method(Method::HEAD))
            .await;
        assert!(page.set_cookies().is_empty(), "{path}");
        assert_eq!((page.status.as_u16(), page.location()), (303, Some("/")));
        for method in [Method::PUT, Method::DELETE, Method::OPTIONS, Method::PATCH] {
            let page = browser.step(Visit::get(url.clone()).method(method)).await;
            assert!(page.set_cookies().is_empty());
            if path == "/auth/logout" {
                assert_eq!(
                    (page.status.as_u16(), page.header("allow")),
                    (405, Some("GET, HEAD, POST"))
                );
            }
        }
        assert_eq!(browser.get("/").await.text(), "ada");
        assert_eq!(provider.all_requests().len(), 0);
        assert_eq!(
            browser.get(path).await.text(),
            "nobody",
            "the real request follows"
        );
    }
}

#[tokio::test]
async fn logout_ignores_redirect_parameters() {
    let (_provider, browser) = ada(|secrets| secrets.auth("provider_logout = false")).await;
    for next in [
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "https://evil.example",
        "https:///evil.example",
        "/\t/evil.example",
        "https://app.example@evil.example/",
        "//evil%00.example",
        "javascript:alert(1)",
        "/x\r\nSet-Cookie: a=b",
        "/guarded",
        "",
    ] {
        let mut browser = browser.clone();
        let mut url = browser.url("/auth/logout");
        for name in [
            "next",
            "redirect_uri",
            "post_logout_redirect_uri",
            "returnTo",
            "rd",
        ] {
            url.query_pairs_mut().append_pair(name, next);
        }
        let page = browser.step(Visit::get(url)).await;
        assert_eq!(
            (page.status.as_u16(), page.location()),
            (303, Some("/")),
            "{next}"
        );
    }
}
