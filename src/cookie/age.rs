//! The validity period of a signed value.

use super::VerifyError;

/// Seconds by which the clocks of two instances may differ. The same value as for the `iat` of an
/// ID token.
pub(crate) const CLOCK_TOLERANCE: u64 = 60;

/// Checks the time at which a value was signed, in seconds since the Unix epoch. A time within
/// [`CLOCK_TOLERANCE`] in the future is valid, because another instance may have signed the value.
///
/// # Errors
///
/// [`VerifyError::Expired`] beyond `max_age`, [`VerifyError::ClocksDiffer`] beyond the tolerance.
pub(super) fn check_age(time: u64, now: u64, max_age: u64) -> Result<(), VerifyError> {
    if time > now.saturating_add(CLOCK_TOLERANCE) {
        return Err(VerifyError::ClocksDiffer);
    }
    if now.saturating_sub(time) > max_age {
        return Err(VerifyError::Expired);
    }
    Ok(())
}
