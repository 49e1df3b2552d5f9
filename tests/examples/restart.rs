//! Start of examples: logins survive a restart, and an example behind a proxy listens at `PORT`.

use std::fs;

use super::run::{Browser, Example};

/// The text of the start page of the example `hello`.
async fn home(example: &Example, browser: &mut Browser) -> String {
    browser.open(&example.origin).await.text().await.unwrap()
}

async fn sign_in(example: &Example, browser: &mut Browser) -> String {
    let login = format!("{}/auth/login", example.origin);
    browser.sign_in(&login, "alice").await.text().await.unwrap()
}

#[tokio::test]
async fn login_with_public_secret_outlives_restart() {
    let mut example = Example::start("hello");
    let mut browser = Browser::new();
    sign_in(&example, &mut browser).await;

    example.restart();

    assert!(
        home(&example, &mut browser)
            .await
            .contains("Welcome, Alice!")
    );
    let file = example.state().join("axum-streamlit-auth/development-key");
    let key = fs::read_to_string(&file).unwrap();
    assert_eq!(key.len(), 43);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = fs::metadata(&file).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    // A login on this computer is not valid with the key of another one.
    fs::remove_file(&file).unwrap();
    example.restart();
    assert!(!home(&example, &mut browser).await.contains("Welcome"));
    assert_ne!(fs::read_to_string(&file).unwrap(), key);
}

#[tokio::test]
async fn login_works_without_stored_key() {
    let mut example = Example::start("hello");
    let mut browser = Browser::new();
    fs::remove_dir_all(example.state()).unwrap();
    fs::write(example.state(), "a file where the folder should be").unwrap();
    example.restart();

    let welcome = sign_in(&example, &mut browser).await;
    assert!(welcome.contains("Welcome, Alice!"), "{welcome}");

    example.restart();
    assert!(!home(&example, &mut browser).await.contains("Welcome"));
}

#[tokio::test]
async fn login_with_own_secret_needs_no_key() {
    let example = Example::start_with("hello", |secrets| {
        let own = secrets.replace(
            "public-development-secret-for-loopback-only",
            "kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5uKt1BvXoQ",
        );
        assert_ne!(own, secrets);
        own
    });
    let mut browser = Browser::new();
    assert!(
        sign_in(&example, &mut browser)
            .await
            .contains("Welcome, Alice!")
    );
    assert!(!example.state().exists());
}

#[tokio::test]
async fn example_behind_proxy_listens_on_port() {
    let example = Example::start_with("hello", |_| {
        "[auth]\nredirect_uri = \"https://192.0.2.1/oauth2callback\"\ncookie_secret = \"kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5uKt1BvXoQ\"\n\
         [auth.google]\nclient_id = \"id\"\nclient_secret = \"hush-hush\"\n"
            .to_owned()
    });
    let mut browser = Browser::new();
    assert!(home(&example, &mut browser).await.contains("Log in"));
}
