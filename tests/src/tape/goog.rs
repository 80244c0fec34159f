//! A whole NASDAQ day as commands, with the exchange's own fills and tops of book beside them.
//!
//! Prices of the file are dollars x 10,000 on a tick of a cent.

use std::collections::HashMap;

use pinion_types::codes::{Liquidity, Side, TimeInForce};
use pinion_types::command::InstrumentDef;
use pinion_types::{ClOrdId, Command, Event, EventRef, Nanos, Px, Qty, Seq};

use super::{Shadow, Top};
use crate::venue::{self, Client, Request, Venue};

/// One line of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Line {
    /// An order; immediate or cancel where `ioc`. One that becomes known later never crosses.
    Order {
        /// The tape's id.
        id: u32,
        /// Immediate or cancel.
        ioc: bool,
        /// Side.
        side: Side,
        /// Price.
        px: Px,
        /// Quantity.
        qty: Qty,
    },
    /// Less of an order in its place: what works from then on.
    Reduce {
        /// The tape's id.
        id: u32,
        /// New leaves.
        qty: Qty,
    },
    /// A cancel of an order.
    Cancel {
        /// The tape's id.
        id: u32,
    },
    /// A cancel of everything on a level.
    Level {
        /// Side.
        side: Side,
        /// Price.
        px: Px,
    },
    /// An expected fill.
    Fill(Fill),
    /// The expected top of book.
    Top(Top),
}

/// Who traded with whom, by the tape's ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fill {
    /// The incoming order.
    pub taker: u32,
    /// The resting one.
    pub maker: u32,
    /// At the maker's price.
    pub px: Px,
    /// How much.
    pub qty: Qty,
}

/// The day, read.
#[derive(Clone, Debug)]
pub struct Day {
    /// The file's lines in order.
    pub lines: Vec<Line>,
}

/// What one run found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Command lines of the file.
    pub commands: u64,
    /// Commands with fills, equal to the exchange's in order.
    pub groups: u64,
    /// Fills among them.
    pub fills: u64,
    /// Tops of book equal to the exchange's.
    pub tops: u64,
    /// Everything that differed, in words; the first hundred.
    pub wrong: Vec<String>,
}

/// Tick of the file: one cent.
pub const TICK: Px = Px(1_000_000);

/// The instrument the day trades.
#[must_use]
pub fn instrument() -> InstrumentDef {
    venue::instrument(1, TICK, Qty(1))
}

impl Day {
    /// Reads the file; `None` where `PINION_DATA` is not set.
    #[must_use]
    pub fn load() -> Option<Self> {
        let bytes = super::unpacked("lobster_GOOG_10.csv.gz")?;
        let text = String::from_utf8(bytes).expect("text");
        let mut ids = HashMap::new();
        let mut id = |name: &str| {
            let next = u32::try_from(ids.len() + 1).expect("ids fit");
            *ids.entry(name.to_owned()).or_insert(next)
        };
        Some(Day { lines: text.lines().map(|line| parse(line, &mut id)).collect() })
    }
}

fn parse(line: &str, id: &mut impl FnMut(&str) -> u32) -> Line {
    let fields: Vec<&str> = line.trim_end().split(',').collect();
    let number = |index: usize| -> i64 {
        fields[index].parse().unwrap_or_else(|_| panic!("no number in `{line}`"))
    };
    let px = |index| Px(number(index) * 10_000);
    let qty = |index| Qty(u64::try_from(number(index)).expect("not negative"));
    let side = |index: usize| if fields[index] == "B" { Side::Buy } else { Side::Sell };
    match fields[0] {
        kind @ ("N" | "I" | "A") => {
            let (ioc, id) = (kind == "I", id(fields[1]));
            Line::Order { id, ioc, side: side(2), px: px(3), qty: qty(4) }
        }
        "D" => Line::Reduce { id: id(fields[1]), qty: qty(2) },
        "X" => Line::Cancel { id: id(fields[1]) },
        "G" => Line::Level { side: side(1), px: px(2) },
        "F" => {
            let (taker, maker) = (id(fields[1]), id(fields[2]));
            Line::Fill(Fill { taker, maker, px: px(3), qty: qty(4) })
        }
        "B" => {
            let (ask_px, ask_qty, bid_px, bid_qty) = (px(1).0, qty(2).0, px(3).0, qty(4).0);
            Line::Top(Top { bid_px, bid_qty, ask_px, ask_qty })
        }
        _ => panic!("a line of no known kind: `{line}`"),
    }
}

/// Turns lines into requests and answers into the tape's words.
#[derive(Clone, Debug, Default)]
pub struct Import {
    live: HashMap<u32, ClOrdId>,
    names: HashMap<u64, u32>,
    /// The book as the events draw it.
    pub shadow: Shadow,
}

impl Import {
    /// The requests of one line; none for an expectation.
    #[must_use]
    pub fn requests(&mut self, line: &Line, client: &mut Client) -> Vec<Request> {
        match *line {
            Line::Order { id, ioc, side, px, qty } => {
                let tif = if ioc { TimeInForce::ImmediateOrCancel } else { TimeInForce::Day };
                let order = client.limit(side, px, qty, tif);
                self.live.insert(id, order.cl_ord_id);
                self.names.insert(order.cl_ord_id.0, id);
                vec![Request::New(order)]
            }
            Line::Reduce { id, qty } => {
                let orig = self.live[&id];
                let order = *self.shadow.get(orig).expect("a working order");
                let total = Qty(order.cum.0 + qty.0);
                let replace = client.replace(orig, order.side, order.px, total);
                self.live.insert(id, replace.cl_ord_id);
                self.names.insert(replace.cl_ord_id.0, id);
                vec![Request::Replace(replace)]
            }
            Line::Cancel { id } => vec![self.cancel(self.live[&id], client)],
            Line::Level { side, px } => {
                let level = self.shadow.level(side, px);
                level.into_iter().map(|orig| self.cancel(orig, client)).collect()
            }
            Line::Fill(_) | Line::Top(_) => Vec::new(),
        }
    }

    fn cancel(&self, orig: ClOrdId, client: &mut Client) -> Request {
        let side = self.shadow.get(orig).expect("a working order").side;
        Request::Cancel(client.cancel(orig, side))
    }

    /// Takes in the events of one command and adds its fills to `fills`.
    pub fn see(&mut self, events: &[Event], fills: &mut Vec<Fill>) {
        let mut maker = None;
        for event in events {
            self.shadow.see(event);
            let Some(EventRef::Trade(trade)) = event.view() else { continue };
            let name = self.names[&trade.cl_ord_id.0];
            if trade.liquidity == Liquidity::Added.into() {
                maker = Some((trade.trade_id, name));
                continue;
            }
            let (trade_id, maker) = maker.take().expect("the maker's side comes first");
            assert_eq!(trade_id, trade.trade_id, "both sides of a trade share its id");
            fills.push(Fill { taker: name, maker, px: trade.last_px, qty: trade.last_qty });
        }
    }
}

/// Compares what happened with what the file says.
#[derive(Clone, Debug, Default)]
pub struct Check {
    /// What was found so far.
    pub tally: Tally,
    pending: Vec<Fill>,
    expected: Vec<Fill>,
}

impl Check {
    /// A command line begins: what came before it is settled.
    pub fn command(&mut self) {
        self.settle();
        self.tally.commands += 1;
    }

    /// Fills that happened.
    pub fn pending(&mut self) -> &mut Vec<Fill> {
        &mut self.pending
    }

    /// An expected fill.
    pub fn fill(&mut self, fill: Fill) {
        self.expected.push(fill);
        self.tally.fills += 1;
    }

    /// An expected top of book, beside every way to know the real one.
    pub fn top(&mut self, expected: Top, real: &[Top]) {
        self.settle();
        if real.iter().all(|top| *top == expected) {
            self.tally.tops += 1;
        } else {
            self.wrong(format!("top {expected:?}, but {real:?}"));
        }
    }

    /// The end of the day.
    #[must_use]
    pub fn finish(mut self) -> Tally {
        self.settle();
        self.tally
    }

    fn settle(&mut self) {
        if self.pending.is_empty() && self.expected.is_empty() {
            return;
        }
        if self.pending == self.expected {
            self.tally.groups += 1;
        } else {
            self.wrong(format!("fills {:?}, but {:?}", self.expected, self.pending));
        }
        self.pending.clear();
        self.expected.clear();
    }

    fn wrong(&mut self, what: String) {
        if self.tally.wrong.len() < 100 {
            self.tally.wrong.push(format!("command {}: {what}", self.tally.commands));
        }
    }
}

/// The commands that open the venue for the day; `now` is when the client logs on.
#[must_use]
pub fn opening(client: &mut Client, now: Nanos) -> Vec<Command> {
    let mut commands = venue::setup(&[instrument()], 1);
    commands.extend(client.logon(1, now));
    commands
}

/// Plays the day on `venue`, which has seen its genesis; `top` reads its own idea of the best.
pub fn play<V: Venue>(
    venue: &mut V,
    day: &Day,
    top: impl Fn(&V) -> Top,
    mut each: impl FnMut(&Request),
) -> Tally {
    let mut client = Client::new(1);
    let (mut seq, mut now) = (2, venue::START);
    let mut step = |venue: &mut V, command: &Command| {
        let events = venue.apply(Seq(seq), now, command).to_vec();
        seq += 1;
        now.0 += 1_000;
        events
    };
    for command in opening(&mut client, venue::START) {
        step(venue, &command);
    }
    let (mut import, mut check) = (Import::default(), Check::default());
    for line in &day.lines {
        match line {
            Line::Fill(fill) => check.fill(*fill),
            Line::Top(expected) => check.top(*expected, &[import.shadow.top(), top(venue)]),
            _ => {
                check.command();
                for request in import.requests(line, &mut client) {
                    let command = request.command(&mut client);
                    import.see(&step(venue, &command), check.pending());
                    each(&request);
                }
            }
        }
    }
    check.finish()
}
