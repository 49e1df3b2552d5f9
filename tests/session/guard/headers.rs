//! Headers of browsers and other clients, and the kind of request that they indicate.

pub(crate) type Headers = &'static [(&'static str, &'static str)];

const HTML: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

pub(crate) const NAVIGATIONS: &[(&str, Headers)] = &[
    (
        "a typed URL",
        &[
            ("sec-fetch-site", "none"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
            ("accept", HTML),
        ],
    ),
    (
        "a link of another site",
        &[
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
        ],
    ),
    ("an older browser", &[("accept", HTML)]),
    (
        "an Android WebView",
        &[("x-requested-with", "com.example.app"), ("accept", HTML)],
    ),
    (
        "a current Android WebView",
        &[
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
            ("x-requested-with", "XMLHttpRequest"),
            ("accept", HTML),
        ],
    ),
    (
        "an offer of HTTP/2",
        &[
            ("connection", "Upgrade, HTTP2-Settings"),
            ("upgrade", "h2c"),
            ("http2-settings", "AAMAAABkAAQCAAAAAAIAAAAA"),
            ("accept", HTML),
        ],
    ),
    (
        "a proxy that always sends Upgrade",
        &[
            ("upgrade", "websocket"),
            ("connection", "close"),
            ("accept", HTML),
        ],
    ),
    (
        "a navigation with Upgrade",
        &[
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
            ("connection", "upgrade"),
            ("upgrade", "websocket"),
        ],
    ),
    (
        "htmx with HX-Request: false",
        &[("hx-request", "false"), ("accept", HTML)],
    ),
];

pub(crate) const OTHER_REQUESTS: &[(&str, Headers)] = &[
    (
        "fetch",
        &[
            ("sec-fetch-site", "same-origin"),
            ("sec-fetch-mode", "cors"),
            ("sec-fetch-dest", "empty"),
            ("accept", "*/*"),
        ],
    ),
    (
        "fetch that accepts HTML",
        &[
            ("sec-fetch-mode", "cors"),
            ("sec-fetch-dest", "empty"),
            ("accept", HTML),
        ],
    ),
    (
        "fetch without CORS",
        &[("sec-fetch-mode", "no-cors"), ("sec-fetch-dest", "empty")],
    ),
    (
        "fetch of the same origin",
        &[
            ("sec-fetch-mode", "same-origin"),
            ("sec-fetch-dest", "empty"),
        ],
    ),
    (
        "an image",
        &[
            ("sec-fetch-mode", "no-cors"),
            ("sec-fetch-dest", "image"),
            ("accept", "image/avif,*/*;q=0.8"),
        ],
    ),
    (
        "server-sent events",
        &[
            ("sec-fetch-mode", "cors"),
            ("sec-fetch-dest", "empty"),
            ("accept", "text/event-stream"),
        ],
    ),
    (
        "an older browser's script",
        &[("x-requested-with", "XMLHttpRequest"), ("accept", HTML)],
    ),
    (
        "an older browser's script, other case",
        &[("x-requested-with", "xmlhttprequest"), ("accept", HTML)],
    ),
    (
        "a WebSocket in a list of upgrades",
        &[
            ("connection", "keep-alive, Upgrade"),
            ("upgrade", "foo, WebSocket"),
            ("accept", HTML),
        ],
    ),
    (
        "an unknown mode",
        &[("sec-fetch-mode", "telepathy"), ("accept", HTML)],
    ),
    (
        "htmx",
        &[
            ("hx-request", "true"),
            ("accept", HTML),
            ("sec-fetch-mode", "cors"),
        ],
    ),
    (
        "htmx in an older browser",
        &[("hx-request", "true"), ("accept", HTML)],
    ),
    ("an API client", &[("accept", "application/json")]),
    ("curl", &[("accept", "*/*")]),
    ("no headers", &[]),
    (
        "a WebSocket",
        &[
            ("connection", "Upgrade"),
            ("upgrade", "websocket"),
            ("sec-fetch-mode", "websocket"),
            ("sec-fetch-dest", "empty"),
        ],
    ),
    (
        "a WebSocket without Sec-Fetch-Mode",
        &[
            ("connection", "Upgrade"),
            ("upgrade", "websocket"),
            ("accept", HTML),
        ],
    ),
    (
        "a prefetch",
        &[
            ("sec-purpose", "prefetch;prerender"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
            ("accept", HTML),
        ],
    ),
    (
        "a prefetch of Firefox",
        &[("x-moz", "prefetch"), ("accept", HTML)],
    ),
    (
        "an older browser's prefetch",
        &[("purpose", "prefetch"), ("accept", HTML)],
    ),
];
