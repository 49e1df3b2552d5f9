//! Proxies, and hosts that are never reached through one. Each test runs in a process with its own
//! environment.

use tokio::net::TcpListener;

use super::{
    super::{
        environment::run_with_environment,
        proxy::{self, Kind},
    },
    tls::reason,
};
use support::{Browser, ORIGIN, Provider, TEST_CA, TestApp, Tls, app, secrets};

const CA: (&str, &str) = ("SSL_CERT_FILE", TEST_CA);
/// A closed port.
const DEAD: &str = "http://127.0.0.1:1";

const ALL_DEAD: [(&str, &str); 7] = [
    CA,
    ("HTTP_PROXY", DEAD),
    ("HTTPS_PROXY", DEAD),
    ("ALL_PROXY", DEAD),
    ("http_proxy", DEAD),
    ("https_proxy", DEAD),
    ("all_proxy", DEAD),
];

#[test]
fn loopback_is_reached_without_proxy() {
    const NAME: &str = "login::discovery::network::loopback_is_reached_without_proxy";
    run_with_environment(NAME, &ALL_DEAD, async || {
        let mut test_app = TestApp::new().await;
        test_app.sign_in("ada").await;

        let provider = Provider::start().await;
        let origin = provider.origin().replace("127.0.0.1", "localhost");
        provider.set(|f| f.issuer = Some(origin.clone()));
        let secrets_of_name = secrets(&provider);
        TestApp::with_provider(provider, &secrets_of_name, ORIGIN)
            .start("/auth/login")
            .await;

        let provider = Provider::start_tls(Tls::Valid).await;
        let secrets = secrets(&provider);
        TestApp::with_provider(provider, &secrets, ORIGIN)
            .start("/auth/login")
            .await;
    });
}

/// The certificate is only for `localhost` and 127.0.0.1, which proves that the provider was
/// reached directly.
#[test]
fn names_below_localhost_are_reached_without_proxy() {
    const NAME: &str = "login::discovery::network::names_below_localhost_are_reached_without_proxy";
    run_with_environment(NAME, &ALL_DEAD, async || {
        let provider = Provider::start_tls(Tls::Valid).await;
        for host in ["idp.localhost", "a.b.localhost", "127.0.0.2"] {
            let expected = match host {
                // The server listens on 127.0.0.1 only.
                "127.0.0.2" => "provider_down",
                _ => "tls_name",
            };
            assert_eq!(reason(&at(&provider, host)).await, expected, "{host}");
        }
        assert_eq!(reason(&at(&provider, "0.0.0.0")).await, "proxy_failed");
    });
}

/// `0.0.0.0` reaches this computer, but is not a loopback address.
#[test]
fn no_proxy_star_applies_to_ip_addresses() {
    const NAME: &str = "login::discovery::network::no_proxy_star_applies_to_ip_addresses";
    for list in ["*", "example.com, *", "0.0.0.0", "0.0.0.0/8 example.com"] {
        let variables = [CA, ("HTTPS_PROXY", DEAD), ("NO_PROXY", list)];
        run_with_environment(NAME, &variables, async || {
            let provider = Provider::start_tls(Tls::Valid).await;
            assert_eq!(reason(&at(&provider, "0.0.0.0")).await, "tls_name");
        });
    }
}

#[test]
fn provider_is_reached_through_proxy() {
    const NAME: &str = "login::discovery::network::provider_is_reached_through_proxy";
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for kind in [Kind::Connect, Kind::Socks] {
        let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
        let address = listener.local_addr().unwrap();
        let (scheme, variable) = match kind {
            Kind::Connect => ("http", "HTTPS_PROXY"),
            _ => ("socks5h", "ALL_PROXY"),
        };
        runtime.spawn(proxy::serve(listener, kind));
        let url = format!("{scheme}://{address}");
        run_with_environment(NAME, &[CA, (variable, &url)], async || {
            let provider = Provider::start_tls(Tls::WrongHost).await;
            let origin = provider.origin().replace("127.0.0.1", "other.example");
            provider.set(|f| f.issuer = Some(origin.clone()));
            let mut browser = Browser::new(app(&secrets(&provider).toml()), ORIGIN);
            let login = support::Visit::get(browser.url("/auth/login"));
            let page = browser.step(login).await;
            assert_eq!(page.status.as_u16(), 303, "{page:?}");
            assert_eq!(provider.count("discovery"), 1);
        });
    }
}

#[test]
fn proxy_failure_has_its_own_error_code() {
    const NAME: &str = "login::discovery::network::proxy_failure_has_its_own_error_code";
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let listener = runtime.block_on(TcpListener::bind("127.0.0.1:0")).unwrap();
    let refusing = format!("http://{}", listener.local_addr().unwrap());
    let as_socks = refusing.replace("http", "socks5");
    runtime.spawn(proxy::serve(listener, Kind::Refusing));
    for (proxy, expected) in [
        (DEAD, "proxy_failed"),
        ("socks5://127.0.0.1:1", "proxy_failed"),
        (&refusing, "proxy_failed"),
        (&as_socks, "proxy_failed"),
        ("ftp://127.0.0.1:21", "proxy_invalid"),
        ("socks://127.0.0.1:1080", "proxy_invalid"),
        ("not a URL", "proxy_invalid"),
    ] {
        let variables = [CA, ("HTTPS_PROXY", proxy), ("EXPECTED", expected)];
        run_with_environment(NAME, &variables, async || {
            let provider = Provider::start_tls(Tls::WrongHost).await;
            let expected = std::env::var("EXPECTED").unwrap();
            let secrets = at(&provider, "0.0.0.0");
            assert_eq!(reason(&secrets).await, expected);

            let report = axum_streamlit_auth::AuthLayer::from_toml(&secrets).unwrap();
            let report = report.check().await.to_string();
            assert!(report.contains("`HTTPS_PROXY`") || report.contains("`http://host:port`"));
        });
    }
}

/// The secrets of an app that reaches `provider` under the name `host`.
fn at(provider: &Provider, host: &str) -> String {
    secrets(provider).toml().replace("127.0.0.1", host)
}
