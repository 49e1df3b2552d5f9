//! The proxy settings of the environment.

use oauth2::http::Uri;
use reqwest::{NoProxy, Proxy};

use super::{ConnectionError, HttpError};

/// The values of `HTTPS_PROXY` or `ALL_PROXY`, and of `NO_PROXY`.
///
/// `HTTP_PROXY` is not read, because http requests only go to loopback hosts.
///
/// Source: curl(1), section "ENVIRONMENT".
pub(super) struct ProxySettings {
    proxy: Option<String>,
    no_proxy: String,
}

impl ProxySettings {
    /// Reads the environment variables of this process.
    pub(super) fn from_env() -> Self {
        Self::new(|name| std::env::var(name).ok())
    }

    fn new(variable: impl Fn(&str) -> Option<String>) -> Self {
        let first_set = |names: &[&str]| {
            let mut values = names.iter().filter_map(|name| variable(name));
            values.find(|value| !value.trim().is_empty())
        };
        Self {
            proxy: first_set(&["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]),
            no_proxy: first_set(&["NO_PROXY", "no_proxy"]).unwrap_or_default(),
        }
    }

    /// Returns the proxy for https, or `None` if all hosts are reached directly.
    ///
    /// # Errors
    ///
    /// Returns [`ConnectionError::ProxyInvalid`] if the value is not a proxy URL. reqwest would
    /// ignore it and connect directly.
    pub(super) fn proxy(&self) -> Result<Option<Proxy>, HttpError> {
        let Some(proxy) = self.proxy.as_deref().map(str::trim) else {
            return Ok(None);
        };
        let Some(exceptions) = self.exceptions() else {
            return Ok(None);
        };
        // The error does not quote the value, because it may contain a password.
        let invalid = || {
            let text = "the proxy variable is not the URL of an http, https or socks proxy";
            HttpError::Connection(ConnectionError::ProxyInvalid, text.to_owned())
        };
        let uri: Uri = proxy.parse().map_err(|_| invalid())?;
        let is_known = uri
            .scheme_str()
            .is_none_or(|scheme| SCHEMES.contains(&scheme));
        if !is_known || uri.authority().is_none() {
            return Err(invalid());
        }
        let url = match uri.scheme() {
            Some(_) => proxy.to_owned(),
            None => format!("http://{proxy}"),
        };
        let proxy = Proxy::https(url).map_err(|_| invalid())?;
        Ok(Some(proxy.no_proxy(NoProxy::from_string(&exceptions))))
    }

    /// Returns the hosts that are reached directly, in the syntax of reqwest. Returns `None` if all
    /// hosts are reached directly.
    ///
    /// reqwest applies `*` only to host names. It supports neither `*.example.com` nor spaces
    /// between entries.
    fn exceptions(&self) -> Option<String> {
        let entries = self.no_proxy.split([',', ' ', '\t']);
        let entries = entries.filter(|entry| !entry.is_empty());
        let entries: Vec<&str> = entries
            .map(|entry| match entry.strip_prefix('*') {
                Some(domain) if domain.starts_with('.') => domain,
                _ => entry,
            })
            .collect();
        (!entries.contains(&"*")).then(|| entries.join(","))
    }
}

/// The proxy schemes that reqwest supports.
const SCHEMES: [&str; 6] = ["http", "https", "socks4", "socks4a", "socks5", "socks5h"];

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(variables: &[(&str, &str)]) -> ProxySettings {
        ProxySettings::new(|name| {
            let mut variables = variables.iter();
            let (_, value) = variables.find(|(known, _)| *known == name)?;
            Some((*value).to_owned())
        })
    }

    #[test]
    fn proxy_is_not_used_without_variables() {
        for variables in [
            &[][..],
            &[("HTTPS_PROXY", "")],
            &[("HTTPS_PROXY", " "), ("all_proxy", "")],
            &[("HTTP_PROXY", "http://proxy.example:3128")],
        ] {
            assert!(settings(variables).proxy().unwrap().is_none());
        }
    }

    #[test]
    fn proxy_is_accepted_in_every_common_notation() {
        for name in ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"] {
            for proxy in [
                "http://proxy.example:3128",
                "https://proxy.example",
                "http://user:secret@proxy.example:3128/",
                "proxy.example:3128",
                "10.0.0.1:3128",
                "socks5://proxy.example",
                "socks5h://proxy.example:1080",
                "socks4a://proxy.example",
                " http://proxy.example:3128\n",
            ] {
                let proxy = settings(&[(name, proxy)]).proxy();
                assert!(proxy.unwrap().is_some(), "{name}");
            }
        }
    }

    #[test]
    fn invalid_proxy_error_does_not_show_its_value() {
        for proxy in [
            "ftp://user:hunter2@proxy.example",
            "socks://user:hunter2@proxy.example",
            "http://",
            "hunter2 and more",
            "/hunter2",
        ] {
            let error = settings(&[("ALL_PROXY", proxy)]).proxy().unwrap_err();
            assert!(!error.to_string().contains("hunter2"), "{error}");
        }
    }

    #[test]
    fn no_proxy_is_parsed_in_every_notation() {
        let exceptions = |list: &str| settings(&[("no_proxy", list)]).exceptions();
        for all in ["*", " * ", "a.example,*", "a.example *"] {
            assert_eq!(exceptions(all), None, "{all}");
        }
        let list = "a.example, *.b.example .c.example\t10.0.0.0/8,,";
        let read = "a.example,.b.example,.c.example,10.0.0.0/8";
        assert_eq!(exceptions(list).as_deref(), Some(read));
        assert_eq!(exceptions("").as_deref(), Some(""));
    }
}
