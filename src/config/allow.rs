//! `[auth.allow]`: who may sign in at all.

use serde_json::{Map, Value};

use super::{Fault, document, section::Section};

/// The rules of `[auth.allow]`; without any, everyone may.
#[derive(Clone, Debug, Default)]
pub(crate) struct Allow {
    /// Lower-case domains of verified e-mail addresses.
    domains: Vec<String>,
    /// Lower-case verified e-mail addresses.
    emails: Vec<String>,
    /// Claims that must all be there, each with one of its values.
    claims: Vec<(String, Vec<Value>)>,
}

pub(crate) const KEYS: &[&str] = &["domains", "emails", "claims"];

impl Allow {
    pub(crate) fn read(section: &Section<'_>, faults: &mut Vec<Fault>) -> Self {
        for (key, _) in &section.table.0 {
            if !KEYS.contains(&key.as_str()) {
                section.unknown(key, KEYS, faults);
            }
        }
        let lower_case = |key: &str, faults: &mut Vec<Fault>| -> Vec<String> {
            let Some(texts) = section.texts(key, faults) else {
                return Vec::new();
            };
            if texts.is_empty() {
                faults.push(section.fault(
                    key,
                    "is empty, which could mean everyone or nobody.",
                    "Name somebody, or remove this line.",
                ));
            }
            texts.into_iter().map(str::to_ascii_lowercase).collect()
        };
        let domains = lower_case("domains", faults);
        let emails = lower_case("emails", faults);
        for domain in &domains {
            if domain.is_empty() || domain.contains('@') {
                faults.push(section.fault(
                    "domains",
                    "must hold domains alone.",
                    "Write what follows the `@`: domains = [\"example.com\"]",
                ));
            }
        }
        for email in &emails {
            if domain_of(email).is_none() {
                faults.push(section.fault(
                    "emails",
                    "must hold whole addresses.",
                    "Write: emails = [\"ada@example.com\"]",
                ));
            }
        }
        Self {
            domains,
            emails,
            claims: claims(section, faults),
        }
    }

    /// Whether there is no rule.
    pub(crate) fn is_empty(&self) -> bool {
        self.domains.is_empty() && self.emails.is_empty() && self.claims.is_empty()
    }

    /// Whether somebody with these claims may sign in, and stay.
    ///
    /// An address counts only if the provider has verified it; otherwise anybody could enter any address there.
    pub(crate) fn admits(&self, claims: &Map<String, Value>) -> bool {
        let listed = self.domains.is_empty() && self.emails.is_empty();
        let has = |(name, wanted): &(String, Vec<Value>)| {
            wanted
                .iter()
                .any(|wanted| claim_is(claims.get(name), wanted))
        };
        (listed || self.admits_email(claims)) && self.claims.iter().all(has)
    }

    /// Whether these rules look at the claim `name`, so that it has to be kept.
    pub(crate) fn uses(&self, name: &str) -> bool {
        let of_email = !(self.domains.is_empty() && self.emails.is_empty());
        (of_email && ["email", "email_verified"].contains(&name))
            || self.claims.iter().any(|(claim, _)| claim == name)
    }

    fn admits_email(&self, claims: &Map<String, Value>) -> bool {
        // Apple writes the flag as a text.
        let verified = claims
            .get("email_verified")
            .is_some_and(|verified| verified == true || verified == "true");
        let email = claims
            .get("email")
            .and_then(Value::as_str)
            .map(str::to_ascii_lowercase);
        let Some(email) = email.filter(|_| verified) else {
            return false;
        };
        let Some(domain) = domain_of(&email) else {
            return false;
        };
        self.emails.contains(&email) || self.domains.iter().any(|allowed| allowed == domain)
    }
}

/// Whether a claim is `wanted`, or a list that holds it. An absent claim is nothing.
pub(crate) fn claim_is(claim: Option<&Value>, wanted: &Value) -> bool {
    match claim {
        Some(Value::Array(list)) => list.contains(wanted),
        Some(found) => found == wanted,
        None => false,
    }
}

fn claims(section: &Section<'_>, faults: &mut Vec<Fault>) -> Vec<(String, Vec<Value>)> {
    let Some(table) = section.table("claims", faults) else {
        return Vec::new();
    };
    let is_plain = |value: &Value| value.is_string() || value.is_number() || value.is_boolean();
    let entries = table.table.0.iter().filter_map(|(name, item)| {
        let wanted = match document::to_json(item) {
            Some(Value::Array(values)) => values,
            Some(value) => vec![value],
            None => Vec::new(),
        };
        if !wanted.is_empty() && wanted.iter().all(is_plain) {
            return Some((name.clone(), wanted));
        }
        faults.push(table.fault(
            name,
            "must be a value, or a list of values of which one is enough.",
            "Write: claims = { groups = [\"admin\", \"staff\"] }; the claim may be a list, too.",
        ));
        None
    });
    entries.collect()
}

/// What follows the one `@` of an address; `None` for anything that two readers could take for two addresses.
fn domain_of(email: &str) -> Option<&str> {
    let (name, domain) = email.split_once('@')?;
    let plain = email.bytes().all(|byte| byte.is_ascii_graphic());
    (plain && !name.is_empty() && !domain.is_empty() && !domain.contains('@')).then_some(domain)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn admits(allow: &Allow, claims: Value) -> bool {
        allow.admits(claims.as_object().unwrap())
    }

    #[test]
    fn an_address_counts_only_when_it_is_verified_and_plain() {
        let allow = Allow {
            domains: vec!["corp.example".to_owned()],
            emails: vec!["eve@else.example".to_owned()],
            ..Allow::default()
        };

        assert!(admits(
            &allow,
            json!({ "email": "Ada@Corp.Example", "email_verified": true })
        ));
        assert!(admits(
            &allow,
            json!({ "email": "eve@else.example", "email_verified": "true" })
        ));
        for email in [
            "a@evil@corp.example",
            "a@sub.corp.example",
            "a@evilcorp.example",
            "a＠corp.example",
            "@corp.example",
            "a@corp.example ",
        ] {
            assert!(
                !admits(&allow, json!({ "email": email, "email_verified": true })),
                "{email}"
            );
        }
        assert!(!admits(
            &allow,
            json!({ "email": "ada@corp.example", "email_verified": false })
        ));
        assert!(!admits(&allow, json!({ "email": "ada@corp.example" })));
        assert!(!admits(&allow, json!({})));
    }

    #[test]
    fn all_claims_must_be_there_with_one_of_their_values() {
        let claims = vec![
            ("tid".to_owned(), vec![json!("t1"), json!("t3")]),
            ("groups".to_owned(), vec![json!("staff")]),
        ];
        let allow = Allow {
            claims,
            ..Allow::default()
        };

        assert!(admits(
            &allow,
            json!({ "tid": "t1", "groups": ["ops", "staff"] })
        ));
        assert!(admits(&allow, json!({ "tid": "t3", "groups": "staff" })));
        assert!(!admits(&allow, json!({ "tid": "t1" })));
        assert!(!admits(&allow, json!({ "tid": "t2", "groups": "staff" })));
    }
}
