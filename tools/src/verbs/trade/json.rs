//! Messages of the venue as JSON, every field that is not zero by the name it has in the schema.

use pinion_types::{Px, text::Chars};
use pinion_wire::message::Field;
use pinion_wire::{Outbound, Rule};
use serde_json::{Map, Value, json};

/// The message as an object; prices are decimals in text, codes are numbers.
pub(super) fn value(message: &Outbound) -> Value {
    let mut map = Map::new();
    map.insert("message".to_owned(), json!(message.name()));
    let template = Outbound::TEMPLATES.iter().find(|one| one.id == message.template());
    for field in template.map_or(&[][..], |template| template.fields) {
        let bytes = message.block().get(field.offset..field.offset.saturating_add(field.len));
        if let (Some(bytes), true) = (bytes, field.rule != Rule::Zero)
            && bytes.iter().any(|&byte| byte != 0)
        {
            map.insert(field.name.to_owned(), field_value(field, bytes));
        }
    }
    Value::Object(map)
}

fn field_value(field: &Field, bytes: &[u8]) -> Value {
    let mut wide = [0; 8];
    match (field.kind, bytes.len()) {
        ("Price", 8) => {
            wide.copy_from_slice(bytes);
            json!(Px(i64::from_le_bytes(wide)).to_string())
        }
        (kind, 8) if SIGNED.contains(&kind) => {
            wide.copy_from_slice(bytes);
            json!(i64::from_le_bytes(wide))
        }
        (_, len @ (1 | 2 | 4 | 8)) if !TEXTS.contains(&field.kind) => {
            wide[..len].copy_from_slice(bytes);
            json!(u64::from_le_bytes(wide))
        }
        (_, len) => {
            let mut text = [0; 64];
            let len = len.min(64);
            text[..len].copy_from_slice(&bytes[..len]);
            json!(Chars(text).as_str())
        }
    }
}

const SIGNED: [&str; 4] = ["LimitValue", "MoneyUnits", "MoneyFraction", "SignedQty"];

const TEXTS: [&str; 1] = ["Currency4"];
