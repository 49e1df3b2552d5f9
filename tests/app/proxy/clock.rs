//! Clock differences, and distant dates.

use axum_streamlit_auth::TestUser;

use support::{
    self, Browser, COOKIE_SECRET, Clock, Log, ORIGIN, Provider, Visit, app, app_with, secrets,
    signed, text, with_cookies,
};

#[tokio::test]
async fn one_minute_clock_skew_is_tolerated() {
    for (skew, works) in [
        (0, true),
        (59, true),
        (-59, true),
        (-540, true),
        (90, false),
        (-660, false),
    ] {
        let provider = Provider::start().await;
        let clock = Clock::at_system_time();
        provider.set(|f| f.clock_skew = skew);
        let mut browser = Browser::new(app_with(clock.layer(&secrets(&provider).toml())), ORIGIN);
        let page = browser.get("/auth/login").await;
        assert_eq!(page.status == 200, works, "{skew} {page:?}");
    }
}

#[tokio::test]
async fn distant_expiry_is_accepted() {
    for exp in [
        2_147_483_647_u64,
        2_147_483_648,
        4_294_967_296,
        253_402_300_799,
        253_402_300_800,
        i64::MAX.cast_unsigned(),
    ] {
        let provider = Provider::start().await;
        provider.set(|f| f.claims.set("exp", exp));
        let mut browser = Browser::new(app(&secrets(&provider).toml()), ORIGIN);
        assert_eq!(browser.get("/auth/login").await.text(), "ada", "{exp}");
        assert_eq!(browser.get("/me").await.json()["exp"], exp);
    }
}

/// Two instances at one origin. The clock of the second is `ahead` seconds ahead.
fn instances(toml: &str, ahead: i64) -> [axum::Router; 2] {
    let (first, second) = (Clock::at_system_time(), Clock::at_system_time());
    second.set(first.now().saturating_add_signed(ahead));
    [&first, &second].map(|clock| app_with(clock.layer(toml)))
}

#[tokio::test]
async fn login_survives_clock_skew_between_instances() {
    for (ahead, works) in [
        (0, true),
        (1, true),
        (-1, true),
        (59, true),
        (-59, true),
        (-62, false),
    ] {
        let provider = Provider::start().await;
        let [first, second] = instances(&secrets(&provider).toml(), ahead);
        let mut browser = Browser::new(first.clone(), ORIGIN);
        let start = browser.step(Visit::get(browser.url("/auth/login"))).await;
        let callback = browser.step(start.next().unwrap()).await.next().unwrap();
        browser.serve(second, ORIGIN);
        let log = Log::start();
        let page = browser.step(callback).await;
        assert_eq!(page.status == 303, works, "{ahead} {page:?}");
        if !works {
            assert_eq!(log.reasons(), ["clocks_differ"]);
            assert!(page.text().contains("clocks"), "{page:?}");
            continue;
        }
        assert_eq!(browser.get("/").await.text(), "ada", "{ahead}");
        browser.serve(first, ORIGIN);
        assert_eq!(browser.get("/").await.text(), "ada", "{ahead}");
    }
}

#[tokio::test]
async fn identity_survives_clock_skew_between_instances() {
    for format in [
        "",
        "streamlit_cookies = \"current\"",
        "streamlit_cookies = \"tornado\"",
    ] {
        let toml = signed::toml(COOKIE_SECRET, ORIGIN).replacen(
            "client_id",
            &format!("{format}\nclient_id"),
            1,
        );
        for (ahead, who) in [(60, "ada"), (-60, "ada"), (61, "nobody"), (3600, "nobody")] {
            let now = Clock::at_system_time().now();
            let [writer, reader] =
                [now.saturating_add_signed(ahead), now].map(|time| Clock::at(time).layer(&toml));
            let groups: Vec<String> = support::groups(100);
            let cookies = TestUser::new("ada").claim("groups", groups).cookie(&writer);
            let log = Log::start();
            let response = with_cookies(&app_with(reader), "/", &cookies).await;
            assert_eq!(text(response).await, who, "{format} {ahead}");
            let expected: &[&str] = if who == "ada" {
                &[]
            } else {
                &["clocks_differ"]
            };
            assert_eq!(log.reasons(), expected, "{format} {ahead}");
        }
    }
}
