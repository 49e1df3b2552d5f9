//! Another clock at the provider, and ends of time.

use super::support::{Browser, Clock, ORIGIN, Provider, app, app_with, secrets};

#[tokio::test]
async fn a149_a_minute_between_the_clocks_does_not_matter() {
    for (skew, works) in [
        (0, true),
        (59, true),
        (-59, true),
        (-540, true),
        (90, false),
        (-660, false),
    ] {
        let provider = Provider::start().await;
        let clock = Clock::new();
        provider.set(|f| f.clock_skew = skew);
        let mut browser = Browser::new(app_with(clock.layer(&secrets(&provider).toml())), ORIGIN);
        let page = browser.get("/auth/login").await;
        assert_eq!(page.status == 200, works, "{skew} {page:?}");
    }
}

#[tokio::test]
async fn a151_a_far_end_of_the_id_token_is_only_far() {
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
