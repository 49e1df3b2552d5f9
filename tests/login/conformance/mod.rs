//! The OpenID Foundation's conformance modules for relying parties that apply to a code flow. Each
//! test has the name of its module.
//!
//! A login that must be rejected makes no UserInfo request after the invalid token, and one that
//! must be accepted makes one with a Bearer token. Not covered: implicit and hybrid flows except
//! `at_hash`, dynamic registration, request objects, refresh tokens, front-channel logout.
//!
//! - `backchannel`: the back-channel logout plan
//! - `basic`: the Basic and Config plans
//! - `optional`: modules of other plans

mod backchannel;
mod basic;
mod optional;

use support::{Faults, TestApp, query};

async fn test_app() -> TestApp {
    let app = TestApp::with_secrets(|secrets| secrets.auth("userinfo = true")).await;
    // The suite signs with it unless a module says otherwise.
    app.provider.sign_with("RS256");
    app
}

/// Asserts that the login succeeds with a UserInfo request. The provider performs the implicit
/// checks of the suite.
async fn accepts(fault: impl FnOnce(&mut Faults)) -> TestApp {
    let mut app = test_app().await;
    app.provider.set(fault);
    app.sign_in("ada").await;
    let [request] = &app.provider.requests("userinfo")[..] else {
        panic!("one UserInfo request")
    };
    assert!(
        request
            .header("authorization")
            .unwrap()
            .starts_with("Bearer access-")
    );
    assert_eq!((request.query.len(), request.body.len()), (0, 0));
    app
}

/// Asserts that the ID token is rejected for `reason`, without a UserInfo request.
async fn rejects(reason: &str, fault: impl FnOnce(&mut Faults)) {
    let mut app = test_app().await;
    app.provider.set(fault);
    let callback = app.callback().await;
    app.assert_rejected(callback, reason).await;
    assert_eq!(app.provider.count("userinfo"), 0);
    assert_eq!(app.current_user().await, "nobody");
}

/// Asserts that the callback is rejected and its code is not sent. Discovery may be requested once
/// more, because the issuer may have changed.
async fn rejects_callback(name: &str, value: Option<&str>, reason: &str) {
    let mut app = test_app().await;
    let callback = app.callback().await;
    app.provider.forget_requests();
    app.assert_rejected(query::with(&callback, name, value), reason)
        .await;
    assert_eq!(app.provider.count("token"), 0);
}
