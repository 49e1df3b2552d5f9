//! `tests/data/streamlit-tornado.json`: values written by Streamlit 1.42 to 1.56.

use serde_json::{Map, Value, json};

use super::{IDENTITY_TTL, TIME, app, app_of, field, list, read};
use support::{ORIGIN, current_user, signed};

#[test]
fn test_signer_matches_streamlit() {
    let file = streamlit();
    assert_eq!(list(&file, "signed").len(), 20);
    for case in list(&file, "signed") {
        let time = case["timestamp"].as_u64().unwrap();
        let value = signed::sign(
            field(case, "cookie_secret"),
            field(case, "name"),
            field(case, "value"),
            time,
        );
        assert_eq!(value, field(case, "signed"));
    }
}

#[tokio::test]
async fn streamlit_identity_is_accepted() {
    let file = streamlit();
    assert_eq!(list(&file, "identities").len(), 3);
    for case in list(&file, "identities") {
        let secret = field(case, "cookie_secret");
        let (app, clock) = app_of(secret, ORIGIN, TIME, &case["user_payload"]);
        let cookies = &case["cookies"];
        let header = format!(
            "_streamlit_user={}; _streamlit_user_tokens={}",
            field(cookies, "_streamlit_user"),
            field(cookies, "_streamlit_user_tokens"),
        );
        let mut user = Map::from_iter([("is_logged_in".to_owned(), json!(true))]);
        user.extend(case["user_payload"].as_object().unwrap().clone());
        user.remove("origin");
        let expected = json!({
            "user": user,
            "id": case["tokens_payload"].get("id_token"),
            "access": case["tokens_payload"].get("access_token"),
            "provider": case["user_payload"]["provider"],
        });
        for now in [TIME, TIME + IDENTITY_TTL] {
            clock.set(now);
            assert_eq!(read(&app, &header).await, expected, "{}", case["case"]);
        }
        // Streamlit accepts its cookies for one more day, and so does this crate (feature
        // `streamlit-cookies`). Streamlit accepts any time in the future; this crate allows a
        // minute.
        for now in [TIME - 61, TIME + IDENTITY_TTL + DAY_OF_GRACE + 1] {
            clock.set(now);
            assert_eq!(
                read(&app, &header).await["user"]["is_logged_in"],
                json!(false)
            );
        }
        // Tornado quotes a value that contains `=`, and browsers return the quotes.
        let quoted = format!("_streamlit_user=\"{}\"", field(cookies, "_streamlit_user"));
        clock.set(TIME);
        assert_ne!(current_user(&app, quoted).await, "nobody");
    }
}

/// Streamlit signs each chunk separately. Such chunks are accepted with the feature
/// `streamlit-cookies`.
#[tokio::test]
async fn chunked_streamlit_identity_is_accepted() {
    for case in list(&streamlit(), "too_long") {
        let secret = field(case, "cookie_secret");
        let client =
            json!({"provider": "entra", "aud": "client-1", "iss": "https://idp.example.com"});
        let (app, _) = app_of(secret, ORIGIN, TIME, &client);
        let cookies = case["cookies"].as_object().unwrap();
        let pairs: Vec<_> = cookies
            .iter()
            .map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned()))
            .collect();
        assert!(pairs.len() > 2);
        assert_ne!(current_user(&app, signed::header(&pairs)).await, "nobody");
    }
}

/// Streamlit itself accepts two of these: a time in the future (`expected` is not null) and version
/// 1, which the file does not contain.
#[tokio::test]
async fn invalid_streamlit_identities_are_rejected() {
    let file = streamlit();
    assert_eq!(list(&file, "must_reject").len(), 6);
    let accepted: Vec<_> = list(&file, "must_reject")
        .iter()
        .filter(|case| !case["expected"].is_null())
        .map(|case| field(case, "case"))
        .collect();
    assert_eq!(accepted, ["future timestamp is accepted"]);
    for case in list(&file, "must_reject") {
        let now = case["now"].as_u64().unwrap();
        let (app, _) = app(field(case, "cookie_secret"), ORIGIN, now);
        let header = format!("_streamlit_user={}", field(case, "value"));
        assert_eq!(
            current_user(&app, header).await,
            "nobody",
            "{}",
            case["case"]
        );
    }
    let (app, _) = app(SECRET, ORIGIN, TIME);
    assert_eq!(
        current_user(&app, format!("_streamlit_user={VERSION_1}")).await,
        "nobody"
    );
}

/// The rejected golden values are not complete identities. Here each fault is in an otherwise valid
/// identity.
#[tokio::test]
async fn single_fault_in_streamlit_identity_is_rejected() {
    let text = signed::identity_text(json!({ "sub": "ada" }));
    let right = signed::sign(SECRET, signed::IDENTITY, &text, TIME);
    let mac_at = right.len() - 64;
    let resigned = |signed: &str| format!("{signed}{}", signed::mac(SECRET, signed));
    let (app, clock) = app(SECRET, ORIGIN, TIME);
    let who_is = async |value: &str| current_user(&app, format!("_streamlit_user={value}")).await;
    assert_eq!(who_is(&right).await, "ada");
    for (fault, value) in [
        (
            "wrong name",
            signed::sign(SECRET, "_streamlit_user_tokens", &text, TIME),
        ),
        (
            "wrong secret",
            signed::sign(
                "golden-cookie-secret-32-bytes-min?",
                signed::IDENTITY,
                &text,
                TIME,
            ),
        ),
        ("truncated", right[..mac_at - 60].to_owned()),
        (
            "version 3",
            resigned(&right[..mac_at].replacen('2', "3", 1)),
        ),
        ("version 3, old signature", right.replacen('2', "3", 1)),
        (
            "key version 1",
            resigned(&right[..mac_at].replacen("1:0", "1:1", 1)),
        ),
        (
            "upper-case hex",
            format!("{}{}", &right[..mac_at], right[mac_at..].to_uppercase()),
        ),
        (
            "a zero in front of a length",
            resigned(&right[..mac_at].replacen("|10:", "|010:", 1)),
        ),
        (
            "a zero in front of the time",
            signed_with_time("01790000000"),
        ),
        (
            "a sign in front of the time",
            signed_with_time("+1790000000"),
        ),
        ("no text", signed::sign(SECRET, signed::IDENTITY, "", TIME)),
        (
            "no object",
            signed::sign(SECRET, signed::IDENTITY, "[1]", TIME),
        ),
        (
            "another origin",
            signed::sign(
                SECRET,
                signed::IDENTITY,
                &text.replace("8501", "8502"),
                TIME,
            ),
        ),
        (
            "no origin",
            signed::sign(
                SECRET,
                signed::IDENTITY,
                r#"{"sub":"ada","is_logged_in":true}"#,
                TIME,
            ),
        ),
        (
            "not logged in",
            signed::sign(
                SECRET,
                signed::IDENTITY,
                &text.replace("true", "false"),
                TIME,
            ),
        ),
        (
            "a text for true",
            signed::sign(
                SECRET,
                signed::IDENTITY,
                &text.replace("true", "\"true\""),
                TIME,
            ),
        ),
        (
            "a key twice",
            signed::sign(
                SECRET,
                signed::IDENTITY,
                &text.replacen('{', r#"{"is_logged_in":true,"#, 1),
                TIME,
            ),
        ),
    ] {
        assert_eq!(who_is(&value).await, "nobody", "{fault}");
    }
    for now in [TIME - 61, TIME + IDENTITY_TTL + 1] {
        clock.set(now);
        assert_eq!(who_is(&right).await, "nobody", "{now}");
    }
}

/// Seconds for which Streamlit accepts a cookie after its 30 days.
const DAY_OF_GRACE: u64 = 86_400;

/// The secret of Streamlit's golden values.
const SECRET: &str = "golden-cookie-secret-32-bytes-min!";

/// A complete identity in Tornado's format version 1: base64, time, HMAC-SHA1 of name, base64 and
/// time with [`SECRET`].
const VERSION_1: &str = "eyJzdWIiOiAiYSIsICJvcmlnaW4iOiAiaHR0cDovL2xvY2FsaG9zdDo4NTAxIiwgImlzX2xvZ2dlZF9pbiI6IHRydWUsICJwcm92aWRlciI6ICJkZWZhdWx0In0=|1790000000|2124ae433a5810aa37b18d301ee7243a7c7ce5eb";

fn signed_with_time(time: &str) -> String {
    let text = signed::identity_text(json!({ "sub": "ada" }));
    let right = signed::sign(SECRET, signed::IDENTITY, &text, TIME);
    let changed =
        right[..right.len() - 64].replace("|10:1790000000|", &format!("|{}:{time}|", time.len()));
    format!("{changed}{}", signed::mac(SECRET, &changed))
}

fn streamlit() -> Value {
    serde_json::from_str(include_str!("../../data/streamlit-tornado.json")).unwrap()
}
