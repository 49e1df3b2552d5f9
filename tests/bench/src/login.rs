//! The CPU time of a login in this crate, without network and provider.
//!
//! The app, its HTTP client and the browser run in this thread, and the provider in another one.

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::Request,
    http::{HeaderValue, header},
    response::Response,
};
use cpu_time::ThreadTime;
use tokio::runtime::Runtime;
use tower::ServiceExt;

use crate::{
    ours,
    provider::{Provider, es256, rs256},
    rows::bare,
};

const LOGINS: usize = 200;

/// Prints the median times of the two requests of a login, and of `jsonwebtoken` for its ID token.
pub fn report(runtime: &Runtime) {
    println!("A login, CPU time of the app:");
    for key in [rs256(), es256()] {
        let name = format!("{:?}", key.algorithm);
        let provider = Arc::new(Provider::start(key));
        let secrets = ours::secrets(&provider.metadata_url(), 1);
        let app = bare().layer(ours::following(&secrets));
        let mut spent = [const { Vec::new() }; 3];
        for login in 0..=LOGINS {
            let before = provider.requests.load(Ordering::Relaxed);
            let times = runtime.block_on(log_in(&app, &provider)).times;
            // The first login fetches the provider's documents.
            if login > 0 {
                let requests = provider.requests.load(Ordering::Relaxed) - before;
                assert_eq!(requests, 1, "a login makes one request to the provider");
                spent
                    .iter_mut()
                    .zip(times)
                    .for_each(|(all, one)| all.push(one));
            }
        }
        let [start, callback, decode] = spent.map(median);
        println!(
            "- {name}: start {start:.0} µs, callback {callback:.0} µs; `jsonwebtoken` decodes the ID token in {decode:.0} µs"
        );
    }
    println!();
}

fn median(times: Vec<Duration>) -> f64 {
    let micros = times.iter().map(|time| time.as_secs_f64() * 1e6);
    crate::median(micros.collect())
}

struct Login {
    /// The `Cookie` header of the user.
    cookie: String,
    /// For the start, the callback and `jsonwebtoken`.
    times: [Duration; 3],
}

/// Logs in as a browser does.
async fn log_in(app: &Router, provider: &Provider) -> Login {
    let (response, start) = timed(app, "/auth/login", "").await;
    let location = text(&response, header::LOCATION);
    let parameter = |name: &str| {
        let query = location.split_once('?').expect("a query").1;
        let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let pair = pairs.find(|(key, _)| *key == name);
        pair.expect("the parameter is sent").1.to_owned()
    };
    let (state, nonce) = (parameter("state"), parameter("nonce"));
    let cookie = text(&response, header::SET_COOKIE);
    let cookie = cookie.split(';').next().expect("a cookie");
    // This provider puts its code into the ID token as the nonce.
    let path = format!("/oauth2callback?code={nonce}&state={state}");
    let (response, callback) = timed(app, &path, cookie).await;
    let cookies = response.headers().get_all(header::SET_COOKIE).iter();
    let mut cookies = cookies.filter_map(|cookie| cookie.to_str().ok()?.split(';').next());
    let cookie = cookies.find(|cookie| cookie.contains("_streamlit_user=2|"));
    Login {
        cookie: cookie.expect("the user is logged in").to_owned(),
        times: [
            start,
            callback,
            provider.key.decode(&provider.id_token(&nonce)),
        ],
    }
}

/// Logs in, and returns the `Cookie` header of the user.
pub async fn cookie(app: &Router, provider: &Provider) -> String {
    log_in(app, provider).await.cookie
}

async fn timed(app: &Router, path: &str, cookie: &str) -> (Response, Duration) {
    let request = Request::get(format!("https://app.example.com{path}"))
        .header(header::COOKIE, cookie)
        .header("sec-fetch-site", "same-origin")
        .header("sec-fetch-mode", "navigate")
        .header("sec-fetch-dest", "document");
    let request = request.body(Body::empty()).expect("a request");
    let app = app.clone();
    let start = ThreadTime::now();
    let response = match app.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    };
    let elapsed = start.elapsed();
    assert_eq!(response.status(), 303);
    (response, elapsed)
}

fn text(response: &Response, name: header::HeaderName) -> String {
    let value: Option<&HeaderValue> = response.headers().get(name);
    let value = value.and_then(|value| value.to_str().ok());
    value.expect("the header is present").to_owned()
}
