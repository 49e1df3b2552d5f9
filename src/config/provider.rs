//! One provider's table.

use std::collections::BTreeMap;

use secrecy::SecretString;
use url::Url;

use super::{
    Allow, ClientAuth, DEFAULT, Fault, Places, Preset, ProviderConfig, RedirectUri,
    document::{Item, Value, to_json},
    secret::credential_problem,
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

/// Parameters of the authorization request that are ours alone: a login is only safe if nobody else sets them.
///
/// A request object (`request`, `request_uri`) takes precedence over all of them (RFC 9101, section 5). Credentials do not belong in a URL.
const PROTECTED: [&str; 13] = [
    "client_assertion",
    "client_assertion_type",
    "client_id",
    "client_secret",
    "code_challenge",
    "code_challenge_method",
    "code_verifier",
    "nonce",
    "redirect_uri",
    "request",
    "request_uri",
    "response_type",
    "state",
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
        .chain((name != DEFAULT).then_some(ALLOW))
        .collect();
    for (key, _) in &section.table.0 {
        if IGNORED_KEYS.contains(&key.as_str()) {
            tracing::warn!(target: crate::LOG, key = section.key(key), "key is ignored: discovery names the endpoints");
        } else if name != DEFAULT && !known.contains(&key.as_str()) && !is_misplaced(key) {
            section.unknown(key, &known, faults);
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
        None => server_metadata_url(section, redirect_uri, faults),
    };
    let label = section.text("label", faults).map(str::to_owned);
    let trusted_audiences = section
        .texts("trusted_audiences", faults)
        .unwrap_or_default();
    let userinfo = section
        .flag("userinfo", faults)
        .unwrap_or_else(|| filled_in.is_some_and(|preset| preset.userinfo));
    let provider_logout = section.flag("provider_logout", faults).unwrap_or(true);
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
        allow: allow.unwrap_or_default(),
        places: Places::of(section),
    })
}

/// Source: Streamlit's guide: `scope="openid profile email"` and `prompt="select_account"` unless set otherwise.
const DEFAULT_SCOPE: &str = "openid profile email";
pub(crate) const DEFAULT_PROMPT: &str = "select_account";

/// What `client_kwargs` asks for.
struct Request {
    scope: Option<String>,
    client_auth: Option<ClientAuth>,
    parameters: BTreeMap<String, String>,
    default_prompt: bool,
}

impl Default for Request {
    fn default() -> Self {
        let parameters = BTreeMap::from([("prompt".to_owned(), DEFAULT_PROMPT.to_owned())]);
        Self {
            scope: None,
            client_auth: None,
            parameters,
            default_prompt: true,
        }
    }
}

impl Request {
    fn read(&mut self, kwargs: &Section<'_>, faults: &mut Vec<Fault>) {
        for (key, item) in &kwargs.table.0 {
            match key.as_str() {
                protected if PROTECTED.contains(&protected) => faults.push(kwargs.fault(
                    key,
                    "cannot be set: the login makes it anew each time, or it follows from another key.",
                    "Remove this line.",
                )),
                "scope" => self.scope = kwargs.text(key, faults).map(with_openid),
                "token_endpoint_auth_method" => self.client_auth = client_auth(kwargs, key, faults),
                "response_mode" if kwargs.text(key, faults) != Some("query") => {
                    faults.push(kwargs.fault(key, "must be \"query\": the answer arrives as a link.", "Remove this line."));
                }
                // Settings of Streamlit's own HTTP client, never parameters of the provider's.
                "timeout" | "verify" | "leeway" => {
                    tracing::warn!(target: crate::LOG, key = kwargs.key(key), "key is ignored");
                }
                _ => match parameter(item) {
                    // A parameter without a value is an omitted one (RFC 6749, section 3.1).
                    Some(value) => {
                        self.default_prompt &= key != "prompt";
                        if value.is_empty() {
                            self.parameters.remove(key);
                        } else {
                            self.parameters.insert(key.clone(), value);
                        }
                    }
                    None => faults.push(kwargs.fault(key, "is not a value that a link can carry.", "Write a text in quotes.")),
                },
            }
        }
    }
}

fn client_auth(kwargs: &Section<'_>, key: &str, faults: &mut Vec<Fault>) -> Option<ClientAuth> {
    match kwargs.text(key, faults)? {
        "client_secret_basic" => Some(ClientAuth::SecretBasic),
        "client_secret_post" => Some(ClientAuth::SecretPost),
        "none" => Some(ClientAuth::None),
        _ => {
            let fix = "Write \"client_secret_basic\", \"client_secret_post\" or \"none\".";
            faults.push(kwargs.fault(key, "is a method that is not supported.", fix));
            None
        }
    }
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

fn server_metadata_url(
    section: &Section<'_>,
    redirect_uri: Option<&RedirectUri>,
    faults: &mut Vec<Fault>,
) -> Option<Url> {
    const KEY: &str = METADATA_URL;
    let example = "server_metadata_url = \"https://…/.well-known/openid-configuration\"";
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

/// `scope` with `openid` in it, without which there is no ID token (OpenID Connect Core 1.0, section 3.1.2.1).
fn with_openid(scope: &str) -> String {
    if scope.split_whitespace().any(|word| word == "openid") {
        scope.to_owned()
    } else {
        format!("openid {scope}").trim_end().to_owned()
    }
}

/// A parameter's text. The OpenID parameter `claims` is JSON, so a table is sent as JSON.
fn parameter(item: &Item) -> Option<String> {
    match &item.value {
        Value::Text(text) => Some(text.clone()),
        Value::Whole(whole) => Some(whole.to_string()),
        Value::Flag(flag) => Some(flag.to_string()),
        Value::Table(_) => to_json(item).map(|value| value.to_string()),
        _ => None,
    }
}

/// Keys of `[auth]` that were put into a provider; they are reported there.
fn is_misplaced(key: &str) -> bool {
    super::auth::SHARED_KEYS.contains(&key)
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
