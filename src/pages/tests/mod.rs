//! Tests of the rendered pages: size, safety, languages and the developer part.

mod developer;

use std::sync::Arc;

use axum::{
    body::{Body, to_bytes},
    http::{
        Request,
        header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, VARY},
    },
    response::Response,
};
use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};

use super::{layout::STYLE, *};
use crate::{
    config::Config,
    request::RequestContext,
    state::{AuthState, Hooks},
};

const LOOPBACK: &str = "http://localhost:8501/oauth2callback";
const PUBLIC: &str = "https://app.example/base/oauth2callback";
const HOSTILE: &str = "</title><script>alert(\"1\")</script>'&<!--";

/// Returns a request to an app with `more` in the `[auth]` table of its secrets.toml.
fn context(redirect_uri: &str, more: &str, languages: &str) -> Arc<RequestContext> {
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
    let state = AuthState::new(Config::from_toml(&toml).unwrap(), Hooks::default());
    let request = Request::get("http://localhost:8501/report").header("accept-language", languages);
    RequestContext::new(Arc::new(state), &request.body(Body::empty()).unwrap())
}

fn details(detail: &str) -> Details {
    Details {
        retry: Some(Retry {
            action: "/auth/login/google".to_owned(),
            next: Some(format!("/report?q={HOSTILE}")),
        }),
        reference: "AbC_-123".to_owned(),
        largest_claims: vec![(HOSTILE.to_owned(), 4000), ("groups".to_owned(), 3000)],
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

fn hostile_form() -> HeldForm {
    HeldForm {
        action: "/save?a=1&b=2".to_owned(),
        login: "/auth/login?next=%2F".to_owned(),
        fields: vec![(HOSTILE.to_owned(), HOSTILE.to_owned())],
    }
}

async fn html(response: Response) -> String {
    let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
    String::from_utf8(body.to_vec()).unwrap()
}

/// Renders every page in the language of `context`.
async fn every_page(context: &RequestContext) -> Vec<String> {
    let long = format!("/report?q={HOSTILE}{}", "x".repeat(300));
    let mut pages = vec![
        html(sign_in(context, choices(), Some(long), None)).await,
        html(sign_in(context, choices(), None, None)).await,
        html(signed_out(context, Some(HOSTILE))).await,
        html(signed_out(context, None)).await,
        html(held_form(context, hostile_form())).await,
    ];
    for &code in ErrorCode::ALL {
        pages.push(html(error(context, code, details(&HOSTILE.repeat(5)))).await);
    }
    pages
}

#[tokio::test]
async fn pages_are_small_and_self_contained() {
    for locale in locales::ALL {
        let context = context(LOOPBACK, "", locale.lang);
        for page in every_page(&context).await {
            assert!(page.len() < 8 * 1024, "{} bytes:\n{page}", page.len());
            let root = format!(r#"<html lang="{}" dir="{}">"#, locale.lang, locale.dir);
            assert!(page.contains(&root), "{page}");
            let markup = page.replace(STYLE, "");
            for forbidden in [
                "<script",
                "<link",
                "<img",
                "<iframe",
                " src=",
                " style=",
                " onclick=",
            ] {
                assert!(!markup.contains(forbidden), "{forbidden}:\n{page}");
            }
            for forbidden in ["@import", "url("] {
                assert!(!STYLE.contains(forbidden), "{forbidden}");
            }
            assert_eq!(page.matches("<h1>").count(), 1, "{page}");
            let text = markup.split("<section").next().unwrap();
            assert!(!text.contains('{'), "a placeholder is left:\n{page}");
        }
    }
}

#[tokio::test]
async fn translated_pages_contain_no_english() {
    for locale in &locales::ALL[1..] {
        let context = context(PUBLIC, "app_name = \"A\"", locale.lang);
        for &code in ErrorCode::ALL {
            let page = html(error(&context, code, details("detail for the log"))).await;
            assert!(page.contains(code.text(locale).message), "{page}");
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
async fn untrusted_text_is_escaped() {
    let hostile = format!("app_name = '''{HOSTILE}'''");
    for locale in [locales::ALL[0], locales::ALL[7]] {
        for page in every_page(&context(LOOPBACK, &hostile, locale.lang)).await {
            assert!(!page.contains("<script"), "{page}");
            assert!(!page.contains("<!--"), "{page}");
            assert_eq!(page.matches("</title>").count(), 1, "{page}");
            assert!(page.contains("&lt;script"), "{page}");
        }
    }
}

#[tokio::test]
async fn content_security_policy_allows_own_style_only() {
    let response = sign_in(&context(LOOPBACK, "", "en"), choices(), None, None);
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
async fn sign_in_page_marks_unreachable_provider() {
    let context = context(PUBLIC, "", "en");
    let page = html(sign_in(
        &context,
        choices(),
        Some("/base/report".to_owned()),
        None,
    ))
    .await;

    assert!(
        page.contains("You then continue to <code>/base/report</code>."),
        "{page}"
    );
    assert!(
        page.contains(r#"name="next" value="/base/report""#),
        "{page}"
    );
    assert_eq!(
        page.matches("Not responding at the moment").count(),
        1,
        "{page}"
    );
    assert!(page.contains("<bdi>Google</bdi></button>"), "{page}");

    let page = html(sign_in(
        &context,
        choices(),
        Some(format!("/{}", "x".repeat(500))),
        None,
    ))
    .await;
    assert!(
        page.contains(&format!("/{}…</code>", "x".repeat(59))),
        "{page}"
    );
}

#[tokio::test]
async fn signed_out_page_names_active_provider() {
    let context = context(PUBLIC, "", "fr");
    let page = html(signed_out(&context, Some("Google"))).await;
    assert!(page.contains("chez <bdi>Google</bdi> est"), "{page}");
    assert!(page.contains(r#"href="/base/""#), "{page}");
    assert!(
        !html(signed_out(&context, None))
            .await
            .contains("chez <bdi>")
    );
}
