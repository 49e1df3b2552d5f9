//! Base paths, preserved or removed by the proxy, and other apps on the same host or domain.

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{Extensions, Uri},
};
use axum_streamlit_auth::AuthLayer;
use url::Url;

use support::{
    Browser, HTTPS_ORIGIN, ORIGIN, Provider, Visit, app, app_below, app_with, call, groups,
    jar::Context, secrets_at, signed::IDENTITY,
};

#[tokio::test]
async fn proxy_may_strip_the_base_path() {
    for base in ["https://app.example/my/app", "http://localhost:8501/my/app"] {
        for strips in [true, false] {
            let provider = Provider::start().await;
            let auth = AuthLayer::from_toml(&secrets_at(&provider, base).toml()).unwrap();
            let app = if strips {
                strip_base_path("/my/app", app_with(auth))
            } else {
                app_below("/my/app", auth)
            };
            let mut browser = Browser::new(app, base);
            let page = browser.get("/my/app/guarded?x=%2Fmy%2Fapp").await;
            assert_eq!(
                (page.path(), page.text().as_str()),
                ("/my/app/guarded?x=%2Fmy%2Fapp", "ada"),
                "{base} {strips}"
            );
            let path = if base.starts_with("https") {
                "/"
            } else {
                "/my/app"
            };
            let cookies = browser.jar.cookies();
            assert!(cookies.iter().all(|cookie| cookie.path == path));
            assert!(
                cookies
                    .iter()
                    .all(|cookie| cookie.name.contains("!my!app!"))
            );
            assert_eq!(browser.jar.refused(), []);
            assert_eq!(browser.get("/my/app/me").await.json()["sub"], "ada");
            let page = browser.get("/my/app/auth/logout").await;
            assert_eq!((page.path(), page.text().as_str()), ("/my/app/", "nobody"));
            assert_eq!(browser.jar.names(), [""; 0]);
            let page = browser.get("/my/app/auth/login?next=/my/app/guarded").await;
            assert_eq!(page.path(), "/my/app/guarded");
            let page = browser.get("/my/app/auth/login?next=/elsewhere").await;
            assert_eq!(
                page.hops.last().unwrap().url.path(),
                "/elsewhere",
                "our origin has other pages too"
            );
            assert_eq!(provider.violations(), [""; 0]);
        }
    }
}

/// A proxy that removes `base` from the path.
fn strip_base_path(base: &'static str, app: Router) -> Router {
    Router::new().fallback(move |request: Request| {
        let app = app.clone();
        async move {
            // The router of another server, without the routes of the app.
            let (mut parts, body) = request.into_parts();
            parts.extensions = Extensions::new();
            let path = parts.uri.path_and_query().unwrap().as_str();
            let rest = path.strip_prefix(base).unwrap_or("/none");
            parts.uri = rest.parse::<Uri>().unwrap();
            call(&app, Request::from_parts(parts, Body::new(body))).await
        }
    })
}

/// The base paths have common prefixes, one contains all others, one looks like a chunk name, and
/// two apps share a secret.
#[tokio::test]
async fn apps_on_one_host_do_not_share_cookies() {
    const BASES: [&str; 5] = ["", "/app", "/app2", "/app_1", "/app/inner"];
    for (origin, secret) in [HTTPS_ORIGIN, ORIGIN]
        .into_iter()
        .flat_map(|origin| [(origin, true), (origin, false)])
    {
        let provider = Provider::start().await;
        let below = |base: &'static str| {
            let own = format!("kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5u{base}");
            let toml = secrets_at(&provider, &format!("{origin}{base}"))
                .auth("provider_logout = false")
                .cookie_secret(if secret {
                    "Xb4nW8rKe2TzQm6yLc9VhJ3sDf7GpAu5"
                } else {
                    &own
                });
            let auth = AuthLayer::from_toml(&toml.toml()).unwrap();
            if base.is_empty() {
                app_with(auth)
            } else {
                app_below(base, auth)
            }
        };
        let apps = BASES.map(|base| (base, below(base)));
        let all = Router::new().fallback(move |request: Request| {
            let path = request.uri().path().to_owned();
            let mut fitting: Vec<_> = apps
                .iter()
                .filter(|(base, _)| path.starts_with(&format!("{base}/")))
                .collect();
            fitting.sort_by_key(|(base, _)| base.len());
            let app = fitting.pop().map(|(_, app)| app.clone());
            async move { call(&app.unwrap_or_default(), request).await }
        });
        let mut browser = Browser::new(all, origin);
        let names = ["u0", "u1", "u2", "u3", "u4"];
        for (base, name) in BASES.iter().zip(names) {
            provider.sign_in_with(serde_json::json!({ "sub": name, "groups": groups(40) }));
            browser.get(&format!("{base}/auth/login")).await;
        }
        for (base, name) in BASES.iter().zip(names) {
            assert_eq!(
                browser.get(&format!("{base}/me")).await.json()["sub"],
                name,
                "{origin}{base}"
            );
        }
        for (gone, base) in BASES.iter().enumerate() {
            browser.get(&format!("{base}/auth/logout")).await;
            for (at, (base, name)) in BASES.iter().zip(names).enumerate() {
                let me = browser.get(&format!("{base}/me")).await.json();
                assert_eq!(me["is_logged_in"], at > gone, "{origin}{base}");
                assert!(at <= gone || me["sub"] == name);
            }
        }
        assert_eq!(browser.jar.names(), [""; 0]);
        assert_eq!(browser.jar.refused(), []);
    }
}

/// A sibling domain sets every cookie name that this crate uses below a base path.
#[tokio::test]
async fn sibling_domain_cannot_set_cookies_below_base() {
    let base = "https://app.example/app";
    let provider = Provider::start().await;
    let app = app_below(
        "/app",
        AuthLayer::from_toml(&secrets_at(&provider, base).toml()).unwrap(),
    );
    let mut attacker = Browser::new(app.clone(), base);
    attacker
        .step(Visit::get(attacker.url("/app/auth/login")))
        .await;
    attacker.get("/app/auth/login").await;
    let cookies = attacker.jar.cookies().to_vec();
    assert!(cookies.len() >= 4, "identity, tokens, count and attempt");
    let mut victim = Browser::new(app, base);
    let sibling = Url::parse("https://evil.app.example/").unwrap();
    for cookie in &cookies {
        for path in ["/", "/app", "/app/guarded"] {
            let set = format!(
                "{}={}; Domain=app.example; Path={path}; Secure",
                cookie.name, cookie.value
            );
            victim.jar.store(&sibling, &set, Context::SameSite);
        }
    }
    assert_eq!(victim.jar.refused().len(), 3 * cookies.len());
    assert_eq!(victim.get("/app/").await.text(), "nobody");
}

/// A base path with the prefix of an endpoint, preserved or removed by the proxy.
#[tokio::test]
async fn base_path_may_look_like_an_endpoint() {
    for base_path in ["/auth", "/auth/auth", "/x/auth", "/auth/logins", "/oauth2"] {
        for strips in [true, false] {
            let base = format!("https://app.example{base_path}");
            let provider = Provider::start().await;
            let auth = AuthLayer::from_toml(&secrets_at(&provider, &base).toml()).unwrap();
            let app = if strips {
                strip_base_path(base_path, app_with(auth))
            } else {
                app_below(base_path, auth)
            };
            let mut browser = Browser::new(app, &base);
            let case = format!("{base_path} {strips}");
            let page = browser.get(&format!("{base_path}/guarded?x=1")).await;
            assert_eq!(
                (page.path(), page.text().as_str()),
                (format!("{base_path}/guarded?x=1").as_str(), "ada"),
                "{case}"
            );
            let page = browser.get(&format!("{base_path}/auth/logout")).await;
            assert_eq!(
                (page.path(), page.text().as_str()),
                (format!("{base_path}/").as_str(), "nobody"),
                "{case}"
            );
            let page = browser
                .get(&format!(
                    "{base_path}/auth/login?next={base_path}/auth/logout"
                ))
                .await;
            assert_eq!(
                (page.path(), page.text().as_str()),
                (format!("{base_path}/").as_str(), "ada"),
                "{case}"
            );
            assert_eq!(provider.violations(), [""; 0], "{case}");
        }
    }
}

#[tokio::test]
async fn sibling_domain_cannot_plant_cookies() {
    let provider = Provider::start().await;
    let app = app(&secrets_at(&provider, HTTPS_ORIGIN).toml());
    let mut attacker = Browser::new(app.clone(), HTTPS_ORIGIN);
    provider.sign_in_as("bob");
    attacker.get("/auth/login").await;
    let bobs = attacker.jar.get("__Host-_streamlit_user").unwrap();
    let mut victim = Browser::new(app, HTTPS_ORIGIN);
    let sibling = Url::parse("https://evil.app.example/").unwrap();
    for name in [&*bobs.name, "__Secure-_streamlit_user", IDENTITY] {
        for attributes in [
            "Domain=app.example; Path=/; Secure",
            "Domain=app.example; Path=/guarded; Secure",
        ] {
            let set = format!("{name}={}; {attributes}", bobs.value);
            victim.jar.store(&sibling, &set, Context::SameSite);
        }
    }
    assert_eq!(victim.jar.refused().len(), 2, "what has our prefix");
    assert_eq!(victim.get("/").await.text(), "nobody");
    assert_eq!(victim.fetch("/guarded").await.status, 401);
}
