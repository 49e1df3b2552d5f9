//! Bearer tokens: seen for the first time, when they are verified, and seen before.

use std::sync::Arc;

use axum::{
    Router,
    http::{
        HeaderMap,
        header::{AUTHORIZATION, COOKIE},
    },
    routing::get,
};
use serde_json::{Map, Value};
use tokio::runtime::Runtime;

use crate::{
    allocations,
    comparison::{Contender, Measured, REQUESTS, compare},
    login, ours,
    provider::{AUDIENCE, Key, Provider, es256, rs256},
    situation,
};

type Claims = Map<String, Value>;

/// The function that decodes tokens with one version of `jsonwebtoken`.
macro_rules! decoder {
    ($jsonwebtoken:ident, $key:expr, $algorithm:expr) => {{
        let algorithm = $algorithm.parse().expect("it has this algorithm");
        let mut validation = $jsonwebtoken::Validation::new(algorithm);
        validation.set_audience(&[AUDIENCE]);
        let state = Arc::new(($key.clone(), validation));
        move |token: &str| {
            let (key, validation) = &*state;
            let token = $jsonwebtoken::decode::<Claims>(token, key, validation);
            Some(token.ok()?.claims)
        }
    }};
}

/// Prints the table of times, and the memory that remains after many invalid tokens.
pub fn report(runtime: &Runtime) {
    println!("Bearer tokens, 600 B. Each cell: time, as a multiple of the cookie, allocations.\n");
    let [rs256, es256] = [rs256(), es256()].map(|key| measure(runtime, key));
    println!("| | RS256 | ES256 |\n| --- | --- | --- |");
    for ((name, rs256), (_, es256)) in rs256.iter().zip(&es256) {
        println!("| {name} | {rs256} | {es256} |");
    }
    println!();
    flood(runtime);
}

fn measure(runtime: &Runtime, key: Key) -> Vec<(String, String)> {
    let provider = Provider::start(key);
    let tokens: Vec<String> = (0..REQUESTS)
        .map(|id| format!("Bearer {}", provider.access_token(id)))
        .collect();
    let app = app(&provider);
    let cookie = runtime.block_on(login::cookie(&app, &provider));
    let Key {
        algorithm,
        verifying,
        aws_lc,
        ring,
        ..
    } = &provider.key;
    let name = format!("{algorithm:?}");
    let rust_crypto = decoder!(jsonwebtoken, verifying, name);
    let aws_lc = decoder!(jsonwebtoken_aws_lc, aws_lc, name);
    let ring = decoder!(jsonwebtoken_ring, ring, name);
    let bearer = |name: &str, app: Router, tokens: &[String]| {
        Contender::new(name, app, AUTHORIZATION, tokens)
    };
    let mut contenders = [
        Contender::new("this crate: cookie", app.clone(), COOKIE, &[cookie]),
        bearer(
            "this crate: bearer token, seen before",
            app.clone(),
            &tokens[..1],
        ),
        bearer("this crate: bearer token, first seen", app, &tokens),
        bearer("jsonwebtoken 9 with ring", json_web_token(ring), &tokens),
        bearer(
            "jsonwebtoken 10 with AWS-LC",
            json_web_token(aws_lc),
            &tokens,
        ),
        bearer(
            "jsonwebtoken 11 with RustCrypto",
            json_web_token(rust_crypto),
            &tokens,
        ),
    ];
    let measured = compare(runtime, &mut contenders);
    let names = contenders.into_iter().map(|contender| contender.name);
    names.zip(measured.iter().map(cell)).collect()
}

fn cell(measured: &Measured) -> String {
    let (cpu, ratio) = (measured.cpu.as_secs_f64() * 1e6, measured.ratio);
    format!("{cpu:.1} µs, {ratio:.2}x, {:.0}", measured.allocations)
}

fn app(provider: &Provider) -> Router {
    let secrets =
        ours::secrets(&provider.metadata_url(), 1) + &format!("bearer_audience = \"{AUDIENCE}\"\n");
    ours::page().layer(ours::following(&secrets))
}

/// A handler that decodes the token.
fn json_web_token(
    decode: impl Fn(&str) -> Option<Claims> + Clone + Send + Sync + 'static,
) -> Router {
    let read = async move |headers: HeaderMap| {
        let header = headers.get(AUTHORIZATION);
        let token = header.and_then(|header| header.to_str().ok()?.strip_prefix("Bearer "));
        let claims = token.and_then(decode);
        situation::answer(
            claims
                .as_ref()
                .and_then(|claims| claims.get("name")?.as_str()),
        )
    };
    Router::new().route("/", get(read))
}

/// Prints the memory that is kept for many different invalid tokens.
fn flood(runtime: &Runtime) {
    const TOKENS: usize = 10_000;
    let provider = Provider::start(es256());
    let app = app(&provider);
    let valid = [format!("Bearer {}", provider.access_token(0))];
    let mut contender = Contender::new("flood", app, AUTHORIZATION, &valid);
    contender.assert_signed_in(runtime);
    // The signature is that of another token.
    let (_, signature) = valid[0].rsplit_once('.').expect("a signature");
    let before = allocations::bytes();
    for id in 1..=TOKENS {
        let token = provider.access_token(id);
        let (message, _) = token.rsplit_once('.').expect("a signature");
        runtime.block_on(contender.refuse(&format!("Bearer {message}.{signature}")));
    }
    let kept = allocations::bytes() - before;
    println!("Bytes kept of {TOKENS} invalid bearer tokens: {kept}\n");
}
