//! Whether the provider's logout leads back to the app.

use url::Url;

use super::{Report, probe::leads_to_error, provider::address, words::Words};
use crate::{
    config::ProviderConfig,
    logout::end_session_url,
    provider::{Look, Metadata, Provider, bare},
    site::Site,
};

/// What becomes of a logout request without an ID token.
enum Logout {
    Accepted,
    /// With the reason, and whether the ID token is named as what is missing.
    Refused {
        reason: String,
        wants_id_token: bool,
    },
    Trouble(String),
}

pub(super) async fn check(
    report: &mut Report,
    site: &Site,
    provider: &Provider,
    metadata: &Metadata,
) {
    let config = &provider.config;
    let label = &config.label;
    let endpoint = match &metadata.end_session_endpoint {
        Some(endpoint) if config.provider_logout => endpoint,
        Some(_) => {
            report.good(format!(
                "{label}: sign-out stays in the app (provider_logout = false)"
            ));
            return;
        }
        None => {
            report.good(format!(
                "{label}: has no end_session_endpoint, so sign-out stays in the app"
            ));
            return;
        }
    };
    let redirect_uri = site.config.redirect_uri.as_str();
    let url = end_session_url(endpoint, config, redirect_uri, None);
    match ask(provider, &url).await {
        Logout::Accepted => {
            report.good(format!("{label}: sign-out goes on to {}", bare(endpoint)));
        }
        Logout::Refused { wants_id_token, .. }
            if wants_id_token || needs_id_token(provider, endpoint).await =>
        {
            report.unknown(format!(
                "{label}: sign-out goes on to {} with the ID token of a login, so only a logout shows whether {redirect_uri} is registered there",
                bare(endpoint)
            ));
        }
        Logout::Refused { reason, .. } => report.doubt(site.config.places.fault(
            "redirect_uri",
            format!("is no way back from the sign-out of {label}, which answers with {reason}."),
            format!("Register it there as a URL to go to after sign-out too: {redirect_uri}. Or write provider_logout = false."),
        )),
        Logout::Trouble(trouble) => report.doubt(address(
            config,
            format!(
                "leads to a provider whose sign-out, {}, {trouble}.",
                bare(endpoint)
            ),
            "Try again later, or write provider_logout = false.",
        )),
    }
}

/// Checks whether a logout request without an ID token is refused even where it names no way back.
///
/// Source: OpenID Connect RP-Initiated Logout 1.0, section 3: a provider may refuse to redirect without a valid `id_token_hint`.
async fn needs_id_token(provider: &Provider, endpoint: &Url) -> bool {
    let mut url = endpoint.clone();
    url.query_pairs_mut()
        .append_pair("client_id", &provider.config.client_id);
    matches!(ask(provider, &url).await, Logout::Refused { .. })
}

async fn ask(provider: &Provider, url: &Url) -> Logout {
    match provider.look(url).await {
        Ok(look) => Logout::of(&look, &provider.config),
        Err(reason) => Logout::Trouble(reason.to_string()),
    }
}

impl Logout {
    fn of(look: &Look, config: &ProviderConfig) -> Self {
        let location = look.location.as_ref().filter(|_| look.status < 400);
        let reason = match (location, look.status) {
            (Some(location), _) if leads_to_error(location) => {
                "a redirect to an error page".to_owned()
            }
            (_, status @ (429 | 500..)) => {
                return Self::Trouble(format!("answers with status {status}"));
            }
            (_, status @ 400..500) => format!("status {status}"),
            _ => return Self::Accepted,
        };
        let text = location.and_then(Url::query).unwrap_or(&look.body);
        let words = Words::of(&text.replace(['+', '='], " "), &config.client_id);
        Self::Refused {
            reason,
            wants_id_token: words.has_any(&["id_token_hint"]),
        }
    }
}
