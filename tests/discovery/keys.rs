//! The provider's keys: rotation, strangers, storms. Rows 24 to 29.

use std::time::Duration;

use serde_json::json;

use crate::support::{Behaviour, ORIGIN, Provider, Seal, Stage, keys, secrets};

/// Row 24: unknown keys cause a few refetches, not one each, and the known keys stay valid.
#[tokio::test]
async fn a024_unknown_keys_refetch_within_a_limit() {
    let mut stage = Stage::new().await;
    stage.provider.set(|f| f.alg = "EdDSA");
    stage.sign_in("ada").await;
    for round in [1, 2] {
        let before = stage.provider.count("jwks");
        for at in 0..REFUSALS {
            let kid = format!("made-up-{round}-{at}");
            stage.provider.set(|f| f.header.set("kid", kid));
            let callback = stage.callback().await;
            stage.home(callback, "id_token_key").await;
        }
        assert_within_limit(stage.provider.count("jwks") - before);
        stage.provider.set(|f| f.header.clear());
        stage.sign_in("ada").await;
        pass(61).await;
    }
}

/// Row 24, where the answer to the question fails: what was known before is still good.
#[tokio::test]
async fn a024_a_question_that_fails_loses_no_key() {
    let mut stage = Stage::new().await;
    stage.sign_in("ada").await;
    for failure in [Behaviour::Html(500), Behaviour::HangUp, Behaviour::Endless] {
        pass(61).await;
        let asked = stage.provider.count("jwks");
        stage.provider.set(|f| {
            f.jwks = failure;
            f.header.set("kid", "made-up");
        });
        let callback = stage.callback().await;
        let page = stage.browser.step(callback).await;
        assert_eq!(page.status.as_u16(), 400, "{page:?}");
        // A connection that the provider closes is tried twice.
        let requests = stage.provider.count("jwks") - asked;
        assert!((1..=2).contains(&requests), "{requests}");
        stage.provider.set(|f| f.header.clear());
        stage.sign_in("ada").await;
    }
}

/// Row 25.
#[tokio::test]
async fn a025_a_new_key_is_accepted_without_a_restart() {
    let mut stage = Stage::new().await;
    stage.sign_in("ada").await;
    stage.provider.rotate();
    stage.sign_in("bob").await;
    pass(61).await;
    stage.provider.set(|f| f.rotate_before_signing = true);
    stage.sign_in("ada").await;
    assert_eq!(stage.provider.count("jwks"), 3);
}

/// Row 25, where the question for the new key has no answer: it is put again, though not by everybody who waits for it.
#[tokio::test]
async fn a025_a_question_without_an_answer_is_put_again() {
    let mut stage = Stage::new().await;
    stage.sign_in("ada").await;
    for trouble in [Behaviour::HangUp, Behaviour::Cut, Behaviour::Html(500)] {
        pass(61).await;
        stage.provider.rotate();
        stage.provider.set(|f| f.jwks = trouble);
        let asked = stage.provider.count("jwks");
        for _ in 0..CROWD {
            let callback = stage.callback().await;
            let page = stage.browser.step(callback).await;
            assert_eq!(page.status.as_u16(), 400, "{page:?}");
        }
        assert!(stage.provider.count("jwks") < asked + CROWD);
        stage.provider.behave();
        pass(2).await;
        stage.sign_in("bob").await;
    }
}

/// Row 25, where the visitor leaves before the question for the new key has an answer.
#[tokio::test]
async fn a025_a_visitor_who_leaves_does_not_use_the_question_up() {
    let mut stage = Stage::new().await;
    stage.sign_in("ada").await;
    stage.provider.rotate();
    stage.provider.set(|f| f.jwks = Behaviour::Hang);
    let asked = stage.provider.count("jwks");
    let callback = stage.callback().await;
    let mut impatient = stage.browser.clone();
    let waits = tokio::spawn(async move { impatient.step(callback).await });
    while stage.provider.count("jwks") == asked {
        tokio::task::yield_now().await;
    }
    waits.abort();
    assert!(waits.await.unwrap_err().is_cancelled());
    stage.provider.behave();
    stage.sign_in("bob").await;
}

/// Row 25: the old key went with the rotation, whoever still has it.
#[tokio::test]
async fn a025_a_key_that_is_no_longer_published_is_no_longer_good() {
    let mut stage = Stage::new().await;
    stage.sign_in("ada").await;
    stage.provider.rotate();
    stage.sign_in("bob").await;
    stage.provider.set(|f| {
        f.seal = Seal::ForeignKey;
        f.header.set("kid", "rsa-1");
    });
    let callback = stage.callback().await;
    stage.home(callback, "id_token_key").await;
}

/// Row 26: an hour is fresh, a day is good enough while nobody answers.
#[tokio::test]
async fn a026_known_keys_and_documents_outlast_a_provider_in_trouble() {
    let mut stage = Stage::new().await;
    stage.sign_in("ada").await;
    stage.provider.set(|f| {
        f.jwks = Behaviour::Html(500);
        f.discovery = Behaviour::Html(500);
    });
    for hours in [1, 10, 11] {
        pass(hours * 3600).await;
        let asked = stage.provider.count("jwks");
        // The keys are fetched in the background.
        while stage.provider.count("jwks") == asked {
            stage.sign_in("ada").await;
        }
    }
    let callback = stage.callback().await;
    pass(2 * 3600).await;
    stage.down(callback, "provider_status").await;

    pass(2).await;
    stage.provider.behave();
    stage.browser.jar.clear();
    stage.sign_in("ada").await;
}

/// Row 27: none of them spoils the set, and none of them signs.
#[tokio::test]
async fn a027_hostile_keys_are_skipped() {
    for alg in ["RS256", "ES256"] {
        let mut stage = Stage::new().await;
        stage
            .provider
            .set(|f| (f.alg, f.more_keys) = (alg, keys::hostile_keys()));
        stage.sign_in("ada").await;
        for kid in [
            "unknown-kty",
            "enc",
            "oct",
            "huge",
            "even-exponent",
            "exponent-1",
            "empty",
            "half",
            "off-curve",
            "short",
            "koblitz",
            "agreement",
            "not-base64",
        ] {
            stage.provider.set(|f| f.header.set("kid", kid));
            let callback = stage.callback().await;
            stage.home(callback, "id_token_key_unusable").await;
        }
    }
    let mut stage = Stage::new().await;
    stage.provider.set(|f| {
        f.more_keys = keys::hostile_keys();
        f.seal = Seal::WeakKey;
    });
    let callback = stage.callback().await;
    stage.home(callback, "id_token_key_unusable").await;
}

/// Row 27: a key that says that it is not for signing does not sign, right as its signature is.
#[tokio::test]
async fn a027_a_key_signs_only_if_it_is_for_that() {
    let unusable = Some("id_token_key_unusable");
    for (name, value, reason) in [
        ("use", json!("enc"), unusable),
        ("use", json!("sig"), None),
        ("key_ops", json!(["encrypt"]), unusable),
        ("key_ops", json!(["verify"]), None),
        ("alg", json!("RSA-OAEP"), unusable),
        ("alg", json!("ES256"), Some("id_token_key")),
        ("kty", json!("oct"), unusable),
        ("kty", json!("EC"), unusable),
    ] {
        let mut stage = Stage::new().await;
        stage.provider.set(|f| f.jwk.set(name, value.clone()));
        match reason {
            None => {
                stage.sign_in("ada").await;
            }
            Some(reason) => {
                let callback = stage.callback().await;
                stage.home(callback, reason).await;
            }
        }
    }
    let mut stage = Stage::new().await;
    for optional in ["use", "alg"] {
        stage.provider.set(|f| f.jwk.remove(optional));
    }
    stage.sign_in("ada").await;
}

/// Row 28: without a name, sixteen keys are tried.
#[tokio::test]
async fn a028_few_of_many_keys_are_kept() {
    for (alg, others, is_good) in [
        ("EdDSA", 15, true),
        // Half of all random bytes are no point of the curve, so fewer than 64 keys are tried.
        ("EdDSA", 64, false),
        ("EdDSA", 10_000, false),
        ("RS256", 15, true),
        ("RS256", 1000, false),
    ] {
        let mut stage = Stage::new().await;
        stage.provider.set(|f| {
            f.alg = alg;
            f.more_keys = keys::many_keys(alg, others);
            f.jwk.remove("kid");
            f.header.remove("kid");
        });
        if is_good {
            stage.sign_in("ada").await;
        } else {
            let callback = stage.callback().await;
            stage.home(callback, "id_token_key").await;
        }
    }
    let mut stage = Stage::new().await;
    stage
        .provider
        .set(|f| f.more_keys = keys::many_keys("RS256", 10_000));
    let callback = stage.callback().await;
    stage.down(callback, "provider_too_long").await;
}

/// Row 29: each key that fits is tried.
#[tokio::test]
async fn a029_a_token_without_a_key_name_is_tried_with_every_key() {
    for others in [0, 3] {
        let provider = Provider::start().await;
        provider.set(|f| {
            f.more_keys = keys::many_keys("RS256", others);
            f.header.remove("kid");
        });
        let secrets = secrets(&provider);
        let mut stage = Stage::of(provider, &secrets, ORIGIN);
        stage.sign_in("ada").await;
        stage.provider.set(|f| f.seal = Seal::Flipped);
        let callback = stage.callback().await;
        stage.home(callback, "id_token_key").await;
    }
}

/// B5: no key name tells that a key is another one.
#[tokio::test]
async fn key_replaced_under_same_kid_is_fetched() {
    for alg in ["RS256", "ES256", "EdDSA"] {
        let mut stage = Stage::new().await;
        stage.provider.set(|f| {
            f.alg = alg;
            f.jwk.set("kid", "same");
            f.header.set("kid", "same");
        });
        stage.sign_in("ada").await;
        for name in ["bob", "ada", "bob"] {
            stage.provider.rotate();
            stage.sign_in(name).await;
        }
        assert_eq!(stage.provider.count("jwks"), 4, "{alg}");
    }
}

/// B5: several new keys within a minute, each under a name of its own.
#[tokio::test]
async fn key_rotated_twice_is_fetched_twice() {
    let mut stage = Stage::new().await;
    stage.provider.set(|f| f.alg = "EdDSA");
    stage.sign_in("ada").await;
    for name in ["bob", "ada", "bob"] {
        stage.provider.rotate();
        stage.sign_in(name).await;
    }
    assert_eq!(stage.provider.count("jwks"), 4);
}

/// B5: without a key name, every key is tried before the provider is asked.
#[tokio::test]
async fn key_replaced_without_kid_is_fetched() {
    let mut stage = Stage::new().await;
    stage.provider.set(|f| {
        f.jwk.remove("kid");
        f.header.remove("kid");
    });
    stage.sign_in("ada").await;
    stage.provider.rotate();
    stage.sign_in("bob").await;
    assert_eq!(stage.provider.count("jwks"), 2);
}

/// B5: what an attacker signs does not become a request to the provider each.
#[tokio::test]
async fn wrong_signatures_refetch_within_a_limit() {
    for seal in [Seal::Flipped, Seal::ForeignKey, Seal::Zero] {
        let mut stage = Stage::new().await;
        stage.provider.set(|f| f.alg = "EdDSA");
        stage.sign_in("ada").await;
        let before = stage.provider.count("jwks");
        stage.provider.set(|f| f.seal = seal);
        for _ in 0..REFUSALS {
            let callback = stage.callback().await;
            stage.home(callback, "id_token_signature").await;
        }
        assert_within_limit(stage.provider.count("jwks") - before);
        stage.provider.set(|f| f.seal = Seal::Intact);
        stage.sign_in("bob").await;
    }
}

/// Promise 3: concurrent logins with a new key share one refetch.
#[tokio::test]
async fn concurrent_logins_share_one_refetch() {
    let mut stage = Stage::new().await;
    stage.provider.set(|f| f.alg = "EdDSA");
    stage.sign_in("ada").await;
    stage.provider.rotate();
    let late = Behaviour::After(Duration::from_millis(200));
    stage.provider.set(|f| f.jwks = late);
    let mut logins = tokio::task::JoinSet::new();
    for _ in 0..CROWD {
        let callback = stage.callback().await;
        let mut browser = stage.browser.clone();
        logins.spawn(async move { browser.step(callback).await });
    }
    for page in logins.join_all().await {
        assert_eq!(page.status.as_u16(), 303, "{page:?}");
    }
    assert_eq!(stage.provider.count("jwks"), 2);
}

/// Refused logins in a row.
const REFUSALS: usize = 50;

/// Five at once, and one more each 12 seconds, however slow this machine is.
fn assert_within_limit(refetches: usize) {
    assert!((1..REFUSALS / 2).contains(&refetches), "{refetches}");
}

/// Logins of less than a second each.
const CROWD: usize = 20;

/// Lets this much time pass at once, as caches see it.
pub(super) async fn pass(seconds: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}
