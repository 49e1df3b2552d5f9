//! The identity that a Streamlit app wrote, or is to read.

use axum::http::HeaderValue;
use serde_json::{Map, Value};

use super::{
    Identity, Kept, Refused, Tokens, TooLarge, Written, record,
    room::{self, too_large},
};
use crate::{
    config::CookieFormat,
    cookie::{Cookies, Rejected, Scope, Verified, streamlit},
    site::{IDENTITY, Site, TOKENS},
};

/// The newer of `ours` and the identity of a Streamlit app, whose cookie has the bare name on https too.
pub(super) fn newest(
    site: &Site,
    cookies: &Cookies,
    now: u64,
    ours: Result<Identity, Option<Refused>>,
) -> Result<Identity, Option<Refused>> {
    let bare = site.identity_name == IDENTITY;
    let ours = ours.map(|mut ours| {
        // A Tornado value that is short enough for one cookie has the form of ours; the text inside is Python's.
        if bare && is_python(&ours.json) {
            turn_into(&mut ours, site, CookieFormat::Tornado);
        } else {
            turn_into(&mut ours, site, CookieFormat::Ours);
        }
        ours
    });
    if bare && ours.is_ok() && cookies.values(IDENTITY).nth(1).is_none() {
        return ours;
    }
    let theirs = cookies
        .streamlit(&site.keys, IDENTITY, now, life(site))
        .map_err(|rejected| rejected.map(Refused::from))
        .and_then(|verified| {
            let format = verified.format;
            let mut theirs = Identity::of(site, verified)?;
            turn_into(&mut theirs, site, format);
            // Otherwise a value of our own format would get Streamlit's longer life.
            let python = is_python(&theirs.json);
            python
                .then_some(theirs)
                .ok_or(Some(Rejected::Malformed.into()))
        });
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) if theirs.time > ours.time => Ok(theirs),
        (Err(_), Ok(identity)) | (Ok(identity), _) => Ok(identity),
        // Under the bare name, Streamlit's value is no value of ours.
        (Err(None | Some(Refused::Cookie(Rejected::Malformed))), Err(theirs)) => Err(theirs),
        (Err(ours), Err(_)) => Err(ours),
    }
}

/// The tokens that Streamlit stored with the identity of `time`; it signs them a moment later.
pub(super) fn tokens(site: &Site, cookies: &Cookies, now: u64, time: u64) -> Option<Verified> {
    let tokens = cookies.streamlit(&site.keys, TOKENS, now, life(site));
    tokens
        .ok()
        .filter(|tokens| tokens.time.abs_diff(time) <= SPREAD)
}

/// The cookies of a new login in the format that the configuration names.
pub(super) fn write(
    site: &Site,
    client: usize,
    kept: &Kept,
    tokens: &Tokens,
    now: u64,
    before: &Cookies,
) -> Result<Written, TooLarge> {
    let provider = &site.config.providers[client].name;
    let json = json(site, provider, kept.claims.clone());
    let new = New {
        time: now,
        now,
        format: site.config.cookie_format,
        record: record::own_content(site, client, &kept.rule_inputs),
    };
    set_cookies(site, &new, &json, tokens, before)
        .ok_or_else(|| too_large(&kept.claims, json.len()))
}

/// Checks whether `identity` is to be written in a format of Streamlit's.
pub(super) fn is_written(site: &Site, identity: &Identity) -> bool {
    wanted(site, identity.format) != CookieFormat::Ours
}

/// The cookies of `identity` with the current secret and in the configured format; `None` if they do not fit.
///
/// Only for an identity that [`is_written`] in Streamlit's format.
pub(super) fn renewed(
    identity: &Identity,
    site: &Site,
    before: &Cookies,
    tokens: &Tokens,
    now: u64,
) -> Option<Vec<HeaderValue>> {
    let format = wanted(site, identity.format);
    let rewritten = (identity.format == CookieFormat::Ours).then(|| {
        let mut claims = identity.claims().clone();
        claims.shift_remove("is_logged_in");
        claims.shift_remove("provider");
        json(site, identity.provider(), claims)
    });
    let json = rewritten.as_deref().unwrap_or(identity.signed_text());
    let new = New {
        time: identity.time,
        now,
        format,
        record: record::content(site, identity),
    };
    let written = set_cookies(site, &new, json, tokens, before)?;
    written.log(site, identity.provider());
    Some(written.cookies)
}

/// The text that Streamlit signs.
///
/// Source: Streamlit 1.67, `starlette_auth_routes._auth_callback`: `dict(claims, origin=…, is_logged_in=True, provider=…)`.
fn json(site: &Site, provider: &str, mut claims: Map<String, Value>) -> String {
    // As in Python, a claim of such a name keeps its place and gets another value.
    for (name, value) in [
        ("origin", site.config.redirect_uri.origin().into()),
        ("is_logged_in", true.into()),
        ("provider", provider.into()),
    ] {
        claims.insert(name.to_owned(), value);
    }
    streamlit::json(&claims)
}

/// Removals of everything of Streamlit's that [`super::clear`] does not remove as ours.
pub(super) fn clear(site: &Site, cookies: &Cookies) -> Vec<HeaderValue> {
    let mut scopes = scopes(site);
    if site.identity_name == IDENTITY {
        scopes.remove(0);
    }
    let cleared = scopes
        .iter()
        .flat_map(|scope| [IDENTITY, TOKENS].map(|name| scope.clear_long(name, cookies)));
    cleared.flatten().collect()
}

/// Seconds that a cookie of a login at `time` has left in the browser.
fn max_age(site: &Site, time: u64, now: u64) -> u64 {
    let life = site.config.cookie_life.min(THEIR_DAYS * DAY);
    life.saturating_sub(now.saturating_sub(time))
}

/// Streamlit honours its cookies for a day longer than it lets browsers keep them.
///
/// Source: Streamlit 1.67, `starlette_app_utils`: `AUTH_COOKIE_MAX_AGE_DAYS` 30, plus one day of grace.
const THEIR_DAYS: u64 = 30;
const GRACE_DAYS: u64 = 1;
const DAY: u64 = 24 * 60 * 60;

/// Seconds between the signatures of one login.
const SPREAD: u64 = 10;

/// When and how an identity is signed.
struct New {
    /// When the login was finished.
    time: u64,
    now: u64,
    format: CookieFormat,
    /// See [`record`].
    record: Option<String>,
}

/// Seconds for which a cookie of Streamlit's counts: as there, unless `cookie_days` is shorter.
fn life(site: &Site) -> u64 {
    match site.config.cookie_life {
        shorter if shorter < THEIR_DAYS * DAY => shorter,
        _ => (THEIR_DAYS + GRACE_DAYS) * DAY,
    }
}

fn turn_into(identity: &mut Identity, site: &Site, format: CookieFormat) {
    identity.format = format;
    identity.stale |= wanted(site, format) != format;
    if format != CookieFormat::Ours {
        identity.life = life(site);
    }
}

/// What an identity in `format` is written as. Without the setting, a login that Streamlit owns stays Streamlit's, which would not know it
/// to sign it out otherwise.
fn wanted(site: &Site, format: CookieFormat) -> CookieFormat {
    match site.config.cookie_format {
        CookieFormat::Ours => format,
        wanted => wanted,
    }
}

/// Whether `json` has Python's spaces, which are never inside a text: a quotation mark is escaped there.
fn is_python(json: &str) -> bool {
    json.contains(r#""origin": ""#)
}

/// Every place where Streamlit's cookies may be: the base path, and `/`, where Tornado always puts them.
fn scopes(site: &Site) -> Vec<Scope> {
    let redirect_uri = &site.config.redirect_uri;
    let (base_path, secure) = (redirect_uri.base_path(), redirect_uri.is_secure());
    let mut scopes = vec![Scope::bare(base_path, secure)];
    if !base_path.is_empty() {
        scopes.push(Scope::bare("", secure));
    }
    scopes
}

fn set_cookies(
    site: &Site,
    new: &New,
    json: &str,
    tokens: &Tokens,
    before: &Cookies,
) -> Option<Written> {
    let mut others = scopes(site);
    let scope = match new.format {
        CookieFormat::Tornado => others.pop(),
        CookieFormat::Ours | CookieFormat::Itsdangerous => Some(others.remove(0)),
    }?;
    let max_age = max_age(site, new.time, new.now);
    let put = |name: &str, text: &str| {
        let key = &site.keys[0];
        let parts = streamlit::seal(new.format, key, name, text, new.time, scope.path())?;
        Some(scope.put_parts(name, &parts, max_age, before))
    };
    let put_tokens = |tokens: &Tokens| put(TOKENS, &streamlit::json(&tokens.to_map()));
    let mut identity = put(IDENTITY, json)?;
    let record = new.record.as_deref();
    identity.extend(record::put(site, json, new.time, record, max_age, before)?);
    let mut written = Written::fit(site, identity, tokens, put_tokens)?;
    let cookies = &mut written.cookies;
    if !written.has_tokens {
        cookies.extend(scope.clear_long(TOKENS, before));
    }
    room::warn(cookies, before, json.len());
    // A sign-out at Streamlit removes the bare names alone, after which nothing of an earlier login may be left.
    if site.identity_name != IDENTITY {
        cookies.extend(site.scope.clear_long(&site.identity_name, before));
        cookies.extend(site.scope.clear_long(&site.tokens_name, before));
    }
    cookies.extend(site.scope.clear_long(&site.renewal_name, before));
    for other in others {
        cookies.extend(other.clear_long(IDENTITY, before));
        cookies.extend(other.clear_long(TOKENS, before));
    }
    Some(written)
}
