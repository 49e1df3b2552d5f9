//! The page that a login returns to.

use axum::http::{HeaderValue, uri::PathAndQuery};

use crate::{
    config::{check_conditions, is_own_page},
    state::Settings,
};

/// A path and query on the app's own origin.
///
/// Every URL parser resolves it to this origin. It is not an endpoint of this crate and not the
/// app's own login page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReturnPath(String);

impl ReturnPath {
    /// Parses a path from a link, a handler or a cookie.
    ///
    /// It is checked before it is stored and again when it is used, because the signature of the
    /// cookie proves its origin but not that the path is safe.
    pub(crate) fn parse(settings: &Settings, path: &str) -> Option<Self> {
        let page = path.split(['?', '#']).next().unwrap_or_default();
        let is_login_page = settings.config.login_page.as_deref() == Some(page);
        let is_check = settings.config.identity_headers.is_some()
            && settings
                .below_base(page)
                .any(|page| check_conditions(page).is_some());
        // The string is kept as it is, not rebuilt from a URL, so that the query stays unchanged.
        (is_own_page(&settings.config.redirect_uri, path) && !is_login_page && !is_check)
            .then(|| Self(path.to_owned()))
    }

    /// Returns the requested page.
    pub(crate) fn from_page(settings: &Settings, page: &PathAndQuery) -> Option<Self> {
        let path = page.as_str();
        // A proxy may strip the base path, but the browser needs it.
        let base_path = settings.config.redirect_uri.base_path();
        let has_base = path
            .strip_prefix(base_path)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
        if has_base {
            Self::parse(settings, path)
        } else {
            Self::parse(settings, &format!("{base_path}{path}"))
        }
    }

    /// Returns the page that contained a form, according to the `Referer` header.
    pub(crate) fn from_referer(settings: &Settings, referer: &HeaderValue) -> Option<Self> {
        let referer = referer.to_str().ok()?;
        let path = referer.strip_prefix(settings.config.redirect_uri.origin())?;
        Self::parse(settings, path)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}
