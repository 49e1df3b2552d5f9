//! Tests of the provider: it conforms by default, and each fault has its effect.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use rustls::{
    ClientConfig, RootCertStore,
    crypto::ring,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use serde_json::json;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::client::Client;
use support::{
    Auth, Behaviour, Provider, TEST_CA, Tls, TokenSignature, Visit, encrypted_token, keys, user,
};

#[tokio::test]
async fn login_succeeds_with_every_algorithm() {
    let provider = Provider::start().await;
    provider.client(|client| {
        client.id = "odd id:%+é".to_owned();
        client.secret = "s:e%c+r e&t=é".to_owned();
    });
    let mut client = Client::new(&provider);
    for alg in "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 EdDSA".split(' ') {
        provider.set(|f| f.alg = alg);

        let tokens = client.tokens().await;
        let claims = client.verified(&tokens).await;

        let claims = claims.unwrap_or_else(|error| panic!("{alg}: {error}"));
        assert_eq!(claims["city"], "Köln", "{alg}");
        let bearer = format!("Bearer {}", tokens["access_token"].as_str().unwrap());
        let url = provider.url("/userinfo").parse().unwrap();
        let userinfo = Visit::get(url).header("authorization", &bearer);
        let page = client.http.step(userinfo).await;
        assert_eq!(page.json()["email"], "ada@example.org");
    }
    assert_eq!(provider.violations(), [""; 0]);
    assert_eq!(provider.count("token"), 9);
}

#[tokio::test]
async fn altered_signatures_are_invalid() {
    let provider = Provider::start().await;
    let mut client = Client::new(&provider);
    for alg in ["RS256", "ES256", "ES384"] {
        for (seal, verifies) in [
            (TokenSignature::Intact, true),
            (TokenSignature::Flipped, false),
            (TokenSignature::Empty, false),
            (TokenSignature::Absent, false),
            (TokenSignature::Truncated, false),
            (TokenSignature::Zero, false),
            (TokenSignature::ForeignKey, false),
            (TokenSignature::HmacOfPem, false),
            (TokenSignature::HmacOfJwk, false),
            (TokenSignature::Der, false),
            (TokenSignature::Twin, true),
        ] {
            if alg == "RS256" && matches!(seal, TokenSignature::Der | TokenSignature::Twin) {
                continue;
            }
            provider.set(|f| (f.alg, f.signature) = (alg, seal));
            let tokens = client.tokens().await;
            let verdict = client.verified(&tokens).await;
            let index = seal as u8;
            assert_eq!(verdict.is_ok(), verifies, "{alg} {index}: {verdict:?}");
        }
    }
}

#[tokio::test]
async fn claims_header_and_response_can_be_edited() {
    let provider = Provider::start().await;
    let mut client = Client::new(&provider);
    provider.set(|f| {
        f.claims.set("nonce", "another");
        f.claims.remove("sub");
        f.header.set("alg", "nOnE");
        f.payload = Some(|text| text.replace("Köln", r"\ud800"));
        f.token_response.set("token_type", "mac");
    });
    let tokens = client.tokens().await;
    let parts: Vec<_> = tokens["id_token"].as_str().unwrap().split('.').collect();
    assert_eq!(tokens["token_type"], "mac");
    assert_eq!(parts.len(), 3);
    assert!(client.verified(&tokens).await.is_err());

    provider.clear_faults();
    provider.set(|f| f.id_token = Some(json!(encrypted_token())));
    let tokens = client.tokens().await;
    assert_eq!(tokens["id_token"].as_str().unwrap().split('.').count(), 5);

    provider.clear_faults();
    provider.set(|f| f.deny("access_denied", "<script>"));
    let parameters = client.authorize().await;
    let names: Vec<_> = parameters.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["state", "iss", "error", "error_description"]);
}

#[tokio::test]
async fn rotated_and_foreign_keys_are_published() {
    let provider = Provider::start().await;
    provider.sign_with("RS256");
    let mut client = Client::new(&provider);
    provider.set(|f| f.rotate_before_signing = true);
    let before = client.get(&provider.url("/jwks")).await.json();
    let tokens = client.tokens().await;
    let after = client.get(&provider.url("/jwks")).await.json();
    assert_eq!(before["keys"][0]["kid"], "rsa-1");
    assert_eq!(after["keys"][0]["kid"], "rsa-2");
    assert_ne!(before["keys"][0]["n"], after["keys"][0]["n"]);
    assert!(client.verified(&tokens).await.is_ok());

    provider.set(|f| f.more_keys = keys::hostile_keys());
    let many = client.get(&provider.url("/jwks")).await.json();
    assert_eq!(many["keys"].as_array().unwrap().len(), 21);
    let many = json!(keys::many_keys("EdDSA", 10_000)).to_string();
    assert!(many.len() < 1 << 20, "{}", many.len());
}

#[tokio::test]
async fn responses_can_be_delayed_truncated_or_redirected() {
    let provider = Provider::start().await;
    let other = Provider::start().await;
    let mut client = Client::new(&provider);
    let jwks = provider.url("/jwks");

    provider.set(|f| f.jwks = Behaviour::After(Duration::from_millis(300)));
    let start = Instant::now();
    client.get(&jwks).await;
    assert!(start.elapsed() >= Duration::from_millis(300));

    provider.set(|f| f.jwks = Behaviour::Padded(2_000_000));
    let page = client.get(&jwks).await;
    assert_eq!(
        (page.body.len(), page.json()["keys"].is_array()),
        (2_000_000, true)
    );

    provider.set(|f| f.jwks = Behaviour::GzipBomb);
    let page = client.get(&jwks).await;
    assert_eq!(page.header("content-encoding"), Some("gzip"));
    assert!(page.body.len() > 9_900_000);

    provider.set(|f| f.jwks = Behaviour::Bytes(|body| [b"\xEF\xBB\xBF", &body[..]].concat()));
    assert!(client.get(&jwks).await.text().starts_with('\u{feff}'));

    provider.set(|f| f.jwks = Behaviour::Redirect(307, other.url("/token")));
    let page = client.get(&jwks).await;
    assert_eq!(
        (page.status.as_u16(), page.location()),
        (307, Some(&*other.url("/token")))
    );
    assert!(other.all_requests().is_empty());

    for endless in [Behaviour::Hang, Behaviour::Drip, Behaviour::Endless] {
        provider.set(|f| f.jwks = endless);
        let waited = tokio::time::timeout(Duration::from_millis(50), client.get(&jwks));
        assert!(waited.await.is_err());
    }
    for broken in [Behaviour::Cut, Behaviour::HangUp] {
        provider.set(|f| f.jwks = broken);
        assert!(fails(&provider).await);
    }
    assert_eq!(provider.count("jwks"), 10);
}

#[tokio::test]
async fn stopped_provider_can_restart() {
    let provider = Provider::start().await;
    provider.stop().await;
    assert!(fails(&provider).await);
    provider.restart().await;
    assert!(!fails(&provider).await);
}

#[tokio::test]
async fn entra_emulation_uses_issuer_template() {
    let provider = Provider::start().await;
    let tenant = "9188040d-6c67-4c5b-b112-36a304b66dad";
    provider.emulate_entra(tenant);
    let mut client = Client::new(&provider);
    let url = provider.metadata_url();
    assert!(url.ends_with("/common/v2.0/.well-known/openid-configuration"));
    assert_eq!(client.get(&url).await.json(), provider.metadata());
    let issuer = provider.metadata()["issuer"].as_str().unwrap().to_owned();
    assert!(issuer.ends_with("/{tenantid}/v2.0"));
}

#[tokio::test]
async fn requested_certificate_is_served() {
    for (tls, verdict) in [
        (Tls::Valid, Ok(())),
        (Tls::Expired, Err("Expired")),
        (Tls::WrongHost, Err("NotValidForName")),
        (Tls::SelfSigned, Err("UnknownIssuer")),
    ] {
        let provider = Provider::start_tls(tls).await;
        let answer = handshake(provider.origin()).await;
        match (verdict, answer) {
            (Ok(()), Ok(())) => {}
            (Err(part), Err(error)) => assert!(error.contains(part), "{tls:?}: {error}"),
            (_, answer) => panic!("{tls:?}: {answer:?}"),
        }
    }
}

#[test]
fn wide_user_exceeds_one_cookie() {
    let claims = json!(user("wide")).to_string();
    assert!((6_400..6_700).contains(&claims.len()), "{}", claims.len());
}

#[tokio::test]
async fn public_client_needs_no_secret() {
    let provider = Provider::start().await;
    provider.client(|client| client.auth = Auth::None);
    let mut client = Client::new(&provider);
    let code = client.code().await;
    let mut request = client.token_request(&code);
    request.headers.clear();
    request
        .form
        .push(("client_id".to_owned(), "app".to_owned()));
    assert_eq!(client.http.step(request).await.status, 200);
}

async fn fails(provider: &Provider) -> bool {
    let url = provider.url("/jwks");
    let provider = Provider::start().await;
    tokio::spawn(async move { Client::new(&provider).get(&url).await.status })
        .await
        .is_err()
}

/// Result of a TLS handshake by a client that trusts the test CA.
async fn handshake(origin: &str) -> Result<(), String> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(TEST_CA).unwrap())
        .unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let address = origin.strip_prefix("https://").unwrap();
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("127.0.0.1").unwrap();
    let stream = TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await;
    stream.map(drop).map_err(|error| format!("{error:?}"))
}
