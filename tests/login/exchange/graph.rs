//! `groups_from_graph`: the groups that Entra leaves out of the ID token.

use serde_json::json;
use support::{Behaviour, ORIGIN, Provider, Secrets, TestApp, groups};

/// An app whose provider also serves Microsoft Graph and issues ID tokens without groups.
async fn app(lines: &str) -> TestApp {
    let provider = Provider::start().await;
    provider.set(|faults| {
        faults.claims.remove("groups");
        faults
            .claims
            .set("_claim_names", json!({ "groups": "src1" }));
        let endpoint = "https://graph.windows.net/t/users/u/getMemberObjects";
        let sources = json!({ "src1": { "endpoint": endpoint } });
        faults.claims.set("_claim_sources", sources);
    });
    let lines = format!("graph_url = {:?}\n{lines}", provider.origin());
    let keys = format!(
        "client_id = {:?}\nclient_secret = {:?}\nserver_metadata_url = {:?}\n{lines}",
        provider.registered().id,
        provider.registered().secret,
        provider.metadata_url()
    );
    let secrets = Secrets::new(ORIGIN).auth(&keys);
    TestApp::with_provider(provider, &secrets, ORIGIN)
}

const ALL: &str = "groups_from_graph = true\n";

#[tokio::test]
async fn groups_come_from_all_graph_pages() {
    for (count, page_len, pages) in [
        (0, 100, 1),
        (1, 100, 1),
        (100, 100, 1),
        (101, 100, 2),
        (130, 10, 13),
    ] {
        let mut app = app(ALL).await;
        let ids = groups(count);
        app.provider.set_graph_groups(&ids);
        app.provider.graph(|graph| graph.page_len = page_len);
        let user = app.signed_in_user().await;
        assert_eq!(user["groups"], json!(ids));
        assert_eq!(user.get("_claim_names"), None);
        assert_eq!(user.get("_claim_sources"), None);
        assert_eq!(app.provider.count("graph"), pages);
        let authorize = &app.provider.requests("authorize")[0];
        let scope = Some("openid profile email User.Read");
        assert_eq!(authorize.parameter("scope"), scope);
    }
}

#[tokio::test]
async fn only_listed_groups_are_kept() {
    let ids = groups(900);
    let listed = format!(
        "groups_from_graph = [{:?}, {:?}]\n",
        ids[899].to_uppercase(),
        groups(1)[0]
    );
    let mut app = app(&listed).await;
    app.provider.set_graph_groups(&ids);
    assert_eq!(app.signed_in_user().await["groups"], json!([ids[899]]));

    // The groups of an ID token are filtered as well.
    app.provider
        .set(|faults| faults.claims.set("groups", json!([ids[899], ids[0], 1])));
    app.provider.forget_requests();
    assert_eq!(app.signed_in_user().await["groups"], json!([ids[899]]));
    assert_eq!(app.provider.count("graph"), 0);
}

#[tokio::test]
async fn graph_roles_and_units_are_left_out() {
    let mut app = app(ALL).await;
    app.provider.graph(|graph| {
        graph.entries = vec![
            json!({ "@odata.type": "#microsoft.graph.directoryRole", "id": "role" }),
            json!({ "@odata.type": "#microsoft.graph.administrativeUnit", "id": "unit" }),
            json!({ "id": "group" }),
        ];
    });
    assert_eq!(app.signed_in_user().await["groups"], json!(["group"]));
}

#[tokio::test]
async fn groups_rule_reads_graph() {
    let ids = groups(2);
    let rule = format!("{ALL}allow = {{ claims = {{ groups = {:?} }} }}\n", ids[0]);
    let mut app = app(&rule).await;
    app.provider.set_graph_groups(&ids);
    app.signed_in_user().await;
    app.browser.get("/auth/logout").await;
    app.provider.set_graph_groups(&ids[1..]);
    let callback = app.callback().await;
    app.assert_rejected(callback, "not_allowed").await;
}

/// A login with unknown groups fails as undecided, because the user may be a member of any group.
#[tokio::test]
async fn failing_graph_leaves_login_undecided() {
    let mut app = app(ALL).await;
    let ids = groups(20);
    app.provider.set_graph_groups(&ids);
    app.provider.graph(|graph| graph.page_len = 10);
    for behaviour in [
        Behaviour::Json(
            401,
            json!({ "error": { "code": "InvalidAuthenticationToken", "message": "x" } }),
        ),
        Behaviour::Json(403, json!({ "error": "denied" })),
        Behaviour::Json(429, json!({})),
        Behaviour::Html(200),
        Behaviour::Html(503),
        Behaviour::HangUp,
        Behaviour::Cut,
        Behaviour::Endless,
        Behaviour::Redirect(302, "/elsewhere".to_owned()),
        Behaviour::Json(200, json!({ "value": null })),
        Behaviour::Json(200, json!({ "value": [{ "displayName": "x" }] })),
        Behaviour::Json(200, json!([])),
    ] {
        app.provider.set(|faults| faults.graph = behaviour);
        let callback = app.callback().await;
        app.assert_provider_unavailable(callback, "groups_undecided")
            .await;
        assert_eq!(app.current_user().await, "nobody");
    }
    app.provider.set(|faults| faults.graph = Behaviour::Normal);
    assert_eq!(app.signed_in_user().await["groups"], json!(ids));
}

#[tokio::test]
async fn next_graph_page_must_be_on_the_same_host() {
    let mut app = app(ALL).await;
    let other = Provider::start().await;
    app.provider.set_graph_groups(&groups(20));
    let port = app.provider.origin().rsplit(':').next().unwrap().to_owned();
    for link in [
        json!(other.url("/v1.0/me/transitiveMemberOf")),
        json!(format!(
            "http://localhost:{port}/v1.0/me/transitiveMemberOf"
        )),
        json!(format!(
            "https://127.0.0.1:{port}/v1.0/me/transitiveMemberOf"
        )),
        json!(format!(
            "http://me@127.0.0.1:{port}/v1.0/me/transitiveMemberOf"
        )),
        json!("/v1.0/me/transitiveMemberOf"),
        json!("javascript:alert(1)"),
        json!(7),
    ] {
        app.provider.graph(|graph| {
            graph.page_len = 10;
            graph.next_link = Some(link);
        });
        let callback = app.callback().await;
        app.assert_provider_unavailable(callback, "groups_undecided")
            .await;
    }
    assert_eq!(other.all_requests().len(), 0);
}

#[tokio::test]
async fn number_of_graph_pages_is_bounded() {
    let mut app = app(ALL).await;
    app.provider.set_graph_groups(&groups(20));
    let same = format!("{}/v1.0/me/transitiveMemberOf", app.provider.origin());
    app.provider.graph(|graph| {
        graph.page_len = 10;
        graph.next_link = Some(json!(same));
    });
    let callback = app.callback().await;
    app.assert_provider_unavailable(callback, "groups_undecided")
        .await;
    assert_eq!(app.provider.count("graph"), 16);
}

#[tokio::test]
async fn token_for_another_api_leaves_login_undecided() {
    let kwargs = "client_kwargs = { scope = \"openid api://app/.default\" }\n";
    let mut app = app(&format!("{ALL}{kwargs}")).await;
    let callback = app.callback().await;
    let page = app
        .assert_provider_unavailable(callback, "groups_undecided")
        .await;
    assert!(
        page.text().contains("Authorization_RequestDenied"),
        "{page:?}"
    );
}

/// The clock of the runtime is paused, so that the timeout passes without waiting.
#[tokio::test]
async fn slow_graph_leaves_login_undecided() {
    let mut app = app(ALL).await;
    app.provider.set_graph_groups(&groups(40));
    app.provider.graph(|graph| graph.page_len = 1);
    app.provider.set(|faults| faults.graph = Behaviour::Hang);
    let callback = app.callback().await;
    tokio::time::pause();
    let page = app.browser.step(callback).await;
    tokio::time::resume();
    assert_eq!(page.status.as_u16(), 503, "{page:?}");
    assert!(page.text().contains("groups_undecided"), "{page:?}");
}
