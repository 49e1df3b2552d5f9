//! Those who sign in while the line is bad, and those who are signed in already.

use std::time::{Duration, Instant};

use tokio::time::MissedTickBehavior;

use super::{
    faults::{Fate, Fault, Line},
    figures::Figures,
    house::{ME, Site, named},
};
use crate::browser::{Browser, Page};

/// Of 20 logins in a row, the line spoils 7.
const MOST_TRIES: usize = 25;

/// How long a visitor reads the page that says why.
const READING: Duration = Duration::from_secs(1);

/// How long before a login a fault of discovery or keys may have been: it counts for a second, and on two busy cores for a little longer.
const REMEMBERED: Duration = Duration::from_secs(4);

/// Signs `person` in, however often it takes, and fails if a login goes wrong that nothing spoiled.
pub async fn sign_in(
    site: &Site,
    line: &Line,
    figures: &Figures,
    browser: &mut Browser,
    person: &str,
) {
    figures.login_begun();
    let mut begun = Instant::now();
    let mut page = browser
        .open(&site.url(&format!("/auth/login?next={ME}")))
        .await;
    for _ in 0..MOST_TRIES {
        if !page.is_at(&site.url("")) {
            page = site.provider.sign_in(browser, page, person).await;
        }
        if page.url.path() == ME {
            assert_eq!(named(&page).as_deref(), Some(person), "{page:?}");
            return figures.login_ended();
        }
        figures.login_refused(&excuse(&page, line, figures, begun));
        tokio::time::sleep(READING).await;
        begun = Instant::now();
        page = browser.go(&page, "/auth/login/default").await;
    }
    panic!("no login of {person} in {MOST_TRIES}: {page:?}");
}

/// Fetches a page of the app again and again until everybody has signed in: nobody may be signed out or taken for somebody else.
pub async fn stay(site: &Site, figures: &Figures, browser: &mut Browser, person: &str) {
    let mut every = tokio::time::interval(Duration::from_millis(100));
    every.set_missed_tick_behavior(MissedTickBehavior::Delay);
    while figures.is_running() {
        every.tick().await;
        let begun = Instant::now();
        let who = site.who(browser).await;
        assert_eq!(who.as_deref(), Some(person));
        figures.page(begun.elapsed());
    }
}

/// What spoiled a login that ended on `page`, which has to say so and lead on; fails if nothing did.
fn excuse(page: &Page, line: &Line, figures: &Figures, begun: Instant) -> String {
    assert_eq!(page.media_type(), "text/html", "{page:?}");
    assert!(
        [400, 503].contains(&page.status) && Browser::offers(page, "/auth/login/default"),
        "{page:?}"
    );
    let cause = between(&page.body, "<dt>Cause</dt><dd><code>", "<");
    let code = page.url.query_pairs().find(|(name, _)| name == "code");
    let fates = code.map(|(_, code)| line.seen(|seen| seen.codes.get(&*code).cloned()));
    let spoiled = match fates.flatten().unwrap_or_default()[..] {
        [Fate::Lost] => "its code",
        // nginx asks the other instance when one dies, and a code counts once.
        [_, _, ..] if figures.killed_since(begun) => "a kill",
        [] | [Fate::Whole] if lost_before(line, begun) => "discovery or keys",
        ref fates => panic!("nothing spoiled this login, {fates:?}: {page:?}"),
    };
    format!("{cause}, spoiled by {spoiled}")
}

/// Whether discovery or keys did not come through lately.
fn lost_before(line: &Line, begun: Instant) -> bool {
    line.seen(|seen| {
        seen.faults.iter().any(|(when, fault, endpoint)| {
            *when + REMEMBERED > begun && *fault != Fault::Delay && endpoint != "token"
        })
    })
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    let (_, rest) = text.split_once(start).unwrap_or_default();
    rest.split_once(end).unwrap_or_default().0
}
