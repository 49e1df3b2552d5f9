//! Decides whether the claims of a provider are admitted, at a login and at a refresh.

use serde_json::Value;

use super::LoginError;
use crate::{
    identity::RetainedClaims,
    pages::ErrorCode,
    provider::{Claims, ProviderClient},
    state::{Settings, SignIn},
};

/// Applies the rules of `[auth.allow]` and the app's hook, and selects the claims to keep.
///
/// `full_name` is a name that the provider did not sign. The rules never apply to it, and it never
/// replaces a claim.
pub(crate) async fn admit(
    settings: &Settings,
    provider: &ProviderClient,
    claims: Claims,
    full_name: Option<String>,
    access_token: Option<String>,
) -> Result<RetainedClaims, LoginError> {
    settings
        .config
        .check_allowed(&provider.config, &claims)
        .map_err(|refused| LoginError::with(ErrorCode::NotAllowed, refused.to_string()))?;
    let mut named = claims.clone();
    if let Some(full_name) = full_name.filter(|_| claims.get("name").is_none_or(Value::is_null)) {
        named.insert("name".to_owned(), full_name.into());
    }
    let retained = match &settings.hooks.on_sign_in {
        None => RetainedClaims::unsigned(settings, &claims, named),
        Some(hook) => {
            let mut input = named;
            input.insert("provider".to_owned(), provider.config.name.as_str().into());
            let asked = hook.ask(SignIn::new(input, access_token)).await;
            let returned = asked.map_err(LoginError::from_hook)?;
            RetainedClaims::returned(settings, &claims, returned)
        }
    };
    retained.map_err(|_| LoginError::new(ErrorCode::ClaimsUnreadable))
}
