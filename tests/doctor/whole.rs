//! Whole reports, to the letter.

use std::{env, fs};

use axum_streamlit_auth::AuthLayer;

use super::{Folder, check, is_right, right};
use crate::support::{Auth, COOKIE_SECRET, ORIGIN, Provider};

#[tokio::test]
async fn a_right_set_up_is_told_step_by_step() {
    let provider = Provider::start().await;
    let toml = right(&provider);
    let folder = Folder::new(&toml);
    let at_home = |report: String| {
        let issuer = provider.metadata_url();
        let issuer = issuer.split("/.well-known").next().unwrap();
        let path = folder.file();
        report
            .replace(issuer, "https://lab")
            .replace(path.to_str().unwrap(), "secrets.toml")
    };
    let of_file = AuthLayer::check_path(folder.file()).await;
    let of_code = AuthLayer::from_toml(&toml).unwrap().check().await;
    is_right(&of_file);
    is_right(&of_code);

    let told = "\
✓ no fault in it; sign-in with Lab at http://localhost:8501/oauth2callback
✓ cookie_secret is long and looks random
✓ Lab: its discovery document is at https://lab/.well-known/openid-configuration
✓ Lab: its clock and ours agree
✓ Lab: its issuer is https://lab
✓ Lab: signs by RS256; PKCE by S256
✓ Lab: the client authenticates by client_secret_basic
✓ Lab: usable keys: 1
✓ Lab: knows the client and its redirect URI
✓ Lab: takes our sign-in requests
✓ Lab: accepts the client secret
✓ Lab: sign-out goes on to https://lab/logout
";
    let of_code = at_home(of_code.to_string());
    let from_code = "✓ the configuration comes from code, not from a file\n";
    let (steps, last) = of_code.split_at(from_code.len() + told.len());
    assert_eq!(steps, format!("{from_code}{told}"));
    assert!(
        last.starts_with("✓ Lab: the cookies of a typical visitor are ")
            && last.lines().count() == 1,
        "{last}"
    );

    // Of the file there is more to say, between the first step and the third.
    let of_file = at_home(of_file.to_string());
    let mut lines: Vec<&str> = of_file.lines().collect();
    assert_eq!(lines.remove(0), "✓ found secrets.toml");
    lines.retain(|line| !line.contains("its mode is 600") && !line.contains("git leaves it alone"));
    assert_eq!(lines.join("\n"), of_code[from_code.len()..].trim_end());
}

/// Of a provider that is known by its name, the key to change is the one that is written.
#[tokio::test]
async fn a_short_form_is_told_in_its_own_words() {
    let provider = Provider::start().await;
    let toml = format!(
        "auth.cookie_secret = {COOKIE_SECRET:?}\nauth.keycloak = {{ url = {:?}, realm = \"lab\", client_id = \"app\", client_secret = \"hush-hush\" }}\n",
        provider.origin()
    );
    let report = AuthLayer::from_toml(&toml).unwrap().check().await;
    let steps = report.steps();
    assert_eq!(
        steps[1].text(),
        "no fault in it; sign-in with Keycloak at http://localhost:8501/oauth2callback (not written, so this machine is meant)"
    );
    let fault = steps.iter().find_map(|step| step.fault()).unwrap();
    assert_eq!(
        (fault.key(), fault.line()),
        ("auth.keycloak.realm", Some(2)),
        "{report}"
    );
}

#[tokio::test]
async fn unreachable_host_of_preset_names_its_key() {
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
        let found = report.steps().iter().find_map(|step| step.fault());
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

/// What the repository's own file holds everybody may know: it may be in git and may be read.
#[tokio::test]
async fn a_file_without_a_secret_in_it_may_be_anywhere() {
    let development = fs::read_to_string(".streamlit/secrets.toml").unwrap();
    let folder = Folder::new(&development);
    folder.mode(0o644);
    folder.git(&["init", "-q"]);
    let report = AuthLayer::check_path(folder.file()).await;
    is_right(&report);
    assert!(
        report.to_string().contains("✓ git leaves it alone\n"),
        "{report}"
    );
    folder.git(&["add", "secrets.toml"]);
    let report = AuthLayer::check_path(folder.file()).await;
    is_right(&report);
    for step in [
        "✓ git tracks it; there is no secret in it\n",
        "✓ the cookie secret is the public one for development, which works on loopback alone\n",
        "✓ Google: the development provider takes any secret\n",
    ] {
        assert!(report.to_string().contains(step), "{report}");
    }
    #[cfg(unix)]
    assert!(
        report.to_string().contains("✓ its mode is 644\n"),
        "{report}"
    );

    // With one secret in it, it is like any other.
    let secret = development.replace(
        "public-development-secret-for-loopback-only",
        "kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5uKt1BvXoQ",
    );
    assert_ne!(secret, development);
    fs::write(folder.file(), secret).unwrap();
    let report = AuthLayer::check_path(folder.file()).await;
    assert!(
        report
            .to_string()
            .contains("stands in a file that git tracks"),
        "{report}"
    );
}

#[tokio::test]
async fn what_an_app_in_this_folder_reads_is_found() {
    let report = AuthLayer::check_secrets().await;
    let file = env::current_dir().unwrap().join(".streamlit/secrets.toml");
    let first = report.steps()[0].text();
    assert!(
        first.starts_with("found ") && first.contains(file.to_str().unwrap()),
        "{report}"
    );
    assert!(report.is_ok() && report.steps().len() > 10, "{report}");
}

/// What a typical visitor's cookies weigh depends on the claims that are kept, on the tokens, and on the client id, which is the `aud`.
#[tokio::test]
async fn the_weight_of_the_cookies_is_told_to_the_byte() {
    const HTTPS: &str = "https://app.example";
    for (base, more, client_id, told) in [
        (ORIGIN, "", 3, "1054 bytes of 7166; about 4584 bytes of"),
        (
            ORIGIN,
            "claims = [\"name\"]",
            3,
            "402 bytes of 7166; about 5073 bytes of",
        ),
        (
            ORIGIN,
            "expose_tokens = [\"id\"]",
            3,
            "2863 bytes of 7166; about 3225 bytes of",
        ),
        (
            ORIGIN,
            "expose_tokens = [\"access\"]",
            3,
            "3223 bytes of 7166; about 2955 bytes of",
        ),
        (
            ORIGIN,
            "expose_tokens = [\"id\", \"access\"]",
            3,
            "4887 bytes of 7166; about 1707 bytes of",
        ),
        (ORIGIN, "", 3000, "5099 bytes of 7166; about 1548 bytes of"),
        (
            HTTPS,
            "expose_tokens = [\"access\"]",
            2895,
            "7166 bytes of 7166; about 0 bytes of",
        ),
        (
            HTTPS,
            "expose_tokens = [\"access\"]",
            2898,
            "`auth.expose_tokens` makes cookies of 7170 bytes",
        ),
        (
            ORIGIN,
            "",
            40_000,
            "`auth.claims` makes the identity of a typical visitor of Lab too large",
        ),
    ] {
        let provider = Provider::start().await;
        provider.client(|client| client.id = "a1b".repeat(client_id / 3));
        // Otherwise the ID token is stored for it.
        provider.set(|f| f.metadata.remove("end_session_endpoint"));
        let toml = right(&provider)
            .replace(ORIGIN, base)
            .replace("\n[auth.lab]", &format!("{more}\n[auth.lab]"));
        let report = AuthLayer::from_toml(&toml).unwrap().check().await;
        let steps: Vec<&str> = report.steps().iter().map(|step| step.text()).collect();
        let step = steps
            .iter()
            .find(|step| step.contains("typical visitor"))
            .unwrap();
        assert!(step.contains(told), "{step}");
    }
}

#[tokio::test]
async fn shared_redirect_uri_of_public_client_is_doubted() {
    let provider = Provider::start().await;
    provider.client(|client| client.auth = Auth::None);
    provider.set(|f| {
        f.metadata
            .remove("authorization_response_iss_parameter_supported");
        f.callback.remove("iss");
    });
    let public = right(&provider).replace(
        "client_secret = \"test-client-secret-7f3a\"",
        "client_kwargs = { token_endpoint_auth_method = \"none\" }",
    );
    is_right(&check(&public).await);

    let other = Provider::start().await;
    let table = right(&other);
    let (_, table) = table.split_once("[auth.lab]").unwrap();
    let two = format!("{public}\n[auth.other]{table}");
    let report = check(&two).await;
    let doubts: Vec<_> = report
        .steps()
        .iter()
        .filter_map(|step| step.fault())
        .collect();
    let [doubt] = &doubts[..] else {
        panic!("{report}")
    };
    let table = two.lines().position(|line| line == "[auth.lab]").unwrap();
    assert_eq!(doubt.key(), "auth.lab.redirect_uri", "{report}");
    assert_eq!(doubt.line(), Some(table + 1), "{report}");
    assert!(
        report.is_ok() && doubt.fix().contains("/oauth2callback/lab"),
        "{report}"
    );

    let line = "[auth.lab]\nredirect_uri = \"http://localhost:8501/oauth2callback/lab\"";
    provider.client(|client| {
        client.redirect_uris = vec!["http://localhost:8501/oauth2callback/lab".to_owned()];
    });
    is_right(&check(&two.replace("[auth.lab]", line)).await);
}

/// The ID token that is stored for the provider's logout is part of the size, and goes first.
#[tokio::test]
async fn doctor_includes_the_id_token_for_the_logout() {
    for (client_id, line, told) in [
        (3, "", "are 2863 bytes of 7166"),
        (3, "provider_logout = false", "are 1054 bytes of 7166"),
        (3000, "", "`auth.claims` leaves no space for the id_token"),
        (3000, "provider_logout = false", "are 5099 bytes of 7166"),
    ] {
        let provider = Provider::start().await;
        provider.client(|client| client.id = "a1b".repeat(client_id / 3));
        let toml = right(&provider) + line;
        let report = AuthLayer::from_toml(&toml).unwrap().check().await;
        let mut steps = report.steps().iter().map(|step| step.text());
        let step = steps.find(|step| step.contains("typical visitor")).unwrap();
        assert!(step.contains(told), "{line}: {step}");
    }
}
