//! What a provider answers to an authorization request that nobody finishes.

use url::Url;

use super::words::{Words, unknown_client_id};
use crate::{
    config::ProviderConfig,
    login::{attempt::Attempt, authorization_url},
    provider::{Look, Metadata, Provider, bare},
    site::Site,
};

/// What becomes of a sign-in request.
pub(super) enum SignIn {
    /// The visitor is sent back to our redirect URI, with this error or with a code.
    Back(Option<String>),
    /// The provider does something else, but refuses another redirect URI.
    Known,
    /// The provider refuses on a page of its own.
    Page(Refusal),
    /// It shows a form or leads on: it may ask for a password, or explain.
    Elsewhere(String),
    Trouble(String),
}

/// A page of the provider that is no sign-in.
pub(super) struct Refusal {
    pub(super) page: String,
    pub(super) words: Words,
}

/// Asks for a sign-in that must not show a page, and so has to come back with an error if the redirect URI is known.
///
/// Many providers do something else with `prompt=none`, Django OAuth Toolkit fails: what they do with a redirect URI that nobody can have
/// registered tells the two apart.
pub(super) async fn silent_sign_in(
    site: &Site,
    provider: &Provider,
    metadata: &Metadata,
) -> SignIn {
    let config = silent(&provider.config);
    let url = url(site, provider, &config, metadata);
    let ours = ask(site, provider, &config, &url).await;
    if !matches!(ours, SignIn::Elsewhere(_) | SignIn::Trouble(_)) {
        return ours;
    }
    match ask(site, provider, &config, &with_redirect_uri(&url, NOBODYS)).await {
        SignIn::Page(_) => SignIn::Known,
        _ => ours,
    }
}

/// As [`silent_sign_in`], for a client that does not exist.
pub(super) async fn silent_sign_in_of_unknown_client(
    site: &Site,
    provider: &Provider,
    metadata: &Metadata,
) -> SignIn {
    let mut config = silent(&provider.config);
    config.client_id = unknown_client_id(&config.client_id);
    let url = url(site, provider, &config, metadata);
    ask(site, provider, &config, &url).await
}

/// Asks for a sign-in exactly as a login does.
pub(super) async fn sign_in(site: &Site, provider: &Provider, metadata: &Metadata) -> SignIn {
    let config = &provider.config;
    ask(
        site,
        provider,
        config,
        &url(site, provider, config, metadata),
    )
    .await
}

/// Asks for a sign-in as a login does, but without `prompt`.
pub(super) async fn sign_in_without_prompt(
    site: &Site,
    provider: &Provider,
    metadata: &Metadata,
) -> SignIn {
    let mut config = ProviderConfig::clone(&provider.config);
    config.parameters.remove("prompt");
    let url = url(site, provider, &config, metadata);
    ask(site, provider, &config, &url).await
}

/// Nobody can own a name below `invalid` (RFC 6761, section 6.4).
const NOBODYS: &str = "https://not-registered.invalid/oauth2callback";

fn silent(config: &ProviderConfig) -> ProviderConfig {
    let mut config = config.clone();
    let none = ("prompt".to_owned(), "none".to_owned());
    config.parameters.extend([none]);
    config
}

fn url(site: &Site, provider: &Provider, config: &ProviderConfig, metadata: &Metadata) -> Url {
    let attempt = Attempt::new(site, &provider.config, None);
    let url = authorization_url(site, config, metadata, &attempt);
    Url::parse(&url).expect("a query was added to a URL")
}

fn with_redirect_uri(url: &Url, redirect_uri: &str) -> Url {
    let pairs = url.query_pairs().into_owned();
    let pairs: Vec<_> = pairs
        .map(|(name, value)| match name.as_str() {
            "redirect_uri" => (name, redirect_uri.to_owned()),
            _ => (name, value),
        })
        .collect();
    let mut changed = url.clone();
    changed.query_pairs_mut().clear().extend_pairs(pairs);
    changed
}

async fn ask(site: &Site, provider: &Provider, config: &ProviderConfig, url: &Url) -> SignIn {
    match provider.look(url).await {
        Ok(look) => SignIn::of(
            &look,
            provider.config.redirect_uri(&site.config),
            &config.client_id,
        ),
        Err(reason) => SignIn::Trouble(format!("{} {reason}", bare(url))),
    }
}

impl SignIn {
    /// Whether the visitor was sent back for a reason that no page of the provider's can mend.
    pub(super) fn is_final(&self) -> bool {
        const REASONS: [&str; 3] = [
            "invalid_scope",
            "unauthorized_client",
            "unsupported_response_type",
        ];
        matches!(self, Self::Back(Some(code)) if REASONS.contains(&code.as_str()))
    }

    /// Whether a sign-in without a page is refused for another reason than that it needs one.
    pub(super) fn is_refusal(code: &str) -> bool {
        !NEEDS_A_PAGE.contains(&code)
    }

    fn of(look: &Look, redirect_uri: &str, client_id: &str) -> Self {
        let status = look.status;
        let page = |page: String, text: &str| {
            let text = text.replace(['+', '='], " ");
            let words = Words::of(&text, client_id);
            Self::Page(Refusal { page, words })
        };
        match (&look.location, status) {
            (Some(location), 300..400) => {
                let rest = location.as_str().strip_prefix(redirect_uri);
                if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['?', '#'])) {
                    return Self::Back(error_of(location));
                }
                // Google, Cognito and Hydra lead to a page that has it in its address.
                if leads_to_error(location) {
                    let query = location.query().unwrap_or_default();
                    return page("a page about an error".to_owned(), query);
                }
                Self::Elsewhere("it leads on to another page".to_owned())
            }
            (_, 404 | 405 | 429 | 500..) => {
                Self::Trouble(format!("it answers with status {status}"))
            }
            // Entra's error pages have status 200 and this mark; its sign-in page is put together by a script.
            (_, 200..300) if look.body.contains("AADSTS") => {
                page("a page about an error".to_owned(), &look.body)
            }
            (_, 200..300) if look.body.contains("<form") || look.body.contains("<script") => {
                Self::Elsewhere("it shows a form in spite of prompt=none".to_owned())
            }
            _ => page(format!("a page with status {status}"), &look.body),
        }
    }
}

/// The errors of a provider that would have to show a page, but was told not to (OpenID Connect Core 1.0, section 3.1.2.6).
const NEEDS_A_PAGE: [&str; 5] = [
    "login_required",
    "interaction_required",
    "consent_required",
    "account_selection_required",
    "access_denied",
];

/// Checks whether a redirect leads to a page about an error: its path or the name of a parameter says so.
pub(super) fn leads_to_error(location: &Url) -> bool {
    let names = location.query_pairs().map(|(name, _)| name.into_owned());
    let path = location.path().to_owned();
    names
        .chain([path])
        .any(|text| text.to_ascii_lowercase().contains("error"))
}

fn error_of(location: &Url) -> Option<String> {
    let fragment = location.fragment().unwrap_or_default();
    [location.query().unwrap_or_default(), fragment]
        .iter()
        .flat_map(|pairs| ::url::form_urlencoded::parse(pairs.as_bytes()))
        .find(|(name, _)| name == "error")
        .map(|(_, code)| error_code(&code))
}

/// An error code, if it is one: a provider's answer may hold anything, what it was sent included.
pub(super) fn error_code(code: &str) -> String {
    let fit = code.len() <= 40
        && code
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if fit { code } else { "an error" }.to_owned()
}
