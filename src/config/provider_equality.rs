//! Decides whether a provider's cached state survives a reload.

use super::ProviderConfig;

impl ProviderConfig {
    /// Returns true if the cached state of this provider is also valid for `other`.
    ///
    /// Settings that are applied independently of the cached state are not compared: locations,
    /// rules, audiences and logout parameters. Nor are the preset and the kind of access tokens,
    /// which follow from the others.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        // Exhaustive, so that a new field cannot be forgotten here.
        let Self {
            name,
            label,
            client_id,
            redirect_uri,
            credential,
            server_metadata_url,
            protocol,
            client_auth,
            scope,
            parameters,
            default_prompt,
            offline_access,
            trusted_audiences,
            shared_audience,
            state_only,
            userinfo,
            graph,
            provider_logout,
            logout_params: _,
            bearer_audiences: _,
            access_tokens: _,
            allow: _,
            preset: _,
            locations: _,
        } = self;
        *name == other.name
            && *label == other.label
            && *client_id == other.client_id
            && *redirect_uri == other.redirect_uri
            && *credential == other.credential
            && *server_metadata_url == other.server_metadata_url
            && *protocol == other.protocol
            && *client_auth == other.client_auth
            && *scope == other.scope
            && *parameters == other.parameters
            && *default_prompt == other.default_prompt
            && *offline_access == other.offline_access
            && *trusted_audiences == other.trusted_audiences
            && *shared_audience == other.shared_audience
            && *state_only == other.state_only
            && *userinfo == other.userinfo
            && *graph == other.graph
            && *provider_logout == other.provider_logout
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::Config;

    const TABLE: &str = r#"
        client_id = "id"
        client_secret = "of one"
        server_metadata_url = "https://one.example/.well-known/openid-configuration"
        client_kwargs = { scope = "openid email", prompt = "login", token_endpoint_auth_method = "client_secret_post" }
        label = "One"
        trusted_audiences = ["other"]
        userinfo = true
        provider_logout = false
    "#;

    /// Returns the provider of [`TABLE`] with `old` replaced by `new`.
    fn edited(old: &str, new: &str) -> Arc<ProviderConfig> {
        let table = format!("\n\n[auth.one]\n{TABLE}");
        assert_eq!(table.matches(old).count(), 1, "{old}");
        let text = format!(
            "[auth]\nredirect_uri = \"http://localhost:8501/oauth2callback\"\ncookie_secret = \"kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5u\"\n{}",
            table.replace(old, new)
        );
        Config::from_toml(&text).unwrap().providers.remove(0)
    }

    #[test]
    fn provider_equality_ignores_locations() {
        let table = format!("[auth.one]\n{TABLE}");
        let provider = edited(&table, &table);
        assert!(provider.is_same(&edited("\n\n[auth", "[auth")));

        for (old, new) in [
            ("[auth.one]", "[auth.two]"),
            (r#""id""#, r#""id2""#),
            (r#""of one""#, r#""of two""#),
            (
                "userinfo = true",
                "userinfo = true\nredirect_uri = \"http://localhost:8501/oauth2callback/one\"",
            ),
            ("one.example", "two.example"),
            ("openid email", "openid"),
            (r#"prompt = "login""#, r#"prompt = "consent""#),
            ("client_secret_post", "client_secret_basic"),
            (r#""One""#, r#""Two""#),
            (r#"["other"]"#, "[]"),
            ("userinfo = true", "userinfo = false"),
            ("provider_logout = false", "provider_logout = true"),
        ] {
            assert!(!provider.is_same(&edited(old, new)), "{new}");
        }
    }
}
