//! What an app needs to draw its own sign-in page.

use std::{ops::Deref, sync::Arc};

use axum::{extract::FromRequestParts, http::request::Parts};

use crate::{login, site::Visit, user::AuthLayerMissing};

/// The configured providers, for a sign-in page of your own; the default one comes first.
///
/// ```
/// use axum::response::Html;
/// use axum_streamlit_auth::Providers;
///
/// async fn sign_in(providers: Providers) -> Html<String> {
///     let links = providers.iter().map(|provider| {
///         // Both are yours: the label stands in secrets.toml, the URL is made of letters that HTML leaves alone.
///         format!("<li><a href=\"{}\">{}</a>", provider.login_url(None), provider.label())
///     });
///     Html(format!("<h1>Welcome</h1><ul>{}</ul>", links.collect::<String>()))
/// }
/// ```
///
/// With `login_page = "/sign-in"` in `[auth]`, visitors who have to choose among several providers come to that page of yours in place of ours,
/// with the page that they wanted in the query.
#[derive(Clone, Debug)]
pub struct Providers(Vec<ProviderChoice>);

/// One provider that a visitor can sign in with.
#[derive(Clone, Debug)]
pub struct ProviderChoice {
    name: String,
    label: String,
    path: String,
    /// Where the visitor of this page wanted to go.
    wanted: Option<Arc<str>>,
}

impl ProviderChoice {
    /// The name in `[auth.<name>]`, as `Login::with` takes it; `default` is the one in `[auth]` itself.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The text for its button: `label` in secrets.toml, else the name with a capital.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Where a link or a form goes to sign in with this provider; `next` is the path to come back to.
    ///
    /// `None` keeps the `next` in the query of the page that is being drawn, so that visitors come to the page that sent them to sign in; without
    /// one, they come home. The text can stand between the quotes of an HTML attribute as it is.
    #[must_use]
    pub fn login_url(&self, next: Option<&str>) -> String {
        match next.or(self.wanted.as_deref()) {
            Some(next) => format!("{}?{}", self.path, login::query(next)),
            None => self.path.clone(),
        }
    }
}

impl Deref for Providers {
    type Target = [ProviderChoice];

    fn deref(&self) -> &[ProviderChoice] {
        &self.0
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Providers {
    type Rejection = AuthLayerMissing;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, AuthLayerMissing> {
        let visit: &Arc<Visit> = parts.extensions.get().ok_or(AuthLayerMissing)?;
        let wanted = visit.uri.query().and_then(login::next_of).map(Arc::from);
        let choices = visit.site.config.providers.iter().map(|provider| {
            let path = format!("/auth/login/{}", provider.name);
            ProviderChoice {
                name: provider.name.clone(),
                label: provider.label.clone(),
                path: visit.site.path(&path),
                wanted: wanted.clone(),
            }
        });
        Ok(Self(choices.collect()))
    }
}
