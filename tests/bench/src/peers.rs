//! Other crates, each used as in its documentation. All store the same claims and read one of them.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::Arc,
    task::{Context, Poll},
};

use axum::{
    Router,
    extract::{FromRef, Request, State},
    http::{
        HeaderMap, HeaderValue,
        header::{COOKIE, SET_COOKIE},
    },
    routing::get,
};
use axum_extra::extract::{
    PrivateCookieJar, SignedCookieJar,
    cookie::{Cookie, Key},
};
use axum_login::{AuthManagerLayerBuilder, AuthSession, AuthUser, AuthnBackend, UserId};
use jsonwebtoken::{DecodingKey, EncodingKey, Header, Validation};
use serde_json::{Map, Value};
use tower::{Service, layer::layer_fn};
use tower_cookies::{CookieManagerLayer, Cookies};
use tower_sessions::{
    CachingSessionStore, MemoryStore, Session, SessionManagerLayer, SessionStore,
};
use tower_sessions_moka_store::MokaStore;
use tower_sessions_redis_store::{
    RedisStore,
    fred::prelude::{ClientLike, Config, Pool},
};

use crate::{
    rows::{Subject, bare},
    signed::SECRET,
    situation::answer,
};

type Claims = Map<String, Value>;

/// Passes the request on, with or without an `Arc` in its extensions.
#[derive(Clone)]
struct HandOn<S> {
    inner: S,
    inserted: Option<Arc<u64>>,
}

impl<S: Service<Request>> Service<Request> for HandOn<S> {
    type Response = S::Response;
    type Error = S::Error;
    type Future = S::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, mut request: Request) -> S::Future {
        if let Some(inserted) = &self.inserted {
            request.extensions_mut().insert(Arc::clone(inserted));
        }
        self.inner.call(request)
    }
}

pub async fn no_op(_: &Claims) -> Subject {
    let layer = layer_fn(|inner| HandOn {
        inner,
        inserted: None,
    });
    Subject::router(bare().layer(layer), "visitor=ada".to_owned())
}

pub async fn inserting(_: &Claims) -> Subject {
    let inserted = Arc::new(1);
    let layer = layer_fn(move |inner| HandOn {
        inner,
        inserted: Some(Arc::clone(&inserted)),
    });
    Subject::router(bare().layer(layer), "visitor=ada".to_owned())
}

pub async fn cookies_unread(_: &Claims) -> Subject {
    let router = bare().layer(CookieManagerLayer::new());
    Subject::router(router, "visitor=ada".to_owned())
}

pub async fn cookies_read(_: &Claims) -> Subject {
    async fn handler(cookies: Cookies) -> &'static str {
        std::hint::black_box(cookies.get("visitor"));
        "ok"
    }
    let router = Router::new()
        .route("/", get(handler))
        .layer(CookieManagerLayer::new());
    Subject::router(router, "visitor=ada".to_owned())
}

/// The key of the cookie jars, passed as in their documentation.
#[derive(Clone)]
struct Jars {
    key: Key,
}

impl FromRef<Jars> for Key {
    fn from_ref(jars: &Jars) -> Self {
        jars.key.clone()
    }
}

impl Jars {
    fn new() -> Self {
        Self {
            key: Key::from(SECRET.repeat(2).as_bytes()),
        }
    }
}

pub async fn signed_jar(claims: &Claims) -> Subject {
    let text = serde_json::to_string(claims).expect("claims are JSON");
    let set = get(async move |jar: SignedCookieJar| jar.add(Cookie::new("visitor", text)));
    let read = get(|jar: SignedCookieJar| async move {
        let claims = jar
            .get("visitor")
            .and_then(|cookie| serde_json::from_str::<Claims>(cookie.value()).ok());
        answer(name(claims.as_ref()))
    });
    signed_in(
        Router::new()
            .route("/login", set)
            .route("/", read)
            .with_state(Jars::new()),
    )
    .await
}

pub async fn private_jar(claims: &Claims) -> Subject {
    let text = serde_json::to_string(claims).expect("claims are JSON");
    let set = get(async move |jar: PrivateCookieJar| jar.add(Cookie::new("visitor", text)));
    let read = get(|jar: PrivateCookieJar| async move {
        let claims = jar
            .get("visitor")
            .and_then(|cookie| serde_json::from_str::<Claims>(cookie.value()).ok());
        answer(name(claims.as_ref()))
    });
    signed_in(
        Router::new()
            .route("/login", set)
            .route("/", read)
            .with_state(Jars::new()),
    )
    .await
}

pub async fn sessions(claims: &Claims) -> Subject {
    sessions_in(MemoryStore::default(), claims).await
}

async fn sessions_in(store: impl SessionStore + Clone, claims: &Claims) -> Subject {
    let claims = claims.clone();
    let set = get(async move |session: Session| {
        session
            .insert("claims", claims)
            .await
            .expect("claims are JSON");
    });
    let read = get(|session: Session| async move {
        let claims: Option<Claims> = session.get("claims").await.ok().flatten();
        answer(name(claims.as_ref()))
    });
    signed_in(
        Router::new()
            .route("/login", set)
            .route("/", read)
            .layer(SessionManagerLayer::new(store)),
    )
    .await
}

/// Crates whose sessions are in Redis on this port.
pub async fn in_redis(port: u16, claims: &Claims) -> Vec<(&'static str, Subject)> {
    let config = Config::from_url(&format!("redis://127.0.0.1:{port}")).expect("a URL");
    let pool = Pool::new(config, None, None, None, 1).expect("a pool");
    pool.init().await.expect("a connection");
    let redis = RedisStore::new(pool);
    let moka = CachingSessionStore::new(MokaStore::new(Some(10_000)), redis.clone());
    vec![
        (
            "tower-sessions, Redis",
            sessions_in(redis.clone(), claims).await,
        ),
        (
            "tower-sessions, Redis behind Moka",
            sessions_in(moka, claims).await,
        ),
        ("axum-login, Redis", login_in(redis, claims).await),
    ]
}

#[derive(Clone, Debug)]
struct Person {
    claims: Claims,
}

#[derive(Clone)]
struct People(Arc<HashMap<u64, Person>>);

impl AuthUser for Person {
    type Id = u64;

    fn id(&self) -> u64 {
        1
    }

    fn session_auth_hash(&self) -> &[u8] {
        b"a hash of a password"
    }
}

impl AuthnBackend for People {
    type User = Person;
    type Credentials = u64;
    type Error = Infallible;

    async fn authenticate(&self, id: u64) -> Result<Option<Person>, Infallible> {
        self.get_user(&id).await
    }

    async fn get_user(&self, id: &UserId<Self>) -> Result<Option<Person>, Infallible> {
        Ok(self.0.get(id).cloned())
    }
}

pub async fn login(claims: &Claims) -> Subject {
    login_in(MemoryStore::default(), claims).await
}

async fn login_in(store: impl SessionStore + Clone, claims: &Claims) -> Subject {
    let person = Person {
        claims: claims.clone(),
    };
    let people = People(Arc::new(HashMap::from([(1, person.clone())])));
    let set = get(async move |mut session: AuthSession<People>| {
        session.login(&person).await.expect("a login");
    });
    let read = get(|session: AuthSession<People>| async move {
        answer(name(session.user.as_ref().map(|person| &person.claims)))
    });
    let sessions = SessionManagerLayer::new(store);
    let layer = AuthManagerLayerBuilder::new(people, sessions).build();
    signed_in(
        Router::new()
            .route("/login", set)
            .route("/", read)
            .layer(layer),
    )
    .await
}

/// A JWT in a cookie, signed with HMAC, as in this crate. Public-key signatures are much slower.
pub async fn json_web_token(claims: &Claims) -> Subject {
    let mut claims = claims.clone();
    claims.insert("exp".to_owned(), 4_000_000_000_u64.into());
    let key = EncodingKey::from_secret(SECRET.as_bytes());
    let token = jsonwebtoken::encode(&Header::default(), &claims, &key).expect("claims are JSON");
    let mut validation = Validation::default();
    validation.set_audience(&["1234987819200.apps.googleusercontent.com"]);
    let state = Arc::new((DecodingKey::from_secret(SECRET.as_bytes()), validation));
    async fn read(
        State(state): State<Arc<(DecodingKey, Validation)>>,
        headers: HeaderMap,
    ) -> &'static str {
        let (key, validation) = &*state;
        let cookie = headers.get(COOKIE).and_then(|cookie| cookie.to_str().ok());
        let claims = cookie
            .and_then(|cookie| cookie.strip_prefix("visitor="))
            .and_then(|token| jsonwebtoken::decode::<Claims>(token, key, validation).ok())
            .map(|token| token.claims);
        answer(name(claims.as_ref()))
    }
    let router = Router::new().route("/", get(read)).with_state(state);
    Subject::router(router, format!("visitor={token}"))
}

fn name(claims: Option<&Claims>) -> Option<&str> {
    claims?.get("name")?.as_str()
}

/// The cookies set by `/login` are sent with the measured requests.
async fn signed_in(router: Router) -> Subject {
    let subject = Subject::router(router, String::new());
    let response = subject
        .send(crate::request("/login", &HeaderValue::from_static("")))
        .await;
    let cookies: Vec<&str> = response
        .headers()
        .get_all(SET_COOKIE)
        .iter()
        .filter_map(|cookie| cookie.to_str().ok()?.split(';').next())
        .collect();
    assert!(!cookies.is_empty(), "a login sets cookies");
    Subject::router(subject.into_router(), cookies.join("; "))
}
