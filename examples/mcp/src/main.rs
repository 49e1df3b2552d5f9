//! An MCP server for AI agents: the tool `whoami` returns the name of the user that the agent works
//! for. An agent discovers the provider, and needs a token with the scope `profile:read`.
//!
//! The provider has to issue access tokens as JWTs: set `bearer_audience` and `resource` in
//! `secrets.toml`. The development provider does not issue such tokens.
//!
//! Run `cargo run --manifest-path examples/mcp/Cargo.toml` and connect an agent to <http://localhost:8501/mcp>.

use std::sync::Arc;

use axum::{Router, extract::FromRequestParts, http::request::Parts, routing::get};
use axum_streamlit_auth::{AuthLayer, LoggedIn, User, require_login};
use rmcp::{
    ErrorData, ServerHandler,
    handler::server::tool::Extension,
    model::{ServerCapabilities, ServerConfig},
    tool, tool_handler, tool_router,
    transport::streamable_http_server::{
        StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
    },
};
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let auth = AuthLayer::from_secrets()?;
    let listener = TcpListener::bind(auth.listen_address()).await?;
    println!("Connect an agent to http://{}/mcp", auth.listen_address());
    let app = Router::new()
        .nest_service("/mcp", tools())
        .route_layer(require_login().scope("profile:read")) // guards the route above this line
        .route("/me", get(me))
        .layer(auth);
    Ok(axum::serve(listener, app).await?)
}

/// The same user, for people in a browser.
async fn me(LoggedIn(user): LoggedIn) -> String {
    user.name().unwrap_or("you").to_owned()
}

fn tools() -> StreamableHttpService<Tools, LocalSessionManager> {
    // By default, only loopback hosts are allowed. `with_allowed_hosts` adds a public one.
    let config = StreamableHttpServerConfig::default();
    StreamableHttpService::new(
        || Ok(Tools),
        Arc::new(LocalSessionManager::default()),
        config,
    )
}

#[derive(Clone)]
struct Tools;

#[tool_router]
impl Tools {
    #[tool(description = "The name of the user that you work for")]
    async fn whoami(&self, Extension(mut parts): Extension<Parts>) -> Result<String, ErrorData> {
        // The extractors work here as in a handler.
        let user = User::from_request_parts(&mut parts, &()).await;
        let user = user.map_err(|error| ErrorData::internal_error(error.to_string(), None))?;
        Ok(user.name().unwrap_or("unknown").to_owned())
    }
}

#[tool_handler]
impl ServerHandler for Tools {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
    }
}
