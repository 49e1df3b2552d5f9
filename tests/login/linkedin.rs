//! Logins at a provider that behaves as LinkedIn does, under LinkedIn's address, because the preset
//! fixes it. Each test runs in a process that trusts the CA of the test provider, and whose proxy
//! leads to it. Only Linux reads the CA from the environment.

use std::env;

use tokio::net::TcpListener;
use url::Url;

use super::{
    environment::{is_child, run_with_environment},
    proxy::{self, Kind},
};
use support::{
    Browser, LINKEDIN, ORIGIN, Provider, Secrets, TEST_CA_OF_LINKEDIN, Tls, Visit, app, free_port,
};

const PROXY: &str = "HTTPS_PROXY";

/// Runs `test` in a process in which LinkedIn is the test provider. `name` is that of the calling
/// test.
fn at_linkedin(name: &str, test: impl AsyncFnOnce(Provider)) {
    let name = format!("login::linkedin::{name}");
    let proxy = match is_child(&name) {
        true => env::var(PROXY).unwrap(),
        false => format!("http://127.0.0.1:{}", free_port()),
    };
    let variables = [("SSL_CERT_FILE", TEST_CA_OF_LINKEDIN), (PROXY, &proxy)];
    run_with_environment(&name, &variables, async || {
        let provider = Provider::start_tls(Tls::LinkedIn).await;
        provider.emulate_linkedin();
        let port = Url::parse(provider.origin()).unwrap().port().unwrap();
        let address = proxy.replace("http://", "");
        let listener = TcpListener::bind(address).await.unwrap();
        let proxy = tokio::spawn(proxy::serve(listener, Kind::ConnectTo(port)));
        test(provider).await;
        proxy.abort();
    });
}

/// A browser without cookies, at an app with LinkedIn and these further lines.
fn browser(provider: &Provider, lines: &str) -> Browser {
    let client = provider.registered();
    let toml = Secrets::new(ORIGIN)
        .line("[auth.linkedin]")
        .line(&format!("client_id = {:?}", client.id))
        .line(&format!("client_secret = {:?}", client.secret))
        .line(lines)
        .toml();
    let mut browser = Browser::new(app(&toml), ORIGIN);
    browser.serve(provider.app(), LINKEDIN);
    browser
}

#[test]
fn linkedin_login_has_neither_nonce_nor_pkce() {
    at_linkedin(
        "linkedin_login_has_neither_nonce_nor_pkce",
        async |provider| {
            let mut browser = browser(&provider, "");
            let page = browser.get("/auth/login").await;
            let callback = &page.hops[page.hops.len() - 2];
            assert_eq!(callback.url.path(), "/oauth2callback");
            assert_eq!(callback.sent["sec-fetch-site"], "cross-site");
            assert_eq!(browser.get("/").await.text(), "ada");
            assert_eq!(provider.violations(), [""; 0]);
            let authorize = &provider.requests("authorize")[0];
            assert_eq!(authorize.parameter("prompt"), None);
            assert_eq!(authorize.parameter("state").map(str::len), Some(43));
        },
    );
}

#[test]
fn wrong_linkedin_nonce_is_rejected() {
    at_linkedin("wrong_linkedin_nonce_is_rejected", async |provider| {
        let mut browser = browser(&provider, "");
        for nonce in ["", "another"] {
            provider.set(|faults| faults.claims.set("nonce", nonce));
            let page = browser.get("/auth/login").await;
            assert!(page.text().contains("id_token_nonce"), "{page:?}");
        }
        assert_eq!(browser.get("/").await.text(), "nobody");
    });
}

/// Without PKCE, `state` is the only protection against a login of another user.
#[test]
fn linkedin_callback_is_bound_to_the_browser() {
    at_linkedin(
        "linkedin_callback_is_bound_to_the_browser",
        async |provider| {
            let mut ada = browser(&provider, "");
            let mut mallory = ada.clone();
            let start = mallory.step(Visit::get(mallory.url("/auth/login"))).await;
            let callback = mallory.step(start.next().unwrap()).await.next().unwrap();
            let page = ada.follow(callback).await;
            assert!(page.text().contains("no_cookies"), "{page:?}");
            assert_eq!(ada.get("/").await.text(), "nobody");
        },
    );
}

#[test]
fn linkedin_cannot_share_its_redirect_uri() {
    at_linkedin("linkedin_cannot_share_its_redirect_uri", async |provider| {
        let google = "[auth.google]\nclient_id = \"app\"\nclient_secret = \"a-client-secret\"";
        let mut browser = browser(&provider, google);
        let page = browser.get("/auth/login/linkedin").await;
        assert!(page.text().contains("redirect_uri_shared"), "{page:?}");
        assert_eq!(provider.count("authorize"), 0);
    });
}
