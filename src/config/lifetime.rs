//! The lifetime of identities: `cookie_lifetime`, its older spelling `cookie_days`, and
//! `revoked_before`.

use std::time::SystemTime;

use toml::value::{Datetime, Offset};
use tower_cookies::cookie::time::{Date, Month, PrimitiveDateTime, Time, UtcOffset};

use super::{Diagnostic, diagnostic::Problem, duration, reader::TableReader, table::Value};

/// The lifetime of identities.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lifetime {
    /// In seconds.
    pub(super) max_age: u64,
    /// Identities of earlier logins are not accepted. In seconds since the Unix epoch.
    pub(super) revoked_before: u64,
}

pub(super) fn read(auth: &TableReader<'_>, diagnostics: &mut Vec<Diagnostic>) -> Lifetime {
    Lifetime {
        max_age: max_age(auth, diagnostics).unwrap_or(DEFAULT_DAYS * DAY),
        revoked_before: revoked_before(auth, diagnostics).unwrap_or(0),
    }
}

const LIFETIME: &str = "cookie_lifetime";

/// The older spelling, for whole days.
const DAYS: &str = "cookie_days";
const REVOKED_BEFORE: &str = "revoked_before";

/// Source: Streamlit 1.67, `auth_util`: an identity cookie is valid for 30 days.
const DEFAULT_DAYS: u64 = 30;

/// Browsers limit the lifetime of cookies to 400 days (RFC 6265bis, section 5.5).
const MAX_DAYS: u64 = 400;

/// In seconds. A login itself can take a few minutes, so a shorter lifetime is not useful.
const MIN_LIFETIME: u64 = 60;

/// In seconds.
const DAY: u64 = 24 * 60 * 60;

fn max_age(auth: &TableReader<'_>, diagnostics: &mut Vec<Diagnostic>) -> Option<u64> {
    let key = auth.one_of(LIFETIME, DAYS, diagnostics)?;
    if key == DAYS {
        let max = i64::try_from(MAX_DAYS).unwrap_or(i64::MAX);
        let days = auth.integer(DAYS, 1, max, diagnostics)?;
        return Some(days.unsigned_abs() * DAY);
    }
    let max = MAX_DAYS * DAY;
    duration::read(auth, LIFETIME, "30d", MIN_LIFETIME, max, diagnostics)
}

/// Reads `revoked_before`, in seconds since the Unix epoch.
fn revoked_before(auth: &TableReader<'_>, diagnostics: &mut Vec<Diagnostic>) -> Option<u64> {
    // The parser of the file turns a datetime into a string.
    let text = match &auth.entry(REVOKED_BEFORE)?.value {
        Value::String(text) => text,
        _ => "",
    };
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let now = now.map_or(0, |now| now.as_secs());
    point_in_time(text, now)
        .map_err(|problem| diagnostics.push(auth.diagnose(REVOKED_BEFORE, problem)))
        .ok()
}

/// Parses a datetime with an offset.
///
/// A time in the near future becomes `now`, because the clock of the author may be ahead. A later
/// one is an error, because every login until then would be revoked immediately.
fn point_in_time(text: &str, now: u64) -> Result<u64, Problem> {
    let seconds = text
        .parse()
        .ok()
        .and_then(|datetime| unix_seconds(&datetime))
        .ok_or_else(|| {
            Problem::new(
                "expected a date and time with an offset",
                "Write, for a time in UTC: revoked_before = 2026-11-27T08:00:00Z",
            )
        })?;
    if seconds > now.saturating_add(CLOCK_TOLERANCE) {
        return Err(Problem::new(
            "in the future, so it would revoke every new login",
            "Write the current time, or an earlier one. `Z` at its end means UTC.",
        ));
    }
    Ok(seconds.min(now))
}

/// In seconds. The same tolerance as for the time of an identity.
const CLOCK_TOLERANCE: u64 = 60;

/// Returns the seconds since the Unix epoch, or 0 for an earlier time. `None` if the date, the time
/// or the offset is missing.
fn unix_seconds(datetime: &Datetime) -> Option<u64> {
    let (date, time) = (datetime.date?, datetime.time?);
    let minutes = match datetime.offset? {
        Offset::Z => 0,
        Offset::Custom { minutes } => i32::from(minutes),
    };
    let month = Month::try_from(date.month).ok()?;
    let date = Date::from_calendar_date(i32::from(date.year), month, date.day).ok()?;
    // A leap second is treated as the second before it.
    let second = time.second.unwrap_or(0).min(59);
    let time = Time::from_hms(time.hour, time.minute, second).ok()?;
    let offset = UtcOffset::from_whole_seconds(minutes * 60).ok()?;
    let seconds = PrimitiveDateTime::new(date, time)
        .assume_offset(offset)
        .unix_timestamp();
    Some(u64::try_from(seconds).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn point_in_time_needs_an_offset() {
        const NOW: u64 = 1_790_000_000;
        for (text, seconds) in [
            ("2026-09-21T13:33:20Z", 1_789_997_600),
            ("2026-09-21t15:33:20.999+02:00", 1_789_997_600),
            ("2026-09-21 08:03:20-05:30", 1_789_997_600),
            ("2026-09-21T14:13:20Z", NOW),
            ("2026-09-21T14:14:20Z", NOW),
            ("1969-12-31T23:59:59Z", 0),
            ("0001-01-01T00:00:00Z", 0),
        ] {
            assert_eq!(point_in_time(text, NOW), Ok(seconds), "{text}");
        }
        for text in [
            "",
            "2026-09-21",
            "13:33:20",
            "2026-09-21T13:33:20",
            "2026-02-30T00:00:00Z",
            "2026-09-21T25:00:00Z",
            "1790000000",
            "yesterday",
            "2026-09-21T14:14:21Z",
            "9999-12-31T23:59:59Z",
        ] {
            assert!(point_in_time(text, NOW).is_err(), "{text}");
        }
    }
}
