//! Checks the contrast of the colours in the style sheet.

use super::layout::STYLE;

/// Text needs 4.5:1, edges of controls 3:1.
///
/// Source: WCAG 2.2, 1.4.3 and 1.4.11.
#[test]
fn colours_meet_contrast_ratio() {
    let schemes: Vec<&str> = STYLE
        .split(":root{")
        .skip(1)
        .map(|rest| rest.split('}').next().unwrap())
        .collect();
    assert_eq!(schemes.len(), 2);
    for scheme in schemes {
        let luminance = |name: &str| {
            let value = scheme.split(&format!("--{name}:#")).nth(1).unwrap();
            let hex = value.split(';').next().unwrap();
            let hex = if hex.len() == 3 {
                hex.chars().flat_map(|digit| [digit, digit]).collect()
            } else {
                hex.to_owned()
            };
            let channel = |start: usize| {
                let value =
                    f64::from(u8::from_str_radix(&hex[start..start + 2], 16).unwrap()) / 255.0;
                if value <= 0.04045 {
                    value / 12.92
                } else {
                    ((value + 0.055) / 1.055).powf(2.4)
                }
            };
            0.2126 * channel(0) + 0.7152 * channel(2) + 0.0722 * channel(4)
        };
        let contrast = |a: &str, b: &str| {
            let (a, b) = (luminance(a), luminance(b));
            (a.max(b) + 0.05) / (a.min(b) + 0.05)
        };
        for (foreground, background, minimum) in [
            ("ink", "card", 7.0),
            ("ink", "tint", 7.0),
            ("soft", "card", 4.5),
            ("soft", "tint", 4.5),
            ("on-accent", "accent", 4.5),
            ("accent", "card", 3.0),
            ("accent", "tint", 3.0),
            ("edge", "card", 3.0),
        ] {
            let found = contrast(foreground, background);
            assert!(
                found >= minimum,
                "{foreground} on {background}: {found:.2} in {scheme}"
            );
        }
    }
}
