//! Return paths of attackers.

use axum::{Router, routing::get};
use axum_streamlit_auth::LoggedIn;
use rand::{Rng, SeedableRng, rngs::StdRng};

use super::{
    BASES, assert_stays, finish, login_with_next, login_with_signed_next, navigation, stays,
    test_app, three_ways,
};
use support::{
    HTTPS_ORIGIN, ORIGIN, Provider, TestApp, app, call, secrets_at, text, two_providers,
};

/// Known open redirect strings, and a long one.
fn block() -> Vec<String> {
    let json = r##"["//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\/evil.example", "\\\\evil.example",
 "/\\/evil.example", "/\t/evil.example", "\t//evil.example", " //evil.example", "/\n/evil.example",
 "/\r/evil.example", "/\u0000/evil.example", "/\u000b/evil.example", "/%2f%2fevil.example", "/%5cevil.example",
 "/%5c%5cevil.example", "/%09/evil.example", "/%0d%0aSet-Cookie:%20a=b", "/x\r\nSet-Cookie: a=b",
 "/%252f%252fevil.example", "/%2e%2f%2fevil.example", "https://evil.example", "https:///evil.example",
 "HtTpS://evil.example", "https://app.example@evil.example/", "https://app.example:443@evil.example",
 "https://app.example.evil.example/", "https://evil-app.example/", "https://app.example\\@evil.example",
 "https://evil.example\\app.example", "//app.example@evil.example", "//evil.example#@app.example",
 "//evil.example?app.example", "//evil%00.example", "//evil\u3002example", "//[::ffff:1.2.3.4]/", "//0x7f000001",
 "//2130706433", "javascript:alert(1)", "java\tscript:alert(1)", "JaVaScRiPt:alert(1)", "data:text/html,x",
 "vbscript:x", "blob:x", "@evil.example", ".evil.example", "\u3031evil.example", "/\u3031/evil.example",
 "\uff0f\uff0fevil.example", "/\u2025/evil.example", "?next=//evil.example", "", "\u202e/evil.example"]"##;
    let mut block: Vec<String> =
        serde_json::from_str(&json.replace('\n', "")).expect("the table is JSON");
    assert_eq!(block.len(), 54);
    block.push(format!("/{}", "a".repeat(9000)));
    block
}

/// Returns true for the strings of the list that every parser reads as a path of the app.
fn is_harmless(next: &str) -> bool {
    const ESCAPED: [&str; 7] = [
        "/%2f%2fevil.example",
        "/%5cevil.example",
        "/%5c%5cevil.example",
        "/%09/evil.example",
        "/%0d%0aSet-Cookie:%20a=b",
        "/%252f%252fevil.example",
        "/%2e%2f%2fevil.example",
    ];
    ESCAPED.contains(&next)
}

/// As `?next=`: rejected values redirect to the start page, and accepted ones are preserved byte
/// for byte.
#[tokio::test]
async fn hostile_next_parameter_redirects_home() {
    for base in BASES {
        let mut app = test_app(base).await;
        for raw in block() {
            for next in three_ways(&raw).into_iter().take(ways(base)) {
                let page = login_with_next(&mut app, base, &next).await;
                assert_stays(&page, base, &next);
                let location = page.location().unwrap();
                let kept = location == next;
                assert!(kept || location == home(base), "{next} leads to {location}");
                assert!(
                    next != raw || kept == is_harmless(&raw),
                    "{next} leads to {location}"
                );
            }
        }
    }
}

/// Inside an attempt cookie with a valid signature.
#[tokio::test]
async fn hostile_path_in_signed_attempt_redirects_home() {
    for base in BASES {
        let mut app = test_app(base).await;
        for next in block()
            .iter()
            .flat_map(|next| three_ways(next).into_iter().take(ways(base)))
        {
            let page = login_with_signed_next(&mut app, base, &next).await;
            assert_stays(&page, base, &next);
            let location = page.location().unwrap();
            assert!(
                location == next || location == home(base),
                "{next} leads to {location}"
            );
        }
    }
}

/// As the path of a guarded page. Every path is a valid page URL.
#[tokio::test]
async fn hostile_guarded_path_stays_in_app() {
    for base in [ORIGIN, HTTPS_ORIGIN] {
        let provider = Provider::start().await;
        let secrets = secrets_at(&provider, base);
        let mut test_app = TestApp::with_provider(provider, &secrets, base);
        let app = Router::new()
            .fallback(get(|LoggedIn(_): LoggedIn| async {}))
            .layer(test_app.clock.layer(&secrets.toml()));
        let mut tried = 0;
        let block = block();
        let targets = block
            .iter()
            .flat_map(|next| three_ways(next).into_iter().take(ways(base)));
        for target in targets {
            let target = if target.starts_with('/') {
                target
            } else {
                format!("/{target}")
            };
            // Strings that are not a valid request target never reach an app.
            let Some(request) = navigation(&target) else {
                continue;
            };
            tried += 1;
            let response = call(&app, request).await;
            let page = finish(&mut test_app, base, response).await;
            assert_stays(&page, base, &target);
        }
        assert!(tried > 40 * ways(base), "{tried}");
    }
}

/// Random combinations of characters that parsers treat differently. The sign-in page shows the
/// accepted value.
#[tokio::test]
async fn accepted_return_paths_stay_in_app() {
    const PIECES: [&str; 40] = [
        "/",
        "/",
        "//",
        "\\",
        "\\\\",
        ".",
        "..",
        "/.",
        "/..",
        "/./",
        "/../",
        "@",
        ":",
        "?",
        "#",
        "%",
        "%2f",
        "%5c",
        "%2e",
        "%00",
        "%09",
        "%0a",
        "%0d",
        "\t",
        "\n",
        "\r",
        " ",
        "\0",
        "\u{7f}",
        "\u{3002}",
        "\u{ff0f}",
        "\u{2025}",
        "\u{202e}",
        "evil.example",
        "https:",
        "javascript:",
        "app.example",
        "localhost:8501",
        "a",
        ";",
    ];
    let (one, two) = (Provider::start().await, Provider::start().await);
    let app = app(&two_providers(&one, &two).toml());
    let mut random = StdRng::seed_from_u64(108);
    let mut kept = 0;
    for _ in 0..20_000 {
        let pieces = (0..random.gen_range(1..7)).map(|_| PIECES[random.gen_range(0..PIECES.len())]);
        let next: String = pieces.collect();
        let query: String = url::form_urlencoded::byte_serialize(next.as_bytes()).collect();
        let target = format!("/auth/login?next={query}");
        let html = text(call(&app, navigation(&target).unwrap()).await).await;
        let Some((_, rest)) = html.split_once(r#"name="next" value=""#) else {
            continue;
        };
        let (value, _) = rest.split_once('"').unwrap();
        assert!(stays(value, ORIGIN), "{next:?} is kept as {value}");
        assert_eq!(value, next);
        let plain = |byte: u8| (0x21..0x7f).contains(&byte) && byte != b'\\';
        assert!(next.bytes().all(plain), "{next:?} is kept");
        kept += 1;
    }
    assert!(kept > 500, "{kept}");
}

fn home(base: &str) -> &'static str {
    if base.ends_with("/app") { "/app/" } else { "/" }
}

/// How many of [`three_ways`] to try. Scheme and base path change only the cookies and the start
/// page, not how a path is parsed.
fn ways(base: &str) -> usize {
    if base == ORIGIN { 3 } else { 1 }
}
