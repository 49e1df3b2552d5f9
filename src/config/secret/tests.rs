use super::*;

/// Output of `openssl rand`, `uuidgen` and `python -c "import secrets; …"`, and passphrases.
const GENERATED: &[&str] = &[
    "7d1c0a9e5b3f48264c8e07d2a6b1f9534e0d8c7a1b2f6e5930d4c8a7b6f1e2d3",
    "kV7qT2mZ9xLbR4wYc8NfJ6hDs3GpAe5uKt1BvXoQ",
    "q8Zl0mI5J3cXyV2pN7tRkA4sWbE9uHfG6dLoYxC1vBM=",
    "3x-F_9yKq0Lr7Tz2WmVb8sNcJd5hGpQeXaUoI1R4YkE",
    "9b2f6c1e-7a4d-4e83-b5c0-2d8f1a6e3b97c4e1d0f2-58ab-4c7e-9f36-7b1d2e8a0c54",
    "9f8b7c6d-1a2e-4f3b-8c5d-0e6f7a8b9c1d.2c4e6a8b-3d5f-4a7c-9e1b-5f7d9b1c3e5a",
    "velvet anchor sings quietly beneath seven orange umbrellas",
    "Grossmutters-Kirschkuchen-schmeckt-am-dritten-Dienstag-nach-Ostern",
    "correct horse battery staple lamp orbit thunder",
    "el gato azul baila sobre tejados mojados cada jueves por la noche",
    "静かな湖畔の森の影から郭公が鳴いて朝霧に消えた七匹の狐",
];

#[test]
fn generated_secrets_and_passphrases_are_strong() {
    for secret in GENERATED {
        assert_eq!(
            cookie_secret_strength(secret),
            Ok(Strength::Strong),
            "{secret} {}",
            estimate_entropy(secret)
        );
    }
}

/// Tests 100 secrets of each kind, generated from a fixed seed.
#[test]
fn random_secrets_are_accepted() {
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut draw = |alphabet: &str, length: usize| -> String {
        let letters: Vec<char> = alphabet.chars().collect();
        let mut next = || {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            letters[(state >> 33) as usize % letters.len()]
        };
        (0..length).map(|_| next()).collect()
    };
    let hex = "0123456789abcdef";
    let base64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (alphabet, length, strong) in [
        (hex, 64, true),
        (hex, 48, true),
        (base64, 43, true),
        (base64, 32, true),
        (&base64[..62], 64, true),
        (hex, 32, false),
        (&base64[..62], 20, false),
    ] {
        for _ in 0..100 {
            let secret = draw(alphabet, length);
            let strength = cookie_secret_strength(&secret);
            assert!(strength.is_ok(), "{secret} {strength:?}");
            assert!(
                !strong || strength == Ok(Strength::Strong),
                "{secret} {strength:?}"
            );
            assert_eq!(credential_problem(&secret), None, "{secret}");
        }
    }
}

#[test]
fn entropy_ignores_predictable_characters() {
    for pattern in [
        "",
        "abcabcabcabcabcabcabcabcabcabcabc",
        "0123456789abcdef0123456789abcdef",
        "passwordpasswordpasswordpassword",
        "abcdefghijklmnopqrstuvwxyz0123456789",
        "1111111111111111111111111111111111112",
        "03692581470369258147036925814703",
        "13579024681357902468135790246813",
        "adgjmpsvybehknqtwzcfilorux",
        "a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5p6",
        "qwertyuiopasdfghjklzxcvbnm123456",
        "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9",
        "zyxwvutsrqponmlkjihgfedcba987654",
        "streamlitstreamlitstreamlitstreamlit",
    ] {
        let bits = estimate_entropy(pattern);
        assert!(bits < MIN_BITS, "{pattern} {bits}");
    }
}

#[test]
fn variables_are_recognized() {
    for text in [
        "${AUTH_COOKIE_SECRET}",
        "prefix-${COOKIE_SECRET:-none}-suffix",
        "$COOKIE_SECRET",
        "$(openssl rand -hex 32)",
        "`openssl rand -hex 32`",
        "{{ cookie_secret }}",
        "{{.Values.auth.cookieSecret}}",
        "${{ secrets.COOKIE_SECRET }}",
        "<%= ENV['COOKIE_SECRET'] %>",
        "#{ENV[\"COOKIE_SECRET\"]}",
        "%(cookie_secret)s",
        "%COOKIE_SECRET%",
        "@COOKIE_SECRET@",
        "__COOKIE_SECRET__",
        "{cookie_secret}",
        "[cookie secret]",
        "<cookie-secret>",
        "${var.cookie_secret}",
        "#{Octopus.Secret}",
        "env:COOKIE_SECRET",
        "os.environ['COOKIE_SECRET']",
        "process.env.COOKIE_SECRET",
        "op://vault/streamlit/cookie",
        "vault:secret/data/app#cookie",
        "arn:aws:secretsmanager:eu-central-1:123456789012:secret:app",
        "@Microsoft.KeyVault(SecretUri=https://v.vault.azure.net/secrets/c)",
        "ENC[AES256_GCM,data:xxxx]",
    ] {
        assert!(is_unexpanded(text), "{text}");
    }
    for text in ["", "a$b", "100%", "a{b", "{", "<>", "{}", "${}", "env"] {
        assert!(!is_unexpanded(text), "{text}");
    }
}

#[test]
fn credential_placeholders_are_recognized() {
    for text in [
        "xxx",
        "YOUR_CLIENT_ID",
        "your-google-client-id.apps.googleusercontent.com",
        "<client-id>",
        "insert client id here",
        "GOCSPX-your-client-secret",
        "replace-with-client-secret",
        "changeme",
        "000000000000-xxxxxxxxxxxx.apps.googleusercontent.com",
        "********",
        "••••••••",
        "…",
        "TODO",
        "REDACTED",
        "votre-client-secret",
        "你的客户端密钥",
        "<your secret>",
        "aaaa",
    ] {
        assert!(credential_problem(text).is_some(), "{text}");
    }
    for text in [
        "app",
        "my-app",
        "client",
        "web-client",
        "streamlit",
        "example-app",
        "test-client-secret-7f3a",
        "development",
        "hush-hush",
        "here-maps",
        "insert",
        "a-client-secret",
        "generate",
        "put-app",
        "abc8Q~r4T.yu_iO-pA1sD2fG3hJ4kL5zX6cV7bN8",
    ] {
        assert_eq!(credential_problem(text), None, "{text}");
    }
}

#[test]
fn hidden_characters_are_rejected() {
    for text in [
        " abcdef",
        "abcdef ",
        "abc\ndef",
        "abcdef\n",
        "abc\tdef",
        "abc\u{200b}def",
        "\u{feff}abcdef",
        "abc\u{ad}def",
        "abcdef\u{a0}",
        "abc\u{202e}def",
        "abc\u{0}def",
        "abc\u{2060}",
    ] {
        assert!(credential_problem(text).is_some(), "{text:?}");
    }
    for text in ["abc def", "abcdéf", "bücher"] {
        assert_eq!(credential_problem(text), None, "{text}");
    }
}

#[test]
fn overlapping_words_are_known() {
    assert_eq!(words::unknown_mask("testest"), [false; 7]);
    assert_eq!(words::unknown_mask("hashash"), [false; 7]);
}
