//! `groups_from_graph` and `graph_url`.

use axum_streamlit_auth::AuthLayer;
use insta::assert_snapshot;

use super::{VALID, error_for};

const ENTRA: &str = "
[auth.sso]
client_id = \"app\"
client_secret = \"a-client-secret\"
server_metadata_url = \"https://login.microsoftonline.com/common/v2.0/.well-known/openid-configuration\"
";
const GROUP: &str = "0f0e0d0c-1111-2222-3333-44445555AAAA";

#[test]
fn graph_keys_are_accepted() {
    let ids = format!("groups_from_graph = [{GROUP:?}]");
    let us = ENTRA.replace("microsoftonline.com", "microsoftonline.us");
    let other = ENTRA.replace("login.microsoftonline.com", "idp.example");
    for toml in [
        format!("{VALID}{ENTRA}groups_from_graph = true"),
        format!("{VALID}{ENTRA}groups_from_graph = false"),
        format!("{VALID}{ENTRA}{ids}"),
        format!("{VALID}{us}groups_from_graph = true"),
        format!(
            "{VALID}{ENTRA}groups_from_graph = true\ngraph_url = \"https://dod-graph.microsoft.us/\""
        ),
        format!("{VALID}{other}groups_from_graph = true\ngraph_url = \"http://localhost:1\""),
        format!(
            "{VALID}\n[auth.microsoft]\nclient_id = \"a\"\nclient_secret = \"a-client-secret\"\ntenant = \"common\"\ngroups_from_graph = true"
        ),
    ] {
        if let Err(error) = AuthLayer::from_toml(&toml) {
            panic!("{error}\n{toml}");
        }
    }
}

#[test]
fn graph_diagnostics_match_snapshots() {
    let at_entra = |lines: &str| format!("{VALID}{ENTRA}{lines}\n");
    let cases = [
        ("not Entra", format!("{VALID}groups_from_graph = true\n")),
        ("text", at_entra("groups_from_graph = \"yes\"")),
        ("empty list", at_entra("groups_from_graph = []")),
        (
            "name of a group",
            at_entra(&format!("groups_from_graph = [{GROUP:?}, \"staff\"]")),
        ),
        ("number", at_entra("groups_from_graph = [1]")),
        (
            "address alone",
            at_entra("graph_url = \"https://graph.microsoft.us\""),
        ),
        (
            "plain http",
            at_entra("groups_from_graph = true\ngraph_url = \"http://graph.microsoft.com\""),
        ),
        (
            "query",
            at_entra("groups_from_graph = true\ngraph_url = \"https://graph.microsoft.com/?x\""),
        ),
        (
            "user name",
            at_entra("groups_from_graph = true\ngraph_url = \"https://me@graph.microsoft.com\""),
        ),
        (
            "GitHub",
            format!(
                "{VALID}\n[auth.github]\nclient_id = \"a\"\nclient_secret = \"a-client-secret\"\ngroups_from_graph = true\n"
            ),
        ),
    ];
    let errors = cases.map(|(title, toml)| format!("## {title}\n{}\n", error_for(&toml)));
    assert_snapshot!(errors.concat());
}
