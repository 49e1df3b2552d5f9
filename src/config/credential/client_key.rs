//! `client_key_file`: a private key that signs client assertions, and the configuration keys that
//! belong to it.

use rustls::pki_types::{CertificateDer, pem::PemObject};
use secrecy::ExposeSecret;

use super::{CredentialFile, CredentialFileError};
use crate::{
    config::{Diagnostic, reader::TableReader},
    private_key::{KeyAlgorithm, KeyError, PrivateKey},
};

/// A private key for `private_key_jwt` (OpenID Connect Core 1.0, section 9).
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ClientKey {
    file: CredentialFile,
    /// The `kid` under which the provider knows the key.
    pub(crate) id: Option<String>,
    /// `None` is the default of the key and the provider.
    pub(crate) algorithm: Option<KeyAlgorithm>,
    /// The file of the certificate, for `x5t#S256` (RFC 7515, section 4.1.8).
    certificate: Option<CredentialFile>,
    /// `None` is the default of the provider.
    pub(crate) audience: Option<AssertionAudience>,
    /// The `typ` of the header, or an empty string for none. `None` is the default of the provider.
    pub(crate) typ: Option<String>,
}

/// The value of `aud` in a client assertion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AssertionAudience {
    Issuer,
    TokenEndpoint,
}

pub(super) const CLIENT_KEY_FILE: &str = "client_key_file";
const ID: &str = "client_key_id";
const ALGORITHM: &str = "client_key_algorithm";
const CERTIFICATE_FILE: &str = "client_certificate_file";
const AUDIENCE: &str = "client_assertion_audience";
const TYP: &str = "client_assertion_typ";

/// The keys that need `client_key_file`.
pub(super) const DEPENDENT_KEYS: [&str; 5] = [ID, ALGORITHM, CERTIFICATE_FILE, AUDIENCE, TYP];

impl ClientKey {
    /// Reads the keys of `private_key_jwt`, and checks the files.
    pub(super) fn read(
        reader: &TableReader<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let file = CredentialFile::from_key(reader, CLIENT_KEY_FILE, diagnostics);
        let id = reader.text(ID, diagnostics).map(str::to_owned);
        let algorithms = KeyAlgorithm::ALL.map(|algorithm| (algorithm.name(), algorithm));
        let algorithm = one_of(reader, ALGORITHM, &algorithms, diagnostics);
        let certificate = CredentialFile::from_key(reader, CERTIFICATE_FILE, diagnostics);
        let audience = one_of(reader, AUDIENCE, &AUDIENCES, diagnostics);
        let typ = one_of(reader, TYP, &TYPES, diagnostics).map(str::to_owned);
        let key = Self {
            file: file?,
            id,
            algorithm,
            certificate,
            audience,
            typ,
        };
        match key.load() {
            Ok(loaded) => diagnostics.extend(key.algorithm_problem(&loaded, reader)),
            Err(error) => diagnostics.push(error.diagnostic(reader)),
        }
        match key.certificate() {
            Some(Ok(certificate)) => {
                diagnostics.extend(key.certificate_problem(&certificate, reader));
            }
            Some(Err(error)) => diagnostics.push(error.diagnostic(reader)),
            None => {}
        }
        Some(key)
    }

    /// Reads the private key.
    ///
    /// # Errors
    ///
    /// [`CredentialFileError`] if the file cannot be read or has no usable key.
    pub(crate) fn load(&self) -> Result<PrivateKey, CredentialFileError> {
        load(&self.file)
    }

    /// Reads the certificate of the key, the first one in its file. Returns `None` if no file is
    /// configured.
    ///
    /// # Errors
    ///
    /// [`CredentialFileError`] if the file cannot be read or has no certificate.
    pub(crate) fn certificate(
        &self,
    ) -> Option<Result<CertificateDer<'static>, CredentialFileError>> {
        let file = self.certificate.as_ref()?;
        let read = || {
            let pem = file.read()?;
            CertificateDer::from_pem_slice(pem.expose_secret().as_bytes()).map_err(|_| {
                let help = "Write the certificate as PEM: -----BEGIN CERTIFICATE-----";
                file.error("the file has no certificate", help)
            })
        };
        Some(read())
    }

    fn certificate_problem(
        &self,
        certificate: &[u8],
        reader: &TableReader<'_>,
    ) -> Option<Diagnostic> {
        let key = self.load().ok()?;
        (!key.has_certificate(certificate)).then(|| {
            reader.diagnostic(
                CERTIFICATE_FILE,
                "the certificate does not belong to the key in client_key_file",
                "Write the path of the certificate that was issued for this key.",
            )
        })
    }

    fn algorithm_problem(&self, key: &PrivateKey, reader: &TableReader<'_>) -> Option<Diagnostic> {
        let algorithm = self.algorithm?;
        if key.algorithms().contains(&algorithm) {
            return None;
        }
        let names: Vec<_> = key.algorithms().iter().map(|known| known.name()).collect();
        Some(reader.diagnostic(
            ALGORITHM,
            format!("{} does not fit {}", algorithm.name(), key.kind()),
            format!("Remove this line, or write {}.", names.join(" or ")),
        ))
    }
}

/// Reads the private key of `file`.
///
/// # Errors
///
/// [`CredentialFileError`] if the file cannot be read or has no usable key.
pub(super) fn load(file: &CredentialFile) -> Result<PrivateKey, CredentialFileError> {
    let pem = file.read()?;
    PrivateKey::from_pem(pem.expose_secret()).map_err(|error| match error {
        KeyError::NotFound => file.error(
            "the file has no private key",
            "Write the private key as PEM: -----BEGIN PRIVATE KEY-----",
        ),
        KeyError::Public => file.error(
            "the file has a public key or a certificate, but no private key",
            "Write the path of the private key. The provider has the public one.",
        ),
        KeyError::Several => file.error(
            "the file has several private keys",
            "Keep only the key that is registered at the provider.",
        ),
        KeyError::Encrypted => file.error(
            "the private key is encrypted with a password",
            "Decrypt it: openssl pkey -in encrypted.pem -out client_key.pem",
        ),
        KeyError::OpenSsh => file.error(
            "the private key is in OpenSSH format",
            "Create one in PEM format: openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out client_key.pem",
        ),
        KeyError::Damaged => file.error(
            "the private key is damaged",
            "Copy the whole file again, with its line breaks.",
        ),
        KeyError::Unsupported => file.error(
            "the private key is damaged or of an unsupported type",
            "Use RSA with 2048 to 4096 bits, P-256 or Ed25519.",
        ),
    })
}

const AUDIENCES: [(&str, AssertionAudience); 2] = [
    ("issuer", AssertionAudience::Issuer),
    ("token_endpoint", AssertionAudience::TokenEndpoint),
];

/// The `typ` of the standard, the usual one before it, and none.
///
/// Source: draft-ietf-oauth-rfc7523bis, section 4.
const TYPES: [(&str, &str); 3] = [
    ("client-authentication+jwt", "client-authentication+jwt"),
    ("JWT", "JWT"),
    ("", ""),
];

/// Reads a string that must be one of `choices`.
fn one_of<T: Copy>(
    reader: &TableReader<'_>,
    key: &str,
    choices: &[(&str, T)],
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<T> {
    let found = reader.string(key, diagnostics)?;
    let choice = choices.iter().find(|(name, _)| *name == found);
    if choice.is_none() {
        let names: Vec<_> = choices
            .iter()
            .map(|(name, _)| format!("{name:?}"))
            .collect();
        let help = format!("Write one of {}.", names.join(", "));
        diagnostics.push(reader.diagnostic(key, "unsupported value", help));
    }
    choice.map(|(_, value)| *value)
}
