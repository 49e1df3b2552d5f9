//! Lower-case hex, the only valid form of a signature.
//!
//! The crate `hex` is not used because it would be one more dependency, and because it also accepts
//! upper-case digits, which a second pass over the signature would have to reject.

/// Returns the two digits of each byte.
pub(super) fn encode(bytes: &[u8]) -> impl Iterator<Item = char> {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)]))
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// Decodes exactly `N` bytes. No branch depends on a digit.
pub(super) fn decode<const N: usize>(hex: &[u8]) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if hex.len() != 2 * N {
        return None;
    }
    let mut largest = 0;
    for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
        let (high, low) = (VALUES[usize::from(pair[0])], VALUES[usize::from(pair[1])]);
        *byte = high << 4 | low;
        largest = largest.max(high).max(low);
    }
    (largest < INVALID).then_some(bytes)
}

/// The value of each character as one of the [`DIGITS`], or [`INVALID`].
const VALUES: [u8; 256] = {
    let mut values = [INVALID; 256];
    let mut value = 0;
    while value < DIGITS.len() {
        values[DIGITS[value] as usize] = value as u8;
        value += 1;
    }
    values
};

/// Larger than the value of any digit.
const INVALID: u8 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_round_trips() {
        let bytes: [u8; 256] = std::array::from_fn(|byte| byte as u8);
        let hex: String = encode(&bytes).collect();
        assert!(hex.starts_with("000102") && hex.ends_with("fdfeff"));
        assert_eq!(decode(hex.as_bytes()), Some(bytes));
        assert_eq!(decode::<255>(hex.as_bytes()), None);
        assert_eq!(decode::<256>(&hex.as_bytes()[1..]), None);
    }

    #[test]
    fn hex_accepts_lower_case_digits_only() {
        let hex = *b"0123456789abcdef";
        assert!(decode::<8>(&hex).is_some());
        for (at, other) in (0..16).flat_map(|at| (0..=255).map(move |other| (at, other))) {
            let mut hex = hex;
            // Two invalid digits of one byte must not cancel each other out.
            (hex[at], hex[at ^ 1]) = (other, other);
            assert_eq!(decode::<8>(&hex).is_some(), DIGITS.contains(&other));
        }
    }
}
