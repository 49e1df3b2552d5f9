//! Rotation of signing keys.

use serde_json::Value;

use super::{Kind, Provider, get, realm};

impl Provider {
    /// Replaces the signing key.
    pub async fn rotate(&mut self) {
        match self.kind {
            Kind::Certified { .. } => self.control("rotate?keep=0").await,
            Kind::Toolkit | Kind::Mock => {
                self.down();
                self.up().await;
            }
            Kind::Keycloak => realm(self.port).rotate().await,
            Kind::Spring | Kind::Hydra => self.control("rotate").await,
        }
    }

    /// As [`rotate`](Self::rotate), but under the same `kid`. Keycloak and Django derive the `kid`
    /// from the key.
    pub async fn rotate_under_same_kid(&self) {
        let control = match self.kind {
            Kind::Certified { .. } => "rotate?keep=0&kid=same",
            Kind::Spring | Kind::Hydra => "rotate?kid=same",
            kind => panic!("{kind:?} cannot"),
        };
        let before = self.signing_kids().await;
        self.control(control).await;
        assert_eq!(self.signing_kids().await, before);
    }

    /// The `kid`s of the published keys.
    async fn signing_kids(&self) -> Vec<Value> {
        let keys = self.discovery().await["jwks_uri"].clone();
        let keys = get(keys.as_str().unwrap()).await["keys"].clone();
        let mut kids: Vec<Value> = keys
            .as_array()
            .unwrap()
            .iter()
            .map(|key| key["kid"].clone())
            .collect();
        kids.sort_by_key(Value::to_string);
        kids
    }

    /// Signs with a new key and still publishes the old one, as large providers do. Only for
    /// `oidc-provider`.
    pub async fn add_key(&self) {
        self.control("rotate").await;
    }
}
