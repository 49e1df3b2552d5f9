//! Each example, started as its first lines say and used as its visitors would: signed in at the development provider.

mod restart;
mod run;

use std::{fs, process::Command};

use reqwest::{Client, StatusCode};

use run::{Example, Visitor, binary};

#[tokio::test]
async fn hello_welcomes_and_forgets() {
    let example = Example::start("hello");
    let mut visitor = Visitor::new();
    let home = visitor.open(&example.origin).await;
    assert!(
        home.text()
            .await
            .unwrap()
            .contains("<button>Log in</button>")
    );

    let home = visitor
        .sign_in(&format!("{}/auth/login", example.origin), "alice")
        .await;
    assert!(home.text().await.unwrap().contains("Welcome, Alice!"));

    visitor
        .send(
            visitor
                .client
                .post(format!("{}/auth/logout", example.origin)),
        )
        .await;
    let home = visitor.open(&example.origin).await;
    assert!(
        home.text()
            .await
            .unwrap()
            .contains("<button>Log in</button>")
    );
}

#[tokio::test]
async fn providers_say_who_vouches() {
    let example = Example::start("providers");
    for provider in ["google", "microsoft"] {
        let mut visitor = Visitor::new();
        let login = format!("{}/auth/login/{provider}", example.origin);
        let home = visitor.sign_in(&login, "bob").await.text().await.unwrap();
        assert!(
            home.contains("Welcome, Bob!") && home.contains(provider),
            "{home}"
        );
    }
}

#[tokio::test]
async fn guard_tells_admins_from_others() {
    let example = Example::start("guard");
    let (admin, me) = (
        format!("{}/admin", example.origin),
        format!("{}/api/me", example.origin),
    );
    let mut alice = Visitor::new();
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

    let mut bob = Visitor::new();
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
async fn websocket_takes_only_those_it_knows() {
    let example = Example::start("websocket");
    let mut visitor = Visitor::new();
    let upgrade = |client: &Client| {
        let request = client.get(format!("{}/socket", example.origin));
        request
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
    };
    assert_eq!(
        visitor.send(upgrade(&visitor.client)).await.status(),
        StatusCode::UNAUTHORIZED
    );
    visitor.sign_in(&example.origin, "alice").await;

    assert_eq!(
        visitor.send(upgrade(&visitor.client)).await.status(),
        StatusCode::SWITCHING_PROTOCOLS
    );
    let foreign = upgrade(&visitor.client).header("origin", "https://evil.example");
    assert_eq!(
        visitor.send(foreign).await.status(),
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn htmx_gets_a_401_that_names_the_login() {
    let example = Example::start("htmx");
    let mut visitor = Visitor::new();
    let part = |client: &Client| {
        client
            .get(format!("{}/claims", example.origin))
            .header("hx-request", "true")
    };
    let refused = visitor.send(part(&visitor.client)).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert!(
        refused
            .text()
            .await
            .unwrap()
            .contains(r#""login":"/auth/login""#)
    );
    visitor
        .sign_in(&format!("{}/auth/login", example.origin), "alice")
        .await;

    let items = visitor
        .send(part(&visitor.client))
        .await
        .text()
        .await
        .unwrap();
    assert!(items.contains("<li>email"), "{items}");
}

#[tokio::test]
async fn google_asks_everyone_to_sign_in() {
    let example = Example::start("google");
    let mut visitor = Visitor::new();
    let home = visitor.sign_in(&example.origin, "alice").await;
    assert_eq!(home.text().await.unwrap(), "Welcome, Alice!");
}

#[test]
fn doctor_tells_a_right_file_from_a_wrong_one() {
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
        let report = Command::new(binary("doctor")).arg(&file).output().unwrap();
        let shown = String::from_utf8(report.stdout).unwrap();
        assert_eq!(report.status.success(), is_right, "{shown}");
        assert_eq!(shown.contains('✗'), !is_right, "{shown}");
        assert!(is_right || shown.contains("secrets.toml:9"), "{shown}");
    }
    fs::remove_dir_all(folder).unwrap();
}
