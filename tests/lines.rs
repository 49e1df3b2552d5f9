//! The promise of the README's first page, counted: two added lines, two more for Google, eight with Streamlit's file.

/// Axum's own hello world.
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

/// The code blocks of the README in `language`, without the lines that its readers do not see.
fn blocks(language: &str) -> Vec<Vec<&'static str>> {
    let mut blocks = Vec::new();
    let mut open = None;
    for line in include_str!("../README.md").lines().map(str::trim) {
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
fn two_lines_then_four_then_eight() {
    let program = &blocks("rust")[0];
    let files = blocks("toml");
    let (short, streamlit) = (&files[0], &files[1]);

    assert_eq!(added_to_hello_world(program), 2, "{program:#?}");
    assert!(program.len() > 7, "the whole program stands there");
    assert_eq!(added_to_hello_world(program) + short.len(), 4, "{short:#?}");
    assert_eq!(
        added_to_hello_world(program) + streamlit.len(),
        8,
        "{streamlit:#?}"
    );
}

#[test]
fn both_files_are_whole_configurations_once_real_values_stand_in_them() {
    let files = blocks("toml");
    assert!(files.len() >= 3);
    for file in files {
        let text = file
            .join("\n")
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
