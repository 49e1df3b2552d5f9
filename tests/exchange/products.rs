//! Provider answers as data: `tests/data/products/` has one file for each product.
//!
//! A file states what the product answers where it differs from the test provider, and its sources:
//!
//! | member | meaning |
//! | --- | --- |
//! | `product`, `source` | the product, and where the shapes are from |
//! | `config` | lines of secrets.toml that the product needs |
//! | `auth` | `basic`, `post` or `either` |
//! | `iss` | whether answers name the issuer (RFC 9207) |
//! | `metadata`, `jwk`, `header`, `claims`, `response`, `callback` | members that are set; `null` removes one |
//! | `keys` | further keys of the set |
//! | `expect` | claims of the user after the login |
//! | `refused` | `cause` and `why` of a login that is refused, with what Streamlit does |
//! | `errors` | answers of the token endpoint that refuse a code: `status`, `type`, `body` or `text`, `cause`, `shows` |
//! | `answers` | authorization responses that refuse a login: `error`, `description`, `cause`, `shows` |
//!
//! `tests/data/refused.json` has the shapes that Streamlit accepts and this crate refuses.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::{Map, Value};

use crate::support::{Auth, Behaviour, Edits, Log, ORIGIN, Provider, Stage, secrets};

/// The products that must have a file.
const PRODUCTS: [&str; 18] = [
    "Amazon Cognito",
    "Apple",
    "Auth0",
    "Azure AD B2C",
    "Dex",
    "GitLab",
    "Google",
    "Keycloak",
    "LinkedIn",
    "Microsoft Entra v1",
    "Microsoft Entra v2",
    "Okta",
    "Ory Hydra",
    "Pocket ID",
    "Slack",
    "Twitch",
    "ZITADEL",
    "authentik",
];

struct Product(Map<String, Value>);

impl Product {
    fn all() -> Vec<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/products");
        let mut products: Vec<Self> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| {
                let path = entry.unwrap().path();
                let text = fs::read_to_string(&path).unwrap();
                let value = serde_json::from_str(&text);
                Self(value.unwrap_or_else(|error| panic!("{}: {error}", path.display())))
            })
            .collect();
        products.sort_by(|a, b| a.name().cmp(b.name()));
        products
    }

    fn name(&self) -> &str {
        self.0["product"].as_str().unwrap()
    }

    fn member(&self, name: &str) -> &Value {
        self.0.get(name).unwrap_or(&Value::Null)
    }

    fn list(&self, name: &str) -> Vec<Value> {
        self.member(name).as_array().cloned().unwrap_or_default()
    }

    /// The app, with a provider that answers as the product does.
    async fn stage(&self) -> Stage {
        let provider = Provider::start().await;
        provider.client(|client| {
            client.auth = match self.member("auth").as_str() {
                Some("post") => Auth::Post,
                Some("either") => Auth::Either,
                _ => Auth::Basic,
            };
        });
        let issuer = provider.issuer();
        provider.set(|f| {
            if self.member("iss") != true {
                f.metadata
                    .remove("authorization_response_iss_parameter_supported");
                f.callback.remove("iss");
            }
            self.edit("metadata", &issuer, &mut f.metadata);
            self.edit("jwk", &issuer, &mut f.jwk);
            self.edit("header", &issuer, &mut f.header);
            self.edit("claims", &issuer, &mut f.claims);
            self.edit("response", &issuer, &mut f.token_response);
            self.edit("callback", &issuer, &mut f.callback);
            f.more_keys = self.list("keys");
        });
        let config = self.member("config").as_str().unwrap_or_default();
        let secrets = secrets(&provider).auth(config);
        Stage::of(provider, &secrets, ORIGIN)
    }

    fn edit(&self, name: &str, issuer: &str, edits: &mut Edits) {
        for (member, value) in self.member(name).as_object().into_iter().flatten() {
            let text = value.to_string().replace("{issuer}", issuer);
            match value {
                Value::Null => edits.remove(member),
                _ => edits.set(member, serde_json::from_str::<Value>(&text).unwrap()),
            }
        }
    }
}

#[test]
fn every_product_states_its_source() {
    let products = Product::all();
    let names: BTreeSet<&str> = products.iter().map(Product::name).collect();
    assert_eq!(names, BTreeSet::from(PRODUCTS));
    for product in &products {
        let sources = product.list("source");
        assert!(!sources.is_empty(), "{}", product.name());
        for source in sources {
            let source = source.as_str().unwrap().to_owned();
            assert!(source.starts_with("https://"), "{source}");
        }
        assert!(
            product.0.contains_key("expect") || product.0.contains_key("refused"),
            "{}",
            product.name()
        );
    }
}

#[tokio::test]
async fn login_works_with_the_answers_of_every_product() {
    for product in Product::all() {
        let name = product.name();
        let mut stage = product.stage().await;
        let callback = stage.callback().await;
        if let Some(refused) = product.member("refused").as_object() {
            assert!(refused["why"].as_str().unwrap().contains("Streamlit"));
            stage
                .home(callback, refused["cause"].as_str().unwrap())
                .await;
            continue;
        }
        let page = stage.browser.step(callback).await;
        assert_eq!(page.location(), Some("/"), "{name}: {page:?}");
        assert_eq!(stage.provider.complaints(), [""; 0], "{name}");
        let me = stage.me().await;
        assert_eq!(me["is_logged_in"], true, "{name}: {me}");
        for (claim, value) in product.member("expect").as_object().unwrap() {
            assert_eq!(&me[claim], value, "{name}: {claim}");
        }
    }
}

/// What Streamlit accepts and this crate does not: each shape with its reason.
#[tokio::test]
async fn refused_shape_has_its_reason() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/refused.json");
    let file: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let shapes = file["shapes"].as_array().unwrap();
    assert!(shapes.len() >= 12);
    for shape in shapes {
        let product = Product(shape.as_object().unwrap().clone());
        let mut stage = product.stage().await;
        let now = i64::try_from(stage.clock.now()).unwrap();
        for (claim, seconds) in shape["times"].as_object().into_iter().flatten() {
            let time = now + seconds.as_i64().unwrap();
            stage.provider.set(|f| f.claims.set(claim, time));
        }
        assert!(shape["why"].as_str().unwrap().ends_with('.'), "{shape}");
        let callback = stage.callback().await;
        stage.home(callback, shape["cause"].as_str().unwrap()).await;
    }
}

#[tokio::test]
async fn refused_code_has_its_cause_at_every_product() {
    let mut count = 0;
    for product in Product::all() {
        let mut stage = product.stage().await;
        for error in product.list("errors") {
            let status = u16::try_from(error["status"].as_u64().unwrap()).unwrap();
            let kind = error["type"].as_str().unwrap_or("application/json");
            let body = match error["text"].as_str() {
                Some(text) => text.to_owned(),
                None => error["body"].to_string(),
            };
            let answer = Behaviour::Raw(status, kind.to_owned().leak(), body.into_bytes());
            stage.provider.set(|f| f.token = answer);
            let callback = stage.callback().await;
            let log = Log::start();
            let cause = error["cause"].as_str().unwrap();
            if cause == "token_trouble" {
                stage.down(callback, cause).await;
                stage.browser.jar.clear();
            } else {
                stage.home(callback, cause).await;
            }
            assert_shown(&product, &log, &error);
            count += 1;
        }
    }
    assert!(count >= 30, "{count}");
}

#[tokio::test]
async fn refused_login_has_its_cause_at_every_product() {
    let mut count = 0;
    for product in Product::all() {
        for answer in product.list("answers") {
            let mut stage = product.stage().await;
            let description = answer["description"].as_str().unwrap_or_default();
            let error = answer["error"].as_str().unwrap();
            stage.provider.set(|f| f.refuse(error, description));
            let callback = stage.callback().await;
            let log = Log::start();
            stage
                .home(callback, answer["cause"].as_str().unwrap())
                .await;
            assert_shown(&product, &log, &answer);
            count += 1;
        }
    }
    assert!(count >= 10, "{count}");
}

/// The log holds what the row says.
fn assert_shown(product: &Product, log: &Log, row: &Value) {
    if let Some(shown) = row["shows"].as_str() {
        let lines = log.complaints();
        let is_shown = lines.iter().any(|(_, line)| line.contains(shown));
        assert!(is_shown, "{}: {shown} is not in {lines:?}", product.name());
    }
}
