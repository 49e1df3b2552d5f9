//! Whose answer it is, and when it counts. Rows 42 to 48, 52 to 54 and 58 to 60.

use axum::http::Method;

use crate::support::{
    ORIGIN, Provider, Secrets, Stage, app,
    query::{edited, parameter, with},
    two_providers,
};
/// Row 42: code and state of an attacker's own login, opened in the victim's browser.
#[tokio::test]
async fn a042_login_csrf_is_refused_before_the_provider_is_asked() {
    for victim_is_in in [false, true] {
        let mut stage = Stage::new().await;
        stage.provider.sign_in_as("bob");
        let callback = stage.callback().await;
        stage.browser.jar.clear();
        if victim_is_in {
            stage.sign_in("ada").await;
        }
        stage.start("/auth/login").await;
        stage.provider.forget_requests();

        if victim_is_in {
            stage.silently_home(callback).await;
            assert_eq!(stage.who().await, "ada");
        } else {
            stage.home(callback, "attempt_missing").await;
            assert_eq!(stage.who().await, "nobody");
        }
        assert_eq!(stage.provider.count("token"), 0);
    }
}

/// Row 43. Without a state nobody can tell which attempt is over, so each stays: the right answer may still come.
#[tokio::test]
async fn a043_a_wrong_state_is_refused() {
    let mut stage = Stage::new().await;
    let right = stage.callback().await;
    let state = parameter(&right.url, "state");
    let swapped: String = state.chars().map(swap_case).collect();
    let (start, end) = state.split_at(10);
    for (wrong, reason) in [
        (None, "state_missing"),
        (Some(String::new()), "state_malformed"),
        (Some(swapped), "attempt_missing"),
        (Some(state[..42].to_owned()), "attempt_missing"),
        (Some(start.to_owned()), "attempt_missing"),
        (Some(start[..9].to_owned()), "state_malformed"),
        (Some(format!("{state}A")), "attempt_missing"),
        (
            Some(format!("{start}{}", "A".repeat(33))),
            "attempt_missing",
        ),
        (Some(format!("{}{end}", "A".repeat(10))), "attempt_missing"),
        (Some(format!("{state}\0")), "state_malformed"),
    ] {
        let cookies = stage.browser.jar.clone();
        stage
            .home(with(&right, "state", wrong.as_deref()), reason)
            .await;
        stage.browser.jar = cookies;
    }
    assert_eq!(stage.provider.count("token"), 0);
    assert_eq!(stage.browser.follow(right).await.text(), "ada");
}

/// Row 43: the state of another attempt of the same browser fits neither verifier nor nonce of this code.
#[tokio::test]
async fn a043_codes_of_two_attempts_cannot_be_swapped() {
    let mut stage = Stage::new().await;
    let (one, two) = (stage.callback().await, stage.callback().await);
    let state = parameter(&two.url, "state");

    // The second code is refused, which a double click looks like, so the login starts again.
    let page = stage.browser.step(with(&one, "state", Some(&state))).await;
    assert_eq!(page.location(), Some("/auth/login/default"), "{page:?}");

    assert_eq!(stage.who().await, "nobody");
    assert_eq!(
        stage.provider.complaints(),
        ["token: code_verifier does not fit code_challenge"]
    );
}

/// Row 44.
#[tokio::test]
async fn a044_a_parameter_that_is_there_twice_is_refused() {
    let mut stage = Stage::new().await;
    for name in ["state", "code", "iss"] {
        for other in ["other", ""] {
            let right = stage.callback().await;
            let visit = edited(&right, |pairs| pairs.push((name.into(), other.into())));
            stage.home(visit, "callback_malformed").await;
        }
    }
    assert_eq!(stage.provider.count("token"), 0);
}

/// Row 45: a login at one provider, answered in the name of the other.
#[tokio::test]
async fn a045_a_mix_up_reveals_no_code() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let secrets = two_providers(&one, &two);
    let mut stage = Stage::of(one, &secrets, ORIGIN);
    let right = stage.callback_of("/auth/login/one").await;
    let visit = with(&right, "iss", Some(&two.issuer()));

    stage.home(visit, "issuer_mismatch").await;

    assert_eq!((stage.provider.count("token"), two.count("token")), (0, 0));
}

/// Rows 46 and 47: announced and absent, or wrong whether announced or not.
#[tokio::test]
async fn a046_a047_an_absent_or_wrong_issuer_is_refused() {
    for announced in [true, false] {
        let mut stage = Stage::new().await;
        if !announced {
            stage.provider.set(|f| {
                f.metadata
                    .remove("authorization_response_iss_parameter_supported");
            });
        }
        let issuer = stage.provider.issuer();
        for wrong in [
            "https://evil.example",
            "",
            &format!("{issuer}/"),
            &issuer.to_uppercase(),
        ] {
            let right = stage.callback().await;
            stage
                .home(with(&right, "iss", Some(wrong)), "issuer_mismatch")
                .await;
        }
        let right = stage.callback().await;
        let without = with(&right, "iss", None);
        if announced {
            stage.home(without, "issuer_missing").await;
            assert_eq!(stage.provider.count("token"), 0);
        } else {
            assert_eq!(stage.browser.follow(without).await.text(), "ada");
        }
    }
}

/// Row 48.
#[tokio::test]
async fn a048_a_provider_that_is_no_longer_configured_ends_the_login() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let both = two_providers(&one, &two);
    let only_one = Secrets::new(ORIGIN).provider("one", &one);
    let mut stage = Stage::of(two, &both, ORIGIN);
    let callback = stage.callback_of("/auth/login/two").await;
    stage.browser.serve(app(&only_one.toml()), ORIGIN);

    stage.home(callback, "provider_removed").await;

    assert_eq!((one.count("token"), stage.provider.count("token")), (0, 0));
}

/// Row 52: `response_mode` is always `query`, so a POST is nothing of ours either.
#[tokio::test]
async fn a052_only_get_uses_a_callback_up() {
    let mut stage = Stage::new().await;
    let right = stage.callback().await;
    for method in [Method::OPTIONS, Method::POST, Method::PUT] {
        let page = stage.browser.step(right.clone().method(method)).await;
        assert_eq!(page.status.as_u16(), 405);
        assert_eq!(
            (page.header("allow"), page.set_cookies()),
            (Some("GET, HEAD"), vec![])
        );
    }
    let head = right.clone().method(Method::HEAD);
    stage.silently_home(head).await;
    assert_eq!(stage.provider.count("token"), 0);
    assert_eq!(stage.browser.follow(right).await.text(), "ada");
}

/// Row 53; and the same for a page that is opened inside another one.
#[tokio::test]
async fn a053_a_prefetched_callback_is_still_good_when_the_visitor_comes() {
    let mut stage = Stage::new().await;
    let right = stage.callback().await;
    for (name, value, status) in [
        ("sec-purpose", "prefetch;prerender", 503),
        ("sec-purpose", "prefetch", 503),
        ("purpose", "prefetch", 503),
        ("sec-fetch-dest", "iframe", 403),
    ] {
        let page = stage.browser.step(right.clone().header(name, value)).await;
        assert_eq!(page.status.as_u16(), status);
        assert_eq!(page.set_cookies(), [""; 0]);
    }
    assert_eq!(stage.provider.count("token"), 0);
    assert_eq!(stage.browser.follow(right).await.text(), "ada");
}

/// Row 54: Reload and Back lead home, since the visitor is logged in; a stranger gets the page.
#[tokio::test]
async fn a054_a_callback_counts_once() {
    let mut stage = Stage::new().await;
    let callback = stage.callback().await;
    stage.browser.follow(callback.clone()).await;
    stage.provider.forget_requests();

    stage.silently_home(callback.clone()).await;
    assert_eq!(stage.who().await, "ada");
    stage.browser.jar.clear();
    stage.home(callback, "no_cookies").await;

    assert_eq!(stage.provider.all_requests().len(), 0);
}

/// Row 58: the browser may keep the cookie, the signature tells its age.
#[tokio::test]
async fn a058_a_callback_after_15_minutes_is_too_late() {
    let mut stage = Stage::new().await;
    let starts = [
        stage.start("/auth/login").await,
        stage.start("/auth/login").await,
    ];
    let signed = stage.clock.now();
    let [in_time, late] = starts;
    let in_time = stage.come_back(in_time).await;
    let late = stage.come_back(late).await;
    stage.clock.set(signed + 15 * 60);
    stage.provider.set(|f| f.clock_skew = 15 * 60);
    assert_eq!(stage.browser.follow(in_time).await.text(), "ada");
    stage.browser.jar.remove("_streamlit_user");
    stage.provider.forget_requests();

    stage.clock.set(signed + 15 * 60 + 1);
    let page = stage.home(late, "attempt_expired").await;

    assert!(page.text().contains("took too long"), "{page:?}");
    assert_eq!(stage.provider.all_requests().len(), 0);
}

/// Row 59.
#[tokio::test]
async fn a059_nothing_of_the_old_user_is_left_under_the_new_one() {
    let mut stage =
        Stage::with(|secrets| secrets.auth(r#"expose_tokens = ["id", "access"]"#)).await;
    stage.sign_in("wide").await;
    let wide = stage.identity();
    assert!(wide.len() > 4, "{}", wide.len());

    stage.sign_in("bob").await;

    let bob = stage.identity();
    let values = |cookies: &[(String, String)]| -> Vec<String> {
        let long = cookies.iter().map(|(_, value)| value.clone());
        long.filter(|value| value.len() > 20).collect()
    };
    assert!(bob.len() < wide.len());
    assert!(
        !values(&bob)
            .iter()
            .any(|value| values(&wide).contains(value))
    );
    let me = stage.me().await;
    assert_eq!(
        (me["sub"].as_str(), me["name"].as_str()),
        (Some("bob"), Some("Bob"))
    );
    assert_eq!(me["groups"], serde_json::json!(["ops"]));
    assert!(stage.browser.jar.refused().is_empty());
}

/// Row 60. A refusal is a page at the callback's address, which the row forbids and a visitor needs; it loads nothing and names no referrer.
#[tokio::test]
async fn a060_the_code_does_not_leave_as_a_referrer() {
    let mut stage = Stage::new().await;
    let callback = stage.callback().await;
    let page = stage.browser.step(callback.clone()).await;
    assert_eq!((page.status.as_u16(), page.body.len()), (303, 0));
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(page.header("cache-control"), Some("no-store"));

    stage.browser.jar.clear();
    let page = stage.home(callback, "no_cookies").await;
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'none'"), "{policy}");
}

fn swap_case(letter: char) -> char {
    if letter.is_ascii_lowercase() {
        letter.to_ascii_uppercase()
    } else {
        letter.to_ascii_lowercase()
    }
}
