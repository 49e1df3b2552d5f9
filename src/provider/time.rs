//! Times in tokens.

use serde_json::Value;

/// Tolerated clock difference in seconds.
pub(crate) const LEEWAY: i64 = 60;

/// Returns seconds since the Unix epoch without fractions (RFC 7519, section 2, NumericDate).
pub(super) fn numeric_date(value: &Value) -> Option<i64> {
    /// 2^53. Integers up to this value are exact in an `f64`.
    const MAX_EXACT: f64 = 9_007_199_254_740_992.0;
    value.as_i64().or_else(|| {
        let float = value
            .as_f64()
            .filter(|float| (0.0..MAX_EXACT).contains(float))?;
        // The range was checked above. The fraction is dropped on purpose.
        Some(float as i64)
    })
}
