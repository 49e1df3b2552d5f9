//! Of the other plans, what a code flow meets as well; of those for FAPI, what `openid-client` runs.

use serde_json::json;
use url::Url;

use crate::{
    accepts, rejects, rejects_callback, stage,
    support::{Seal, Visit},
};

#[tokio::test]
async fn oidcc_client_test_missing_aud() {
    rejects("id_token_audience", |f| f.claims.remove("aud")).await;
}

#[tokio::test]
async fn oidcc_client_test_invalid_sig_es256() {
    rejects("id_token_signature", |f| {
        (f.alg, f.seal) = ("ES256", Seal::Flipped)
    })
    .await;
}

#[tokio::test]
async fn oidcc_client_test_invalid_sig_hs256() {
    rejects("id_token_algorithm", |f| f.alg = "HS256").await;
}

#[tokio::test]
async fn oidcc_client_test_userinfo_bearer_header() {
    accepts(|_| ()).await;
}

#[tokio::test]
async fn oidcc_client_test_nonce_unless_code_flow() {
    let stage = accepts(|_| ()).await;
    let asked = stage.provider.requests("authorize").remove(0);
    assert!(
        asked
            .parameter("nonce")
            .is_some_and(|nonce| nonce.len() == 43)
    );
}

#[tokio::test]
async fn oidcc_client_test_invalid_athash() {
    rejects("id_token_access_token", |f| {
        f.claims.set("at_hash", "AAAAAAAAAAAAAAAAAAAAAA")
    })
    .await;
}

/// Refused by its name: a signed answer is nothing that we could read unchecked.
#[tokio::test]
async fn oidcc_client_test_userinfo_signed() {
    let mut stage = stage().await;
    stage.provider.set(|f| f.userinfo_signed = true);
    let callback = stage.callback().await;
    let detail = stage.detail(callback, "userinfo_refused").await;
    assert!(detail.contains("signed JWT"), "{detail}");
}

/// An error by POST is an answer to `response_mode=form_post`, which is never asked for: it is no page, and it changes nothing.
#[tokio::test]
async fn oidcc_client_test_form_post_error() {
    let mut stage = stage().await;
    stage.sign_in("bob").await;
    let before = stage.identity();
    let callback = stage.callback().await;
    let error = [("error", "access_denied"), ("state", "x")];
    let page = stage.browser.step(Visit::post(callback.url, &error)).await;
    assert_eq!((page.status.as_u16(), page.set_cookies()), (405, vec![]));
    assert_eq!(stage.identity(), before);
}

// The authorization response.

#[tokio::test]
async fn fapi2_client_test_invalid_authorization_response_iss() {
    rejects_callback("iss", Some("https://evil.example"), "issuer_mismatch").await;
}

#[tokio::test]
async fn fapi2_client_test_remove_authorization_response_iss() {
    rejects_callback("iss", None, "issuer_missing").await;
}

#[tokio::test]
async fn fapi2_client_test_ensure_authorization_response_with_invalid_state_fails() {
    rejects_callback("state", Some("invalid-invalid-invalid"), "attempt_missing").await;
}

#[tokio::test]
async fn fapi2_client_test_ensure_authorization_response_with_invalid_missing_state_fails() {
    rejects_callback("state", None, "state_missing").await;
}

// The ID token.

#[tokio::test]
async fn fapi2_client_test_invalid_missing_iss() {
    rejects("id_token_issuer", |f| f.claims.remove("iss")).await;
}

#[tokio::test]
async fn fapi2_client_test_invalid_missing_nonce() {
    rejects("id_token_nonce", |f| f.claims.remove("nonce")).await;
}

#[tokio::test]
async fn fapi2_client_test_invalid_missing_exp() {
    rejects("id_token_expired", |f| f.claims.remove("exp")).await;
}

#[tokio::test]
async fn fapi2_client_test_invalid_expired_exp() {
    rejects("id_token_expired", |f| f.claims.set("exp", 1_500_000_000)).await;
}

#[tokio::test]
async fn fapi2_client_test_invalid_secondary_aud() {
    rejects("id_token_audience", |f| {
        f.claims.set("aud", json!(["app", "https://other.example"]))
    })
    .await;
}

#[tokio::test]
async fn fapi1_client_test_iat_is_week_in_past() {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    let week = now.unwrap().as_secs() - 7 * 24 * 60 * 60;
    rejects("id_token_issued_at", |f| f.claims.set("iat", week)).await;
}

#[tokio::test]
async fn fapi2_client_test_invalid_null_alg() {
    rejects("id_token_algorithm", |f| {
        f.header.set("alg", "none");
        f.seal = Seal::Empty;
    })
    .await;
}

/// The provider lists RS256 and signs, correctly, by another algorithm.
#[tokio::test]
async fn fapi2_client_test_invalid_alternate_alg() {
    let mut stage = stage().await;
    stage.start("/auth/login").await;
    stage.provider.set(|f| f.alg = "PS256");
    let callback = stage.callback().await;
    stage.home(callback, "id_token_algorithm").await;
    assert_eq!(stage.provider.count("userinfo"), 0);
}

#[tokio::test]
async fn fapi2_client_test_valid_aud_as_array() {
    accepts(|f| f.claims.set("aud", json!(["app"]))).await;
}

// The token endpoint.

#[tokio::test]
async fn fapi2_client_test_token_type_case_insensitivity() {
    accepts(|f| f.token_response.set("token_type", "bEARER")).await;
}

#[tokio::test]
async fn fapi2_client_test_token_endpoint_response_without_expires_in() {
    accepts(|f| f.token_response.remove("expires_in")).await;
}

#[tokio::test]
async fn fapi1_client_test_no_scope_in_token_endpoint_response() {
    accepts(|f| f.token_response.remove("scope")).await;
}

// Logout, as far as it comes back to us.

/// Signs in and out, with what the provider does to the way back; the visitor must end at home and logged out, without an error.
async fn comes_back_from_logout(change: impl FnOnce(&mut Visit)) {
    let mut stage = stage().await;
    stage.sign_in("ada").await;
    let logout = Visit::get(stage.browser.url("/auth/logout"));
    let out = stage.browser.step(logout).await.next().unwrap();
    assert!(
        out.url
            .as_str()
            .starts_with(&stage.provider.url("/logout?"))
    );
    let mut back = stage.browser.step(out).await.next().unwrap();
    assert!(
        back.url
            .as_str()
            .starts_with("http://localhost:8501/oauth2callback")
    );
    change(&mut back);

    stage.silently_home(back).await;

    assert_eq!(stage.who().await, "nobody");
    assert_eq!(stage.provider.complaints(), [""; 0]);
}

#[tokio::test]
async fn oidcc_client_test_rp_init_logout() {
    comes_back_from_logout(|_| ()).await;
}

#[tokio::test]
async fn oidcc_client_test_rp_init_logout_other_state() {
    comes_back_from_logout(|back| back.url.set_query(Some("state=other"))).await;
}

#[tokio::test]
async fn oidcc_client_test_rp_init_logout_no_state() {
    comes_back_from_logout(|back| back.url.set_query(None)).await;
}

/// `/auth/login` is the `initiate_login_uri`: another site may send a visitor there, and decides nothing but that.
#[tokio::test]
async fn oidcc_client_test_3rd_party_init_login() {
    let mut stage = stage().await;
    let issuer = stage.provider.issuer();
    let mut visit = Visit::get(stage.browser.url("/auth/login"));
    visit.url.query_pairs_mut().extend_pairs([
        ("iss", issuer.as_str()),
        ("login_hint", "eve"),
        ("target_link_uri", "https://evil.example/"),
    ]);
    let other_site = Url::parse("https://portal.example/").unwrap();

    let page = stage.browser.follow(visit.started_by(other_site)).await;

    assert_eq!(
        (page.path(), page.text().as_str()),
        ("/", "ada"),
        "{page:?}"
    );
    let asked = stage.provider.requests("authorize").remove(0);
    assert_eq!(asked.parameter("login_hint"), None);
}
