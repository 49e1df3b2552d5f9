//! Checks whether the provider's logout redirects back to the app.

use serde_json::Map;
use url::Url;

use super::{
    CheckReport, client::redirect_uri_locations, probe::leads_to_error,
    provider::address_diagnostic, response_words::Words,
};
use crate::{
    config::ProviderConfig,
    provider::{EndSession, PageResponse, ProviderClient, ProviderMetadata, without_query},
    state::Settings,
};

/// The provider's reaction to a logout request without an ID token.
enum LogoutProbe {
    Accepted,
    Refused {
        reason: String,
        /// The response names the ID token as missing.
        requires_id_token: bool,
    },
    Failed(String),
}

pub(super) async fn check(
    report: &mut CheckReport,
    settings: &Settings,
    provider: &ProviderClient,
    metadata: &ProviderMetadata,
) {
    let config = &provider.config;
    let label = &config.label;
    let endpoint = match &metadata.end_session_endpoint {
        Some(endpoint) if config.provider_logout => endpoint,
        Some(_) => {
            report.pass(format!(
                "{label}: logout ends only the session in the app (provider_logout = false)"
            ));
            return;
        }
        None => {
            report.pass(format!(
                "{label}: logout ends only the session in the app (no end_session_endpoint)"
            ));
            return;
        }
    };
    let redirect_uri = config.redirect_uri(&settings.config);
    let request = EndSession {
        redirect_uri,
        id_token: None,
        claims: &Map::new(),
    };
    let url = request.url(endpoint, config);
    match probe(provider, &url).await {
        LogoutProbe::Accepted => {
            report.pass(format!(
                "{label}: logout continues at {}",
                without_query(endpoint)
            ));
        }
        LogoutProbe::Refused {
            requires_id_token, ..
        } if requires_id_token || always_requires_id_token(provider, endpoint).await => {
            report.unknown(format!(
                "{label}: only a logout shows whether {redirect_uri} is registered: {} requires the ID token of a login",
                without_query(endpoint)
            ));
        }
        LogoutProbe::Refused { reason, .. } => {
            report.warn(redirect_uri_locations(settings, config).diagnostic(
                "redirect_uri",
                format!("{label} does not accept this URI as a post-logout redirect ({reason})"),
                format!("Register {redirect_uri} at {label} as a post-logout redirect URI, or set provider_logout = false."),
            ));
        }
        LogoutProbe::Failed(reason) => report.warn(address_diagnostic(
            config,
            format!(
                "could not check the logout of {label}: {} {reason}",
                without_query(endpoint)
            ),
            "Try again later, or set provider_logout = false.",
        )),
    }
}

/// Checks whether the provider also refuses a logout request without an ID token and without a
/// redirect URI.
///
/// Source: OpenID Connect RP-Initiated Logout 1.0, section 3: a provider may refuse to redirect
/// without a valid `id_token_hint`.
async fn always_requires_id_token(provider: &ProviderClient, endpoint: &Url) -> bool {
    let mut url = endpoint.clone();
    url.query_pairs_mut()
        .append_pair("client_id", &provider.config.client_id);
    matches!(probe(provider, &url).await, LogoutProbe::Refused { .. })
}

async fn probe(provider: &ProviderClient, url: &Url) -> LogoutProbe {
    match provider.fetch_page(url).await {
        Ok(response) => LogoutProbe::from_response(&response, &provider.config),
        Err(error) => LogoutProbe::Failed(error.to_string()),
    }
}

impl LogoutProbe {
    fn from_response(response: &PageResponse, config: &ProviderConfig) -> Self {
        let location = response.location.as_ref();
        let location = location.filter(|_| response.status < 400);
        let reason = match (location, response.status) {
            (Some(location), _) if leads_to_error(location) => {
                "redirect to an error page".to_owned()
            }
            (_, status @ (429 | 500..)) => {
                return Self::Failed(format!("responds with status {status}"));
            }
            (_, status @ 400..500) => format!("status {status}"),
            _ => return Self::Accepted,
        };
        let text = location.and_then(Url::query).unwrap_or(&response.body);
        let words = Words::new(&text.replace(['+', '='], " "), &config.client_id);
        Self::Refused {
            reason,
            requires_id_token: words.has_any(&["id_token_hint"]),
        }
    }
}
