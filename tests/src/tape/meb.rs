//! The public matching-engine benchmark: its tape, its hand-made cases, its report text.
//!
//! A modify is a cancel and a new order in one step, so its priority is lost; the order gets a
//! fresh ClOrdID each time and the map here keeps the tape's id.

use std::collections::HashMap;
use std::fmt::Write as _;

use pinion_types::codes::{Liquidity, Side, TimeInForce};
use pinion_types::command::InstrumentDef;
use pinion_types::units::PX_ONE;
use pinion_types::{AccountId, ClOrdId, Command, Event, EventRef, Nanos, Px, Qty, Seq};

use crate::venue::{self, Client, Venue};

/// What a message of the tape asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// A new order, immediate or cancel where true.
    New(bool),
    /// A cancel.
    Cancel,
    /// A cancel and a new order.
    Modify,
}

/// One message of the tape; its number is its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// What it asks for.
    pub ask: Ask,
    /// Side.
    pub side: Side,
    /// Quantity.
    pub qty: u32,
    /// The tape's id.
    pub id: u64,
    /// Price, in the tape's ticks.
    pub px: i64,
}

/// Accounts of the form with risk: order `id` belongs to account `id % ACCOUNTS + 1`.
pub const ACCOUNTS: u32 = 1_000;

/// The instrument of every tape: one tick of the tape is one unit of currency.
#[must_use]
pub fn instrument() -> InstrumentDef {
    venue::instrument(1, Px(PX_ONE), Qty(1))
}

/// Reads the tape of 1,996,097 messages; `None` where `PINION_DATA` is not set.
#[must_use]
pub fn load() -> Option<Vec<Message>> {
    let bytes = super::unpacked("meb_normal_seed23.bin.zst")?;
    let (header, records) = bytes.split_at(16);
    let count = u32::from_le_bytes(header[12..16].try_into().expect("four bytes"));
    let messages: Vec<Message> = records.chunks_exact(40).map(record).collect();
    assert_eq!(messages.len(), count as usize, "the header counts the records");
    Some(messages)
}

fn record(bytes: &[u8]) -> Message {
    let word = |at: usize| u64::from_le_bytes(bytes[at..at + 8].try_into().expect("eight bytes"));
    message(
        bytes[0],
        bytes[1],
        bytes[2],
        u32::from_le_bytes(bytes[4..8].try_into().expect("four bytes")),
        word(16),
        i64::from_le_bytes(bytes[24..32].try_into().expect("eight bytes")),
    )
}

fn message(ask: u8, side: u8, ioc: u8, qty: u32, id: u64, px: i64) -> Message {
    let ask = match ask {
        0 => Ask::New(ioc == 1),
        1 => Ask::Cancel,
        2 => Ask::Modify,
        other => panic!("message of type {other}"),
    };
    Message { ask, side: if side == 0 { Side::Buy } else { Side::Sell }, qty, id, px }
}

/// A hand-made case: its name, its messages and the report text it must give.
#[derive(Clone, Debug)]
pub struct Case {
    /// Name.
    pub name: String,
    /// Messages.
    pub messages: Vec<Message>,
    /// The report, or its SHA-256 in hexadecimal where there is no line break in it.
    pub report: String,
}

/// Reads the hand-made cases; `None` where `PINION_DATA` is not set.
#[must_use]
pub fn cases() -> Option<Vec<Case>> {
    let path = super::folder()?.join("edge_cases.json");
    let text = std::fs::read_to_string(&path).expect("edge_cases.json");
    let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    let cases = json.as_object().expect("an object").iter().map(|(name, case)| {
        let rows = &case["msgs(type0new1cxl2mod,side,ioc,qty,id,px)"];
        let messages =
            rows.as_array().map_or_else(large_sweep, |rows| rows.iter().map(row).collect());
        let report = match &case["reports"] {
            serde_json::Value::Array(lines) => {
                lines.iter().map(|line| line.as_str().expect("text")).collect::<Vec<_>>().join("\n")
            }
            hash => hash.as_str().expect("text").to_owned(),
        };
        Case { name: name.clone(), messages, report }
    });
    Some(cases.collect())
}

fn row(row: &serde_json::Value) -> Message {
    let field = |index: usize| row[index].as_i64().expect("a number");
    let byte = |index| u8::try_from(field(index)).expect("a small number");
    let (qty, id) = (u32::try_from(field(3)), u64::try_from(field(4)));
    message(byte(0), byte(1), byte(2), qty.expect("a quantity"), id.expect("an id"), field(5))
}

/// The case that is made, not stored: 5,000 sells of 1 at 100, then one buy of them all.
fn large_sweep() -> Vec<Message> {
    let sells = (1..=5_000).map(|id| message(0, 1, 0, 1, id, 100));
    sells.chain([message(0, 0, 0, 5_000, 5_001, 100)]).collect()
}

/// The report text: lines joined by line breaks, none at the end.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// What is not taken out yet.
    pub text: String,
    begun: bool,
}

impl Report {
    fn line(&mut self, line: std::fmt::Arguments<'_>) {
        if std::mem::replace(&mut self.begun, true) {
            self.text.push('\n');
        }
        self.text.write_fmt(line).expect("writing to a string");
    }
}

/// A working order of the tape.
#[derive(Clone, Copy, Debug)]
struct Live {
    cl_ord_id: ClOrdId,
    side: Side,
    px: i64,
}

/// Turns messages into commands and events into the report text.
#[derive(Clone, Debug)]
pub struct Adapter {
    client: Client,
    accounts: u32,
    live: HashMap<u64, Live>,
    names: Vec<u64>,
    /// Number of the next command.
    pub seq: Seq,
    /// Time of the next command.
    pub now: Nanos,
}

impl Adapter {
    /// An adapter whose orders belong to accounts 1 to `accounts`, by `id % accounts`.
    #[must_use]
    pub fn new(accounts: u32) -> Self {
        let (seq, now) = (Seq(2), venue::START);
        let client = Client::new(1);
        Adapter { client, accounts, live: HashMap::new(), names: vec![0], seq, now }
    }

    /// Opens the venue, which has seen its genesis, for the tape.
    pub fn open<V: Venue>(&mut self, venue: &mut V) {
        let mut commands = venue::setup(&[instrument()], self.accounts);
        commands.extend(self.client.logon(1, self.now));
        for command in commands {
            self.apply(venue, &command);
        }
    }

    /// Plays message number `number` and reports what came of it.
    pub fn play<V: Venue>(
        &mut self,
        venue: &mut V,
        number: u64,
        message: &Message,
        report: &mut Report,
    ) {
        let Message { ask, side, qty, id, px } = *message;
        let code = u8::from(!side.is_buy());
        match ask {
            Ask::New(ioc) => {
                report.line(format_args!("0,{number},{code},{id},{px},{qty}"));
                self.order(venue, number, message, ioc, report);
            }
            Ask::Cancel => match self.cancel(venue, message) {
                Some(Live { side, px, .. }) => {
                    let code = u8::from(!side.is_buy());
                    report.line(format_args!("2,{number},{code},{id},{px}"));
                }
                None => report.line(format_args!("4,{number},{id}")),
            },
            Ask::Modify => match self.cancel(venue, message) {
                Some(_) => {
                    self.order(venue, number, message, false, report);
                    report.line(format_args!("3,{number},{code},{id},{px},{qty}"));
                }
                None => report.line(format_args!("5,{number},{id}")),
            },
        }
    }

    /// Cancels the tape's order; what it was, where it still worked.
    fn cancel<V: Venue>(&mut self, venue: &mut V, message: &Message) -> Option<Live> {
        let never = Live { cl_ord_id: ClOrdId(u64::MAX), side: message.side, px: 0 };
        let live = self.live.get(&message.id).copied().unwrap_or(never);
        let cancel = self.client.cancel(live.cl_ord_id, live.side);
        self.names.push(message.id);
        let command = self.client.message(&cancel);
        match self.apply(venue, &command) {
            [event] => match event.view() {
                Some(EventRef::Canceled(_)) => Some(live),
                Some(EventRef::CancelRejected(_)) => None,
                other => panic!("a cancel is answered by {other:?}"),
            },
            other => panic!("a cancel is answered by {other:?}"),
        }
    }

    fn order<V: Venue>(
        &mut self,
        venue: &mut V,
        number: u64,
        message: &Message,
        ioc: bool,
        report: &mut Report,
    ) {
        let Message { side, qty, id, px, .. } = *message;
        let tif = if ioc { TimeInForce::ImmediateOrCancel } else { TimeInForce::Day };
        let mut order = self.client.limit(side, Px(px * PX_ONE), Qty(u64::from(qty)), tif);
        let account = id % u64::from(self.accounts) + 1;
        order.account = AccountId(u32::try_from(account).expect("below the count"));
        self.names.push(id);
        self.live.insert(id, Live { cl_ord_id: order.cl_ord_id, side, px });
        let command = self.client.message(&order);
        let names = std::mem::take(&mut self.names);
        let mut maker = 0;
        for event in self.apply(venue, &command) {
            match event.view() {
                Some(EventRef::Accepted(_)) => {}
                Some(EventRef::Trade(body)) => {
                    let name = names[usize::try_from(body.cl_ord_id.0).expect("an index")];
                    if body.liquidity == Liquidity::Added.into() {
                        maker = name;
                    } else {
                        let (px, qty) = (body.last_px.0 / PX_ONE, body.last_qty);
                        report.line(format_args!("1,{number},{px},{qty},{maker},{name}"));
                    }
                }
                Some(EventRef::Canceled(_)) => {
                    let code = u8::from(!side.is_buy());
                    report.line(format_args!("2,{number},{code},{id},{px}"));
                }
                other => panic!("an order is answered by {other:?}"),
            }
        }
        self.names = names;
    }

    fn apply<'a, V: Venue>(&mut self, venue: &'a mut V, command: &Command) -> &'a [Event] {
        let (seq, now) = (self.seq, self.now);
        self.seq.0 += 1;
        self.now.0 += 1_000;
        venue.apply(seq, now, command)
    }
}
