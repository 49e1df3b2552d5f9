//! Reads one provider's table.

use url::Url;

use super::{
    AccessTokens, Allow, Api, ClientAuth, Credential, DEFAULT, Diagnostic, Graph, KeyLocations,
    LogoutParams, OAuth2, OfflineAccess, Preset, Protocol, ProviderConfig, RedirectUri,
    auth::SHARED_KEYS,
    bearer::{self, BEARER_AUDIENCE},
    client_kwargs::{DEFAULT_SCOPE, FORM_POST, RESPONSE_MODE, RequestSettings, with_openid},
    credential::APPLE_KEYS,
    graph::{GRAPH_SCOPE, GRAPH_URL, GROUPS_FROM_GRAPH},
    logout_params::LOGOUT_PARAMS,
    metadata_url::{self, METADATA_URL},
    oauth2::{CLAIMS_MAP, ISSUER},
    presets::PRESET,
    protocol::Address,
    reader::TableReader,
    redirect_uri::{self, REDIRECT_URI},
    secret::credential_problem,
    unknown_keys,
};

/// Keys of every provider, in its own table or in `[auth]`.
pub(crate) const KEYS: &[&str] = &[
    "client_id",
    "client_secret",
    "client_secret_file",
    "client_assertion_file",
    "client_key_file",
    "client_key_id",
    "client_key_algorithm",
    "client_certificate_file",
    "client_assertion_audience",
    "client_assertion_typ",
    "server_metadata_url",
    "client_kwargs",
    "authorize_params",
    PRESET,
    "label",
    "trusted_audiences",
    "userinfo",
    "provider_logout",
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    CLAIMS_MAP,
    GROUPS_FROM_GRAPH,
    GRAPH_URL,
    BEARER_AUDIENCE,
];

/// The table of rules, in `[auth]` for all providers or in the table of one provider.
pub(crate) const ALLOW: &str = "allow";

/// Keys that Streamlit passes to Authlib. They have no effect if there is a discovery document.
///
/// Source: Authlib 1.9, `OAUTH_CLIENT_PARAMS`.
pub(crate) const IGNORED_KEYS: &[&str] = &[
    "access_token_params",
    "access_token_url",
    "api_base_url",
    "authorize_url",
    "refresh_token_params",
    "refresh_token_url",
    "request_token_params",
    "request_token_url",
];

/// Reads `[auth.<name>]`, or the provider part of `[auth]` when `name` is [`DEFAULT`].
pub(crate) fn read(
    name: &str,
    reader: &TableReader<'_>,
    redirect_uri: Option<&RedirectUri>,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<ProviderConfig> {
    let preset = Preset::read(name, reader, diagnostics);
    check_keys(name, preset, reader, diagnostics);
    let mut request = RequestSettings::default();
    for table in ["client_kwargs", "authorize_params"] {
        if let Some(kwargs) = reader.table(table, diagnostics) {
            request.read(&kwargs, diagnostics);
        }
    }
    let client_id = reader.required_string("client_id", "client_id = \"…\"", diagnostics);
    if let Some(problem) = client_id.and_then(credential_problem) {
        diagnostics.push(reader.diagnose("client_id", problem));
    }
    let own_redirect_uri = redirect_uri::read_own(name, reader, redirect_uri, diagnostics);
    let is_apple = preset.is_some_and(|preset| preset.is_apple);
    let credential = Credential::read(reader, request.client_auth, is_apple, diagnostics);
    let applied_preset = preset.filter(|_| reader.entry(METADATA_URL).is_none());
    let address = Address::read(applied_preset, reader, diagnostics, |diagnostics| {
        metadata_url::read(name, reader, redirect_uri, diagnostics)
    });
    let oauth2 = address
        .as_ref()
        .and_then(|address| address.protocol.oauth2());
    if let Some(oauth2) = oauth2 {
        OAuth2::check_keys(reader, diagnostics);
        if oauth2.api == Api::Plain {
            // `prompt` is a parameter of OpenID Connect.
            request.omit_default_prompt();
        }
    }
    let state_only = applied_preset.is_some_and(|preset| preset.state_only);
    if state_only {
        state_only_request(&mut request, reader, diagnostics);
    }
    let graph = if oauth2.is_none() {
        let url = address.as_ref().map(|address| &address.server_metadata_url);
        Graph::read(url, reader, diagnostics)
    } else {
        None
    };
    let label = reader.text("label", diagnostics).map(str::to_owned);
    let trusted_audiences = reader
        .strings("trusted_audiences", diagnostics)
        .unwrap_or_default();
    let userinfo = reader
        .boolean("userinfo", diagnostics)
        .unwrap_or_else(|| applied_preset.is_some_and(|preset| preset.userinfo));
    let provider_logout = reader
        .boolean("provider_logout", diagnostics)
        .unwrap_or(true);
    let logout_params = LogoutParams::read(reader, diagnostics);
    // The default provider's `allow` would be `[auth.allow]` itself.
    let allow = (name != DEFAULT)
        .then(|| reader.table(ALLOW, diagnostics))
        .flatten()
        .map(|reader| Allow::read(&reader, diagnostics));
    let Address {
        server_metadata_url,
        protocol,
    } = address?;
    let shared_audience = applied_preset.is_some_and(|preset| preset.shared_audience);
    let access_tokens = AccessTokens::of(&server_metadata_url, &protocol, shared_audience);
    let bearer_audiences = bearer::audiences(
        reader,
        access_tokens,
        client_id.unwrap_or_default(),
        diagnostics,
    );
    if applied_preset.is_some_and(|preset| preset.is_apple) {
        let mode = request.parameters.entry(RESPONSE_MODE.to_owned());
        mode.or_insert_with(|| FORM_POST.to_owned());
    }
    Some(ProviderConfig {
        name: name.to_owned(),
        label: label
            .or_else(|| preset.map(|preset| preset.label.to_owned()))
            .unwrap_or_else(|| default_label(name, &server_metadata_url)),
        client_id: client_id?.to_owned(),
        redirect_uri: own_redirect_uri,
        credential: credential?,
        offline_access: OfflineAccess::of(applied_preset, &server_metadata_url, &protocol),
        server_metadata_url,
        client_auth: request.client_auth,
        scope: scope(request.scope, applied_preset, &protocol, graph.as_ref()),
        protocol,
        parameters: request.parameters,
        default_prompt: request.default_prompt,
        shared_audience,
        state_only,
        trusted_audiences: trusted_audiences.into_iter().map(str::to_owned).collect(),
        userinfo,
        graph,
        provider_logout,
        logout_params,
        bearer_audiences,
        access_tokens,
        allow: allow.unwrap_or_default(),
        preset,
        locations: KeyLocations::new(reader),
    })
}

/// Adapts the request to LinkedIn, and reports a public client. Without PKCE and without a secret,
/// a code would be enough to log in.
///
/// Source: LinkedIn, "Authorization Code Flow": the secret is in the body, and there is no `prompt`.
fn state_only_request(
    request: &mut RequestSettings,
    reader: &TableReader<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    request.omit_default_prompt();
    if request.client_auth == Some(ClientAuth::None) {
        diagnostics.push(reader.diagnostic(
            "client_kwargs",
            "a public client is not safe at this provider, which does not support PKCE",
            "Remove token_endpoint_auth_method = \"none\", and set client_secret.",
        ));
    }
    request.client_auth.get_or_insert(ClientAuth::SecretPost);
}

/// Returns the scopes of the authorization request, which may be none for plain OAuth 2.0.
fn scope(
    configured: Option<String>,
    preset: Option<&Preset>,
    protocol: &Protocol,
    graph: Option<&Graph>,
) -> String {
    let scope = configured.or_else(|| preset?.scope.map(str::to_owned));
    match (protocol, scope) {
        (Protocol::OAuth2(_), scope) => scope.unwrap_or_default(),
        (Protocol::OpenIdConnect, Some(scope)) => with_openid(&scope),
        (Protocol::OpenIdConnect, None) if graph.is_some() => {
            format!("{DEFAULT_SCOPE} {GRAPH_SCOPE}")
        }
        (Protocol::OpenIdConnect, None) => DEFAULT_SCOPE.to_owned(),
    }
}

/// Reports keys that are unknown or have no effect.
fn check_keys(
    name: &str,
    preset: Option<&Preset>,
    reader: &TableReader<'_>,
    diagnostics: &mut Vec<Diagnostic>,
) {
    // `named_provider` in `providers` reports the shared keys that are not allowed here.
    let preset_keys = preset.map_or(&[][..], |preset| preset.keys);
    let is_apple = preset.is_some_and(|preset| preset.is_apple);
    let known: Vec<&str> = KEYS
        .iter()
        .copied()
        .chain(preset_keys.iter().map(|key| key.name))
        .chain(APPLE_KEYS.into_iter().filter(|_| is_apple))
        .chain([ALLOW, LOGOUT_PARAMS, REDIRECT_URI])
        .chain(SHARED_KEYS.iter().copied())
        .chain(OAuth2::is_configured(reader).then_some(ISSUER))
        .collect();
    for (key, _) in &reader.table.0 {
        if IGNORED_KEYS.contains(&key.as_str()) {
            tracing::warn!(
                key = reader.key(key),
                reason = "endpoints come from discovery",
                "key ignored"
            );
        } else if name != DEFAULT && !known.contains(&key.as_str()) {
            unknown_keys::unknown(reader, key, &known, diagnostics);
        }
    }
}

/// Returns the table's name with its first letter in upper case, or the host of the default
/// provider.
fn default_label(name: &str, server_metadata_url: &Url) -> String {
    if name == DEFAULT {
        return server_metadata_url.host_str().unwrap_or(DEFAULT).to_owned();
    }
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
