//! What browsers and other clients say of their requests.

pub(crate) type Headers = &'static [(&'static str, &'static str)];

const HTML: &str = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8";

pub(crate) const PAGES: &[(&str, Headers)] = &[
    (
        "an address",
        &[
            ("sec-fetch-site", "none"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
            ("accept", HTML),
        ],
    ),
    (
        "a link elsewhere",
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
        "a proxy that always names an upgrade",
        &[
            ("upgrade", "websocket"),
            ("connection", "close"),
            ("accept", HTML),
        ],
    ),
    (
        "a navigation through such a proxy",
        &[
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
            ("connection", "upgrade"),
            ("upgrade", "websocket"),
        ],
    ),
    (
        "htmx that is switched off",
        &[("hx-request", "false"), ("accept", HTML)],
    ),
];

pub(crate) const OTHERS: &[(&str, Headers)] = &[
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
        "fetch that wants a page",
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
        "an older browser's script in another spelling",
        &[("x-requested-with", "xmlhttprequest"), ("accept", HTML)],
    ),
    (
        "a WebSocket among other upgrades",
        &[
            ("connection", "keep-alive, Upgrade"),
            ("upgrade", "foo, WebSocket"),
            ("accept", HTML),
        ],
    ),
    (
        "a mode of the future",
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
    ("nothing at all", &[]),
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
        "a WebSocket without its mode",
        &[
            ("connection", "Upgrade"),
            ("upgrade", "websocket"),
            ("accept", HTML),
        ],
    ),
    (
        "a page fetched ahead",
        &[
            ("sec-purpose", "prefetch;prerender"),
            ("sec-fetch-mode", "navigate"),
            ("sec-fetch-dest", "document"),
            ("accept", HTML),
        ],
    ),
    (
        "Firefox's page fetched ahead",
        &[("x-moz", "prefetch"), ("accept", HTML)],
    ),
    (
        "an older page fetched ahead",
        &[("purpose", "prefetch"), ("accept", HTML)],
    ),
];
