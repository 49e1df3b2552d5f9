//! Errors of connections to a provider, and of its discovery document and keys.

macro_rules! discovery {
    ($collect:ident $remaining:tt $($entries:tt)*) => { $collect! { $remaining $($entries)*
    "The provider cannot be used" {
        /// The app cannot connect to the provider. The detail gives the reason: name resolution,
        /// route, port, or a connection that the provider closed.
        ProviderDown: "provider_down", SERVICE_UNAVAILABLE, unavailable,
            key: "server_metadata_url",
            help: "Fetch the URL in the detail from the machine that runs the app, for example \
                with `curl -v`. If this network requires a proxy, set `HTTPS_PROXY`.";

        /// The provider did not respond in time.
        ProviderSlow: "provider_slow", SERVICE_UNAVAILABLE, unavailable,
            key: "server_metadata_url",
            help: "Fetch the URL in the detail from the machine that runs the app. The most \
                frequent reason is a firewall that drops the request. If this network requires a \
                proxy, set `HTTPS_PROXY`.";

        /// The provider responded with a status other than 200.
        ProviderStatus: "provider_status", SERVICE_UNAVAILABLE, unavailable,
            key: "server_metadata_url",
            help: "Open the URL in the detail in a browser. A 404 means a wrong tenant, realm or \
                path.",
            toml: "server_metadata_url = \"https://…/.well-known/openid-configuration\"";

        /// The provider responded with a redirect. Redirects are not followed, because they could
        /// lead to any host.
        ProviderRedirects: "provider_redirects", SERVICE_UNAVAILABLE, misconfigured,
            key: "server_metadata_url",
            help: "Open the URL in the detail in a browser, and configure the URL that the browser \
                ends up at.",
            toml: "server_metadata_url = \"https://…/.well-known/openid-configuration\"";

        /// The provider's response is longer than 1 MiB, which exceeds any real discovery document
        /// or key set.
        ProviderTooLong: "provider_too_long", SERVICE_UNAVAILABLE, unavailable,
            key: "server_metadata_url",
            help: "Open the URL in the detail in a browser. It has to show a short JSON document.";

        /// The provider's response is compressed, although the request says
        /// `Accept-Encoding: identity`.
        ProviderEncoded: "provider_encoded", SERVICE_UNAVAILABLE, unavailable,
            key: "server_metadata_url",
            help: "At the provider, or at the proxy in front of it, disable compression for \
                requests that do not ask for it.";

        /// This machine has no CA certificates, so no https server can be trusted. Minimal
        /// container images have none.
        TlsNoCaCertificates: "tls_no_ca_certificates", SERVICE_UNAVAILABLE, misconfigured,
            help: "Install the package `ca-certificates` in the image of the app. If \
                `SSL_CERT_FILE` or `SSL_CERT_DIR` is set, it has to name readable PEM files.";

        /// The provider's certificate is self-signed, or its CA is not trusted on this machine: a
        /// private CA, or a proxy that inspects TLS.
        TlsUnknownCa: "tls_unknown_ca", SERVICE_UNAVAILABLE, misconfigured,
            key: "server_metadata_url",
            help: "Add the CA's certificate to the trust store of this machine, or set \
                `SSL_CERT_FILE` to a PEM file with all trusted CAs. Replace a self-signed \
                certificate with one that your own CA signs.";

        /// The provider's certificate is expired or not valid yet, according to the clock of this
        /// machine.
        TlsExpired: "tls_expired", SERVICE_UNAVAILABLE, unavailable,
            key: "server_metadata_url",
            help: "Compare the clock of this machine with the dates in the detail. If the clock is \
                right, renew the certificate at the provider.";

        /// The provider's certificate is not valid for the host in its URL.
        TlsName: "tls_name", SERVICE_UNAVAILABLE, misconfigured,
            key: "server_metadata_url",
            help: "Use a host that the certificate names, or add this host to the provider's \
                certificate as a subject alternative name.";

        /// The TLS handshake with the provider failed. The detail gives the reason. The server has
        /// to support TLS 1.2 or 1.3.
        TlsFailed: "tls_failed", SERVICE_UNAVAILABLE, unavailable,
            key: "server_metadata_url",
            help: "Run `openssl s_client -connect` with the host and port of the URL in the \
                detail, on the machine that runs the app. Possible reasons are a port that serves \
                plain http, and a server that requires a client certificate.";

        /// `HTTPS_PROXY` or `ALL_PROXY` is not the URL of a proxy. No request is sent, because the
        /// network may forbid direct connections.
        ProxyInvalid: "proxy_invalid", SERVICE_UNAVAILABLE, misconfigured,
            help: "Write the URL as `http://host:port`, `https://host:port` or \
                `socks5h://host:port`, or unset the variable.";

        /// The proxy in `HTTPS_PROXY` or `ALL_PROXY` does not respond, refuses the connection, or
        /// requires a password.
        ProxyFailed: "proxy_failed", SERVICE_UNAVAILABLE, unavailable,
            help: "Correct `HTTPS_PROXY`. If the proxy requires a user name and password, write \
                `http://user:password@host:port`. If the provider is reachable without the proxy, \
                add its host to `NO_PROXY`.";

        /// The response at `server_metadata_url` is not a JSON object. It is often a login page or
        /// an error page.
        DiscoveryNotJson: "discovery_not_json", SERVICE_UNAVAILABLE, unavailable,
            key: "server_metadata_url",
            help: "Open the URL in a browser. It has to show a JSON document with an `issuer`.",
            toml: "server_metadata_url = \"https://…/.well-known/openid-configuration\"";

        /// The discovery document names an issuer that does not match its own URL (OpenID Connect
        /// Discovery 1.0, section 4.3).
        DiscoveryIssuer: "discovery_issuer", SERVICE_UNAVAILABLE, misconfigured,
            key: "server_metadata_url",
            help: "If you trust the issuer that the document names, use that issuer's URL. Behind \
                a proxy, set the provider's public URL at the provider.",
            toml: "server_metadata_url = \"{issuer}/.well-known/openid-configuration\"";

        /// The discovery document lacks an endpoint, or names one whose URL is not `https`.
        DiscoveryEndpoint: "discovery_endpoint", SERVICE_UNAVAILABLE, misconfigured,
            key: "server_metadata_url",
            help: "Use an OpenID Connect provider; OAuth 2.0 is not enough. Behind a proxy, set \
                the provider's public `https` URL at the provider.";

        /// The response at the provider's `jwks_uri` is not a key set.
        KeysMalformed: "keys_malformed", SERVICE_UNAVAILABLE, unavailable,
            key: "server_metadata_url",
            help: "Open the URL in the detail in a browser. It has to show JSON with `keys`.";
    } } };
}
