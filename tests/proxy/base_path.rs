//! A base path, kept or stripped by the proxy, and other apps on the same host or domain.

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{Extensions, Uri},
};
use axum_streamlit_auth::AuthLayer;
use url::Url;

use super::support::{
    Browser, HTTPS_ORIGIN, ORIGIN, Provider, answer, app, app_below, app_with, jar::Context,
    routes, secrets_at, signed::IDENTITY,
};

#[tokio::test]
async fn a147_a_proxy_may_strip_the_base_path_or_leave_it() {
    for base in ["https://app.example/my/app", "http://localhost:8501/my/app"] {
        for strips in [true, false] {
            let provider = Provider::start().await;
            let auth = AuthLayer::from_toml(&secrets_at(&provider, base).toml()).unwrap();
            let app = if strips {
                stripping("/my/app", app_with(auth))
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
            assert!(
                browser
                    .jar
                    .cookies()
                    .iter()
                    .all(|cookie| cookie.path == "/my/app")
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
            assert_eq!(provider.complaints(), [""; 0]);
        }
    }
}

/// A proxy that hands on what is below `base`, without it.
fn stripping(base: &'static str, app: Router) -> Router {
    Router::new().fallback(move |request: Request| {
        let app = app.clone();
        async move {
            // Another server's router knows nothing of ours.
            let (mut parts, body) = request.into_parts();
            parts.extensions = Extensions::new();
            let path = parts.uri.path_and_query().unwrap().as_str();
            let rest = path.strip_prefix(base).unwrap_or("/none");
            parts.uri = rest.parse::<Uri>().unwrap();
            answer(&app, Request::from_parts(parts, Body::new(body))).await
        }
    })
}

#[tokio::test]
async fn a147_two_apps_on_one_host_neither_share_nor_delete_each_others_cookies() {
    for (origin, names) in [
        (HTTPS_ORIGIN, ["__Secure-_streamlit_user"; 2]),
        (ORIGIN, [IDENTITY; 2]),
    ] {
        let provider = Provider::start().await;
        let below = |base: &'static str, secret: &str| {
            let toml = secrets_at(&provider, &format!("{origin}{base}"))
                .auth("provider_logout = false")
                .cookie_secret(secret);
            Router::new()
                .nest(base, routes())
                .layer(AuthLayer::from_toml(&toml.toml()).unwrap())
        };
        // The paths of one begin as the other's do.
        let paths = ["/app", "/app2"];
        let apps = paths.map(|path| {
            (
                path,
                below(path, &format!("kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5u{path}")),
            )
        });
        let both = Router::new().fallback(move |request: Request| {
            let path = request.uri().path().to_owned();
            let app = apps
                .iter()
                .rev()
                .find(|(base, _)| path.starts_with(&format!("{base}/")))
                .map(|(_, app)| app.clone());
            async move { answer(&app.unwrap_or_default(), request).await }
        });
        let mut browser = Browser::new(both, origin);
        let mut cookies = Vec::new();
        for path in paths {
            browser.get(&format!("{path}/auth/login")).await;
            let set = browser
                .jar
                .cookies()
                .iter()
                .filter(|cookie| cookie.path == path)
                .map(|cookie| cookie.name.clone());
            cookies.push(set.collect::<Vec<_>>());
        }
        for (cookies, name) in cookies.iter().zip(names) {
            assert!(cookies.iter().any(|cookie| cookie == name), "{cookies:?}");
        }
        browser.get("/app/auth/logout").await;
        assert_eq!(browser.get("/app/me").await.json()["is_logged_in"], false);
        assert_eq!(browser.get("/app2/me").await.json()["sub"], "ada");
        browser.get("/app/auth/login").await;
        browser.get("/app2/auth/logout").await;
        assert_eq!(browser.get("/app/me").await.json()["sub"], "ada");
        assert_eq!(browser.get("/app2/me").await.json()["is_logged_in"], false);
        assert_eq!(browser.jar.refused(), []);
    }
}

#[tokio::test]
async fn a147_a_sibling_domain_can_plant_nothing_that_we_take_for_ours() {
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
