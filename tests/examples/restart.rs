//! How examples start: with a login that outlives a restart, and with a sentence where they cannot
//! listen.

use std::{fs, net::TcpListener, process::Output};

use super::run::{Example, Visitor, command, folder, free_port};

/// Says who is signed in at the example `hello`.
async fn home(example: &Example, visitor: &mut Visitor) -> String {
    visitor.open(&example.origin).await.text().await.unwrap()
}

async fn sign_in(example: &Example, visitor: &mut Visitor) -> String {
    let login = format!("{}/auth/login", example.origin);
    visitor.sign_in(&login, "alice").await.text().await.unwrap()
}

#[tokio::test]
async fn login_with_public_secret_outlives_restart() {
    let mut example = Example::start("hello");
    let mut visitor = Visitor::new();
    sign_in(&example, &mut visitor).await;

    example.restart();

    assert!(
        home(&example, &mut visitor)
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

    // The key of another machine knows nobody of this one.
    fs::remove_file(&file).unwrap();
    example.restart();
    assert!(!home(&example, &mut visitor).await.contains("Welcome"));
    assert_ne!(fs::read_to_string(&file).unwrap(), key);
}

#[tokio::test]
async fn login_works_where_no_key_can_be_kept() {
    let mut example = Example::start("hello");
    let mut visitor = Visitor::new();
    fs::remove_dir_all(example.state()).unwrap();
    fs::write(example.state(), "a file where the folder should be").unwrap();
    example.restart();

    let welcome = sign_in(&example, &mut visitor).await;
    assert!(welcome.contains("Welcome, Alice!"), "{welcome}");

    example.restart();
    assert!(!home(&example, &mut visitor).await.contains("Welcome"));
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
    let mut visitor = Visitor::new();
    assert!(
        sign_in(&example, &mut visitor)
            .await
            .contains("Welcome, Alice!")
    );
    assert!(!example.state().exists());
}

/// What the example prints, run until its end with this `redirect_uri`.
fn output(name: &str, redirect_uri: &str, port: Option<u16>) -> Output {
    let folder = folder(name, free_port());
    let secrets = format!(
        "[auth]\nredirect_uri = \"{redirect_uri}\"\ncookie_secret = \"kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5uKt1BvXoQ\"\n\
         [auth.google]\nclient_id = \"id\"\nclient_secret = \"hush-hush\"\n"
    );
    fs::write(folder.join(".streamlit/secrets.toml"), secrets).unwrap();
    let mut command = command(name, &folder, 0);
    match port {
        Some(port) => command.env("PORT", port.to_string()),
        None => command.env_remove("PORT"),
    };
    let output = command.output().unwrap();
    fs::remove_dir_all(folder).unwrap();
    output
}

/// 192.0.2.0/24 is no network of anybody's (RFC 5737).
#[test]
fn address_that_is_not_local_is_explained() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let taken_uri = format!("http://127.0.0.1:{port}/oauth2callback");
    for (name, redirect_uri, port) in [
        ("hello", "https://192.0.2.1/oauth2callback", None),
        ("guard", "https://192.0.2.1:8443/app/oauth2callback", None),
        ("google", "https://[2001:db8::1]/oauth2callback", None),
        ("htmx", "https://192.0.2.1/oauth2callback", Some(port)),
        ("websocket", taken_uri.as_str(), None),
        ("providers", taken_uri.as_str(), Some(port)),
    ] {
        let output = output(name, redirect_uri, port);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{name}: {told}");
        for part in ["cannot listen at ", "PORT=", "redirect_uri"] {
            assert!(told.contains(part), "{name}: {told}");
        }
    }
    // This one never listens where redirect_uri points.
    let output = output(
        "beside_streamlit",
        "https://192.0.2.1/oauth2callback",
        Some(port),
    );
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("cannot listen at "), "{told}");
}

#[tokio::test]
async fn example_behind_proxy_listens_at_port() {
    let example = Example::start_with("hello", |_| {
        "[auth]\nredirect_uri = \"https://192.0.2.1/oauth2callback\"\ncookie_secret = \"kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5uKt1BvXoQ\"\n\
         [auth.google]\nclient_id = \"id\"\nclient_secret = \"hush-hush\"\n"
            .to_owned()
    });
    let mut visitor = Visitor::new();
    assert!(home(&example, &mut visitor).await.contains("Log in"));
}
