//! The parameters of a request, from its query or its form.

use url::form_urlencoded;

pub(super) struct Params(Vec<(String, String)>);

impl Params {
    pub(super) fn parse(encoded: &[u8]) -> Self {
        Self(form_urlencoded::parse(encoded).into_owned().collect())
    }

    /// Returns the value of `name`. An empty value is the same as a missing one (RFC 6749, section
    /// 3.1).
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().find(|(key, _)| key == name)?;
        Some(value.as_str()).filter(|value| !value.is_empty())
    }

    /// Returns true if a parameter was sent twice, which RFC 6749, section 3.1, forbids.
    pub(super) fn has_duplicates(&self) -> bool {
        self.0
            .iter()
            .enumerate()
            .any(|(index, (name, _))| self.0[..index].iter().any(|(earlier, _)| earlier == name))
    }
}
