//! Values that Streamlit signed, and values that must be rejected. Complete logins are in
//! `tests/session/streamlit_cookies`.

use secrecy::SecretString;
use serde_json::Value;

use super::*;

const DATA: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/tests/data/streamlit-cookies.json"
);

/// 31 days in seconds.
const MAX_AGE: u64 = 31 * 24 * 60 * 60;

fn entries(list: &str) -> Vec<Value> {
    let text = std::fs::read_to_string(DATA).unwrap();
    let mut data: Value = serde_json::from_str(&text).unwrap();
    serde_json::from_value(data[list].take()).unwrap()
}

fn text<'v>(entry: &'v Value, key: &str) -> &'v str {
    entry[key].as_str().unwrap()
}

fn key(entry: &Value) -> SigningKey {
    SigningKey::new(&SecretString::from(text(entry, "cookie_secret")))
}

fn format(entry: &Value) -> CookieFormat {
    match text(entry, "format") {
        "tornado-signed-v2" => CookieFormat::Tornado,
        _ => CookieFormat::Itsdangerous,
    }
}

fn read(entry: &Value, value: &str, now: u64) -> Result<(String, CookieFormat), VerifyError> {
    verify(
        &[key(entry)],
        text(entry, "name"),
        value.as_bytes(),
        now,
        MAX_AGE,
    )
    .map(|verified| (verified.text, verified.format))
}

#[test]
fn streamlit_values_are_read_until_they_expire() {
    let mut count = 0;
    for entry in entries("signed_values") {
        let (value, time) = (text(&entry, "signed"), entry["timestamp"].as_u64().unwrap());
        let expected = Ok((text(&entry, "value").to_owned(), format(&entry)));

        assert_eq!(read(&entry, value, time), expected, "{entry}");
        assert_eq!(read(&entry, value, time + MAX_AGE), expected, "{entry}");
        assert_eq!(
            read(&entry, value, time + MAX_AGE + 1),
            Err(VerifyError::Expired),
            "{entry}"
        );
        assert_eq!(
            read(&entry, value, time - 61),
            Err(VerifyError::ClocksDiffer),
            "{entry}"
        );
        count += 1;
    }
    assert!(count >= 40);
}

#[test]
fn tornado_values_are_written_byte_for_byte() {
    for entry in entries("signed_values") {
        let (name, value) = (text(&entry, "name"), text(&entry, "value"));
        let (format, time) = (format(&entry), entry["timestamp"].as_u64().unwrap());
        let cookies = sign_chunks(format, &key(&entry), name, value, time, "/").unwrap();

        assert_eq!(cookies.len(), 1);
        assert_eq!(
            read(&entry, &cookies[0].1, time),
            Ok((value.to_owned(), format))
        );
        // The output of zlib differs between libraries.
        if entry["zlib"] != true {
            assert_eq!(cookies[0].1, text(&entry, "signed"));
        }
    }
}

#[test]
fn values_rejected_by_streamlit_are_rejected() {
    let mut count = 0;
    for entry in entries("must_reject") {
        let outcome = read(
            &entry,
            text(&entry, "value"),
            entry["now"].as_u64().unwrap(),
        );
        let case = text(&entry, "case");
        // Streamlit accepts two of them: a time in the future, and SHA-1 as in Tornado before 2.0.
        let is_stricter = case.starts_with("future") && format(&entry) == CookieFormat::Tornado
            || case.contains("v1");
        match entry["expected"].as_str() {
            Some(expected) if !is_stricter => assert_eq!(
                outcome.map(|(text, _)| text).as_deref(),
                Ok(expected),
                "{case}"
            ),
            _ => assert!(outcome.is_err(), "{case}"),
        }
        count += 1;
    }
    assert!(count >= 10);
}
