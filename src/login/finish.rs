//! The callback: what the provider sent becomes an identity, or a page that says why not.

use axum::response::Response;
use tokio::time::timeout;

use super::{
    Failure, TIME_OUT,
    attempt::{self, Attempt, NoAttempt},
    callback::Callback,
    redirect, rounds,
};
use crate::{
    cookie::Cookies,
    identity::{self, Kept, Tokens},
    logout,
    pages::{self, Cause},
    provider::{Claims, Description, Expected, Metadata, Provider, Providers, TokenAnswer},
    site::{Site, Visit},
    user::User,
};

/// Finishes the login that `query` belongs to.
///
/// Only here is an identity written, and only as the last step: a login that fails changes nothing but its own attempt.
///
/// `name` is the provider that the path belongs to, where it is not the shared redirect URI.
pub(crate) async fn finish(
    visit: &Visit,
    providers: &Providers,
    query: &str,
    name: Option<&str>,
) -> Response {
    let (site, cookies) = (&*visit.site, &visit.cookies);
    let callback = Callback::parse(query);
    let state = match &callback {
        Callback::Code { state, .. } => Some(state.as_str()),
        Callback::Error { state, .. } | Callback::Malformed { state } => state.as_deref(),
        // The way back from a logout at the provider.
        Callback::NoState => None,
        Callback::Nothing if site.config.signed_out_page && !User::of(visit).is_logged_in() => {
            return pages::signed_out(visit, None);
        }
        Callback::Nothing => return redirect(&site.home()),
    };
    let now = site.config.now();
    let attempt = state.map_or(Err(NoAttempt::Missing), |state| {
        Attempt::find(site, cookies, state, now)
    });
    let used = state.and_then(|state| attempt::clear(site, cookies, state));
    let outcome = match (&attempt, &callback) {
        (_, Callback::Malformed { .. }) => Err(Failure::of(Cause::CallbackMalformed)),
        (_, Callback::NoState) => Err(Failure::of(Cause::StateMissing)),
        (Ok(attempt), _) => finish_attempt(site, providers, attempt, callback, cookies, name).await,
        // Without a description: this browser did not ask for the answer, and the text may be anyone's.
        (Err(_), Callback::Error { error, .. }) => Err(Failure::answered(error, None)),
        // Reload and Back after a login end here: the visitor is where they wanted to be.
        (Err(_), _) if User::of(visit).is_logged_in() => Ok(redirect(&site.home())),
        // A browser that restores a dozen tabs starts more logins than it keeps attempts of.
        (Err(NoAttempt::Missing), _) if attempt::is_full(site, cookies, now) => {
            Ok(redirect(&site.home()))
        }
        (Err(reason), _) => Err(Failure::of(match reason {
            NoAttempt::Missing => Cause::AttemptMissing,
            NoAttempt::Unreadable => Cause::AttemptUnreadable,
            NoAttempt::NoCookies => Cause::NoCookies,
            NoAttempt::Expired => Cause::AttemptExpired,
            NoAttempt::ClocksDiffer => Cause::ClocksDiffer,
            NoAttempt::NotOurs => Cause::StateMalformed,
        })),
    };
    let outcome = match (outcome, &attempt) {
        (Err(failure), Ok(attempt)) if failure.cause() == Cause::CodeRefused => {
            start_again(visit, attempt).ok_or(failure)
        }
        (outcome, _) => outcome,
    };
    match outcome {
        Ok(mut response) => {
            super::set(&mut response, used);
            response
        }
        Err(failure) => {
            let keeps_attempt = failure.cause().is_outage();
            let mut response = failure.page(visit, attempt.as_ref().ok());
            // A provider that is back in a moment can finish this very login when the visitor reloads.
            if !keeps_attempt {
                super::set(&mut response, used);
            }
            response
        }
    }
}

/// A new start of a login whose code the provider refused, if that cannot become a redirect loop.
///
/// A double click or a reload sends a callback twice, and a provider accepts a code once (RFC 6749,
/// section 4.1.2). The browser dropped the first response, and the login in it, if it still sends
/// the attempt. The new start is a login of this browser, so it is safe against login CSRF. It
/// happens once within a minute, because a provider that refuses every code would make it a loop.
fn start_again(visit: &Visit, attempt: &Attempt) -> Option<Response> {
    let site = &*visit.site;
    if !rounds::is_first(site, &visit.cookies) {
        return None;
    }
    let provider = attempt.provider.as_str();
    let mut response = redirect(&super::link(site, Some(provider), attempt.next.as_ref()));
    super::set(&mut response, [rounds::count(site, &visit.cookies)]);
    let reason = Cause::CodeRefused.code();
    tracing::info!(target: crate::LOG, provider, reason, "login started again");
    Some(response)
}

async fn finish_attempt(
    site: &Site,
    providers: &Providers,
    attempt: &Attempt,
    callback: Callback,
    cookies: &Cookies,
    name: Option<&str>,
) -> Result<Response, Failure> {
    let provider = providers
        .find(&attempt.provider)
        .ok_or(Failure::of(Cause::ProviderRemoved))?;
    // A response at the redirect URI of another provider is a mix-up (RFC 9700, section 4.4.2.2).
    let own = provider.config.redirect_uri.as_ref();
    if name != own.map(|_| provider.config.name.as_str()) {
        let detail = "the response arrived at the redirect URI of another provider".to_owned();
        return Err(Failure::with(Cause::IssuerMismatch, detail));
    }
    if !attempt.is_for(&provider.config) {
        return Err(Failure::of(Cause::ProviderChanged));
    }
    let vouched = timeout(TIME_OUT, vouch(site, provider, attempt, callback));
    let Vouched { claims, tokens } = vouched
        .await
        .unwrap_or_else(|_| Err(Failure::timed_out(Some(provider))))?;
    let kept = admit(site, provider, claims).await?;
    let client = site
        .client(&provider.config.name)
        .ok_or(Failure::of(Cause::ProviderRemoved))?;
    let written =
        identity::write(site, client, &kept, &tokens, cookies).map_err(Failure::too_large)?;
    let home = site.home();
    let mut response = redirect(
        attempt
            .next
            .as_ref()
            .map_or(home.as_str(), |next| next.as_str()),
    );
    let mut cookies_set = written;
    cookies_set.push(rounds::count(site, cookies));
    let taken = identity::set_bytes(&cookies_set);
    let spare = site.config.cookie_budget.saturating_sub(taken);
    cookies_set.extend(attempt.crowd_out(site, cookies, spare));
    super::set(&mut response, cookies_set);
    tracing::info!(target: crate::LOG, provider = provider.config.name, "login succeeded");
    Ok(response)
}

/// What a provider vouches for.
struct Vouched {
    claims: Claims,
    tokens: Tokens,
}

/// Exchanges the code, and checks what the provider says of the user.
async fn vouch(
    site: &Site,
    provider: &Provider,
    attempt: &Attempt,
    callback: Callback,
) -> Result<Vouched, Failure> {
    let (code, iss) = match callback {
        Callback::Code { code, iss, .. } => (Ok(code), iss),
        Callback::Error {
            error,
            description,
            iss,
            ..
        } => (Err((error, description)), iss),
        Callback::Nothing | Callback::NoState | Callback::Malformed { .. } => {
            return Err(Failure::of(Cause::CallbackMalformed));
        }
    };
    let metadata = match (&code, &iss) {
        // Without a code there is nothing to protect.
        (Err(_), None) => provider.metadata().await?,
        _ => provider.metadata_for(iss.as_deref()).await?,
    };
    // Before anything else: the code of one provider must not reach another (RFC 9207, section 2.4).
    let named = iss.as_deref().map_or(!metadata.names_issuer, |iss| {
        metadata.issuer.matches_parameter(iss)
    });
    if !named && (code.is_ok() || iss.is_some()) {
        let missing = iss.is_none();
        return Err(Failure::of(if missing {
            Cause::IssuerMissing
        } else {
            Cause::IssuerMismatch
        }));
    }
    let code = code.map_err(|(error, description)| {
        let description = description.and_then(|raw| Description::new(&raw, &[]));
        let failure = Failure::answered(&error, description.as_ref());
        failure.or_prompt(&error, description.as_ref(), &provider.config, &metadata)
    })?;
    let answer = provider
        .exchange(
            &metadata,
            provider.config.redirect_uri(&site.config),
            code,
            attempt.pkce_verifier(),
        )
        .await?;
    let claims = claims(site, provider, &metadata, attempt, &answer).await?;
    let tokens = tokens(site, provider, &metadata, answer);
    Ok(Vouched { claims, tokens })
}

/// The claims of the ID token, with those of UserInfo beside them if the configuration asks for it.
async fn claims(
    site: &Site,
    provider: &Provider,
    metadata: &Metadata,
    attempt: &Attempt,
    answer: &TokenAnswer,
) -> Result<Claims, Failure> {
    let expected = Expected {
        issuer: &metadata.issuer,
        client_id: &provider.config.client_id,
        trusted_audiences: &provider.config.trusted_audiences,
        shared_audience: provider.config.shared_audience,
        nonce: &attempt.nonce(),
        access_token: answer.access_token.as_deref(),
        algorithms: &metadata.signing_algorithms,
        now: site.config.now(),
    };
    let mut claims = provider
        .verify(metadata, &answer.id_token, &expected)
        .await?;
    if provider.config.userinfo {
        let sub = claims
            .get("sub")
            .and_then(|sub| sub.as_str())
            .unwrap_or_default();
        // The ID token is signed, so its claims have precedence. A claim that is `null` counts as absent.
        for (name, value) in provider
            .userinfo(metadata, answer.access_token.as_deref(), sub)
            .await?
        {
            if claims.get(&name).is_none_or(serde_json::Value::is_null) {
                claims.insert(name, value);
            }
        }
    }
    Ok(claims)
}

/// Asks the rules of `[auth.allow]`, then the app's hook, and selects the claims to keep.
async fn admit(site: &Site, provider: &Provider, sent: Claims) -> Result<Kept, Failure> {
    site.config
        .check_allowed(&provider.config, &sent)
        .map_err(|refused| Failure::with(Cause::NotAllowed, refused.to_string()))?;
    let kept = match &site.on_sign_in {
        None => Kept::sent(site, sent),
        Some(hook) => {
            let mut asked = sent.clone();
            asked.insert("provider".to_owned(), provider.config.name.as_str().into());
            let returned = hook.ask(asked).await.map_err(Failure::of_hook)?;
            Kept::returned(site, &sent, returned)
        }
    };
    kept.map_err(|_| Failure::of(Cause::ClaimsUnreadable))
}

/// The tokens to keep: those that the app may see, and the ID token for the provider's logout.
fn tokens(site: &Site, provider: &Provider, metadata: &Metadata, answer: TokenAnswer) -> Tokens {
    let expose = site.config.expose_tokens;
    let for_logout = logout::keeps_id_token(&provider.config, metadata);
    Tokens::new(
        Some(answer.id_token).filter(|_| expose.id || for_logout),
        answer.access_token.filter(|_| expose.access),
    )
}
