//! A builder that calls every method.

use std::time::{Duration, SystemTime};

use crate::config::builder::{AuthLayerBuilder, ClientCredential, Provider};

/// `complete.toml` in code.
pub(super) fn complete() -> AuthLayerBuilder {
    let builder = shared_keys(AuthLayerBuilder::new())
        .provider(Provider::discover(
            "https://id.example/.well-known/openid-configuration",
            "default-id",
            "default-secret",
        ))
        .provider(google())
        .provider(
            Provider::keycloak(
                "https://id.example",
                "staff",
                "id",
                ClientCredential::public(),
            )
            .name("staff"),
        );
    known_providers()
        .into_iter()
        .fold(builder, AuthLayerBuilder::provider)
}

fn shared_keys(builder: AuthLayerBuilder) -> AuthLayerBuilder {
    builder
        .redirect_uri("https://app.example/oauth2callback")
        .cookie_secret("m2Rk8vT5qX1cZ7nW4jL9pY3sD6hF0gBa")
        .cookie_secrets_old(["old", "older"])
        .cookie_lifetime(Duration::from_secs(7 * 24 * 60 * 60 + 59))
        .cookie_secret_file("/run/secrets/cookie")
        .revoked_before(SystemTime::UNIX_EPOCH + Duration::from_secs(1_795_766_400))
        .session_store("memory")
        .session_idle(Duration::from_millis(90_900))
        .accept_streamlit_logins()
        .refresh(true)
        .login_params(["login_hint"])
        .resource("https://app.example/mcp")
        .cookie_budget(5000)
        .expose_id_token()
        .expose_access_token()
        .claims(["email", "name"])
        .app_name("App")
        .login_page("/sign-in")
        .signed_out_page(true)
        .streamlit_cookies()
        .logout_param("logout_hint", "x")
        .headers([("x-user", "sub"), ("x-user-email", "email")])
        .allow_domains(["example.com"])
        .allow_emails(["ada@example.org"])
        .allow_claim("tid", "t")
        .allow_claim("realm_access.roles", ["admin", "staff"])
}

fn google() -> Provider {
    let essential = serde_json::json!({ "id_token": { "email": { "essential": true } } });
    Provider::google("id", ClientCredential::secret_post("secret"))
        .label("Us")
        .trusted_audiences(["one", "two"])
        .userinfo(true)
        .provider_logout(false)
        .redirect_uri("https://app.example/oauth2callback/google")
        .scope("openid email")
        .authorize_param("prompt", "login")
        .authorize_param("max_age", 300)
        .authorize_param("claims", essential)
        .logout_param("federated", "")
        .logout_param("x", 1)
        .allow_domains(["example.com"])
        .allow_emails(["ada@example.org"])
        .allow_claim("groups", ["a", "b"])
}

fn known_providers() -> Vec<Provider> {
    vec![
        Provider::microsoft("t", "id", "s")
            .groups_from_graph(true)
            .graph_url("https://graph.example"),
        Provider::okta("d", "id", "s").server("default"),
        Provider::auth0("d", "id", ClientCredential::secret_basic("s")),
        Provider::gitlab("id", "s").url("https://git.example"),
        Provider::keycloak("u", "r", "id", "s"),
        Provider::apple("id", ClientCredential::apple_key("t", "k", "AuthKey_k.p8")),
        Provider::cognito("r", "p", "id", "s"),
        Provider::authentik("u", "a", "id", "s"),
        Provider::zitadel("d", "id", "s"),
        Provider::dex("u", "id", ClientCredential::secret_file("/run/secrets/dex")),
        Provider::github("id", "s").url("https://git.example"),
        Provider::linkedin("id", "s"),
        Provider::discover("u", "id", ClientCredential::assertion_file("token")).name("azure"),
        Provider::discover("u", "id", client_key())
            .name("key")
            .bearer_audience("https://app.example"),
        Provider::oauth2(
            "https://plain.example/authorize",
            "https://plain.example/token",
            "https://plain.example/me",
            "id",
            "s",
        )
        .name("plain")
        .issuer("https://plain.example")
        .claims_map([("sub", "id"), ("name", "display_name")]),
    ]
}

fn client_key() -> ClientCredential {
    ClientCredential::key_file("key.pem")
        .key_id("k")
        .key_algorithm("PS256")
        .certificate_file("certificate.pem")
        .assertion_audience("token_endpoint")
        .assertion_typ("JWT")
}
