//! The users that can log in: predefined ones, and any user with custom claims.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// The user who logs in. A predefined user is stored by ID, which keeps codes and tokens short.
#[derive(Serialize, Deserialize)]
pub(super) enum DevUser {
    Predefined(String),
    Custom(Map<String, Value>),
}

impl DevUser {
    pub(super) fn predefined(id: &str) -> Option<Self> {
        USERS
            .iter()
            .any(|user| user.id == id)
            .then(|| Self::Predefined(id.to_owned()))
    }

    /// Parses custom claims.
    ///
    /// # Errors
    ///
    /// A sentence for the page, if `json` is not an object with a `sub` or is longer than
    /// [`MAX_CLAIMS_BYTES`].
    pub(super) fn from_json(json: &str) -> Result<Self, String> {
        if json.len() > MAX_CLAIMS_BYTES {
            return Err(format!(
                "These claims are longer than {} KB. Remove some.",
                MAX_CLAIMS_BYTES / 1024
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
                "The claims need a \"sub\": the identifier of the user, a string that is not empty."
                    .to_owned(),
            );
        }
        claims.retain(|name, _| !PROVIDER_CLAIMS.contains(&name.as_str()));
        Ok(Self::Custom(claims))
    }

    /// Returns the claims about the user, including `sub`.
    pub(super) fn claims(&self) -> Map<String, Value> {
        match self {
            Self::Custom(claims) => claims.clone(),
            Self::Predefined(id) => USERS
                .iter()
                .find(|user| user.id == id)
                .map(PredefinedUser::claims)
                .unwrap_or_default(),
        }
    }
}

/// The maximum length of custom claims, in bytes. This is more than the cookie budget of an
/// identity, so that tests can exceed it.
pub(super) const MAX_CLAIMS_BYTES: usize = 24 * 1024;

/// Claims that only the provider sets. They are removed from custom claims.
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

/// The initial text of the field for custom claims.
pub(super) const EXAMPLE_CLAIMS: &str = r#"{
  "sub": "dora",
  "name": "Dora",
  "email": "dora@example.com",
  "email_verified": true,
  "groups": ["staff"]
}"#;

/// A user listed on the page.
pub(super) struct PredefinedUser {
    pub(super) id: &'static str,
    pub(super) name: &'static str,
    pub(super) email: Option<&'static str>,
    /// The trait that makes this user useful for testing.
    pub(super) note: &'static str,
    groups: Groups,
}

enum Groups {
    Named(&'static [&'static str]),
    /// `team-001`, `team-002` and so on.
    Numbered(u16),
}

pub(super) const USERS: [PredefinedUser; 5] = [
    PredefinedUser {
        id: "alice",
        name: "Alice",
        email: Some("alice@example.com"),
        note: "admin, staff",
        groups: Groups::Named(&["admin", "staff"]),
    },
    PredefinedUser {
        id: "bob",
        name: "Bob",
        email: Some("bob@example.com"),
        note: "staff",
        groups: Groups::Named(&["staff"]),
    },
    PredefinedUser {
        id: "carol",
        name: "Carol",
        email: None,
        note: "staff",
        groups: Groups::Named(&["staff"]),
    },
    PredefinedUser {
        id: "zoe",
        name: "Zoë Müller 👋",
        email: Some("zoe@example.com"),
        note: "beyond ASCII",
        groups: Groups::Named(&["staff", "köln"]),
    },
    PredefinedUser {
        id: "dave",
        name: "Dave",
        email: Some("dave@example.com"),
        note: "300 groups",
        groups: Groups::Numbered(300),
    },
];

impl PredefinedUser {
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
    fn predefined_users_match_the_page() {
        let claims = |id: &str| DevUser::predefined(id).unwrap().claims();
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
        assert!(DevUser::predefined("mallory").is_none());
    }

    #[test]
    fn custom_claims_require_object_with_sub() {
        let error = |json: &str| DevUser::from_json(json).err().unwrap_or_default();
        assert_eq!(
            error("{sub}"),
            "This is not JSON: key must be a string at line 1 column 2."
        );
        assert!(error("{").contains("ends too early") && error("").contains("ends too early"));
        assert!(error("[]").contains("must be a JSON object"));
        assert!(error("\"sub\"").contains("must be a JSON object"));
        for json in ["{}", r#"{"sub": ""}"#, r#"{"sub": 7}"#, r#"{"sub": null}"#] {
            assert!(error(json).contains("need a \"sub\""), "{json}");
        }
        assert!(error(&" ".repeat(MAX_CLAIMS_BYTES + 1)).contains("longer than 24 KB"));
        let longest = format!("{:1$}", r#"{"sub": "dora"}"#, MAX_CLAIMS_BYTES);
        assert_eq!(
            (longest.len(), error(&longest)),
            (MAX_CLAIMS_BYTES, String::new())
        );
        assert!(
            error(&"[".repeat(20_000)).contains("not JSON"),
            "nested too deeply"
        );
        assert_eq!(error(EXAMPLE_CLAIMS), "");
    }

    #[test]
    fn custom_claims_cannot_replace_protocol_claims() {
        let user = DevUser::from_json(
            r#"{"iss": "x", "exp": 1, "sub": "dora", "aud": [], "nonce": 1, "tid": 5}"#,
        );
        let names: Vec<_> = user.unwrap().claims().keys().cloned().collect();
        assert_eq!(names, ["sub", "tid"]);
    }
}
