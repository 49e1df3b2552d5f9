//! Conditions in the path of a check.

use axum_streamlit_auth::TestUser;
use serde_json::{Value, json};

use super::{NGINX, app, auth, request};
use support::call;

/// The status of a check with these conditions, for a user with these claims.
async fn status_for(conditions: &str, claims: &[(&str, Value)]) -> u16 {
    let auth = auth("x-user = \"sub\"");
    let user = claims
        .iter()
        .fold(TestUser::new("ada"), |user, (name, value)| {
            user.claim(*name, value.clone())
        });
    let path = format!("/auth/check/{conditions}");
    let request = request(&path, &user.cookie(&auth), &NGINX);
    call(&app(&auth), request).await.status().as_u16()
}

#[tokio::test]
async fn conditions_restrict_the_check() {
    let groups = [("groups", json!(["staff", "a,b", "über uns", "/a/b/"]))];
    for (conditions, expected) in [
        ("", 204),
        ("groups=staff", 204),
        ("groups=admin", 403),
        ("groups=admin,staff", 204),
        ("groups=staff&groups=admin", 403),
        ("groups=staff&sub=ada", 204),
        ("groups=staff&sub=bob", 403),
        ("&groups=staff&", 204),
        ("groups=a%2Cb", 204),
        ("groups=a,b", 403),
        ("groups=%C3%BCber%20uns", 204),
        ("groups=%C3%BCber+uns", 403),
        ("groups=/a/b/", 204),
        ("groups=/a/b", 403),
        ("groups=%2Fa%2Fb%2F", 204),
        ("groups=Staff", 403),
        ("groups=staf", 403),
        ("groups=", 403),
        ("groups", 403),
        ("=staff", 403),
        ("missing=", 403),
        ("missing=null", 403),
        ("groups=%FF", 403),
        ("is_logged_in=true", 204),
        // The query belongs to the browser's request.
        ("?groups=admin", 204),
        ("groups=admin?groups=staff", 403),
    ] {
        assert_eq!(
            status_for(conditions, &groups).await,
            expected,
            "{conditions}"
        );
    }
}

#[tokio::test]
async fn condition_compares_other_types_as_json() {
    let claims = [
        ("email_verified", json!(true)),
        ("level", json!(3)),
        ("realm_access", json!({"roles": ["admin", 7]})),
        ("none", json!(null)),
    ];
    for (conditions, expected) in [
        ("email_verified=true", 204),
        ("email_verified=false", 403),
        ("level=3", 204),
        ("level=03", 403),
        ("realm_access.roles=admin", 204),
        ("realm_access.roles=7", 204),
        ("realm_access=admin", 403),
        ("none=null", 403),
        ("none=", 403),
    ] {
        assert_eq!(
            status_for(conditions, &claims).await,
            expected,
            "{conditions}"
        );
    }
}

/// A request without a login gets a 401, whether the conditions are met or not.
#[tokio::test]
async fn condition_requires_login_first() {
    let auth = auth("x-user = \"sub\"");
    let request = request("/auth/check/groups=admin", "", &NGINX);
    assert_eq!(call(&app(&auth), request).await.status(), 401);
}
