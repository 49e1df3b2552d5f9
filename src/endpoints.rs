//! The paths that are ours, and what becomes of a [`Login`] that a handler returned.

use std::sync::Arc;

use axum::{
    extract::Request,
    http::{
        Method, StatusCode,
        header::{ALLOW, CACHE_CONTROL, SET_COOKIE, VARY},
    },
    response::{IntoResponse, Response},
};

use crate::{
    config::CALLBACK,
    guard,
    login::{self, Failure, Login, ReturnPath, redirect},
    logout,
    pages::{self, Cause, Choice},
    shared::Shared,
    site::{Kind, Visit, is_safe},
};

/// A path of ours.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    Callback,
    Login(Option<String>),
    Logout,
    #[cfg(feature = "dev")]
    Development,
}

impl Shared {
    /// Which of our paths this is, if it is one.
    pub(crate) fn endpoint(&self, path: &str) -> Option<Endpoint> {
        self.site
            .below_base(path)
            .find_map(|path| self.endpoint_below_base(path))
    }

    fn endpoint_below_base(&self, path: &str) -> Option<Endpoint> {
        if path == CALLBACK {
            return Some(Endpoint::Callback);
        }
        match path.strip_prefix("/auth/")?.split_once('/') {
            None if path == "/auth/login" => Some(Endpoint::Login(None)),
            None if path == "/auth/logout" => Some(Endpoint::Logout),
            Some(("login", name)) => Some(Endpoint::Login(Some(name.to_owned()))),
            #[cfg(feature = "dev")]
            Some(("dev", _)) if self.development.is_some() => Some(Endpoint::Development),
            _ => None,
        }
    }

    pub(crate) async fn answer(
        self: Arc<Self>,
        endpoint: Endpoint,
        visit: Arc<Visit>,
        request: Request,
    ) -> Response {
        let is_get = visit.method == Method::GET;
        // `Body` is not `Sync`, so the request itself must not be looked at across an await.
        let query = request.uri().query().unwrap_or_default().to_owned();
        match endpoint {
            #[cfg(feature = "dev")]
            Endpoint::Development => self.answer_development(request).await,
            Endpoint::Logout if !is_get && visit.method != Method::POST => not_allowed("GET, POST"),
            Endpoint::Login(_) | Endpoint::Callback if !is_get => not_allowed("GET"),
            // A page fetched ahead of its visitor uses nothing up; the real request follows.
            _ if visit.kind == Kind::Prefetch => no_content(),
            Endpoint::Logout => self.logout(&visit).await,
            _ if visit.kind == Kind::Script => {
                Failure::of(Cause::NotAPage).answer(&visit, None, None)
            }
            #[cfg(feature = "streamlit")]
            Endpoint::Login(None) if login::provider_token::of(&query).is_some() => {
                self.login_from_streamlit(&query, &visit).await
            }
            Endpoint::Login(provider) => {
                let next = login::next_of(&query);
                self.login(
                    provider.as_deref(),
                    next.and_then(|next| ReturnPath::parse(&self.site, &next)),
                    &visit,
                )
                .await
            }
            Endpoint::Callback => login::finish(&visit, &self.providers, &query).await,
        }
    }

    /// `GET /auth/login` and `GET /auth/login/<provider>`.
    async fn login(&self, name: Option<&str>, next: Option<ReturnPath>, visit: &Visit) -> Response {
        let provider = match name {
            Some(name) => self.providers.find(name),
            None => self.providers.default(),
        };
        match (provider, name) {
            (Some(provider), _) => {
                let back = next.clone();
                let start = login::start(&self.site, provider, next, &visit.cookies);
                let outcome = tokio::time::timeout(login::TIME_OUT, start)
                    .await
                    .unwrap_or_else(|_| Err(Failure::timed_out(Some(provider))));
                outcome.unwrap_or_else(|failure| {
                    let next = back.map(|next| next.as_str().to_owned());
                    failure.answer(visit, Some(&provider.config.name), next)
                })
            }
            (None, Some(_)) => Failure::of(Cause::UnknownProvider).answer(visit, None, None),
            (None, None) => self.choose(next, visit),
        }
    }

    /// `GET /auth/login?provider=<JWT>`, which ends at home, as every login of Streamlit's.
    #[cfg(feature = "streamlit")]
    async fn login_from_streamlit(&self, query: &str, visit: &Visit) -> Response {
        let token = login::provider_token::of(query).unwrap_or_default();
        let now = self.site.config.now();
        let Some(name) = login::provider_token::provider(&self.site, &token, now) else {
            tracing::warn!(target: crate::LOG, "login from Streamlit refused: the token is not of our cookie secret, or older than two minutes");
            return redirect(&self.site.home());
        };
        let is_default = name == crate::config::DEFAULT && self.providers.find(&name).is_none();
        let name = Some(name).filter(|_| !is_default);
        self.login(name.as_deref(), None, visit).await
    }

    /// The app's own sign-in page, or ours.
    fn choose(&self, next: Option<ReturnPath>, visit: &Visit) -> Response {
        let own_page = self.site.config.login_page.as_deref();
        // A page that sends its visitors here must not get them back at once.
        let path = visit.uri.path();
        let is_there =
            own_page.is_some_and(|page| self.site.below_base(page).any(|page| page == path));
        if let Some(page) = own_page.filter(|_| !is_there) {
            return redirect(&login::with_next(page, next.as_ref()));
        }
        let choices = self.providers.iter().map(|provider| Choice {
            label: provider.config.label.clone(),
            action: self
                .site
                .path(&format!("/auth/login/{}", provider.config.name)),
            unreachable: provider.is_unreachable(),
        });
        pages::sign_in(
            visit,
            choices.collect(),
            next.map(|next| next.as_str().to_owned()),
        )
    }

    /// Carries out a [`Login`] that a handler or a guard returned.
    pub(crate) async fn start(&self, login: Login, visit: &Visit, response: Response) -> Response {
        let next = match (&login.next, is_safe(&visit.method)) {
            (Some(next), _) => ReturnPath::parse(&self.site, next),
            (None, true) => ReturnPath::of_page(&self.site, &visit.uri),
            // A form is not a page to come back to; the page that it stood on is.
            (None, false) => visit
                .referer
                .as_ref()
                .and_then(|referer| ReturnPath::of_referer(&self.site, referer)),
        };
        let link = login::link(&self.site, login.provider.as_deref(), next.as_ref());
        let mut answer = match visit.kind {
            // Only a real visitor starts a login.
            Kind::Prefetch | Kind::Script => guard::unauthorized(&link),
            _ if visit.method == Method::HEAD => redirect(&link),
            _ if login::rounds::is_circle(&self.site, &visit.cookies) => {
                Failure::of(Cause::CookiesBlocked).answer(visit, None, None)
            }
            // The page to choose from has an address of its own.
            _ if login.provider.is_none() && self.providers.default().is_none() => {
                match self.site.config.login_page {
                    Some(_) => self.choose(next, visit),
                    None => redirect(&link),
                }
            }
            _ => self.login(login.provider.as_deref(), next, visit).await,
        };
        keep(&mut answer, &response);
        answer
    }

    /// Carries out a [`Logout`](crate::Logout) that a handler returned.
    pub(crate) async fn end(&self, visit: &Visit, response: Response) -> Response {
        let mut answer = match (visit.kind, &visit.method) {
            // Nobody has asked for it yet.
            (Kind::Prefetch, _) => no_content(),
            (_, &Method::HEAD) => redirect(&self.site.home()),
            _ => self.logout(visit).await,
        };
        keep(&mut answer, &response);
        answer
    }

    async fn logout(&self, visit: &Visit) -> Response {
        if visit.own_origin {
            logout::logout(visit, &self.providers).await
        } else {
            Failure::of(Cause::OtherOrigin).answer(visit, None, None)
        }
    }
}

/// Cookies and `Vary` that the app or a guard put on its own answer stay on ours.
fn keep(answer: &mut Response, response: &Response) {
    for name in [VARY, SET_COOKIE] {
        for value in response.headers().get_all(&name) {
            answer.headers_mut().append(&name, value.clone());
        }
    }
}

fn no_content() -> Response {
    (StatusCode::NO_CONTENT, [(CACHE_CONTROL, "no-store")]).into_response()
}

fn not_allowed(allow: &'static str) -> Response {
    (
        StatusCode::METHOD_NOT_ALLOWED,
        [(ALLOW, allow), (CACHE_CONTROL, "no-store")],
    )
        .into_response()
}
