//! A logout must be confirmed if a script of another site navigates to it.

use axum::http::Method;
use axum_streamlit_auth::AuthLayer;
use url::Url;

use super::ada;
use support::{Browser, Mode, Page, Provider, Visit, app_below, secrets_at};

const OTHER_SITES: [&str; 3] = [
    "https://evil.example/",
    // Another origin of the same site.
    "http://localhost:9000/",
    "http://evil.localhost:8501/",
];

/// The response to `location.href = …` on a page of `other_site`.
async fn by_script(browser: &mut Browser, path: &str, other_site: &str) -> Page {
    let visit = Visit::get(browser.url(path)).started_by(Url::parse(other_site).unwrap());
    browser.step(visit.by_script()).await
}

#[tokio::test]
async fn cross_site_script_gets_a_confirmation_page() {
    for path in [
        "/auth/logout",
        "/auth/logout/",
        "/auth/logout?x=1",
        "/logout",
    ] {
        for other_site in OTHER_SITES {
            let (provider, mut browser) = ada(|secrets| secrets).await;
            let page = by_script(&mut browser, path, other_site).await;
            assert_eq!(page.status, 200, "{path} {other_site}: {page:?}");
            assert!(
                page.text().contains("<h1>Do you want to sign out?</h1>"),
                "{page:?}"
            );
            let form = "<form action=\"/auth/logout\" method=\"post\">";
            assert!(page.text().contains(form), "{page:?}");
            assert_eq!((page.location(), page.set_cookies()), (None, vec![]));
            assert_eq!(page.header("cache-control"), Some("no-store"));
            // The page must not be framed, because the click could be stolen.
            let policy = page.header("content-security-policy").unwrap();
            assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
            assert_eq!(provider.all_requests().len(), 0);
            assert_eq!(browser.get("/").await.text(), "ada");

            browser.page = Some(page.url);
            assert_eq!(browser.post("/auth/logout", &[]).await.text(), "nobody");
        }
    }
}

#[tokio::test]
async fn confirmation_page_exists_in_every_language() {
    let (_provider, mut browser) = ada(|secrets| secrets).await;
    for (language, button) in [
        ("en", "Sign out"),
        ("de", "Abmelden"),
        ("es", "Cerrar sesión"),
        ("fr", "Se déconnecter"),
        ("pt", "Sair"),
        ("ja", "ログアウトする"),
        ("zh", "退出登录"),
        ("ar", "تسجيل الخروج"),
    ] {
        let visit = Visit::get(browser.url("/auth/logout"))
            .started_by(Url::parse(OTHER_SITES[0]).unwrap())
            .by_script()
            .header("accept-language", language);
        let page = browser.step(visit).await.text();
        assert!(page.contains(&format!("<html lang=\"{language}")), "{page}");
        assert!(page.contains(&format!(">{button}</button>")), "{page}");
    }
    assert_eq!(browser.get("/").await.text(), "ada");
}

#[tokio::test]
async fn malformed_user_activation_is_ignored() {
    for value in ["?0", "1", "true", "", "?1, ?1"] {
        let (_provider, mut browser) = ada(|secrets| secrets).await;
        let visit = Visit::get(browser.url("/auth/logout"))
            .started_by(Url::parse(OTHER_SITES[0]).unwrap())
            .header("sec-fetch-user", value);
        assert_eq!(browser.step(visit).await.status, 200, "{value:?}");
        assert_eq!(browser.get("/").await.text(), "ada", "{value:?}");
    }
}

#[tokio::test]
async fn user_activation_applies_to_get_only() {
    let (_provider, mut browser) = ada(|secrets| secrets).await;
    for (method, mode) in [
        (Method::POST, Mode::Navigate),
        (Method::POST, Mode::Cors),
        (Method::GET, Mode::Frame),
        (Method::GET, Mode::NoCors),
    ] {
        let visit = Visit::get(browser.url("/auth/logout"))
            .method(method)
            .mode(mode)
            .started_by(Url::parse(OTHER_SITES[0]).unwrap())
            .header("sec-fetch-user", "?1");
        assert_eq!(browser.step(visit).await.status, 403, "{mode:?}");
    }
    assert_eq!(browser.get("/").await.text(), "ada");
}

#[tokio::test]
async fn own_script_logs_out_without_confirmation() {
    for path in ["/auth/logout", "/logout"] {
        let (_provider, mut browser) = ada(|secrets| secrets).await;
        let own = browser.url("/");
        let visit = Visit::get(browser.url(path)).started_by(own).by_script();
        assert_eq!(browser.follow(visit).await.text(), "nobody", "{path}");
        // A bookmark or another program: `Sec-Fetch-Site: none`.
        browser.get("/auth/login").await;
        let visit = Visit::get(browser.url(path)).by_script();
        assert_eq!(browser.follow(visit).await.text(), "nobody", "{path}");
    }
}

#[tokio::test]
async fn confirmation_form_posts_below_the_base_path() {
    let provider = Provider::start().await;
    let base = "https://app.example/app";
    let auth = AuthLayer::from_toml(&secrets_at(&provider, base).toml()).unwrap();
    let mut browser = Browser::new(app_below("/app", auth), base);
    browser.get("/app/auth/login").await;
    let page = by_script(&mut browser, "/app/auth/logout", OTHER_SITES[0]).await;
    let form = "<form action=\"/app/auth/logout\" method=\"post\">";
    assert!(page.text().contains(form), "{page:?}");
    assert!(page.text().contains("href=\"/app/\""), "{page:?}");
}
