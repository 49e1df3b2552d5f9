//! Why there is no connection to a provider, with a remedy for each kind in `src/docs/causes.md`.

use std::{error::Error, io, iter};

use rustls::CertificateError;

use super::HttpError;

/// What is wrong with a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ConnectionError {
    /// No name, no route, nothing listens.
    Unreachable,
    /// The provider closed the connection without a whole response.
    Closed,
    /// This machine has no CA certificates.
    NoCaCertificates,
    /// The certificate is self-signed, or its CA is unknown on this machine.
    UnknownCa,
    /// The certificate is expired or not valid yet.
    CertificateExpired,
    /// The certificate is for other hosts.
    CertificateName,
    /// Any other failure of TLS.
    Tls,
    /// The environment names a proxy that cannot be used.
    ProxyInvalid,
    /// The proxy does not answer, or refuses.
    Proxy,
}

/// Returns the kind of `error`, and its causes as one line without the URL, whose query may hold a secret.
pub(super) fn connection(error: reqwest::Error) -> HttpError {
    let error = error.without_url();
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    HttpError::Connection(ConnectionError::of(&error), text)
}

impl ConnectionError {
    /// Returns true if other CA certificates or proxy settings can help.
    pub(super) fn is_of_setup(self) -> bool {
        match self {
            Self::NoCaCertificates | Self::UnknownCa | Self::ProxyInvalid | Self::Proxy => true,
            Self::Unreachable
            | Self::Closed
            | Self::CertificateExpired
            | Self::CertificateName
            | Self::Tls => false,
        }
    }

    fn of(error: &reqwest::Error) -> Self {
        let causes: Vec<&(dyn Error + 'static)> = causes(error).collect();
        // A proxy that is reached by https can have a wrong certificate itself.
        if causes.iter().any(|cause| is_of_proxy(*cause)) {
            return Self::Proxy;
        }
        let tls = causes
            .iter()
            .find_map(|cause| cause.downcast_ref::<rustls::Error>());
        if let Some(tls) = tls {
            return Self::of_tls(tls);
        }
        if !error.is_connect() && causes.iter().any(|cause| is_closed(*cause)) {
            return Self::Closed;
        }
        Self::Unreachable
    }

    fn of_tls(error: &rustls::Error) -> Self {
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
            // A self-signed certificate as `openssl req -x509` makes it is a CA itself, which rustls has no kind of its own for.
            CertificateError::Other(other) if other.to_string().contains("CaUsedAsEndEntity") => {
                Self::UnknownCa
            }
            _ => Self::Tls,
        }
    }
}

/// The errors below `error`, itself first. An `io::Error` leaves the error that it wraps out of its `source`.
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

/// The texts of `hyper_util`'s `TunnelError` and reqwest's `SocksProxyError`, whose types are private.
fn is_of_proxy(cause: &(dyn Error + 'static)) -> bool {
    let text = cause.to_string();
    text.starts_with("tunnel error") || text.contains("socks proxy")
}

fn is_closed(cause: &(dyn Error + 'static)) -> bool {
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
