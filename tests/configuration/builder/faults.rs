//! Diagnostics of a configuration in code. Each names the method, and none shows TOML.

use std::time::Duration;

use axum_streamlit_auth::{AuthLayer, AuthLayerBuilder, ClientCredential, Diagnostic, Provider};
use insta::assert_snapshot;

use support::{COOKIE_SECRET, app_with, call, get, text, visible_text};

use super::{builder, error_of};

const URL: &str = "https://id.example/.well-known/openid-configuration";

fn lab() -> Provider {
    Provider::discover(URL, "id", "a-client-secret").name("lab")
}

/// The lines that make a valid file.
const AUTH: &str = "[auth]\nredirect_uri = \"http://localhost:8501/oauth2callback\"\n";

/// The same faults in a file and in code.
fn cases() -> Vec<(String, AuthLayerBuilder)> {
    let secret = format!("cookie_secret = {COOKIE_SECRET:?}\n");
    let keys = format!("client_id = \"id\"\nserver_metadata_url = {URL:?}\n");
    let client = format!("{keys}client_secret = \"a-client-secret\"\n");
    // A line in `[auth]`, and the builder with this line.
    let shared = |line: &str, builder: AuthLayerBuilder| {
        (
            format!("{AUTH}{secret}{line}\n[auth.lab]\n{client}"),
            builder.provider(lab()),
        )
    };
    // A line in the table of the provider.
    let own = |line: &str, provider: Provider| {
        (
            format!("{AUTH}{secret}[auth.lab]\n{client}{line}\n"),
            builder().provider(provider),
        )
    };
    let known = |table: &str, provider: Provider| {
        let toml = format!("{AUTH}{secret}auth.{table}\n").replace("[auth]", "");
        let toml = toml.replace("redirect_uri", "auth.redirect_uri");
        (
            toml.replace("cookie_secret", "auth.cookie_secret"),
            builder().provider(provider),
        )
    };
    let signed_by = |cookie_secret: &str| {
        let toml = format!("{AUTH}cookie_secret = {cookie_secret:?}\n[auth.lab]\n{client}");
        (toml, builder().cookie_secret(cookie_secret).provider(lab()))
    };
    vec![
        (
            format!("{AUTH}{secret}").replace("localhost:8501", "app.example"),
            builder().redirect_uri("http://app.example/oauth2callback"),
        ),
        (
            format!("[auth]\n[auth.lab]\n{client}"),
            AuthLayer::builder().provider(lab()),
        ),
        signed_by(""),
        signed_by("too short"),
        signed_by("changeme"),
        signed_by("$COOKIE_SECRET"),
        shared(
            "cookie_secrets_old = [\"x\"]",
            builder().cookie_secrets_old(["x"]),
        ),
        shared("cookie_budget = 1", builder().cookie_budget(1)),
        shared(
            "login_page = \"/auth/login\"",
            builder().login_page("/auth/login"),
        ),
        shared(
            "allow.domains = [\"*.x.org\"]",
            builder().allow_domains(["*.x.org"]),
        ),
        shared("allow.emails = []", builder().allow_emails([""; 0])),
        shared(
            "allow.claims = { a = [] }",
            builder().allow_claim("a", [""; 0]),
        ),
        shared(
            "allow.claims = { a = [\" x\"] }",
            builder().allow_claim("a", [" x"]),
        ),
        shared(
            "allow.claims = { \"\" = \"x\" }",
            builder().allow_claim("", "x"),
        ),
        shared(
            "logout_params = { a = [\"x\"] }",
            builder().logout_param("a", vec!["x"]),
        ),
        shared(
            "session_idle = \"1800s\"",
            builder().session_idle(Duration::from_secs(1800)),
        ),
        shared(
            "session_store = \"memory\"\nsession_idle = \"9s\"",
            builder()
                .session_store("memory")
                .session_idle(Duration::from_secs(9)),
        ),
        shared("session_store = \"x\"", builder().session_store("x")),
        shared(
            "login_params = [\"scope\"]",
            builder().login_params(["scope"]),
        ),
        shared(
            "headers = { x-user = \"\" }",
            builder().headers([("x-user", "")]),
        ),
        shared(
            "headers = { x_user = \"sub\" }",
            builder().headers([("x_user", "sub")]),
        ),
        own(
            "authorize_params = { state = \"x\" }",
            lab().authorize_param("state", "x"),
        ),
        own(
            "authorize_params = { x = [1] }",
            lab().authorize_param("x", [1]),
        ),
        own(
            "redirect_uri = \"https://x\"",
            lab().redirect_uri("https://x"),
        ),
        own("url = \"https://x\"", lab().url("https://x")),
        own("allow = { emails = [\"*\"] }", lab().allow_emails(["*"])),
        known(
            "microsoft = { tenant = \"{tenant}\", client_id = \"\", client_secret = \"\" }",
            Provider::microsoft("{tenant}", "", ""),
        ),
        known(
            "gitlab = { url = \"x\", client_id = \"id\", client_secret = \"xxx\" }",
            Provider::gitlab("id", ClientCredential::secret_post("xxx")).url("x"),
        ),
        known(
            "keycloak = { url = \"http://x\", realm = \"a b\", client_id = \"id \", client_secret = \"y\" }",
            Provider::keycloak("http://x", "a b", "id ", "y"),
        ),
        known(
            "apple = { client_id = \"id\", client_key_file = \"AuthKey.p8\" }",
            Provider::apple("id", ClientCredential::key_file("AuthKey.p8")),
        ),
        known(
            "my_idp = { server_metadata_url = \"https://x\", client_id = \"i\", client_secret = \"y\" }",
            Provider::discover("https://x", "i", "y").name("my_idp"),
        ),
    ]
}

fn essence(found: &[Diagnostic]) -> Vec<(&str, &str)> {
    let mut essence: Vec<_> = found.iter().map(|one| (one.key(), one.message())).collect();
    essence.sort_unstable();
    essence
}

#[test]
fn diagnostics_match_those_of_file() {
    let mut texts = Vec::new();
    for (toml, builder) in cases() {
        let of_file = AuthLayer::from_toml(&toml).expect_err(&toml);
        let of_code = error_of(builder);

        let (found, expected) = (
            essence(of_code.diagnostics()),
            essence(of_file.diagnostics()),
        );
        assert_eq!(found, expected, "{toml}");
        for one in of_code.diagnostics() {
            assert_eq!((one.file(), one.line()), (None, None));
            assert!(
                one.method().is_some_and(|method| method.contains("::")),
                "{one}"
            );
            let help = one.help();
            assert!(
                !help.contains(" = ") && !help.contains("this line"),
                "{one}"
            );
            assert!(!help.contains("[auth"), "{one}");
        }
        texts.extend(of_code.diagnostics().iter().map(ToString::to_string));
    }
    assert_snapshot!(texts.join("\n"));
}

/// A file cannot have these conflicts, because its tables have distinct names.
#[test]
fn conflicting_providers_are_reported() {
    let default = || Provider::discover(URL, "id", "a-client-secret");
    let cases = [
        builder(),
        builder().provider(default()).provider(default()),
        builder()
            .provider(default())
            .provider(lab().name("default")),
        builder().provider(lab()).provider(lab().label("Lab")),
        builder().provider(lab()).provider(lab().name("LAB")),
        builder().provider(lab().name("label")),
        builder().provider(lab().name("allow")),
        builder().provider(lab().name("realm")),
        builder().provider(lab().name("")),
        builder().provider(
            default()
                .allow_emails(["ada@example.org"])
                .logout_param("x", "y")
                .redirect_uri("http://localhost:8501/oauth2callback/default"),
        ),
    ];
    let texts = cases.map(|builder| error_of(builder).to_string());
    assert_snapshot!(texts.join("\n"));
}

/// A placeholder of secrets.toml is not replaced, either here or after a reload.
#[tokio::test]
async fn values_in_code_are_literal() {
    let layer = builder()
        .app_name("${{PATH}} or $${{X:-y}}")
        .provider(lab())
        .provider(lab().name("other").label("${{NO_SUCH_VARIABLE}}"))
        .build()
        .unwrap();
    layer.reload().unwrap();
    let page = call(&app_with(layer), get("/auth/login")).await;
    let page = visible_text(&text(page).await);
    for literal in ["${{PATH}} or $${{X:-y}}", "${{NO_SUCH_VARIABLE}}"] {
        assert!(page.contains(literal), "{page}");
    }
}
