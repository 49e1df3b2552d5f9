//! The file itself: where it is, what is wrong in it, who can read it, and whether git has it.

use axum_streamlit_auth::AuthLayer;

use super::{Folder, check, is_only, is_right, right, tells_nothing};
use crate::support::{COOKIE_SECRET, Provider};

#[tokio::test]
async fn every_fault_of_a_file_that_does_not_load_is_a_step() {
    let toml = "[auth]\nredirect_uri = \"http://localhost:8501/callback\"\ncookie_secret = \"kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5uKt1BvXoQ\"\nclient_secrt = \"test-client-secret-7f3a\"\n\n[auth.okta]\nclient_id = \"xxx\"\nclient_secret = \"test-client-secret-7f3a\"\n";
    let report = check(toml).await;
    let faults: Vec<_> = report
        .steps()
        .iter()
        .filter_map(|step| step.fault())
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
    tells_nothing(&report);

    let report = check("[auth]\ncookie_secret = \"test-client-secret-7f3a\nx = 1\n").await;
    assert!(
        !report.is_ok()
            && report
                .to_string()
                .contains("secrets.toml:2: is not valid TOML"),
        "{report}"
    );
    tells_nothing(&report);

    let report = AuthLayer::check_path("/nowhere/secrets.toml").await;
    assert!(
        !report.is_ok()
            && report
                .to_string()
                .contains("/nowhere/secrets.toml: does not exist."),
        "{report}"
    );
}

#[tokio::test]
async fn a_configuration_from_code_is_checked_too() {
    let provider = Provider::start().await;
    let auth = AuthLayer::from_toml(&right(&provider)).unwrap();
    is_right(&auth.check().await);
    let wrong = right(&provider).replace("7f3a", "7f3b");
    let report = AuthLayer::from_toml(&wrong).unwrap().check().await;
    is_only(&report, &wrong, '✗', "auth.lab.client_secret");
    assert!(report.to_string().contains("✗ line 7: `auth.lab.client_secret` is not accepted by Lab (invalid_client).\n    Copy it again"), "{report}");
}

#[tokio::test]
async fn a_guessable_secret_is_found() {
    let provider = Provider::start().await;
    let toml = right(&provider);
    for (secret, mark) in [
        ("0123456789abcdef0123456789abcdef", '✗'),
        ("streamlitstreamlitstreamlitstreamlit", '✗'),
        ("abababababababababababababababababababab", '✗'),
        (&COOKIE_SECRET[..20], '!'),
        (&COOKIE_SECRET[..31], '!'),
        // Long, but of four letters.
        ("gkagpagkpkaggapkpagakgpapkgakpagkapg", '!'),
    ] {
        let toml = toml.replace(COOKIE_SECRET, secret);
        is_only(&check(&toml).await, &toml, mark, "auth.cookie_secret");
    }
    let enough = toml.replace(COOKIE_SECRET, &COOKIE_SECRET[..32]);
    is_right(&check(&enough).await);
    let old = toml.replace(
        "\n\n[",
        "\ncookie_secrets_old = [\"0123456789abcdef0123456789abcdef\"]\n[",
    );
    is_only(&check(&old).await, &old, '✗', "auth.cookie_secrets_old");
}

#[cfg(unix)]
#[tokio::test]
async fn a_file_for_everybody_is_found() {
    let provider = Provider::start().await;
    let toml = right(&provider);
    for (mode, mark) in [
        (0o400, None),
        (0o640, None),
        (0o644, Some('!')),
        (0o604, Some('!')),
        (0o666, Some('✗')),
        (0o602, Some('✗')),
    ] {
        let folder = Folder::new(&toml);
        folder.mode(mode);
        let report = AuthLayer::check_path(folder.file()).await;
        match mark {
            Some(mark) => is_only(&report, &toml, mark, "auth.cookie_secret"),
            None => is_right(&report),
        }
    }
}

#[tokio::test]
async fn a_file_in_git_is_found() {
    let provider = Provider::start().await;
    let toml = right(&provider);
    let folder = Folder::new(&toml);
    folder.git(&["init", "-q"]);
    is_only(
        &AuthLayer::check_path(folder.file()).await,
        &toml,
        '!',
        "auth.cookie_secret",
    );
    std::fs::write(folder.0.join(".gitignore"), "secrets.toml\n").unwrap();
    is_right(&AuthLayer::check_path(folder.file()).await);
    folder.git(&["add", "-f", "secrets.toml"]);
    is_only(
        &AuthLayer::check_path(folder.file()).await,
        &toml,
        '✗',
        "auth.cookie_secret",
    );

    // Also of a file that does not load: the secret in it is out all the same.
    std::fs::write(folder.file(), toml.replace("client_id", "client_ids")).unwrap();
    let report = AuthLayer::check_path(folder.file()).await;
    assert!(
        report.to_string().contains("secrets.toml: git tracks"),
        "{report}"
    );
}
