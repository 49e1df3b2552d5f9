//! An identity is only used in requests of the same origin, which prevents forged requests and
//! hijacked WebSockets.

use axum::Router;
use axum::http::{HeaderValue, Method};

use super::TIME;
use support::{
    COOKIE_SECRET, Clock, Log, ORIGIN, app_with, call, get,
    signed::{self, IDENTITY, identity},
    text,
};

/// Requests: name, method, `Sec-Fetch-Site`, `Sec-Fetch-Mode`, `Sec-Fetch-Dest` and `Origin`. A `-`
/// is an absent header, and `=` the origin of the app.
const ACCEPTED: &str = "
a program                                 | GET     | -           | -         | -        | -
a program with POST                       | POST    | -           | -         | -        | -
a typed URL                               | GET     | none        | navigate  | document | -
a same-origin page                        | GET     | same-origin | navigate  | document | -
a same-origin fetch                       | GET     | same-origin | cors      | empty    | -
a same-origin fetch with POST             | POST    | same-origin | cors      | empty    | =
a same-origin form                        | POST    | same-origin | navigate  | document | =
a same-origin image                       | GET     | same-origin | no-cors   | image    | -
a same-origin frame                       | GET     | same-origin | navigate  | iframe   | -
a same-origin WebSocket                   | GET     | same-origin | websocket | empty    | =
a same-origin form with Origin: null      | POST    | same-origin | navigate  | document | null
a link of another site                    | GET     | cross-site  | navigate  | document | -
a link of a sibling                       | GET     | same-site   | navigate  | document | -
a prefetch                                | HEAD    | cross-site  | navigate  | document | -
an older browser's fetch                  | POST    | -           | -         | -        | =
an older browser's WebSocket              | GET     | -           | -         | -        | =";

const REJECTED: &str = "
a form of another site                    | POST    | cross-site  | navigate  | document | https://evil.example
a form of a sibling                       | POST    | same-site   | navigate  | document | http://evil.localhost:8501
a form without Origin                     | POST    | cross-site  | navigate  | document | -
a form with Origin: null                  | POST    | cross-site  | navigate  | document | null
a fetch of another site                   | GET     | cross-site  | cors      | empty    | https://evil.example
a fetch of a sibling                      | GET     | same-site   | cors      | empty    | http://localhost:9000
a fetch without CORS                      | GET     | cross-site  | no-cors   | empty    | -
an image                                  | GET     | cross-site  | no-cors   | image    | -
a script                                  | GET     | cross-site  | no-cors   | script   | -
a frame                                   | GET     | cross-site  | navigate  | iframe   | -
a sibling's frame                         | GET     | same-site   | navigate  | iframe   | -
an embedded object                        | GET     | cross-site  | navigate  | object   | -
a navigation without a destination        | GET     | cross-site  | navigate  | -        | -
a WebSocket of another site               | GET     | cross-site  | websocket | empty    | https://evil.example
a sibling's WebSocket                     | GET     | same-site   | websocket | empty    | http://localhost:9000
an unsafe method                          | DELETE  | cross-site  | navigate  | document | -
a preflight                               | OPTIONS | cross-site  | cors      | empty    | https://evil.example
an unknown site                           | GET     | Same-Origin | cors      | empty    | -
an empty mode                             | GET     | cross-site  | -         | document | -
an older browser's cross-site fetch       | GET     | -           | -         | -        | https://evil.example
an older browser's cross-site form        | POST    | -           | -         | -        | https://evil.example
an older browser's form with Origin: null | POST    | -           | -         | -        | null
another port                              | POST    | -           | -         | -        | http://localhost:8502
another scheme                            | POST    | -           | -         | -        | https://localhost:8501
no port                                   | POST    | -           | -         | -        | http://localhost
a longer host                             | POST    | -           | -         | -        | http://localhost:8501.evil.example
a path                                    | POST    | -           | -         | -        | http://localhost:8501/
the IP address                            | POST    | -           | -         | -        | http://127.0.0.1:8501";

/// A request of a table, with its name.
struct Row {
    name: &'static str,
    method: Method,
    headers: Vec<(&'static str, &'static str)>,
}

fn rows(table: &'static str) -> impl Iterator<Item = Row> {
    table.lines().skip(1).map(|line| {
        let cells: Vec<_> = line.split('|').map(str::trim).collect();
        let [name, method, site, mode, dest, origin] = cells[..] else {
            panic!("{line}")
        };
        let headers = [
            ("sec-fetch-site", site),
            ("sec-fetch-mode", mode),
            ("sec-fetch-dest", dest),
            ("origin", if origin == "=" { ORIGIN } else { origin }),
        ];
        let headers = headers.into_iter().filter(|(_, value)| *value != "-");
        Row {
            name,
            method: method.parse().unwrap(),
            headers: headers.collect(),
        }
    })
}

#[tokio::test]
async fn identity_requires_same_origin() {
    let app = app();
    for row in rows(ACCEPTED) {
        assert_eq!(
            ask(&app, &row, &[]).await,
            ("ada".to_owned(), vec![]),
            "{}",
            row.name
        );
    }
    for row in rows(REJECTED) {
        let (user, reasons) = ask(&app, &row, &[]).await;
        assert_eq!(user, "nobody", "{}", row.name);
        assert_eq!(reasons, ["other_origin"], "{}", row.name);
    }
}

#[tokio::test]
async fn forwarded_headers_do_not_change_the_origin() {
    let app = app();
    for (name, value) in [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "https"),
        ("forwarded", "host=evil.example;proto=https"),
        ("x-original-url", "https://evil.example/"),
        ("referer", "http://localhost:8501/"),
    ] {
        for (table, expected) in [(ACCEPTED, "ada"), (REJECTED, "nobody")] {
            for row in rows(table) {
                let (user, _) = ask(&app, &row, &[(name, value)]).await;
                assert_eq!(user, expected, "{} {name}", row.name);
            }
        }
    }
}

/// A proxy or a forged request may repeat a header with another value.
#[tokio::test]
async fn first_value_of_repeated_header_decides() {
    let app = app();
    let mut repeated = 0;
    for (name, rejecting, accepting) in [
        ("sec-fetch-site", "cross-site", "same-origin"),
        ("sec-fetch-mode", "cors", "navigate"),
        ("sec-fetch-dest", "empty", "document"),
        ("origin", "https://evil.example", ORIGIN),
    ] {
        for (table, expected, other) in [
            (ACCEPTED, "ada", rejecting),
            (REJECTED, "nobody", accepting),
        ] {
            for row in rows(table).filter(|row| row.headers.iter().any(|(own, _)| *own == name)) {
                let (user, _) = ask(&app, &row, &[(name, other)]).await;
                assert_eq!(user, expected, "{} {name}", row.name);
                repeated += 1;
            }
        }
    }
    assert!(repeated > 50, "{repeated}");
}

fn app() -> Router {
    let layer = Clock::at(TIME).layer(&signed::toml(COOKIE_SECRET, ORIGIN));
    // `any` accepts every method; `/` of the app accepts GET and POST.
    let any = axum::routing::any(|user: axum_streamlit_auth::User| async move {
        let sub = user.get_str("sub").unwrap_or_default().to_owned();
        [(
            "x-user",
            if sub.is_empty() {
                "nobody".to_owned()
            } else {
                sub
            },
        )]
    });
    app_with(layer.clone()).merge(Router::new().route("/any", any).layer(layer))
}

/// The user of the request, and the logged reasons.
async fn ask(app: &Router, row: &Row, more: &[(&'static str, &str)]) -> (String, Vec<String>) {
    let mut request = get("/any");
    *request.method_mut() = row.method.clone();
    let cookie = format!("{IDENTITY}={}", identity("ada", TIME));
    for (name, value) in [&[("cookie", &*cookie)], &row.headers[..], more].concat() {
        let value = HeaderValue::from_str(value).unwrap();
        request.headers_mut().append(name, value);
    }
    let log = Log::start();
    let response = call(app, request).await;
    let user = response.headers()["x-user"].to_str().unwrap().to_owned();
    assert_eq!(response.status(), 200);
    text(response).await;
    (user, log.reasons())
}
