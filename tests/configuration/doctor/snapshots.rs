//! Complete reports.

use std::fs;

use axum_streamlit_auth::{AuthLayer, CheckReport};
use insta::assert_snapshot;

use super::{Folder, assert_all_pass, check, valid_toml};
use support::{Auth, COOKIE_SECRET, ORIGIN, Provider, redact};

#[tokio::test]
async fn valid_setup_matches_snapshot() {
    let provider = Provider::start().await;
    provider.sign_with("RS256");
    let toml = valid_toml(&provider);
    let folder = Folder::new(&toml);
    let redacted = |report: String| {
        let issuer = provider.metadata_url();
        let issuer = issuer.split("/.well-known").next().unwrap();
        let path = folder.file();
        report
            .replace(issuer, "https://lab")
            .replace(path.to_str().unwrap(), "secrets.toml")
    };
    let of_file = AuthLayer::check_path(folder.file()).await;
    let of_code = AuthLayer::from_toml(&toml).unwrap().check().await;
    assert_all_pass(&of_file);
    assert_all_pass(&of_code);

    assert_snapshot!("valid_setup_from_code", redacted(of_code.to_string()));
    let of_file = redacted(of_file.to_string());
    // Lines that depend on the platform and on git.
    let optional = |line: &&str| line.contains("mode") || line.contains("git");
    let lines: Vec<&str> = of_file.lines().filter(|line| !optional(line)).collect();
    assert_snapshot!("valid_setup_from_file", lines.join("\n"));
}

/// For a preset, the reported key is the one in the file.
#[tokio::test]
async fn preset_setup_matches_snapshot() {
    let provider = Provider::start().await;
    let toml = format!(
        "auth.cookie_secret = {COOKIE_SECRET:?}\nauth.keycloak = {{ url = {:?}, realm = \"lab\", client_id = \"app\", client_secret = \"hush-hush\" }}\n",
        provider.origin()
    );
    let report = AuthLayer::from_toml(&toml).unwrap().check().await;
    assert_snapshot!(redact(&report.to_string(), &provider));
    let fault = report
        .checks()
        .iter()
        .find_map(|step| step.diagnostic())
        .unwrap();
    assert_eq!(
        (fault.key(), fault.line()),
        ("auth.keycloak.realm", Some(2)),
        "{report}"
    );
}

#[tokio::test]
async fn unreachable_preset_host_names_its_key() {
    for (preset, key) in [
        (
            "keycloak = { url = \"http://localhost:1\", realm = \"lab\"",
            "url",
        ),
        (
            "keycloak = { realm = \"lab\", url = \"https://localhost:1\"",
            "url",
        ),
        (
            "authentik = { slug = \"app\", url = \"http://127.0.0.1:1\"",
            "url",
        ),
        ("dex = { url = \"http://[::1]:1\"", "url"),
        (
            "okta = { server = \"default\", domain = \"localhost:1\"",
            "domain",
        ),
        ("auth0 = { domain = \"localhost:1\"", "domain"),
    ] {
        let toml = format!(
            "auth.cookie_secret = {COOKIE_SECRET:?}\nauth.{preset}, client_id = \"app\", client_secret = \"hush-hush-7f3a\" }}\n"
        );
        let report = AuthLayer::from_toml(&toml).unwrap().check().await;
        let found = report.checks().iter().find_map(|step| step.diagnostic());
        let (name, _) = preset.split_once(" = ").unwrap();
        let found = found.unwrap_or_else(|| panic!("{report}"));
        let expected = format!("auth.{name}.{key}");
        assert_eq!(
            (found.key(), found.line()),
            (&*expected, Some(2)),
            "{report}"
        );
    }
}

/// The committed secrets.toml contains no secret, so it may be in git and readable.
#[tokio::test]
async fn file_without_secret_raises_no_warning() {
    let development = include_str!("../../../.streamlit/secrets.toml");
    let folder = Folder::new(development);
    folder.mode(0o644);
    folder.git(&["init", "-q"]);
    let report = AuthLayer::check_path(folder.file()).await;
    assert_all_pass(&report);
    folder.git(&["add", "secrets.toml"]);
    let report = AuthLayer::check_path(folder.file()).await;
    assert_all_pass(&report);
    let path = folder.file();
    let text = report
        .to_string()
        .replace(path.to_str().unwrap(), "secrets.toml");
    #[cfg(unix)] // with the mode of the file
    assert_snapshot!(text);

    // A file with one secret is checked as usual.
    let secret = development.replace(
        "public-development-secret-for-loopback-only",
        "kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5uKt1BvXoQ",
    );
    assert_ne!(secret, development);
    fs::write(folder.file(), secret).unwrap();
    let report = AuthLayer::check_path(folder.file()).await;
    let found = report.checks().iter().find_map(|step| step.diagnostic());
    assert_eq!(found.unwrap().key(), "auth.cookie_secret", "{report}");
}

/// The size depends on the kept claims, the tokens, and the client ID, which is in `aud`.
#[tokio::test]
async fn cookie_size_estimate_is_exact() {
    const HTTPS: &str = "https://app.example";
    let mut steps = String::new();
    for (base, more, client_id) in [
        (ORIGIN, "", 3),
        (ORIGIN, "claims = [\"name\"]", 3),
        (ORIGIN, "expose_tokens = [\"id\"]", 3),
        (ORIGIN, "expose_tokens = [\"access\"]", 3),
        (ORIGIN, "expose_tokens = [\"id\", \"access\"]", 3),
        (ORIGIN, "", 3000),
        (HTTPS, "expose_tokens = [\"access\"]", 2895),
        (HTTPS, "expose_tokens = [\"access\"]", 2898),
        (ORIGIN, "", 40_000),
        (ORIGIN, "session_store = \"memory\"", 3),
        (ORIGIN, "session_store = \"memory\"", 40_000),
        (ORIGIN, "session_store = \"memory\"", 300_000),
    ] {
        let provider = Provider::start().await;
        provider.client(|client| client.id = "a1b".repeat(client_id / 3));
        // Otherwise the ID token would be stored for the logout.
        provider.set(|f| f.metadata.remove("end_session_endpoint"));
        let toml = valid_toml(&provider)
            .replace(ORIGIN, base)
            .replace("\n[auth.lab]", &format!("{more}\n[auth.lab]"));
        let report = AuthLayer::from_toml(&toml).unwrap().check().await;
        steps += &format!(
            "## {base} {more}, client id of {client_id} bytes\n{}\n",
            size_step(&report)
        );
    }
    assert_snapshot!(steps);
}

#[tokio::test]
async fn session_store_is_suggested_for_large_identity() {
    for (line, length, is_named) in [
        ("", 40_000, true),
        ("session_store = \"memory\"", 300_000, false),
    ] {
        let provider = Provider::start().await;
        provider.client(|client| client.id = "a1b".repeat(length / 3));
        let toml = valid_toml(&provider).replace("\n[auth.lab]", &format!("{line}\n[auth.lab]"));
        let report = AuthLayer::from_toml(&toml).unwrap().check().await;
        let steps = report.checks().iter();
        let mut found = steps.filter_map(|step| step.diagnostic());
        let size = found.find(|found| found.message().contains("typical user"));
        let help = size.unwrap().help();
        assert_eq!(help.contains("session_store"), is_named, "{line}: {help}");
    }
}

/// The size of this cookie is not exact, because Streamlit compresses it.
#[tokio::test]
async fn streamlit_cookie_holds_the_whole_identity() {
    let provider = Provider::start().await;
    let lines = "session_store = \"memory\"\nstreamlit_cookies = \"current\"\n[auth.lab]";
    let toml = valid_toml(&provider).replace("[auth.lab]", lines);
    let report = AuthLayer::from_toml(&toml).unwrap().check().await;
    assert!(size_step(&report).ends_with("or other claims fit as well"));
}

/// The step about the size of the cookies.
fn size_step(report: &CheckReport) -> &str {
    let mut steps = report.checks().iter().map(|step| step.text());
    steps.find(|step| step.contains("typical user")).unwrap()
}

#[tokio::test]
async fn shared_redirect_uri_of_public_client_is_reported() {
    let provider = Provider::start().await;
    provider.client(|client| client.auth = Auth::None);
    provider.set(|f| {
        f.metadata
            .remove("authorization_response_iss_parameter_supported");
        f.callback.remove("iss");
    });
    let public = valid_toml(&provider).replace(
        "client_secret = \"test-client-secret-7f3a\"",
        "client_kwargs = { token_endpoint_auth_method = \"none\" }",
    );
    assert_all_pass(&check(&public).await);

    let other = Provider::start().await;
    let table = valid_toml(&other);
    let (_, table) = table.split_once("[auth.lab]").unwrap();
    let two = format!("{public}\n[auth.other]{table}");
    let report = check(&two).await;
    let doubts: Vec<_> = report
        .checks()
        .iter()
        .filter_map(|step| step.diagnostic())
        .collect();
    let [doubt] = &doubts[..] else {
        panic!("{report}")
    };
    let table = two.lines().position(|line| line == "[auth.lab]").unwrap();
    assert_eq!(doubt.key(), "auth.lab.redirect_uri", "{report}");
    assert_eq!(doubt.line(), Some(table + 1), "{report}");
    assert!(
        report.is_ok() && doubt.help().contains("/oauth2callback/lab"),
        "{report}"
    );

    let line = "[auth.lab]\nredirect_uri = \"http://localhost:8501/oauth2callback/lab\"";
    provider.client(|client| {
        client.redirect_uris = vec!["http://localhost:8501/oauth2callback/lab".to_owned()];
    });
    assert_all_pass(&check(&two.replace("[auth.lab]", line)).await);
}

/// The ID token for the logout is included, and is the first part to be left out.
#[tokio::test]
async fn size_estimate_includes_id_token_for_logout() {
    let mut steps = String::new();
    for (client_id, line) in [
        (3, ""),
        (3, "provider_logout = false"),
        (3000, ""),
        (3000, "provider_logout = false"),
    ] {
        let provider = Provider::start().await;
        provider.client(|client| client.id = "a1b".repeat(client_id / 3));
        let toml = valid_toml(&provider) + line;
        let report = AuthLayer::from_toml(&toml).unwrap().check().await;
        steps += &format!(
            "## {line}, client id of {client_id} bytes\n{}\n",
            size_step(&report)
        );
    }
    assert_snapshot!(steps);
}
