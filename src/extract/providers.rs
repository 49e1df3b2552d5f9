//! The [`Providers`] extractor, for an app's own sign-in page.

use std::{ops::Deref, sync::Arc};

use axum::{extract::FromRequestParts, http::request::Parts};

use crate::{login::links::LoginQuery, rejection::MissingAuthLayer, request::RequestContext};

/// The configured providers, for your own sign-in page. The default provider comes first.
///
/// ```
/// use axum::response::Html;
/// use axum_streamlit_auth::Providers;
///
/// async fn sign_in(providers: Providers) -> Html<String> {
///     let links = providers.iter().map(|provider| {
///         // Both are safe in HTML: the label comes from secrets.toml, and the URL needs no escaping.
///         format!("<li><a href=\"{}\">{}</a>", provider.login_url(None), provider.label())
///     });
///     Html(format!("<h1>Welcome</h1><ul>{}</ul>", links.collect::<String>()))
/// }
/// ```
///
/// With `login_page = "/sign-in"` in `[auth]`, users who have to choose a provider are redirected
/// to that page of the app. The query holds the page that they requested.
#[derive(Clone, Debug)]
pub struct Providers(Vec<ProviderInfo>);

/// A provider that users can log in with.
#[derive(Clone, Debug)]
pub struct ProviderInfo {
    name: String,
    label: String,
    path: String,
    /// The page that the user requested and the options of the login, from the query of the sign-in
    /// page.
    query: Arc<LoginQuery>,
}

impl ProviderInfo {
    /// Returns the name in `[auth.<name>]`, the argument of
    /// [`Login::provider`](crate::Login::provider). The provider in `[auth]` itself is `default`.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the text for a button: `label` in secrets.toml, or the capitalized name.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Returns the URL of a link or form that starts a login with this provider. `next` is the path
    /// to return to.
    ///
    /// `None` takes `next` from the query of the current page, so that users return to the page
    /// that they requested, or else to the home page. The URL needs no escaping in an HTML
    /// attribute.
    #[must_use]
    pub fn login_url(&self, next: Option<&str>) -> String {
        let mut query = LoginQuery::clone(&self.query);
        query.next = next.map(str::to_owned).or(query.next);
        query.append_to(&self.path)
    }
}

impl Deref for Providers {
    type Target = [ProviderInfo];

    fn deref(&self) -> &[ProviderInfo] {
        &self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Providers {
    type Rejection = MissingAuthLayer;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, MissingAuthLayer> {
        let context: &Arc<RequestContext> = parts.extensions.get().ok_or(MissingAuthLayer)?;
        let query = context.page.query().unwrap_or_default();
        let query = Arc::new(LoginQuery::parse(query));
        let providers = context.settings().config.providers.iter().map(|provider| {
            let path = format!("/auth/login/{}", provider.name);
            ProviderInfo {
                name: provider.name.clone(),
                label: provider.label.clone(),
                path: context.settings().path(&path),
                query: Arc::clone(&query),
            }
        });
        Ok(Self(providers.collect()))
    }
}
