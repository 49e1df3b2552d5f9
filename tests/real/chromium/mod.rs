//! The examples in Debian's Chromium: what only a real browser decides, such as cookies, history, focus, policies and colours.

mod ahead;
mod axe;
mod chrome;
mod clocks;
mod crossing;
mod driver;
mod guard;
mod hello;
mod inside;
mod keyboard;
mod pages;
mod planted;
mod providers;
mod proxy;

pub use chrome::Chrome;
use chrome::View;

impl Chrome {
    /// Fills in the form of the certified provider, where the app has sent the browser.
    pub async fn signs_in(&self, user: &str) {
        self.sees(PROVIDER).await;
        self.fill("login", user).await;
        self.fill("password", "password").await;
        self.press("Sign in").await;
    }

    /// Confirms the sign-out there.
    pub async fn confirms_sign_out(&self) {
        self.sees("Do you want to sign-out").await;
        self.press("Yes, sign me out").await;
    }

    /// Our identity cookies, by name.
    pub async fn identity(&self) -> Vec<String> {
        let cookies = self.cookies().await;
        let names = cookies
            .iter()
            .map(|cookie| cookie["name"].as_str().unwrap());
        names
            .filter(|name| name.contains("_streamlit_user"))
            .map(str::to_owned)
            .collect()
    }
}

/// The heading of the certified provider's form.
const PROVIDER: &str = "Identity provider";

/// Goes back to where the browser started, and fails if one of the pages there is somebody's.
async fn nothing_private_lies_behind(chrome: &Chrome, private: &str) {
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
