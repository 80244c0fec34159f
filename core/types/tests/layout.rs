//! Layouts and text forms, from outside.

use pinion_types::units::parse_decimal;
use pinion_types::{
    Amount, Command, CommandKind, CommandRef, Event, EventKind, Px, Qty, SessionId, Text, text,
};

struct Shown<T>(T);

impl<T: Text> std::fmt::Display for Shown<T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.write(f)
    }
}

#[track_caller]
fn check_text<T: Text + PartialEq + std::fmt::Debug + Copy>(value: T, written: &str) {
    assert_eq!(Shown(value).to_string(), written);
    assert_eq!(T::parse(written), Some(value));
}

#[test]
fn prices_are_decimals_without_loss() {
    check_text(Px(0), "0");
    check_text(Px(10_005_000_000), "100.05");
    check_text(Px(-1), "-0.00000001");
    check_text(Px(i64::MAX), "92233720368.54775807");
    check_text(Px(i64::MIN), "-92233720368.54775808");
    for bad in ["", ".", "1.", ".5", "1e3", "+1", "0.000000001", "92233720368.54775808", "--1"] {
        assert_eq!(Px::parse(bad), None, "{bad:?}");
    }
}

#[test]
fn amounts_hold_128_bits() {
    for value in [0, 1, -1, i128::from(u64::MAX), -(1 << 100), i128::MAX, i128::MIN] {
        assert_eq!(Amount::from(value).get(), value);
    }
    check_text(Amount::from(-(1 << 70)), "-11805916207174.11303424");
    check_text(Amount::from(i128::MIN), "-1701411834604692317316873037158.84105728");
    assert_eq!(parse_decimal("99999999999999999999999999999999999999"), None);
}

#[test]
fn chars_keep_what_is_not_plain_as_bytes() {
    check_text(text::Chars::<8>::new("a b"), "\"a b\"");
    check_text(text::Chars::<4>([b'a', 0, b'b', 0]), "0x610062");
    assert_eq!(text::Chars::<2>::parse("\"abc\""), None);
}

/// Whole lines of 64 bytes with the 32 bytes of a record header.
fn lines(record_len: usize) -> usize {
    (record_len + 32).div_ceil(64)
}

#[test]
fn records_fill_their_lines() {
    for kind in CommandKind::ALL {
        let wanted = match kind {
            CommandKind::NewOrderWide
            | CommandKind::Replace
            | CommandKind::Genesis
            | CommandKind::InstrumentDef
            | CommandKind::AccountDef
            | CommandKind::SessionDef
            | CommandKind::LimitsSet
            | CommandKind::InstrumentRules
            | CommandKind::Schedule
            | CommandKind::AccountRisk
            | CommandKind::AccountPermission
            | CommandKind::Allocation
            | CommandKind::TradeCorrect => 3,
            CommandKind::Undecodable => 10,
            CommandKind::DayRoll
            | CommandKind::Timer
            | CommandKind::SourceUp
            | CommandKind::SourceDown
            | CommandKind::StateHash
            | CommandKind::RoomChange => 1,
            _ => 2,
        };
        assert_eq!(lines(kind.record_len()), wanted, "{kind:?}");
        assert_eq!((kind.record_len() + 32) % 64, 0, "{kind:?} leaves part of a line unused");
    }
    for kind in EventKind::ALL {
        assert!((2..=3).contains(&lines(kind.record_len())), "{kind:?}");
        assert_eq!((kind.record_len() + 32) % 64, 0, "{kind:?} leaves part of a line unused");
    }
}

#[test]
fn every_kind_is_read_back_from_its_bytes_and_from_no_other_length() {
    for &kind in CommandKind::ALL {
        let command = Command::zeroed(kind);
        let bytes = command.bytes().to_vec();
        assert_eq!(Command::from_bytes(&bytes), Some(command));
        assert_eq!(Command::from_bytes(&bytes[..bytes.len() - 1]), None);
        assert!(Command::from_bytes(&[&bytes[..], &[0; 8]].concat()).is_none());
        assert_eq!(CommandKind::from_name(kind.name()), Some(kind));
    }
    for &kind in EventKind::ALL {
        let event = Event::zeroed(kind);
        assert_eq!(Event::from_bytes(event.bytes()), Some(event));
        assert_eq!(Event::from_bytes(&event.bytes()[..8]), None);
    }
    assert_eq!(Command::from_bytes(&[]), None);
    assert_eq!(Command::from_bytes(&[255; 96]), None);
}

#[test]
fn a_body_is_seen_through_its_kind() {
    let order = pinion_types::command::NewOrder { qty: Qty(7), ..Default::default() };
    let command = Command::new(SessionId(3), 9, &order);
    assert_eq!(command.header().src_seq, 9);
    assert_eq!(command.view(), Some(CommandRef::NewOrder(&order)));
    let mut unknown = Command::buffer();
    assert_eq!((unknown.view(), unknown.bytes().len()), (None, 0));
    assert!(!unknown.copy_from(&[1; 95]));
}
