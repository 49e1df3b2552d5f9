//! Links to the login endpoints, with the return path and the options in their query.

use super::{ReturnPath, options::LoginOptions};
use crate::state::Settings;

/// The query of a link to a login, as it is received.
#[derive(Clone, Debug, Default)]
pub(crate) struct LoginQuery {
    /// The page to return to.
    pub(crate) next: Option<String>,
    /// Signed [`LoginOptions`].
    pub(crate) options: Option<String>,
}

impl LoginQuery {
    pub(crate) fn parse(query: &str) -> Self {
        let mut parsed = Self::default();
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let slot = match name.as_ref() {
                NEXT => &mut parsed.next,
                OPTIONS => &mut parsed.options,
                _ => continue,
            };
            slot.get_or_insert_with(|| value.into_owned());
        }
        parsed
    }

    pub(crate) fn new(
        settings: &Settings,
        next: Option<&ReturnPath>,
        options: &LoginOptions,
    ) -> Self {
        Self {
            next: next.map(|next| next.as_str().to_owned()),
            options: options.to_query_value(settings),
        }
    }

    /// Returns `path` with this query.
    pub(crate) fn append_to(&self, path: &str) -> String {
        let pairs = [(NEXT, &self.next), (OPTIONS, &self.options)];
        let pairs = pairs
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.as_ref()?)));
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        match query.extend_pairs(pairs).finish() {
            query if query.is_empty() => path.to_owned(),
            query => format!("{path}?{query}"),
        }
    }
}

/// Returns the return path and the options in the query of a link to a login.
pub(crate) fn parse(settings: &Settings, query: &str) -> (Option<ReturnPath>, LoginOptions) {
    let parsed = LoginQuery::parse(query);
    let next = parsed
        .next
        .and_then(|next| ReturnPath::parse(settings, &next));
    let options = LoginOptions::from_query(settings, parsed.options.as_deref(), query);
    (next, options)
}

/// Returns the path that starts a login. An unknown provider is ignored.
pub(crate) fn login_path(
    settings: &Settings,
    provider: Option<&str>,
    next: Option<&ReturnPath>,
    options: &LoginOptions,
) -> String {
    let provider = provider.filter(|name| {
        settings
            .config
            .providers
            .iter()
            .any(|provider| provider.name == *name)
    });
    let mut link = settings.path("/auth/login");
    if let Some(name) = provider {
        link.push('/');
        link.push_str(name);
    }
    LoginQuery::new(settings, next, options).append_to(&link)
}

const NEXT: &str = "next";
const OPTIONS: &str = "options";
