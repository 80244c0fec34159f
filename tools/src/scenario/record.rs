//! Kind and fields of a record, the same for commands and events.

use std::fmt;

use pinion_types::Body;
use pinion_types::text::{Fields, Shown, TextError};

use crate::nearest;

/// A command or an event, as a word and named fields.
pub(super) trait Record: Sized {
    /// What it begins with.
    type Header: Body;
    /// What it is called in errors.
    const WHAT: &'static str;

    /// The record of that word whose every field is zero.
    fn zeroed(word: &str) -> Option<Self>;
    /// Its word.
    fn word(&self) -> &'static str;
    /// Every word there is.
    fn words() -> Vec<&'static str>;
    fn header(&self) -> Self::Header;
    fn set_header(&mut self, header: &Self::Header);
    fn body(&self) -> Option<&dyn Fields>;
    fn body_mut(&mut self) -> Option<&mut dyn Fields>;
    /// Name in text of a field of the header; `None` for what the word already says.
    fn header_name(field: &'static str) -> Option<&'static str>;
}

/// Writes the word and every field that is not zero.
pub(super) fn write<R: Record>(record: &R, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    f.write_str(record.word())?;
    let mut done = Ok(());
    let mut put = |name: Option<&str>, value: &dyn pinion_types::text::Written| {
        if let (Some(name), false, Ok(())) = (name, value.absent(), done) {
            done = write!(f, " {name}={}", Shown(value));
        }
    };
    record.header().visit(&mut |name, value| put(R::header_name(name), value));
    if let Some(body) = record.body() {
        body.fields(&mut |name, value| put(Some(name), value));
    }
    done
}

/// Reads what [`write`] wrote, fields in any order.
pub(super) fn parse<R: Record>(words: &[&str]) -> Result<R, String> {
    let Some((word, fields)) = words.split_first() else {
        return Err(format!("the line names no {}", R::WHAT));
    };
    let mut record = R::zeroed(word)
        .ok_or_else(|| unknown(&format!("{} `{word}`", R::WHAT), word, &R::words()))?;
    let mut seen = Vec::with_capacity(fields.len());
    for field in fields {
        let (name, value) =
            field.split_once('=').ok_or_else(|| format!("`{field}` is not field=value"))?;
        if seen.contains(&name) {
            return Err(format!("field `{name}` stands twice"));
        }
        seen.push(name);
        set(&mut record, name, value)?;
    }
    Ok(record)
}

/// Sets one field of header or body.
fn set<R: Record>(record: &mut R, name: &str, value: &str) -> Result<(), String> {
    let mut header = record.header();
    let mut own = None;
    header.visit(&mut |field, _| {
        own = own.or((R::header_name(field) == Some(name)).then_some(field))
    });
    let done = match (own, record.body_mut()) {
        (Some(field), _) => {
            let done = header.set(field, value);
            record.set_header(&header);
            done
        }
        (None, Some(body)) => body.set_field(name, value),
        (None, None) => Err(TextError::UnknownField),
    };
    done.map_err(|error| match error {
        TextError::BadValue(_) => format!("`{value}` is no value for field `{name}`"),
        TextError::UnknownField => {
            let mut names = Vec::new();
            record.header().visit(&mut |field, _| names.extend(R::header_name(field)));
            if let Some(body) = record.body() {
                body.fields(&mut |field, _| names.push(field));
            }
            unknown(&format!("field `{name}` of `{}`", record.word()), name, &names)
        }
    })
}

/// "No such ...", with the nearest that there is.
fn unknown(what: &str, word: &str, known: &[&'static str]) -> String {
    match nearest::nearest(word, known.iter().copied()) {
        Some(near) => format!("there is no {what}; did you mean `{near}`?"),
        None => format!("there is no {what}"),
    }
}
