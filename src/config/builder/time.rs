//! Points in time as text.

use std::time::SystemTime;

use tower_cookies::cookie::time::OffsetDateTime;

/// Formats a time in UTC as TOML does (RFC 3339), in whole seconds. Times before 1970 become 1970,
/// and times after the year 9999 become the end of that year.
pub(super) fn rfc3339(time: SystemTime) -> String {
    let seconds = time.duration_since(SystemTime::UNIX_EPOCH);
    let seconds = seconds.map_or(0, |since| since.as_secs()).min(END_OF_9999);
    let seconds = i64::try_from(seconds).unwrap_or_default();
    let time = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (date, (hour, minute, second)) = (time.date(), time.to_hms());
    let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// 9999-12-31T23:59:59Z, the last second that RFC 3339 can express.
const END_OF_9999: u64 = 253_402_300_799;

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn times_are_formatted_in_utc() {
        let epoch = SystemTime::UNIX_EPOCH;
        for (time, text) in [
            (epoch, "1970-01-01T00:00:00Z"),
            (epoch - Duration::from_secs(1), "1970-01-01T00:00:00Z"),
            (
                epoch + Duration::from_millis(1_789_997_600_999),
                "2026-09-21T13:33:20Z",
            ),
            (
                epoch + Duration::from_secs(END_OF_9999),
                "9999-12-31T23:59:59Z",
            ),
            (
                epoch + Duration::from_secs(END_OF_9999 + 1),
                "9999-12-31T23:59:59Z",
            ),
        ] {
            assert_eq!(rfc3339(time), text);
        }
    }
}
