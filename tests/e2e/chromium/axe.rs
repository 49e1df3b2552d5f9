//! Checks pages with axe-core, in both colour schemes, on the narrowest screen.

use std::{fs, sync::OnceLock};

use serde_json::{Value, json};

use super::chrome::Chrome;
use crate::provider::packages;

/// The width that WCAG 2.2 requires (1.4.10 Reflow), in CSS pixels. A window of 1280 px has this
/// width at 400 %.
const NARROW: u32 = 320;

/// Resolves after the page has been painted.
const PAINTED: &str =
    "new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn(0))))";

/// The number of checks that apply to the simplest page. A lower number means that axe did not run.
const MIN_CHECKS: u64 = 10;

impl Chrome {
    /// Checks the current page in light and dark at the narrow width, from top to bottom. Writes
    /// screenshots `name-…`.
    pub async fn assert_accessible(&self, name: &str) {
        self.narrow(true).await;
        for scheme in ["light", "dark"] {
            self.colours(scheme).await;
            self.assert_axe_passes(&format!("{name} in {scheme}")).await;
            self.fits(name).await;
        }
        self.screenshot(&format!("{name}-dark-narrow")).await;
        self.narrow(false).await;
        self.screenshot(&format!("{name}-dark")).await;
        self.colours("light").await;
        self.screenshot(&format!("{name}-light")).await;
    }

    async fn narrow(&self, narrow: bool) {
        let (command, params) = match narrow {
            true => (
                "Emulation.setDeviceMetricsOverride",
                json!({ "width": NARROW, "height": 640, "deviceScaleFactor": 1, "mobile": false }),
            ),
            false => ("Emulation.clearDeviceMetricsOverride", json!({})),
        };
        self.driver.devtools(command, params).await;
    }

    async fn colours(&self, scheme: &str) {
        let features = json!([{ "name": "prefers-color-scheme", "value": scheme }]);
        let params = json!({ "features": features });
        self.driver
            .devtools("Emulation.setEmulatedMedia", params)
            .await;
    }

    async fn assert_axe_passes(&self, name: &str) {
        self.evaluate(PAINTED).await;
        self.evaluate(axe()).await;
        let found = self
            .evaluate(
                "axe.run(document, {preload: false, rules: {'target-size': {enabled: true}}}).then((found) => ({
                    passes: found.passes.length,
                    faults: [...found.violations, ...found.incomplete].map((fault) => ({
                        rule: fault.id, help: fault.help, nodes: fault.nodes.map((node) => node.html + ' ' + node.failureSummary),
                    })),
                }))",
            )
            .await;
        assert!(
            found["passes"].as_u64() >= Some(MIN_CHECKS),
            "axe did not check {name}: {found:#}"
        );
        assert_eq!(found["faults"], json!([]), "{name}: {found:#}");
    }

    /// Asserts that nothing is wider than the screen, and that targets are at least 44 px high
    /// (WCAG 2.5.5).
    async fn fits(&self, name: &str) {
        let found = self
            .run(
                "const small = [...document.querySelectorAll('button, summary, a, input:not([type=hidden])')]
                    .filter((target) => target.checkVisibility() && target.getBoundingClientRect().height < 44);
                const {scrollWidth, clientWidth} = document.documentElement;
                return {beyond: scrollWidth - clientWidth, small: small.map((target) => target.outerHTML)}",
            )
            .await;
        assert_eq!(found, json!({ "beyond": 0, "small": [] }), "{name}");
    }

    /// Evaluates an expression and waits for its promise. The policy of the page does not apply.
    async fn evaluate(&self, expression: &str) -> Value {
        let params =
            json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        let answer = self.driver.devtools("Runtime.evaluate", params).await;
        assert!(answer["exceptionDetails"].is_null(), "{answer:#}");
        answer["result"]["value"].clone()
    }
}

/// The source of the library.
fn axe() -> &'static str {
    static AXE: OnceLock<String> = OnceLock::new();
    AXE.get_or_init(|| {
        let file = packages().join("chromium/node_modules/axe-core/axe.min.js");
        // The last value is the library itself, which cannot be serialized.
        fs::read_to_string(file).unwrap() + ";0"
    })
}
