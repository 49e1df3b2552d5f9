//! The examples in Debian's Chromium: behaviour that only a real browser shows, such as cookies,
//! history, focus, policies and colours.

mod axe;
mod chrome;
mod clocks;
mod cross_site;
mod driver;
mod form_post;
mod guard;
mod hello;
mod keyboard;
mod pages;
mod prefetch;
mod providers;
mod proxy;
mod sibling_domain;
mod step_up;

pub use chrome::Chrome;
use chrome::View;

impl Chrome {
    /// Fills in the form of `oidc-provider`.
    pub async fn signs_in(&self, user: &str) {
        self.wait_for_text(PROVIDER).await;
        self.fill("login", user).await;
        self.fill("password", "password").await;
        self.press("Sign in").await;
    }

    /// Confirms the logout at the provider.
    pub async fn confirms_logout(&self) {
        self.wait_for_text("Do you want to sign-out").await;
        self.press("Yes, sign me out").await;
    }

    /// The identity cookies of the crate, by name.
    pub async fn identity(&self) -> Vec<String> {
        let cookies = self.cookies().await;
        let names = cookies
            .iter()
            .map(|cookie| cookie["name"].as_str().unwrap());
        let mut names: Vec<String> = names
            .filter(|name| name.contains("_streamlit_user"))
            .map(str::to_owned)
            .collect();
        names.sort_unstable(); // the browser has no fixed order
        names
    }
}

/// The heading of the login form of `oidc-provider`.
const PROVIDER: &str = "Identity provider";

/// Goes back through the history. Asserts that no page shows the user.
async fn assert_history_shows_no_user(chrome: &Chrome, private: &str) {
    let steps = chrome.run("return history.length - 1").await;
    let steps = steps.as_u64().unwrap();
    assert!(steps > 1, "there is no way back");
    for _ in 0..steps {
        let view: View = chrome.back().await;
        assert!(
            !view.text.contains(private),
            "the back button shows {view:?}"
        );
    }
}
