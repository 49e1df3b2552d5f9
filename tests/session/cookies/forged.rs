//! Forged and altered values.

use axum::http::HeaderValue;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::json;

use super::{TIME, app};
use support::{
    Browser, COOKIE_SECRET, Clock, ORIGIN, Provider, Visit, app_with, current_user, secrets,
    signed::{IDENTITY, identity, identity_text, mac, sign, text_of, time_of},
};

#[tokio::test]
async fn altered_identity_cookie_is_rejected() {
    let (app, _) = app();
    let right = identity("ada", TIME);
    let is =
        async |value: &[u8]| current_user(&app, [IDENTITY.as_bytes(), b"=", value].concat()).await;
    assert_eq!(is(right.as_bytes()).await, "ada");
    let mut tried = 0;
    for at in 0..right.len() {
        assert_eq!(is(&right.as_bytes()[..at]).await, "nobody", "cut at {at}");
        assert_eq!(is(&right.as_bytes()[at + 1..]).await, "nobody", "from {at}");
        for bit in 0..8 {
            let mut value = right.clone().into_bytes();
            value[at] ^= 1 << bit;
            // Values that are not valid in a header never reach the app.
            if HeaderValue::from_bytes(&value).is_ok() {
                assert_eq!(is(&value).await, "nobody", "byte {at}, bit {bit}");
                tried += 1;
            }
        }
        let mut swapped = right.clone().into_bytes();
        swapped.swap(at, (at + 1) % right.len());
        if swapped != right.as_bytes() {
            assert_eq!(is(&swapped).await, "nobody", "{at} and its neighbour");
        }
    }
    assert!(tried > right.len() * 6);
}

#[tokio::test]
async fn alternative_encodings_are_rejected() {
    let (app, _) = app();
    let is = async |value: &str| current_user(&app, format!("{IDENTITY}={value}")).await;
    // One for each length of padding, with characters that differ between the two base64 alphabets.
    for note in ["~~??>>", "~~??>>a", "~~??>>ab"] {
        let text = identity_text(json!({ "sub": "ada", "note": note }));
        let right = sign(COOKIE_SECRET, IDENTITY, &text, TIME);
        assert_eq!(is(&right).await, "ada");
        let (signed, signature) = right.split_at(right.len() - 64);
        let base64 = BASE64_STANDARD.encode(&text);
        for spelling in [
            format!("{right}="),
            format!("{right}|"),
            format!("{right}00"),
            format!("|{right}"),
            format!("\"{right}\""),
            format!("{signed}{}", signature.to_uppercase()),
            format!("{signed}{}", &signature[..62]),
            right.replace(&base64, &base64.replace('=', "")),
            right.replace(&base64, &format!("{base64}=")),
            right.replace(&base64, &base64.replace('+', "-").replace('/', "_")),
            right.replace('|', "%7C"),
            right.replace("1:0", "01:0"),
            right.replace("1:0", "1:00"),
        ] {
            if spelling != right {
                assert_eq!(is(&spelling).await, "nobody", "{spelling}");
            }
        }
        // A valid signature over another encoding of the same value.
        let bare = base64.trim_end_matches('=').to_owned();
        let mut stray = bare.clone().into_bytes();
        *stray.last_mut().unwrap() += 1;
        for base64 in [
            bare.clone(),
            format!("{bare}===="),
            format!("{base64} "),
            String::from_utf8(stray).unwrap() + &base64[bare.len()..],
        ] {
            if BASE64_STANDARD.decode(&base64).is_err() {
                let head = &signed[..signed.rfind(IDENTITY).unwrap() + IDENTITY.len()];
                let signed = format!("{head}|{}:{base64}|", base64.len());
                let value = format!("{signed}{}", mac(COOKIE_SECRET, &signed));
                assert_eq!(is(&value).await, "nobody", "{value}");
            }
        }
    }
}

#[tokio::test]
async fn cookie_value_is_bound_to_its_name() {
    let provider = Provider::start().await;
    let toml = secrets(&provider).auth("expose_tokens = [\"id\", \"access\"]");
    let app = app_with(Clock::at_system_time().layer(&toml.toml()));
    let mut browser = Browser::new(app.clone(), ORIGIN);
    browser.step(Visit::get(browser.url("/auth/login"))).await;
    browser.get("/auth/login").await;
    let cookies = browser.jar.cookies().to_vec();
    let names: Vec<_> = cookies.iter().map(|cookie| cookie.name.clone()).collect();
    assert_eq!(names.len(), 4, "{names:?}");
    let parts: Vec<_> = (1..3).map(|part| format!("{IDENTITY}_{part}")).collect();
    for cookie in &cookies {
        for name in names.iter().chain(&parts) {
            let expected = if cookie.name == IDENTITY && name == IDENTITY {
                "ada"
            } else {
                "nobody"
            };
            let found = current_user(&app, format!("{name}={}", cookie.value)).await;
            assert_eq!(found, expected, "{} as {name}", cookie.name);
        }
    }
    // A chunk that is a complete value must not be read as the whole value.
    let value = browser.jar.get(IDENTITY).unwrap().value;
    let announced = format!("{IDENTITY}=chunks-1; {IDENTITY}_1={value}");
    assert_eq!(current_user(&app, announced).await, "ada");
    let named = sign(COOKIE_SECRET, &parts[0], &text_of(&value), time_of(&value));
    let announced = format!("{IDENTITY}=chunks-1; {IDENTITY}_1={named}");
    assert_eq!(current_user(&app, announced).await, "nobody");
}

#[tokio::test]
async fn field_boundaries_are_signed() {
    let (app, _) = app();
    let right = identity("ada", TIME);
    let signature = &right[right.len() - 64..];
    let base64 = BASE64_STANDARD.encode(text_of(&right));
    for fields in [
        format!(
            "2|1:0|11:17900000001|5:_streamlit_user|{}:{base64}|",
            base64.len()
        ),
        format!(
            "2|1:0|9:179000000|16:0_streamlit_user|{}:{base64}|",
            base64.len()
        ),
        format!(
            "2|1:0|10:1790000000|14:_streamlit_use|{}:r{base64}|",
            base64.len() + 1
        ),
        format!(
            "2|1:0|10:1790000000|16:_streamlit_user{}|{}:{}|",
            &base64[..1],
            base64.len() - 1,
            &base64[1..]
        ),
        format!(
            "2|1:0|10:1790000000|15:_streamlit_user|{}:{base64}|",
            base64.len() - 1
        ),
        format!(
            "2|1:0|10:1790000000|15:_streamlit_user|{}:{base64}|",
            base64.len() + 1
        ),
        format!("2|1:0|10:1790000000|15:_streamlit_user|999999:{base64}|"),
        format!("2|1:0|10:1790000000|15:_streamlit_user|99999999999999999999:{base64}|"),
        format!(
            "2|1:0|99999999999999999999:1790000000|15:_streamlit_user|{}:{base64}|",
            base64.len()
        ),
        format!(
            "2|1:0|20:99999999999999999999|15:_streamlit_user|{}:{base64}|",
            base64.len()
        ),
        format!("2|1:0|0:|15:_streamlit_user|{}:{base64}|", base64.len()),
        format!(
            "2|1:0|10:1790000000|0:|15:_streamlit_user|{}:{base64}|",
            base64.len()
        ),
        format!(
            "2|1:0|10:1790000000|15:_streamlit_user|{}:{base64}|1:x|",
            base64.len()
        ),
    ] {
        let old = format!("{IDENTITY}={fields}{signature}");
        assert_eq!(current_user(&app, old).await, "nobody", "{fields}");
        // Also rejected with a valid signature, because the fields encode the same name.
        let new = format!("{IDENTITY}={fields}{}", mac(COOKIE_SECRET, &fields));
        assert_eq!(current_user(&app, new).await, "nobody", "{fields}");
    }
}

#[tokio::test]
async fn identity_age_is_enforced() {
    for (line, life) in [
        ("", 2_592_000),
        ("cookie_days = 1", 86_400),
        ("cookie_days = 400", 34_560_000),
        ("cookie_lifetime = \"400d\"", 34_560_000),
        ("cookie_lifetime = \"8h\"", 28_800),
        ("cookie_lifetime = \"45m\"", 2_700),
    ] {
        let clock = Clock::at(TIME);
        let toml = super::signed::toml(COOKIE_SECRET, ORIGIN) + line;
        let app = app_with(clock.layer(&toml));
        let header = format!("{IDENTITY}={}", identity("ada", TIME));
        for (now, expected) in [
            (TIME, "ada"),
            (TIME + life, "ada"),
            (TIME + life + 1, "nobody"),
            (u64::from(u32::MAX) * 4, "nobody"),
            (TIME - 60, "ada"),
            (TIME - 61, "nobody"),
            (TIME - 300, "nobody"),
            (0, "nobody"),
        ] {
            clock.set(now);
            assert_eq!(current_user(&app, &header).await, expected, "{line} {now}");
        }
        clock.set(TIME);
        for time in [u64::MAX, TIME + 300, TIME + 61, 0] {
            let other = format!("{IDENTITY}={}", identity("ada", time));
            assert_eq!(current_user(&app, &other).await, "nobody", "{time}");
        }
    }
}

#[test]
fn signature_is_checked_before_decoding() {
    let source = include_str!("../../../src/cookie/signed/mod.rs");
    let body = |name: &str| {
        let (_, body) = source.split_once(&format!("fn {name}(")).unwrap();
        body.split_once("\n}\n").unwrap().0
    };
    let (verify, parse) = (body("verify"), body("parse"));
    let at = |text: &str| {
        parse
            .find(text)
            .unwrap_or_else(|| panic!("no {text} in parse"))
    };
    assert!(verify.contains("is_equal(") && !verify.contains("BASE64"));
    assert!(body("is_equal").contains("ct_eq"));
    assert!(at("find_key(signed") < at("BASE64") && at("find_key(signed") < at("from_utf8"));
    assert!(!verify.contains("mac ==") && !verify.contains("== mac"));
    let identity = include_str!("../../../src/identity/read.rs");
    let (_, read) = identity.split_once("pub(crate) fn read(").unwrap();
    assert!(read.find(".verified(").unwrap() < read.find("serde_json").unwrap());
}
