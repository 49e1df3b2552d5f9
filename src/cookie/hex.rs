//! Lower-case hex, which is the one spelling of a signature.

/// The two digits of each byte.
pub(super) fn digits(bytes: &[u8]) -> impl Iterator<Item = char> {
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(HEX[usize::from(digit)]))
}

/// The bytes that `hex` spells, if it is `N` of them. No branch depends on a digit.
pub(super) fn decode<const N: usize>(hex: &[u8]) -> Option<[u8; N]> {
    let mut bytes = [0; N];
    if hex.len() != 2 * N {
        return None;
    }
    let mut largest = 0;
    for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
        let (high, low) = (DIGITS[usize::from(pair[0])], DIGITS[usize::from(pair[1])]);
        *byte = high << 4 | low;
        largest = largest.max(high).max(low);
    }
    (largest < NO_DIGIT).then_some(bytes)
}

const HEX: &[u8; 16] = b"0123456789abcdef";

/// The value of each byte as a digit of [`HEX`].
const DIGITS: [u8; 256] = {
    let mut digits = [NO_DIGIT; 256];
    let mut value = 0;
    while value < HEX.len() {
        digits[HEX[value] as usize] = value as u8;
        value += 1;
    }
    digits
};

/// More than any digit.
const NO_DIGIT: u8 = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let bytes: [u8; 256] = std::array::from_fn(|byte| byte as u8);
        let hex: String = digits(&bytes).collect();
        assert!(hex.starts_with("000102") && hex.ends_with("fdfeff"));
        assert_eq!(decode(hex.as_bytes()), Some(bytes));
        assert_eq!(decode::<255>(hex.as_bytes()), None);
        assert_eq!(decode::<256>(&hex.as_bytes()[1..]), None);
    }

    #[test]
    fn there_is_no_second_spelling() {
        let hex = *b"0123456789abcdef";
        assert!(decode::<8>(&hex).is_some());
        for (at, other) in (0..16).flat_map(|at| (0..=255).map(move |other| (at, other))) {
            let mut hex = hex;
            // Two that are no digits must not make up for each other.
            (hex[at], hex[at ^ 1]) = (other, other);
            assert_eq!(decode::<8>(&hex).is_some(), HEX.contains(&other));
        }
    }
}
