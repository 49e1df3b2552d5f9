//! Error pages, the sign-in page, and the sign-in page of an app.

mod app_errors;
mod custom_sign_in;
mod provider_errors;

use axum::{Router, http::StatusCode, routing::get};
use axum_streamlit_auth::{AuthLayer, User, require_login};
use support::{
    Behaviour, Browser, Log, ORIGIN, Page, Provider, Visit, secrets, secrets_at, two_providers,
};
use tracing::Level;

/// `/` returns `sub`, `/guarded` requires a login, `/admin` rejects all users.
fn app_with(auth: AuthLayer) -> Router {
    Router::new()
        .route("/admin", get(|| async { "admin" }))
        .route_layer(require_login().when(|_| false))
        .merge(
            Router::new()
                .route("/guarded", get(|| async { "guarded" }))
                .route_layer(require_login()),
        )
        .route(
            "/",
            get(|user: User| async move { user.get_str("sub").unwrap_or_default().to_owned() }),
        )
        .layer(auth)
}

fn app(toml: &str) -> Router {
    app_with(AuthLayer::from_toml(toml).unwrap_or_else(|error| panic!("{error}\n{toml}")))
}

/// The error code in the developer part of a page.
fn error_code(page: &Page) -> String {
    let text = page.text();
    let code = text.split_once("<dt>Cause</dt><dd><code>");
    let (_, rest) = code.unwrap_or_else(|| panic!("no cause:\n{page:?}"));
    rest.split('<').next().unwrap().to_owned()
}

/// Asserts that the page has a title, a reference and links, and the error code in the developer
/// part.
fn assert_error_page(page: &Page, code: &str) {
    assert_eq!(error_code(page), code, "{page:?}");
    let text = page.text();
    assert!(page.status.as_u16() >= 400, "{page:?}");
    for part in [
        "<h1>",
        "Reference for support: <code",
        "<dt>Fix</dt>",
        "Go to the start page",
    ] {
        assert!(text.contains(part), "{part}:\n{page:?}");
    }
    // No login is offered if another login cannot help.
    let in_vain = [
        "unknown_provider",
        "not_a_page",
        "other_origin",
        "session_unknown",
    ]
    .contains(&code);
    assert_eq!(
        text.contains(">Sign in again</button>"),
        !in_vain,
        "{page:?}"
    );
    let is_outage = page.status == StatusCode::SERVICE_UNAVAILABLE;
    assert_eq!(page.header("retry-after").is_some(), is_outage, "{page:?}");
    assert!(!text.contains("<script"), "{page:?}");
    assert!(text.len() < 8 * 1024, "{} bytes", text.len());
}

/// ERROR for operators, WARN for users, INFO if the request was not a login.
#[tokio::test]
async fn log_level_follows_responsibility() {
    let provider = Provider::start().await;
    let mut browser = Browser::new(app(&secrets(&provider).toml()), ORIGIN);
    let weights = [
        ("provider_down", Level::ERROR),
        ("too_large", Level::ERROR),
        ("cancelled", Level::WARN),
        ("unknown_provider", Level::WARN),
        ("not_a_page", Level::INFO),
        ("forbidden", Level::INFO),
    ];
    for (code, level) in weights {
        let log = Log::start();
        let page = match code {
            "unknown_provider" => browser.get("/auth/login/nobody").await,
            "not_a_page" => browser.fetch("/auth/login").await,
            "forbidden" => {
                browser.get("/auth/login").await;
                browser.get("/admin").await
            }
            _ => {
                provider.set(|f| match code {
                    "provider_down" => f.discovery = Behaviour::HangUp,
                    "too_large" => f.claims.set("groups", "x".repeat(50_000)),
                    _ => f.deny("access_denied", ""),
                });
                browser.serve(app(&secrets(&provider).toml()), ORIGIN);
                browser.get("/auth/login").await
            }
        };
        provider.clear_faults();
        assert_error_page(&page, code);
        let mut lines = log.lines();
        lines.retain(|line| line.text.contains(&format!("reason={code:?}")));
        let levels: Vec<Level> = lines.iter().map(|line| line.level).collect();
        assert_eq!(levels, [level], "{code}: {lines:?}");
    }
}

/// On a public host the page has no developer part, so the log names the key and line.
#[tokio::test]
async fn log_names_key_and_line_of_failure() {
    for origin in [ORIGIN, "https://app.example"] {
        let provider = Provider::start().await;
        let toml = secrets_at(&provider, origin).toml();
        let line = |key: &str| {
            let start = format!("{key} = ");
            let line = toml.lines().position(|line| line.starts_with(&start));
            line.unwrap_or_else(|| panic!("{key}: {toml}")) + 1
        };
        let mut browser = Browser::new(app(&toml), origin);
        for (code, key, error) in [
            ("client_refused", "client_secret", "invalid_client"),
            (
                "redirect_uri_refused",
                "redirect_uri",
                "redirect_uri_mismatch",
            ),
            ("client_not_allowed", "client_id", "unauthorized_client"),
        ] {
            provider.set(|f| f.token = Behaviour::Json(400, serde_json::json!({ "error": error })));
            let log = Log::start();
            let page = browser.get("/auth/login").await;
            assert_eq!(page.status, 400, "{page:?}");
            let lines = log.lines();
            let refused = lines
                .iter()
                .find(|line| line.text.contains("login refused"));
            let refused = refused.unwrap_or_else(|| panic!("{lines:?}"));
            for words in [
                format!("reason={code:?}"),
                format!("key=\"auth.{key}\""),
                format!("location=\"line {}\"", line(key)),
            ] {
                assert!(refused.text.contains(&words), "{words}: {refused:?}");
            }
            provider.clear_faults();
        }
    }
}

#[tokio::test]
async fn page_shows_app_name_or_host() {
    let provider = Provider::start().await;
    for (line, name) in [
        ("", "localhost"),
        ("app_name = \"Ada & Co\"", "Ada &amp; Co"),
    ] {
        let toml = secrets(&provider).auth(line).toml();
        let page = Browser::new(app(&toml), ORIGIN)
            .get("/auth/login/nobody")
            .await;
        let (title, head) = (format!(" - {name}</title>"), format!("<bdi>{name}</bdi>"));
        assert!(
            page.text().contains(&title) && page.text().contains(&head),
            "{page:?}"
        );
    }
}

#[tokio::test]
async fn page_uses_accepted_language() {
    let provider = Provider::start().await;
    let mut browser = Browser::new(app(&secrets(&provider).toml()), ORIGIN);
    for (languages, root) in [
        ("ar-EG, en;q=0.5", r#"<html lang="ar" dir="rtl">"#),
        ("xx, fr-CA;q=0.9", r#"<html lang="fr" dir="ltr">"#),
        ("xx", r#"<html lang="en" dir="ltr">"#),
    ] {
        let visit = Visit::get(browser.url("/auth/login/nobody"));
        let page = browser
            .step(visit.header("accept-language", languages))
            .await;
        assert_eq!(page.status, 404);
        assert!(page.text().contains(root), "{page:?}");
        assert_eq!(page.header("vary"), Some("Accept-Language"));
    }
}

#[tokio::test]
async fn failed_provider_is_marked_without_request() {
    let (one, two) = (Provider::start().await, Provider::start().await);
    let mut browser = Browser::new(app(&two_providers(&one, &two).toml()), ORIGIN);
    const MARK: &str = "Not responding at the moment";
    let asked = || two.count("discovery");

    let page = browser.get("/auth/login").await;
    assert!(!page.text().contains(MARK), "{page:?}");
    assert_eq!(asked(), 0);

    two.set(|f| f.discovery = Behaviour::Html(500));
    assert_eq!(
        error_code(&browser.get("/auth/login/two").await),
        "provider_status"
    );
    let before = asked();
    let page = browser.get("/auth/login").await;
    assert_eq!(page.text().matches(MARK).count(), 1, "{page:?}");
    assert!(
        page.text()
            .contains(&format!("<bdi>Two</bdi><small>{MARK}")),
        "{page:?}"
    );
    assert_eq!(asked(), before);

    two.clear_faults();
    // A failure is cached for a second.
    tokio::time::pause();
    tokio::time::advance(std::time::Duration::from_millis(1100)).await;
    tokio::time::resume();
    browser.get("/auth/login/two").await;
    let page = browser.get("/auth/login").await;
    assert!(!page.text().contains(MARK), "{page:?}");
}

#[tokio::test]
async fn developer_details_name_file_and_line() {
    let provider = Provider::start().await;
    provider
        .set(|f| f.token = Behaviour::Json(401, serde_json::json!({ "error": "invalid_client" })));
    let toml = secrets(&provider).toml();
    let line = toml
        .lines()
        .position(|line| line.starts_with("client_secret"))
        .unwrap()
        + 1;
    let path = std::env::temp_dir().join(format!("pages-{}.toml", std::process::id()));
    std::fs::write(&path, &toml).unwrap();
    let auth = AuthLayer::from_path(&path).unwrap();
    std::fs::remove_file(&path).unwrap();

    let page = Browser::new(app_with(auth), ORIGIN)
        .get("/auth/login")
        .await;

    let place = format!(
        "<code>auth.client_secret</code>, {}:{line}</dd>",
        path.display()
    );
    assert!(page.text().contains(&place), "{place}:\n{page:?}");
    assert!(!page.text().contains(&provider.registered().secret));
}
