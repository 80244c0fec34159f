//! The venue a second time, as plainly as it can be said: lists, sorting and 128-bit sums.
//!
//! It shares nothing with the engine but the types, is written from the rule book
//! (`core/engine/RULES.md`), and may never be clever: it is the oracle the engine is held against.
//! Whoever changes a rule changes it in both.

mod tables;

mod sessions;

mod entry;

mod offer;

mod market;

mod refusal;

mod limits;

mod funds;

mod rights;

mod book;

mod auction;

mod guard;

mod icebergs;

mod allocation;

mod stops;

mod links;

mod exits;

mod trailing;

mod pegs;

mod money;

mod losses;

mod reducing;

mod replaces;

mod cancels;
mod changes;

mod queries;

mod control;

mod corrections;

mod states;

mod guards;

mod state;

use std::collections::{BTreeMap, BTreeSet};

use pinion_types::command::{AccountPermission, CommandHeader, Genesis, LimitsSet};
use pinion_types::event::KindOf;
use pinion_types::{Command, CommandRef, Event, Nanos, Seq, SessionId};

use crate::venue::Venue;
use links::{After, Start};
use pegs::Fronts;
pub use state::{Queued, State};
use states::Waiting;
use tables::{Account, Firm, Instrument, Order, Position, Session};

/// Currency code, as it stands in definitions.
type Currency = [u8; 4];

/// The naive venue.
#[derive(Clone, Debug)]
pub struct Model {
    genesis: Genesis,
    day: u32,
    blocked: bool,
    short: bool,
    firms: BTreeMap<u32, Firm>,
    instruments: BTreeMap<u32, Instrument>,
    accounts: BTreeMap<u32, Account>,
    sessions: BTreeMap<u32, Session>,
    /// Limits of an account in one instrument, where they are set.
    narrow: BTreeMap<(u32, u32), LimitsSet>,
    /// Limits of the venue, once they are set.
    limits: Option<LimitsSet>,
    /// Sides and types by account and instrument, 0 for all instruments.
    rights: BTreeMap<(u32, u32), AccountPermission>,
    /// Working orders, oldest first.
    orders: Vec<Order>,
    /// Orders that are done: session, ClOrdID, OrderID, account.
    closed: Vec<(u32, u64, u64, u32)>,
    positions: BTreeMap<(u32, u32), Position>,
    cash: BTreeMap<(u32, Currency), i128>,
    /// The currency an account had first.
    first_cash: BTreeMap<u32, Currency>,
    fees: BTreeMap<Currency, i128>,
    /// Cash that came from outside, by currency; a currency is known once an instrument has it.
    moved: BTreeMap<Currency, i128>,
    turns: u64,
    /// Changes of state to come, in the order in which they were said.
    waiting: Vec<Waiting>,
    /// Stops that this command elected, by instrument.
    elected: BTreeMap<u32, u32>,
    /// Changes of state planned, and stops that were started, so far.
    made: u64,
    /// Instruments in which an order of this command left the execution range.
    broken: BTreeSet<u32>,
    /// Accounts that this command gave a reason to be closed again.
    stirred: BTreeSet<u32>,
    /// Accounts that it has tried to close.
    tried: BTreeSet<u32>,
    /// How often each step of each algorithm gave somebody something.
    taken: BTreeMap<(char, &'static str), u64>,
    /// Trades of the day that were corrected.
    corrected: BTreeSet<u64>,
    /// Events before the day.
    day_began: u64,
    /// What is to be done when the matching at hand is over, in the order in which that was told.
    after: Vec<After>,
    /// Brackets whose exits are to start, in the order in which their entries ended.
    starts: Vec<Start>,
    /// Whether an order, or an auction, is being matched.
    is_matching: bool,
    /// How often each thing happened to orders that follow prices.
    followed: BTreeMap<&'static str, u64>,
    /// Events so far.
    events: u64,
    // Of the command at hand.
    seq: u64,
    now: u64,
    header: CommandHeader,
    /// Lowest and highest price it traded since trailing stops last looked, by instrument.
    traded: BTreeMap<u32, (i64, i64)>,
    /// The best prices of each instrument before it.
    fronts: BTreeMap<u32, Fronts>,
    /// Whether it said that the logs have room.
    has_room_again: bool,
    /// Instruments that it made continuous.
    opened: BTreeSet<u32>,
    out: Vec<Event>,
}

impl Model {
    /// A venue whose first command was `genesis`.
    #[must_use]
    pub fn new(genesis: &Genesis) -> Self {
        Model {
            genesis: *genesis,
            day: 0,
            blocked: false,
            short: false,
            firms: BTreeMap::new(),
            instruments: BTreeMap::new(),
            accounts: BTreeMap::new(),
            sessions: BTreeMap::new(),
            narrow: BTreeMap::new(),
            limits: None,
            rights: BTreeMap::new(),
            orders: Vec::new(),
            closed: Vec::new(),
            positions: BTreeMap::new(),
            cash: BTreeMap::new(),
            first_cash: BTreeMap::new(),
            fees: BTreeMap::new(),
            moved: BTreeMap::new(),
            turns: 0,
            waiting: Vec::new(),
            elected: BTreeMap::new(),
            made: 0,
            broken: BTreeSet::new(),
            stirred: BTreeSet::new(),
            tried: BTreeSet::new(),
            taken: BTreeMap::new(),
            corrected: BTreeSet::new(),
            day_began: 0,
            after: Vec::new(),
            starts: Vec::new(),
            is_matching: false,
            followed: BTreeMap::new(),
            events: 0,
            seq: 0,
            now: 0,
            header: CommandHeader::default(),
            traded: BTreeMap::new(),
            fronts: BTreeMap::new(),
            has_room_again: false,
            opened: BTreeSet::new(),
            out: Vec::new(),
        }
    }

    /// The next moment at which something changes by itself: a grace, a dated order, a state.
    #[must_use]
    pub fn next_due(&self) -> Option<u64> {
        let graces = self.sessions.values().filter_map(|it| it.due.map(|(due, _)| due));
        let dated = self.orders.iter().map(|it| it.expire_time).filter(|time| *time > 0);
        let waiting = self.waiting.iter().map(|it| it.due);
        let reopens = self.instruments.values().filter_map(|it| it.reopens.map(|(due, _)| due));
        graces.chain(dated).chain(waiting).chain(reopens).min()
    }

    /// How often each step of each algorithm of allocation gave somebody something so far.
    #[must_use]
    pub const fn taken(&self) -> &BTreeMap<(char, &'static str), u64> {
        &self.taken
    }

    /// How often each thing happened to orders that follow prices so far.
    #[must_use]
    pub const fn followed(&self) -> &BTreeMap<&'static str, u64> {
        &self.followed
    }

    /// What it holds, to be compared.
    #[must_use]
    pub fn state(&self) -> State {
        let mut state = State::default();
        for &instrument in self.instruments.keys() {
            for buys in [true, false] {
                let queue = self.queue(instrument, buys).into_iter().map(queued);
                state.books.insert((instrument, buys), queue.collect());
                state.tops.extend(self.top(instrument, buys).map(|id| ((instrument, buys), id)));
            }
            let waits = |it: &&Order| it.instrument == instrument && it.is_suspended;
            let waiting = self.orders.iter().filter(waits).map(queued);
            state.waiting.insert(instrument, waiting.collect());
        }
        let sums = |it: &Position| [it.qty, it.open_cost, it.realized, it.fees];
        state.positions = self.positions.iter().map(|(key, it)| (*key, sums(it))).collect();
        state.cash = self.cash.clone();
        for (currency, moved) in &self.moved {
            let fees = self.fees.get(currency).copied().unwrap_or(0);
            state.fees.insert(*currency, (fees, *moved));
        }
        state
    }

    fn dispatch(&mut self, command: CommandRef<'_>) {
        match command {
            CommandRef::NewOrder(body) => self.new_order(body, None),
            CommandRef::NewOrderWide(body) => self.new_order(&body.order, Some(&body.extra)),
            CommandRef::Replace(body) => self.replace(body),
            CommandRef::Cancel(body) => self.cancel(body),
            CommandRef::MassCancel(body) => self.mass_cancel(body),
            CommandRef::OrderStatusRequest(body) => self.order_status(body),
            CommandRef::MassStatusRequest(body) => self.mass_status(body),
            CommandRef::SecurityListRequest(body) => self.security_list(body),
            CommandRef::PositionRequest(body) => self.position_request(body),
            CommandRef::Negotiate(body) => {
                self.graces(self.now);
                self.negotiate(body);
            }
            CommandRef::Establish(body) => {
                self.graces(self.now);
                self.establish(body);
            }
            CommandRef::Terminate(body) => self.terminate(body),
            CommandRef::Disconnect(body) => self.disconnect(body),
            CommandRef::SequenceNotice(body) => self.sequence_notice(body),
            CommandRef::Undecodable(body) => self.undecodable(body),
            // What the core says by itself is heard from nobody else.
            CommandRef::SourceUp(_)
            | CommandRef::SourceDown(_)
            | CommandRef::Timer(_)
            | CommandRef::DayRoll(_)
            | CommandRef::RoomChange(_)
                if self.header.source.0 > 1 => {}
            CommandRef::SourceUp(body) => self.source_lost(body.about, Default::default()),
            CommandRef::SourceDown(body) => self.source_lost(body.about, body.code),
            CommandRef::Timer(body) => {
                let until = match body.due.0 {
                    0 => self.now,
                    due => due.min(self.now),
                };
                self.graces(until);
                self.expiries(until);
                self.due_states(until);
            }
            CommandRef::DayRoll(body) => self.day_roll(body),
            CommandRef::RoomChange(body) => {
                self.short = body.is_short != 0;
                self.has_room_again = !self.short;
            }
            CommandRef::StateHash(_) => {}
            CommandRef::Genesis(_)
            | CommandRef::FirmDef(_)
            | CommandRef::InstrumentDef(_)
            | CommandRef::AccountDef(_)
            | CommandRef::SessionDef(_)
            | CommandRef::SessionAccount(_)
            | CommandRef::LimitsSet(_)
            | CommandRef::CashMove(_)
            | CommandRef::Mark(_)
            | CommandRef::StateChange(_)
            | CommandRef::Kill(_)
            | CommandRef::Release(_)
            | CommandRef::InstrumentRules(_)
            | CommandRef::TickBand(_)
            | CommandRef::Schedule(_)
            | CommandRef::AccountRisk(_)
            | CommandRef::AccountPermission(_)
            | CommandRef::Allocation(_)
            | CommandRef::MakerShare(_)
            | CommandRef::TradeCorrect(_) => self.control(command),
        }
    }

    /// An event of the header's session that is no numbered message.
    fn say<B: KindOf>(&mut self, body: &B) {
        self.say_of(self.header.session.0, body);
    }

    fn say_of<B: KindOf>(&mut self, session: u32, body: &B) {
        self.push(Event::new(SessionId(session), 0, body));
    }

    /// A numbered message to a session.
    fn tell<B: KindOf>(&mut self, session: u32, body: &B) {
        if session == 0 {
            // The venue's own orders.
            return self.say_of(0, body);
        }
        let of = self.sessions.get_mut(&session).expect("a message has a session");
        of.last_out += 1;
        let number = of.last_out;
        self.push(Event::new(SessionId(session), number, body));
    }

    fn push(&mut self, event: Event) {
        self.events += 1;
        self.out.push(event);
    }
}

fn queued(order: &Order) -> Queued {
    Queued {
        order_id: order.id,
        session: order.session,
        cl_ord_id: order.cl_ord_id,
        account: order.account,
        px: order.px,
        leaves: order.leaves(),
        shown: if order.is_hidden { 0 } else { order.showing() },
        cum: order.cum,
        prevented: order.prevented,
        stop_px: order.stop_px,
        link: order.link.map_or((0, 0, 0), |it| (it.id, it.kind, it.leg)),
    }
}

impl Venue for Model {
    fn apply(&mut self, seq: Seq, now: Nanos, command: &Command) -> &[Event] {
        (self.seq, self.now, self.header) = (seq.0, now.0, *command.header());
        self.out.clear();
        self.traded.clear();
        self.elected.clear();
        self.stirred.clear();
        self.tried.clear();
        self.opened.clear();
        self.fronts = self.all_fronts();
        self.has_room_again = false;
        if let Some(view) = command.view() {
            self.dispatch(view);
            self.elections();
            self.judge_all();
            self.trim();
            self.follow();
            self.calm();
            self.indicate();
        }
        &self.out
    }
}
