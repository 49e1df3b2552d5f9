//! The OpenID Foundation's conformance modules for relying parties, as far as they are about a code flow, each a test that bears the name
//! of its module.
//!
//! The suite's rules: a login that must be refused makes no UserInfo request after the bad token, and one that must be accepted makes one
//! with a Bearer token. Not here: implicit and hybrid flows but for `at_hash`, dynamic registration, request objects, refresh tokens,
//! back- and front-channel logout.
//!
//! - `certified`: the Basic and the Config plan
//! - `further`: what else of the suite a code flow meets

mod certified;
mod further;
#[path = "../support/mod.rs"]
mod support;

use support::{Faults, Stage, query};

async fn stage() -> Stage {
    Stage::with(|secrets| secrets.auth("userinfo = true")).await
}

/// The login must work and end with a UserInfo request; the suite's implicit checks are the provider's complaints.
async fn accepts(fault: impl FnOnce(&mut Faults)) -> Stage {
    let mut stage = stage().await;
    stage.provider.set(fault);
    stage.sign_in("ada").await;
    let [request] = &stage.provider.requests("userinfo")[..] else {
        panic!("one UserInfo request")
    };
    assert!(
        request
            .header("authorization")
            .unwrap()
            .starts_with("Bearer access-")
    );
    assert_eq!((request.query.len(), request.body.len()), (0, 0));
    stage
}

/// The ID token must be refused for `reason`, and UserInfo not be asked.
async fn rejects(reason: &str, fault: impl FnOnce(&mut Faults)) {
    let mut stage = stage().await;
    stage.provider.set(fault);
    let callback = stage.callback().await;
    stage.home(callback, reason).await;
    assert_eq!(stage.provider.count("userinfo"), 0);
    assert_eq!(stage.who().await, "nobody");
}

/// The callback must be refused, and its code must not reach the provider. Discovery may be asked once
/// more, because the issuer may have changed.
async fn rejects_callback(name: &str, value: Option<&str>, reason: &str) {
    let mut stage = stage().await;
    let callback = stage.callback().await;
    stage.provider.forget_requests();
    stage
        .home(query::with(&callback, name, value), reason)
        .await;
    assert_eq!(stage.provider.count("token"), 0);
}
