//! Files, lifetimes and revocation in code.

use std::{
    fs,
    path::PathBuf,
    time::{Duration, SystemTime},
};

use axum_streamlit_auth::{AuthLayer, AuthLayerBuilder, ClientCredential, Provider};

use support::{
    Browser, COOKIE_SECRET, ORIGIN, Provider as TestProvider, app_with, current_user, signed,
};

use super::{builder, discovered, error_of};

/// Creates a folder for a test with the files of both secrets.
fn folder(name: &str, client_secret: &str) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("builder-{name}"));
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("cookie"), format!("{COOKIE_SECRET}\n")).unwrap();
    fs::write(folder.join("client"), client_secret).unwrap();
    folder
}

/// A configuration in code is reloaded when a file that it names changes.
#[tokio::test]
async fn files_named_in_code_are_reloaded() {
    let provider = TestProvider::start().await;
    let folder = folder("followed", "outdated-client-secret");
    let auth = AuthLayer::builder()
        .redirect_uri(format!("{ORIGIN}/oauth2callback"))
        .cookie_secret_file(folder.join("cookie"))
        .provider(Provider::discover(
            provider.metadata_url(),
            provider.registered().id,
            ClientCredential::secret_file(folder.join("client")),
        ))
        .build()
        .unwrap();
    let mut browser = Browser::new(app_with(auth.clone()), ORIGIN);
    assert_ne!(browser.get("/auth/login").await.text(), "ada");

    fs::write(folder.join("client"), provider.registered().secret).unwrap();
    auth.reload().unwrap();
    assert_eq!(browser.get("/auth/login").await.text(), "ada");

    // An unusable file leaves the previous configuration in effect.
    fs::write(folder.join("client"), "").unwrap();
    let error = auth.reload().unwrap_err();
    let found: Vec<_> = error.diagnostics().iter().map(|one| one.method()).collect();
    assert_eq!(found, [Some("ClientCredential::secret_file")], "{error}");
    assert_eq!(browser.get("/auth/login").await.text(), "ada");
}

#[test]
fn missing_file_names_method_but_no_path() {
    let error = error_of(
        AuthLayer::builder()
            .redirect_uri(format!("{ORIGIN}/oauth2callback"))
            .cookie_secret_file("no-such-canary")
            .provider(Provider::google(
                "id",
                ClientCredential::secret_file("no-such-canary"),
            )),
    );
    let methods: Vec<_> = error.diagnostics().iter().map(|one| one.method()).collect();
    let expected = [
        Some("AuthLayerBuilder::cookie_secret_file"),
        Some("ClientCredential::secret_file"),
    ];
    assert_eq!(methods, expected, "{error}");
    let text = error.to_string();
    assert!(
        !text.contains("canary") && !text.contains("secrets.toml"),
        "{text}"
    );
}

/// Returns the user of an identity that was signed `age` seconds ago.
async fn user_after(age: u64, change: impl FnOnce(AuthLayerBuilder) -> AuthLayerBuilder) -> String {
    let provider = Provider::discover(
        "https://idp.example/.well-known/openid-configuration",
        "app",
        "a-secret",
    );
    let auth = change(builder().provider(provider)).build().unwrap();
    let auth = auth.with_clock(move || time(LOGIN + age));
    let cookie = format!("{}={}", signed::IDENTITY, signed::identity("ada", LOGIN));
    current_user(&app_with(auth), cookie).await
}

/// The time of a login: 2026-09-21T14:13:20Z.
const LOGIN: u64 = 1_790_000_000;

fn time(seconds: u64) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(seconds)
}

#[tokio::test]
async fn lifetime_set_in_code_ends_identities() {
    for (minutes, age, user) in [
        (45, 45 * 60, "ada"),
        (45, 45 * 60 + 1, "nobody"),
        (1, 60, "ada"),
        (1, 61, "nobody"),
        (400 * 24 * 60, 400 * 24 * 60 * 60, "ada"),
    ] {
        let lifetime = Duration::from_secs(minutes * 60 + 59);
        let found = user_after(age, |builder| builder.cookie_lifetime(lifetime)).await;
        assert_eq!(found, user, "{minutes} {age}");
    }
    for lifetime in [Duration::from_secs(59), Duration::ZERO, Duration::MAX] {
        let provider = Provider::google("id", "a-client-secret");
        let error = error_of(builder().provider(provider).cookie_lifetime(lifetime));
        let [found] = error.diagnostics() else {
            panic!("{error}")
        };
        assert_eq!(found.method(), Some("AuthLayerBuilder::cookie_lifetime"));
        assert_eq!(found.message(), "expected a duration from 1m to 400d");
    }
}

#[tokio::test]
async fn revocation_set_in_code_ends_earlier_logins() {
    for (revoked, user) in [(LOGIN, "ada"), (LOGIN + 1, "nobody")] {
        let found = user_after(60, |builder| builder.revoked_before(time(revoked))).await;
        assert_eq!(found, user, "{revoked}");
    }
    let provider = Provider::google("id", "a-client-secret");
    let future = SystemTime::now() + Duration::from_secs(3600);
    let error = error_of(builder().provider(provider).revoked_before(future));
    assert_eq!(
        error.diagnostics()[0].key(),
        "auth.revoked_before",
        "{error}"
    );
}

/// With a store, a logout also invalidates a copy of the cookies.
#[tokio::test]
async fn sessions_configured_in_code_end_at_logout() {
    let provider = TestProvider::start().await;
    let auth = builder()
        .session_store("memory")
        .session_idle(Duration::from_secs(1800))
        .provider(discovered(&provider))
        .build()
        .unwrap();
    let app = app_with(auth);
    let mut browser = Browser::new(app.clone(), ORIGIN);
    assert_eq!(browser.get("/auth/login").await.text(), "ada");
    let cookies = browser.jar.cookies().iter();
    let copy: Vec<_> = cookies
        .map(|cookie| format!("{}={}", cookie.name, cookie.value))
        .collect();
    let copy = copy.join("; ");
    assert_eq!(current_user(&app, &copy).await, "ada");

    browser.get("/logout").await;
    let left = support::with_cookies(&app, "/", &copy).await;
    assert_eq!(support::text(left).await, "nobody");
}
