//! Shortens `User-Agent` to the names of the browser and the system.

/// Returns the browser and the system, such as `Firefox on Linux`, for users to recognize a device.
/// `None` if the header names neither.
///
/// Versions are left out, because they change while a session lasts.
pub(crate) fn shorten(user_agent: &str) -> Option<String> {
    let name = |known: &[(&str, &'static str)]| {
        let mut known = known.iter();
        known.find_map(|(part, name)| user_agent.contains(part).then_some(*name))
    };
    match (name(&BROWSERS), name(&SYSTEMS)) {
        (Some(browser), Some(system)) => Some(format!("{browser} on {system}")),
        (Some(name), None) | (None, Some(name)) => Some(name.to_owned()),
        (None, None) => None,
    }
}

/// The parts of `User-Agent` by which browsers are recognized. The first match is used, because
/// most browsers also name the browsers that they descend from.
///
/// Source: MDN, "Browser detection using the user agent".
const BROWSERS: [(&str, &str); 12] = [
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("EdgiOS/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Vivaldi/", "Vivaldi"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("curl/", "curl"),
];

/// The parts by which systems are recognized. Android also names Linux, and iOS names macOS.
const SYSTEMS: [(&str, &str); 7] = [
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("CrOS", "ChromeOS"),
    ("Linux", "Linux"),
];
