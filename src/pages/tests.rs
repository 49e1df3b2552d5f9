//! The pages as a visitor gets them: size, safety, languages, and what a developer sees.

use std::sync::Arc;

use axum::{
    body::{Body, to_bytes},
    http::Request,
    response::Response,
};

use super::*;
use crate::{
    config::Config,
    site::{Site, Visit},
};

const LOOPBACK: &str = "http://localhost:8501/oauth2callback";
const PUBLIC: &str = "https://app.example/base/oauth2callback";
const HOSTILE: &str = "</title><script>alert(\"1\")</script>'&<!--";

/// One request to an app whose secrets.toml stands in lines 1 to 10; `more` is in its `[auth]`.
fn visit(redirect_uri: &str, more: &str, languages: &str) -> Visit {
    let toml = format!(
        r#"[auth]
redirect_uri = "{redirect_uri}"
cookie_secret = "canary-secret-kV7qT2mZ9xLbR4wYc8NfJ6hDs3G"
{more}
[auth.google]
client_id = "canary-id"
client_secret = "canary-client-secret"
server_metadata_url = "https://accounts.google.com/.well-known/openid-configuration"
client_kwargs = {{ scope = "openid email" }}
"#
    );
    let site = Site::new(Config::from_toml(&toml).unwrap());
    let request = Request::get("http://localhost:8501/report").header("accept-language", languages);
    Visit::new(Arc::new(site), &request.body(Body::empty()).unwrap())
}

fn details(detail: &str) -> Details {
    Details {
        retry: Some(Retry {
            action: "/auth/login/google".to_owned(),
            next: Some(format!("/report?q={HOSTILE}")),
        }),
        reference: "AbC_-123".to_owned(),
        largest: vec![(HOSTILE.to_owned(), 4000), ("groups".to_owned(), 3000)],
        detail: detail.to_owned(),
        provider: Some("google".to_owned()),
        ..Details::default()
    }
}

fn choices() -> Vec<Choice> {
    let choice = |label: &str, unreachable| Choice {
        label: label.to_owned(),
        action: "/auth/login/x".to_owned(),
        unreachable,
    };
    vec![choice("Google", false), choice(HOSTILE, true)]
}

async fn html(response: Response) -> String {
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

/// Every page there is, in the languages of `visit`.
async fn every_page(visit: &Visit) -> Vec<String> {
    let long = format!("/report?q={HOSTILE}{}", "x".repeat(300));
    let mut pages = vec![
        html(sign_in(visit, choices(), Some(long))).await,
        html(sign_in(visit, choices(), None)).await,
        html(signed_out(visit, Some(HOSTILE))).await,
        html(signed_out(visit, None)).await,
    ];
    for cause in Cause::ALL {
        pages.push(html(error(visit, *cause, details(&HOSTILE.repeat(5)))).await);
    }
    pages
}

#[tokio::test]
async fn every_page_is_small_and_self_contained_in_every_language() {
    for texts in texts::ALL {
        let visit = visit(LOOPBACK, "", texts.lang);
        for page in every_page(&visit).await {
            assert!(page.len() < 8 * 1024, "{} bytes:\n{page}", page.len());
            let root = format!(r#"<html lang="{}" dir="{}">"#, texts.lang, texts.dir);
            assert!(page.contains(&root), "{page}");
            let markup = page.replace(STYLE, "");
            for loads in [
                "<script",
                "<link",
                "<img",
                "<iframe",
                " src=",
                " style=",
                " onclick=",
            ] {
                assert!(!markup.contains(loads), "{loads}:\n{page}");
            }
            for loads in ["@import", "url("] {
                assert!(!STYLE.contains(loads), "{loads}");
            }
            assert_eq!(page.matches("<h1>").count(), 1, "{page}");
            let text = markup.split("<section").next().unwrap();
            assert!(!text.contains('{'), "a placeholder is left:\n{page}");
        }
    }
}

#[tokio::test]
async fn no_english_is_left_on_a_page_in_another_language() {
    for texts in &texts::ALL[1..] {
        let visit = visit(PUBLIC, "app_name = \"A\"", texts.lang);
        for cause in Cause::ALL {
            let page = html(error(&visit, *cause, details("detail for the log"))).await;
            assert!(page.contains(cause.words(texts).what), "{page}");
            for english in [
                "ign in",
                "ign-in",
                " the ",
                " you ",
                "Go to",
                "for support",
                "loopback",
            ] {
                let text = page.replace(STYLE, "");
                assert!(!text.contains(english), "{english}:\n{text}");
            }
        }
    }
}

#[tokio::test]
async fn what_comes_from_outside_is_escaped() {
    let hostile = format!("app_name = '''{HOSTILE}'''");
    for texts in [texts::ALL[0], texts::ALL[7]] {
        for page in every_page(&visit(LOOPBACK, &hostile, texts.lang)).await {
            assert!(!page.contains("<script"), "{page}");
            assert!(!page.contains("<!--"), "{page}");
            assert_eq!(page.matches("</title>").count(), 1, "{page}");
            assert!(page.contains("&#60;script"), "{page}");
        }
    }
}

#[tokio::test]
async fn the_policy_allows_the_one_style_sheet_and_nothing_else() {
    let response = sign_in(&visit(LOOPBACK, "", "en"), choices(), None);
    let policy = response.headers()[CONTENT_SECURITY_POLICY]
        .to_str()
        .unwrap();
    let (_, rest) = policy.split_once("style-src 'sha256-").unwrap();
    let hash = rest.split('\'').next().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none';"), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(response.headers()[VARY], "Accept-Language");
    assert_eq!(response.headers()[CACHE_CONTROL], "no-store");

    let page = html(response).await;
    let style = page.split_once("<style>").unwrap().1;
    let style = style.split_once("</style>").unwrap().0;
    assert_eq!(hash, BASE64_STANDARD.encode(Sha256::digest(style)));
}

#[tokio::test]
async fn the_developer_sees_cause_place_and_fix_on_loopback_alone() {
    let page = html(error(
        &visit(LOOPBACK, "", "de"),
        Cause::ClientRefused,
        details("the token endpoint answered \"invalid_client\""),
    ))
    .await;
    for part in [
        "<section class=\"developer\" lang=\"en\" dir=\"ltr\"",
        "<code>client_refused</code>",
        "the token endpoint answered &#34;invalid_client&#34;",
        "<code>auth.google.client_secret</code>, line 7",
        "<dt>Paste into <code>[auth.google]</code></dt><dd><pre>client_kwargs = { token_endpoint_auth_method = &#34;client_secret_post&#34; }</pre>",
    ] {
        assert!(page.contains(part), "{part}:\n{page}");
    }
    let page = html(error(
        &visit(PUBLIC, "", "en"),
        Cause::ClientRefused,
        details("the token endpoint answered"),
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
async fn every_cause_names_its_key_and_no_page_a_secret() {
    for cause in Cause::ALL {
        let page = html(error(&visit(LOOPBACK, "", "en"), *cause, details("why"))).await;
        let code = format!("<code>{}</code>", cause.code());
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
async fn a_line_to_paste_holds_what_the_app_knows() {
    let visit = visit(LOOPBACK, "", "en");
    let paste = async |cause, issuer: Option<&str>| {
        let mut details = details("why");
        details.hints.issuer = issuer.map(str::to_owned);
        let page = html(error(&visit, cause, details)).await;
        let pre = page
            .split_once("<pre>")
            .map(|(_, rest)| rest.split_once("</pre>").unwrap().0);
        pre.map(str::to_owned)
    };

    assert_eq!(
        paste(Cause::RedirectUriRefused, None).await.unwrap(),
        LOOPBACK
    );
    assert_eq!(
        paste(Cause::DiscoveryIssuer, Some("https://id.example/"))
            .await
            .unwrap(),
        "server_metadata_url = &#34;https://id.example/.well-known/openid-configuration&#34;"
    );
    assert_eq!(paste(Cause::DiscoveryIssuer, Some(HOSTILE)).await, None);
    assert_eq!(paste(Cause::ProviderDown, None).await, None);
}

#[tokio::test]
async fn the_sign_in_page_says_where_one_goes_and_who_does_not_answer() {
    let visit = visit(PUBLIC, "", "en");
    let page = html(sign_in(&visit, choices(), Some("/base/report".to_owned()))).await;

    assert!(
        page.contains("Afterwards you go on to <code>/base/report</code>."),
        "{page}"
    );
    assert!(
        page.contains(r#"name="next" value="/base/report""#),
        "{page}"
    );
    assert_eq!(
        page.matches("Not answering at the moment").count(),
        1,
        "{page}"
    );
    assert!(page.contains("<bdi>Google</bdi></button>"), "{page}");

    let page = html(sign_in(
        &visit,
        choices(),
        Some(format!("/{}", "x".repeat(500))),
    ))
    .await;
    assert!(
        page.contains(&format!("/{}…</code>", "x".repeat(59))),
        "{page}"
    );
}

#[tokio::test]
async fn the_signed_out_page_names_the_provider_that_may_still_know_the_visitor() {
    let visit = visit(PUBLIC, "", "fr");
    let page = html(signed_out(&visit, Some("Google"))).await;
    assert!(page.contains("chez <bdi>Google</bdi> est"), "{page}");
    assert!(page.contains(r#"href="/base/""#), "{page}");
    assert!(!html(signed_out(&visit, None)).await.contains("chez <bdi>"));
}
