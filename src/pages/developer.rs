//! The part of an error page that is for the developer. It is in English, and for local requests
//! only.

use super::{Cause, Details, Hints};
use crate::{
    config::{ProviderConfig, SHARED_KEYS},
    site::{Site, Visit},
};

/// What a developer needs to know of a failure. It holds no secret: the detail is the log's, the places have no values.
pub(super) struct Developer {
    pub(super) code: &'static str,
    pub(super) detail: String,
    /// The full name of the key to change.
    pub(super) key: Option<String>,
    /// File and line of that key.
    pub(super) place: Option<String>,
    /// Words; every second piece is code.
    pub(super) fix: Vec<String>,
    /// What to paste, into this table or else at the provider.
    pub(super) line: Option<String>,
    pub(super) table: Option<String>,
}

impl Developer {
    /// `None` unless the request is local: other pages have other readers.
    pub(super) fn of(visit: &Visit, cause: Cause, details: &Details) -> Option<Self> {
        if !visit.local {
            return None;
        }
        let site = &visit.site;
        let Details {
            hints, provider, ..
        } = details;
        let vendor_code = hints.vendor_code.as_deref();
        let section = vendor_code
            .and_then(|code| Section::of(ENTRA, code))
            .or_else(|| Section::of(CAUSES, cause.code()))?;
        let provider = provider.as_deref();
        let found = section
            .key
            .map(|key| Found::new(site, provider, key, cause));
        let line = section
            .line
            .and_then(|line| filled_in(line, site, provider, hints));
        let table = found.as_ref().map(|found| found.table.clone());
        Some(Self {
            code: cause.code(),
            detail: details.detail.clone(),
            place: found.as_ref().and_then(|found| found.place.clone()),
            key: found.map(|found| found.name),
            fix: section.fix.split('`').map(str::to_owned).collect(),
            line,
            table: table.filter(|_| section.is_toml),
        })
    }
}

/// What to do about `cause`, as its section in `src/docs/causes.md` says.
pub(crate) fn fix(cause: Cause) -> &'static str {
    Section::of(CAUSES, cause.code()).map_or("", |section| section.fix)
}

/// A key in this app's own configuration.
struct Found {
    name: String,
    table: String,
    /// `None` if the configuration came from code.
    place: Option<String>,
}

impl Found {
    fn new(site: &Site, provider: Option<&str>, key: &str, cause: Cause) -> Self {
        let provider = configured(site, provider);
        let (places, key) = match provider {
            Some(provider) if !SHARED_KEYS.contains(&key) => match key {
                // A provider known by name may be told by a shorter key.
                "server_metadata_url" if cause.is_unreachable() => {
                    (&provider.places, provider.host_key())
                }
                "server_metadata_url" => (&provider.places, provider.address_key()),
                key => (&provider.places, key),
            },
            _ => (&site.config.places, key),
        };
        let (name, place) = places.locate(key);
        let place = place.to_string();
        Self {
            name,
            table: places.table().to_owned(),
            place: Some(place).filter(|place| !place.is_empty()),
        }
    }
}

/// One cause in the documentation.
struct Section {
    key: Option<&'static str>,
    fix: &'static str,
    line: Option<&'static str>,
    is_toml: bool,
}

impl Section {
    fn of(document: &'static str, code: &str) -> Option<Self> {
        let (_, rest) = document.split_once(&format!("\n## `{code}`\n"))?;
        let text = rest.split("\n## ").next()?;
        let after = |mark: &str, end: &str| Some(text.split_once(mark)?.1.split_once(end)?.0);
        Some(Self {
            key: after("\n**Key:** `", "`"),
            fix: after("\n**Fix:** ", "\n")?,
            line: after("\n```", "\n```").and_then(|block| Some(block.split_once('\n')?.1)),
            is_toml: text.contains("\n```toml\n"),
        })
    }
}

const CAUSES: &str = include_str!("../docs/causes.md");
const ENTRA: &str = include_str!("../docs/entra.md");

fn configured<'s>(site: &'s Site, provider: Option<&str>) -> Option<&'s ProviderConfig> {
    let mut providers = site.config.providers.iter();
    let found = providers.find(|known| Some(known.name.as_str()) == provider);
    found.map(|found| &**found)
}

/// Puts what this app knows in the place of the braces. `None` if it does not know enough.
fn filled_in(line: &str, site: &Site, provider: Option<&str>, hints: &Hints) -> Option<String> {
    let mut line = line.replace("{redirect_uri}", site.config.redirect_uri.as_str());
    if line.contains(ISSUER) {
        let issuer = hints.issuer.as_deref();
        let issuer = issuer.filter(|issuer| is_plain_url(issuer))?;
        line = line.replace(ISSUER, issuer.trim_end_matches('/'));
    }
    if line.contains(AUDIENCES) {
        let provider = configured(site, provider);
        let trusted = provider.map_or(&[][..], |provider| &provider.trusted_audiences);
        line = line.replace(AUDIENCES, &audiences(trusted, &hints.audiences)?);
    }
    Some(line)
}

const ISSUER: &str = "{issuer}";
const AUDIENCES: &str = "{audiences}";

/// The audiences that are trusted already and the further ones, as TOML writes a list.
fn audiences(trusted: &[String], further: &[String]) -> Option<String> {
    let is_plain = |text: &String| {
        text.len() <= 200
            && text
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && !b"\"\\".contains(&byte))
    };
    let is_usable = (1..=MAX_AUDIENCES).contains(&further.len()) && further.iter().all(is_plain);
    is_usable.then(|| {
        let all = trusted.iter().chain(further);
        all.map(|audience| format!("{audience:?}"))
            .collect::<Vec<_>>()
            .join(", ")
    })
}

/// Values to paste. A project with more clients is better served by a token for one client.
const MAX_AUDIENCES: usize = 20;

/// Whether text from a provider can stand in a line of TOML that somebody pastes.
fn is_plain_url(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:/".contains(&byte);
    text.starts_with("https://") && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_has_a_section_and_every_section_a_cause() {
        let mut sections: Vec<&str> = CAUSES
            .split("\n## `")
            .skip(1)
            .map(|section| section.split('`').next().unwrap())
            .collect();
        let mut codes: Vec<&str> = Cause::ALL.iter().map(|cause| cause.code()).collect();
        sections.sort_unstable();
        codes.sort_unstable();

        assert_eq!(sections, codes);
        codes.dedup();
        assert_eq!(codes.len(), Cause::ALL.len(), "two causes have one code");
        assert!(codes.len() >= 25);
    }

    #[test]
    fn every_section_says_what_to_do() {
        let causes = Cause::ALL.iter().map(|cause| (CAUSES, cause.code()));
        let entra = ENTRA.split("\n## `").skip(1);
        let entra = entra.map(|section| (ENTRA, section.split('`').next().unwrap()));
        assert!(entra.clone().count() >= 10);
        for (document, code) in causes.chain(entra) {
            let section = Section::of(document, code).unwrap_or_else(|| panic!("{code}"));
            assert!(section.fix.ends_with('.'), "{code}: {}", section.fix);
            assert!(section.fix.matches('`').count().is_multiple_of(2), "{code}");
            if let Some(line) = section.line {
                assert!(!line.is_empty() && line.len() < 120, "{code}: {line}");
            }
            if let Some(key) = section.key {
                let plain = |byte: u8| byte.is_ascii_lowercase() || b"_.".contains(&byte);
                assert!(key.bytes().all(plain), "{code}: {key}");
            }
        }
    }

    #[test]
    fn only_plain_audiences_become_a_line_to_paste() {
        let owned = |values: &[&str]| values.iter().map(|&value| value.to_owned()).collect();
        let list = |further: &[&str]| {
            let further: Vec<String> = owned(further);
            audiences(&["known".to_owned()], &further)
        };
        assert_eq!(
            list(&["286741908752695297", "app@project"]).unwrap(),
            r#""known", "286741908752695297", "app@project""#
        );
        for hostile in ["a\"]\n[auth]", "a\\u0022", "ä", "a b", &"x".repeat(300)] {
            assert_eq!(list(&["good", hostile]), None, "{hostile}");
        }
        assert_eq!(list(&[]), None);
        assert_eq!(list(&["x"; MAX_AUDIENCES + 1]), None);
    }

    #[test]
    fn only_a_plain_issuer_becomes_a_line_to_paste() {
        assert!(is_plain_url("https://a.example/realms/x"));
        for hostile in [
            "http://a.example",
            "https://a.example/\"\n[auth]",
            "https://a.example/?x",
            "javascript:alert(1)",
            "",
        ] {
            assert!(!is_plain_url(hostile), "{hostile}");
        }
    }
}
