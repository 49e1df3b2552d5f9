//! The query of a callback, read strictly.

/// What a provider sent back.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Callback {
    /// The visitor was let in; `code` buys the tokens.
    Code {
        state: String,
        code: String,
        iss: Option<String>,
    },
    /// The provider reports an error code (RFC 6749, section 4.1.2.1).
    Error {
        state: Option<String>,
        error: String,
        /// `error_description`: free text, which anyone can put into a link.
        description: Option<String>,
        iss: Option<String>,
    },
    /// Neither: the way back from a logout at the provider ends here too.
    Nothing,
    /// A code that belongs to no login of ours, since it says of none.
    NoState,
    /// A parameter is there twice, or an answer is mixed or of another flow.
    Malformed { state: Option<String> },
}

impl Callback {
    /// Unknown parameters are ignored (RFC 6749, section 4.1.2); known ones may be there once (section 3.1).
    pub(crate) fn parse(query: &str) -> Self {
        let (mut state, mut code, mut error, mut iss) = (None, None, None, None);
        let mut description = None;
        let mut malformed = false;
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            let slot = match name.as_ref() {
                "state" => &mut state,
                "code" => &mut code,
                "error" => &mut error,
                "iss" => &mut iss,
                // A token in a link is of another flow, and may be anybody's.
                "id_token" | "access_token" | "response" => {
                    malformed = true;
                    continue;
                }
                "error_description" => {
                    description.get_or_insert_with(|| value.into_owned());
                    continue;
                }
                _ => continue,
            };
            malformed |= slot.is_some();
            slot.get_or_insert_with(|| value.into_owned());
        }
        match (malformed, state, code, error) {
            (false, Some(state), Some(code), None) if !code.is_empty() => {
                Self::Code { state, code, iss }
            }
            (false, state, None, Some(error)) => Self::Error {
                state,
                error,
                description,
                iss,
            },
            (false, _, None, None) => Self::Nothing,
            (false, None, Some(code), None) if !code.is_empty() => Self::NoState,
            (_, state, ..) => Self::Malformed { state },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_malformed(query: &str) -> bool {
        matches!(Callback::parse(query), Callback::Malformed { .. })
    }

    #[test]
    fn a_parameter_counts_once_and_an_answer_is_of_one_kind() {
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
        let code = Callback::Code {
            state: "a".to_owned(),
            code: "b c".to_owned(),
            iss: None,
        };
        assert_eq!(
            Callback::parse("code=b+c&state=a&session_state=x&scope=y&scope=z"),
            code
        );
        assert_eq!(Callback::parse("code=b"), Callback::NoState);
        assert_eq!(Callback::parse("state=x"), Callback::Nothing);
        assert_eq!(Callback::parse(""), Callback::Nothing);
    }
}
