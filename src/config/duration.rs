//! Durations, such as `"30m"`.

use super::{Diagnostic, reader::TableReader};

/// Reads a duration from `min` to `max`, in seconds.
pub(super) fn read(
    table: &TableReader<'_>,
    key: &str,
    example: &str,
    min: u64,
    max: u64,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<u64> {
    let help = format!("Write: {key} = \"{example}\"");
    let text = table.string_or(key, &help, diagnostics)?;
    let message = match parse(text) {
        Some(seconds) if (min..=max).contains(&seconds) => return Some(seconds),
        Some(_) => format!(
            "expected a duration from {} to {}",
            display(min),
            display(max)
        ),
        None => "expected a number with one of the units s, m, h and d".to_owned(),
    };
    diagnostics.push(table.diagnostic(key, message, help));
    None
}

/// Parses a number with a unit, in seconds.
fn parse(text: &str) -> Option<u64> {
    let (number, seconds) = UNITS.iter().find_map(|(unit, seconds)| {
        let number = text.strip_suffix(unit)?;
        Some((number, seconds))
    })?;
    // `parse` would accept a sign.
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = number.parse().ok().filter(|_| is_number)?;
    number.checked_mul(*seconds)
}

/// Returns a duration in its largest whole unit.
fn display(seconds: u64) -> String {
    let mut units = UNITS.iter().rev();
    let unit = units.find(|(_, unit)| seconds.is_multiple_of(*unit));
    let (name, unit) = unit.expect("every number of seconds is a multiple of one second");
    format!("{}{name}", seconds / unit)
}

const UNITS: [(&str, u64); 4] = [("s", 1), ("m", 60), ("h", 60 * 60), ("d", 24 * 60 * 60)];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_one_unit() {
        for (text, seconds) in [
            ("30d", 2_592_000),
            ("8h", 28_800),
            ("45m", 2_700),
            ("007d", 604_800),
            ("0m", 0),
            ("30s", 30),
        ] {
            assert_eq!(parse(text), Some(seconds), "{text}");
        }
        for text in [
            "",
            "d",
            "30",
            "30 d",
            " 30d",
            "30d ",
            "+30d",
            "-1d",
            "1.5h",
            "1h30m",
            "30D",
            "30y",
            "99999999999999999999d",
            "300000000000000000h",
            "30w",
            "٣d",
            "3０d",
            "1_000m",
            "0x1d",
            "1e1d",
            "30dd",
        ] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
