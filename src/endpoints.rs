//! The paths that are ours, and what becomes of a [`Login`] that a handler returned.

use std::sync::Arc;

use axum::{
    extract::Request,
    http::{Method, StatusCode},
    response::{IntoResponse, Response},
};

use crate::{
    config::CALLBACK,
    guard,
    login::{self, Failure, Login, ReturnPath, redirect},
    logout,
    pages::{self, Cause, Choice},
    response::{head_of, keep, not_allowed, prefetch_declined},
    shared::Shared,
    site::{Kind, Visit, is_safe},
};

/// A path of ours.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Endpoint {
    /// The shared redirect URI, or the one of the provider with this name.
    Callback(Option<String>),
    Login(Option<String>),
    Logout,
    #[cfg(feature = "dev")]
    Development,
}

impl Endpoint {
    /// The methods that it takes, as `Allow` lists them.
    fn methods(&self) -> &'static str {
        match self {
            Self::Logout => "GET, HEAD, POST",
            _ => "GET, HEAD",
        }
    }

    fn takes(&self, method: &Method) -> bool {
        is_safe(method) || *self == Self::Logout && *method == Method::POST
    }
}

impl Shared {
    /// Which of our paths this is, if it is one. A slash at the end makes no difference.
    pub(crate) fn endpoint(&self, path: &str) -> Option<Endpoint> {
        self.site
            .below_base(path)
            .find_map(|path| self.endpoint_below_base(path))
    }

    fn endpoint_below_base(&self, path: &str) -> Option<Endpoint> {
        #[cfg(feature = "dev")]
        if path.starts_with("/auth/dev/") && self.development.is_some() {
            return Some(Endpoint::Development);
        }
        let path = path.strip_suffix('/').unwrap_or(path);
        if let Some(rest) = path.strip_prefix(CALLBACK) {
            return self.callback(rest);
        }
        match path.strip_prefix("/auth/")?.split_once('/') {
            None if path == "/auth/login" => Some(Endpoint::Login(None)),
            None if path == "/auth/logout" => Some(Endpoint::Logout),
            Some(("login", name)) => Some(Endpoint::Login(Some(name.to_owned()))),
            _ => None,
        }
    }

    /// The callback with `rest` behind it. Other paths below the callback belong to the app.
    fn callback(&self, rest: &str) -> Option<Endpoint> {
        if rest.is_empty() {
            return Some(Endpoint::Callback(None));
        }
        let name = rest.strip_prefix('/')?;
        let provider = self.providers.find(name)?;
        provider.config.redirect_uri.as_ref()?;
        Some(Endpoint::Callback(Some(name.to_owned())))
    }

    pub(crate) async fn answer(
        self: Arc<Self>,
        endpoint: Endpoint,
        visit: Arc<Visit>,
        request: Request,
    ) -> Response {
        // `Body` is not `Sync`, so the request itself must not be looked at across an await.
        let query = request.uri().query().unwrap_or_default().to_owned();
        #[cfg(feature = "dev")]
        if endpoint == Endpoint::Development {
            return self.answer_development(request).await;
        }
        drop(request);
        if !endpoint.takes(&visit.method) {
            return not_allowed(endpoint.methods());
        }
        let response = self.answer_endpoint(endpoint, &visit, &query).await;
        if visit.method == Method::HEAD {
            head_of(response)
        } else {
            response
        }
    }

    /// Answers GET, HEAD and POST. HEAD uses nothing up; what it must not send, [`head_of`] removes.
    async fn answer_endpoint(&self, endpoint: Endpoint, visit: &Visit, query: &str) -> Response {
        let is_head = visit.method == Method::HEAD;
        match (endpoint, visit.kind) {
            (_, Kind::Prefetch) => prefetch_declined(),
            (Endpoint::Logout, _) if is_head => redirect(&self.site.home()),
            (Endpoint::Logout, _) => self.logout(visit).await,
            (Endpoint::Login(provider), Kind::Frame) => {
                let next = login::next_of(query);
                let next = next.and_then(|next| ReturnPath::parse(&self.site, &next));
                let link = login::link(&self.site, provider.as_deref(), next.as_ref());
                (StatusCode::FORBIDDEN, pages::open_window(visit, link)).into_response()
            }
            (Endpoint::Callback(_), Kind::Frame) => {
                let home = self.site.home();
                (StatusCode::FORBIDDEN, pages::open_window(visit, home)).into_response()
            }
            (_, Kind::Script) => Failure::of(Cause::NotAPage).answer(visit, None, None),
            #[cfg(feature = "streamlit")]
            (Endpoint::Login(None), _) if login::provider_token::of(query).is_some() => {
                self.login_from_streamlit(query, visit).await
            }
            (Endpoint::Login(provider), _) => {
                let next = login::next_of(query);
                self.login(
                    provider.as_deref(),
                    next.and_then(|next| ReturnPath::parse(&self.site, &next)),
                    visit,
                )
                .await
            }
            (Endpoint::Callback(_), _) if is_head => redirect(&self.site.home()),
            (Endpoint::Callback(name), _) => {
                login::finish(visit, &self.providers, query, name.as_deref()).await
            }
            #[cfg(feature = "dev")]
            (Endpoint::Development, _) => StatusCode::NOT_FOUND.into_response(),
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
                if outcome.is_ok() && visit.method != Method::HEAD {
                    let provider = provider.config.name.as_str();
                    tracing::info!(target: crate::LOG, provider, "login started");
                }
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
            // A prefetch gets an error status as well, so that the browser discards the response.
            Kind::Prefetch | Kind::Script => guard::unauthorized(&link),
            Kind::Frame => guard::unauthorized_in_frame(visit),
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
            (Kind::Prefetch, _) => prefetch_declined(),
            (_, &Method::HEAD) => redirect(&self.site.home()),
            _ => self.logout(visit).await,
        };
        keep(&mut answer, &response);
        answer
    }

    /// Logs out, if a page of the app or the user asked for it.
    ///
    /// A navigation that a script of another site started is asked about first, because it changes
    /// state and the user may not have wanted it.
    async fn logout(&self, visit: &Visit) -> Response {
        if !visit.own_origin {
            Failure::of(Cause::OtherOrigin).answer(visit, None, None)
        } else if visit.is_unprompted {
            pages::confirm_logout(visit)
        } else {
            logout::logout(visit, &self.providers).await
        }
    }
}
