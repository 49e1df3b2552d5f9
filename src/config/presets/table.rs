//! The table of presets.

use super::{KeyFormat, OfflineAccess, Preset, PresetKey, PresetProtocol};

const EMPTY_PRESET: Preset = Preset {
    names: &[],
    label: "",
    issuer: "",
    keys: &[],
    scope: None,
    protocol: PresetProtocol::OpenIdConnect,
    userinfo: false,
    shared_audience: false,
    offline_access: OfflineAccess::Nothing,
    state_only: false,
    is_apple: false,
};

pub(in crate::config) static PRESETS: [Preset; 13] = [
    Preset {
        names: &["google"],
        label: "Google",
        issuer: "https://accounts.google.com",
        ..EMPTY_PRESET
    },
    Preset {
        names: &["microsoft", "entra"],
        label: "Microsoft",
        issuer: "https://login.microsoftonline.com/{tenant}/v2.0",
        keys: &[segment("tenant", "00000000-0000-0000-0000-000000000000")],
        offline_access: OfflineAccess::Scope,
        ..EMPTY_PRESET
    },
    // Every Okta organization has the org authorization server. Custom ones, such as "default", are
    // a separate product and need `server`.
    Preset {
        names: &["okta"],
        label: "Okta",
        issuer: "https://{domain}{server}",
        keys: &[
            host("domain", "acme.okta.com"),
            PresetKey {
                prefix: "/oauth2/",
                default: Some(""),
                ..segment("server", "default")
            },
        ],
        offline_access: OfflineAccess::Scope,
        ..EMPTY_PRESET
    },
    Preset {
        names: &["auth0"],
        label: "Auth0",
        issuer: "https://{domain}",
        keys: &[host("domain", "acme.eu.auth0.com")],
        offline_access: OfflineAccess::Scope,
        ..EMPTY_PRESET
    },
    Preset {
        names: &["gitlab"],
        label: "GitLab",
        issuer: "{url}",
        keys: &[PresetKey {
            default: Some("https://gitlab.com"),
            ..url("url", "https://gitlab.example.com")
        }],
        ..EMPTY_PRESET
    },
    Preset {
        names: &["keycloak"],
        label: "Keycloak",
        issuer: "{url}/realms/{realm}",
        keys: &[
            url("url", "https://keycloak.example.com"),
            segment("realm", "acme"),
        ],
        ..EMPTY_PRESET
    },
    // Apple responds to a request for `name` or `email` only with `form_post`.
    Preset {
        names: &["apple"],
        label: "Apple",
        issuer: "https://appleid.apple.com",
        scope: Some("openid email name"),
        is_apple: true,
        ..EMPTY_PRESET
    },
    Preset {
        names: &["cognito"],
        label: "Amazon Cognito",
        issuer: "https://cognito-idp.{region}.amazonaws.com/{pool}",
        keys: &[
            segment("region", "eu-central-1"),
            segment("pool", "eu-central-1_AbCdEfGhI"),
        ],
        ..EMPTY_PRESET
    },
    Preset {
        names: &["authentik"],
        label: "authentik",
        issuer: "{url}/application/o/{slug}",
        keys: &[
            url("url", "https://authentik.example.com"),
            segment("slug", "my-app"),
        ],
        offline_access: OfflineAccess::Scope,
        ..EMPTY_PRESET
    },
    // ID tokens contain profile claims only if the application enables them. Their audiences are
    // the project and all its clients.
    Preset {
        names: &["zitadel"],
        label: "ZITADEL",
        issuer: "https://{domain}",
        keys: &[host("domain", "acme.zitadel.cloud")],
        userinfo: true,
        shared_audience: true,
        offline_access: OfflineAccess::Scope,
        ..EMPTY_PRESET
    },
    Preset {
        names: &["dex"],
        label: "Dex",
        issuer: "{url}",
        keys: &[url("url", "https://dex.example.com")],
        offline_access: OfflineAccess::Scope,
        ..EMPTY_PRESET
    },
    // GitHub has no ID tokens for users. Without `user:email`, a private address stays unknown.
    Preset {
        names: &["github"],
        label: "GitHub",
        issuer: "{url}",
        keys: &[PresetKey {
            default: Some("https://github.com"),
            ..url("url", "https://github.example.com")
        }],
        scope: Some("read:user user:email"),
        protocol: PresetProtocol::GitHub,
        ..EMPTY_PRESET
    },
    // LinkedIn leaves the nonce out of its ID tokens (authlib#763), and answers a code verifier
    // with `invalid_client` (next-auth#8831).
    Preset {
        names: &["linkedin"],
        label: "LinkedIn",
        issuer: "https://www.linkedin.com/oauth",
        state_only: true,
        ..EMPTY_PRESET
    },
];

const fn key(name: &'static str, format: KeyFormat, example: &'static str) -> PresetKey {
    PresetKey {
        name,
        format,
        prefix: "",
        default: None,
        example,
    }
}

const fn host(name: &'static str, example: &'static str) -> PresetKey {
    key(name, KeyFormat::Host, example)
}

const fn url(name: &'static str, example: &'static str) -> PresetKey {
    key(name, KeyFormat::Url, example)
}

const fn segment(name: &'static str, example: &'static str) -> PresetKey {
    key(name, KeyFormat::Segment, example)
}
