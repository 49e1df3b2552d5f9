//! The authorization response: a strict parser for the query of a callback.

/// An authorization response.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum AuthorizationResponse {
    /// Success: `code` can be exchanged for tokens (RFC 6749, section 4.1.2).
    Success {
        state: String,
        code: String,
        iss: Option<String>,
    },
    /// The provider reports an error (RFC 6749, section 4.1.2.1).
    Error {
        state: Option<String>,
        error: String,
        /// `error_description`, free text that anyone can put into a link.
        description: Option<String>,
        iss: Option<String>,
    },
    /// Neither a code nor an error. A logout at the provider redirects back like this.
    Empty,
    /// A code without `state`, which cannot belong to a login of this app.
    NoState,
    /// A parameter is repeated, or the response has both a code and an error, or belongs to another
    /// flow.
    Malformed { state: Option<String> },
}

impl AuthorizationResponse {
    /// Parses a query. Unknown parameters are ignored, and known ones must not be repeated.
    ///
    /// Source: RFC 6749, sections 4.1.2 and 3.1.
    pub(crate) fn parse(query: &str) -> Self {
        let (mut state, mut code, mut error, mut iss) = (None, None, None, None);
        let mut description = None;
        let mut is_malformed = false;
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let slot = match name.as_ref() {
                "state" => &mut state,
                "code" => &mut code,
                "error" => &mut error,
                "iss" => &mut iss,
                // A token in the query belongs to another flow, and anyone may have put it there.
                "id_token" | "access_token" | "response" => {
                    is_malformed = true;
                    continue;
                }
                "error_description" => {
                    description.get_or_insert_with(|| value.into_owned());
                    continue;
                }
                _ => continue,
            };
            is_malformed |= slot.is_some();
            slot.get_or_insert_with(|| value.into_owned());
        }
        match (is_malformed, state, code, error) {
            (false, Some(state), Some(code), None) if !code.is_empty() => {
                Self::Success { state, code, iss }
            }
            (false, state, None, Some(error)) => Self::Error {
                state,
                error,
                description,
                iss,
            },
            (false, _, None, None) => Self::Empty,
            (false, None, Some(code), None) if !code.is_empty() => Self::NoState,
            (_, state, ..) => Self::Malformed { state },
        }
    }
}

impl AuthorizationResponse {
    /// Returns the `state`, if the response has one.
    pub(crate) fn state(&self) -> Option<&str> {
        match self {
            Self::Success { state, .. } => Some(state),
            Self::Error { state, .. } | Self::Malformed { state } => state.as_deref(),
            Self::Empty | Self::NoState => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_malformed(query: &str) -> bool {
        matches!(
            AuthorizationResponse::parse(query),
            AuthorizationResponse::Malformed { .. }
        )
    }

    #[test]
    fn duplicate_or_mixed_parameters_are_malformed() {
        for query in [
            "state=a&state=b&code=c",
            "state=a&code=b&code=c",
            "state=a&code=b&iss=c&iss=d",
            "state=a&code=b&error=c",
            "state=a&code=b&id_token=c",
            "state=a&access_token=b",
            "state=a&code=",
            "code=",
        ] {
            assert!(is_malformed(query), "{query}");
        }
        let success = AuthorizationResponse::Success {
            state: "a".to_owned(),
            code: "b c".to_owned(),
            iss: None,
        };
        assert_eq!(
            AuthorizationResponse::parse("code=b+c&state=a&session_state=x&scope=y&scope=z"),
            success
        );
        assert_eq!(
            AuthorizationResponse::parse("code=b"),
            AuthorizationResponse::NoState
        );
        assert_eq!(
            AuthorizationResponse::parse("state=x"),
            AuthorizationResponse::Empty
        );
        assert_eq!(
            AuthorizationResponse::parse(""),
            AuthorizationResponse::Empty
        );
    }
}
