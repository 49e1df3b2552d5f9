//! The development provider of a layer, and the faults that tests inject into it.

use super::AuthLayer;
use crate::{dev::ProviderFault, state::Handle};

impl AuthLayer {
    /// Uses the development provider, without any configuration, at every loopback address of the
    /// app.
    ///
    /// The provider asks for no password, so it serves only this computer. A line on standard error
    /// reports that it is active.
    ///
    /// # Rejected requests
    ///
    /// The provider serves a request, and an identity is accepted, only if all of these are true:
    ///
    /// 1. `Host`, or else the authority of the URI (`:authority` in HTTP/2), is loopback. A request
    ///    without either is refused.
    /// 2. The request uses HTTP/1.1 or later. nginx before 1.29.7 sends HTTP/1.0 to an app unless
    ///    it is configured otherwise.
    /// 3. It has no header that a common proxy, load balancer, tunnel or hosting platform adds,
    ///    such as `Forwarded`, `Via`, `X-Forwarded-For`, `X-Real-IP`, `CF-Connecting-IP` or
    ///    `X-Amzn-Trace-Id`.
    /// 4. Its connection comes from a loopback address, if the app serves with
    ///    `into_make_service_with_connect_info::<SocketAddr>()`.
    ///
    /// The provider itself also rejects `Connection: close`, which nginx before 1.29.7 sends with
    /// `proxy_http_version 1.1`, and its form rejects an `Origin` or `Sec-Fetch-Site` of another
    /// site. The development servers of front ends (Vite, webpack) send `Connection: close` as
    /// well: let them keep connections open (`headers: { connection: "keep-alive" }`), or open the
    /// login at the app's own port.
    ///
    /// Cookies are signed with a random key of this machine, so that a published secret cannot sign
    /// a valid cookie. The key is stored in `$XDG_STATE_HOME/axum-streamlit-auth` or
    /// `~/.local/state/axum-streamlit-auth`. If that folder cannot be written to, the key lasts as
    /// long as the process.
    ///
    /// # Remaining risks
    ///
    /// Any client that sends a request that looks local can sign in as any user. A request does not
    /// reveal these cases:
    ///
    /// - The app listens on an address that other computers can reach, and one of them sends a
    ///   loopback `Host`. Listen on `localhost`, or serve with connect info (rule 4).
    /// - Bytes are forwarded unchanged, by `ssh -R`, `socat`, a TCP load balancer or a published
    ///   port of a container.
    /// - A proxy on this computer sends a loopback `Host` and HTTP/1.1, adds no header and keeps
    ///   connections open. nginx 1.29.7 and later do so with only `proxy_pass`, and earlier
    ///   versions with `proxy_http_version 1.1` and `proxy_set_header Connection ""`. The form
    ///   still rejects browsers behind the proxy by their `Origin`, but not programs.
    ///
    /// Therefore do not enable the feature `dev` in deployed builds.
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use axum_streamlit_auth::AuthLayer;
    ///
    /// let app: Router = Router::new().route("/", get(|| async { "Hello, World!" })).layer(AuthLayer::dev());
    /// ```
    #[must_use]
    pub fn dev() -> Self {
        Self::new(Handle::per_host())
    }

    /// Injects a fault into the development provider, to test an app with a failing provider.
    ///
    /// Has no effect on other providers.
    pub fn inject_fault(&self, fault: ProviderFault) {
        self.state.current().settings.hooks.fault.set(Some(fault));
    }

    /// Removes the fault that [`inject_fault`](Self::inject_fault) set.
    pub fn clear_fault(&self) {
        self.state.current().settings.hooks.fault.set(None);
    }
}
