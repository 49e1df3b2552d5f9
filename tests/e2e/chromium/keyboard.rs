//! Operation with the keyboard only.

use serde_json::json;

use super::chrome::Chrome;

/// Source: WebDriver (W3C), section 17.4.2, normalised key values.
const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";

/// More than the number of focusable elements of any page.
const MAX_STOPS: usize = 20;

impl Chrome {
    /// Presses Tab until the element with this label has a visible focus, then Enter.
    pub async fn enter(&self, label: &str) {
        let mut stops = Vec::new();
        while stops.len() < MAX_STOPS {
            self.hit(TAB).await;
            let focus = self
                .run(
                    "const at = document.activeElement;
                    const {outlineStyle, outlineWidth} = getComputedStyle(at);
                    const {top, bottom} = at.getBoundingClientRect();
                    return {label: at.innerText || at.name || at.tagName, ring: outlineStyle !== 'none' && outlineWidth !== '0px',
                        inside: top >= 0 && bottom <= innerHeight}",
                )
                .await;
            let found = focus["label"].as_str().unwrap().to_owned();
            if found.lines().any(|line| line.trim() == label) {
                assert_eq!(focus["ring"], true, "the focus cannot be seen on {label:?}");
                assert_eq!(
                    focus["inside"], true,
                    "{label:?} has the focus off the screen"
                );
                return self.hit(ENTER).await;
            }
            stops.push(found);
        }
        panic!("Tab never comes to {label:?}, but to {stops:?}");
    }

    /// Types into the focused element.
    pub async fn types(&self, text: &str) {
        for letter in text.chars() {
            self.hit(&letter.to_string()).await;
        }
    }

    pub async fn tab(&self) {
        self.hit(TAB).await;
    }

    pub async fn confirm(&self) {
        self.hit(ENTER).await;
    }

    async fn hit(&self, key: &str) {
        let body = json!({ "actions": [{ "type": "key", "id": "keyboard", "actions": [
            { "type": "keyDown", "value": key },
            { "type": "keyUp", "value": key },
        ] }] });
        self.driver.post("/actions", &body).await;
    }
}
