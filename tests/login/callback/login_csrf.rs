//! Callbacks of another login, browser or provider, and when a callback is consumed.

use axum::http::Method;

use support::{
    ORIGIN, Provider, Secrets, TestApp, app,
    query::{edited, parameter, with},
    two_providers,
};

/// The victim's browser opens a callback with the code and state of the attacker's login.
#[tokio::test]
async fn login_csrf_is_rejected_before_code_exchange() {
    for victim_is_in in [false, true] {
        let mut test_app = TestApp::new().await;
        test_app.provider.sign_in_as("bob");
        let callback = test_app.callback().await;
        test_app.browser.jar.clear();
        if victim_is_in {
            test_app.sign_in("ada").await;
        }
        test_app.start("/auth/login").await;
        test_app.provider.forget_requests();

        if victim_is_in {
            test_app.assert_redirected_home(callback).await;
            assert_eq!(test_app.current_user().await, "ada");
        } else {
            test_app.assert_rejected(callback, "attempt_missing").await;
            assert_eq!(test_app.current_user().await, "nobody");
        }
        assert_eq!(test_app.provider.count("token"), 0);
    }
}

/// Without a state, the attempt is unknown, so that all attempts stay valid for the right callback.
#[tokio::test]
async fn wrong_state_is_rejected() {
    let mut app = TestApp::new().await;
    let right = app.callback().await;
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
        let cookies = app.browser.jar.clone();
        app.assert_rejected(with(&right, "state", wrong.as_deref()), reason)
            .await;
        app.browser.jar = cookies;
    }
    assert_eq!(app.provider.count("token"), 0);
    assert_eq!(app.browser.follow(right).await.text(), "ada");
}

/// The state of another attempt of the same browser selects another code verifier and nonce.
#[tokio::test]
async fn codes_of_two_attempts_cannot_be_swapped() {
    let mut app = TestApp::new().await;
    let (one, two) = (app.callback().await, app.callback().await);
    let state = parameter(&two.url, "state");

    // The second code is rejected. A double click has the same effect, so the login starts again.
    let page = app.browser.step(with(&one, "state", Some(&state))).await;
    assert_eq!(page.location(), Some("/auth/login/default"), "{page:?}");

    assert_eq!(app.current_user().await, "nobody");
    assert_eq!(
        app.provider.violations(),
        ["token: code_verifier does not fit code_challenge"]
    );
}

#[tokio::test]
async fn duplicate_callback_parameter_is_rejected() {
    let mut app = TestApp::new().await;
    for name in ["state", "code", "iss"] {
        for other in ["other", ""] {
            let right = app.callback().await;
            let visit = edited(&right, |pairs| pairs.push((name.into(), other.into())));
            app.assert_rejected(visit, "callback_malformed").await;
        }
    }
    assert_eq!(app.provider.count("token"), 0);
}

/// The login is at one provider, and the callback names the other as issuer.
#[tokio::test]
async fn mix_up_attack_reveals_no_code() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let secrets = two_providers(&one, &two);
    let mut app = TestApp::with_provider(one, &secrets, ORIGIN);
    let right = app.callback_from("/auth/login/one").await;
    let visit = with(&right, "iss", Some(&two.issuer()));

    app.assert_rejected(visit, "issuer_mismatch").await;

    assert_eq!((app.provider.count("token"), two.count("token")), (0, 0));
}

/// `iss` is advertised but absent, or wrong whether advertised or not.
#[tokio::test]
async fn missing_or_wrong_iss_is_rejected() {
    for announced in [true, false] {
        let mut app = TestApp::new().await;
        if !announced {
            app.provider.set(|f| {
                f.metadata
                    .remove("authorization_response_iss_parameter_supported");
            });
        }
        let issuer = app.provider.issuer();
        for wrong in [
            "https://evil.example",
            "",
            &format!("{issuer}/"),
            &issuer.to_uppercase(),
        ] {
            let right = app.callback().await;
            app.assert_rejected(with(&right, "iss", Some(wrong)), "issuer_mismatch")
                .await;
        }
        let right = app.callback().await;
        let without = with(&right, "iss", None);
        if announced {
            app.assert_rejected(without, "issuer_missing").await;
            assert_eq!(app.provider.count("token"), 0);
        } else {
            assert_eq!(app.browser.follow(without).await.text(), "ada");
        }
    }
}

#[tokio::test]
async fn removed_provider_ends_the_login() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let both = two_providers(&one, &two);
    let only_one = Secrets::new(ORIGIN).provider("one", &one);
    let mut test_app = TestApp::with_provider(two, &both, ORIGIN);
    let callback = test_app.callback_from("/auth/login/two").await;
    test_app.browser.serve(app(&only_one.toml()), ORIGIN);

    test_app.assert_rejected(callback, "provider_removed").await;

    assert_eq!(
        (one.count("token"), test_app.provider.count("token")),
        (0, 0)
    );
}

/// `response_mode` is always `query`, so POST is not a callback.
#[tokio::test]
async fn only_get_consumes_a_callback() {
    let mut app = TestApp::new().await;
    let right = app.callback().await;
    for method in [Method::OPTIONS, Method::POST, Method::PUT] {
        let page = app.browser.step(right.clone().method(method)).await;
        assert_eq!(page.status.as_u16(), 405);
        assert_eq!(
            (page.header("allow"), page.set_cookies()),
            (Some("GET, HEAD"), vec![])
        );
    }
    let head = right.clone().method(Method::HEAD);
    app.assert_redirected_home(head).await;
    assert_eq!(app.provider.count("token"), 0);
    assert_eq!(app.browser.follow(right).await.text(), "ada");
}

/// A prefetch or a frame must not consume the callback.
#[tokio::test]
async fn prefetch_does_not_consume_a_callback() {
    let mut app = TestApp::new().await;
    let right = app.callback().await;
    for (name, value, status) in [
        ("sec-purpose", "prefetch;prerender", 503),
        ("sec-purpose", "prefetch", 503),
        ("purpose", "prefetch", 503),
        ("sec-fetch-dest", "iframe", 403),
    ] {
        let page = app.browser.step(right.clone().header(name, value)).await;
        assert_eq!(page.status.as_u16(), status);
        assert_eq!(page.set_cookies(), [""; 0]);
    }
    assert_eq!(app.provider.count("token"), 0);
    assert_eq!(app.browser.follow(right).await.text(), "ada");
}

/// Reload and Back redirect home, because the user is logged in. Other users see the error page.
#[tokio::test]
async fn callback_is_single_use() {
    let mut app = TestApp::new().await;
    let callback = app.callback().await;
    app.browser.follow(callback.clone()).await;
    app.provider.forget_requests();

    app.assert_redirected_home(callback.clone()).await;
    assert_eq!(app.current_user().await, "ada");
    app.browser.jar.clear();
    app.assert_rejected(callback, "no_cookies").await;

    assert_eq!(app.provider.all_requests().len(), 0);
}

/// A browser may keep the cookie for longer, but its signature has a timestamp.
#[tokio::test]
async fn expired_attempt_is_rejected() {
    let mut app = TestApp::new().await;
    let starts = [
        app.start("/auth/login").await,
        app.start("/auth/login").await,
    ];
    let signed = app.clock.now();
    let [in_time, late] = starts;
    let in_time = app.return_from_provider(in_time).await;
    let late = app.return_from_provider(late).await;
    app.clock.set(signed + 15 * 60);
    app.provider.set(|f| f.clock_skew = 15 * 60);
    assert_eq!(app.browser.follow(in_time).await.text(), "ada");
    app.browser.jar.remove("_streamlit_user");
    app.provider.forget_requests();

    app.clock.set(signed + 15 * 60 + 1);
    let page = app.assert_rejected(late, "attempt_expired").await;

    assert!(page.text().contains("took too long"), "{page:?}");
    assert_eq!(app.provider.all_requests().len(), 0);
}

#[tokio::test]
async fn new_login_replaces_previous_user_entirely() {
    let mut app =
        TestApp::with_secrets(|secrets| secrets.auth(r#"expose_tokens = ["id", "access"]"#)).await;
    app.sign_in("wide").await;
    let wide = app.identity();
    assert!(wide.len() > 4, "{}", wide.len());

    app.sign_in("bob").await;

    let bob = app.identity();
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
    let me = app.user_json().await;
    assert_eq!(
        (me["sub"].as_str(), me["name"].as_str()),
        (Some("bob"), Some("Bob"))
    );
    assert_eq!(me["groups"], serde_json::json!(["ops"]));
    assert!(app.browser.jar.refused().is_empty());
}

/// The error page has the URL of the callback, so it must not load anything or send a referrer.
#[tokio::test]
async fn callback_sends_no_referrer() {
    let mut app = TestApp::new().await;
    let callback = app.callback().await;
    let page = app.browser.step(callback.clone()).await;
    assert_eq!((page.status.as_u16(), page.body.len()), (303, 0));
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(page.header("cache-control"), Some("no-store"));

    app.browser.jar.clear();
    let page = app.assert_rejected(callback, "no_cookies").await;
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
