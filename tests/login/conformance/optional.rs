//! Modules of the other plans that apply to a code flow. The FAPI modules are those that
//! `openid-client` runs.

use serde_json::json;
use url::Url;

use super::{accepts, rejects, rejects_callback, test_app};
use support::{TokenSignature, Visit};

#[tokio::test]
async fn oidcc_client_test_missing_aud() {
    rejects("id_token_audience", |f| f.claims.remove("aud")).await;
}

#[tokio::test]
async fn oidcc_client_test_invalid_sig_es256() {
    rejects("id_token_signature", |f| {
        (f.alg, f.signature) = ("ES256", TokenSignature::Flipped)
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
    let app = accepts(|_| ()).await;
    let asked = app.provider.requests("authorize").remove(0);
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

/// Rejected with a separate error code, because the signature of the response is not verified.
#[tokio::test]
async fn oidcc_client_test_userinfo_signed() {
    let mut app = test_app().await;
    app.provider.set(|f| f.userinfo_signed = true);
    let callback = app.callback().await;
    let detail = app.rejection_log(callback, "userinfo_refused").await;
    assert!(detail.contains("signed JWT"), "{detail}");
}

/// A POST is a response to `response_mode=form_post`, which this app did not request, so it changes
/// nothing.
#[tokio::test]
async fn oidcc_client_test_form_post_error() {
    let mut app = test_app().await;
    app.sign_in("bob").await;
    let before = app.identity();
    let callback = app.callback().await;
    let error = [("error", "access_denied"), ("state", "x")];
    let page = app.browser.step(Visit::post(callback.url, &error)).await;
    assert_eq!((page.status.as_u16(), page.set_cookies()), (405, vec![]));
    assert_eq!(app.identity(), before);
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
        f.signature = TokenSignature::Empty;
    })
    .await;
}

/// The provider lists RS256 and signs with another algorithm.
#[tokio::test]
async fn fapi2_client_test_invalid_alternate_alg() {
    let mut app = test_app().await;
    app.start("/auth/login").await;
    app.provider.set(|f| f.alg = "PS256");
    let callback = app.callback().await;
    app.assert_rejected(callback, "id_token_algorithm").await;
    assert_eq!(app.provider.count("userinfo"), 0);
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

// Logout, as far as the app is involved.

/// Logs in and out with a modified redirect of the provider. The user must end up on the start
/// page, logged out, without an error.
async fn comes_back_from_logout(change: impl FnOnce(&mut Visit)) {
    let mut app = test_app().await;
    app.sign_in("ada").await;
    let logout = Visit::get(app.browser.url("/auth/logout"));
    let out = app.browser.step(logout).await.next().unwrap();
    assert!(out.url.as_str().starts_with(&app.provider.url("/logout?")));
    let mut back = app.browser.step(out).await.next().unwrap();
    assert!(
        back.url
            .as_str()
            .starts_with("http://localhost:8501/oauth2callback")
    );
    change(&mut back);

    app.assert_redirected_home(back).await;

    assert_eq!(app.current_user().await, "nobody");
    assert_eq!(app.provider.violations(), [""; 0]);
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

/// `/auth/login` is the `initiate_login_uri`: another site may start a login but cannot set any
/// other parameter.
#[tokio::test]
async fn oidcc_client_test_3rd_party_init_login() {
    let mut app = test_app().await;
    let issuer = app.provider.issuer();
    let mut visit = Visit::get(app.browser.url("/auth/login"));
    visit.url.query_pairs_mut().extend_pairs([
        ("iss", issuer.as_str()),
        ("login_hint", "eve"),
        ("target_link_uri", "https://evil.example/"),
    ]);
    let other_site = Url::parse("https://portal.example/").unwrap();

    let page = app.browser.follow(visit.started_by(other_site)).await;

    assert_eq!(
        (page.path(), page.text().as_str()),
        ("/", "ada"),
        "{page:?}"
    );
    let asked = app.provider.requests("authorize").remove(0);
    assert_eq!(asked.parameter("login_hint"), None);
}
