//! The published XML, read as a generator reads it: nothing here knows the Rust structs.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

/// A field with its place by the rule of the schema: one after the other, without gaps.
pub struct Field {
    pub name: String,
    pub id: u16,
    pub kind: String,
    pub about: String,
    pub offset: usize,
    pub len: usize,
}

/// A message.
pub struct Message {
    pub name: String,
    pub id: u16,
    pub block_len: usize,
    pub semantic: String,
    pub about: String,
    pub fields: Vec<Field>,
}

/// An enum: primitive type and values, a char as its code.
pub struct Enum {
    pub encoding: String,
    pub about: String,
    pub values: Vec<(String, u8, String)>,
}

/// The whole schema.
pub struct Schema {
    pub id: u16,
    pub version: u16,
    pub types: HashMap<String, (String, usize)>,
    pub enums: HashMap<String, Enum>,
    pub enum_order: Vec<String>,
    pub messages: Vec<Message>,
}

/// A file of this package.
pub fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The text of a file of this package; empty where there is none.
pub fn text_of(name: &str) -> String {
    std::fs::read_to_string(file(name)).unwrap_or_default()
}

/// Holds a file to `want`, or writes it where `UPDATE=1` is set.
pub fn hold(name: &str, want: &str) {
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(file(name), want).expect("the package's folder is writable");
    }
    let have = text_of(name);
    if let Some((line, (have, want))) =
        have.lines().zip(want.lines()).enumerate().find(|(_, (have, want))| have != want)
    {
        panic!("{name} line {}: has {have:?}, wants {want:?}; UPDATE=1 writes it", line + 1);
    }
    assert_eq!(have.len(), want.len(), "{name} has another length; UPDATE=1 writes it");
}

fn primitive_len(name: &str) -> usize {
    match name {
        "char" | "uint8" | "int8" => 1,
        "uint16" | "int16" => 2,
        "uint32" | "int32" => 4,
        "uint64" | "int64" => 8,
        other => panic!("primitive type {other} is outside the schema's subset"),
    }
}

impl Schema {
    /// Reads `schema/order-entry.xml`.
    pub fn read() -> Schema {
        let text = text_of("schema/order-entry.xml");
        let document = roxmltree::Document::parse(&text).expect("the schema is XML");
        let root = document.root_element();
        let attribute = |node: roxmltree::Node<'_, '_>, name: &str| {
            node.attribute(name).unwrap_or_default().to_owned()
        };
        let mut schema = Schema {
            id: attribute(root, "id").parse().expect("schema id"),
            version: attribute(root, "version").parse().expect("schema version"),
            types: HashMap::new(),
            enums: HashMap::new(),
            enum_order: Vec::new(),
            messages: Vec::new(),
        };
        assert_eq!(attribute(root, "byteOrder"), "littleEndian");
        let types = root.children().find(|node| node.has_tag_name("types")).expect("types");
        for node in types.children().filter(roxmltree::Node::is_element) {
            schema.add_type(node, attribute(node, "name"));
        }
        for node in root.children().filter(|node| node.tag_name().name() == "message") {
            let message = schema.message(node);
            schema.messages.push(message);
        }
        schema
    }

    fn add_type(&mut self, node: roxmltree::Node<'_, '_>, name: String) {
        let attribute = |name: &str| node.attribute(name).unwrap_or_default().to_owned();
        assert!(node.attribute("nullValue").is_none(), "{name}: the subset has no nulls");
        assert!(node.attribute("offset").is_none(), "{name}: the subset has no offsets");
        match node.tag_name().name() {
            "type" => {
                let primitive = attribute("primitiveType");
                let count: usize = node.attribute("length").map_or(1, |n| n.parse().expect("len"));
                assert!(count == 1 || primitive == "char", "{name}: only text has a length");
                let len = primitive_len(&primitive) * count;
                self.types.insert(name, (primitive, len));
            }
            "enum" => {
                let values = node.children().filter(|node| node.has_tag_name("validValue"));
                let encoding = attribute("encodingType");
                assert!(encoding == "char" || encoding == "uint8", "{name}: {encoding}");
                let values = values.map(|value| code(value, &encoding)).collect();
                self.types.insert(name.clone(), (encoding.clone(), 1));
                let about = attribute("description");
                self.enums.insert(name.clone(), Enum { encoding, about, values });
                self.enum_order.push(name);
            }
            "composite" => {
                let members = node.children().filter(|node| node.has_tag_name("type"));
                let carried =
                    members.filter(|member| member.attribute("presence") != Some("constant"));
                let len = carried.map(|m| primitive_len(m.attribute("primitiveType").unwrap()));
                self.types.insert(name.clone(), (name, len.sum()));
            }
            other => panic!("{other} is outside the schema's subset"),
        }
    }

    fn message(&self, node: roxmltree::Node<'_, '_>) -> Message {
        let attribute = |name: &str| node.attribute(name).unwrap_or_default().to_owned();
        let mut offset = 0;
        let fields = node.children().filter(|child| child.is_element()).map(|field| {
            assert_eq!(field.tag_name().name(), "field", "no groups, no variable data");
            assert!(field.attribute("offset").is_none());
            assert!(field.attribute("presence").is_none(), "every field is required");
            let kind = field.attribute("type").expect("type").to_owned();
            let len = self.types.get(&kind).unwrap_or_else(|| panic!("type {kind}")).1;
            let about = field.attribute("description").unwrap_or_default().to_owned();
            let name = field.attribute("name").expect("name").to_owned();
            let id = field.attribute("id").expect("id").parse().expect("a tag fits 16 bits");
            let field = Field { name, id, kind, about, offset, len };
            offset += len;
            field
        });
        let fields = fields.collect();
        Message {
            name: attribute("name"),
            id: attribute("id").parse().expect("template id"),
            block_len: attribute("blockLength").parse().expect("block length"),
            semantic: attribute("semanticType"),
            about: attribute("description"),
            fields,
        }
    }
}

fn code(value: roxmltree::Node<'_, '_>, encoding: &str) -> (String, u8, String) {
    let name = value.attribute("name").expect("name").to_owned();
    let text = value.text().expect("value");
    let code = match encoding {
        "char" => {
            assert_eq!(text.len(), 1);
            text.as_bytes()[0]
        }
        _ => text.parse().expect("a number"),
    };
    (name, code, value.attribute("description").unwrap_or_default().to_owned())
}
