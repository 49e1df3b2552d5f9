//! Logins under way, each in a cookie of its own: many at once, abandoned ones, and what they leave alone. Rows 35 to 39.

use crate::support::{
    Browser, Clock, HTTPS_ORIGIN, ORIGIN, Provider, Stage, Visit, app_with, jar::SameSite, secrets,
    secrets_at, two_providers, with_cookies,
};

/// Row 35.
#[tokio::test]
async fn a035_three_tabs_and_two_providers_finish_in_reverse_order() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let secrets = two_providers(&one, &two);
    let mut stage = Stage::of(one, &secrets, ORIGIN);
    two.sign_in_as("bob");
    let mut callbacks = Vec::new();
    for path in [
        "/auth/login/one?next=/me?tab=1",
        "/auth/login/two?next=/me?tab=2",
        "/auth/login/one?next=/me?tab=3",
    ] {
        callbacks.push(stage.callback_of(path).await);
    }
    for (tab, name) in [(3, "ada"), (2, "bob"), (1, "ada")] {
        let page = stage.browser.follow(callbacks.pop().unwrap()).await;
        assert_eq!(page.path(), format!("/me?tab={tab}"));
        assert_eq!(page.json()["sub"], name);
    }
    assert_eq!(stage.attempts().len(), 0);
    assert_eq!(stage.provider.complaints(), [""; 0]);
    assert_eq!(two.complaints(), [""; 0]);
}

/// Row 36: the oldest ones go, also where each has a long page to come back to.
#[tokio::test]
async fn a036_abandoned_logins_do_not_pile_up() {
    for next in ["/".to_owned(), format!("/{}", "x".repeat(1900))] {
        let mut stage = Stage::new().await;
        let first = stage.callback().await;
        for _ in 0..50 {
            stage.start(&format!("/auth/login?next={next}")).await;
            stage.clock.advance(1);
            let cookies = stage.browser.jar.cookies().iter();
            let bytes: usize = cookies
                .map(|cookie| cookie.name.len() + cookie.value.len() + 3)
                .sum();
            assert!(bytes <= 4096, "{bytes}");
            assert!((1..=7).contains(&stage.attempts().len()));
        }
        let last = stage.callback_of(&format!("/auth/login?next={next}")).await;
        stage.home(first, "attempt_missing").await;
        assert_eq!(stage.browser.step(last).await.location(), Some(&*next));
        assert_eq!(stage.who().await, "ada");
    }
}

/// Row 36: as many stay as there is room for, whatever their size, and never more.
#[tokio::test]
async fn a036_the_room_for_attempts_is_used_and_kept() {
    let mut stage = Stage::new().await;
    let mut least = usize::MAX;
    for length in (1..1900).step_by(7) {
        stage.browser.jar.clear();
        let path = format!("/auth/login?next=/{}", "x".repeat(length));
        for _ in 0..9 {
            stage.start(&path).await;
            stage.clock.advance(1);
        }
        let cookies = stage.browser.jar.cookies().iter();
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

/// Row 36: the oldest go by when they were signed, since not every browser sends cookies in the order of their making.
#[tokio::test]
async fn a036_the_oldest_attempt_goes_wherever_it_stands() {
    let provider = Provider::start().await;
    let clock = Clock::new();
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

/// Row 37.
#[tokio::test]
async fn a037_the_attempt_cookie_is_short_lived_and_for_our_server_alone() {
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
        let mut stage = Stage::of(provider, &secrets, base);

        stage.start(&format!("{base}/auth/login")).await;

        let now = stage.browser.jar.now();
        let [cookie] = stage.browser.jar.cookies() else {
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
        assert!(stage.browser.jar.refused().is_empty());
    }
}

/// Row 38.
#[tokio::test]
async fn a038_a_start_leaves_the_identity_until_another_login_succeeds() {
    let mut stage = Stage::new().await;
    stage.sign_in("ada").await;
    let before = stage.identity();

    stage.provider.sign_in_as("bob");
    let callback = stage.callback().await;
    assert_eq!(
        (stage.identity(), stage.who().await.as_str()),
        (before, "ada")
    );

    stage.browser.step(callback).await;
    assert_eq!(stage.who().await, "bob");
}

/// Row 39.
#[tokio::test]
async fn a039_a_page_of_8_kb_is_given_up_and_the_login_works() {
    let mut stage = Stage::new().await;
    for path in ["/auth/login?next=/", "/guarded?"] {
        stage.browser.jar.clear();
        let callback = stage
            .callback_of(&format!("{path}{}", "x".repeat(8192)))
            .await;
        assert_eq!(stage.browser.step(callback).await.location(), Some("/"));
        assert_eq!(stage.who().await, "ada");
        assert!(stage.browser.jar.refused().is_empty());
    }
}
