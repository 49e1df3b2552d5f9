//! Users who log in while requests fail, and users who are logged in already.

use std::time::{Duration, Instant};

use tokio::time::MissedTickBehavior;

use super::{
    cluster::{ME, Site, named},
    faults::{Fate, Fault, Line, Seen},
    stats::Stats,
};
use crate::browser::{Browser, Page};

/// Of 20 logins in a row, 7 fail because of the proxy.
const MAX_ATTEMPTS: usize = 25;

/// The time for which a user reads the error page.
const READ_TIME: Duration = Duration::from_secs(1);

/// The period before a login in which a failed fetch of discovery or keys can affect it: failures
/// are cached for a second, and two busy cores may be slower.
const FAILURE_WINDOW: Duration = Duration::from_secs(4);

/// Logs `person` in with retries. Fails if a login fails without an injected fault.
pub async fn sign_in(site: &Site, line: &Line, stats: &Stats, browser: &mut Browser, person: &str) {
    stats.login_begun();
    let mut begun = Instant::now();
    let mut page = browser
        .open(&site.url(&format!("/auth/login?next={ME}")))
        .await;
    for _ in 0..MAX_ATTEMPTS {
        if !page.is_at(&site.url("")) {
            page = site.provider.submit(browser, page, person).await;
        }
        if site.provider.shows(&page) {
            // The app starts a login again if its code has already been used (`code_refused`).
            assert!(
                stats.killed_since(begun) || line.seen(Seen::has_lost_code),
                "no fault was injected into this login: {page:?}"
            );
            continue;
        }
        if page.url.path() == ME {
            assert_eq!(named(&page).as_deref(), Some(person), "{page:?}");
            return stats.login_ended();
        }
        stats.login_refused(&injected_fault(&page, line, stats, begun));
        tokio::time::sleep(READ_TIME).await;
        begun = Instant::now();
        page = browser.go(&page, "/auth/login/default").await;
    }
    panic!("no login of {person} in {MAX_ATTEMPTS}: {page:?}");
}

/// Opens a page repeatedly until all users have logged in. Fails if the user changes.
pub async fn browse_until_done(site: &Site, stats: &Stats, browser: &mut Browser, person: &str) {
    let mut every = tokio::time::interval(Duration::from_millis(100));
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while stats.is_running() {
        every.tick().await;
        let begun = Instant::now();
        let who = site.who(browser).await;
        assert_eq!(who.as_deref(), Some(person));
        stats.page(begun.elapsed());
    }
}

/// The injected fault that caused the error page `page`. Fails if there is none.
fn injected_fault(page: &Page, line: &Line, stats: &Stats, begun: Instant) -> String {
    assert_eq!(page.media_type(), "text/html", "{page:?}");
    assert!(
        [400, 503].contains(&page.status) && Browser::offers(page, "/auth/login/default"),
        "{page:?}"
    );
    let cause = between(&page.body, "<dt>Cause</dt><dd><code>", "<");
    let code = page.url.query_pairs().find(|(name, _)| name == "code");
    let fates = code.map(|(_, code)| line.seen(|seen| seen.codes.get(&*code).cloned()));
    let injected = match fates.flatten().unwrap_or_default()[..] {
        [Fate::Lost] => "its code",
        // nginx repeats the request at the other instance, and a code is valid once.
        [_, _, ..] if stats.killed_since(begun) => "a kill",
        [] | [Fate::Whole] if failed_recently(line, begun) => "discovery or keys",
        ref fates => panic!("no fault was injected into this login, {fates:?}: {page:?}"),
    };
    format!("{cause}, because of {injected}")
}

/// Returns true if a fetch of discovery or keys failed recently.
fn failed_recently(line: &Line, begun: Instant) -> bool {
    line.seen(|seen| {
        seen.faults.iter().any(|(when, fault, endpoint)| {
            *when + FAILURE_WINDOW > begun && *fault != Fault::Delay && endpoint != "token"
        })
    })
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(start).unwrap_or_default();
    rest.split_once(end).unwrap_or_default().0
}
