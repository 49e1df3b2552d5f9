//! GitHub's OAuth apps, at github.com and GitHub Enterprise.

use std::collections::BTreeMap;

use url::Url;

use super::{Api, ClaimsMap, OAuth2};
use crate::config::{Diagnostic, metadata_url::issuer_of, reader::TableReader, url::fetchable};

impl OAuth2 {
    /// Returns the endpoints of the GitHub server that `metadata_url` represents.
    ///
    /// Source: GitHub, "Authorizing OAuth apps"; "REST API endpoints for users" and "for emails".
    pub(in crate::config) fn github(
        metadata_url: &Url,
        reader: &TableReader<'_>,
        diagnostics: &mut Vec<Diagnostic>,
    ) -> Option<Self> {
        let base = issuer_of(metadata_url);
        let api = api_base(metadata_url, &base);
        let mut others = BTreeMap::new();
        others.extend(CLAIMS.map(|(claim, member)| (claim.to_owned(), member.to_owned())));
        let mut claims_map = ClaimsMap {
            sub: "id".to_owned(),
            others,
        };
        claims_map.extend(&FIXED_CLAIMS, reader, diagnostics);
        Some(Self {
            authorization_endpoint: fetchable(&format!("{base}/login/oauth/authorize"))?,
            token_endpoint: fetchable(&format!("{base}/login/oauth/access_token"))?,
            user_endpoint: fetchable(&format!("{api}/user"))?,
            api: Api::GitHub {
                emails_endpoint: fetchable(&format!("{api}/user/emails?per_page=100"))?,
            },
            claims_map,
        })
    }
}

/// The claims of a GitHub user in addition to `sub` and the address.
///
/// `login` can change, and another user can get it later.
const CLAIMS: [(&str, &str); 4] = [
    ("preferred_username", "login"),
    ("name", "name"),
    ("picture", "avatar_url"),
    ("profile", "html_url"),
];

/// Claims that the configuration cannot map, because the value of another member could belong to
/// another user.
const FIXED_CLAIMS: [&str; 3] = ["sub", "email", "email_verified"];

/// Returns the base URL of the REST API.
///
/// Source: GitHub, "Getting started with the REST API": `api.github.com`, `api.<name>.ghe.com` with
/// data residency, and `/api/v3` of a GitHub Enterprise Server.
fn api_base(server: &Url, base: &str) -> String {
    let host = server.host_str().unwrap_or_default();
    if host == "github.com" || host.ends_with(".ghe.com") {
        format!("https://api.{host}")
    } else {
        format!("{base}/api/v3")
    }
}
