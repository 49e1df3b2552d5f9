//! Reads and modifies the query parameters of a request.

use url::Url;

use super::Visit;

/// The value of the first parameter of this name.
pub fn parameter(url: &Url, name: &str) -> String {
    let mut pairs = url.query_pairs();
    let found = pairs.find(|(known, _)| known == name);
    found
        .unwrap_or_else(|| panic!("no {name} in {url}"))
        .1
        .into_owned()
}

/// The request with modified parameters.
pub fn edited(visit: &Visit, change: impl FnOnce(&mut Vec<(String, String)>)) -> Visit {
    let mut visit = visit.clone();
    let mut pairs: Vec<(String, String)> = visit.url.query_pairs().into_owned().collect();
    change(&mut pairs);
    visit.url.query_pairs_mut().clear().extend_pairs(pairs);
    visit
}

/// The request with another value of the parameter, or without it.
pub fn with(visit: &Visit, name: &str, value: Option<&str>) -> Visit {
    edited(visit, |pairs| {
        pairs.retain(|(known, _)| known != name);
        pairs.extend(value.map(|value| (name.to_owned(), value.to_owned())));
    })
}
