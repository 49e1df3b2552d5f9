//! Providers that are known by their table's name: what is not written there is filled in.
//!
//! A table with a `server_metadata_url` of its own is Streamlit's long form: it says everything itself, and only the label is filled in.

use url::Url;

use super::{
    Fault,
    secret::{is_placeholder, is_unexpanded},
    section::Section,
    url::{DISCOVERY, metadata_url},
};

/// What is known of one provider.
pub(crate) struct Preset {
    /// Names of the table, in lower case.
    names: &'static [&'static str],
    pub(crate) label: &'static str,
    /// The address of the discovery document without its fixed end; `{key}` stands for a key of the table.
    address: &'static str,
    pub(crate) keys: &'static [Key],
    pub(crate) scope: Option<&'static str>,
    pub(crate) userinfo: bool,
    /// ID tokens list other clients beside the one in `azp`.
    pub(crate) shared_audience: bool,
}

/// A key that stands in the table of one kind of provider only.
pub(crate) struct Key {
    pub(crate) name: &'static str,
    form: Form,
    /// Put in front of a written value.
    before: &'static str,
    /// What stands in its place if it is not written; `None` if it has to be.
    default: Option<&'static str>,
    example: &'static str,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A host, with a port or without.
    Host,
    Url,
    /// One segment of a path, or one label of a host.
    Word,
}

const BARE: Preset = Preset {
    names: &[],
    label: "",
    address: "",
    keys: &[],
    scope: None,
    userinfo: false,
    shared_audience: false,
};

static PRESETS: [Preset; 11] = [
    Preset {
        names: &["google"],
        label: "Google",
        address: "https://accounts.google.com",
        ..BARE
    },
    Preset {
        names: &["microsoft", "entra"],
        label: "Microsoft",
        address: "https://login.microsoftonline.com/{tenant}/v2.0",
        keys: &[word("tenant", "00000000-0000-0000-0000-000000000000")],
        ..BARE
    },
    // Without `server` the org server, which every Okta has; a custom one ("default" is one) comes with a product of its own.
    Preset {
        names: &["okta"],
        label: "Okta",
        address: "https://{domain}{server}",
        keys: &[
            host("domain", "acme.okta.com"),
            Key {
                before: "/oauth2/",
                default: Some(""),
                ..word("server", "default")
            },
        ],
        ..BARE
    },
    Preset {
        names: &["auth0"],
        label: "Auth0",
        address: "https://{domain}",
        keys: &[host("domain", "acme.eu.auth0.com")],
        ..BARE
    },
    Preset {
        names: &["gitlab"],
        label: "GitLab",
        address: "{url}",
        keys: &[Key {
            default: Some("https://gitlab.com"),
            ..url("url", "https://gitlab.example.com")
        }],
        ..BARE
    },
    Preset {
        names: &["keycloak"],
        label: "Keycloak",
        address: "{url}/realms/{realm}",
        keys: &[
            url("url", "https://keycloak.example.com"),
            word("realm", "acme"),
        ],
        ..BARE
    },
    // Apple answers a request for name or email by a POST from its own site alone, which no `SameSite=Lax` cookie survives.
    Preset {
        names: &["apple"],
        label: "Apple",
        address: "https://appleid.apple.com",
        scope: Some("openid"),
        ..BARE
    },
    Preset {
        names: &["cognito"],
        label: "Amazon Cognito",
        address: "https://cognito-idp.{region}.amazonaws.com/{pool}",
        keys: &[
            word("region", "eu-central-1"),
            word("pool", "eu-central-1_AbCdEfGhI"),
        ],
        ..BARE
    },
    Preset {
        names: &["authentik"],
        label: "authentik",
        address: "{url}/application/o/{slug}",
        keys: &[
            url("url", "https://authentik.example.com"),
            word("slug", "my-app"),
        ],
        ..BARE
    },
    // Its ID tokens hold no profile unless a switch of the application says so, and list the project and all its clients as audiences.
    Preset {
        names: &["zitadel"],
        label: "ZITADEL",
        address: "https://{domain}",
        keys: &[host("domain", "acme.zitadel.cloud")],
        userinfo: true,
        shared_audience: true,
        ..BARE
    },
    Preset {
        names: &["dex"],
        label: "Dex",
        address: "{url}",
        keys: &[url("url", "https://dex.example.com")],
        ..BARE
    },
];

const fn key(name: &'static str, form: Form, example: &'static str) -> Key {
    Key {
        name,
        form,
        before: "",
        default: None,
        example,
    }
}

const fn host(name: &'static str, example: &'static str) -> Key {
    key(name, Form::Host, example)
}

const fn url(name: &'static str, example: &'static str) -> Key {
    key(name, Form::Url, example)
}

const fn word(name: &'static str, example: &'static str) -> Key {
    key(name, Form::Word, example)
}

impl Preset {
    /// The preset of `[auth.<name>]`; upper and lower case are one.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        PRESETS.iter().find(|preset| {
            preset
                .names
                .iter()
                .any(|known| known.eq_ignore_ascii_case(name))
        })
    }

    /// The key that the host follows from; `None` if the host is always the same.
    pub(crate) fn host_key(&self) -> Option<&'static str> {
        let (_, rest) = self.address.split_once("://").unwrap_or(("", self.address));
        let (host, _) = rest.split_once('/').unwrap_or((rest, ""));
        let is_part = |key: &&Key| host.contains(&format!("{{{}}}", key.name));
        self.keys.iter().find(is_part).map(|key| key.name)
    }

    /// Where the discovery document of this table's provider is.
    pub(crate) fn metadata_url(
        &self,
        section: &Section<'_>,
        faults: &mut Vec<Fault>,
    ) -> Option<Url> {
        let mut address = self.address.to_owned();
        let mut complete = true;
        for key in self.keys {
            match key.value(self, section, faults) {
                Some(value) => address = address.replace(&format!("{{{}}}", key.name), &value),
                None => complete = false,
            }
        }
        if !complete {
            return None;
        }
        match metadata_url(&format!("{address}{DISCOVERY}")) {
            Ok(url) => Some(url),
            Err((problem, fix)) => {
                let key = self
                    .keys
                    .first()
                    .map_or("server_metadata_url", |key| key.name);
                faults.push(section.fault(key, problem, fix));
                None
            }
        }
    }
}

impl Key {
    fn value(
        &self,
        preset: &Preset,
        section: &Section<'_>,
        faults: &mut Vec<Fault>,
    ) -> Option<String> {
        let Self { name, example, .. } = self;
        if section.item(name).is_none() {
            if self.default.is_none() {
                faults.push(section.fault(
                    name,
                    format!(
                        "is missing: the address of {} follows from it.",
                        preset.label
                    ),
                    format!(
                        "Add to `[{}]`: {name} = \"{example}\", with your own value.",
                        section.name
                    ),
                ));
            }
            return self.default.map(str::to_owned);
        }
        let text = section.text(name, faults)?.trim();
        if let Some(problem) = self.form.problem(text) {
            let fix = format!("Write it like this: {name} = \"{example}\"");
            faults.push(section.fault(name, problem, fix));
            return None;
        }
        Some(format!("{}{}", self.before, text.trim_end_matches('/')))
    }
}

impl Form {
    fn problem(self, text: &str) -> Option<&'static str> {
        let of = |more: &[u8]| {
            text.bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || more.contains(&byte))
        };
        if text.is_empty() {
            return Some("is empty.");
        }
        if is_placeholder(text) || is_unexpanded(text) || text.contains(['{', '<']) {
            return Some("is still a placeholder.");
        }
        match self {
            Self::Host if !of(b"-.:") || text.contains("..") => {
                Some("is not a host name alone, without https:// and without a path.")
            }
            Self::Url if !text.contains("://") || text.contains(['?', '#']) => {
                Some("is not a whole URL without a query.")
            }
            Self::Word if !of(b"-._~") => Some("holds a letter that does not fit into an address."),
            _ => None,
        }
    }
}
