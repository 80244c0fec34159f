//! Layers of TOML text: read, told apart by key and line, laid over each other.

use std::ops::Range;

use serde::de::DeserializeOwned;
use toml::de::{DeTable, DeValue};
use toml::{Spanned, Table, Value};

use super::Config;
use super::core::CoreConfig;
use super::gateway::GatewayConfig;
use super::problem::Findings;
use super::venue::VenueConfig;
use crate::nearest::nearest;

/// What a text holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `core.toml`.
    Core,
    /// `gateway.toml`.
    Gateway,
    /// `venue.toml`.
    Venue,
    /// A profile: any of the three under its name, `[core.threads]` and so on.
    Profile,
}

impl Part {
    /// Name of the table this part is in a profile.
    fn table(self) -> Option<&'static str> {
        match self {
            Part::Core => Some("core"),
            Part::Gateway => Some("gateway"),
            Part::Venue => Some("venue"),
            Part::Profile => None,
        }
    }
}

/// One text of a configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// Its name in errors: the path as the user gave it.
    pub name: String,
    /// What it holds.
    pub part: Part,
    /// The text.
    pub text: String,
}

/// Reads every source by itself, then all of them together, the later over the earlier.
///
/// # Errors
/// Syntax, unknown keys and values of the wrong type, with file, line and what comes nearest.
pub(super) fn merge(sources: &[Source]) -> Result<Config, Findings> {
    let mut findings = Findings::default();
    let mut whole = Table::new();
    for source in sources {
        let read = match source.part {
            Part::Core => table::<CoreConfig>(source),
            Part::Gateway => table::<GatewayConfig>(source),
            Part::Venue => table::<VenueConfig>(source),
            Part::Profile => table::<Config>(source),
        };
        match read {
            Err(found) => findings.errors.extend(found.errors),
            Ok(read) => match source.part.table() {
                None => overlay(&mut whole, read),
                Some(name) => {
                    overlay(&mut whole, Table::from_iter([(name.to_owned(), Value::Table(read))]));
                }
            },
        }
    }
    if !findings.errors.is_empty() {
        return Err(findings);
    }
    let name = sources.last().map_or("", |source| &source.name);
    Config::deserialize_from(whole).map_err(|error| Findings::error(name, 0, error))
}

impl Config {
    fn deserialize_from(table: Table) -> Result<Config, String> {
        serde::Deserialize::deserialize(table).map_err(|error: toml::de::Error| explain(&error))
    }
}

/// The source as a table, once it is known to be a `T`.
fn table<T: DeserializeOwned>(source: &Source) -> Result<Table, Findings> {
    let text = &source.text;
    let fail = |error: toml::de::Error| {
        let line = error.span().map_or(0, |span| line_of(text, &span));
        Findings::error(&source.name, line, explain(&error))
    };
    toml::from_str::<T>(text).map_err(fail)?;
    toml::from_str(text).map_err(fail)
}

/// Lays `upper` over `lower`: tables key by key, everything else whole.
fn overlay(lower: &mut Table, upper: Table) {
    for (key, value) in upper {
        match (lower.get_mut(&key), value) {
            (Some(Value::Table(below)), Value::Table(above)) => overlay(below, above),
            (_, value) => {
                lower.insert(key, value);
            }
        }
    }
}

/// The reader's message in one line; for an unknown name, with the nearest known one.
fn explain(error: &toml::de::Error) -> String {
    let message = error.message().trim().replace('\n', ", ");
    let unknown = ["unknown field `", "unknown variant `"]
        .iter()
        .find_map(|start| message.strip_prefix(start))
        .and_then(|rest| rest.split_once('`'));
    let Some((word, rest)) = unknown else { return message };
    let known: Vec<&str> = rest.split('`').skip(1).step_by(2).collect();
    let what = if message.starts_with("unknown field") { "key" } else { "value" };
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("unknown {what} `{word}`; did you mean `{near}`?"),
        None => format!("unknown {what} `{word}`; known here: {}", known.join(", ")),
    }
}

fn line_of(text: &str, span: &Range<usize>) -> usize {
    text.bytes().take(span.start).filter(|&byte| byte == b'\n').count() + 1
}

/// Where a value stands: the last source that says it. `path` is like `venue.instruments.0.isin`.
///
/// Where nobody says it, the nearest table around it is named.
pub(super) fn place(sources: &[Source], path: &str) -> (String, usize) {
    let keys: Vec<&str> = path.split('.').collect();
    let mut best: Option<(usize, String, usize)> = None;
    for source in sources.iter().rev() {
        let rest = match source.part.table() {
            None => &keys[..],
            Some(name) if keys.first() == Some(&name) => &keys[1..],
            Some(_) => continue,
        };
        let skipped = keys.len() - rest.len();
        let Ok(root) = DeTable::parse(&source.text) else { continue };
        let (depth, span) = descend(root.get_ref(), rest);
        let depth = if depth == 0 && source.part == Part::Profile { 0 } else { depth + skipped };
        if best.as_ref().is_none_or(|(so_far, ..)| depth > *so_far) {
            let line = span.map_or(0, |span| line_of(&source.text, &span));
            best = Some((depth, source.name.clone(), line));
        }
    }
    best.map_or((String::new(), 0), |(_, name, line)| (name, line))
}

/// Follows `keys` as far as they go: how many were found, and where the last one stands.
fn descend(root: &DeTable<'_>, keys: &[&str]) -> (usize, Option<Range<usize>>) {
    let mut found = (0, None);
    let mut next = keys.first().and_then(|key| entry(root, key));
    for (index, _) in keys.iter().enumerate() {
        let Some((span, value)) = next else { break };
        found = (index + 1, Some(span));
        next = keys.get(index + 1).and_then(|key| match value.get_ref() {
            DeValue::Table(table) => entry(table, key),
            DeValue::Array(array) => {
                let item = array.get(key.parse::<usize>().ok()?)?;
                Some((item.span(), item))
            }
            _ => None,
        });
    }
    found
}

fn entry<'a, 'i>(
    table: &'a DeTable<'i>,
    name: &str,
) -> Option<(Range<usize>, &'a Spanned<DeValue<'i>>)> {
    table.iter().find(|(key, _)| key.get_ref() == name).map(|(key, value)| (key.span(), value))
}
