//! Classifies connection errors. The documentation of the error codes has a remedy for each kind.

use std::{error::Error, io, iter};

use rustls::CertificateError;

use super::HttpError;

/// The kind of a connection error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConnectionError {
    /// The host name does not resolve, the host has no route, or the port is closed.
    Unreachable,
    /// The provider closed the connection without a complete response.
    Closed,
    /// This machine has no CA certificates.
    NoCaCertificates,
    /// The certificate is self-signed, or its CA is unknown on this machine.
    UnknownCa,
    /// The certificate is expired or not valid yet.
    CertificateExpired,
    /// The certificate is for other hosts.
    CertificateName,
    /// Any other TLS error.
    Tls,
    /// The proxy environment variable is not a usable proxy URL.
    ProxyInvalid,
    /// The proxy does not respond or refuses the connection.
    Proxy,
}

/// Converts `error` into its kind and its error chain on one line.
///
/// The text leaves out the URL, because its query may hold a secret.
pub(super) fn connection_error(error: reqwest::Error) -> HttpError {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    HttpError::Connection(ConnectionError::from_reqwest(&error), text)
}

impl ConnectionError {
    /// Returns true if other CA certificates or proxy settings can help.
    pub(super) fn depends_on_setup(self) -> bool {
        match self {
            Self::NoCaCertificates | Self::UnknownCa | Self::ProxyInvalid | Self::Proxy => true,
            Self::Unreachable
            | Self::Closed
            | Self::CertificateExpired
            | Self::CertificateName
            | Self::Tls => false,
        }
    }

    fn from_reqwest(error: &reqwest::Error) -> Self {
        let causes: Vec<&(dyn Error + 'static)> = causes(error).collect();
        // An https proxy can have an invalid certificate itself, so this check comes first.
        if causes.iter().any(|cause| is_proxy_error(*cause)) {
            return Self::Proxy;
        }
        let tls = causes
            .iter()
            .find_map(|cause| cause.downcast_ref::<rustls::Error>());
        if let Some(tls) = tls {
            return Self::from_rustls(tls);
        }
        if !error.is_connect() && causes.iter().any(|cause| is_closed_connection(*cause)) {
            return Self::Closed;
        }
        Self::Unreachable
    }

    fn from_rustls(error: &rustls::Error) -> Self {
        let rustls::Error::InvalidCertificate(error) = error else {
            return Self::Tls;
        };
        match error {
            CertificateError::UnknownIssuer => Self::UnknownCa,
            CertificateError::Expired
            | CertificateError::ExpiredContext { .. }
            | CertificateError::NotValidYet
            | CertificateError::NotValidYetContext { .. } => Self::CertificateExpired,
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Self::CertificateName
            }
            // `openssl req -x509` marks a self-signed certificate as a CA. rustls has no separate
            // variant for that case.
            CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
                Self::UnknownCa
            }
            _ => Self::Tls,
        }
    }
}

/// Iterates over the error chain, starting with `error` itself.
///
/// `io::Error::source` skips the wrapped error, which is therefore read with `get_ref`.
fn causes<'e>(error: &'e (dyn Error + 'static)) -> impl Iterator<Item = &'e (dyn Error + 'static)> {
    iter::successors(Some(error), |&error| {
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        match wrapped {
            Some(wrapped) => Some(wrapped as &(dyn Error + 'static)),
            None => error.source(),
        }
    })
}

/// Recognizes `hyper_util`'s `TunnelError` and reqwest's `SocksProxyError` by their texts, because
/// these types are private.
fn is_proxy_error(cause: &(dyn Error + 'static)) -> bool {
    let text = cause.to_string();
    text.starts_with("tunnel error") || text.contains("socks proxy")
}

/// Returns true if the server closed the connection.
fn is_closed_connection(cause: &(dyn Error + 'static)) -> bool {
    let by_hyper = cause
        .downcast_ref::<hyper::Error>()
        .is_some_and(|error| error.is_incomplete_message() || error.is_canceled());
    let by_system = cause.downcast_ref::<io::Error>().is_some_and(|error| {
        matches!(
            error.kind(),
            io::ErrorKind::BrokenPipe
                | io::ErrorKind::ConnectionAborted
                | io::ErrorKind::ConnectionReset
                | io::ErrorKind::UnexpectedEof
        )
    });
    by_hyper || by_system
}
