//! The line counts that the README promises: two added lines, two more for Google, eight with
//! Streamlit's file. The configurations in the README are valid.

const README: &str = include_str!("../../README.md");

/// axum's hello world.
const HELLO_WORLD: &str = r#"
use axum::{Router, routing::get};
#[tokio::main]
async fn main() {
let app = Router::new()
.route("/", get(|| async { "Hello, World!" }))
let listener = tokio::net::TcpListener::bind("localhost:3000").await.unwrap();
axum::serve(listener, app).await.unwrap();
}
"#;

/// Returns the code blocks of `document` in `language`, without hidden lines.
fn blocks(document: &'static str, language: &str) -> Vec<Vec<&'static str>> {
    let mut blocks = Vec::new();
    let mut open = None;
    for line in document.lines().map(str::trim) {
        match (line.strip_prefix("```"), &mut open) {
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (Some(name), None) if name.starts_with(language) => open = Some(Vec::new()),
            (None, Some(block)) if !line.is_empty() && !line.starts_with("# ") => block.push(line),
            _ => {}
        }
    }
    blocks
}

fn added_to_hello_world(program: &[&str]) -> usize {
    let known: Vec<&str> = HELLO_WORLD.lines().collect();
    program
        .iter()
        .filter(|line| !known.contains(&line.trim_end_matches(';')) && !known.contains(line))
        .count()
}

#[test]
fn readme_line_counts_are_correct() {
    let program = &blocks(README, "rust")[0];
    let files = blocks(README, "toml");
    let (short, streamlit) = (&files[0], &files[1]);

    assert_eq!(added_to_hello_world(program), 2, "{program:#?}");
    assert!(program.len() > 7, "the whole program is shown");
    assert_eq!(added_to_hello_world(program) + short.len(), 4, "{short:#?}");
    assert_eq!(
        added_to_hello_world(program) + streamlit.len(),
        8,
        "{streamlit:#?}"
    );
}

#[test]
fn readme_nginx_lines_are_documented() {
    let configuration = include_str!("../../src/docs/configuration.md");
    let lines = blocks(README, "nginx");
    assert_eq!(lines.len(), 1);
    assert_eq!(lines, blocks(configuration, "nginx"));
}

#[test]
fn readme_keys_are_documented() {
    let configuration = include_str!("../../src/docs/configuration.md");
    let rows = README.lines().filter_map(|line| line.strip_prefix("| `"));
    let keys: Vec<&str> = rows.filter_map(|row| row.split('`').next()).collect();
    assert!(keys.len() > 10, "{keys:?}");
    for key in keys {
        assert!(configuration.contains(&format!("`{key}`")), "{key}");
    }
}

#[test]
fn documented_configurations_are_valid() {
    let guides = [
        include_str!("../../src/docs/guide.md"),
        include_str!("../../src/docs/guide.zh.md"),
    ];
    let files = blocks(README, "toml");
    assert!(files.len() >= 3);
    let guides = guides.map(|guide| blocks(guide, "toml"));
    assert!(guides.iter().all(|files| files.len() == 3));
    // The last block of each guide shows only the table of a provider.
    let guides = guides
        .into_iter()
        .flat_map(|files| files.into_iter().take(2));
    for file in files.into_iter().chain(guides) {
        let text = file
            .join("\n")
            .replace("cookie_secret = \"xxx\"", "cookie_secret = \"…\"")
            .replace("xxx", "a-real-value")
            .replace(
                "cookie_secret = \"…\"",
                "cookie_secret = \"kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5u\"",
            )
            .replace("{tenant}", "common")
            .replace("{account}.{region}", "acme.eu")
            .replace('…', "a-real-value");

        axum_streamlit_auth::AuthLayer::from_toml(&text).unwrap();
    }
}
