//! `PROTOCOL.md`: the parts that follow from the code are written from it.

use crate::agreement::templates;
use crate::schema::{Schema, hold, text_of};
use pinion_types::RejectCode;
use pinion_wire::{Inbound, OVERHEAD, Outbound, Rule, SCHEMA_ID};
use std::fmt::Write;

#[test]
fn tables_are_those_of_the_code() {
    let mut text = text_of("PROTOCOL.md");
    for (name, content) in [
        ("overview", overview()),
        ("fields", fields()),
        ("values", values()),
        ("rejects", rejects()),
    ] {
        let begin = format!("<!-- generated: {name} -->\n");
        let (before, rest) = text.split_once(&begin).expect("the section's marker");
        let (_, after) = rest.split_once("<!-- end -->").expect("the section's end");
        text = format!("{before}{begin}{content}<!-- end -->{after}");
    }
    assert!(text.contains(&format!("schema id {SCHEMA_ID}")));
    // Those above, and the values nobody produces, which a test over all rooms holds.
    assert_eq!(text.matches("<!-- generated: ").count(), 5);
    assert!(text.contains("<!-- generated: reserved -->"));
    hold("PROTOCOL.md", &text);
}

/// Every link to a file of the project leads to one.
#[test]
fn links_lead_somewhere() {
    let text = text_of("PROTOCOL.md");
    let links = text.split("](").skip(1).filter_map(|rest| rest.split_once(')'));
    let files = links.map(|(link, _)| link).filter(|link| !link.starts_with('#'));
    let mut count = 0;
    for link in files {
        assert!(crate::schema::file(link).exists(), "{link}");
        count += 1;
    }
    assert!(count > 0);
}

fn overview() -> String {
    let mut out = "| template | message | from | FIX | block | frame | |\n".to_owned();
    out += "|---|---|---|---|---|---|---|\n";
    for template in templates().values() {
        let has = |all: &[pinion_wire::Template]| all.iter().any(|one| one.id == template.id);
        let from = match (has(Inbound::TEMPLATES), has(Outbound::TEMPLATES)) {
            (true, true) => "both",
            (true, false) => "client",
            _ => "venue",
        };
        let frame = template.block_len + OVERHEAD;
        let about = words(template.about);
        writeln!(
            out,
            "| {} | {} | {from} | {} | {} | {frame} | {about} |",
            template.id, template.name, template.semantic, template.block_len
        )
        .expect("a string");
    }
    out
}

fn fields() -> String {
    let mut out = String::new();
    for template in templates().values() {
        write!(out, "\n### {} ({})\n", template.name, template.id).expect("a string");
        writeln!(out, "{}\n", words(template.about)).expect("a string");
        out += "| offset | field | tag | type | | |\n|---|---|---|---|---|---|\n";
        for field in template.fields {
            let rule = match field.rule {
                Rule::Required => "required",
                Rule::Optional => "",
                Rule::Zero => "zero",
            };
            let about = if field.rule == Rule::Zero { String::new() } else { words(field.about) };
            writeln!(
                out,
                "| {} | {} | {} | {} | {rule} | {about} |",
                field.offset, field.name, field.tag, field.kind
            )
            .expect("a string");
        }
    }
    out + "\n"
}

fn values() -> String {
    let schema = Schema::read();
    let mut out = String::new();
    for name in &schema.enum_order {
        let codes = &schema.enums[name];
        write!(out, "\n### {name} ({})\n{}\n\n", codes.encoding, codes.about).expect("a string");
        out += "| value | name | |\n|---|---|---|\n";
        for (word, code, about) in &codes.values {
            let value = match codes.encoding.as_str() {
                "char" => format!("`{}`", char::from(*code)),
                _ => code.to_string(),
            };
            writeln!(out, "| {value} | {word} | {about} |").expect("a string");
        }
    }
    out + "\n"
}

fn rejects() -> String {
    let mut out = "| rejectCode | name | text | 103 | 102 | 380 |\n".to_owned();
    out += "|---|---|---|---|---|---|\n";
    for code in RejectCode::ALL {
        writeln!(
            out,
            "| {} | {code:?} | {} | {} | {} | {} |",
            code.code(),
            code.text(),
            code.ord_rej_reason() as u16,
            code.cxl_rej_reason(),
            code.business_reject_reason()
        )
        .expect("a string");
    }
    out
}

/// A doc comment as one line.
fn words(about: &str) -> String {
    about.split_whitespace().collect::<Vec<_>>().join(" ")
}
