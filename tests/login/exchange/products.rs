//! Provider responses as data: one file per product in `tests/data/products/`.
//!
//! A file describes where the product differs from the test provider, with sources:
//!
//! - `product`, `source`: the product and the sources of the responses
//! - `config`: lines of secrets.toml that the product needs
//! - `auth`: `basic`, `post` or `either`
//! - `iss`: true if responses have `iss` (RFC 9207)
//! - `metadata`, `jwk`, `header`, `claims`, `response`, `callback`: members to set; `null`
//!   removes a member
//! - `keys`: additional keys of the set
//! - `expect`: claims of the user after the login
//! - `refused`: `cause` and `why` of a rejected login, with what Streamlit does
//! - `errors`: token responses that reject a code, with `status`, `type`, `body` or `text`, `cause`
//!   and `shows`
//! - `answers`: authorization responses that reject a login, with `error`, `description`, `cause`
//!   and `shows`
//!
//! `tests/data/refused.json` lists responses that Streamlit accepts and this crate rejects.

use std::{collections::BTreeSet, fs, path::Path};

use serde_json::{Map, Value};

use support::{Auth, Behaviour, Edits, Log, ORIGIN, Provider, TestApp, secrets};

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
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/products");
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

    /// The app, with a provider that responds like the product.
    async fn test_app(&self) -> TestApp {
        let provider = Provider::start().await;
        provider.sign_with("RS256");
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
        TestApp::with_provider(provider, &secrets, ORIGIN)
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
fn every_product_has_source() {
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
async fn login_works_with_responses_of_every_product() {
    for product in Product::all() {
        let name = product.name();
        let mut app = product.test_app().await;
        let callback = app.callback().await;
        if let Some(refused) = product.member("refused").as_object() {
            assert!(refused["why"].as_str().unwrap().contains("Streamlit"));
            app.assert_rejected(callback, refused["cause"].as_str().unwrap())
                .await;
            continue;
        }
        let page = app.browser.step(callback).await;
        assert_eq!(page.location(), Some("/"), "{name}: {page:?}");
        assert_eq!(app.provider.violations(), [""; 0], "{name}");
        let me = app.user_json().await;
        assert_eq!(me["is_logged_in"], true, "{name}: {me}");
        for (claim, value) in product.member("expect").as_object().unwrap() {
            assert_eq!(&me[claim], value, "{name}: {claim}");
        }
    }
}

/// Responses that Streamlit accepts and this crate rejects, each with its error code.
#[tokio::test]
async fn rejected_response_has_its_error_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("data/refused.json");
    let file: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let shapes = file["shapes"].as_array().unwrap();
    assert!(shapes.len() >= 12);
    for shape in shapes {
        let product = Product(shape.as_object().unwrap().clone());
        let mut app = product.test_app().await;
        let now = i64::try_from(app.clock.now()).unwrap();
        for (claim, seconds) in shape["times"].as_object().into_iter().flatten() {
            let time = now + seconds.as_i64().unwrap();
            app.provider.set(|f| f.claims.set(claim, time));
        }
        assert!(shape["why"].as_str().unwrap().ends_with('.'), "{shape}");
        let callback = app.callback().await;
        app.assert_rejected(callback, shape["cause"].as_str().unwrap())
            .await;
    }
}

#[tokio::test]
async fn code_error_of_every_product_shows_its_cause() {
    let mut count = 0;
    for product in Product::all() {
        let mut app = product.test_app().await;
        for error in product.list("errors") {
            let status = u16::try_from(error["status"].as_u64().unwrap()).unwrap();
            let kind = error["type"].as_str().unwrap_or("application/json");
            let body = match error["text"].as_str() {
                Some(text) => text.to_owned(),
                None => error["body"].to_string(),
            };
            let answer = Behaviour::Raw(status, kind.to_owned().leak(), body.into_bytes());
            app.provider.set(|f| f.token = answer);
            let callback = app.callback().await;
            let log = Log::start();
            let cause = error["cause"].as_str().unwrap();
            if cause == "token_endpoint_error" {
                app.assert_provider_unavailable(callback, cause).await;
                app.browser.jar.clear();
            } else {
                app.assert_rejected(callback, cause).await;
            }
            assert_shown(&product, &log, &error);
            count += 1;
        }
    }
    assert!(count >= 30, "{count}");
}

#[tokio::test]
async fn login_error_of_every_product_shows_its_cause() {
    let mut count = 0;
    for product in Product::all() {
        for answer in product.list("answers") {
            let mut app = product.test_app().await;
            let description = answer["description"].as_str().unwrap_or_default();
            let error = answer["error"].as_str().unwrap();
            app.provider.set(|f| f.deny(error, description));
            let callback = app.callback().await;
            let log = Log::start();
            app.assert_rejected(callback, answer["cause"].as_str().unwrap())
                .await;
            assert_shown(&product, &log, &answer);
            count += 1;
        }
    }
    assert!(count >= 10, "{count}");
}

/// Asserts that the log contains the texts in `shows`.
fn assert_shown(product: &Product, log: &Log, row: &Value) {
    if let Some(shown) = row["shows"].as_str() {
        let lines = log.warnings();
        let is_shown = lines.iter().any(|(_, line)| line.contains(shown));
        assert!(is_shown, "{}: {shown} is not in {lines:?}", product.name());
    }
}
