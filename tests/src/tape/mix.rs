//! exchange-core's own generated stream: moves of prices above all, on a thousand accounts.

use std::collections::HashMap;

use pinion_types::codes::{Side, TimeInForce};
use pinion_types::command::{InstrumentDef, NewOrder};
use pinion_types::units::PX_ONE;
use pinion_types::{AccountId, ClOrdId, Command, Event, EventRef, Nanos, Px, Qty, RejectCode, Seq};

use crate::venue::{self, Client, Venue};

/// One command of the stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// A new order: side, price, quantity, immediate or cancel.
    Place(Side, i64, u64, bool),
    /// To a new price, keeping what works.
    Move(i64),
    /// Less by so much.
    Reduce(u64),
    /// Gone.
    Cancel,
}

/// A command with the account and the stream's id of the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Message {
    /// Account, from 1.
    pub account: u32,
    /// The stream's id.
    pub order: u64,
    /// What it asks for.
    pub ask: Ask,
}

/// The stream: orders that fill the book, then the commands that are measured.
#[derive(Clone, Debug, Default)]
pub struct Stream {
    /// Orders that fill the book.
    pub fill: Vec<Message>,
    /// What is measured.
    pub bench: Vec<Message>,
    /// Orders of a type that is not served (a budget for all or nothing), left out.
    pub skipped: u64,
}

/// Accounts of the stream.
pub const ACCOUNTS: u32 = 1_000;

/// The instrument of the stream: a price of 1 is one unit of currency.
#[must_use]
pub fn instrument() -> InstrumentDef {
    venue::instrument(1, Px(PX_ONE), Qty(1))
}

impl Stream {
    /// Reads the stream; `None` where `PINION_DATA` is not set.
    #[must_use]
    pub fn load() -> Option<Self> {
        let bytes = super::unpacked("exchange_core_mix.txt.zst")?;
        let text = String::from_utf8(bytes).expect("text");
        let mut stream = Stream::default();
        for line in text.lines().filter(|line| !line.starts_with('S')) {
            let words: Vec<&str> = line.split(' ').collect();
            match parse(&words) {
                Some(message) if words[0] == "F" => stream.fill.push(message),
                Some(message) => stream.bench.push(message),
                None => stream.skipped += 1,
            }
        }
        Some(stream)
    }
}

/// `F|B command symbol account order side type price size reserve`.
fn parse(words: &[&str]) -> Option<Message> {
    let number = |index: usize| -> u64 { words[index].parse().expect("a number") };
    let px = || -> i64 { words[7].parse().expect("a price") };
    let ask = match (words[1], words[6]) {
        ("PLACE_ORDER", "FOK_BUDGET") => return None,
        ("PLACE_ORDER", tif) => {
            let side = if words[5] == "BID" { Side::Buy } else { Side::Sell };
            Ask::Place(side, px(), number(8), tif == "IOC")
        }
        ("MOVE_ORDER", _) => Ask::Move(px()),
        ("REDUCE_ORDER", _) => Ask::Reduce(number(8)),
        ("CANCEL_ORDER", _) => Ask::Cancel,
        (other, _) => panic!("command {other}"),
    };
    let account = u32::try_from(number(3)).expect("an account");
    Some(Message { account, order: number(4), ask })
}

/// A working order of the stream.
#[derive(Clone, Copy, Debug)]
struct Live {
    cl_ord_id: ClOrdId,
    side: Side,
    px: Px,
    total: u64,
    cum: u64,
}

impl Live {
    fn leaves(&self) -> u64 {
        self.total - self.cum
    }
}

/// What one run found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Commands sent.
    pub commands: u64,
    /// Trades, both sides counted as one.
    pub trades: u64,
    /// Requests for orders that were done.
    pub stale: u64,
    /// Refusals for any other reason, in words.
    pub refused: Vec<String>,
}

/// Turns the stream into commands and keeps what the client would know from the answers.
#[derive(Clone, Debug)]
pub struct Adapter {
    client: Client,
    live: HashMap<u64, Live>,
    names: HashMap<u64, u64>,
    /// Number of the next command.
    pub seq: Seq,
    /// Time of the next command.
    pub now: Nanos,
    /// What was found.
    pub tally: Tally,
}

impl Default for Adapter {
    fn default() -> Self {
        let (seq, now) = (Seq(2), venue::START);
        let (live, names) = (HashMap::new(), HashMap::new());
        Adapter { client: Client::new(1), live, names, seq, now, tally: Tally::default() }
    }
}

impl Adapter {
    /// Opens the venue, which has seen its genesis, for the stream.
    pub fn open<V: Venue>(&mut self, venue: &mut V) {
        let mut commands = venue::setup(&[instrument()], ACCOUNTS);
        commands.extend(self.client.logon(1, self.now));
        for command in commands {
            self.apply(venue, &command);
        }
    }

    /// Plays one command.
    pub fn play<V: Venue>(&mut self, venue: &mut V, message: &Message) {
        let command = match message.ask {
            Ask::Place(side, px, qty, ioc) => {
                let order = self.order(message, side, Px(px * PX_ONE), Qty(qty), ioc);
                let (cl_ord_id, px) = (order.cl_ord_id, order.px);
                self.live.insert(message.order, Live { cl_ord_id, side, px, total: qty, cum: 0 });
                self.names.insert(cl_ord_id.0, message.order);
                self.client.message(&order)
            }
            Ask::Move(px) => self.replace(message, |live| (Px(px * PX_ONE), live.total)),
            Ask::Reduce(by) if self.known(message).leaves() > by => {
                self.replace(message, |live| (live.px, live.total - by))
            }
            Ask::Reduce(_) | Ask::Cancel => {
                let live = self.known(message);
                let cancel = self.client.cancel(live.cl_ord_id, live.side);
                self.client.message(&cancel)
            }
        };
        self.tally.commands += 1;
        let events = self.apply(venue, &command).to_vec();
        events.iter().for_each(|event| self.see(event));
    }

    fn order(&mut self, of: &Message, side: Side, px: Px, qty: Qty, ioc: bool) -> NewOrder {
        let tif = if ioc { TimeInForce::ImmediateOrCancel } else { TimeInForce::GoodTillCancel };
        let order = self.client.limit(side, px, qty, tif);
        NewOrder { account: AccountId(of.account), ..order }
    }

    fn replace(&mut self, of: &Message, to: impl Fn(&Live) -> (Px, u64)) -> Command {
        let live = self.known(of);
        let (px, total) = to(&live);
        let mut replace = self.client.replace(live.cl_ord_id, live.side, px, Qty(total));
        replace.account = AccountId(of.account);
        self.names.insert(replace.cl_ord_id.0, of.order);
        self.client.message(&replace)
    }

    fn known(&self, message: &Message) -> Live {
        let never =
            Live { cl_ord_id: ClOrdId(u64::MAX), side: Side::Buy, px: Px(0), total: 1, cum: 0 };
        self.live.get(&message.order).copied().unwrap_or(never)
    }

    fn see(&mut self, event: &Event) {
        match event.view() {
            Some(EventRef::Accepted(_) | EventRef::Canceled(_)) => {}
            Some(EventRef::Replaced(body)) => {
                let live = self.live.get_mut(&self.names[&body.cl_ord_id.0]).expect("its order");
                let (cl_ord_id, px, total) = (body.cl_ord_id, body.px, body.qty.0);
                *live = Live { cl_ord_id, px, total, ..*live };
            }
            Some(EventRef::Trade(body)) => {
                let live = self.live.get_mut(&self.names[&body.cl_ord_id.0]).expect("its order");
                live.cum = body.cum_qty.0;
                self.tally.trades += u64::from(body.liquidity.0 == 1);
            }
            Some(EventRef::CancelRejected(body))
                if matches!(
                    body.code.get(),
                    Some(RejectCode::TooLateToCancel | RejectCode::UnknownOrder)
                ) =>
            {
                self.tally.stale += 1;
            }
            other => self.tally.refused.push(format!("{other:?}")),
        }
    }

    fn apply<'a, V: Venue>(&mut self, venue: &'a mut V, command: &Command) -> &'a [Event] {
        let (seq, now) = (self.seq, self.now);
        self.seq.0 += 1;
        self.now.0 += 1_000;
        venue.apply(seq, now, command)
    }
}
