//! `[auth]`: what all providers share, and the list of providers.

use std::{collections::BTreeSet, env};

use super::{
    Allow, Clock, Config, DEFAULT, ExposeTokens, Fault, Places, Preset, RedirectUri, cookie_budget,
    cookie_format, cookie_secrets,
    document::Value,
    path::login_page,
    provider,
    section::{Section, text_of},
};

/// Keys that stand in `[auth]` only.
pub(crate) const SHARED_KEYS: [&str; 12] = [
    "allow",
    "redirect_uri",
    "cookie_secret",
    "cookie_secrets_old",
    "cookie_days",
    "cookie_budget",
    "expose_tokens",
    "claims",
    "app_name",
    "login_page",
    "signed_out_page",
    "streamlit_cookies",
];

pub(crate) fn read(auth: &Section<'_>, faults: &mut Vec<Fault>) -> Option<Config> {
    let redirect_uri = redirect_uri(auth, faults);
    let cookie_secrets = cookie_secrets::read(auth, redirect_uri.as_ref(), faults);
    let cookie_days = auth
        .whole("cookie_days", 1, MOST_DAYS, faults)
        .unwrap_or(DEFAULT_DAYS);
    let cookie_budget = cookie_budget::read(auth, faults);
    let expose_tokens = expose_tokens(auth, faults);
    let claims = auth
        .texts("claims", faults)
        .map(|claims| claims.into_iter().map(str::to_owned).collect());
    let app_name = auth.text("app_name", faults).map(str::to_owned);
    #[cfg(feature = "streamlit")]
    let cookie_format = cookie_format::read(auth, faults);
    #[cfg(not(feature = "streamlit"))]
    cookie_format::refuse(auth, faults);
    let allow = auth
        .table("allow", faults)
        .map(|section| Allow::read(&section, faults));
    let login_page = redirect_uri
        .as_ref()
        .and_then(|uri| login_page(auth, uri, faults));
    let signed_out_page = auth.flag("signed_out_page", faults).unwrap_or(false);
    let providers = providers(auth, redirect_uri.as_ref(), faults);
    let redirect_uri = redirect_uri?;
    Some(Config {
        cookie_secrets: cookie_secrets?,
        cookie_life: cookie_days.unsigned_abs() * 24 * 60 * 60,
        cookie_budget,
        expose_tokens,
        claims,
        allow: allow.unwrap_or_default(),
        #[cfg(feature = "streamlit")]
        cookie_format: cookie_format.unwrap_or_default(),
        app_name: app_name.unwrap_or_else(|| redirect_uri.host().to_owned()),
        login_page,
        signed_out_page,
        providers: providers.into_iter().map(Into::into).collect(),
        redirect_uri,
        clock: Clock::default(),
        files: Vec::new(),
        places: Places::of(auth),
    })
}

/// Source: Streamlit 1.67, `auth_util`: an identity cookie lives 30 days.
const DEFAULT_DAYS: i64 = 30;

/// Browsers keep no cookie longer (RFC 6265bis, section 5.5).
const MOST_DAYS: i64 = 400;

fn redirect_uri(auth: &Section<'_>, faults: &mut Vec<Fault>) -> Option<RedirectUri> {
    const KEY: &str = "redirect_uri";
    let text = if auth.item(KEY).is_none() && has_preset(auth) {
        ON_THIS_MACHINE
    } else {
        auth.required(
            KEY,
            "redirect_uri = \"http://localhost:8501/oauth2callback\"",
            faults,
        )?
    };
    match RedirectUri::parse(&text.replace("{port}", &port())) {
        Ok(uri) => Some(uri),
        Err((problem, fix)) => {
            faults.push(auth.fault(KEY, problem, fix));
            None
        }
    }
}

/// Whether a provider is known by its name alone. Streamlit's long form has to state `redirect_uri`, as it has to there.
fn has_preset(auth: &Section<'_>) -> bool {
    auth.table.0.iter().any(|(name, item)| {
        matches!(&item.value, Value::Table(table) if table.get(provider::METADATA_URL).is_none())
            && Preset::named(name).is_some()
    })
}

/// The `redirect_uri` of an app that nobody else visits yet.
const ON_THIS_MACHINE: &str = "http://localhost:{port}/oauth2callback";

/// What `{port}` stands for: Streamlit's `server.port`, so its environment variable, then the usual `PORT`, then Streamlit's default.
fn port() -> String {
    ["STREAMLIT_SERVER_PORT", "PORT"]
        .iter()
        .filter_map(|name| env::var(name).ok())
        .find(|port| port.parse::<u16>().is_ok())
        .unwrap_or_else(|| "8501".to_owned())
}

/// `"id"`, `"access"`, or a list of them.
///
/// Source: Streamlit 1.67, `auth_util.get_expose_tokens_config`.
fn expose_tokens(auth: &Section<'_>, faults: &mut Vec<Fault>) -> ExposeTokens {
    const KEY: &str = "expose_tokens";
    let mut expose = ExposeTokens::default();
    let names = match auth.item(KEY).map(|item| &item.value) {
        None => return expose,
        Some(Value::Text(name)) => Some(vec![name.as_str()]),
        Some(Value::List(list)) => list.iter().map(text_of).collect(),
        Some(_) => None,
    };
    for name in names.unwrap_or_else(|| vec![""]) {
        match name {
            "id" => expose.id = true,
            "access" => expose.access = true,
            _ => {
                faults.push(auth.fault(
                    KEY,
                    "allows only \"id\" and \"access\".",
                    "Write: expose_tokens = [\"id\", \"access\"]",
                ));
            }
        }
    }
    expose
}

/// The default provider, if any of its keys is there, and every table of `[auth]`.
fn providers(
    auth: &Section<'_>,
    redirect_uri: Option<&RedirectUri>,
    faults: &mut Vec<Fault>,
) -> Vec<super::ProviderConfig> {
    let mut providers = Vec::new();
    let known: Vec<&str> = SHARED_KEYS.iter().chain(provider::KEYS).copied().collect();
    let own_keys = provider::KEYS.iter().any(|key| auth.item(key).is_some());
    if own_keys {
        providers.extend(provider::read(DEFAULT, auth, redirect_uri, faults));
    }
    let mut lower_case = BTreeSet::new();
    let mut is_named = false;
    for (name, item) in &auth.table.0 {
        if known.contains(&name.as_str()) || provider::IGNORED_KEYS.contains(&name.as_str()) {
            continue;
        }
        let Value::Table(table) = &item.value else {
            auth.unknown(name, &known, faults);
            continue;
        };
        is_named = true;
        if let Some((problem, fix)) = bad_name(name) {
            faults.push(auth.fault(name, problem, fix));
            continue;
        }
        if !lower_case.insert(name.to_ascii_lowercase()) {
            faults.push(auth.fault(
                name,
                "differs from another provider only in upper and lower case.",
                "Streamlit would take one for the other: give it another name.",
            ));
        }
        let section = Section {
            name: auth.key(name),
            table,
            place: item.place.clone(),
        };
        let shared = SHARED_KEYS
            .iter()
            .filter(|key| **key != provider::ALLOW && section.item(key).is_some());
        for key in shared {
            faults.push(section.fault(
                key,
                "belongs in `[auth]`, where it counts for every provider.",
                "Move it there.",
            ));
        }
        providers.extend(provider::read(name, &section, redirect_uri, faults));
    }
    if !own_keys && !is_named {
        faults.push(Fault::new(
            &auth.name,
            &auth.place,
            "names no provider.",
            format!(
                "Add the last three of these lines, with your own values:\n\n{}",
                super::EXAMPLE
            ),
        ));
    }
    providers
}

/// A name stands in a path and, in Streamlit, in a state key.
///
/// Source: Streamlit 1.67, `auth_util.validate_auth_credentials` refuses `_`.
fn bad_name(name: &str) -> Option<(&'static str, &'static str)> {
    if name.contains('_') {
        return Some((
            "is a provider name with an underscore, which Streamlit refuses.",
            "Use `-` in its place.",
        ));
    }
    if name == DEFAULT {
        return Some((
            "has the name that stands for `[auth]` itself.",
            "Move its keys to `[auth]`, or give it another name.",
        ));
    }
    let plain = name
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'.');
    let fit =
        plain && !name.is_empty() && name.len() <= 64 && !name.bytes().all(|byte| byte == b'.');
    (!fit).then_some((
        "is not fit for a path.",
        "Use up to 64 letters, digits, `-` and `.`.",
    ))
}
