//! A minimal HTML parser: text, links, forms and buttons.

/// A parsed page.
#[derive(Debug, Default)]
pub struct Document {
    /// All text with white space collapsed, without scripts and style sheets.
    pub text: String,
    pub links: Vec<Link>,
    pub forms: Vec<Form>,
    pub buttons: Vec<Button>,
}

#[derive(Debug)]
pub struct Link {
    pub href: String,
    pub label: String,
}

#[derive(Debug)]
pub struct Form {
    id: String,
    pub post: bool,
    pub action: Option<String>,
    pub fields: Vec<(String, String)>,
}

#[derive(Debug)]
pub struct Button {
    pub label: String,
    pub name: String,
    pub value: String,
    /// Index of its form in [`Document::forms`].
    pub form: Option<usize>,
    form_id: Option<String>,
}

impl Document {
    pub fn parse(html: &str) -> Self {
        let mut document = Self::default();
        let (mut form, mut link, mut button) = (None, None, None);
        let mut rest = html;
        while let Some(start) = rest.find('<') {
            document.push_text(&rest[..start], link, button);
            rest = &rest[start..];
            if let Some(comment) = rest.strip_prefix("<!--") {
                rest = comment.split_once("-->").map_or("", |(_, after)| after);
                continue;
            }
            let (tag, after) = Tag::parse(rest);
            rest = after;
            match tag.name.as_str() {
                "script" | "style" => {
                    rest = rest
                        .find(&format!("</{}", tag.name))
                        .map_or("", |end| &rest[end..]);
                }
                "form" => {
                    form = Some(document.forms.len());
                    document.forms.push(Form {
                        id: tag.text("id"),
                        post: tag.text("method").eq_ignore_ascii_case("post"),
                        action: tag.attribute("action").map(str::to_owned),
                        fields: Vec::new(),
                    });
                }
                "/form" => form = None,
                "a" => {
                    link = Some(document.links.len());
                    document.links.push(Link {
                        href: tag.text("href"),
                        label: String::new(),
                    });
                }
                "/a" => link = None,
                "button" => {
                    button = Some(document.buttons.len());
                    document
                        .buttons
                        .push(Button::new(&tag, String::new(), form));
                }
                "/button" => button = None,
                "input" => match (tag.text("type").as_str(), form) {
                    ("submit", form) => {
                        document
                            .buttons
                            .push(Button::new(&tag, tag.text("value"), form))
                    }
                    ("checkbox" | "radio", _) if tag.attribute("checked").is_none() => {}
                    (_, Some(form)) if tag.attribute("name").is_some() => {
                        document.forms[form]
                            .fields
                            .push((tag.text("name"), tag.text("value")));
                    }
                    _ => {}
                },
                _ => {}
            }
        }
        document.push_text(rest, link, button);
        for button in &mut document.buttons {
            if let Some(id) = &button.form_id {
                button.form = document.forms.iter().position(|form| form.id == *id);
            }
        }
        document
    }

    fn push_text(&mut self, raw: &str, link: Option<usize>, button: Option<usize>) {
        let text = unescape(raw);
        push_folded(&mut self.text, &text);
        if let Some(link) = link {
            push_folded(&mut self.links[link].label, &text);
        }
        if let Some(button) = button {
            push_folded(&mut self.buttons[button].label, &text);
        }
    }
}

impl Button {
    fn new(tag: &Tag, label: String, form: Option<usize>) -> Self {
        let form_id = tag.attribute("form").map(str::to_owned);
        Self {
            label,
            name: tag.text("name"),
            value: tag.text("value"),
            form,
            form_id,
        }
    }
}

struct Tag {
    /// In lower case, with the slash of an end tag.
    name: String,
    attributes: Vec<(String, String)>,
}

impl Tag {
    /// Parses the tag at the start of `html`. Also returns the rest.
    fn parse(html: &str) -> (Self, &str) {
        let html = &html[1..];
        let end = html
            .find(|c: char| c.is_whitespace() || c == '>')
            .unwrap_or(html.len());
        let mut tag = Self {
            name: html[..end].to_ascii_lowercase(),
            attributes: Vec::new(),
        };
        let mut rest = html[end..].trim_start();
        loop {
            rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
            let Some(first) = rest.chars().next() else {
                return (tag, "");
            };
            if first == '>' {
                return (tag, &rest[1..]);
            }
            let end = rest[1..]
                .find(|c: char| c.is_whitespace() || matches!(c, '=' | '>'))
                .map_or(rest.len(), |end| end + 1);
            let name = rest[..end].to_ascii_lowercase();
            rest = rest[end..].trim_start();
            let mut value = "";
            if let Some(after) = rest.strip_prefix('=') {
                let after = after.trim_start();
                let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''));
                (value, rest) = match quote {
                    Some(quote) => after[1..].split_once(quote).unwrap_or((&after[1..], "")),
                    None => after.split_at(
                        after
                            .find(|c: char| c.is_whitespace() || c == '>')
                            .unwrap_or(after.len()),
                    ),
                };
            }
            tag.attributes.push((name, unescape(value)));
        }
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    fn text(&self, name: &str) -> String {
        self.attribute(name).unwrap_or_default().to_owned()
    }
}

/// Appends `text`, with each run of white space as one space.
fn push_folded(folded: &mut String, text: &str) {
    for c in text.chars() {
        if !c.is_whitespace() {
            folded.push(c);
        } else if !folded.is_empty() && !folded.ends_with(' ') {
            folded.push(' ');
        }
    }
}

/// Replaces common character references. Others stay.
fn unescape(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        plain.push_str(&rest[..start]);
        rest = &rest[start..];
        let reference = rest[1..]
            .split_once(';')
            .and_then(|(name, after)| Some((character(name)?, after)));
        match reference {
            Some((c, after)) => {
                plain.push(c);
                rest = after;
            }
            None => {
                plain.push('&');
                rest = &rest[1..];
            }
        }
    }
    plain.push_str(rest);
    plain
}

fn character(name: &str) -> Option<char> {
    match name {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        "nbsp" => Some('\u{a0}'),
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)
        }
    }
}
