//! The words of template texts, such as "replace-with-a-long-random-string".

use std::{iter, ops::Range};

use memchr::memmem;

/// Returns, for each character of `text`, which is in lower case, true if it is not part of a
/// template's words.
pub(super) fn unknown_mask(text: &str) -> Vec<bool> {
    debug_assert_eq!(text, text.to_lowercase());
    let without_leet: String = text.chars().map(resolve_leet).collect();
    let mut unknown = vec![true; text.len()];
    let mut mark_known = |text: &str, word: &str| {
        for occurrence in occurrences(text, word, MIN_PART_LEN) {
            unknown[occurrence].fill(false);
        }
    };
    // Searching for all words would take most of the time of this function.
    let pairs = [text, &without_leet].map(BytePairs::new);
    for word in words().chain(PUBLIC_VALUES) {
        if pairs[0].may_contain(word) {
            mark_known(text, word);
        }
        if pairs[1].may_contain(word) && word.chars().count() >= MIN_LEET_LEN {
            mark_known(&without_leet, word);
        }
    }
    text.char_indices().map(|(at, _)| unknown[at]).collect()
}

/// The pairs of adjacent bytes that occur in a text.
struct BytePairs(Vec<bool>);

impl BytePairs {
    fn new(text: &str) -> Self {
        let mut pairs = vec![false; 1 << 16];
        for pair in text.as_bytes().windows(2) {
            pairs[usize::from(u16::from_be_bytes([pair[0], pair[1]]))] = true;
        }
        Self(pairs)
    }

    /// Returns false only if the text does not contain `word`.
    fn may_contain(&self, word: &str) -> bool {
        match *word.as_bytes() {
            [first, second, ..] => self.0[usize::from(u16::from_be_bytes([first, second]))],
            _ => true,
        }
    }
}

/// Returns the number of letters and digits of `text`, which is in lower case, that are not part of
/// a template's words.
pub(super) fn unknown_characters(text: &str) -> usize {
    let characters = text.chars().zip(unknown_mask(text));
    let unknown = characters.filter(|(character, unknown)| *unknown && character.is_alphanumeric());
    unknown.count()
}

/// Returns true if `text`, which is in lower case, contains an instruction to replace it, such as
/// "change" or "your".
pub(super) fn has_instruction(text: &str) -> bool {
    has_word(text, INSTRUCTIONS)
}

/// Returns true if `text`, which is in lower case, contains a word for a credential, such as
/// "secret" or "token".
pub(super) fn names_credential(text: &str) -> bool {
    has_word(text, CREDENTIALS)
}

fn has_word(text: &str, words: &str) -> bool {
    debug_assert_eq!(text, text.to_lowercase());
    let mut words = words.split_whitespace();
    // Short words have to match whole words, because "here" is part of "there".
    words.any(|word| occurrences(text, word, MIN_LEET_LEN).next().is_some())
}

/// Returns the positions of `word` in `text`, including those that overlap. A word of fewer than
/// `min_part` ASCII characters only matches a whole word.
fn occurrences(text: &str, word: &str, min_part: usize) -> impl Iterator<Item = Range<usize>> {
    let is_short = word.len() < min_part && word.is_ascii();
    let is_whole_word = move |occurrence: &Range<usize>| {
        let before = text[..occurrence.start].chars().next_back();
        let after = text[occurrence.end..].chars().next();
        ![before, after]
            .into_iter()
            .flatten()
            .any(char::is_alphabetic)
    };
    let mut from = 0;
    let occurrences = iter::from_fn(move || {
        let at = from + memmem::find(&text.as_bytes()[from..], word.as_bytes())?;
        from = at + 1;
        Some(at..at + word.len())
    });
    occurrences.filter(move |occurrence| !is_short || is_whole_word(occurrence))
}

/// Characters. A shorter word could be part of a random string by chance.
const MIN_PART_LEN: usize = 4;

/// Characters. A shorter word could match random digits by chance.
const MIN_LEET_LEN: usize = 6;

/// Returns the letter that a digit or symbol replaces in words such as `p4ssw0rd`.
fn resolve_leet(character: char) -> char {
    match character {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        character => character,
    }
}

fn words() -> impl Iterator<Item = &'static str> {
    let lists = WORDS.iter().chain([&INSTRUCTIONS, &CREDENTIALS]);
    lists.flat_map(|words| words.split_whitespace())
}

/// Hashes of the empty string, and the examples of RFC 9562.
const PUBLIC_VALUES: [&str; 6] = [
    "d41d8cd98f00b204e9800998ecf8427e",
    "da39a3ee5e6b4b0d3255bfef95601890afd80709",
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "123e4567-e89b-12d3-a456-426614174000",
    "f81d4fae-7dec-11d0-a765-00a0c91e6bf6",
    "550e8400-e29b-41d4-a716-446655440000",
];

/// Words of an instruction to insert a value.
const INSTRUCTIONS: &str = "\
    your replace change changeme insert paste enter fill generate placeholder here todo fixme tbd xxx \
    dein deine ersetzen einfügen einfuegen eintragen hier votre remplacer remplacez ici tu su reemplazar reemplaza cambiame aqui aquí \
    seu sua substitua troque aqui tuo tua sostituire sostituisci inserisci qui jouw vervang twój wstaw buraya ваш замените вставьте \
    你的 您的 替换 替換 更换 更換 填写 填寫 あなた 置き換え ここ 변경 교체 여기";

/// Words for credentials.
const CREDENTIALS: &str = "\
    secret key token password client id value string tenant domain credential credentials \
    geheimnis schlüssel schluessel passwort wert clé cle valeur chaîne chaine secreto clave valor cadena segredo chave senha \
    segreto chiave sleutel wachtwoord klucz hasło anahtar секрет ключ пароль 密钥 密鑰 秘钥 密码 密碼 字符串 秘密 鍵 キー 文字列 비밀 키";

/// Words of template texts by language: English, German, French, Spanish, Portuguese, Italian,
/// Dutch, Polish, Turkish, Russian, Chinese, Japanese and Korean.
const WORDS: [&str; 13] = [
    "\
     secret key cookie token password passphrase passwd string value random secure strong safe long very \
     super your with this that here replace change changeme insert enter paste fill generate generated \
     create make made choose pick type write some something any anything own one please must should least \
     minimum characters character chars bytes byte bits bit digits letters openssl rand hex base64 \
     urlsafe uuid uuidgen python secrets token_hex token_urlsafe output command unique unguessable hard \
     guess guessable never nobody else know knows shared private public production prod development dev \
     test testing tests demo sample example default temp temporary local localhost staging application \
     app apps streamlit rust server session authentication oauth oidc login sign signing \
     signature encrypt encryption hash salt hmac jwt client config configuration setting settings \
     environment variable env file toml yaml from into between before after using used use only not for \
     and the of in at to by is it be or on as an my me do set put add get run new old real actual good \
     bad same different dummy fake mock placeholder todo fixme tbd foobar foo bar baz qux lorem ipsum \
     dolor sit amet hello world letmein welcome admin root user qwerty asdf iloveyou monkey dragon \
     keyboard cat topsecret secretkey insecure unsafe none null undefined empty unset missing redacted \
     hidden goes will then when where which what enough characters_long text data code id number sequence \
     more than them they are was there first really truly cryptographically cryptographic mine yours ours \
     google microsoft okta auth0 gitlab github keycloak azure entra tenant domain company corp acme \
     issuer gocspx googleusercontent com org",
    "\
     geheim geheimes geheimer geheimnis geheimnisses schluessel schlüssel passwort kennwort zufall \
     zufällig zufälliger zufälliges zufaellig zufaelliger zufällige zufaellige zeichen zeichenkette \
     zeichenfolge ersetzen ersetze ersetzt durch einen eine ein einfügen einfuegen eintragen hier bitte \
     ändern aendern ändere dein deine ihr ihre wert lang langer langes lange sicher sicheres sicherer \
     mindestens das den mit und für fuer",
    "\
     secrete secrète clé cle chaîne chaine aléatoire aleatoire remplacer remplacez remplace par une moi \
     votre vos ton mettre mettez ici changer changez longue mot de passe valeur générer generer sécurisé \
     securise caractères caracteres avec",
    "\
     secreto secreta clave cadena aleatoria aleatorio cambiar cambia cambiame cámbiame cambie reemplazar \
     reemplaza reemplace por una poner pon ponga aqui aquí contraseña contrasena tu su larga largo segura \
     seguro valor generar caracteres esto esta este",
    "\
     segredo chave sequencia sequência aleatória aleatorio aleatório troque trocar mude mudar substitua \
     substituir uma sua seu senha longa segura coloque aqui gerar isto esta",
    "\
     segreto segreta chiave stringa casuale sostituire sostituisci con una tua tuo cambiami cambia \
     cambiare inserire inserisci qui lunga sicura generare valore",
    "\
     geheime sleutel wachtwoord willekeurige willekeurig tekenreeks vervang vervangen door een jouw uw \
     wijzig wijzigen hier veilig",
    "\
     tajny sekret klucz hasło haslo losowy losowe ciąg ciag znaków znakow zmień zmien zamień zamien twój \
     twoj wstaw tutaj",
    "\
     gizli anahtar şifre sifre rastgele değiştir degistir buraya",
    "\
     секрет секретный ключ пароль случайная случайную случайный строка строку строкой замените заменить \
     на измените вставьте сюда ваш ваша свой длинная длинную значение",
    "\
     请 請 替换 替換 更换 更換 更改 修改 改成 改为 改為 换成 換成 设置 設置 填写 填寫 填入 输入 輸入 生成 你的 您的 自己的 为 為 成 随机 隨機 长 長 的 字符串 字符 字串 \
     字元 密钥 密鑰 秘钥 秘鑰 密码 密碼 机密 機密 值 一个 一個 这里 這裡 此处 此處 在 安全 强 強 足够 足夠",
    "\
     ランダム な 文字列 文字 に 置き換え て ください 置換 変更 してください して あなた の 秘密 鍵 キー シークレット パスワード を 入力 ここ 長い 安全 生成 値 クッキー",
    "\
     무작위 랜덤 문자열 으로 로 변경 하세요 해주세요 교체 바꾸세요 비밀 키 비밀번호 여기 에 입력 안전한 긴 쿠키",
];
