//! Header sizes with identities of large providers: below the defaults of nginx, 4 KiB from an app
//! and 8 KiB from a browser.

use std::fmt::Write;

use serde_json::{Value, json};

use super::{
    cluster::{Cluster, ME},
    stats::show,
};
use crate::browser::Browser;

/// Maximum size of response headers: `proxy_buffer_size`.
const MAX_RESPONSE_HEADERS: usize = 4 * 1024;

/// Maximum size of the `Cookie` header, which leaves 1 KiB of `large_client_header_buffers` to
/// other cookies.
const MAX_COOKIE_HEADER: usize = 7 * 1024;

#[tokio::test]
async fn typical_identity_passes_default_nginx() {
    let people = identities();
    let cluster = Cluster::start(&people, None).await;
    let mut stats = String::from("bytes of claims, answer to the callback, `Cookie` header");
    for (person, claims) in people.as_object().unwrap() {
        let mut browser = Browser::new();
        let site = &cluster.site;
        let page = browser
            .open(&site.url(&format!("/auth/login?next={ME}")))
            .await;
        let me = site.provider.sign_in(&mut browser, page, person).await;
        assert_eq!((me.status, me.url.path()), (200, ME), "{me:?}");
        let found: Value = serde_json::from_str(&me.body).unwrap();
        for (name, value) in claims.as_object().unwrap() {
            assert_eq!(found[name], *value, "{person}");
        }
        let callback = me
            .trail
            .iter()
            .position(|url| url.path() == "/oauth2callback");
        let answer = me.heads[callback.unwrap()];
        let cookies = "Cookie: ".len() + browser.header(me.url.as_str()).len();
        write!(stats, "\n{person}: {}, {answer}, {cookies}", me.body.len()).unwrap();
        assert!(
            answer < MAX_RESPONSE_HEADERS && cookies < MAX_COOKIE_HEADER,
            "{stats}"
        );
    }
    show("header sizes", stats);
}

/// ID tokens as these providers issue them, without the claims that differ per login.
fn identities() -> Value {
    let groups: Vec<String> = (0..20)
        .map(|n: u128| {
            let hex = format!(
                "{:032x}",
                (n + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835)
            );
            let parts = [
                &hex[..8],
                &hex[8..12],
                &hex[12..16],
                &hex[16..20],
                &hex[20..],
            ];
            parts.join("-")
        })
        .collect();
    json!({
        "google": {
            "name": "Alexandra Papadopoulou-Schmidt",
            "given_name": "Alexandra",
            "family_name": "Papadopoulou-Schmidt",
            "email": "alexandra.papadopoulou-schmidt@example.com",
            "email_verified": true,
            "hd": "example.com",
            "locale": "de",
            "picture": "https://lh3.googleusercontent.com/a/ACg8ocKq3v0Zx1c9J2mT8rYw5LkPd7hN4bVfG6sAeUiOoXtRzQyWnMl=s96-c",
            "as_long_as_client_id_twice": "x".repeat(2 * 62),
        },
        "entra with 20 groups": {
            "name": "Alexandra Papadopoulou-Schmidt",
            "email": "alexandra.papadopoulou-schmidt@example.com",
            "preferred_username": "alexandra.papadopoulou-schmidt@example.onmicrosoft.com",
            "oid": "00000000-0000-0000-66f3-3332eca7ea81",
            "tid": "9122040d-6c67-4c5b-b112-36a304b66dad",
            "rh": "1.AXkAv4j5cvGGr0GRqy180BHbR7w9mYg0a1tFk2Zb3cQe1fWZAAA5AA.",
            "sid": "003f2c5b-6a1e-4d1a-9b0e-2f6d8c7a9e10",
            "uti": "vHdQ2mJ8k0uV5wXyZ1ABAA",
            "ver": "2.0",
            "roles": ["Reports.Read", "Reports.Write", "Users.Administrate"],
            "groups": groups,
            "as_long_as_issuer_and_client_id": "x".repeat(53 + 26),
        },
        "keycloak with roles": {
            "name": "Alexandra Papadopoulou-Schmidt",
            "given_name": "Alexandra",
            "family_name": "Papadopoulou-Schmidt",
            "email": "alexandra.papadopoulou-schmidt@example.com",
            "email_verified": true,
            "preferred_username": "alexandra.papadopoulou-schmidt",
            "typ": "ID",
            "scope": "openid profile email groups",
            "groups": ["/staff", "/staff/engineering", "/staff/engineering/platform", "/projects/reporting"],
            "realm_access": { "roles": ["default-roles-example", "offline_access", "uma_authorization", "employee", "administrator"] },
            "resource_access": {
                "reporting": { "roles": ["reports:read", "reports:write", "reports:publish", "users:administrate"] },
                "realm-management": { "roles": ["view-users", "query-users", "query-groups", "manage-users", "view-realm"] },
                "account": { "roles": ["manage-account", "manage-account-links", "view-profile"] },
            },
            "as_long_as_issuer_and_client_id_twice": "x".repeat(30 + 2 * 20),
        },
    })
}
