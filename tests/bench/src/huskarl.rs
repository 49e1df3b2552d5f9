//! huskarl-axum with its session, including the claims, in an encrypted cookie.

use std::time::{Duration, SystemTime};

use axum::{Router, body::Bytes, http::HeaderMap, routing::get};
use huskarl::{
    core::{
        Error, RetryAdvice,
        client_auth::NoAuth,
        crypto::seal::AeadV1Sealer,
        http::{HttpClient, HttpResponse, Idempotency},
        jwk::OctBytes,
        platform::MaybeSendBoxFuture,
        secrets::{ProvidedSecret, Secret, SecretBytes},
    },
    grant::authorization_code::AuthorizationCodeGrant,
};
use huskarl_axum::login::{
    CookieSessionStore, LoginConfig, LoginLayer, LoginSession, Session, SessionDriver,
    SessionLifetime,
};
use huskarl_crypto_native::aead::AesGcmKey;
use huskarl_login::{SessionState, engine::LoginEngine};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{rows::Subject, situation::answer};

#[derive(Clone, Serialize, Deserialize)]
struct Visitor {
    state: SessionState,
    claims: Map<String, Value>,
}

impl Session for Visitor {
    fn state(&self) -> &SessionState {
        &self.state
    }

    fn set_state(&mut self, state: SessionState) {
        self.state = state;
    }
}

pub async fn cookie_session(claims: &Map<String, Value>) -> Subject {
    let now = SystemTime::now();
    let visitor = Visitor {
        state: SessionState::builder()
            .token_expiry(now + Duration::from_secs(24 * 60 * 60))
            .created_at(now)
            .build(),
        claims: claims.clone(),
    };
    let engine = LoginEngine::builder()
        .config(config())
        .grant(grant().await)
        .session_store(store().await)
        .build()
        .expect("an engine");
    let cookies = engine
        .session_store()
        .save(&visitor, &HeaderMap::new())
        .await
        .expect("a session that fits");
    let cookies: Vec<&str> = cookies
        .iter()
        .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
        .filter(|pair| !pair.ends_with('='))
        .collect();

    let layer = LoginLayer::builder()
        .config(config())
        .grant(grant().await)
        .session_store(store().await)
        .build()
        .expect("a layer");
    let read = get(|session: Option<LoginSession<Visitor>>| async move {
        let name = session
            .as_ref()
            .and_then(|visitor| visitor.claims.get("name")?.as_str());
        answer(name)
    });
    let router = Router::new().route("/", read).layer(layer.load_session());
    Subject::router(router, cookies.join("; "))
}

fn config() -> LoginConfig {
    LoginConfig::builder()
        .callback_path("/callback")
        .scope(Vec::new())
        .session_lifetime(SessionLifetime::DelegatedToAuthorizationServer)
        .build()
        .expect("a configuration")
}

async fn store() -> CookieSessionStore<Visitor> {
    let key = ProvidedSecret::new(SecretBytes::new(vec![7; 32])).mapped(OctBytes::new("A256GCM"));
    let key = AesGcmKey::from_secret(key).await.expect("a key");
    CookieSessionStore::builder()
        .sealer(AeadV1Sealer::new(key))
        .cookie_name("session".parse().expect("a name"))
        .build_with_claims(|state, _| {
            Ok(Visitor {
                state,
                claims: Map::new(),
            })
        })
}

async fn grant() -> AuthorizationCodeGrant {
    AuthorizationCodeGrant::builder()
        .client_id("client")
        .http_client(NoNetwork)
        .client_auth(NoAuth)
        .token_endpoint("https://provider.example.com/token".parse().expect("a URL"))
        .authorization_endpoint(
            "https://provider.example.com/authorize"
                .parse()
                .expect("a URL"),
        )
        .redirect_uri("https://app.example.com/callback")
        .build()
        .await
        .expect("a grant")
}

/// No measured request contacts the provider.
struct NoNetwork;

impl HttpClient for NoNetwork {
    fn execute(
        &self,
        _: axum::http::Request<Bytes>,
        _: Idempotency,
    ) -> MaybeSendBoxFuture<'_, Result<HttpResponse, Error>> {
        Box::pin(async { Err(Error::new(RetryAdvice::RETRY, "there is no network")) })
    }
}
