//! Certificates for an https provider. The keys in `tls/` are public: do not use them anywhere
//! else.

use std::sync::Arc;

use rustls::{
    ServerConfig,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
};
use tokio_rustls::TlsAcceptor;

/// The certificate of an https provider. The test CA issued all but the self-signed ones.
#[derive(Clone, Copy, Debug)]
pub enum Tls {
    /// Valid for 127.0.0.1 and localhost until 2120, if [`TEST_CA`] is trusted.
    Valid,
    /// Expired in 2021.
    Expired,
    /// Issued for other.example.
    WrongHost,
    /// Issued for www.linkedin.com, by [`TEST_CA_OF_LINKEDIN`].
    LinkedIn,
    SelfSigned,
    /// Self-signed with the CA flag, as created by `openssl req -x509`.
    SelfSignedCa,
}

/// Path of the test CA certificate, for `SSL_CERT_FILE`.
pub const TEST_CA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/provider/tls/ca.pem");

/// Path of the certificate of a second test CA, which may issue for www.linkedin.com only.
pub const TEST_CA_OF_LINKEDIN: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/src/provider/tls/linkedin_ca.pem"
);

impl Tls {
    pub(super) fn acceptor(self) -> TlsAcceptor {
        let pem: &[u8] = match self {
            Self::Valid => include_bytes!("tls/right.pem"),
            Self::Expired => include_bytes!("tls/expired.pem"),
            Self::WrongHost => include_bytes!("tls/wrong_host.pem"),
            Self::LinkedIn => include_bytes!("tls/linkedin.pem"),
            Self::SelfSigned => include_bytes!("tls/self_signed.pem"),
            Self::SelfSignedCa => include_bytes!("tls/self_signed_ca.pem"),
        };
        let chain =
            vec![CertificateDer::from_pem_slice(pem).expect("the test certificate is valid")];
        let key = PrivateKeyDer::from_pem_slice(include_bytes!("tls/leaf.key"))
            .expect("the test key is valid");
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key));
        TlsAcceptor::from(Arc::new(config.expect("key and certificate fit")))
    }
}
