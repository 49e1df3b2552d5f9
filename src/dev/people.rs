//! Who can sign in: a few people worth having, and anyone whose claims are typed.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The longest claims that can be typed, in bytes: more than the budget of an identity, so that going over can be tried.
pub(super) const CLAIMS_LIMIT: usize = 24 * 1024;

/// What stands in the text field at first.
pub(super) const EXAMPLE_CLAIMS: &str = r#"{
  "sub": "dora",
  "name": "Dora",
  "email": "dora@example.com",
  "email_verified": true,
  "groups": ["staff"]
}"#;

/// Claims that only the provider sets, whatever was typed.
const PROVIDER_CLAIMS: [&str; 9] = [
    "iss",
    "aud",
    "azp",
    "exp",
    "iat",
    "nbf",
    "nonce",
    "at_hash",
    "auth_time",
];

/// The person who signs in. A known one is held by `id`, which keeps codes and tokens short.
#[derive(Serialize, Deserialize)]
pub(super) enum Person {
    Known(String),
    Typed(Map<String, Value>),
}

impl Person {
    pub(super) fn known(id: &str) -> Option<Self> {
        PEOPLE
            .iter()
            .any(|known| known.id == id)
            .then(|| Self::Known(id.to_owned()))
    }

    /// # Errors
    ///
    /// A sentence for whoever typed `json`.
    pub(super) fn typed(json: &str) -> Result<Self, String> {
        if json.len() > CLAIMS_LIMIT {
            return Err(format!(
                "These claims are longer than {} KB. Leave some out.",
                CLAIMS_LIMIT / 1024
            ));
        }
        let value = serde_json::from_str(json).map_err(|error| match error.is_eof() {
            true => {
                "This JSON ends too early. Is a bracket or a quotation mark missing?".to_owned()
            }
            false => format!("This is not JSON: {error}."),
        })?;
        let Value::Object(mut claims) = value else {
            return Err(
                "The claims must be a JSON object, which starts with { and ends with }.".to_owned(),
            );
        };
        if claims
            .get("sub")
            .and_then(Value::as_str)
            .is_none_or(str::is_empty)
        {
            return Err(
                "The claims need a \"sub\": the person’s identifier, a text that is not empty."
                    .to_owned(),
            );
        }
        claims.retain(|name, _| !PROVIDER_CLAIMS.contains(&name.as_str()));
        Ok(Self::Typed(claims))
    }

    /// Everything that the provider says about the person, `sub` included.
    pub(super) fn claims(&self) -> Map<String, Value> {
        match self {
            Self::Typed(claims) => claims.clone(),
            Self::Known(id) => PEOPLE
                .iter()
                .find(|known| known.id == id)
                .map(Known::claims)
                .unwrap_or_default(),
        }
    }
}

/// A person on the page.
pub(super) struct Known {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) email: Option<&'static str>,
    /// What makes the person worth choosing.
    pub(super) note: &'static str,
    groups: Groups,
}

enum Groups {
    Named(&'static [&'static str]),
    /// `team-001`, `team-002` and so on.
    Numbered(u16),
}

pub(super) const PEOPLE: [Known; 5] = [
    Known {
        id: "alice",
        name: "Alice",
        email: Some("alice@example.com"),
        note: "admin, staff",
        groups: Groups::Named(&["admin", "staff"]),
    },
    Known {
        id: "bob",
        name: "Bob",
        email: Some("bob@example.com"),
        note: "staff",
        groups: Groups::Named(&["staff"]),
    },
    Known {
        id: "carol",
        name: "Carol",
        email: None,
        note: "staff",
        groups: Groups::Named(&["staff"]),
    },
    Known {
        id: "zoe",
        name: "Zoë Müller 👋",
        email: Some("zoe@example.com"),
        note: "beyond ASCII",
        groups: Groups::Named(&["staff", "köln"]),
    },
    Known {
        id: "dave",
        name: "Dave",
        email: Some("dave@example.com"),
        note: "300 groups",
        groups: Groups::Numbered(300),
    },
];

impl Known {
    pub(super) fn initial(&self) -> char {
        self.name.chars().next().unwrap_or(' ')
    }

    fn claims(&self) -> Map<String, Value> {
        let groups = match self.groups {
            Groups::Named(names) => json!(names),
            Groups::Numbered(count) => (1..=count)
                .map(|number| format!("team-{number:03}"))
                .collect(),
        };
        let mut claims = Map::new();
        claims.insert("sub".to_owned(), json!(self.id));
        claims.insert("name".to_owned(), json!(self.name));
        claims.insert("preferred_username".to_owned(), json!(self.id));
        if let Some(email) = self.email {
            claims.insert("email".to_owned(), json!(email));
            claims.insert("email_verified".to_owned(), json!(true));
        }
        claims.insert("groups".to_owned(), groups);
        claims
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_people_are_those_that_the_page_promises() {
        let claims = |id: &str| Person::known(id).unwrap().claims();
        assert_eq!(claims("alice")["name"], "Alice");
        assert_eq!(claims("alice")["groups"], json!(["admin", "staff"]));
        assert_eq!(claims("alice")["email_verified"], true);
        assert_eq!(claims("bob")["groups"], json!(["staff"]));
        assert!(
            !claims("carol").contains_key("email")
                && !claims("carol").contains_key("email_verified")
        );
        assert_eq!(claims("zoe")["name"], "Zoë Müller 👋");
        assert_eq!(claims("dave")["groups"].as_array().unwrap().len(), 300);
        assert!(
            json!(claims("dave")).to_string().len() < 8 * 1024,
            "fits the budget of an identity"
        );
        assert!(Person::known("mallory").is_none());
    }

    #[test]
    fn typed_claims_are_an_object_with_a_subject() {
        let refusal = |json: &str| Person::typed(json).err().unwrap_or_default();
        assert_eq!(
            refusal("{sub}"),
            "This is not JSON: key must be a string at line 1 column 2."
        );
        assert!(refusal("{").contains("ends too early") && refusal("").contains("ends too early"));
        assert!(refusal("[]").contains("must be a JSON object"));
        assert!(refusal("\"sub\"").contains("must be a JSON object"));
        for json in ["{}", r#"{"sub": ""}"#, r#"{"sub": 7}"#, r#"{"sub": null}"#] {
            assert!(refusal(json).contains("need a \"sub\""), "{json}");
        }
        assert!(refusal(&" ".repeat(CLAIMS_LIMIT + 1)).contains("longer than 24 KB"));
        let longest = format!("{:1$}", r#"{"sub": "dora"}"#, CLAIMS_LIMIT);
        assert_eq!(
            (longest.len(), refusal(&longest)),
            (CLAIMS_LIMIT, String::new())
        );
        assert!(
            refusal(&"[".repeat(20_000)).contains("not JSON"),
            "nested too deeply"
        );
        assert_eq!(refusal(EXAMPLE_CLAIMS), "");
    }

    #[test]
    fn typed_claims_cannot_replace_those_of_the_provider() {
        let person = Person::typed(
            r#"{"iss": "x", "exp": 1, "sub": "dora", "aud": [], "nonce": 1, "tid": 5}"#,
        );
        let names: Vec<_> = person.unwrap().claims().keys().cloned().collect();
        assert_eq!(names, ["sub", "tid"]);
    }
}
