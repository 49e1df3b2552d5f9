//! Each example, started as its first lines say and used as its visitors would: signed in at the development provider.

use std::{
    fs,
    net::{TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};

use reqwest::{
    Client, Response, StatusCode,
    header::{ACCEPT, CONTENT_TYPE, COOKIE, LOCATION, SET_COOKIE},
    redirect::Policy,
};

/// A running example in a folder of its own, with the committed secrets.toml for a port of its own.
struct Example {
    process: Child,
    folder: PathBuf,
    origin: String,
}

/// A browser with a cookie jar of one page: names and values, no rules.
struct Visitor {
    client: Client,
    cookies: Vec<(String, String)>,
}

impl Example {
    fn start(name: &str) -> Self {
        Self::start_with(name, &[])
    }

    fn start_with(name: &str, arguments: &[&str]) -> Self {
        let port = TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap()
            .port();
        let folder = std::env::temp_dir().join(format!(
            "axum-streamlit-auth-{}-{name}-{port}",
            std::process::id()
        ));
        fs::create_dir_all(folder.join(".streamlit")).unwrap();
        let secrets = include_str!("../.streamlit/secrets.toml").replace("8501", &port.to_string());
        fs::write(folder.join(".streamlit/secrets.toml"), secrets).unwrap();
        let test = std::env::current_exe().unwrap();
        let binary = test.parent().unwrap().with_file_name("examples").join(name);
        let process = Command::new(&binary)
            .args(arguments)
            .current_dir(&folder)
            .env("HOME", &folder)
            .env("PORT", port.to_string())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| {
                panic!(
                    "{}: {error}; build it: cargo build --examples",
                    binary.display()
                )
            });
        let example = Self {
            process,
            folder,
            origin: format!("http://localhost:{port}"),
        };
        let deadline = Instant::now() + Duration::from_secs(20);
        while TcpStream::connect(("localhost", port)).is_err() {
            assert!(Instant::now() < deadline, "{name} does not listen");
            std::thread::yield_now();
        }
        example
    }
}

impl Drop for Example {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

impl Visitor {
    fn new() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let client = Client::builder()
            .redirect(Policy::none())
            .no_proxy()
            .build()
            .unwrap();
        Self {
            client,
            cookies: Vec::new(),
        }
    }

    async fn send(&mut self, request: reqwest::RequestBuilder) -> Response {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let response = request
            .header(COOKIE, cookies.join("; "))
            .send()
            .await
            .unwrap();
        for cookie in response.headers().get_all(SET_COOKIE) {
            let pair = cookie.to_str().unwrap().split(';').next().unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            self.cookies.retain(|(kept, _)| kept != name);
            if !value.is_empty() {
                self.cookies.push((name.to_owned(), value.to_owned()));
            }
        }
        response
    }

    /// Opens a page and follows its redirects.
    async fn open(&mut self, url: &str) -> Response {
        let mut url = reqwest::Url::parse(url).unwrap();
        for _ in 0..10 {
            let response = self
                .send(self.client.get(url.clone()).header(ACCEPT, "text/html"))
                .await;
            let Some(location) = response.headers().get(LOCATION) else {
                return response;
            };
            url = url.join(location.to_str().unwrap()).unwrap();
        }
        panic!("redirects without end at {url}");
    }

    /// Opens `page`, which leads to the development provider, and goes on as `person`.
    async fn sign_in(&mut self, page: &str, person: &str) -> Response {
        let people = self.open(page).await;
        assert!(
            people.url().path().ends_with("/auth/dev/authorize"),
            "{}",
            people.url()
        );
        let mut form = reqwest::Url::parse("http://localhost").unwrap();
        form.set_query(people.url().query());
        form.query_pairs_mut().append_pair("person", person);
        let mut target = people.url().clone();
        target.set_query(None);
        let post = self
            .client
            .post(target)
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded");
        let chosen = self.send(post.body(form.query().unwrap().to_owned())).await;
        self.open(chosen.headers()[LOCATION].to_str().unwrap())
            .await
    }
}

#[tokio::test]
async fn hello_welcomes_and_forgets() {
    let example = Example::start("hello");
    let mut visitor = Visitor::new();
    let home = visitor.open(&example.origin).await;
    assert!(
        home.text()
            .await
            .unwrap()
            .contains("<button>Log in</button>")
    );

    let home = visitor
        .sign_in(&format!("{}/auth/login", example.origin), "alice")
        .await;
    assert!(home.text().await.unwrap().contains("Welcome, Alice!"));

    visitor
        .send(
            visitor
                .client
                .post(format!("{}/auth/logout", example.origin)),
        )
        .await;
    let home = visitor.open(&example.origin).await;
    assert!(
        home.text()
            .await
            .unwrap()
            .contains("<button>Log in</button>")
    );
}

#[tokio::test]
async fn providers_say_who_vouches() {
    let example = Example::start("providers");
    for provider in ["google", "microsoft"] {
        let mut visitor = Visitor::new();
        let login = format!("{}/auth/login/{provider}", example.origin);
        let home = visitor.sign_in(&login, "bob").await.text().await.unwrap();
        assert!(
            home.contains("Welcome, Bob!") && home.contains(provider),
            "{home}"
        );
    }
}

#[tokio::test]
async fn guard_tells_admins_from_others() {
    let example = Example::start("guard");
    let (admin, me) = (
        format!("{}/admin", example.origin),
        format!("{}/api/me", example.origin),
    );
    let mut alice = Visitor::new();
    assert!(
        alice
            .sign_in(&admin, "alice")
            .await
            .text()
            .await
            .unwrap()
            .contains("You are an admin.")
    );
    let claims = alice
        .send(alice.client.get(&me))
        .await
        .text()
        .await
        .unwrap();
    assert_eq!(
        serde_json::from_str::<serde_json::Value>(&claims).unwrap()["sub"],
        "alice"
    );

    let mut bob = Visitor::new();
    assert_eq!(
        bob.send(bob.client.get(&me)).await.status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        bob.sign_in(&admin, "bob").await.status(),
        StatusCode::FORBIDDEN
    );
}

#[tokio::test]
async fn static_files_are_served_to_logged_in_users() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/examples");
    let example = Example::start_with("static_files", &[folder]);
    let file = format!("{}/files/static_files.rs", example.origin);
    let mut visitor = Visitor::new();
    for path in ["/files/static_files.rs", "/files/", "/files", "/files/none"] {
        let url = format!("{}{path}", example.origin);
        let refused = visitor.send(visitor.client.get(url)).await;
        assert_eq!(refused.status(), StatusCode::UNAUTHORIZED, "{path}");
    }

    let served = visitor.sign_in(&file, "alice").await;
    assert_eq!(served.status(), StatusCode::OK);
    assert!(served.text().await.unwrap().contains("ServeDir"));
}

#[tokio::test]
async fn websocket_takes_only_those_it_knows() {
    let example = Example::start("websocket");
    let mut visitor = Visitor::new();
    let upgrade = |client: &Client| {
        let request = client.get(format!("{}/socket", example.origin));
        request
            .header("connection", "upgrade")
            .header("upgrade", "websocket")
            .header("sec-websocket-version", "13")
            .header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==")
    };
    assert_eq!(
        visitor.send(upgrade(&visitor.client)).await.status(),
        StatusCode::UNAUTHORIZED
    );
    visitor.sign_in(&example.origin, "alice").await;

    assert_eq!(
        visitor.send(upgrade(&visitor.client)).await.status(),
        StatusCode::SWITCHING_PROTOCOLS
    );
    let foreign = upgrade(&visitor.client).header("origin", "https://evil.example");
    assert_eq!(
        visitor.send(foreign).await.status(),
        StatusCode::UNAUTHORIZED
    );
}

#[tokio::test]
async fn htmx_gets_a_401_that_names_the_login() {
    let example = Example::start("htmx");
    let mut visitor = Visitor::new();
    let part = |client: &Client| {
        client
            .get(format!("{}/claims", example.origin))
            .header("hx-request", "true")
    };
    let refused = visitor.send(part(&visitor.client)).await;
    assert_eq!(refused.status(), StatusCode::UNAUTHORIZED);
    assert!(
        refused
            .text()
            .await
            .unwrap()
            .contains(r#""login":"/auth/login""#)
    );
    visitor
        .sign_in(&format!("{}/auth/login", example.origin), "alice")
        .await;

    let items = visitor
        .send(part(&visitor.client))
        .await
        .text()
        .await
        .unwrap();
    assert!(items.contains("<li>email"), "{items}");
}

#[tokio::test]
async fn google_asks_everyone_to_sign_in() {
    let example = Example::start("google");
    let mut visitor = Visitor::new();
    let home = visitor.sign_in(&example.origin, "alice").await;
    assert_eq!(home.text().await.unwrap(), "Welcome, Alice!");
}

#[test]
fn doctor_tells_a_right_file_from_a_wrong_one() {
    let folder =
        std::env::temp_dir().join(format!("axum-streamlit-auth-doctor-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let committed = include_str!("../.streamlit/secrets.toml");
    for (text, is_right) in [
        (committed.to_owned(), true),
        (committed.replace("public-", "xxx"), false),
    ] {
        let file = folder.join("secrets.toml");
        fs::write(&file, text).unwrap();
        let report = Command::new(binary("doctor")).arg(&file).output().unwrap();
        let shown = String::from_utf8(report.stdout).unwrap();
        assert_eq!(report.status.success(), is_right, "{shown}");
        assert_eq!(shown.contains('✗'), !is_right, "{shown}");
        assert!(is_right || shown.contains("secrets.toml:9"), "{shown}");
    }
    fs::remove_dir_all(folder).unwrap();
}

fn binary(name: &str) -> PathBuf {
    let test = std::env::current_exe().unwrap();
    test.parent().unwrap().with_file_name("examples").join(name)
}
