//! Random but plausible lives of a venue: the same from the same seed.
//!
//! Most commands are right, many are wrong in one way, some are bytes turned over. The stream
//! watches the answers, so that it names orders that work and numbers that come next.

mod rng;

mod plan;

mod orders;

mod wishes;

mod rare;

mod links;

mod following;

mod peers;

mod admin;

mod states;

mod guards;

mod risk;

mod allocation;

mod corrections;

use std::collections::{BTreeMap, BTreeSet};

use pinion_types::codes::{RawScope, Scope, TradingState};
use pinion_types::command::{Genesis, TradeCorrect};
use pinion_types::{Command, CommandKind, CommandRef, Event, EventRef, InstrumentId, Nanos, Px};

pub use rng::Rng;

use crate::venue;
use orders::Working;
use peers::Peer;
use risk::Worth;

/// One random life.
#[derive(Clone, Debug)]
pub struct Stream {
    rng: Rng,
    /// Of wishes that few orders have.
    more: Rng,
    /// What draws the sharing of prices.
    sharing: Rng,
    /// What draws the trades that are corrected.
    amends: Rng,
    /// What draws linked orders.
    linking: Rng,
    now: Nanos,
    day: u32,
    peers: Vec<Peer>,
    working: Vec<Working>,
    /// Ids of orders that are done: session, ClOrdID, OrderID.
    done: Vec<(u32, u64, u64)>,
    setup: std::vec::IntoIter<Command>,
    /// Tick, lot and the ticks that prices begin at, of the instruments that are defined.
    grids: BTreeMap<u32, (i64, u64, i64)>,
    /// Currency and the value of one tick of one lot, of the same instruments.
    worths: BTreeMap<u32, Worth>,
    /// Bands of ticks: from which price on which tick, by instrument.
    bands: BTreeMap<u32, Vec<(i64, i64)>>,
    /// Positions by account and instrument, as trades tell them.
    held: BTreeMap<(u32, u32), i64>,
    /// Prices of the last trades.
    lasts: BTreeMap<u32, Px>,
    /// Whether its numbers are near the ends of their ranges.
    extreme: bool,
    /// Where its prices begin, in ticks, where that is below zero.
    sunk: Option<i64>,
    /// States of the instruments that are defined.
    states: BTreeMap<u32, TradingState>,
    /// When something that was scheduled may come.
    dues: Vec<u64>,
    /// What was scheduled last.
    scheduled: Option<(InstrumentId, Nanos)>,
    /// Whether little is refused.
    busy: bool,
    /// Whether many orders stand at few prices.
    crowded: bool,
    /// Whether many orders are linked.
    linked: bool,
    /// Whether many orders follow prices.
    follows: bool,
    /// Session and ClOrdID of those that trail.
    trailing: BTreeSet<(u32, u64)>,
    /// Pairs of session and account that are allowed.
    allowed: BTreeSet<(u32, u32)>,
    /// Trades that could be corrected, and those that were, as they would be taken back.
    trades: Vec<TradeCorrect>,
    corrected: Vec<TradeCorrect>,
    /// The day that began last.
    began: u32,
    /// Blocks that stand: level and id.
    blocks: Vec<(RawScope, u32)>,
    /// The venue's first command.
    pub genesis: Genesis,
}

impl Stream {
    /// The life of `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        let mut stream = Stream::drawn(seed, false);
        stream.share_prices();
        stream
    }

    /// A life of `seed` whose prices, values, fees and payments are near the ends of their ranges.
    #[must_use]
    pub fn extreme(seed: u64) -> Self {
        let mut stream = Stream::drawn(seed, true);
        stream.share_prices();
        stream
    }

    /// A life of `seed` in which little is refused but by risk: room, traders, wide limits, marks
    /// that move.
    #[must_use]
    pub fn busy(seed: u64) -> Self {
        let mut stream = Stream::drawn(seed, false);
        risk::at_ease(&mut stream.genesis);
        let setup: Vec<Command> = stream.setup.collect();
        stream.setup = risk::eased(&mut stream.rng, setup).into_iter();
        stream.busy = true;
        stream.share_prices();
        stream
    }

    /// A busy life of `seed` in which many orders stand at few prices, shared by every algorithm.
    #[must_use]
    pub fn crowded(seed: u64) -> Self {
        let mut stream = Stream::busy(seed);
        let setup: Vec<Command> = stream.setup.collect();
        stream.setup = allocation::crowd(setup).into_iter();
        stream.crowded = true;
        stream
    }

    /// A busy life of `seed` in which many orders are linked with others.
    #[must_use]
    pub fn linked(seed: u64) -> Self {
        let mut stream = Stream::busy(seed);
        stream.linked = true;
        stream
    }

    /// A busy life of `seed` whose prices are around zero or below it, where many accounts pay in
    /// full.
    #[must_use]
    pub fn sunk(seed: u64) -> Self {
        let mut stream = Stream::busy(seed);
        stream.sunk = Some(stream.rng.pick(&[-100, -105, -150]));
        let setup: Vec<Command> = stream.setup.collect();
        let setup = setup.into_iter().map(|it| plan::sunk(&mut stream.rng, it));
        stream.setup = setup.collect::<Vec<Command>>().into_iter();
        stream
    }

    /// A life of `seed` in which many orders follow prices: pegs and trailing stops. Every other
    /// one is busy.
    #[must_use]
    pub fn following(seed: u64) -> Self {
        let mut stream =
            if seed.is_multiple_of(2) { Stream::new(seed) } else { Stream::busy(seed) };
        stream.follows = true;
        stream
    }

    fn drawn(seed: u64, extreme: bool) -> Self {
        let mut rng = Rng::new(seed);
        let genesis = plan::genesis(&mut rng);
        let mut setup = plan::setup(&mut rng);
        if extreme {
            setup = plan::at_the_ends(&mut rng, setup);
        }
        let setup = setup.into_iter();
        let peers = (1..=plan::SESSIONS).map(Peer::new).collect();
        let now = venue::START;
        Stream {
            rng,
            more: Rng::new(!seed),
            sharing: Rng::new(seed ^ 0x0a11_0ca7_ed00_1142),
            amends: Rng::new(seed ^ 0x7ade_c044_ec70_0083),
            linking: Rng::new(seed ^ 0x0c0b_7ac4_e700_2263),
            now,
            day: 20_458,
            peers,
            working: Vec::new(),
            done: Vec::new(),
            setup,
            grids: BTreeMap::new(),
            worths: BTreeMap::new(),
            bands: BTreeMap::new(),
            held: BTreeMap::new(),
            lasts: BTreeMap::new(),
            extreme,
            sunk: None,
            busy: false,
            crowded: false,
            linked: false,
            follows: false,
            trailing: BTreeSet::new(),
            states: BTreeMap::new(),
            dues: Vec::new(),
            scheduled: None,
            allowed: BTreeSet::new(),
            trades: Vec::new(),
            corrected: Vec::new(),
            began: 0,
            blocks: Vec::new(),
            genesis,
        }
    }

    /// The next command and its time.
    pub fn command(&mut self) -> (Nanos, Command) {
        if let Some(command) = self.setup.next() {
            return (self.now, command);
        }
        if let Some(command) = self.sharing().or_else(|| self.correction()) {
            return (self.now, command);
        }
        self.now.0 += match self.rng.below(20) {
            0..=9 => self.rng.below(2_000),
            10..=16 => self.rng.below(5_000_000),
            17 => self.rng.below(3_000_000_000),
            _ => 0,
        };
        let asleep = !self.peers.iter().any(|peer| peer.established);
        let kind = match self.rng.below(100) {
            94.. if self.crowded && self.sharing.chance(80) => 0,
            kind => kind,
        };
        let mut command = match kind {
            _ if self.linked && self.linking.chance(2) => self.mass_cancel(),
            _ if asleep && self.rng.chance(80) => self.session_life(),
            _ if self.is_due() => self.timer(),
            72..=92 if self.busy => self.order(),
            0..=50 => self.order(),
            51 => self.phase(),
            52..=62 => self.replace(),
            63..=75 => self.cancel(),
            76..=78 => self.mass_cancel(),
            79..=82 => self.question(),
            83..=93 => self.session_life(),
            _ => self.admin(),
        };
        if self.sunk.is_some() {
            command = plan::sunk(&mut self.rng, command);
        }
        if self.rng.chance(1) {
            self.turn_over(&mut command);
        }
        (self.now, command)
    }

    /// Turns over a few bits behind the kind.
    fn turn_over(&mut self, command: &mut Command) {
        let mut bytes = command.bytes().to_vec();
        for _ in 0..self.rng.small(1, 3) {
            let at = 1 + usize::try_from(self.rng.below(bytes.len() as u64 - 1)).expect("an index");
            bytes[at] ^= 1 << self.rng.below(8);
        }
        *command = Command::from_bytes(&bytes).expect("kind and length are as before");
    }

    /// Takes in what a command caused.
    pub fn see(&mut self, command: &Command, events: &[Event]) {
        self.see_session(command, events);
        self.see_control(command, events);
        self.see_states(command, events);
        self.see_day(command);
        for event in events {
            let session = event.header().session.0;
            match event.view() {
                Some(EventRef::Accepted(body)) => self.working.push(Working {
                    session,
                    cl_ord_id: body.cl_ord_id.0,
                    order_id: body.order_id.0,
                    instrument: body.instrument.0,
                    account: body.account.0,
                    side: body.side,
                    px: body.px,
                    qty: body.qty.0,
                    cum: 0,
                    ord_type: body.ord_type,
                    display: body.display_qty.0,
                    stop_px: body.stop_px,
                    link: None,
                    trails: self.trailing.contains(&(session, body.cl_ord_id.0)),
                }),
                Some(EventRef::Trade(body)) => {
                    self.see_trade(event.header().session, body);
                    self.lasts.insert(body.instrument.0, body.last_px);
                    self.held.insert((body.account.0, body.instrument.0), body.position);
                    if body.leaves_qty.0 == 0 {
                        self.finish(body.order_id.0);
                    } else if let Some(order) = self.of(body.order_id.0) {
                        order.cum = body.cum_qty.0;
                    }
                }
                Some(EventRef::TradeCorrected(body)) => {
                    self.held.insert((body.account.0, body.instrument.0), body.position);
                }
                Some(EventRef::Canceled(body)) => self.finish(body.order_id.0),
                Some(EventRef::AccountAlert(body)) if body.is_close_only == 1 => {
                    self.blocks.push((Scope::Account.into(), body.account.0));
                }
                Some(EventRef::Replaced(body)) => {
                    if let Some(order) = self.of(body.order_id.0) {
                        order.changed(body);
                    }
                }
                _ => {}
            }
        }
        self.see_links(command, events);
    }

    /// What a control command changed, where it was done.
    fn see_control(&mut self, command: &Command, events: &[Event]) {
        let done = events.iter().any(|event| match event.view() {
            Some(EventRef::ControlDone(body)) => body.code.0 == 0,
            _ => false,
        });
        let session = command.header().session.0;
        match command.view().filter(|_| done) {
            Some(CommandRef::SessionDef(_)) => {
                self.peers.iter_mut().filter(|it| it.session == session).for_each(|it| {
                    it.defined = true;
                });
            }
            Some(CommandRef::InstrumentDef(body)) => {
                let id = body.instrument.0;
                let base = if self.extreme { plan::base(body) } else { self.sunk.unwrap_or(0) };
                let grid = (body.tick.0, body.lot.0, base);
                let old = self.grids.insert(id, grid);
                if old.is_some_and(|old| old.0 != grid.0) {
                    self.bands.remove(&id);
                    self.lasts.remove(&id);
                }
                if let Some(state) = body.state.get() {
                    self.states.entry(id).or_insert(state);
                }
            }
            Some(CommandRef::SessionAccount(body)) if body.allowed == 1 => {
                self.allowed.insert((session, body.account.0));
            }
            Some(CommandRef::SessionAccount(body)) => {
                self.allowed.remove(&(session, body.account.0));
            }
            Some(CommandRef::TickBand(body)) => self.see_band(body),
            Some(CommandRef::TradeCorrect(body)) => self.see_correction(body),
            Some(CommandRef::Kill(body)) => self.blocks.push((body.scope, body.id)),
            Some(CommandRef::Release(body)) => {
                self.blocks.retain(|block| *block != (body.scope, body.id));
            }
            _ => {}
        }
    }

    fn of(&mut self, order_id: u64) -> Option<&mut Working> {
        self.working.iter_mut().find(|order| order.order_id == order_id)
    }

    fn finish(&mut self, order_id: u64) {
        if let Some(index) = self.working.iter().position(|order| order.order_id == order_id) {
            let order = self.working.swap_remove(index);
            self.done.push((order.session, order.cl_ord_id, order.order_id));
            if self.done.len() > 50 {
                self.done.remove(0);
            }
        }
    }
}

/// Kinds whose commands a session sends as messages.
#[must_use]
pub fn is_message(kind: CommandKind) -> bool {
    kind.code() < CommandKind::Negotiate.code()
}
