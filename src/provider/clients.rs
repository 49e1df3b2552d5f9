//! The HTTP clients: one for http, one for https to loopback hosts and one for all other https.

use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use oauth2::http::Uri;
use reqwest::{
    Client, ClientBuilder,
    dns::{Addrs, Name, Resolve, Resolving},
    redirect,
};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore, WantsVerifier};
use rustls_platform_verifier::BuilderVerifierExt;
use url::Host;

use super::{ConnectionError, HttpError, proxy::ProxySettings};

/// Clients that are built on first use. If a client cannot be built, the next request tries again.
#[derive(Default)]
pub(super) struct Clients {
    http: CachedClient,
    local: CachedClient,
    remote: CachedClient,
}

type CachedClient = Mutex<Option<Client>>;

#[derive(Clone, Copy)]
enum Route {
    /// http: needs no CA certificates and connects only to loopback hosts.
    Http,
    /// https to a loopback host: uses no proxy.
    Local,
    /// https to any other host: uses the proxy of the environment.
    Remote,
}

impl Clients {
    /// Returns the client for `uri`.
    ///
    /// # Errors
    ///
    /// This machine has no CA certificates, or the proxy in the environment is invalid.
    pub(super) fn client(&self, uri: &Uri) -> Result<Client, HttpError> {
        let route = Route::from_uri(uri);
        let mut cached = self.lock(route);
        match &*cached {
            Some(client) => Ok(client.clone()),
            None => Ok(cached.insert(route.build_client()?).clone()),
        }
    }

    /// Drops the client for `uri`, so that the next request reads CA certificates and proxy
    /// settings again.
    pub(super) fn discard(&self, uri: &Uri) {
        *self.lock(Route::from_uri(uri)) = None;
    }

    fn lock(&self, route: Route) -> MutexGuard<'_, Option<Client>> {
        let client = match route {
            Route::Http => &self.http,
            Route::Local => &self.local,
            Route::Remote => &self.remote,
        };
        client.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Route {
    fn from_uri(uri: &Uri) -> Self {
        match (
            uri.scheme_str(),
            is_loopback(uri.host().unwrap_or_default()),
        ) {
            (Some("https"), false) => Self::Remote,
            (Some("https"), true) => Self::Local,
            _ => Self::Http,
        }
    }

    fn build_client(self) -> Result<Client, HttpError> {
        let client = match self {
            Self::Http => {
                let tls = tls()?.with_root_certificates(RootCertStore::empty());
                client_builder(tls.with_no_client_auth())
                    .no_proxy()
                    .dns_resolver(Arc::new(LoopbackResolver))
            }
            Self::Local => client_builder(platform_tls()?)
                .no_proxy()
                .dns_resolver(Arc::new(LoopbackResolver)),
            Self::Remote => match ProxySettings::from_env().proxy()? {
                Some(proxy) => client_builder(platform_tls()?).proxy(proxy),
                None => client_builder(platform_tls()?).no_proxy(),
            },
        };
        client
            .build()
            .map_err(|error| HttpError::Client(error.to_string()))
    }
}

/// Returns true for loopback hosts. They are never reached through a proxy.
///
/// Source: RFC 6761, section 6.3 (`localhost` and its subdomains); RFC 1122, section 3.2.1.3
/// (127.0.0.0/8); RFC 4291, section 2.5.3 (`::1`).
fn is_loopback(host: &str) -> bool {
    match Host::parse(host) {
        Ok(Host::Domain(name)) => {
            let name = name.strip_suffix('.').unwrap_or(&name);
            name == "localhost" || name.ends_with(".localhost")
        }
        Ok(Host::Ipv4(address)) => address.is_loopback(),
        Ok(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        Err(_) => false,
    }
}

/// Resolves the names of loopback hosts without DNS, because a DNS response could send a secret to
/// another machine.
///
/// Source: RFC 6761, section 6.3, rule 3.
struct LoopbackResolver;

impl Resolve for LoopbackResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let addresses = [
            IpAddr::V4(Ipv4Addr::LOCALHOST),
            IpAddr::V6(Ipv6Addr::LOCALHOST),
        ];
        // The client replaces port 0.
        let addresses = addresses.map(|address| SocketAddr::new(address, 0));
        let resolved = if is_loopback(name.as_str()) {
            Ok(Box::new(addresses.into_iter()) as Addrs)
        } else {
            Err("not a loopback host".into())
        };
        Box::pin(std::future::ready(resolved))
    }
}

/// Returns a builder with the settings of all clients.
///
/// Redirects are not followed, because they could send a secret elsewhere. Requests are not
/// retried, because an authorization code is valid only once.
fn client_builder(tls: ClientConfig) -> ClientBuilder {
    Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(redirect::Policy::none())
        .retry(reqwest::retry::never())
        .pool_idle_timeout(POOL_IDLE_TIMEOUT)
        .user_agent(concat!(
            env!("CARGO_PKG_NAME"),
            "/",
            env!("CARGO_PKG_VERSION")
        ))
}

/// Shorter than the keep-alive timeout of common servers (5 s for Node.js and Apache).
///
/// Otherwise a code could be sent on a connection that the provider is about to close, and a lost
/// code exchange cannot be repeated.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(4);

/// Returns the TLS settings with the CA certificates of the operating system.
fn platform_tls() -> Result<ClientConfig, HttpError> {
    let verified = tls()?.with_platform_verifier().map_err(|error| {
        HttpError::Connection(ConnectionError::NoCaCertificates, error.to_string())
    })?;
    Ok(verified.with_no_client_auth())
}

/// Returns TLS settings with an explicit crypto provider, because the process-wide default belongs
/// to the app.
fn tls() -> Result<ConfigBuilder<ClientConfig, WantsVerifier>, HttpError> {
    ClientConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| HttpError::Client(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn loopback_hosts_are_recognized() {
        for host in [
            "localhost",
            "LOCALHOST",
            "localhost.",
            "idp.localhost",
            "a.b.localhost.",
            "127.0.0.1",
            "127.8.8.8",
            "[::1]",
            "[::ffff:127.0.0.1]",
        ] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "",
            "localhost.example",
            "notlocalhost",
            "127.0.0.1.example",
            "128.0.0.1",
            "0.0.0.0",
            "10.0.0.1",
            "[::]",
            "[::ffff:10.0.0.1]",
            "[fe80::1]",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[tokio::test]
    async fn loopback_resolver_refuses_other_names() {
        for (name, is_resolved) in [("idp.localhost", true), ("idp.example", false)] {
            let resolved = LoopbackResolver.resolve(name.parse().unwrap()).await;
            let addresses: Vec<_> = resolved.into_iter().flatten().collect();
            assert_eq!(!addresses.is_empty(), is_resolved, "{name}");
            assert!(addresses.iter().all(|address| address.ip().is_loopback()));
        }
    }
}
