//! `schema/layout.txt`: every byte offset, computed from the XML.

use crate::schema::{Schema, hold};
use pinion_wire::OVERHEAD;
use std::fmt::Write;

#[test]
fn layout_is_that_of_the_schema() {
    let mut text = String::new();
    let mut line = |args: std::fmt::Arguments<'_>| writeln!(text, "{args}").expect("a string");
    line(format_args!("Byte offsets within each block, and lengths, as the schema has them."));
    for message in Schema::read().messages.iter().filter(|message| message.id < 65_000) {
        let frame = message.block_len + OVERHEAD;
        line(format_args!(
            "\n{} templateId={} blockLength={} frame={frame}",
            message.name, message.id, message.block_len
        ));
        for field in &message.fields {
            line(format_args!(
                "{:5} {:2} {:22} tag {:5} {}",
                field.offset, field.len, field.name, field.id, field.kind
            ));
        }
    }
    hold("schema/layout.txt", &text);
}
