//! The part of an error page for the developer.

use super::*;

#[tokio::test]
async fn developer_details_are_shown_on_loopback_only() {
    let page = html(error(
        &context(LOOPBACK, "", "de"),
        ErrorCode::ClientRefused,
        details("the token endpoint responded with \"invalid_client\""),
    ))
    .await;
    for part in [
        "<section class=\"developer\" lang=\"en\" dir=\"ltr\"",
        "<code>client_refused</code>",
        "the token endpoint responded with &quot;invalid_client&quot;",
        "<code>auth.google.client_secret</code>, line 7",
        "<dt>Paste into <code>[auth.google]</code></dt><dd><pre>client_kwargs = { token_endpoint_auth_method = &quot;client_secret_post&quot; }</pre>",
    ] {
        assert!(page.contains(part), "{part}:\n{page}");
    }
    let page = html(error(
        &context(PUBLIC, "", "en"),
        ErrorCode::ClientRefused,
        details("the token endpoint responded with"),
    ))
    .await;
    for part in [
        "developer\"",
        "client_refused",
        "token endpoint",
        "google.client",
    ] {
        assert!(!page.contains(part), "{part}:\n{page}");
    }
}

#[tokio::test]
async fn developer_details_name_key_but_no_secret() {
    for &error_code in ErrorCode::ALL {
        let page = html(error(
            &context(LOOPBACK, "", "en"),
            error_code,
            details("why"),
        ))
        .await;
        let code = format!("<code>{}</code>", error_code.code());
        assert!(
            page.contains(&code) && page.contains("<dt>Fix</dt>"),
            "{page}"
        );
        assert!(!page.contains("canary"), "{page}");
        // A key that is not in the file is shown with the line of its table.
        assert_eq!(
            page.contains("<dt>Key</dt>"),
            page.contains("</code>, line "),
            "{page}"
        );
    }
}

#[tokio::test]
async fn suggested_line_contains_known_values() {
    let context = context(LOOPBACK, "", "en");
    let example = async |code, issuer: Option<&str>| {
        let mut details = details("why");
        details.hints.issuer = issuer.map(str::to_owned);
        let page = html(error(&context, code, details)).await;
        let pre = page
            .split_once("<pre>")
            .map(|(_, rest)| rest.split_once("</pre>").unwrap().0);
        pre.map(str::to_owned)
    };

    assert_eq!(
        example(ErrorCode::RedirectUriRefused, None).await.unwrap(),
        LOOPBACK
    );
    assert_eq!(
        example(ErrorCode::DiscoveryIssuer, Some("https://id.example/"))
            .await
            .unwrap(),
        "server_metadata_url = &quot;https://id.example/.well-known/openid-configuration&quot;"
    );
    assert_eq!(
        example(ErrorCode::DiscoveryIssuer, Some(HOSTILE)).await,
        None
    );
    assert_eq!(example(ErrorCode::ProviderDown, None).await, None);
}
