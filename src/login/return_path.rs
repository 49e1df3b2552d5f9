//! Where a visitor goes after the login: a path of our own origin, or home.

use axum::http::{HeaderValue, Uri};

use crate::{config::is_own_page, site::Site};

/// A path with its query that leads to our own origin, whoever reads it, and to no endpoint of ours and no page that logs in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ReturnPath(String);

impl ReturnPath {
    /// Checks a path that somebody wrote. It is checked when it is stored and again when it is used, since the signature proves who wrote
    /// it and not that it is safe.
    pub(crate) fn parse(site: &Site, path: &str) -> Option<Self> {
        let is_login_page = path.split(['?', '#']).next() == site.config.login_page.as_deref();
        // The text itself goes out, never one rebuilt from a URL, so that the page gets the very query that was asked for.
        (is_own_page(&site.config.redirect_uri, path) && !is_login_page)
            .then(|| Self(path.to_owned()))
    }

    /// The page that a request asked for.
    pub(crate) fn of_page(site: &Site, uri: &Uri) -> Option<Self> {
        let path = uri.path_and_query()?.as_str();
        // A proxy that strips the base path hides it from us, not from the browser.
        let base_path = site.config.redirect_uri.base_path();
        let has_base = path
            .strip_prefix(base_path)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']));
        if has_base {
            Self::parse(site, path)
        } else {
            Self::parse(site, &format!("{base_path}{path}"))
        }
    }

    /// The page that a form stood on, as the browser names it.
    pub(crate) fn of_referer(site: &Site, referer: &HeaderValue) -> Option<Self> {
        let referer = referer.to_str().ok()?;
        let path = referer.strip_prefix(site.config.redirect_uri.origin())?;
        Self::parse(site, path)
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}
