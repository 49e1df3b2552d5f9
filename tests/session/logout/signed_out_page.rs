//! `signed_out_page = true`: a final page, because a guarded start page would log the user in
//! again.

use super::ada;

#[tokio::test]
async fn page_names_provider_with_active_session() {
    let lines = "signed_out_page = true\nprovider_logout = false\nlabel = \"The Lab\"";
    let (_provider, mut browser) = ada(|secrets| secrets.auth(lines)).await;

    let page = browser.post("/auth/logout", &[]).await;

    assert_eq!((page.path(), page.status.as_u16()), ("/auth/logout", 200));
    assert!(
        page.text().contains("You may still be signed in at"),
        "{page:?}"
    );
    assert!(page.text().contains("The Lab"), "{page:?}");
    assert_eq!(browser.get("/").await.text(), "nobody");
}

#[tokio::test]
async fn signed_out_page_is_shown_after_provider_logout() {
    let (provider, mut browser) = ada(|secrets| secrets.auth("signed_out_page = true")).await;

    let page = browser.post("/auth/logout", &[]).await;

    assert_eq!(provider.count("logout"), 1);
    assert_eq!(
        (page.path(), page.status.as_u16()),
        ("/oauth2callback", 200)
    );
    assert!(
        !page.text().contains("You may still be signed in at"),
        "{page:?}"
    );
}
