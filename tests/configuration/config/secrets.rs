//! Guessable cookie secrets, and client credentials that the provider cannot have issued.

use axum_streamlit_auth::AuthLayer;

use super::{SECRET, VALID, assert_not_cookie_secrets, assert_only_diagnostic, error_for, with};
use support::Log;

/// Texts from public templates, guides and examples, in several languages.
const TEMPLATES: &[&str] = &[
    "replace-with-a-long-random-string",
    "REPLACE_ME_WITH_A_RANDOM_STRING_OF_32_CHARACTERS",
    "please-replace-this-secret-in-production",
    "some-random-secret-key-goes-here",
    "my-super-secret-cookie-secret-key",
    "this-is-a-very-long-secret-key-that-should-be-changed",
    "a-strong-random-string-generated-by-openssl-rand",
    "generate-with-openssl-rand-hex-32",
    "run: openssl rand -hex 32",
    "put your own secret here, at least 32 bytes",
    "super-secret-jwt-token-with-at-least-32-characters-long",
    "a-string-secret-at-least-256-bits-long",
    "dev-secret-do-not-use-in-production",
    "insecure-development-cookie-secret",
    "supersecretsupersecretsupersecret",
    "s3cr3t-s3cr3t-s3cr3t-s3cr3t-s3cr3t",
    "p4ssw0rdp4ssw0rdp4ssw0rdp4ssw0rd",
    "thisisnotasecretthisisnotasecret",
    "cookie_secret_for_my_streamlit_app",
    "todo: set a real cookie secret here",
    "keyboard cat keyboard cat keyboard cat",
    "lorem ipsum dolor sit amet lorem ipsum",
    "hier-einen-langen-zufälligen-wert-eintragen",
    "durch-eine-zufällige-Zeichenfolge-ersetzen",
    "remplacez-moi-par-une-chaîne-aléatoire",
    "cámbiame-por-una-cadena-aleatoria-segura",
    "troque-por-uma-sequência-aleatória-longa",
    "sostituisci-con-una-stringa-casuale-lunga",
    "vervang-door-een-willekeurige-tekenreeks",
    "замените-на-случайную-строку",
    "请替换为一个足够长的随机字符串",
    "請更換為隨機字串並且足夠長請更換",
    "ランダムな文字列に置き換えてください",
    "여기에 무작위 문자열을 입력하세요",
    "00000000-0000-0000-0000-000000000000",
    "123e4567-e89b-12d3-a456-426614174000",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "03692581470369258147036925814703",
    "qwertyuiopasdfghjklzxcvbnm123456",
    "deadbeefdeadbeefdeadbeefdeadbeef",
];

#[test]
fn template_texts_are_refused_as_cookie_secret() {
    assert_not_cookie_secrets(TEMPLATES);
}

/// Accepted without a warning.
#[test]
fn generated_secrets_and_passphrases_are_accepted() {
    let log = Log::start();
    for secret in [
        "7d1c0a9e5b3f48264c8e07d2a6b1f9534e0d8c7a1b2f6e5930d4c8a7b6f1e2d3",
        "q8Zl0mI5J3cXyV2pN7tRkA4sWbE9uHfG6dLoYxC1vBM=",
        "3x-F_9yKq0Lr7Tz2WmVb8sNcJd5hGpQeXaUoI1R4YkE",
        "9b2f6c1e-7a4d-4e83-b5c0-2d8f1a6e3b97c4e1d0f2-58ab-4c7e-9f36-7b1d2e8a0c54",
        "velvet anchor sings quietly beneath seven orange umbrellas",
        "my grandmother kept a secret garden behind the old mill",
        "Kirschkuchen schmeckt am dritten Dienstag nach Ostern",
    ] {
        AuthLayer::from_toml(&with(SECRET, secret)).unwrap_or_else(|error| panic!("{error}"));
    }
    assert!(log.warnings().is_empty(), "{:?}", log.warnings());
}

/// Variables and expressions that were not expanded.
const VARIABLES: &[&str] = &[
    "${AUTH_COOKIE_SECRET}",
    "$AUTH_COOKIE_SECRET",
    "{{ auth_cookie_secret }}",
    "${{ secrets.AUTH_COOKIE_SECRET }}",
    "$(openssl rand -hex 32)",
    "`openssl rand -hex 32`",
    "<%= auth_cookie_secret %>",
    "%AUTH_COOKIE_SECRET%",
    "__AUTH_COOKIE_SECRET__",
    "op://vault/streamlit/cookie-secret",
];

#[test]
fn unexpanded_variables_are_refused() {
    for variable in VARIABLES {
        for (value, key) in [
            (SECRET, "cookie_secret"),
            ("a-client-secret", "client_secret"),
            ("\"app\"", "client_id"),
        ] {
            let text = with(value, &value.replace(value.trim_matches('"'), variable));
            assert_only_diagnostic(&text, &format!("auth.{key}"));
            let error = error_for(&text).to_string();
            let problems = [
                "a variable that was not expanded",
                "a placeholder that is not an environment variable",
            ];
            assert!(problems.iter().any(|text| error.contains(text)), "{error}");
            assert!(!error.to_lowercase().contains("auth_cookie"), "{error}");
        }
    }
}

#[test]
fn unexpanded_parameters_are_refused() {
    for variable in [
        "${AUDIENCE}",
        "https://{{ host }}/",
        "a-$(hostname)",
        "<%= audience %>",
    ] {
        for table in ["client_kwargs", "authorize_params", "logout_params"] {
            let toml = format!("{VALID}{table} = {{ audience = \"{variable}\" }}\n");
            assert_only_diagnostic(&toml, &format!("auth.{table}.audience"));
        }
    }
    for value in ["https://api.example/?a={b}", "$5", "100%", "{id}"] {
        let toml = format!("{VALID}client_kwargs = {{ audience = \"{value}\" }}\n");
        AuthLayer::from_toml(&toml).unwrap_or_else(|error| panic!("{error}"));
    }
}

#[test]
fn hidden_characters_in_credentials_are_rejected() {
    for hidden in [
        " ", "\\n", "\\t", "\\r\\n", "\\u200b", "\\ufeff", "\\u00a0", "\\u00ad", "\\u2060",
        "\\u202e", "\\u0000",
    ] {
        for text in [format!("{hidden}a9f3e7"), format!("a9f3e7{hidden}")] {
            let secret = with("a-client-secret", &text);
            assert_only_diagnostic(&secret, "auth.client_secret");
            let id = with("\"app\"", &format!("\"{text}\""));
            assert_only_diagnostic(&id, "auth.client_id");
        }
        // RFC 6749, appendix A.2, allows spaces in a secret.
        let inner = with("a-client-secret", &format!("a9f{hidden}3e7"));
        match hidden {
            " " => drop(AuthLayer::from_toml(&inner).unwrap()),
            _ => assert_only_diagnostic(&inner, "auth.client_secret"),
        }
    }
    let multiline = with("\"a-client-secret\"", "\"\"\"\na9f3e7\n\"\"\"");
    assert_only_diagnostic(&multiline, "auth.client_secret");
    // Masked by a console.
    for masked in ["••••••••", "********", "GOCSPX-****a9f3"] {
        assert_only_diagnostic(&with("a-client-secret", masked), "auth.client_secret");
    }
}
