//! User interaction on the pages of the providers.

use super::{Kind, Provider};
use crate::browser::{Browser, Page};

impl Provider {
    /// Returns true if the page belongs to the provider.
    pub fn shows(&self, page: &Page) -> bool {
        let host = self.kind.host();
        [self.port, self.pages_port]
            .iter()
            .any(|port| page.is_at(&format!("http://{host}:{port}")))
    }

    /// Returns true if the page asks for a password.
    pub fn asks_for_password(&self, page: &Page) -> bool {
        let forms = page.document().forms;
        let mut fields = forms.iter().flat_map(|form| &form.fields);
        self.shows(page) && fields.any(|(name, _)| name == "password")
    }

    /// Fills in the forms from `page` on until the provider redirects to the app.
    pub async fn sign_in(&self, browser: &mut Browser, page: Page, user: &str) -> Page {
        let back = self.submit(browser, page, user).await;
        assert!(!self.shows(&back), "still at the provider: {back:?}");
        back
    }

    /// As [`Provider::sign_in`], for an app that may redirect to the provider again.
    pub async fn submit(&self, browser: &mut Browser, page: Page, user: &str) -> Page {
        assert!(self.shows(&page), "not at the provider: {page:?}");
        let credentials = |name| [(name, user), ("password", "password")];
        match self.kind {
            Kind::Certified { .. } | Kind::Hydra => {
                browser.press(&page, "Sign in", &credentials("login")).await
            }
            Kind::Toolkit => {
                let consent = match page
                    .document()
                    .buttons
                    .iter()
                    .any(|button| button.label == "Sign in")
                {
                    true => {
                        browser
                            .press(&page, "Sign in", &credentials("username"))
                            .await
                    }
                    false => page,
                };
                browser.press(&consent, "Authorize", &[]).await
            }
            Kind::Mock => browser.press(&page, user, &[]).await,
            Kind::Keycloak => {
                browser
                    .press(&page, "Sign In", &credentials("username"))
                    .await
            }
            Kind::Spring => {
                browser
                    .press(&page, "Sign in", &credentials("username"))
                    .await
            }
        }
    }

    /// Cancels the login on `page`. Django only allows denying consent, after a login.
    pub async fn cancel(&self, browser: &mut Browser, page: Page) -> Page {
        assert!(self.shows(&page), "not at the provider: {page:?}");
        match self.kind {
            Kind::Certified { .. } | Kind::Toolkit => browser.press(&page, "Cancel", &[]).await,
            Kind::Mock => browser.press(&page, "Deny", &[]).await,
            kind => panic!("{kind:?} has no such button"),
        }
    }

    /// Confirms the logout on `page`.
    pub async fn sign_out(&self, browser: &mut Browser, page: Page) -> Page {
        let endpoint = self.discovery().await["end_session_endpoint"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(page.passed(&endpoint), "not sent to {endpoint}: {page:?}");
        let button = match self.kind {
            Kind::Certified { .. } => "Yes, sign me out",
            Kind::Toolkit => "Logout",
            Kind::Mock => "End session",
            Kind::Keycloak | Kind::Spring | Kind::Hydra => {
                assert!(!self.shows(&page), "the provider asks: {page:?}");
                return page;
            }
        };
        browser.press(&page, button, &[]).await
    }
}
