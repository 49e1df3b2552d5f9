//! Reads `[auth]`: the settings that all providers share, and, through [`providers`], the
//! providers.

use super::{
    Allow, Config, Diagnostic, ExposeTokens, KeyLocations, LogoutParams,
    app_path::login_page,
    bearer::{self, RESOURCE},
    cookie_budget, cookie_format, cookie_secrets,
    identity_headers::{self, HEADERS},
    lifetime,
    login_params::{self, LOGIN_PARAMS},
    logout_params::LOGOUT_PARAMS,
    providers,
    reader::{TableReader, as_str},
    redirect_uri,
    refresh::{self, REFRESH},
    sessions::{self, SESSION_IDLE, SESSION_STORE},
    streamlit_logins::{self, STREAMLIT_LOGINS},
    table::{Table, Value},
};

/// Keys of `[auth]` that apply to all providers.
pub(crate) const SHARED_KEYS: &[&str] = &[
    "allow",
    "redirect_uri",
    "cookie_secret",
    "cookie_secret_file",
    "cookie_secrets_old",
    "cookie_lifetime",
    "cookie_days",
    "revoked_before",
    "cookie_budget",
    "expose_tokens",
    "claims",
    "app_name",
    "login_page",
    LOGIN_PARAMS,
    "signed_out_page",
    "streamlit_cookies",
    SESSION_STORE,
    SESSION_IDLE,
    STREAMLIT_LOGINS,
    REFRESH,
    RESOURCE,
    LOGOUT_PARAMS,
    HEADERS,
];

pub(crate) fn read(
    auth: &TableReader<'_>,
    top_level: &Table,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Config> {
    let redirect_uri = redirect_uri::read(auth, diagnostics);
    let cookie_secrets = cookie_secrets::read(auth, redirect_uri.as_ref(), diagnostics);
    let lifetime = lifetime::read(auth, diagnostics);
    let cookie_budget = cookie_budget::read(auth, diagnostics);
    let expose_tokens = expose_tokens(auth, diagnostics);
    let claims = auth
        .strings("claims", diagnostics)
        .map(|claims| claims.into_iter().map(str::to_owned).collect());
    let app_name = auth.text("app_name", diagnostics).map(str::to_owned);
    #[cfg(feature = "streamlit-cookies")]
    let cookie_format = cookie_format::read(auth, diagnostics);
    #[cfg(not(feature = "streamlit-cookies"))]
    cookie_format::reject(auth, diagnostics);
    let allow = auth
        .table("allow", diagnostics)
        .map(|reader| Allow::read(&reader, diagnostics));
    let identity_headers = identity_headers::read(auth, diagnostics);
    let login_page = redirect_uri
        .as_ref()
        .and_then(|uri| login_page(auth, uri, diagnostics));
    let login_params = login_params::read(auth, diagnostics);
    if !providers::has_default(auth) {
        // The default provider reads this table itself.
        LogoutParams::read(auth, diagnostics);
    }
    let signed_out_page = auth
        .boolean("signed_out_page", diagnostics)
        .unwrap_or(false);
    let sessions = sessions::read(auth, redirect_uri.as_ref(), diagnostics);
    let mut providers = providers::read(auth, top_level, redirect_uri.as_ref(), diagnostics);
    let refresh = refresh::read(auth, &mut providers, diagnostics);
    let accepts_streamlit_logins = streamlit_logins::read(auth, diagnostics);
    let _ = accepts_streamlit_logins;
    let resource = bearer::resource(auth, redirect_uri.as_ref(), &providers, diagnostics);
    let redirect_uri = redirect_uri?;
    Some(Config {
        cookie_secrets: cookie_secrets?,
        cookie_max_age: lifetime.max_age,
        revoked_before: lifetime.revoked_before,
        cookie_budget,
        expose_tokens,
        claims,
        allow: allow.unwrap_or_default(),
        identity_headers,
        #[cfg(feature = "streamlit-cookies")]
        cookie_format: cookie_format.unwrap_or_default(),
        app_name: app_name.unwrap_or_else(|| redirect_uri.host().to_owned()),
        login_page,
        login_params,
        signed_out_page,
        sessions,
        #[cfg(feature = "streamlit-cookies")]
        accepts_streamlit_logins,
        refresh,
        resource,
        providers: providers.into_iter().map(Into::into).collect(),
        redirect_uri,
        files: Vec::new(),
        linked_files: Vec::new(),
        has_written_secrets: true,
        locations: KeyLocations::new(auth),
    })
}

/// Reads `expose_tokens`: `"id"`, `"access"`, or an array of them.
///
/// Source: Streamlit 1.67, `auth_util.get_expose_tokens_config`.
fn expose_tokens(auth: &TableReader<'_>, diagnostics: &mut Vec<Diagnostic>) -> ExposeTokens {
    const KEY: &str = "expose_tokens";
    let mut expose = ExposeTokens::default();
    let names = match auth.entry(KEY).map(|entry| &entry.value) {
        None => return expose,
        Some(Value::String(name)) => Some(vec![name.as_str()]),
        Some(Value::Array(array)) => array.iter().map(as_str).collect(),
        Some(_) => None,
    };
    for name in names.unwrap_or_else(|| vec![""]) {
        match name {
            "id" => expose.id = true,
            "access" => expose.access = true,
            _ => {
                diagnostics.push(auth.diagnostic(
                    KEY,
                    "expected only \"id\" and \"access\"",
                    "Write: expose_tokens = [\"id\", \"access\"]",
                ));
            }
        }
    }
    expose
}
