//! Checks of the file: location, syntax, permissions, and git.

use axum_streamlit_auth::{AuthLayer, Outcome};

use super::{
    Folder, assert_all_pass, assert_mistake_fails, assert_no_secret, assert_only_finding, check,
    valid_toml,
};
use support::{COOKIE_SECRET, Provider};

#[tokio::test]
async fn invalid_file_diagnostics_appear_as_checks() {
    let toml = "[auth]\nredirect_uri = \"http://localhost:8501/callback\"\ncookie_secret = \"kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5uKt1BvXoQ\"\nclient_secrt = \"test-client-secret-7f3a\"\n\n[auth.okta]\nclient_id = \"xxx\"\nclient_secret = \"test-client-secret-7f3a\"\n";
    let report = check(toml).await;
    let faults: Vec<_> = report
        .checks()
        .iter()
        .filter_map(|step| step.diagnostic())
        .map(|fault| (fault.key(), fault.line()))
        .collect();
    assert_eq!(
        faults,
        [
            ("auth.redirect_uri", Some(2)),
            ("auth.client_secrt", Some(4)),
            ("auth.okta.domain", Some(6)),
            ("auth.okta.client_id", Some(7)),
        ],
        "{report}"
    );
    assert!(!report.is_ok());
    assert_no_secret(&report);

    let report = check("[auth]\ncookie_secret = \"test-client-secret-7f3a\nx = 1\n").await;
    assert!(
        !report.is_ok() && report.to_string().contains("secrets.toml:2: invalid TOML"),
        "{report}"
    );
    assert_no_secret(&report);

    let report = AuthLayer::check_path("/nowhere/secrets.toml").await;
    assert!(
        !report.is_ok()
            && report
                .to_string()
                .contains("/nowhere/secrets.toml: file not found"),
        "{report}"
    );
}

#[tokio::test]
async fn configuration_from_code_is_checked() {
    let provider = Provider::start().await;
    let auth = AuthLayer::from_toml(&valid_toml(&provider)).unwrap();
    assert_all_pass(&auth.check().await);
    let wrong = valid_toml(&provider).replace("7f3a", "7f3b");
    let report = AuthLayer::from_toml(&wrong).unwrap().check().await;
    assert_only_finding(&report, &wrong, Outcome::Failure, "auth.lab.client_secret");
    assert!(report.to_string().contains("✗ line 7: auth.lab.client_secret: Lab does not accept this client secret (invalid_client)\n    help: Copy it again"), "{report}");
}

#[tokio::test]
async fn guessable_secret_is_reported() {
    let provider = Provider::start().await;
    let toml = valid_toml(&provider);
    for (secret, outcome) in [
        ("0123456789abcdef0123456789abcdef", Outcome::Failure),
        ("streamlitstreamlitstreamlitstreamlit", Outcome::Failure),
        ("abababababababababababababababababababab", Outcome::Failure),
        (&COOKIE_SECRET[..20], Outcome::Warning),
        (&COOKIE_SECRET[..31], Outcome::Warning),
        // Long, but only four different characters.
        ("gkagpagkpkaggapkpagakgpapkgakpagkapg", Outcome::Warning),
    ] {
        let toml = toml.replace(COOKIE_SECRET, secret);
        assert_only_finding(&check(&toml).await, &toml, outcome, "auth.cookie_secret");
    }
    let enough = toml.replace(COOKIE_SECRET, &COOKIE_SECRET[..32]);
    assert_all_pass(&check(&enough).await);
    assert_mistake_fails(
        &toml,
        [
            "\n\n[",
            "\ncookie_secrets_old = [\"0123456789abcdef0123456789abcdef\"]\n[",
            "auth.cookie_secrets_old",
        ],
    )
    .await;
}

#[cfg(unix)]
#[tokio::test]
async fn world_readable_file_is_reported() {
    let provider = Provider::start().await;
    let toml = valid_toml(&provider);
    for (mode, outcome) in [
        (0o400, None),
        (0o640, None),
        (0o644, Some(Outcome::Warning)),
        (0o604, Some(Outcome::Warning)),
        (0o666, Some(Outcome::Failure)),
        (0o602, Some(Outcome::Failure)),
    ] {
        let folder = Folder::new(&toml);
        folder.mode(mode);
        let report = AuthLayer::check_path(folder.file()).await;
        match outcome {
            Some(outcome) => assert_only_finding(&report, &toml, outcome, "auth.cookie_secret"),
            None => assert_all_pass(&report),
        }
    }
}

#[tokio::test]
async fn tracked_file_is_reported() {
    let provider = Provider::start().await;
    let toml = valid_toml(&provider);
    let folder = Folder::new(&toml);
    folder.git(&["init", "-q"]);
    assert_only_finding(
        &AuthLayer::check_path(folder.file()).await,
        &toml,
        Outcome::Warning,
        "auth.cookie_secret",
    );
    std::fs::write(folder.0.join(".gitignore"), "secrets.toml\n").unwrap();
    assert_all_pass(&AuthLayer::check_path(folder.file()).await);
    folder.git(&["add", "-f", "secrets.toml"]);
    assert_only_finding(
        &AuthLayer::check_path(folder.file()).await,
        &toml,
        Outcome::Failure,
        "auth.cookie_secret",
    );

    // Also reported for a file that does not load, because its secret is exposed anyway.
    std::fs::write(folder.file(), toml.replace("client_id", "client_ids")).unwrap();
    let report = AuthLayer::check_path(folder.file()).await;
    assert!(
        report
            .to_string()
            .contains("secrets.toml: this file contains secrets and is tracked by git"),
        "{report}"
    );
}

/// The file that contains the secret is checked, not the one that names it.
#[cfg(unix)]
#[tokio::test]
async fn exposed_secret_file_is_reported() {
    use std::os::unix::fs::PermissionsExt;

    let provider = Provider::start().await;
    let written = format!("cookie_secret = {COOKIE_SECRET:?}");
    let toml = valid_toml(&provider).replace(&written, "cookie_secret_file = \"cookie\"");
    let folder = Folder::new(&toml);
    let secret = folder.0.join("cookie");
    std::fs::write(&secret, COOKIE_SECRET).unwrap();
    for (mode, outcome) in [
        (0o600, None),
        (0o644, Some(Outcome::Warning)),
        (0o666, Some(Outcome::Failure)),
    ] {
        std::fs::set_permissions(&secret, std::fs::Permissions::from_mode(mode)).unwrap();
        let report = AuthLayer::check_path(folder.file()).await;
        let steps = report.checks().iter();
        let found: Vec<_> = steps
            .filter(|step| step.outcome() != Outcome::Pass)
            .collect();
        let outcomes: Vec<_> = found.iter().map(|step| step.outcome()).collect();
        assert_eq!(outcomes, Vec::from_iter(outcome), "{report}");
        for step in found {
            assert_eq!(
                step.diagnostic().unwrap().file(),
                Some(&*secret),
                "{report}"
            );
            assert!(step.diagnostic().unwrap().help().contains("defaultMode"));
        }
        super::assert_no_secret(&report);
    }
}

/// A file with nothing but references may be readable and in git.
#[cfg(unix)]
#[tokio::test]
async fn file_without_written_secret_is_harmless() {
    let provider = Provider::start().await;
    let toml = valid_toml(&provider);
    let cookie_secret = format!("cookie_secret = {COOKIE_SECRET:?}");
    let client_secret = format!("client_secret = {:?}", provider.registered().secret);
    for (cookie, client, more, harmless) in [
        (
            "cookie_secret_file = \"cookie\"",
            "client_secret_file = \"client\"",
            "",
            true,
        ),
        (
            &*cookie_secret,
            "client_secret_file = \"client\"",
            "",
            false,
        ),
        ("cookie_secret_file = \"cookie\"", &client_secret, "", false),
        (
            "cookie_secret_file = \"cookie\"",
            "client_secret_file = \"client\"",
            "[database]\nurl = \"${{URL}}\"\n",
            false,
        ),
    ] {
        let toml = toml
            .replace(&cookie_secret, cookie)
            .replace(&client_secret, client)
            + more;
        let folder = Folder::new(&toml);
        for (name, text) in [
            ("cookie", COOKIE_SECRET),
            ("client", &provider.registered().secret),
        ] {
            std::fs::write(folder.0.join(name), text).unwrap();
            std::process::Command::new("chmod")
                .arg("600")
                .arg(folder.0.join(name))
                .status()
                .unwrap();
        }
        folder.mode(0o644);
        folder.git(&["init", "-q"]);
        folder.git(&["add", "secrets.toml"]);
        std::fs::write(folder.0.join(".gitignore"), "cookie\nclient\n").unwrap();
        let report = AuthLayer::check_path(folder.file()).await;
        assert_eq!(report.is_ok(), harmless, "{report}");
        let text = report.to_string();
        assert_eq!(text.contains("contains no secrets"), harmless, "{report}");
    }
}

/// The report has the key and the line that name the file.
#[tokio::test]
async fn wrong_secret_in_file_names_its_key() {
    let provider = Provider::start().await;
    let secret = provider.registered().secret;
    let toml = valid_toml(&provider).replace(
        &format!("client_secret = {secret:?}"),
        "client_secret_file = \"client\"",
    );
    let folder = Folder::new(&toml);
    let client = folder.0.join("client");
    for (content, outcome) in [(format!("{secret}\n"), None), (secret + "x", Some(()))] {
        std::fs::write(&client, content).unwrap();
        let chmod = std::process::Command::new("chmod")
            .arg("600")
            .arg(&client)
            .status();
        assert!(chmod.unwrap().success());
        let report = AuthLayer::check_path(folder.file()).await;
        match outcome {
            None => assert_all_pass(&report),
            Some(()) => assert_only_finding(
                &report,
                &toml,
                Outcome::Failure,
                "auth.lab.client_secret_file",
            ),
        }
    }
}

#[tokio::test]
async fn outdated_revocation_is_reported() {
    const TIME: u64 = 1_790_000_000; // 2026-09-21T14:13:20Z
    let provider = Provider::start().await;
    let line = "revoked_before = 2026-09-21T14:13:20Z\ncookie_lifetime = \"8h\"";
    let toml = valid_toml(&provider).replace("\n\n[", &format!("\n{line}\n["));
    for (now, is_outdated) in [(TIME + 28_800, false), (TIME + 28_801, true)] {
        let report = support::Clock::at(now).layer(&toml).check().await;
        let steps = report.checks().iter();
        let found: Vec<_> = steps
            .filter(|step| step.text().contains("revoked_before"))
            .collect();
        let [step] = &found[..] else {
            panic!("{report}")
        };
        let expected = if is_outdated {
            Outcome::Warning
        } else {
            Outcome::Pass
        };
        assert_eq!(step.outcome(), expected, "{report}");
    }
}
