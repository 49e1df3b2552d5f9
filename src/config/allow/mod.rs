//! The rules of `[auth.allow]` and of a provider's own `allow`.

use serde_json::{Map, Value};

#[cfg(test)]
pub(super) use self::read::KEYS;
pub(crate) use self::reason::NotAllowed;
use self::reason::Reason;
use super::{Config, ProviderConfig};

mod read;
mod reason;

/// Rules that restrict who may log in. Without rules, every user of the provider may.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Allow {
    /// The table's dotted name, such as `auth.allow`.
    table: String,
    /// Domains of verified email addresses, in lower case.
    domains: Vec<String>,
    /// Verified email addresses, in lower case.
    emails: Vec<String>,
    /// Claims that must all be present, each with one of its values.
    claims: Vec<(String, Vec<Value>)>,
}

impl Config {
    /// Checks the rules of `[auth.allow]` and those of the provider's own `allow`. Both apply.
    ///
    /// # Errors
    ///
    /// The first rule that refuses the user.
    pub(crate) fn check_allowed(
        &self,
        provider: &ProviderConfig,
        claims: &Map<String, Value>,
    ) -> Result<(), NotAllowed> {
        self.allow.check(provider, claims)?;
        provider.allow.check(provider, claims)
    }

    /// Returns true if any rule of [`check_allowed`](Self::check_allowed) applies to users of this
    /// provider.
    pub(crate) fn has_rules(&self, provider: &ProviderConfig) -> bool {
        !self.allow.is_empty() || !provider.allow.is_empty()
    }

    /// Returns true if a rule reads the top-level claim `name`. The identity has to keep such
    /// claims.
    pub(crate) fn rules_use(&self, name: &str) -> bool {
        let mut providers = self.providers.iter();
        self.allow.uses(name) || providers.any(|provider| provider.allow.uses(name))
    }
}

impl Allow {
    /// Returns true if no rule is set.
    pub(crate) fn is_empty(&self) -> bool {
        !self.has_email_rules() && self.claims.is_empty()
    }

    /// Checks the claims of a user of `provider`.
    ///
    /// # Errors
    ///
    /// The first rule that refuses the user.
    pub(crate) fn check(
        &self,
        provider: &ProviderConfig,
        claims: &Map<String, Value>,
    ) -> Result<(), NotAllowed> {
        if self.has_email_rules() {
            self.check_email(provider, claims)
                .map_err(|reason| NotAllowed {
                    rule: self.email_rule(),
                    reason,
                })?;
        }
        let refused = self
            .claims
            .iter()
            .find_map(|(name, wanted)| Some((name, check_claim(claims, name, wanted).err()?)));
        match refused {
            Some((name, reason)) => Err(NotAllowed {
                rule: format!("{}.claims.{name}", self.table),
                reason,
            }),
            None => Ok(()),
        }
    }

    fn has_email_rules(&self) -> bool {
        !(self.domains.is_empty() && self.emails.is_empty())
    }

    fn email_rule(&self) -> String {
        let table = &self.table;
        match (self.domains.is_empty(), self.emails.is_empty()) {
            (false, true) => format!("{table}.domains"),
            (true, _) => format!("{table}.emails"),
            (false, false) => format!("{table}.domains and {table}.emails"),
        }
    }

    fn uses(&self, name: &str) -> bool {
        let used_by_email_rules = self.has_email_rules() && EMAIL_CLAIMS.contains(&name);
        used_by_email_rules
            || self.claims.iter().any(|(rule, _)| {
                let rest = rule.strip_prefix(name);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            })
    }

    /// Checks the email address against `domains` and `emails`.
    ///
    /// An address is only compared if the provider has verified it. Otherwise a user could enter
    /// any address at the provider.
    ///
    /// Source: OpenID Connect Core 1.0, section 5.1, `email_verified`.
    fn check_email(
        &self,
        provider: &ProviderConfig,
        claims: &Map<String, Value>,
    ) -> Result<(), Reason> {
        let email = match claims.get("email") {
            None | Some(Value::Null) => return Err(Reason::EmailMissing),
            Some(email) => email.as_str().ok_or(Reason::EmailMalformed)?,
        };
        let email = email.to_ascii_lowercase();
        let domain = domain_of(&email).ok_or(Reason::EmailMalformed)?;
        match claims.get("email_verified") {
            None | Some(Value::Null) => return Err(Reason::EmailVerifiedMissing),
            // Apple sends the flag as a string.
            Some(verified) if *verified == true || *verified == "true" => {}
            Some(_) => return Err(Reason::EmailNotVerified),
        }
        if self.emails.contains(&email) {
            return Ok(());
        }
        if !self.lists_domain(domain) {
            return Err(Reason::EmailNotListed);
        }
        if provider.is_google() {
            self.check_hosted_domain(domain, claims)?;
        }
        Ok(())
    }

    /// Checks the organization of a Google account.
    ///
    /// Consumer accounts of Google can have an address of any domain. Only accounts of an
    /// organization have the claim `hd`.
    ///
    /// Source: Google, "OpenID Connect", the claim `hd`, and "Verify the Google ID token on your
    /// server side": Google is authoritative for an address if it is a gmail.com address, or if it
    /// is verified and `hd` is set.
    fn check_hosted_domain(&self, domain: &str, claims: &Map<String, Value>) -> Result<(), Reason> {
        if GMAIL_DOMAINS.contains(&domain) {
            return Ok(());
        }
        match claims.get("hd").and_then(Value::as_str) {
            None => Err(Reason::HostedDomainMissing),
            Some(hd) if self.lists_domain(&hd.to_ascii_lowercase()) => Ok(()),
            Some(_) => Err(Reason::HostedDomainNotListed),
        }
    }

    fn lists_domain(&self, domain: &str) -> bool {
        self.domains.iter().any(|listed| listed == domain)
    }
}

/// The claims that `domains` and `emails` read.
const EMAIL_CLAIMS: [&str; 3] = ["email", "email_verified", "hd"];

/// The domains of Google's consumer accounts.
const GMAIL_DOMAINS: [&str; 2] = ["gmail.com", "googlemail.com"];

fn check_claim(claims: &Map<String, Value>, name: &str, wanted: &[Value]) -> Result<(), Reason> {
    match find_claim(claims, name) {
        found @ Some(_) if wanted.iter().any(|wanted| claim_is(found, wanted)) => Ok(()),
        Some(found) if !found.is_null() => Err(Reason::ClaimNotListed(name.to_owned())),
        // OpenID Connect Core 1.0, section 5.6.2. Entra leaves the groups out of the token if there
        // are more than 200.
        _ if claims
            .get("_claim_names")
            .is_some_and(|names| names.get(name).is_some()) =>
        {
            Err(Reason::ClaimTooLarge(name.to_owned()))
        }
        _ => Err(Reason::ClaimMissing(name.to_owned())),
    }
}

/// Returns true if a claim equals `wanted`, or is an array that contains it. An absent claim never
/// matches.
pub(crate) fn claim_is(claim: Option<&Value>, wanted: &Value) -> bool {
    match claim {
        Some(Value::Array(values)) => values.contains(wanted),
        Some(found) => found == wanted,
        None => false,
    }
}

/// Finds the claim `name`, or else the nested claim at the dotted path `name`, such as
/// `realm_access.roles`.
///
/// The name of a claim may itself contain dots. A claim with exactly that name takes precedence at
/// every level.
pub(crate) fn find_claim<'c>(claims: &'c Map<String, Value>, name: &str) -> Option<&'c Value> {
    claims.get(name).or_else(|| {
        name.match_indices('.').find_map(|(dot, _)| {
            let inner = claims.get(&name[..dot])?.as_object()?;
            find_claim(inner, &name[dot + 1..])
        })
    })
}

/// Returns the part after the only `@` of an address. Returns `None` if two programs could parse
/// the address differently.
fn domain_of(email: &str) -> Option<&str> {
    let (name, domain) = email.split_once('@')?;
    let plain = email.bytes().all(|byte| byte.is_ascii_graphic());
    (plain && !name.is_empty() && !domain.is_empty() && !domain.contains('@')).then_some(domain)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn dotted_name_reaches_nested_claim() {
        let claims = json!({
            "realm_access": { "roles": ["admin"] },
            "resource_access": { "my.client": { "roles": ["user"] }, "other": 1 },
            "https://a.example/roles": ["editor"],
            "a": { "b": "nested" },
            "a.b": "exact",
            "list": [{ "x": 1 }],
        });
        let find = |name| find_claim(claims.as_object().unwrap(), name);

        assert_eq!(find("realm_access.roles"), Some(&json!(["admin"])));
        assert_eq!(
            find("resource_access.my.client.roles"),
            Some(&json!(["user"]))
        );
        assert_eq!(find("https://a.example/roles"), Some(&json!(["editor"])));
        assert_eq!(find("a.b"), Some(&json!("exact")));
        for absent in [
            "",
            ".",
            "realm_access.",
            ".roles",
            "realm_access..roles",
            "resource_access.other.x",
            "list.x",
            "list.0",
            "a.b.c",
        ] {
            assert_eq!(find(absent), None, "{absent}");
        }
    }
}
