//! The tables beside `[auth]`: what to suggest where `[auth]` or its providers are missing.

use super::{
    EXAMPLE, Fault, Preset,
    document::{Item, Place, Table, Value},
    file::Found,
    provider::{KEYS, METADATA_URL},
    section::nearest,
};

/// The faults of a configuration without `[auth]`.
pub(super) fn missing_auth(found: &Found) -> Vec<Fault> {
    let typo = found.table.0.iter().find(|(name, item)| {
        matches!(item.value, Value::Table(_) | Value::List(_)) && nearest(name, &["auth"]).is_some()
    });
    if let Some((name, item)) = typo {
        let problem = "is not a known table.";
        return vec![Fault::new(
            name,
            &item.place,
            problem,
            "Did you mean `[auth]`?",
        )];
    }
    let mut faults = stray_providers(&found.table);
    faults.push(no_auth(
        &found.place,
        "is missing: nobody can sign in without a provider.",
    ));
    faults
}

/// The fault of `auth` with a value that is not a table.
pub(super) fn wrong_auth(item: &Item) -> Fault {
    let Item { value, place } = item;
    let is_array = |item: &Item| matches!(item.value, Value::Table(_));
    match value {
        Value::List(list) if list.iter().any(is_array) => Fault::new(
            "auth",
            place,
            "must be a table, but is a list of tables.",
            "Write it with single brackets: `[auth]`",
        ),
        value => no_auth(place, &format!("must be a table, but is {}.", value.kind())),
    }
}

pub(super) fn no_auth(place: &Place, problem: &str) -> Fault {
    Fault::new(
        "auth",
        place,
        problem,
        format!("Write, with your own values:\n\n{EXAMPLE}"),
    )
}

/// Tables beside `[auth]` that look like providers.
pub(super) fn stray_providers(table: &Table) -> Vec<Fault> {
    let stray = table.0.iter().filter(|(name, item)| {
        name != "auth"
            && matches!(&item.value, Value::Table(table) if is_stray_provider(name, table))
    });
    stray
        .map(|(name, item)| {
            let fix = format!("Write: [auth.{name}]");
            Fault::new(name, &item.place, "is a provider outside of `[auth]`.", fix)
        })
        .collect()
}

fn is_stray_provider(name: &str, table: &Table) -> bool {
    let known = |key: &str| table.get(key).is_some();
    table.get(METADATA_URL).is_some()
        || Preset::named(name).is_some() && KEYS.iter().any(|key| known(key))
}
