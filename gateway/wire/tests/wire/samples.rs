//! One message of each template with another value in every field, made from the XML alone.

use crate::schema::{Message, Schema};
use pinion_wire::{OVERHEAD, SCHEMA_ID, SCHEMA_VERSION};
use serde_json::{Map, Value, json};
use std::sync::LazyLock;

/// A message as named values and as the bytes they must give.
pub struct Sample {
    pub name: String,
    pub template: u16,
    pub values: Map<String, Value>,
    pub frame: Vec<u8>,
}

/// Choices that go together where any value of the type would not do.
fn chosen(message: &str, field: &str) -> Option<&'static str> {
    Some(match (message, field) {
        ("NewOrderSingle", "ordType") => "StopLimit",
        ("NewOrderSingle" | "OrderCancelReplaceRequest", "timeInForce") => "GoodTillDate",
        ("NewOrderSingle", "pegMove") => "Floating",
        ("OrderMassCancelRequest", "scope") => "Account",
        _ => return None,
    })
}

/// Samples of every message of the schema.
pub fn samples() -> &'static [Sample] {
    static SAMPLES: LazyLock<Vec<Sample>> = LazyLock::new(|| {
        let schema = Schema::read();
        let messages = schema.messages.iter().filter(|message| message.id < 65_000);
        messages.map(|message| sample(&schema, message)).collect()
    });
    &SAMPLES
}

fn sample(schema: &Schema, message: &Message) -> Sample {
    let mut frame = Vec::new();
    let len = u32::try_from(message.block_len + OVERHEAD).expect("a short block");
    frame.extend_from_slice(&len.to_le_bytes());
    frame.extend_from_slice(&0xEB50_u16.to_le_bytes());
    for word in [u16::try_from(message.block_len).expect("a short block"), message.id] {
        frame.extend_from_slice(&word.to_le_bytes());
    }
    frame.extend_from_slice(&SCHEMA_ID.to_le_bytes());
    frame.extend_from_slice(&SCHEMA_VERSION.to_le_bytes());
    let mut values = Map::new();
    for (index, field) in message.fields.iter().enumerate() {
        let at = u64::try_from(index).expect("few fields") + 1;
        let number = at << 40 | u64::from(field.id) << 16 | u64::from(message.id);
        let primitive = schema.types[&field.kind].0.as_str();
        let inapplicable = (message.id, field.id) == (100, 35_556);
        let value = if let Some(codes) = schema.enums.get(&field.kind) {
            let known: Vec<_> = codes.values.iter().filter(|(_, code, _)| *code != 0).collect();
            let by_name = chosen(&message.name, &field.name);
            let (name, code, _) = match by_name {
                Some(name) => codes.values.iter().find(|value| value.0 == name).expect("its name"),
                None => known[index % known.len()],
            };
            frame.push(*code);
            json!(name)
        } else if field.name.starts_with("reserved") || inapplicable {
            frame.extend(std::iter::repeat_n(0, field.len));
            json!(0)
        } else {
            plain(primitive, field.len, number, &field.name, &mut frame)
        };
        values.insert(field.name.clone(), value);
    }
    Sample { name: message.name.clone(), template: message.id, values, frame }
}

fn plain(primitive: &str, len: usize, number: u64, name: &str, frame: &mut Vec<u8>) -> Value {
    let low = |bits: u32| number % (1 << bits);
    match primitive {
        "char" => {
            let text: String = name.chars().take(len).collect();
            frame.extend_from_slice(text.as_bytes());
            frame.extend(std::iter::repeat_n(0, len - text.len()));
            json!(text)
        }
        "int32" => {
            let value = -i32::try_from(low(31)).expect("31 bits");
            frame.extend_from_slice(&value.to_le_bytes());
            json!(value)
        }
        "int64" | "Price" => {
            let value = -i64::try_from(number).expect("below 2^63");
            frame.extend_from_slice(&value.to_le_bytes());
            if primitive == "Price" { json!({ "mantissa": value }) } else { json!(value) }
        }
        "uint16" => {
            frame.extend_from_slice(&u16::try_from(low(16)).expect("16 bits").to_le_bytes());
            json!(low(16))
        }
        "uint32" => {
            frame.extend_from_slice(&u32::try_from(low(32)).expect("32 bits").to_le_bytes());
            json!(low(32))
        }
        "uint64" => {
            frame.extend_from_slice(&number.to_le_bytes());
            json!(number)
        }
        other => panic!("no sample for {other}"),
    }
}
