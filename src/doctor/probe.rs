//! What a provider says to our client: a sign-in that nobody finishes, and a code that nobody was given.

use secrecy::SecretString;
use url::Url;

use crate::{
    config::{ClientAuth, ProviderConfig},
    login::{attempt::Attempt, authorization_url},
    provider::{Look, Metadata, Provider, ProviderError, TokenErrorKind, bare},
    site::Site,
};

/// What becomes of a sign-in request.
pub(super) enum SignIn {
    /// The visitor is sent back to our redirect URI, with this error or with a code.
    Back(Option<String>),
    /// The provider does something else, but refuses another redirect URI.
    Known,
    /// The provider refuses on a page of its own, with this status.
    Page(String),
    /// It shows a form or leads on: it may ask for a password, or explain.
    Elsewhere(String),
    Trouble(String),
}

/// What becomes of a made-up code.
pub(super) enum Client {
    Accepted,
    /// With an error code.
    Refused(String),
    /// The client is registered for this method.
    By(ClientAuth),
    /// The development provider knows no clients.
    Anything,
    Unclear(String),
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
    let mut config = ProviderConfig::clone(&provider.config);
    config
        .parameters
        .insert("prompt".to_owned(), "none".to_owned());
    let url = url(site, &config, metadata, &attempt(site, provider));
    let ours = ask(site, provider, &url).await;
    if !matches!(ours, SignIn::Elsewhere(_) | SignIn::Trouble(_)) {
        return ours;
    }
    match ask(site, provider, &with_redirect_uri(&url, NOBODYS)).await {
        SignIn::Page(_) => SignIn::Known,
        _ => ours,
    }
}

/// Asks for a sign-in exactly as a login does.
pub(super) async fn sign_in(site: &Site, provider: &Provider, metadata: &Metadata) -> SignIn {
    let attempt = attempt(site, provider);
    let url = url(site, &provider.config, metadata, &attempt);
    ask(site, provider, &url).await
}

/// Asks for a sign-in as a login does, but without `prompt`.
pub(super) async fn sign_in_without_prompt(
    site: &Site,
    provider: &Provider,
    metadata: &Metadata,
) -> SignIn {
    let mut config = ProviderConfig::clone(&provider.config);
    config.parameters.remove("prompt");
    let url = url(site, &config, metadata, &attempt(site, provider));
    ask(site, provider, &url).await
}

/// Nobody can own a name below `invalid` (RFC 6761, section 6.4).
const NOBODYS: &str = "https://not-registered.invalid/oauth2callback";

fn url(site: &Site, config: &ProviderConfig, metadata: &Metadata, attempt: &Attempt) -> Url {
    let url = authorization_url(site, config, metadata, attempt);
    Url::parse(&url).expect("a query was added to a URL")
}

fn attempt(site: &Site, provider: &Provider) -> Attempt {
    Attempt::new(site, &provider.config, None)
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

async fn ask(site: &Site, provider: &Provider, url: &Url) -> SignIn {
    match provider.look(url).await {
        Ok(look) => SignIn::of(&look, site.config.redirect_uri.as_str()),
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

    fn of(look: &Look, redirect_uri: &str) -> Self {
        let status = look.status;
        match (&look.location, status) {
            (Some(location), 300..400) => {
                let rest = location.as_str().strip_prefix(redirect_uri);
                if rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['?', '#'])) {
                    let fragment = location.fragment().unwrap_or_default();
                    let error = [location.query().unwrap_or_default(), fragment]
                        .iter()
                        .flat_map(|pairs| ::url::form_urlencoded::parse(pairs.as_bytes()))
                        .find(|(name, _)| name == "error")
                        .map(|(_, code)| error_code(&code));
                    return Self::Back(error);
                }
                // Google and Cognito lead to a page that has it in its address.
                if location.as_str().to_ascii_lowercase().contains("error") {
                    return Self::Page("a page about an error".to_owned());
                }
                Self::Elsewhere("it leads on to another page".to_owned())
            }
            (_, 404 | 405 | 429 | 500..) => {
                Self::Trouble(format!("it answers with status {status}"))
            }
            // Entra's error pages have status 200 and this mark; its sign-in page is put together by a script.
            (_, 200..300) if look.body.contains("AADSTS") => {
                Self::Page("a page about an error".to_owned())
            }
            (_, 200..300) if look.body.contains("<form") || look.body.contains("<script") => {
                Self::Elsewhere("it shows a form in spite of prompt=none".to_owned())
            }
            _ => Self::Page(format!("a page with status {status}")),
        }
    }
}

pub(super) async fn client(site: &Site, provider: &Provider, metadata: &Metadata) -> Client {
    let chosen = provider.client_auth(metadata);
    let first = try_code(site, provider, metadata, chosen, None).await;
    match &first {
        Client::Accepted if chosen == ClientAuth::None => first,
        // A provider that looks at the code before it looks at the secret says the same of a wrong one.
        Client::Accepted => {
            let wrong = Some("made up by the doctor, and wrong");
            match try_code(site, provider, metadata, chosen, wrong).await {
                Client::Refused(_) => Client::Accepted,
                _ => Client::Unclear("it does not look at the secret before the code".to_owned()),
            }
        }
        Client::Refused(_) => {
            let has_secret = provider.config.client_secret.is_some();
            for other in [
                ClientAuth::SecretBasic,
                ClientAuth::SecretPost,
                ClientAuth::None,
            ] {
                if other == chosen || (other != ClientAuth::None && !has_secret) {
                    continue;
                }
                let second = try_code(site, provider, metadata, other, None).await;
                if matches!(second, Client::Accepted) {
                    return Client::By(other);
                }
            }
            first
        }
        _ => first,
    }
}

async fn try_code(
    site: &Site,
    provider: &Provider,
    metadata: &Metadata,
    method: ClientAuth,
    secret: Option<&str>,
) -> Client {
    let mut config = ProviderConfig::clone(&provider.config);
    config.client_auth = Some(method);
    if let Some(secret) = secret {
        config.client_secret = Some(SecretString::from(secret));
    }
    if method == ClientAuth::None {
        config.client_secret = None;
    }
    let redirect_uri = site.config.redirect_uri.as_str();
    match provider.try_code(config, metadata, redirect_uri).await {
        Err(ProviderError::Token(error)) => match error.kind() {
            TokenErrorKind::Grant => Client::Accepted,
            TokenErrorKind::Client | TokenErrorKind::NotAllowed => {
                Client::Refused(error_code(error.code()))
            }
            TokenErrorKind::NotJson => {
                Client::Unclear("its answer is not that of a token endpoint".to_owned())
            }
            _ => Client::Unclear(format!("it answers {}", error_code(error.code()))),
        },
        Err(ProviderError::Outage(outage)) => Client::Unclear(outage.text),
        Err(_) | Ok(_) => Client::Unclear("its answer is not that of a token endpoint".to_owned()),
    }
}

/// An error code, if it is one: a provider's answer may hold anything, what it was sent included.
fn error_code(code: &str) -> String {
    let fit = code.len() <= 40
        && code
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte == b'_');
    if fit { code } else { "an error" }.to_owned()
}
