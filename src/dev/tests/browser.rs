//! Requests of a browser: pages, redirects and rejections.

use base64::prelude::BASE64_STANDARD;

use super::*;

#[test]
fn invalid_request_returns_error_to_client() {
    let provider = provider();
    for (name, changed, error) in [
        ("response_type", "token", "unsupported_response_type"),
        ("response_type", "", "invalid_request"),
        ("scope", "email", "invalid_scope"),
        ("nonce", "", "invalid_request"),
        ("code_challenge", "", "invalid_request"),
        ("code_challenge", "too-short", "invalid_request"),
        ("code_challenge_method", "plain", "invalid_request"),
        ("response_mode", "fragment", "invalid_request"),
        ("request", "x", "request_not_supported"),
        ("prompt", "none", "login_required"),
    ] {
        for choice in [&[][..], &[("user", "alice")]] {
            let form = authorization(&[&[(name, changed)], choice].concat());
            let callback = submit(&provider, &form);
            assert!(callback.starts_with(CALLBACK), "{callback}");
            assert_eq!(value(&callback, "error").as_deref(), Some(error), "{name}");
            assert_eq!(value(&callback, "state").as_deref(), Some("a state"));
            assert_eq!(value(&callback, "iss").as_deref(), Some(ISSUER));
        }
    }
    let callback = redirect(&get(&provider, "/authorize", &[("state", "")]));
    assert_eq!(
        (
            value(&callback, "error").as_deref(),
            value(&callback, "state")
        ),
        (Some("invalid_request"), None)
    );
    assert_eq!(
        value(&redirect(&choose(&provider, "cancel")), "error").as_deref(),
        Some("access_denied")
    );
}

/// The same parameters as in a redirect, in hidden fields, for a result and for an error.
#[test]
fn form_post_response_has_the_same_parameters() {
    let provider = provider();
    let mode = ("response_mode", "form_post");
    let post = |changes: &[(&str, &str)]| {
        let form = authorization(changes);
        send(&provider, Method::POST, "/authorize", &form, &[], NOW)
    };
    for (choice, result) in [("alice", "code"), ("cancel", "error"), ("none", "error")] {
        let response = match choice {
            "none" => post(&[mode, ("prompt", "none")]),
            _ => post(&[mode, ("user", choice)]),
        };
        assert_eq!(response.status(), StatusCode::OK);
        let policy = response.headers()["content-security-policy"]
            .to_str()
            .unwrap();
        let script = "document.forms[0].submit()";
        let hash = BASE64_STANDARD.encode(Sha256::digest(script));
        assert!(
            policy.contains(&format!("script-src 'sha256-{hash}';")),
            "{policy}"
        );
        let page = body(response);
        assert!(
            page.contains(&format!("<script>{script}</script>")),
            "{page}"
        );
        assert!(
            page.contains(&format!("<form method=\"post\" action=\"{CALLBACK}\"")),
            "{page}"
        );
        for (name, value) in [("state", "a state"), ("iss", ISSUER)] {
            let field = format!("name=\"{name}\" value=\"{value}\"");
            assert!(page.contains(&field), "{page}");
        }
        assert_eq!(
            page.matches("type=\"hidden\"").count(),
            if result == "code" { 3 } else { 4 }
        );
        assert!(page.contains(&format!("name=\"{result}\"")), "{page}");
    }
    // The list of users sends the mode again.
    let page = body(get(&provider, "/authorize", &[mode]));
    assert!(
        page.contains("name=\"response_mode\" value=\"form_post\""),
        "{page}"
    );
    assert!(!page.contains("<script"), "{page}");
}

#[test]
fn foreign_redirect_uri_shows_error_page() {
    let provider = provider();
    for changes in [
        [("redirect_uri", "https://evil.example/")],
        [("redirect_uri", "//localhost/")],
        [("redirect_uri", "")],
        [("client_id", "")],
        [("state", &"x".repeat(1025))],
    ] {
        let response = get(&provider, "/authorize", &changes);
        assert_eq!(
            (
                response.status().as_u16(),
                response.headers().get(header::LOCATION)
            ),
            (400, None)
        );
        assert!(body(response).contains("For development only"));
    }
    let longest = get(&provider, "/authorize", &[("state", &"x".repeat(1024))]);
    assert_eq!(longest.status(), 200);
    let twice = format!("{}&state=other", authorization(&[]));
    assert_eq!(
        send(&provider, Method::GET, "/authorize", &twice, &[], NOW).status(),
        400
    );
    assert_eq!(choose(&provider, "mallory").status(), 400);
}

#[test]
fn user_is_chosen_by_posted_form_only() {
    let provider = provider();
    let response = get(&provider, "/authorize", &[("user", "alice")]);
    assert_eq!(response.status(), 200);
    let page = body(response);
    assert!(page.contains("Choose a user"));
    assert!(
        page.contains(r#"<i aria-hidden="true">A</i><span><b>Alice</b>"#),
        "{page}"
    );
}

#[test]
fn reflected_parameters_are_escaped() {
    let provider = provider();
    let hostile = "\n\"'></textarea><script>&amp;";
    let mut changes = vec![("user", "other"), ("claims", hostile)];
    changes.extend(["client_id", "state", "nonce"].map(|name| (name, hostile)));
    let scope = format!("openid {hostile}");
    changes.push(("scope", &scope));
    let redirect_uri = format!("{CALLBACK}?{hostile}");
    changes.push(("redirect_uri", &redirect_uri));

    let response = send(
        &provider,
        Method::POST,
        "/authorize",
        &authorization(&changes),
        &[],
        NOW,
    );
    assert_eq!(response.status(), 422);
    let page = body(response);
    assert!(page.contains("This JSON ends too early") && page.contains("<details open>"));
    assert!(page.contains("hint\" aria-invalid=\"true\" autofocus>\n\n&quot;'&gt;&lt;/textarea&gt;&lt;script&gt;&amp;amp;</textarea>"));
    assert!(!page.contains("<script") && page.matches("</textarea>").count() == 1);
    assert_eq!(
        page.matches("&lt;script").count(),
        6,
        "five parameters and the claims"
    );
}

#[test]
fn pages_have_strict_security_policy() {
    let provider = provider();
    let pages = [
        get(&provider, "/authorize", &[]),
        send(
            &provider,
            Method::POST,
            "/authorize",
            &authorization(&[("user", "other")]),
            &[],
            NOW,
        ),
        get(&provider, "/authorize", &[("redirect_uri", "")]),
        get(&provider, "/authorize", &[("client_id", "")]),
        choose(&provider, "mallory"),
        get(&provider, "", &[]),
        get(&provider, "/nothing", &[]),
        send(&provider, Method::GET, "/end_session", "", &[], NOW),
        send(
            &provider,
            Method::GET,
            "/end_session",
            "post_logout_redirect_uri=https://evil.example/",
            &[],
            NOW,
        ),
    ];
    for response in pages {
        let headers = response.headers().clone();
        let page = body(response);
        assert!(page.len() < 8 * 1024, "{} bytes", page.len());
        assert!(page.contains("For development only") && page.contains("<html lang=\"en\""));
        assert!(page.contains("<meta name=\"viewport\""));
        for loaded in [
            "<script", "src=", "url(", "@import", "<link", "style=", "https://",
        ] {
            assert!(!page.contains(loaded), "{loaded}");
        }
        let style = page
            .split_once("<style>")
            .unwrap()
            .1
            .split_once("</style>")
            .unwrap()
            .0;
        let hash = BASE64_STANDARD.encode(Sha256::digest(style));
        assert_eq!(
            headers[header::CONTENT_SECURITY_POLICY],
            format!(
                "default-src 'none'; style-src 'sha256-{hash}'; base-uri 'none'; frame-ancestors 'none'"
            )
        );
        assert_eq!(headers[header::CACHE_CONTROL], "no-store");
        assert_eq!(headers[header::REFERRER_POLICY], "same-origin");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff");
    }
}

#[test]
fn end_session_redirects_to_loopback_only() {
    let provider = provider();
    let end = |query: &str| send(&provider, Method::GET, "/end_session", query, &[], NOW);
    let home = end(
        "post_logout_redirect_uri=http%3A%2F%2Flocalhost%3A8501%2F&state=a%26b&id_token_hint=x",
    );
    assert_eq!(redirect(&home), "http://localhost:8501/?state=a%26b");
    assert_eq!(
        redirect(&end("post_logout_redirect_uri=http://localhost:8501/")),
        "http://localhost:8501/"
    );
    assert_eq!(
        end("post_logout_redirect_uri=http://evil.example/").status(),
        400
    );
    assert!(body(end("")).contains("You are signed out of the development provider"));
}

#[test]
fn form_from_another_origin_is_rejected() {
    let provider = provider();
    let own = "http://localhost:8501";
    let post = |headers: &[(&'static str, &str)]| {
        let form = authorization(&[("user", "alice")]);
        send(&provider, Method::POST, "/authorize", &form, headers, NOW)
    };
    for headers in [
        &[][..],
        &[("origin", own)],
        &[("sec-fetch-site", "same-origin"), ("origin", own)],
        &[("sec-fetch-site", "none")],
    ] {
        assert_eq!(post(headers).status(), 303, "{headers:?}");
    }
    for headers in [
        &[("origin", "https://evil.example")][..],
        &[("origin", "null")],
        &[("origin", "http://localhost:8502")],
        &[("origin", "http://127.0.0.1:8501")],
        &[("origin", "https://localhost:8501")],
        &[("origin", own), ("origin", "https://evil.example")],
        &[("origin", own), ("sec-fetch-site", "same-site")],
        &[("origin", own), ("sec-fetch-site", "cross-site")],
        // A browser at a proxy that changes `Host`.
        &[
            ("origin", "https://app.example"),
            ("sec-fetch-site", "same-origin"),
        ],
    ] {
        let response = post(headers);
        assert_eq!(response.status(), 403, "{headers:?}");
        assert!(!response.headers().contains_key(header::LOCATION));
        assert!(body(response).contains("sent by another site"));
    }
}

#[test]
fn allow_header_lists_supported_methods() {
    let provider = provider();
    let allow = |method, path| {
        let response = send(&provider, method, path, "", &[], NOW);
        assert_eq!(response.status(), 405);
        response.headers()[header::ALLOW]
            .to_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(allow(Method::GET, "/token"), "POST");
    assert_eq!(allow(Method::POST, "/jwks"), "GET, HEAD");
    assert_eq!(allow(Method::OPTIONS, "/authorize"), "GET, HEAD, POST");
}
