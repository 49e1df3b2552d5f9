//! Attempt cookies of logins in progress: several at once, abandoned ones, and their size limit.

use support::{
    Browser, Clock, HTTPS_ORIGIN, ORIGIN, Provider, TestApp, Visit, app_with, jar::SameSite,
    secrets, secrets_at, two_providers, with_cookies,
};

#[tokio::test]
async fn tabs_and_providers_finish_in_reverse_order() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let secrets = two_providers(&one, &two);
    let mut app = TestApp::with_provider(one, &secrets, ORIGIN);
    two.sign_in_as("bob");
    let mut callbacks = Vec::new();
    for path in [
        "/auth/login/one?next=/me?tab=1",
        "/auth/login/two?next=/me?tab=2",
        "/auth/login/one?next=/me?tab=3",
    ] {
        callbacks.push(app.callback_from(path).await);
    }
    for (tab, name) in [(3, "ada"), (2, "bob"), (1, "ada")] {
        let page = app.browser.follow(callbacks.pop().unwrap()).await;
        assert_eq!(page.path(), format!("/me?tab={tab}"));
        assert_eq!(page.json()["sub"], name);
    }
    assert_eq!(app.attempts().len(), 0);
    assert_eq!(app.provider.violations(), [""; 0]);
    assert_eq!(two.violations(), [""; 0]);
}

/// The oldest attempts are removed first, even if each has a long return path.
#[tokio::test]
async fn abandoned_attempts_are_bounded() {
    for next in ["/".to_owned(), format!("/{}", "x".repeat(1900))] {
        let mut app = TestApp::new().await;
        let first = app.callback().await;
        for _ in 0..50 {
            app.start(&format!("/auth/login?next={next}")).await;
            app.clock.advance(1);
            let cookies = app.browser.jar.cookies().iter();
            let bytes: usize = cookies
                .map(|cookie| cookie.name.len() + cookie.value.len() + 3)
                .sum();
            assert!(bytes <= 4096, "{bytes}");
            assert!((1..=7).contains(&app.attempts().len()));
        }
        let last = app.callback_from(&format!("/auth/login?next={next}")).await;
        // The browser had the maximum number of attempts, so losing this one needs no error page.
        app.assert_redirected_home(first).await;
        assert_eq!(app.browser.step(last).await.location(), Some(&*next));
        assert_eq!(app.current_user().await, "ada");
    }
}

/// As many attempts are kept as fit into the budget, whatever their size.
#[tokio::test]
async fn attempt_budget_is_filled_but_not_exceeded() {
    let mut app = TestApp::new().await;
    let mut least = usize::MAX;
    for length in (1..1900).step_by(29) {
        app.browser.jar.clear();
        let path = format!("/auth/login?next=/{}", "x".repeat(length));
        for _ in 0..9 {
            app.start(&path).await;
            app.clock.advance(1);
        }
        let cookies = app.browser.jar.cookies().iter();
        let sizes =
            cookies.map(|cookie| cookie.name.len() + "=".len() + cookie.value.len() + "; ".len());
        let sizes: Vec<usize> = sizes.collect();
        let bytes: usize = sizes.iter().sum();
        assert!(bytes <= 4096, "{bytes} bytes for {length}");
        assert!(sizes.len() == 7 || bytes + sizes[0] > 4096, "{sizes:?}");
        least = least.min(sizes.len());
    }
    assert_eq!(least, 1);
}

/// Attempts are ordered by signing time, because not every browser sends cookies in order of
/// creation.
#[tokio::test]
async fn oldest_attempt_is_removed_first() {
    let provider = Provider::start().await;
    let clock = Clock::at_system_time();
    let app = app_with(clock.layer(&secrets(&provider).toml()));
    let mut browser = Browser::new(app.clone(), ORIGIN);
    for _ in 0..7 {
        browser.step(Visit::get(browser.url("/auth/login"))).await;
        clock.advance(1);
    }
    let mut pairs: Vec<String> = browser
        .jar
        .cookies()
        .iter()
        .map(|cookie| format!("{}={}", cookie.name, cookie.value))
        .collect();
    let (oldest, _) = pairs[0].split_once('=').unwrap();
    let removal = format!("{oldest}=;");
    assert_eq!(pairs.len(), 7);
    for _ in 0..7 {
        pairs.rotate_left(1);
        let response = with_cookies(&app, "/auth/login", pairs.join("; ")).await;
        let set = response.headers().get_all("set-cookie").iter();
        let set: Vec<&str> = set.map(|value| value.to_str().unwrap()).collect();
        assert_eq!(set.len(), 2, "{set:?}");
        assert!(set.iter().any(|set| set.starts_with(&removal)), "{set:?}");
    }
}

#[tokio::test]
async fn attempt_cookie_is_short_lived_and_http_only() {
    for (base, prefix, path) in [
        (ORIGIN, "_streamlit_login_", "/"),
        (HTTPS_ORIGIN, "__Host-_streamlit_login_", "/"),
        (
            "https://app.example/app",
            "__Host-!app!_streamlit_login_",
            "/",
        ),
    ] {
        let provider = Provider::start().await;
        let secrets = secrets_at(&provider, base);
        let mut test_app = TestApp::with_provider(provider, &secrets, base);

        test_app.start(&format!("{base}/auth/login")).await;

        let now = test_app.browser.jar.now();
        let [cookie] = test_app.browser.jar.cookies() else {
            panic!("one cookie")
        };
        assert!(cookie.name.starts_with(prefix), "{}", cookie.name);
        let lives = cookie.expires.unwrap() - now;
        assert!((890..=900).contains(&lives), "{lives}");
        assert_eq!((cookie.path.as_str(), cookie.host_only), (path, true));
        assert_eq!(
            (cookie.http_only, cookie.same_site, cookie.secure),
            (true, SameSite::Lax, base.starts_with("https"))
        );
        assert!(test_app.browser.jar.refused().is_empty());
    }
}

#[tokio::test]
async fn started_login_keeps_current_identity() {
    let mut app = TestApp::new().await;
    app.sign_in("ada").await;
    let before = app.identity();

    app.provider.sign_in_as("bob");
    let callback = app.callback().await;
    assert_eq!(
        (app.identity(), app.current_user().await.as_str()),
        (before, "ada")
    );

    app.browser.step(callback).await;
    assert_eq!(app.current_user().await, "bob");
}

#[tokio::test]
async fn oversized_return_path_is_dropped() {
    let mut app = TestApp::new().await;
    for path in ["/auth/login?next=/", "/guarded?"] {
        app.browser.jar.clear();
        let callback = app
            .callback_from(&format!("{path}{}", "x".repeat(8192)))
            .await;
        assert_eq!(app.browser.step(callback).await.location(), Some("/"));
        assert_eq!(app.current_user().await, "ada");
        assert!(app.browser.jar.refused().is_empty());
    }
}
