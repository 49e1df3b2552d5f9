//! Values that Streamlit itself signed, and values that must be refused. `tests/streamlit_cookies.rs` has its whole logins.

use secrecy::SecretString;
use serde_json::Value;

use super::*;

const DATA: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/data/streamlit-cookies.json"
);

/// 31 days.
const LIFE: u64 = 31 * 24 * 60 * 60;

fn entries(list: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(DATA).unwrap();
    let mut data: Value = serde_json::from_str(&text).unwrap();
    serde_json::from_value(data[list].take()).unwrap()
}

fn text<'v>(entry: &'v Value, key: &str) -> &'v str {
    entry[key].as_str().unwrap()
}

fn key(entry: &Value) -> Key {
    Key::new(&SecretString::from(text(entry, "cookie_secret")))
}

fn format(entry: &Value) -> CookieFormat {
    match text(entry, "format") {
        "tornado-signed-v2" => CookieFormat::Tornado,
        _ => CookieFormat::Itsdangerous,
    }
}

fn read(entry: &Value, value: &str, now: u64) -> Result<(String, CookieFormat), Rejected> {
    open(
        &[key(entry)],
        text(entry, "name"),
        value.as_bytes(),
        now,
        LIFE,
    )
    .map(|verified| (verified.text, verified.format))
}

#[test]
fn every_value_of_streamlits_is_read_for_31_days() {
    let mut seen = 0;
    for entry in entries("signed_values") {
        let (value, time) = (text(&entry, "signed"), entry["timestamp"].as_u64().unwrap());
        let expected = Ok((text(&entry, "value").to_owned(), format(&entry)));

        assert_eq!(read(&entry, value, time), expected, "{entry}");
        assert_eq!(read(&entry, value, time + LIFE), expected, "{entry}");
        assert_eq!(
            read(&entry, value, time + LIFE + 1),
            Err(Rejected::Expired),
            "{entry}"
        );
        assert_eq!(
            read(&entry, value, time - 61),
            Err(Rejected::ClocksDiffer),
            "{entry}"
        );
        seen += 1;
    }
    assert!(seen >= 40);
}

#[test]
fn tornado_values_are_written_to_the_byte_and_the_others_come_back() {
    for entry in entries("signed_values") {
        let (name, value) = (text(&entry, "name"), text(&entry, "value"));
        let (format, time) = (format(&entry), entry["timestamp"].as_u64().unwrap());
        let sealed = seal(format, &key(&entry), name, value, time, "/").unwrap();

        assert_eq!(sealed.len(), 1);
        assert_eq!(
            read(&entry, &sealed[0].1, time),
            Ok((value.to_owned(), format))
        );
        // What zlib makes of a text differs from one library to the next.
        if entry["zlib"] != true {
            assert_eq!(sealed[0].1, text(&entry, "signed"));
        }
    }
}

#[test]
fn what_streamlit_refuses_is_refused_and_two_things_more() {
    let mut seen = 0;
    for entry in entries("must_reject") {
        let outcome = read(
            &entry,
            text(&entry, "value"),
            entry["now"].as_u64().unwrap(),
        );
        let case = text(&entry, "case");
        // Streamlit accepts these two: a clock that went back, and SHA-1 of a Tornado before 2.0.
        let stricter = case.starts_with("future") && format(&entry) == CookieFormat::Tornado
            || case.contains("v1");
        match entry["expected"].as_str() {
            Some(expected) if !stricter => assert_eq!(
                outcome.map(|(text, _)| text).as_deref(),
                Ok(expected),
                "{case}"
            ),
            _ => assert!(outcome.is_err(), "{case}"),
        }
        seen += 1;
    }
    assert!(seen >= 10);
}
