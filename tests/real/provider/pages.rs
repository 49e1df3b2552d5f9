//! What a visitor does on the providers' own pages.

use super::{Kind, Provider};
use crate::browser::{Browser, Page};

impl Provider {
    /// Whether the page is one of the provider's own.
    fn shows(&self, page: &Page) -> bool {
        let host = self.kind.host();
        [self.port, self.pages_port]
            .iter()
            .any(|port| page.is_at(&format!("http://{host}:{port}")))
    }

    /// Whether the page asks for a password.
    pub fn asks_for_password(&self, page: &Page) -> bool {
        let forms = page.document().forms;
        let mut fields = forms.iter().flat_map(|form| &form.fields);
        self.shows(page) && fields.any(|(name, _)| name == "password")
    }

    /// Fills in the forms on `page`, where the app has sent the browser, until the provider sends it back.
    pub async fn sign_in(&self, browser: &mut Browser, page: Page, user: &str) -> Page {
        assert!(self.shows(&page), "not at the provider: {page:?}");
        let credentials = |name| [(name, user), ("password", "password")];
        let back = match self.kind {
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
        };
        assert!(!self.shows(&back), "still at the provider: {back:?}");
        back
    }

    /// Says no to the sign-in on `page`; at the toolkit, where only the consent can be refused, somebody has to be signed in.
    pub async fn cancel(&self, browser: &mut Browser, page: Page) -> Page {
        assert!(self.shows(&page), "not at the provider: {page:?}");
        match self.kind {
            Kind::Certified { .. } | Kind::Toolkit => browser.press(&page, "Cancel", &[]).await,
            Kind::Mock => browser.press(&page, "Deny", &[]).await,
            kind => panic!("{kind:?} has no such button"),
        }
    }

    /// Confirms the sign-out on `page`, where the app has sent the browser.
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
