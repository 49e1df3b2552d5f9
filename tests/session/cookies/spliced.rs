//! Validly signed values and chunks in combinations that were never issued.

use axum::http::{HeaderValue, StatusCode, header};

use super::{TIME, app, app_at, large};
use support::{
    COOKIE_SECRET, call, current_user, get,
    signed::{IDENTITY, header as joined, identity, identity_text, sign, split},
    text,
};

#[tokio::test]
async fn chunks_of_two_logins_are_rejected() {
    let (app, _) = app();
    let logins = [
        large("ada", 3, TIME),
        large("bob", 3, TIME),
        large("ada", 3, TIME - 60),
    ];
    assert_eq!(current_user(&app, joined(&logins[0])).await, "ada");
    assert_eq!(current_user(&app, joined(&logins[1])).await, "bob");
    assert_eq!(current_user(&app, joined(&logins[2])).await, "ada");
    for mix in 0..27 {
        let from = [mix % 3, mix / 3 % 3, mix / 9 % 3];
        let same = from.iter().all(|&login| login == from[0]);
        let parts = from
            .iter()
            .zip(1..)
            .map(|(&login, part)| logins[login][part].clone());
        let cookies: Vec<_> = std::iter::once(logins[0][0].clone()).chain(parts).collect();
        let expected = match (same, from[0]) {
            (false, _) => "nobody",
            (true, 1) => "bob",
            (true, _) => "ada",
        };
        assert_eq!(
            current_user(&app, joined(&cookies)).await,
            expected,
            "{from:?}"
        );
    }
    // The main cookie of one identity with chunks of another, and vice versa.
    let small = (IDENTITY.to_owned(), identity("bob", TIME));
    let beside: Vec<_> = std::iter::once(small)
        .chain(logins[0][1..].to_vec())
        .collect();
    assert_eq!(current_user(&app, joined(&beside)).await, "bob");
}

#[tokio::test]
async fn valid_cookie_wins_among_equal_names() {
    let (app, _) = app();
    let (ada, bob) = (identity("ada", TIME), identity("bob", TIME));
    let wrong = sign(
        "another-secret-of-some-length",
        IDENTITY,
        &identity_text(serde_json::json!({"sub": "eve"})),
        TIME,
    );
    for (values, expected) in [
        (vec![&ada, &wrong], "ada"),
        (vec![&ada, &ada], "ada"),
        (vec![&ada, &bob], "nobody"),
        (vec![&ada, &wrong, &bob], "nobody"),
        (vec![&wrong, &wrong, &ada], "ada"),
    ] {
        let pairs: Vec<_> = values
            .iter()
            .map(|value| format!("{IDENTITY}={value}"))
            .collect();
        let reversed: Vec<_> = pairs.iter().rev().cloned().collect();
        for order in [pairs, reversed] {
            assert_eq!(current_user(&app, order.join("; ")).await, expected);
            assert_eq!(current_user(&app, order.join(";")).await, expected);
            // HTTP/2 may send each cookie in a separate field.
            let mut request = get("/");
            for pair in &order {
                let pair = HeaderValue::from_str(pair).unwrap();
                request.headers_mut().append(header::COOKIE, pair);
            }
            assert_eq!(text(call(&app, request).await).await, expected);
        }
    }
    // A forged chunk next to the genuine one.
    let mut cookies = large("ada", 2, TIME);
    cookies.push((format!("{IDENTITY}_1"), "planted".to_owned()));
    assert_eq!(current_user(&app, joined(&cookies)).await, "nobody");
    cookies.rotate_right(1);
    assert_eq!(current_user(&app, joined(&cookies)).await, "nobody");
}

#[tokio::test]
async fn cookie_name_must_match_exactly() {
    for (base, prefix) in [
        ("http://localhost:8501", ""),
        ("https://app.example", "__Host-"),
        ("https://app.example/app", "__Host-!app!"),
        ("http://localhost:8501/app_1", "!app_1!"),
    ] {
        let (app, _) = app_at(base);
        let name = format!("{prefix}{IDENTITY}");
        let text = identity_text(serde_json::json!({ "sub": "ada" })).replace(
            "http://localhost:8501",
            base.trim_end_matches("/app").trim_end_matches("/app_1"),
        );
        let value = sign(COOKIE_SECRET, &name, &text, TIME);
        assert_eq!(current_user(&app, format!("{name}={value}")).await, "ada");
        for lookalike in [
            format!("{}={value}", name.replacen('_', "%5F", 1)),
            format!(
                "{}={value}",
                name.replacen('H', "%48", 1)
                    .replacen("stream", "%73tream", 1)
            ),
            format!("{}={value}", name.to_uppercase()),
            format!(
                "{}={value}",
                name.to_lowercase().replacen('_', "\u{ff3f}", 1)
            ),
            format!("={name}={value}"),
            format!("{name} ={value}"),
            format!("{name}=\"{value}\""),
            format!("{name}= {value}"),
            format!("x{name}={value}"),
            format!("{name}_={value}"),
            format!("$Version=1, {name}={value}"),
            value.clone(),
        ] {
            if !lookalike.starts_with(&format!("{name}={value}")) {
                assert_eq!(
                    current_user(&app, &lookalike).await,
                    "nobody",
                    "{lookalike}"
                );
            }
        }
        // The cookie name of the other scheme, with a valid signature for that name. A sibling
        // domain may have set it.
        for other in [
            "",
            "__Host-",
            "__Secure-",
            "__Host-!app!",
            "__Host-!app_1!",
            "!app!",
            "!app_1!",
        ] {
            let other = format!("{other}{IDENTITY}");
            let value = sign(COOKIE_SECRET, &other, &text, TIME);
            let expected = if other == name { "ada" } else { "nobody" };
            assert_eq!(
                current_user(&app, format!("{other}={value}")).await,
                expected
            );
        }
    }
}

#[tokio::test]
async fn incomplete_chunks_are_rejected() {
    let (app, _) = app();
    let right = large("ada", 3, TIME);
    let main = |value: &str| {
        [
            vec![(IDENTITY.to_owned(), value.to_owned())],
            right[1..].to_vec(),
        ]
        .concat()
    };
    for (cookies, expected) in [
        (right.iter().rev().cloned().collect(), "ada"),
        (right[..3].to_vec(), "nobody"),
        (right[1..].to_vec(), "nobody"),
        ([&right[..1], &right[2..]].concat(), "nobody"),
        (main("chunks-2"), "nobody"),
        (main("chunks-4"), "nobody"),
        (main("chunks-0"), "nobody"),
        (main("chunks-03"), "nobody"),
        (main("chunks-+3"), "nobody"),
        (main("chunks--1"), "nobody"),
        (main("chunks-"), "nobody"),
        (main("chunks-3 "), "ada"),
        (main("chunks-3junk"), "nobody"),
        (main("chunks-9"), "nobody"),
        (main("chunks-99999999"), "nobody"),
        (main("chunks-18446744073709551617"), "nobody"),
        (main("Chunks-3"), "nobody"),
        (
            [
                right.clone(),
                vec![("_streamlit_user_4".into(), "left over".into())],
            ]
            .concat(),
            "ada",
        ),
        (
            [
                right.clone(),
                vec![("_streamlit_user_01".into(), "x".into())],
            ]
            .concat(),
            "ada",
        ),
        (
            [
                right.clone(),
                vec![("_streamlit_user_99999999".into(), "x".into())],
            ]
            .concat(),
            "ada",
        ),
    ] {
        assert_eq!(
            current_user(&app, joined(&cookies)).await,
            expected,
            "{}",
            cookies[0].1
        );
    }
    // Nine chunks exceed the budget, even with a valid signature.
    let value = sign(
        COOKIE_SECRET,
        IDENTITY,
        &identity_text(serde_json::json!({"sub": "ada", "x": "x".repeat(3000)})),
        TIME,
    );
    for (parts, expected) in [(8, "ada"), (9, "nobody")] {
        let cookies = split(IDENTITY, &value, value.len().div_ceil(parts));
        assert_eq!(cookies.len(), parts + 1);
        assert_eq!(
            current_user(&app, joined(&cookies)).await,
            expected,
            "{parts}"
        );
    }
}

#[tokio::test]
async fn malformed_cookie_does_not_mask_valid_cookie() {
    let (app, _) = app();
    let right = format!("{IDENTITY}={}", identity("ada", TIME));
    let names: String = (0..3000).map(|name| format!("n{name}=v; ")).collect();
    let many: String = (0..1400)
        .map(|part| format!("{IDENTITY}_{part}={}; ", "x".repeat(50)))
        .collect();
    assert!(many.len() > 100_000);
    let mains = format!("{IDENTITY}=chunks-8; ").repeat(4000);
    assert!(mains.len() > 100_000);
    for (junk, hides) in [
        (b"\xff\xfe=\xc3\x28; \x80".to_vec(), false),
        (b"\t; \t=\t; =;;; ;=".to_vec(), false),
        (names.into_bytes(), false),
        (vec![b'a'; 64 * 1024], false),
        (vec![b';'; 64 * 1024], false),
        (vec![b'='; 64 * 1024], false),
        (b"= ;".repeat(30_000), false),
        ([b"x=".to_vec(), vec![b'"'; 100_000]].concat(), false),
        (many.into_bytes(), false),
        // If many cookies have the same name, only the first few are read.
        (mains.into_bytes(), true),
        (
            [
                b"_streamlit_user=2|1:0|10:1790000000|15:_streamlit_user|99999:".to_vec(),
                vec![b'A'; 99_999],
            ]
            .concat(),
            false,
        ),
        (
            [b"_streamlit_user=".to_vec(), b"2|".repeat(50_000)].concat(),
            false,
        ),
    ] {
        assert_eq!(current_user(&app, &junk).await, "nobody");
        let before = [&junk[..], b"; ", right.as_bytes()].concat();
        let after = [right.as_bytes(), b"; ", &junk[..]].concat();
        assert_eq!(
            current_user(&app, before).await,
            if hides { "nobody" } else { "ada" }
        );
        assert_eq!(current_user(&app, after).await, "ada");
    }
    // The endpoints read the same header.
    let mut request = get("/auth/logout");
    let flood = HeaderValue::from_str(&format!("{IDENTITY}=chunks-8; ").repeat(4000)).unwrap();
    request.headers_mut().insert(header::COOKIE, flood);
    assert_eq!(call(&app, request).await.status(), StatusCode::SEE_OTHER);
}
