//! Runs each example in the process of `program.rs`, with logins at the development provider.

mod restart;
mod run;
/// Its tests are a part of the example.
#[expect(dead_code, reason = "only its tests run here")]
mod testing {
    include!("../../examples/testing.rs");
}

use std::{collections::BTreeSet, fs};

use reqwest::{Client, StatusCode};

use run::{Browser, Example, program};

/// The examples of the package, in the program, and in the list for readers.
#[test]
fn every_example_is_listed() {
    let names: BTreeSet<String> = fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../examples"))
        .unwrap()
        .filter_map(|entry| {
            let name = entry.unwrap().file_name().into_string().unwrap();
            name.strip_suffix(".rs").map(str::to_owned)
        })
        .collect();
    assert!(names.len() > 10, "{names:?}");
    let refusal = program("").output().unwrap();
    let known = String::from_utf8(refusal.stderr).unwrap();
    assert_eq!(
        known.trim_end(),
        format!("Error: {:?}", Vec::from_iter(&names))
    );
    let manifest = include_str!("../../examples/Cargo.toml");
    let readme = include_str!("../../examples/README.md");
    for name in names {
        let target = format!("[[example]]\nname = \"{name}\"\npath = \"{name}.rs\"\n");
        assert!(manifest.contains(&target), "{name}");
        assert!(
            readme.contains(&format!("| [`{name}`]({name}.rs) |")),
            "{name}"
        );
    }
}

#[tokio::test]
async fn hello_signs_in_and_out() {
    let example = Example::start("hello");
    let mut browser = Browser::new();
    let home = browser.open(&example.origin).await;
    assert!(
        home.text()
            .await
            .unwrap()
            .contains("<button>Log in</button>")
    );

    let home = browser
        .sign_in(&format!("{}/auth/login", example.origin), "alice")
        .await;
    assert!(home.text().await.unwrap().contains("Welcome, Alice!"));

    browser
        .send(
            browser
                .client
                .post(format!("{}/auth/logout", example.origin)),
        )
        .await;
    let home = browser.open(&example.origin).await;
    assert!(
        home.text()
            .await
            .unwrap()
            .contains("<button>Log in</button>")
    );
}

#[tokio::test]
async fn providers_shows_the_provider() {
    let example = Example::start("providers");
    for provider in ["google", "microsoft"] {
        let mut browser = Browser::new();
        let login = format!("{}/auth/login/{provider}", example.origin);
        let home = browser.sign_in(&login, "bob").await.text().await.unwrap();
        assert!(
            home.contains("Welcome, Bob!") && home.contains(provider),
            "{home}"
        );
    }
}

#[tokio::test]
async fn guard_admits_admins_only() {
    let example = Example::start("guard");
    let (admin, me) = (
        format!("{}/admin", example.origin),
        format!("{}/api/me", example.origin),
    );
    let mut alice = Browser::new();
    assert!(
        alice
            .sign_in(&admin, "alice")
            .await
            .text()
            .await
            .unwrap()
            .contains("You are an admin.")
    );
    let claims = alice
        .send(alice.client.get(&me))
        .await
        .text()
        .await
        .unwrap();
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&claims).unwrap()["sub"],
        "alice"
    );

    let mut bob = Browser::new();
    assert_eq!(
        bob.send(bob.client.get(&me)).await.status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        bob.sign_in(&admin, "bob").await.status(),
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn sessions_lists_and_ends_devices() {
    let example = Example::start("sessions");
    let (mut phone, mut laptop) = (Browser::new(), Browser::new());
    phone.sign_in(&example.origin, "alice").await;
    let page = laptop.sign_in(&example.origin, "alice").await;
    let page = page.text().await.unwrap();
    assert_eq!(page.matches("<button").count(), 2, "{page}");
    let mut forms = page.split("<form").skip(1);
    let other = forms.find(|form| !form.contains("(this one)")).unwrap();
    let id = other.split("value=\"").nth(1).unwrap();
    let id = id.split('"').next().unwrap();

    let mut bob = Browser::new();
    bob.sign_in(&example.origin, "bob").await;
    for (browser, left) in [(&mut bob, 2), (&mut laptop, 1)] {
        let url = format!("{}/end", example.origin);
        let form = browser
            .client
            .post(url)
            .header("content-type", "application/x-www-form-urlencoded");
        browser.send(form.body(format!("id={id}"))).await;
        let page = if left == 2 { &mut phone } else { browser }.open(&example.origin);
        let page = page.await.text().await.unwrap();
        assert_eq!(page.matches("<button").count(), left, "{page}");
    }
    let page = phone.open(&example.origin).await;
    assert!(page.url().path().ends_with("/auth/dev/authorize"));
}

#[tokio::test]
async fn state_counts_visits_of_each_user() {
    let example = Example::start("state");
    let visits = format!("{}/visits", example.origin);
    let (mut alice, mut bob) = (Browser::new(), Browser::new());
    let first = alice.sign_in(&visits, "alice").await;
    assert_eq!(first.text().await.unwrap(), "Visits: 1");
    let other = bob.sign_in(&visits, "bob").await;
    assert_eq!(other.text().await.unwrap(), "Visits: 1");
    let second = alice.open(&visits).await;
    assert_eq!(second.text().await.unwrap(), "Visits: 2");
    let home = alice.open(&example.origin).await;
    assert_eq!(home.text().await.unwrap(), "Welcome, Alice!");
}

#[tokio::test]
async fn static_files_are_served_to_logged_in_users() {
    let example = Example::start("static_files");
    let folder = example.folder.join("examples");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("note.txt"), "a note").unwrap();
    let mut browser = Browser::new();
    for path in ["/files/note.txt", "/files/", "/files", "/files/none"] {
        let url = format!("{}{path}", example.origin);
        let refused = browser.send(browser.client.get(url)).await;
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED, "{path}");
    }

    let file = format!("{}/files/note.txt", example.origin);
    let served = browser.sign_in(&file, "alice").await;
    assert_eq!(served.status(), StatusCode::OK);
    assert_eq!(served.text().await.unwrap(), "a note");
}

#[tokio::test]
async fn websocket_requires_login() {
    let example = Example::start("websocket");
    let mut browser = Browser::new();
    let upgrade = |client: &Client| {
        let request = client.get(format!("{}/socket", example.origin));
        request
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
    };
    assert_eq!(
        browser.send(upgrade(&browser.client)).await.status(),
        StatusCode::UNAUTHORIZED
    );
    browser.sign_in(&example.origin, "alice").await;

    assert_eq!(
        browser.send(upgrade(&browser.client)).await.status(),
        StatusCode::SWITCHING_PROTOCOLS
    );
    let foreign = upgrade(&browser.client).header("origin", "https://evil.example");
    assert_eq!(
        browser.send(foreign).await.status(),
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn htmx_receives_unauthorized_with_login_url() {
    let example = Example::start("htmx");
    let mut browser = Browser::new();
    let part = |client: &Client| {
        client
            .get(format!("{}/claims", example.origin))
            .header("hx-request", "true")
    };
    let refused = browser.send(part(&browser.client)).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert!(
        refused
            .text()
            .await
            .unwrap()
            .contains(r#""login":"/auth/login""#)
    );
    browser
        .sign_in(&format!("{}/auth/login", example.origin), "alice")
        .await;

    let items = browser
        .send(part(&browser.client))
        .await
        .text()
        .await
        .unwrap();
    assert!(items.contains("<li>email"), "{items}");
}

#[tokio::test]
async fn github_shows_the_account() {
    let example = Example::start("github");
    let mut browser = Browser::new();
    let home = browser.sign_in(&example.origin, "alice").await;
    let home = home.text().await.unwrap();
    assert!(home.contains("Your account is \"alice\"."), "{home}");
}

#[tokio::test]
async fn google_requires_login() {
    let example = Example::start("google");
    let mut browser = Browser::new();
    let home = browser.sign_in(&example.origin, "alice").await;
    assert_eq!(home.text().await.unwrap(), "Welcome, Alice!");
}

#[tokio::test]
async fn builder_admits_staff_and_admins() {
    let example = Example::start("builder");
    for (user, status) in [("alice", StatusCode::OK), ("dave", StatusCode::FORBIDDEN)] {
        let mut browser = Browser::new();
        let home = browser.sign_in(&example.origin, user).await;
        assert_eq!(home.status(), status, "{user}");
    }
}

/// The example with a real provider, and with the mistakes of a first attempt.
#[test]
fn builder_names_method_of_wrong_value() {
    let run = program("builder")
        .env("COOKIE_SECRET", "short-canary")
        .env("GOOGLE_CLIENT_ID", "your-client-id")
        .output()
        .unwrap();
    let error = String::from_utf8(run.stderr).unwrap();
    assert!(!run.status.success(), "{error}");
    for part in [
        "AuthLayerBuilder::cookie_secret: auth.cookie_secret: shorter",
        "Provider::google: auth.google.client_id: still a placeholder",
        "Provider::google: auth.google.client_secret: empty",
    ] {
        assert!(error.contains(part), "{part}: {error}");
    }
    assert!(!error.contains("canary"), "{error}");
}

#[tokio::test]
async fn apple_shows_the_name() {
    let example = Example::start("apple");
    let mut browser = Browser::new();
    let home = browser.sign_in(&example.origin, "alice").await;
    assert_eq!(home.text().await.unwrap(), "Welcome, Alice!");
}

#[test]
fn doctor_exit_status_follows_the_report() {
    let folder =
        std::env::temp_dir().join(format!("axum-streamlit-auth-doctor-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let committed = include_str!("../../.streamlit/secrets.toml");
    for (text, is_right) in [
        (committed.to_owned(), true),
        (committed.replace("public-", "xxx"), false),
    ] {
        let file = folder.join("secrets.toml");
        fs::write(&file, text).unwrap();
        let report = program("doctor").arg(&file).output().unwrap();
        let shown = String::from_utf8(report.stdout).unwrap();
        assert_eq!(report.status.success(), is_right, "{shown}");
        assert_eq!(shown.contains('✗'), !is_right, "{shown}");
        assert!(is_right || shown.contains("secrets.toml:9"), "{shown}");
    }
    fs::remove_dir_all(folder).unwrap();
}
