//! The engine: its tables, and where each command goes.

use alloc::boxed::Box;
use alloc::collections::BinaryHeap;
use alloc::vec::Vec;
use core::cmp::Reverse;

use pinion_types::command::{Cancel, CommandHeader, Genesis, NewOrder, SourceUp};
use pinion_types::event::KindOf;
use pinion_types::{
    Command, CommandKind, CommandRef, Event, EventKind, Nanos, RejectCode, Seq, SessionId, SourceId,
};

use crate::book::{Ladder, NONE, Pages};
use crate::digest::{Kind, weight};
use crate::emit::{Out, Sink};
use crate::entry::Shares;
use crate::orders::{
    Expiries, Followers, Hidden, Links, Orders, Rare, Specials, Stops, Traded, Tranches,
};
use crate::session::{Admission, Emit, Ended, Inbound, Sessions};
use crate::states::{Aftermath, Timetable};
use crate::tables::{
    Account, CashBook, Corrected, Firm, Groups, Instrument, Ledger, Levels, Positions, Sharing,
};

/// What every part of a command needs to know of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Context {
    pub(crate) seq: Seq,
    pub(crate) now: Nanos,
    pub(crate) session: SessionId,
    /// Number of the client's message.
    pub(crate) src_seq: u64,
    pub(crate) source: SourceId,
}

impl Context {
    pub(crate) const fn new(seq: Seq, now: Nanos, header: &CommandHeader) -> Self {
        let (session, src_seq, source) = (header.session, header.src_seq, header.source);
        Context { seq, now, session, src_seq, source }
    }
}

/// The whole state of a venue, and the only way to change it.
pub struct Engine {
    pub(crate) genesis: Genesis,
    pub(crate) sessions: Sessions,
    pub(crate) instruments: Box<[Instrument]>,
    /// How each shares a price, by instrument.
    pub(crate) sharings: Box<[Sharing]>,
    pub(crate) firms: Box<[Firm]>,
    pub(crate) accounts: Box<[Account]>,
    /// What few accounts have, by account.
    pub(crate) ledgers: Box<[Ledger]>,
    pub(crate) positions: Positions,
    pub(crate) cash: CashBook,
    pub(crate) groups: Groups,
    pub(crate) orders: Orders,
    /// When dated orders end.
    pub(crate) expiries: Expiries,
    /// Stops that wait.
    pub(crate) stops: Stops,
    /// What icebergs show.
    pub(crate) tranches: Tranches,
    /// Where hidden orders begin.
    pub(crate) hidden: Hidden,
    /// Rows of special orders.
    pub(crate) specials: Specials,
    /// Orders that follow the market, by instrument.
    pub(crate) followers: Followers,
    /// Groups of linked orders.
    pub(crate) links: Links,
    /// What the order in hand has that only rare ones have.
    pub(crate) rare: Rare,
    /// Prices of this command's trades, where there are stops that could wait for them.
    pub(crate) traded: Option<Traded>,
    pub(crate) pages: Pages,
    /// Changes of state that are to come.
    pub(crate) timetable: Timetable,
    /// What is looked at when the command is done.
    pub(crate) aftermath: Aftermath,
    /// First of each session's orders, by session id.
    pub(crate) session_orders: Box<[u32]>,
    /// Blocked sessions, by session id.
    pub(crate) session_blocks: Box<[bool]>,
    /// Limits of the venue and of sessions.
    pub(crate) levels: Levels,
    /// What every order is asked: bits of [`watch`](crate::tables::watch).
    pub(crate) watch: u8,
    pub(crate) is_blocked: bool,
    /// The logs are short of room: only what cancels goes on.
    pub(crate) is_short: bool,
    /// Days since the epoch.
    pub(crate) day: u32,
    /// The command that began the day.
    pub(crate) day_seq: u64,
    /// Events that were told before the day began.
    pub(crate) day_events: u64,
    /// Trades of the day that were busted or adjusted.
    pub(crate) corrected: Corrected,
    /// Working orders that are older than the day.
    pub(crate) past_orders: u32,
    /// Ids and slots of one command that goes over many orders or positions.
    pub(crate) scratch: Box<[(u64, u32)]>,
    /// What each order of a level gets of the one in hand.
    pub(crate) shares: Shares,
    /// Accounts that are to be judged at the end of the command; never longer than `accounts`.
    pub(crate) touched: BinaryHeap<Reverse<u32>>,
    /// First of the positions that moved in this command, where orders may only reduce them.
    pub(crate) moved: u32,
    /// Where events to sessions are written before they leave.
    pub(crate) event: Event,
    /// Sum of what everything but the sessions adds to the state hash.
    pub(crate) hash: u64,
    pub(crate) seq: Seq,
    /// The command's time.
    pub(crate) now: Nanos,
    pub(crate) events: Seq,
    /// Refusals because a number would not fit (rules, section 3, rule 7).
    overflow_count: u64,
}

impl Engine {
    /// A venue as its first command makes it: all tables, nothing defined.
    ///
    /// # Errors
    /// [`RejectCode::BadValue`] where a capacity is 0 or above what the tables can be: 2^23 orders,
    /// 2^25 pages, 2^27 positions, 2^30 - 1 accounts, firms or instruments, 2^20 sessions.
    pub fn new(genesis: &Genesis) -> Result<Engine, RejectCode> {
        let ids_max = [genesis.instruments_max, genesis.firms_max, genesis.accounts_max];
        if ids_max.iter().any(|&max| max == 0 || max >= 1 << 30)
            || genesis.sessions_max == 0
            || genesis.sessions_max > 1 << 20
        {
            return Err(RejectCode::BadValue);
        }
        let positions = Positions::new(genesis.positions_max, genesis.seed)?;
        let orders = Orders::new(genesis.orders_max, genesis.closed_orders_max, genesis.seed)?;
        // Every account has one amount of cash, every position needs one more at most.
        let cash_max = genesis.accounts_max.saturating_add(genesis.positions_max);
        let scratch_len = genesis.orders_max.max(genesis.positions_max);
        let sessions_len = genesis.sessions_max as usize + 1;
        let mut engine = Engine {
            genesis: *genesis,
            sessions: Sessions::new(genesis)?,
            instruments: table(genesis.instruments_max, Instrument::undefined())?,
            sharings: table(genesis.instruments_max, Sharing::none())?,
            firms: table(genesis.firms_max, Firm::undefined())?,
            accounts: table(genesis.accounts_max, Account::undefined())?,
            ledgers: table(genesis.accounts_max, Ledger::none())?,
            positions,
            cash: CashBook::new(cash_max),
            groups: Groups::new(genesis.accounts_max),
            orders,
            expiries: Expiries::new(genesis.orders_max)?,
            stops: Stops::new(genesis.orders_max, genesis.instruments_max, genesis.seed),
            pages: Pages::new(genesis.pages_max, genesis.instruments_max * 2)?,
            timetable: Timetable::new(genesis.instruments_max)?,
            aftermath: Aftermath::new(genesis.instruments_max),
            tranches: Tranches::new(genesis.orders_max, genesis.pages_max),
            hidden: Hidden::new(genesis.pages_max),
            specials: Specials::new(genesis.orders_max),
            followers: Followers::new(genesis.orders_max, genesis.instruments_max),
            links: Links::new(genesis.orders_max, genesis.seed)?,
            rare: Rare::default(),
            traded: None,
            session_orders: alloc::vec![NONE; sessions_len].into_boxed_slice(),
            session_blocks: alloc::vec![false; sessions_len].into_boxed_slice(),
            levels: Levels::new(genesis.sessions_max),
            watch: 0,
            is_blocked: false,
            is_short: false,
            day: 0,
            day_seq: 0,
            day_events: 0,
            corrected: Corrected::new(),
            past_orders: 0,
            scratch: table(scratch_len, (0, 0))?,
            shares: Shares::new(genesis.orders_max),
            touched: BinaryHeap::with_capacity(genesis.accounts_max as usize),
            moved: NONE,
            event: Event::zeroed(EventKind::Accepted),
            hash: 0,
            seq: Seq(0),
            now: Nanos(0),
            events: Seq(0),
            overflow_count: 0,
        };
        for (book, instrument) in (0..).zip(&mut engine.instruments) {
            instrument.sides = [Ladder::new(true, book), Ladder::new(false, book)];
        }
        engine.hash = engine.full_own_hash();
        Ok(engine)
    }

    /// Applies one sequenced command and emits what follows from it.
    ///
    /// Same commands in, same events and same hash out. Never allocates, blocks or reads a clock;
    /// never fails: a refusal is an event. `seq` rises from call to call, `now` never falls.
    ///
    /// # Panics
    /// Where `seq` does not rise: the sequencer is broken, and going on would break ids.
    pub fn apply<S: Sink>(&mut self, seq: Seq, now: Nanos, command: &Command, sink: &mut S) {
        assert!(seq > self.seq, "sequence numbers rise");
        (self.seq, self.now) = (seq, now);
        let kind = command.header().kind;
        let is_done = if kind == CommandKind::NewOrder.code() {
            self.plain_order(now, command, sink)
        } else if kind == CommandKind::Cancel.code() {
            self.plain_cancel(now, command, sink)
        } else {
            false
        };
        if !is_done {
            self.apply_any(now, command, sink);
        }
    }

    /// The long way of every command.
    #[inline(never)]
    fn apply_any<S: Sink>(&mut self, now: Nanos, command: &Command, sink: &mut S) {
        let header = command.header();
        let cx = Context::new(self.seq, now, header);
        let mut out = Out::new(sink, self.events);
        if let Some(body) = command.body::<NewOrder>() {
            if self.passes(&cx, header, &Inbound::of_new_order(body), &mut out) {
                self.new_order(&cx, body, None, &mut out);
            }
        } else if let Some(body) = command.body::<Cancel>() {
            if self.passes(&cx, header, &Inbound::of_cancel(body), &mut out) {
                self.cancel(&cx, body, &mut out);
            }
        } else if let Some(view) = command.view() {
            self.apply_view(&cx, command, view, &mut out);
        }
        self.finish(&cx, out);
    }

    /// What follows at the end of a command that may have traded.
    pub(crate) fn finish<S: Sink>(&mut self, cx: &Context, mut out: Out<'_, S>) {
        if !self.touched.is_empty() {
            self.judge(cx, &mut out);
        }
        if self.aftermath.is_due() {
            self.look_back(cx, &mut out);
        }
        self.events = out.events();
    }

    /// Steps 2 and 3: whether a message goes on.
    #[inline]
    fn passes<S: Sink>(
        &mut self,
        cx: &Context,
        header: &CommandHeader,
        message: &Inbound,
        out: &mut Out<'_, S>,
    ) -> bool {
        match self.sessions.admit(cx.now, header, message, out) {
            Admission::Apply => true,
            Admission::Done => false,
            Admission::Ended(ended) => {
                self.end_session(&ended, out);
                false
            }
        }
    }

    /// Whatever comes less often.
    #[inline(never)]
    fn apply_view<S: Sink>(
        &mut self,
        cx: &Context,
        command: &Command,
        view: CommandRef<'_>,
        out: &mut Out<'_, S>,
    ) {
        match Inbound::of(view) {
            Some(message) => {
                if self.passes(cx, command.header(), &message, out) {
                    self.apply_message(cx, view, out);
                }
            }
            None => self.apply_other(cx, command, view, out),
        }
    }

    /// An application message that its session may send.
    fn apply_message<S: Sink>(&mut self, cx: &Context, view: CommandRef<'_>, out: &mut Out<'_, S>) {
        match view {
            CommandRef::NewOrder(body) => self.new_order(cx, body, None, out),
            CommandRef::NewOrderWide(body) => {
                self.new_order(cx, &body.order, Some(&body.extra), out);
            }
            CommandRef::Replace(body) => self.replace(cx, body, out),
            CommandRef::Cancel(body) => self.cancel(cx, body, out),
            CommandRef::MassCancel(body) => self.mass_cancel(cx, body, out),
            CommandRef::OrderStatusRequest(body) => self.order_status(cx, body, out),
            CommandRef::MassStatusRequest(body) => self.mass_status(cx, body, out),
            CommandRef::SecurityListRequest(body) => self.security_list(cx, body, out),
            CommandRef::PositionRequest(body) => self.position_report(cx, body, out),
            // Not messages: `Inbound::of` gives nothing for them.
            _ => {}
        }
    }

    /// Logons, ends of sessions, and everything that comes from the core or its operators.
    #[inline(never)]
    fn apply_other<S: Sink>(
        &mut self,
        cx: &Context,
        command: &Command,
        view: CommandRef<'_>,
        out: &mut Out<'_, S>,
    ) {
        let (now, header) = (cx.now, command.header());
        match view {
            CommandRef::Negotiate(body) => {
                self.drain_due(now, out);
                self.sessions.negotiate(now, header, body, out);
            }
            CommandRef::Establish(body) => {
                self.drain_due(now, out);
                self.sessions.establish(now, header, body, out);
            }
            CommandRef::Terminate(body) => {
                let ended = self.sessions.terminate(now, header, body);
                self.end_if(ended, out);
            }
            CommandRef::Disconnect(body) => {
                let ended = self.sessions.disconnect(now, header, body);
                self.end_if(ended, out);
            }
            CommandRef::SequenceNotice(body) => {
                let ended = self.sessions.sequence_notice(now, header, body, out);
                self.end_if(ended, out);
            }
            CommandRef::Undecodable(body) => {
                if let Admission::Ended(ended) = self.sessions.undecodable(now, header, body, out) {
                    self.end_session(&ended, out);
                }
            }
            _ => self.apply_control(cx, command, view, out),
        }
    }

    /// The session layer's part of Timer: graces that are over.
    pub(crate) fn drain_due<S: Sink>(&mut self, now: Nanos, out: &mut Out<'_, S>) {
        while let Some(due) = self.sessions.take_due(now) {
            self.cancel_on_disconnect(due.session, due.cancels, out);
        }
    }

    /// A producer began or is gone: whatever was bound to it is lost.
    pub(crate) fn lose_source<S: Sink>(
        &mut self,
        now: Nanos,
        body: &SourceUp,
        code: pinion_types::codes::RawTerminationCode,
        out: &mut Out<'_, S>,
    ) {
        let mut after = SessionId(0);
        while let Some(ended) = self.sessions.lose_next(now, body.about, code, after) {
            self.end_session(&ended, out);
            after = ended.session;
        }
    }

    fn end_if<S: Sink>(&mut self, ended: Option<Ended>, out: &mut Out<'_, S>) {
        if let Some(ended) = ended {
            self.end_session(&ended, out);
        }
    }

    /// A session lost its connection: its orders, then the word to the gateway.
    #[inline(never)]
    fn end_session<S: Sink>(&mut self, ended: &Ended, out: &mut Out<'_, S>) {
        if let Some(scope) = ended.cancels {
            self.cancel_on_disconnect(ended.session, scope, out);
        }
        self.sessions.farewell(ended, out);
    }

    /// Emits an application message to a session, with its number.
    #[inline]
    pub(crate) fn tell<B: KindOf, S: Sink>(
        &mut self,
        session: SessionId,
        body: B,
        out: &mut Out<'_, S>,
    ) {
        let number = self.sessions.next_msg_seq_num(session);
        self.event.put(session, number.0, body);
        out.emit(&self.event);
    }

    pub(crate) fn session_is_blocked(&self, session: SessionId) -> bool {
        self.session_blocks.get(session.0 as usize).is_some_and(|&is_blocked| is_blocked)
    }

    /// Notes a refusal that is counted by itself.
    pub(crate) fn count_refusal(&mut self, code: RejectCode) {
        if code == RejectCode::ArithmeticOverflow {
            self.overflow_count = self.overflow_count.saturating_add(1);
        }
    }

    /// Refusals because a number would not fit, since the venue began.
    #[must_use]
    pub const fn overflow_count(&self) -> u64 {
        self.overflow_count
    }

    /// When the engine needs a Timer next: a session's grace is over, a dated order ends, or a
    /// state changes.
    #[must_use]
    pub fn next_due(&self) -> Option<Nanos> {
        let others = [self.expiries.next_due(), self.timetable.next_due()];
        self.sessions.next_due().into_iter().chain(others.into_iter().flatten()).min()
    }

    /// Events emitted since the venue began: the last one's number in the log.
    #[must_use]
    pub const fn events(&self) -> Seq {
        self.events
    }

    /// Hash of everything that decides anything; O(1).
    #[must_use]
    pub fn state_hash(&self) -> u64 {
        self.hash.wrapping_add(self.sessions.hash())
    }

    /// [`Engine::state_hash`] from scratch; O(everything).
    #[must_use]
    pub fn full_state_hash(&self) -> u64 {
        self.full_own_hash().wrapping_add(self.sessions.full_hash())
    }

    fn full_own_hash(&self) -> u64 {
        let add = u64::wrapping_add;
        let orders = self
            .orders
            .iter()
            .map(|(slot, order)| order.fresh_hash().wrapping_add(self.rare_hash(slot)));
        let positions = self
            .positions
            .iter()
            .map(|(_, it)| it.hash().wrapping_add(it.limits_hash()).wrapping_add(it.permit_hash()));
        let instruments =
            self.instruments.iter().map(|it| it.hash().wrapping_add(it.prices_hash()));
        let sharings = (1..).zip(&self.sharings);
        let ledgers = (1..).zip(&self.ledgers);
        [
            orders.fold(0, add),
            self.orders.closed_hash(),
            self.expiries.hash(),
            self.timetable.hash(),
            positions.fold(0, add),
            instruments.fold(0, add),
            sharings.map(|(id, it)| it.hash(id).wrapping_add(it.tops_hash(id))).fold(0, add),
            self.firms.iter().map(Firm::hash).fold(0, add),
            self.accounts.iter().map(Account::hash).fold(0, add),
            ledgers.map(|(id, it)| it.hash(id).wrapping_add(it.risk_hash(id))).fold(0, add),
            self.levels.full_hash(),
            self.cash.iter().map(|it| it.hash()).fold(0, add),
            self.corrected.full_hash(),
            self.cash.all_currencies().iter().map(|it| it.hash()).fold(0, add),
            self.own_hash(),
        ]
        .into_iter()
        .fold(0, add)
    }

    /// What the venue itself adds: global and session blocks, the day, want of room.
    pub(crate) fn own_hash(&self) -> u64 {
        let venue = weight(Kind::Venue, 3 << 40);
        let flags = u64::from(self.day) << 1 | u64::from(self.is_blocked);
        let short = weight(Kind::Venue, 5 << 40).wrapping_mul(u64::from(self.is_short));
        // Which orders are of other days decides which ids are taken.
        let began = weight(Kind::Venue, 6 << 40).wrapping_mul(self.day_seq);
        // Where the day began among the events decides which trades may be corrected.
        let told = weight(Kind::Venue, 7 << 40).wrapping_mul(self.day_events);
        let began = began.wrapping_add(told);
        let venue = venue.wrapping_mul(flags).wrapping_add(short).wrapping_add(began);
        let blocked = (0_u64..).zip(&self.session_blocks).filter(|(_, is_blocked)| **is_blocked);
        blocked.fold(venue, |hash, (session, _)| {
            hash.wrapping_add(weight(Kind::Venue, session | 4 << 40))
        })
    }
}

/// A table of `len` equal places.
fn table<T: Clone>(len: u32, value: T) -> Result<Box<[T]>, RejectCode> {
    let mut places = Vec::new();
    places.try_reserve_exact(len as usize).map_err(|_| RejectCode::BadValue)?;
    places.resize(len as usize, value);
    Ok(places.into_boxed_slice())
}
