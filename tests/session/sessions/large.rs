//! Large identities: with a session store, the claims that do not fit into cookies are in the
//! record.

use serde_json::{Value, json};

use super::{App, File, user};
use support::{Browser, Log, secrets};

/// Groups of 40 bytes each.
fn groups(count: usize) -> Vec<String> {
    (0..count)
        .map(|number| format!("group-{number:034}"))
        .collect()
}

impl App {
    /// A browser after the login of `ada` with these groups.
    async fn member_of(&self, groups: Vec<String>) -> Browser {
        self.provider
            .set(|faults| faults.claims.set("groups", groups));
        self.signed_in("ada").await
    }
}

async fn groups_in(browser: &mut Browser) -> Value {
    let me = browser.get("/me").await.json();
    me["groups"].clone()
}

#[tokio::test]
async fn large_identity_is_stored_in_record() {
    for store in ["memory", "sqlite"] {
        let file = File::new("large");
        let store = if store == "memory" {
            store.to_owned()
        } else {
            file.store()
        };
        let app = App::with_store(&store, "provider_logout = false").await;
        let log = Log::start();
        let large = groups(1000);
        let mut ada = app.member_of(large.clone()).await;

        assert_eq!(groups_in(&mut ada).await, json!(large));
        let me = ada.get("/me").await.json();
        assert_eq!(
            (&me["sub"], &me["provider"]),
            (&json!("ada"), &json!("default"))
        );
        assert!(me["email"].is_string());
        let cookies = ada.jar.cookies().iter().map(|cookie| cookie.value.len());
        assert!(cookies.sum::<usize>() < 3000);
        assert_eq!(log.warnings(), []);
        // A replica reads them from the store.
        app.clock.advance(5);
        assert_eq!(groups_in(&mut ada).await, json!(large));
    }
}

#[tokio::test]
async fn small_identity_stays_in_cookie() {
    let file = File::new("small");
    let app = App::with_store(&file.store(), "").await;
    let mut ada = app.member_of(groups(20)).await;
    assert_eq!(groups_in(&mut ada).await, json!(groups(20)));
    let connection = rusqlite::Connection::open(&file.0).unwrap();
    let query = "SELECT count(*) FROM streamlit_auth_session_data";
    let count: i64 = connection.query_row(query, [], |row| row.get(0)).unwrap();
    assert_eq!(count, 0);
}

#[tokio::test]
async fn replica_and_rules_read_the_record() {
    let file = File::new("large-replica");
    let app = App::with_store(&file.store(), "").await;
    let mut ada = app.member_of(groups(1000)).await;
    let replica = |lines: &str| {
        let toml = secrets(&app.provider)
            .auth(&format!("session_store = {:?}", file.store()))
            .auth(lines);
        app.clock.layer(&toml.toml())
    };
    let at = async |ada: &mut Browser, lines: &str| {
        ada.serve(support::app_with(replica(lines)), support::ORIGIN);
        ada.get("/me").await.json()["groups"].clone()
    };
    assert_eq!(at(&mut ada, "").await, json!(groups(1000)));
    let member = format!("allow.claims = {{ groups = {:?} }}", groups(1000)[999]);
    assert_eq!(at(&mut ada, &member).await, json!(groups(1000)));

    assert_eq!(
        at(&mut ada, "allow.claims = { groups = \"other\" }").await,
        Value::Null
    );
}

#[tokio::test]
async fn identity_without_its_claims_is_refused() {
    let file = File::new("large-missing");
    let app = App::with_store(&file.store(), "").await;
    let mut ada = app.member_of(groups(1000)).await;
    let toml = secrets(&app.provider).auth(&format!("session_store = {:?}", file.store()));
    for change in [
        "UPDATE streamlit_auth_session_data SET claims = x'00112233445566778899aabbccddeeff'",
        "UPDATE streamlit_auth_session_data SET claims = NULL",
    ] {
        file.execute(change);
        let replica = app.clock.layer(&toml.toml());
        ada.serve(support::app_with(replica), support::ORIGIN);
        assert_eq!(user(&mut ada).await, "nobody", "{change}");
    }
}

#[tokio::test]
async fn claims_from_other_record_are_refused() {
    let file = File::new("large-swapped");
    let app = App::with_store(&file.store(), "").await;
    let ada = app.member_of(groups(1000)).await;
    let bob = app.signed_in("bob").await;
    let toml = secrets(&app.provider).auth(&format!("session_store = {:?}", file.store()));
    let users = async || {
        let replica = app.clock.layer(&toml.toml());
        let mut users = Vec::new();
        for mut browser in [ada.clone(), bob.clone()] {
            browser.serve(support::app_with(replica.clone()), support::ORIGIN);
            users.push(user(&mut browser).await);
        }
        users
    };
    assert_eq!(users().await, ["ada", "bob"]);

    file.execute(
        "CREATE TEMP TABLE other AS SELECT id, claims FROM streamlit_auth_session_data;
         UPDATE streamlit_auth_session_data SET claims =
             (SELECT claims FROM other WHERE other.id <> streamlit_auth_session_data.id)",
    );

    assert_eq!(users().await, ["nobody", "nobody"]);
}

#[tokio::test]
async fn small_budget_moves_claims_into_record() {
    let app = App::new("cookie_budget = 4096").await;
    let mut ada = app.member_of(groups(60)).await;
    assert_eq!(groups_in(&mut ada).await, json!(groups(60)));
}

#[tokio::test]
async fn identity_beyond_limit_cannot_log_in() {
    let app = App::new("").await;
    let mut ada = app.member_of(groups(5000)).await;
    assert_eq!(groups_in(&mut ada).await, json!(groups(5000)));
    for count in [7000, 30_000] {
        app.provider
            .set(|faults| faults.claims.set("groups", groups(count)));
        let page = app.browser().get("/auth/login").await;
        assert!(
            page.status.is_client_error() || page.status.is_server_error(),
            "{page:?}"
        );
    }
    assert_eq!(user(&mut ada).await, "ada");
}

/// Claims that exceed the cache of the process are read from the store again.
#[tokio::test]
async fn evicted_claims_are_read_from_store_again() {
    let app = App::new("").await;
    // Few long names are read faster than many short ones.
    let groups: Vec<String> = (0..50).map(|number| format!("{number:04000}")).collect();
    let mut browsers = Vec::new();
    for _ in 0..80 {
        browsers.push(app.member_of(groups.clone()).await);
    }
    for browser in &mut browsers {
        assert_eq!(groups_in(browser).await, json!(groups));
    }
}
