//! The structs against the XML: ids, lengths, offsets, names, codes, words.

use crate::schema::Schema;
use pinion_types::codes::{
    CancelOnDisconnect, CancelReason, CxlRejResponseTo, EstablishmentReject, ExecInst, FlowType,
    LimitId, Liquidity, MassScope, NegotiationReject, OrdStatus, OrdType, OrderCod, Scope, Side,
    SideFilter, StpMode, TerminationCode, TimeInForce, TradingState,
};
use pinion_wire::codes::{
    CorrectionType, Durability, KillRequest, LinkKind, LinkLeg, OffsetKind, PegMove,
    RetransmitReject,
};
use pinion_wire::{Inbound, Message as _, Outbound, Rule, SCHEMA_ID, SCHEMA_VERSION, Template};
use std::collections::{BTreeMap, BTreeSet};

/// Every template of either direction by its number; those of both directions once.
pub fn templates() -> BTreeMap<u16, &'static Template> {
    Inbound::TEMPLATES.iter().chain(Outbound::TEMPLATES).map(|t| (t.id, t)).collect()
}

#[test]
fn ids_and_lengths_agree() {
    let schema = Schema::read();
    assert_eq!((schema.id, schema.version), (SCHEMA_ID, SCHEMA_VERSION));
    let (last, messages) = schema.messages.split_last().expect("messages");
    assert_eq!((last.id, last.name.as_str(), last.block_len), (65_000, "SofhStub", 6));
    let ours = templates();
    let published: BTreeSet<u16> = messages.iter().map(|message| message.id).collect();
    assert_eq!(published, ours.keys().copied().collect());
    for message in messages {
        let template = ours[&message.id];
        assert_eq!(template.name, message.name);
        assert_eq!(template.semantic, message.semantic, "{}", message.name);
        assert_eq!(words(template.about), message.about, "{}", message.name);
        assert_eq!(template.block_len, message.block_len, "{}", message.name);
        let end = message.fields.last().map_or(0, |field| field.offset + field.len);
        assert_eq!(end, message.block_len, "{}: fields fill the block", message.name);
    }
}

#[test]
fn fields_agree() {
    let ours = templates();
    for message in Schema::read().messages.iter().filter(|message| message.id < 65_000) {
        let fields = ours[&message.id].fields;
        assert_eq!(fields.len(), message.fields.len(), "{}", message.name);
        for (ours, theirs) in fields.iter().zip(&message.fields) {
            let place = format!("{}.{}", message.name, theirs.name);
            assert_eq!(ours.name, theirs.name, "{place}");
            assert_eq!(ours.tag, theirs.id, "{place}");
            assert_eq!(ours.kind, theirs.kind, "{place}");
            assert_eq!(ours.offset, theirs.offset, "{place}");
            assert_eq!(ours.len, theirs.len, "{place}");
            assert_eq!(words(ours.about), theirs.about, "{place}");
            assert_eq!(ours.rule == Rule::Zero, ours.name.starts_with("reserved"), "{place}");
        }
        let tags: BTreeSet<u16> = fields.iter().map(|field| field.tag).collect();
        assert_eq!(tags.len(), fields.len(), "{}: a tag names one field", message.name);
    }
}

#[test]
fn blocks_are_aligned_and_have_room() {
    for template in templates().values() {
        assert_eq!(template.block_len % 8, 0, "{}", template.name);
        let room: usize =
            template.fields.iter().rev().take_while(|f| f.rule == Rule::Zero).map(|f| f.len).sum();
        assert!(room >= 8, "{}: {room} bytes left at the end", template.name);
        for field in template.fields {
            let align = if field.len > 8 { 1 } else { field.len };
            assert_eq!(field.offset % align, 0, "{}.{}", template.name, field.name);
        }
    }
}

#[test]
fn numbered_messages_begin_alike() {
    let head = |fields: &[pinion_wire::Field], count: usize| -> Vec<(u16, usize, usize)> {
        fields.iter().take(count).map(|f| (f.tag, f.offset, f.len)).collect()
    };
    let first = head(pinion_wire::report::ExecutionReportNew::FIELDS, 8);
    assert_eq!(first.last(), Some(&(9002, 38, 2)));
    for template in Outbound::TEMPLATES.iter().filter(|t| t.id == 9 || t.id >= 100) {
        assert_eq!(head(template.fields, 8), first, "{}", template.name);
    }
    for template in Inbound::TEMPLATES.iter().filter(|t| t.id >= 100) {
        assert_eq!(head(template.fields, 2), [(34, 0, 8), (52, 8, 8)], "{}", template.name);
        let id = template.fields[2];
        assert!(["clOrdId", "requestId"].contains(&id.name), "{}", template.name);
        assert_eq!((id.offset, id.len), (16, 8), "{}", template.name);
    }
}

/// Names and codes of one of our enums.
macro_rules! listed {
    ($name:ident) => {
        $name::ALL.iter().map(|value| (format!("{value:?}"), value.code())).collect::<Vec<_>>()
    };
}

#[test]
fn codes_agree() {
    let ours = [
        ("Side", listed!(Side)),
        ("SideOrNone", listed!(Side)),
        ("SideFilter", listed!(SideFilter)),
        ("OrdType", listed!(OrdType)),
        ("OrdTypeOrNone", listed!(OrdType)),
        ("TimeInForce", listed!(TimeInForce)),
        ("TimeInForceOrNone", listed!(TimeInForce)),
        ("ExecInst", listed!(ExecInst)),
        ("StpMode", listed!(StpMode)),
        ("OrderCod", listed!(OrderCod)),
        ("OffsetKind", listed!(OffsetKind)),
        ("LinkKind", listed!(LinkKind)),
        ("LinkLeg", listed!(LinkLeg)),
        ("PegMove", listed!(PegMove)),
        ("CancelOnDisconnectType", listed!(CancelOnDisconnect)),
        ("OrdStatus", listed!(OrdStatus)),
        ("OrdStatusOrNone", listed!(OrdStatus)),
        ("LiquidityInd", listed!(Liquidity)),
        ("CancelReason", listed!(CancelReason)),
        ("TradingState", listed!(TradingState)),
        ("Scope", listed!(Scope)),
        ("MassScope", listed!(MassScope)),
        ("CxlRejResponseTo", listed!(CxlRejResponseTo)),
        ("LimitId", listed!(LimitId)),
        ("KillRequest", listed!(KillRequest)),
        ("CorrectionType", listed!(CorrectionType)),
        ("FlowType", listed!(FlowType)),
        ("NegotiationRejectCode", listed!(NegotiationReject)),
        ("EstablishmentRejectCode", listed!(EstablishmentReject)),
        ("TerminationCode", listed!(TerminationCode)),
        ("RetransmitRejectCode", listed!(RetransmitReject)),
        ("Durability", listed!(Durability)),
        ("BooleanType", vec![("True".to_owned(), 1)]),
    ];
    let schema = Schema::read();
    let published: BTreeSet<&str> = schema.enums.keys().map(String::as_str).collect();
    assert_eq!(published, ours.iter().map(|(name, _)| *name).collect());
    for (name, ours) in &ours {
        let theirs = &schema.enums[*name];
        let codes = theirs.values.iter().filter(|(_, code, _)| *code != 0);
        let codes: Vec<_> = codes.map(|(name, code, _)| (name.clone(), *code)).collect();
        assert_eq!(&codes, ours, "{name}");
        let zero = theirs.values.iter().any(|(_, code, _)| *code == 0);
        assert!(!zero || theirs.encoding == "uint8", "{name}: 0 is a char's null");
        assert!(codes.iter().all(|(_, code)| *code < 128), "{name}: spare values are left");
    }
}

/// A field that may be 0 has a type with a word for 0, and one that may not has none.
#[test]
fn zero_has_a_word_where_it_may_stand() {
    let schema = Schema::read();
    for template in templates().values() {
        for field in template.fields {
            let Some(codes) = schema.enums.get(field.kind) else { continue };
            let zero = codes.values.iter().any(|(_, code, _)| *code == 0);
            let place = format!("{}.{}", template.name, field.name);
            assert!(zero || field.rule == Rule::Required, "{place} may be 0");
        }
    }
}

/// A doc comment as the one line it is in the XML.
fn words(about: &str) -> String {
    about.split_whitespace().collect::<Vec<_>>().join(" ")
}
