//! The rows of the table.

use std::pin::Pin;

use axum::{Router, extract::Request, response::Response, routing::get};
use serde_json::{Map, Value};
use tower::ServiceExt;

use crate::{
    huskarl, ours, peers, signed,
    situation::{self, Situation},
};

pub struct Row {
    pub name: &'static str,
    /// The requested path.
    pub path: &'static str,
    knows: Knows,
    make: fn(Map<String, Value>) -> Making,
}

/// The information about the user in the response.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Knows {
    /// None. The response is "ok".
    Nobody,
    /// "in" or "out".
    Visitor,
    /// As `Visitor`, but the handler is not called without a cookie.
    Members,
    /// Only the response to a request without a cookie is measured.
    Login,
    /// Needs a cookie in one piece.
    Limit,
}

type Making = Pin<Box<dyn Future<Output = Subject>>>;

/// The router of a row, and the `Cookie` header of its user.
pub struct Subject {
    app: App,
    pub cookie: String,
}

enum App {
    Router(Router),
    Function(Box<dyn Fn(Request) -> &'static str>),
}

macro_rules! row {
    ($name:literal, $knows:ident, $make:path) => {
        row!($name, $knows, $make, "/")
    };
    ($name:literal, $knows:ident, $make:path, $path:expr) => {
        Row {
            name: $name,
            path: $path,
            knows: Knows::$knows,
            make: |claims| Box::pin(async move { $make(&claims).await }),
        }
    };
}

pub const ROWS: &[Row] = &[
    row!("bare axum", Nobody, bare_axum),
    row!("no-op layer", Nobody, peers::no_op),
    row!(
        "no-op layer that inserts an `Arc`",
        Nobody,
        peers::inserting
    ),
    row!("tower-cookies, nothing read", Nobody, peers::cookies_unread),
    row!(
        "tower-cookies, one cookie read",
        Nobody,
        peers::cookies_read
    ),
    row!(
        "lower bound: HMAC, base64, JSON, no framework",
        Limit,
        limit
    ),
    row!("axum-extra `SignedCookieJar`", Visitor, peers::signed_jar),
    row!("axum-extra `PrivateCookieJar`", Visitor, peers::private_jar),
    row!("tower-sessions, in memory", Visitor, peers::sessions),
    row!("axum-login, in memory", Visitor, peers::login),
    row!(
        "huskarl-axum, cookie session",
        Visitor,
        huskarl::cookie_session
    ),
    row!("jsonwebtoken, HS256", Visitor, peers::json_web_token),
    row!("this crate: layer only", Nobody, ours::layer_only),
    row!("this crate: User, one claim", Visitor, ours::one_claim),
    row!(
        "this crate: User, one claim, fixed configuration",
        Visitor,
        ours::fixed_configuration
    ),
    row!("this crate: User, all claims", Visitor, ours::all_claims),
    row!("this crate: User twice", Visitor, ours::user_twice),
    row!("this crate: guard and User", Members, ours::guard_and_user),
    row!(
        "this crate: 100 providers, User, one claim",
        Visitor,
        ours::many_providers
    ),
    row!(
        "this crate: start of a login",
        Login,
        ours::login_start,
        ours::LOGIN
    ),
];

/// Not in the table: its cost is that of creating the request, which is subtracted from the others.
pub const NOTHING: Row = row!("nothing", Nobody, nothing);

pub fn find(name: &str) -> &'static Row {
    ROWS.iter()
        .chain(&[NOTHING])
        .find(|row| row.name == name)
        .unwrap_or_else(|| panic!("no row {name}"))
}

impl Row {
    pub fn is_for(&self, situation: &Situation) -> bool {
        match self.knows {
            Knows::Nobody | Knows::Visitor => true,
            Knows::Members => situation.signed_in,
            Knows::Login => situation.name == "no cookie",
            Knows::Limit => situation.signed_in || situation.name == "tampered",
        }
    }

    /// Creates the row and asserts that its response is right.
    pub async fn subject(&self, situation: &Situation) -> Subject {
        let claims = situation::claims("110169484474386276334", situation.claims);
        let subject = (self.make)(claims).await;
        let request = crate::request(self.path, &situation.header(&subject.cookie));
        let body = axum::body::to_bytes(subject.send(request).await.into_body(), 1000)
            .await
            .expect("a short body");
        let expected: &[u8] = match (self.knows, situation.signed_in) {
            (Knows::Nobody, _) => b"ok",
            (Knows::Login, _) => b"",
            (_, true) => b"in",
            (_, false) => b"out",
        };
        assert_eq!(body, expected, "{}, {}", self.name, situation.name);
        subject
    }
}

impl Subject {
    pub fn router(router: Router, cookie: String) -> Self {
        Self {
            app: App::Router(router),
            cookie,
        }
    }

    pub async fn send(&self, request: Request) -> Response {
        match &self.app {
            App::Router(router) => match router.clone().oneshot(request).await {
                Ok(response) => response,
                Err(never) => match never {},
            },
            App::Function(function) => Response::new(function(request).into()),
        }
    }

    pub fn into_router(self) -> Router {
        match self.app {
            App::Router(router) => router,
            App::Function(_) => panic!("this row is no router"),
        }
    }
}

/// A route without authentication.
pub fn bare() -> Router {
    Router::new().route("/", get(|| async { "ok" }))
}

async fn bare_axum(claims: &Map<String, Value>) -> Subject {
    Subject::router(bare(), ours::cookie(claims))
}

async fn nothing(_: &Map<String, Value>) -> Subject {
    Subject {
        app: App::Function(Box::new(|request| {
            std::mem::forget(request);
            "ok"
        })),
        cookie: "visitor=ada".to_owned(),
    }
}

async fn limit(claims: &Map<String, Value>) -> Subject {
    let text = serde_json::to_string(claims).expect("claims are JSON");
    Subject {
        app: App::Function(Box::new(signed::limit())),
        cookie: format!("visitor={}", signed::sign("visitor", &text)),
    }
}
