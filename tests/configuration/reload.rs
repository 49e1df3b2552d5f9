//! Changes to secrets.toml take effect without a restart and log no user out.

use std::{
    path::{Path, PathBuf},
    sync::atomic::{AtomicUsize, Ordering},
    time::Duration,
};

use axum::{
    Json, Router,
    body::Body,
    http::{HeaderMap, Request, StatusCode, header},
    routing::get,
};
use axum_streamlit_auth::{AuthLayer, TestUser, User};
use tower::ServiceExt;

use support::eventually;

const OLD: &str = "m2Rk8vT5qX1cZ7nW4jL9pY3sD6hF0gBa";
const NEW: &str = "U5tG1eK9oN3xB7iQ2wM8rC6zV4lP0yHd";

/// A secrets.toml for each test.
struct File(PathBuf);

impl File {
    fn new(name: &str, text: &str) -> Self {
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("reload-{name}.toml"));
        let file = Self(path);
        file.write(text);
        file
    }

    fn write(&self, text: &str) {
        std::fs::write(&self.0, text).unwrap();
    }
}

fn secrets(secret: &str, more: &str) -> String {
    format!(
        "[auth]\nredirect_uri = \"http://localhost:8501/oauth2callback\"\ncookie_secret = {secret:?}\n{more}\n{}{}",
        provider("one"),
        provider("other")
    )
}

fn provider(name: &str) -> String {
    format!(
        "[auth.{name}]\nclient_id = \"c\"\nclient_secret = \"a secret of the client\"\n\
         server_metadata_url = \"https://{name}.example/.well-known/openid-configuration\"\n"
    )
}

fn app(auth: &AuthLayer) -> Router {
    Router::new()
        .route("/me", get(async |user: User| Json(user)))
        .layer(auth.clone())
}

async fn ask(app: &Router, uri: &str, cookies: &str) -> (StatusCode, HeaderMap, String) {
    let request = Request::get(uri)
        .header(header::COOKIE, cookies)
        .header(header::ACCEPT, "text/html");
    let request = request.body(Body::empty()).unwrap();
    let response = app.clone().oneshot(request).await.unwrap();
    let (status, headers) = (response.status(), response.headers().clone());
    (status, headers, support::text(response).await)
}

async fn is_known(app: &Router, cookies: &str) -> bool {
    ask(app, "/me", cookies).await.2.contains("\"sub\"")
}

/// Calls `question` until it returns true. A thread of the layer polls the file, so an edit takes
/// effect within two seconds of real time.
async fn soon(question: impl AsyncFnMut() -> bool) {
    eventually("the effect of an edit", question).await;
}

#[tokio::test]
async fn secret_rotation_keeps_users_signed_in() {
    let file = File::new("rotate", &secrets(OLD, ""));
    let auth = AuthLayer::from_path(&file.0).unwrap();
    let (app, other) = (app(&auth), app(&auth));
    let cookie = TestUser::new("ada").cookie(&auth);
    assert!(is_known(&app, &cookie).await);

    file.write(&secrets(NEW, &format!("cookie_secrets_old = [{OLD:?}]")));
    auth.reload().unwrap();
    let (_, headers, body) = ask(&app, "/me", &cookie).await;
    assert!(body.contains("\"sub\""), "the user must stay logged in");
    let set = headers[header::SET_COOKIE].to_str().unwrap();
    let renewed = set.split(';').next().unwrap();

    // All clones use the new configuration, and the renewal is valid with the identity.
    let renewed = format!("{cookie}; {renewed}");
    assert!(
        ask(&other, "/me", &cookie)
            .await
            .1
            .contains_key(header::SET_COOKIE)
    );
    file.write(&secrets(NEW, ""));
    auth.reload().unwrap();
    assert!(is_known(&app, &renewed).await && is_known(&other, &renewed).await);
    assert!(!is_known(&app, &cookie).await);
}

/// Together, because each waits for the thread that reads the files.
#[cfg(unix)]
#[tokio::test]
async fn files_are_followed() {
    tokio::join!(
        idle_app_applies_edit(),
        invalid_edit_keeps_previous_configuration(),
        replaced_mounted_secret_is_reloaded(),
    );
}

/// Edits are detected without requests, so that the first request after an edit uses the new
/// configuration.
async fn idle_app_applies_edit() {
    let file = File::new("idle", &secrets(OLD, ""));
    let auth = AuthLayer::from_path(&file.0).unwrap();
    let app = app(&auth);
    file.write(&secrets(OLD, "app_name = \"Reports\"").replace("8501", "8502"));
    soon(async || format!("{auth:?}").contains("localhost:8502")).await;
    assert!(ask(&app, "/auth/login", "").await.2.contains("Reports"));
}

#[tokio::test]
async fn added_provider_is_available() {
    let file = File::new("provider", &secrets(OLD, ""));
    let auth = AuthLayer::from_path(&file.0).unwrap();
    let app = app(&auth);
    let cookie = TestUser::new("ada").cookie(&auth);
    assert_eq!(
        ask(&app, "/auth/login/two", "").await.0,
        StatusCode::NOT_FOUND
    );

    file.write(&(secrets(OLD, "app_name = \"Reports\"") + &provider("two")));
    auth.reload().unwrap();

    let page = ask(&app, "/auth/login", "").await.2;
    for text in ["Reports", "/auth/login/one", "/auth/login/two"] {
        assert!(page.contains(text), "{page}");
    }
    assert!(is_known(&app, &cookie).await);
}

async fn invalid_edit_keeps_previous_configuration() {
    let log = support::Log::start();
    let edits = [
        "",
        "[auth",
        "[auth]\nredirect_uri = 1\n",
        &secrets("short", ""),
    ];
    let apps = edits.map(|_| {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let file = File::new(&format!("broken-{number}"), &secrets(OLD, ""));
        let auth = AuthLayer::from_path(&file.0).unwrap();
        (app(&auth), TestUser::new("ada").cookie(&auth), auth, file)
    });
    for (edit, (.., file)) in edits.iter().zip(&apps) {
        file.write(edit);
    }
    for (app, cookie, auth, file) in &apps {
        let path = file.0.to_str().unwrap();
        soon(async || {
            assert!(is_known(app, cookie).await);
            let mut lines = log.all().into_iter();
            lines.any(|line| {
                line.text.contains("configuration reload failed") && line.text.contains(path)
            })
        })
        .await;
        let error = auth.reload().unwrap_err().to_string();
        assert!(!error.contains("short\""), "{error}");
        assert!(is_known(app, cookie).await);

        std::fs::remove_file(path).unwrap();
        assert!(auth.reload().is_err());
        assert!(is_known(app, cookie).await);

        file.write(&secrets(NEW, ""));
        auth.reload().unwrap();
        assert!(!is_known(app, cookie).await);
    }
}

#[tokio::test]
async fn reload_keeps_cached_provider_state() {
    let provider = support::Provider::start().await;
    let text = support::secrets(&provider);
    let file = File::new("caches", &text.toml());
    let auth = AuthLayer::from_path(&file.0).unwrap();
    let app = app(&auth);
    let discoveries = || provider.count("discovery");
    ask(&app, "/auth/login", "").await;
    assert_eq!(discoveries(), 1);

    file.write(&text.clone().auth("app_name = \"Reports\"").toml());
    auth.reload().unwrap();
    ask(&app, "/auth/login", "").await;
    assert_eq!(discoveries(), 1);

    file.write(&text.line("label = \"Another\"").toml());
    auth.reload().unwrap();
    ask(&app, "/auth/login", "").await;
    assert_eq!(discoveries(), 2);
}

/// The development provider moves to the new address with its app.
#[tokio::test]
async fn development_provider_follows_redirect_uri() {
    let text = |port: u16| {
        format!(
            "[auth]\nredirect_uri = \"http://localhost:{port}/oauth2callback\"\ncookie_secret = {OLD:?}\nclient_id = \"c\"\nclient_secret = \"any\"\n\
             server_metadata_url = \"http://localhost:{port}/auth/dev/.well-known/openid-configuration\"\n"
        )
    };
    let file = File::new("development", &text(8501));
    let auth = AuthLayer::from_path(&file.0).unwrap();
    let app = app(&auth);
    for port in [8501, 8502] {
        file.write(&text(port));
        auth.reload().unwrap();
        let (_, headers, body) = ask(&app, "/auth/login", "").await;
        let location = headers
            .get(header::LOCATION)
            .unwrap_or_else(|| panic!("{body}"));
        let provider = format!("http://localhost:{port}/auth/dev/authorize?");
        assert!(
            location.to_str().unwrap().starts_with(&provider),
            "{location:?}"
        );
    }
}

#[tokio::test]
async fn sign_in_hook_survives_reload() {
    let provider = support::Provider::start().await;
    let text = support::secrets(&provider);
    let file = File::new("hook", &text.toml());
    let auth = AuthLayer::from_path(&file.0)
        .unwrap()
        .on_sign_in(|_| async { Err("Not today.".to_owned()) });
    let app = app(&auth);
    for name in ["localhost", "Reports"] {
        let mut browser = support::Browser::new(app.clone(), support::ORIGIN);
        let page = browser.get("/auth/login").await.text();
        assert!(page.contains("Not today.") && page.contains(name), "{page}");

        file.write(&text.clone().auth("app_name = \"Reports\"").toml());
        auth.reload().unwrap();
    }
}

#[tokio::test]
async fn clock_survives_reload() {
    let file = File::new("clock", &secrets(OLD, ""));
    let then = std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(2_000_000_000);
    let auth = AuthLayer::from_path(&file.0)
        .unwrap()
        .with_clock(move || then);
    let cookie = TestUser::new("ada").cookie(&auth);
    file.write(&secrets(OLD, "app_name = \"Reports\""));
    auth.reload().unwrap();
    assert!(is_known(&app(&auth), &cookie).await);

    let fixed = AuthLayer::from_toml(&secrets(OLD, "")).unwrap();
    fixed.reload().unwrap();
    assert!(is_known(&app(&fixed), &TestUser::new("ada").cookie(&fixed)).await);
}

/// Replaces a file as Kubernetes does for a volume: the name is a link to `..data`, which is a link
/// to the folder with the current values.
#[cfg(unix)]
fn swap(volume: &Path, version: &str, secret: &str) {
    let current = volume.join(version);
    std::fs::create_dir_all(&current).unwrap();
    std::fs::write(current.join("cookie_secret"), secret).unwrap();
    let next = volume.join("..data_tmp");
    std::os::unix::fs::symlink(version, &next).unwrap();
    std::fs::rename(next, volume.join("..data")).unwrap();
}

#[cfg(unix)]
async fn replaced_mounted_secret_is_reloaded() {
    let volume = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reload-volume");
    let _ = std::fs::remove_dir_all(&volume);
    std::fs::create_dir_all(&volume).unwrap();
    let mounted = volume.join("cookie_secret");
    std::os::unix::fs::symlink("..data/cookie_secret", &mounted).unwrap();
    swap(&volume, "..1", &format!("{OLD}\n"));

    let written = secrets(OLD, "");
    let line = format!("cookie_secret = {OLD:?}");
    let text = written.replace(&line, &format!("cookie_secret_file = {mounted:?}"));
    let file = File::new("mounted", &text);
    // A configuration from code also follows the files that it names.
    let value: serde_json::Value = toml::from_str(&text).unwrap();
    let layers = [
        AuthLayer::from_path(&file.0).unwrap(),
        AuthLayer::from_toml(&text).unwrap(),
        AuthLayer::from_value(&value).unwrap(),
    ];
    let old = TestUser::new("ada").cookie(&AuthLayer::from_toml(&written).unwrap());
    let written = written.replace(OLD, NEW);
    let new = TestUser::new("ada").cookie(&AuthLayer::from_toml(&written).unwrap());
    let apps = layers.each_ref().map(app);
    for app in &apps {
        assert!(is_known(app, &old).await && !is_known(app, &new).await);
    }

    swap(&volume, "..2", &format!("{NEW}\r\n"));
    for app in &apps {
        soon(async || is_known(app, &new).await).await;
        assert!(!is_known(app, &old).await);
    }

    // An unusable file changes nothing.
    swap(&volume, "..3", "");
    for (app, layer) in apps.iter().zip(&layers) {
        let error = layer.reload().unwrap_err().to_string();
        assert!(error.contains("the file is empty"), "{error}");
        assert!(is_known(app, &new).await);
    }
}
