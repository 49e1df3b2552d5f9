//! One provider's table.

use std::collections::BTreeMap;

use secrecy::SecretString;
use url::Url;

use super::{
    Allow, ClientAuth, DEFAULT, Fault, Places, Preset, ProviderConfig, RedirectUri,
    auth::SHARED_KEYS,
    client_kwargs::{DEFAULT_SCOPE, Request, is_variable, parameter},
    keys,
    secret::{UNEXPANDED, WRITE_VALUE, credential_problem},
    section::Section,
    url::metadata_url,
};

pub(crate) const KEYS: &[&str] = &[
    "client_id",
    "client_secret",
    "server_metadata_url",
    "client_kwargs",
    "authorize_params",
    "label",
    "trusted_audiences",
    "userinfo",
    "provider_logout",
];

/// A key of a named provider and of `[auth]`, with rules of its own in each.
pub(crate) const ALLOW: &str = "allow";

/// Parameters of the logout request, of one provider or in `[auth]` of all of them.
///
/// Source: Streamlit, `logout_params`, announced after 1.67.
pub(crate) const LOGOUT_PARAMS: &str = "logout_params";

/// The key that makes a table Streamlit's long form.
pub(crate) const METADATA_URL: &str = "server_metadata_url";

/// Keys that Streamlit hands to Authlib and that mean nothing beside a discovery document.
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
    section: &Section<'_>,
    redirect_uri: Option<&RedirectUri>,
    faults: &mut Vec<Fault>,
) -> Option<ProviderConfig> {
    let preset = Preset::named(name);
    let known: Vec<&str> = KEYS
        .iter()
        .copied()
        .chain(
            preset
                .iter()
                .flat_map(|preset| preset.keys)
                .map(|key| key.name),
        )
        .chain(
            [ALLOW, LOGOUT_PARAMS]
                .into_iter()
                .filter(|_| name != DEFAULT),
        )
        .collect();
    for (key, _) in &section.table.0 {
        if IGNORED_KEYS.contains(&key.as_str()) {
            tracing::warn!(target: crate::LOG, key = section.key(key), "key is ignored: discovery names the endpoints");
        } else if name != DEFAULT && !known.contains(&key.as_str()) && !is_misplaced(key) {
            let known: Vec<&str> = known.iter().chain(&SHARED_KEYS).copied().collect();
            keys::unknown(section, key, &known, faults);
        }
    }
    let mut request = Request::default();
    for table in ["client_kwargs", "authorize_params"] {
        if let Some(kwargs) = section.table(table, faults) {
            request.read(&kwargs, faults);
        }
    }
    let client_id = section.required("client_id", "client_id = \"…\"", faults);
    if let Some((problem, fix)) = client_id.and_then(credential_problem) {
        faults.push(section.fault("client_id", problem, fix));
    }
    let client_secret = client_secret(section, request.client_auth, faults);
    let filled_in = preset.filter(|_| section.item(METADATA_URL).is_none());
    let server_metadata_url = match filled_in {
        Some(preset) => preset.metadata_url(section, faults),
        None => server_metadata_url(name, section, redirect_uri, faults),
    };
    let label = section.text("label", faults).map(str::to_owned);
    let trusted_audiences = section
        .texts("trusted_audiences", faults)
        .unwrap_or_default();
    let userinfo = section
        .flag("userinfo", faults)
        .unwrap_or_else(|| filled_in.is_some_and(|preset| preset.userinfo));
    let provider_logout = section.flag("provider_logout", faults).unwrap_or(true);
    let logout_params = logout_params(section, faults);
    // The default provider's `allow` would be `[auth.allow]` itself.
    let allow = (name != DEFAULT)
        .then(|| section.table(ALLOW, faults))
        .flatten()
        .map(|section| Allow::read(&section, faults));
    let server_metadata_url = server_metadata_url?;
    Some(ProviderConfig {
        name: name.to_owned(),
        label: label
            .or_else(|| preset.map(|preset| preset.label.to_owned()))
            .unwrap_or_else(|| default_label(name, &server_metadata_url)),
        client_id: client_id?.to_owned(),
        client_secret: client_secret?,
        server_metadata_url,
        client_auth: request.client_auth,
        scope: request
            .scope
            .or_else(|| filled_in?.scope.map(str::to_owned))
            .unwrap_or_else(|| DEFAULT_SCOPE.to_owned()),
        parameters: request.parameters,
        default_prompt: request.default_prompt,
        shared_audience: filled_in.is_some_and(|preset| preset.shared_audience),
        trusted_audiences: trusted_audiences.into_iter().map(str::to_owned).collect(),
        userinfo,
        provider_logout,
        logout_params,
        allow: allow.unwrap_or_default(),
        places: Places::of(section),
    })
}

/// The outer `None` is a fault, the inner one a public client.
#[expect(
    clippy::option_option,
    reason = "absent and faulty are two things here"
)]
fn client_secret(
    section: &Section<'_>,
    auth: Option<ClientAuth>,
    faults: &mut Vec<Fault>,
) -> Option<Option<SecretString>> {
    const KEY: &str = "client_secret";
    match (auth, section.item(KEY)) {
        (Some(ClientAuth::None), None) => Some(None),
        (Some(ClientAuth::None), Some(_)) => {
            let fix = "Remove client_secret, or remove token_endpoint_auth_method = \"none\".";
            faults.push(section.fault(KEY, "is given for a public client, which has none.", fix));
            None
        }
        _ => {
            let example = "client_secret = \"…\"; a public client writes client_kwargs = { token_endpoint_auth_method = \"none\" } instead";
            let secret = section.required(KEY, example, faults)?;
            if let Some((problem, fix)) = credential_problem(secret) {
                faults.push(section.fault(KEY, problem, fix));
            }
            Some(Some(SecretString::from(secret)))
        }
    }
}

/// Reads `logout_params`. A parameter that the logout sets itself is an error.
pub(crate) fn logout_params(
    section: &Section<'_>,
    faults: &mut Vec<Fault>,
) -> BTreeMap<String, String> {
    let Some(table) = section.table(LOGOUT_PARAMS, faults) else {
        return BTreeMap::new();
    };
    let mut parameters = BTreeMap::new();
    for (key, item) in &table.table.0 {
        match parameter(item) {
            _ if PROTECTED_LOGOUT.contains(&key.as_str()) => faults.push(table.fault(
                key,
                "cannot be set: the logout sets it itself.",
                "Remove this line.",
            )),
            _ if is_variable(item) => faults.push(table.fault(key, UNEXPANDED, WRITE_VALUE)),
            Some(value) if value.is_empty() => {}
            Some(value) => drop(parameters.insert(key.clone(), value)),
            None => faults.push(table.fault(
                key,
                "is not a value that a link can carry.",
                "Write a text in quotes.",
            )),
        }
    }
    parameters
}

/// Source: OpenID Connect RP-Initiated Logout 1.0, section 2; `logout_uri` is Amazon Cognito's.
const PROTECTED_LOGOUT: [&str; 4] = [
    "client_id",
    "id_token_hint",
    "logout_uri",
    "post_logout_redirect_uri",
];

fn server_metadata_url(
    name: &str,
    section: &Section<'_>,
    redirect_uri: Option<&RedirectUri>,
    faults: &mut Vec<Fault>,
) -> Option<Url> {
    const KEY: &str = METADATA_URL;
    let example = "server_metadata_url = \"https://…/.well-known/openid-configuration\"";
    if let (None, Some(meant)) = (section.item(KEY), Preset::nearest(name)) {
        let fix = format!(
            "Did you mean `[auth.{meant}]`? Else add to `[{}]`: {example}",
            section.name
        );
        faults.push(section.fault(KEY, "is missing.", fix));
        return None;
    }
    let url = match metadata_url(section.required(KEY, example, faults)?) {
        Ok(url) => url,
        Err((problem, fix)) => {
            faults.push(section.fault(KEY, problem, fix));
            return None;
        }
    };
    let development = redirect_uri.is_some_and(|uri| uri.is_development(&url));
    if development && cfg!(not(feature = "dev")) {
        faults.push(section.fault(
            KEY,
            "is the development provider, which is not compiled in.",
            "Add the feature: axum-streamlit-auth = { version = \"0.1\", features = [\"dev\"] }",
        ));
    }
    Some(url)
}

/// Keys of `[auth]` that were put into a provider; they are reported there.
fn is_misplaced(key: &str) -> bool {
    SHARED_KEYS.contains(&key)
}

/// The table's name with a capital, or the provider's host where there is no name.
fn default_label(name: &str, server_metadata_url: &Url) -> String {
    if name == DEFAULT {
        return server_metadata_url.host_str().unwrap_or(DEFAULT).to_owned();
    }
    let mut letters = name.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}
