//! Providers of plain OAuth 2.0.

use axum_streamlit_auth::AuthLayer;
use insta::assert_snapshot;

use super::{VALID, error_for};

const CLIENT: &str = "client_id = \"app\"\nclient_secret = \"a-client-secret\"\n";
const ENDPOINTS: &str = "authorization_endpoint = \"https://discord.com/oauth2/authorize\"
token_endpoint = \"https://discord.com/api/oauth2/token\"
userinfo_endpoint = \"https://discord.com/api/users/@me\"
";
const MAP: &str = "claims_map = { sub = \"id\" }\n";

/// A configuration with one more provider.
fn with_table(name: &str, lines: &str) -> String {
    format!("{VALID}\n[auth.{name}]\n{CLIENT}{lines}")
}

#[test]
fn plain_oauth_tables_are_accepted() {
    for (name, lines) in [
        ("discord", format!("{ENDPOINTS}{MAP}")),
        (
            "discord",
            format!("{ENDPOINTS}{MAP}issuer = \"https://discord.com/\"\n"),
        ),
        (
            "discord",
            format!("{ENDPOINTS}{MAP}client_kwargs = {{ max_age = \"\", prompt = \"consent\" }}\n"),
        ),
        (
            "discord",
            format!("{ENDPOINTS}{MAP}client_kwargs = {{ scope = \"identify openidx\" }}\n"),
        ),
        (
            "discord",
            format!("{ENDPOINTS}claims_map = {{ sub = \"data.id\", x = \"y\" }}\n"),
        ),
        (
            "local",
            format!(
                "{}{MAP}",
                ENDPOINTS.replace("https://discord.com", "http://127.0.0.1:9")
            ),
        ),
        ("github", String::new()),
        (
            "GitHub",
            "url = \"https://github.example.com\"\n".to_owned(),
        ),
        ("github", "url = \"https://acme.ghe.com\"\n".to_owned()),
        (
            "github",
            "claims_map = { company = \"company\" }\n".to_owned(),
        ),
        // An OpenID provider in front of GitHub.
        (
            "github",
            "server_metadata_url = \"https://dex.example/.well-known/openid-configuration\"\n"
                .to_owned(),
        ),
    ] {
        let toml = with_table(name, &lines);
        if let Err(error) = AuthLayer::from_toml(&toml) {
            panic!("{error}\n{toml}");
        }
    }
}

#[test]
fn plain_oauth_diagnostics_match_snapshots() {
    let metadata =
        "server_metadata_url = \"https://idp.example/.well-known/openid-configuration\"\n";
    let without = |key: &str| {
        let all = format!("{ENDPOINTS}{MAP}");
        let lines = all.lines().filter(|line| !line.starts_with(key));
        lines.map(|line| format!("{line}\n")).collect::<String>()
    };
    let cases = [
        (
            "discovery and endpoints",
            "sso",
            format!("{metadata}{ENDPOINTS}{MAP}"),
        ),
        ("discovery and a map", "sso", format!("{metadata}{MAP}")),
        (
            "endpoint of a known OpenID provider",
            "google",
            "token_endpoint = \"https://x.example/\"\n".to_owned(),
        ),
        (
            "endpoint of GitHub",
            "github",
            "userinfo_endpoint = \"https://x.example/\"\n".to_owned(),
        ),
        (
            "no authorization endpoint",
            "sso",
            without("authorization_endpoint"),
        ),
        ("no token endpoint", "sso", without("token_endpoint")),
        ("no API", "sso", without("userinfo_endpoint")),
        ("no map", "sso", without("claims_map")),
        (
            "no subject",
            "sso",
            format!("{ENDPOINTS}claims_map = {{ name = \"name\" }}\n"),
        ),
        (
            "map is no table",
            "sso",
            format!("{ENDPOINTS}claims_map = \"id\"\n"),
        ),
        (
            "member is a number",
            "sso",
            format!("{ENDPOINTS}claims_map = {{ sub = 1 }}\n"),
        ),
        (
            "protected claim",
            "sso",
            format!("{ENDPOINTS}claims_map = {{ sub = \"id\", iss = \"x\", provider = \"y\" }}\n"),
        ),
        (
            "protected claim of GitHub",
            "github",
            "claims_map = { sub = \"login\", email = \"email\" }\n".to_owned(),
        ),
        (
            "plain http",
            "sso",
            format!("{}{MAP}", ENDPOINTS.replace("https", "http")),
        ),
        (
            "placeholder",
            "sso",
            format!("{}{MAP}", ENDPOINTS.replace("discord", "{host}")),
        ),
        (
            "user name",
            "sso",
            format!("{}{MAP}", ENDPOINTS.replace("https://", "https://me:pw@")),
        ),
        (
            "issuer with a query",
            "sso",
            format!("{ENDPOINTS}{MAP}issuer = \"https://discord.com/?x\"\n"),
        ),
        (
            "openid scope",
            "sso",
            format!("{ENDPOINTS}{MAP}client_kwargs = {{ scope = \"openid email\" }}\n"),
        ),
        (
            "openid scope at GitHub",
            "github",
            "client_kwargs = { scope = \"openid\" }\n".to_owned(),
        ),
        (
            "keys of ID tokens",
            "sso",
            format!("{ENDPOINTS}{MAP}userinfo = true\ntrusted_audiences = [\"x\"]\n"),
        ),
        (
            "keys of a logout",
            "sso",
            format!("{ENDPOINTS}{MAP}provider_logout = true\nlogout_params = {{ a = \"b\" }}\n"),
        ),
        (
            "requirements of a login",
            "sso",
            format!(
                "{ENDPOINTS}{MAP}client_kwargs = {{ max_age = 300, acr_values = \"gold\" }}\nauthorize_params = {{ prompt = \"consent login\" }}\n"
            ),
        ),
        (
            "requirement at GitHub",
            "github",
            "client_kwargs = { prompt = \"login\" }\n".to_owned(),
        ),
        (
            "unsigned authentication",
            "sso",
            format!(
                "{ENDPOINTS}claims_map = {{ sub = \"id\", acr = \"level\", auth_time = \"at\", amr = \"how\" }}\n"
            ),
        ),
        (
            "issuer alone",
            "sso",
            "issuer = \"https://idp.example\"\n".to_owned(),
        ),
        (
            "misspelt endpoint",
            "sso",
            format!(
                "{}{MAP}",
                ENDPOINTS.replace("token_endpoint", "token_endpoints")
            ),
        ),
    ];
    let errors = cases.map(|(title, name, lines)| {
        format!("## {title}\n{}\n", error_for(&with_table(name, &lines)))
    });
    assert_snapshot!(errors.concat());
}
