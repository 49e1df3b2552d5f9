//! When a signed value is valid.

use super::Rejected;

/// Seconds by which the clocks of two instances may differ. The same value as for the `iat` of an ID token.
pub(crate) const CLOCK_TOLERANCE: u64 = 60;

/// Checks when a value was signed, in seconds since the Unix epoch. A time within [`CLOCK_TOLERANCE`] in the future is valid, because
/// another instance may have signed it.
///
/// # Errors
///
/// [`Rejected::Expired`] beyond `max_age`, [`Rejected::ClocksDiffer`] beyond the tolerance.
pub(super) fn check_age(time: u64, now: u64, max_age: u64) -> Result<(), Rejected> {
    if time > now.saturating_add(CLOCK_TOLERANCE) {
        return Err(Rejected::ClocksDiffer);
    }
    if now.saturating_sub(time) > max_age {
        return Err(Rejected::Expired);
    }
    Ok(())
}
