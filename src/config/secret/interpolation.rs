//! Detects variables of shells, templates and secret stores that were not replaced by their value.

/// Returns true if `text` contains a variable, a command or a reference that another program should
/// have replaced.
pub(crate) fn is_unexpanded(text: &str) -> bool {
    let text = text.trim();
    has_variable(text)
        || WHOLE.iter().any(|pair| is_enclosed(text, *pair))
        || text.strip_prefix('$').is_some_and(is_name)
        || REFERENCES.iter().any(|prefix| {
            text.get(..prefix.len())
                .is_some_and(|start| start.eq_ignore_ascii_case(prefix))
        })
}

/// Returns true if `text` contains a variable or a command at any position. Not suitable for random
/// values.
pub(crate) fn has_variable(text: &str) -> bool {
    PAIRS.iter().any(|pair| contains(text, *pair))
}

/// Delimiters that are recognized at any position: POSIX shells, Compose and Terraform; Jinja, Helm
/// and Actions; ERB; Ruby; Python's `%`.
const PAIRS: [(&str, &str); 6] = [
    ("${", "}"),
    ("$(", ")"),
    ("{{", "}}"),
    ("<%", "%>"),
    ("#{", "}"),
    ("%(", ")s"),
];

/// Delimiters that are recognized only around the whole value: cmd.exe, CMake and Autoconf,
/// Octopus, handwritten templates, a command in backticks.
const WHOLE: [(&str, &str); 7] = [
    ("%", "%"),
    ("@", "@"),
    ("__", "__"),
    ("{", "}"),
    ("[", "]"),
    ("<", ">"),
    ("`", "`"),
];

/// Prefixes of references to environment variables and secret stores.
const REFERENCES: [&str; 24] = [
    "env:",
    "env.",
    "$env:",
    "env(",
    "env[",
    "getenv(",
    "process.env",
    "os.environ",
    "os.getenv",
    "system.getenv",
    "import.meta.env",
    "std::env",
    "vault:",
    "op://",
    "arn:aws:",
    "ref+",
    "secretref:",
    "secret://",
    "sm://",
    "@microsoft.keyvault(",
    "enc[",
    "!ref ",
    "!sub ",
    "!vault",
];

/// Returns true if `text` contains a variable or command between `open` and `close`.
fn contains(text: &str, (open, close): (&str, &str)) -> bool {
    text.match_indices(open).any(|(at, _)| {
        let inner = &text[at + open.len()..];
        inner
            .find(close)
            .is_some_and(|end| is_expression(&inner[..end]))
    })
}

fn is_enclosed(text: &str, (open, close): (&str, &str)) -> bool {
    let inner = text.strip_prefix(open);
    inner
        .and_then(|inner| inner.strip_suffix(close))
        .is_some_and(is_expression)
}

/// Returns true for a name, a path or a command. Random characters between two brackets hardly ever
/// look like one.
fn is_expression(text: &str) -> bool {
    let text = text
        .trim()
        .trim_start_matches(['{', '$', '=', '-', '"', '\'', '.', '#']);
    let is_allowed = |character: char| {
        character.is_alphanumeric() || "_ -.:/|'\"(),$@!?[]={".contains(character)
    };
    text.trim_start()
        .starts_with(|first: char| first.is_alphabetic() || first == '_')
        && text.chars().all(is_allowed)
}

fn is_name(text: &str) -> bool {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.bytes().all(is_allowed)
}
