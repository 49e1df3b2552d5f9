//! Variables of shells, templates and secret stores that nothing has replaced by their value.

/// Returns true if `text` holds a variable, a command or a reference that another program should have replaced.
pub(crate) fn is_unexpanded(text: &str) -> bool {
    let text = text.trim();
    PAIRS.iter().any(|pair| contains(text, *pair))
        || WHOLE.iter().any(|pair| is_enclosed(text, *pair))
        || text.strip_prefix('$').is_some_and(is_name)
        || REFERENCES.iter().any(|start| {
            text.get(..start.len())
                .is_some_and(|head| head.eq_ignore_ascii_case(start))
        })
}

/// Found anywhere: POSIX shells, Compose and Terraform; Jinja, Helm and Actions; ERB; Ruby; Python's `%`.
const PAIRS: [(&str, &str); 6] = [
    ("${", "}"),
    ("$(", ")"),
    ("{{", "}}"),
    ("<%", "%>"),
    ("#{", "}"),
    ("%(", ")s"),
];

/// Only if nothing else is written: cmd.exe, CMake and Autoconf, Octopus, templates by hand, a command in backticks.
const WHOLE: [(&str, &str); 7] = [
    ("%", "%"),
    ("@", "@"),
    ("__", "__"),
    ("{", "}"),
    ("[", "]"),
    ("<", ">"),
    ("`", "`"),
];

/// How references to environment variables and secret stores begin.
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

/// Returns true if a variable or command stands between `open` and `close`.
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

/// Returns true for a name, a path or a command: what random characters between two brackets hardly ever look like.
fn is_expression(text: &str) -> bool {
    let text = text
        .trim()
        .trim_start_matches(['{', '$', '=', '-', '"', '\'', '.', '#']);
    let plain = |letter: char| letter.is_alphanumeric() || "_ -.:/|'\"(),$@!?[]={".contains(letter);
    text.trim_start()
        .starts_with(|first: char| first.is_alphabetic() || first == '_')
        && text.chars().all(plain)
}

fn is_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && text.bytes().all(plain)
}
