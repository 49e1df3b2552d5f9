//! Tests of the cookie jar.

use std::time::Duration;

use url::Url;

use support::jar::{Context, Jar, SameSite, same_site};

const HOME: &str = "https://app.example/";

#[test]
fn cookie_size_limits_are_enforced() {
    let mut jar = Jar::default();
    set(&mut jar, HOME, &format!("ab={}", "x".repeat(4094)));
    set(&mut jar, HOME, &format!("abc={}; Secure", "x".repeat(4094)));
    set(
        &mut jar,
        HOME,
        &format!("p=1; Path=/{}; Secure", "x".repeat(1024)),
    );
    assert_eq!(jar.names(), ["ab", "p"]);
    assert_eq!(jar.get("p").unwrap().path, "/");
    assert_eq!(jar.refused(), [("abc".to_owned(), "more than 4096 bytes")]);
}

#[test]
fn cookie_prefixes_are_enforced() {
    for (url, cookie, kept) in [
        (HOME, "__Host-a=1; Secure; Path=/", true),
        (HOME, "__Host-a=1; Path=/", false),
        (HOME, "__Host-a=1; Secure", false),
        (HOME, "__Host-a=1; Secure; Path=/app", false),
        (
            HOME,
            "__Host-a=1; Secure; Path=/; Domain=app.example",
            false,
        ),
        (HOME, "__HOST-a=1; Path=/", false),
        (HOME, "__Secure-a=1; Secure; Path=/app", true),
        (HOME, "__Secure-a=1", false),
        (HOME, "=__Host-a=1; Secure; Path=/", false),
        (
            "http://localhost:8501/",
            "__Host-a=1; Secure; Path=/",
            false,
        ),
    ] {
        let mut jar = Jar::default();
        set(&mut jar, url, cookie);
        assert_eq!(jar.cookies().len() == 1, kept, "{url} {cookie}");
    }
}

#[test]
fn secure_cookie_needs_https_or_loopback() {
    for (url, kept) in [
        (HOME, true),
        ("http://localhost:8501/", true),
        ("http://127.0.0.1/", true),
        ("http://[::1]/", true),
        ("http://app.example/", false),
    ] {
        let mut jar = Jar::default();
        set(&mut jar, url, "a=1; Secure");
        assert_eq!(jar.cookies().len() == 1, kept, "{url}");
        assert_eq!(sent(&mut jar, url).is_some(), kept, "{url}");
    }
}

#[test]
fn insecure_page_cannot_overwrite_secure_cookie() {
    let mut jar = Jar::default();
    set(&mut jar, HOME, "a=1; Secure; Path=/");
    set(&mut jar, "http://app.example/", "a=2; Path=/");
    assert_eq!(sent(&mut jar, HOME).unwrap(), "a=1");
    assert_eq!(sent(&mut jar, "http://app.example/"), None);
}

#[test]
fn cookies_are_shared_across_ports_only() {
    let mut jar = Jar::default();
    set(&mut jar, "http://localhost:8501/", "a=1");
    assert_eq!(sent(&mut jar, "http://localhost:9100/").unwrap(), "a=1");
    assert_eq!(sent(&mut jar, "http://127.0.0.1:8501/"), None);
}

#[test]
fn cookie_order_follows_path_and_age() {
    let mut jar = Jar::default();
    set(&mut jar, HOME, "b=1");
    set(&mut jar, HOME, "a=2");
    set(&mut jar, "https://app.example/app/x", "deep=3");
    set(&mut jar, HOME, "b=4");
    assert_eq!(
        sent(&mut jar, "https://app.example/app").unwrap(),
        "deep=3; b=4; a=2"
    );
    assert_eq!(
        sent(&mut jar, "https://app.example/apple").unwrap(),
        "b=4; a=2"
    );
}

#[test]
fn domain_cookie_reaches_subdomains_only() {
    let mut jar = Jar::default();
    set(
        &mut jar,
        "https://a.app.example/",
        "d=1; Domain=.app.example; Path=/",
    );
    set(&mut jar, "https://a.app.example/", "h=2");
    set(
        &mut jar,
        "https://a.app.example/",
        "foreign=3; Domain=b.app.example",
    );
    set(
        &mut jar,
        "https://a.app.example/",
        "suffix=4; Domain=example",
    );
    assert_eq!(
        sent(&mut jar, "https://a.app.example/").unwrap(),
        "d=1; h=2"
    );
    assert_eq!(sent(&mut jar, HOME).unwrap(), "d=1");
    assert_eq!(sent(&mut jar, "https://evilapp.example/"), None);
}

#[test]
fn removal_requires_same_path_and_domain() {
    let gone = "Max-Age=0; Expires=Thu, 01 Jan 1970 00:00:00 GMT";
    let mut jar = Jar::default();
    set(&mut jar, HOME, "a=1; Path=/app; Secure");
    set(&mut jar, HOME, &format!("a=; Path=/; {gone}"));
    set(
        &mut jar,
        HOME,
        &format!("a=; Path=/app; Domain=app.example; {gone}"),
    );
    assert_eq!(jar.names(), ["a"]);
    set(&mut jar, HOME, &format!("a=; Path=/app; {gone}"));
    assert_eq!(jar.names(), [""; 0]);
}

#[test]
fn cookies_expire_on_time() {
    let mut jar = Jar::default();
    jar.set_now(1_700_000_000);
    set(
        &mut jar,
        HOME,
        "age=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT",
    );
    set(
        &mut jar,
        HOME,
        "date=1; Expires=Tue, 14 Nov 2023 22:14:20 GMT",
    );
    set(&mut jar, HOME, "long=1; Max-Age=99999999999999999999");
    set(&mut jar, HOME, "session=1; Max-Age=soon");
    assert_eq!(jar.cookies().len(), 4);
    jar.advance(Duration::from_secs(60));
    assert_eq!(jar.names(), ["long", "session"]);
    jar.end_session();
    jar.advance(Duration::from_secs(400 * 24 * 60 * 60 - 60));
    assert_eq!(jar.names(), [""; 0]);
}

#[test]
fn same_site_rules_are_applied() {
    let mut jar = Jar::default();
    set(&mut jar, HOME, "strict=1; SameSite=Strict");
    set(&mut jar, HOME, "lax=1; SameSite=Lax");
    set(&mut jar, HOME, "default=1");
    set(&mut jar, HOME, "none=1; SameSite=None; Secure");
    set(&mut jar, HOME, "bad=1; SameSite=None");
    let url = Url::parse(HOME).unwrap();
    let mut sent = |context| jar.header(&url, context).unwrap();
    assert_eq!(
        sent(Context::SameSite),
        "strict=1; lax=1; default=1; none=1"
    );
    assert_eq!(
        sent(Context::CrossSiteNavigation),
        "lax=1; default=1; none=1"
    );
    assert_eq!(sent(Context::CrossSite), "none=1");

    jar.store(&url, "late=1; SameSite=Lax", Context::CrossSite);
    assert_eq!(
        jar.get("late").map(|cookie| cookie.same_site),
        None::<SameSite>
    );
}

#[test]
fn site_is_scheme_and_registrable_domain() {
    let url = |text| Url::parse(text).unwrap();
    assert!(same_site(
        &url("http://localhost:1/"),
        &url("http://localhost:2/")
    ));
    assert!(same_site(
        &url("https://a.app.example/"),
        &url("https://b.app.example/")
    ));
    assert!(!same_site(
        &url("http://app.example/"),
        &url("https://app.example/")
    ));
    assert!(!same_site(
        &url("http://127.0.0.1/"),
        &url("http://localhost/")
    ));
    assert!(!same_site(
        &url("http://127.0.0.1/"),
        &url("http://126.0.0.1/")
    ));
}

#[test]
fn cookies_per_domain_are_bounded() {
    let mut jar = Jar::default();
    for index in 0..180 {
        set(&mut jar, HOME, &format!("c{index}=1"));
    }
    assert_eq!(jar.cookies().len(), 180);
    set(&mut jar, HOME, "last=1");
    assert_eq!(jar.cookies().len(), 150);
    assert!(jar.get("c0").is_none() && jar.get("last").is_some());
}

#[test]
fn control_characters_are_rejected() {
    let mut jar = Jar::default();
    set(&mut jar, HOME, "a=1\u{1}");
    set(&mut jar, HOME, "=");
    assert_eq!(jar.cookies().len(), 0);
    assert_eq!(jar.refused().len(), 2);
}

fn set(jar: &mut Jar, url: &str, header: &str) {
    jar.store(&Url::parse(url).unwrap(), header, Context::SameSite);
}

fn sent(jar: &mut Jar, url: &str) -> Option<String> {
    jar.header(&Url::parse(url).unwrap(), Context::SameSite)
}
