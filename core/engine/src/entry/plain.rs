//! The short way of most orders: plain limit orders that pass everything.
//!
//! The same checks as in `admit`, without a word on which of them failed: whoever fails any, or is
//! not plain, has changed nothing by that and goes the long way, which knows the order of checks.

use core::hint::select_unpredictable;

use pinion_types::command::{CommandHeader, NewOrder, order_flags};
use pinion_types::{
    Command, Nanos, OrdType, OrderId, Seq, SessionId, Side, StpMode, TimeInForce, TradingState,
};

use super::admit::whole;
use super::report::accepted;
use super::risk::Parties;
use crate::book::NONE;
use crate::emit::{Out, Sink};
use crate::engine::{Context, Engine};
use crate::orders::{Order, Traits};
use crate::session::{Emit, Lane};
use crate::tables::{extras, side_index, watch};

/// What a plain order says in its bytes.
#[derive(Clone, Copy)]
struct Shape {
    side: Side,
    time_in_force: TimeInForce,
    stp_mode: Option<StpMode>,
}

/// The bytes of a plain order that may differ from one to the next: its side, its time in force,
/// its self-trade prevention, and whether it was sent before.
const VARIES: u64 = u64::from_le_bytes([0x03, 0, 0x03, 0, 0x07, 0, order_flags::POSS_RESEND, 0]);
/// All others of them.
const FIXED: u64 = u64::from_le_bytes([b'0', OrdType::Limit.code(), b'0', 0, 0, 0, 0, 0]);

/// What an instrument of a plain order has not: more to ask, or orders that follow its book.
const NOT_PLAIN: u8 = watch::CHECKED | extras::FOLLOWED;

/// Reads a buy or sell that is a DAY, GTC or IOC limit order without instructions.
#[inline(always)]
fn shape(body: &NewOrder) -> Option<Shape> {
    let bytes = [
        body.side.0,
        body.ord_type.0,
        body.time_in_force.0,
        body.exec_inst.0,
        body.stp_mode.0,
        body.cod.0,
        body.flags,
        body.spare,
    ];
    if u64::from_le_bytes(bytes) & !VARIES != FIXED || body.protection_ticks != 0 {
        return None;
    }
    let (side, time_in_force) = (body.side.0 & 3, body.time_in_force.0 & 3);
    if side == 0 || side == 3 || time_in_force == 2 {
        return None;
    }
    // Which of them is as good as drawn: a jump would be guessed wrong half of the time.
    let side = select_unpredictable(side == 1, Side::Buy, Side::Sell);
    let rests =
        select_unpredictable(time_in_force == 0, TimeInForce::Day, TimeInForce::GoodTillCancel);
    let time_in_force =
        select_unpredictable(time_in_force == 3, TimeInForce::ImmediateOrCancel, rests);
    let stp_mode = body.stp_mode.get();
    if stp_mode.is_none() && body.stp_mode.0 != 0 {
        return None;
    }
    Some(Shape { side, time_in_force, stp_mode })
}

impl Engine {
    /// Takes a new order the short way; false, and nothing has changed, where it must go the long
    /// one.
    #[inline(never)]
    pub(crate) fn plain_order<S: Sink>(
        &mut self,
        now: Nanos,
        command: &Command,
        sink: &mut S,
    ) -> bool {
        let Some(body) = command.body::<NewOrder>() else { return false };
        let header = command.header();
        let Some(seen) = self.look(now, header.session, body) else { return false };
        let Some(step) = self.sessions.look(now, header, Lane::Orders, body.cl_ord_id) else {
            return false;
        };
        let number = self.sessions.step(&step, header, Lane::Orders, body.cl_ord_id);
        // Written well before it leaves: what was just written in parts is slow to be read whole.
        let told = accepted(OrderId(self.seq.0), body.px, seen.stp_mode, body);
        self.event.put(header.session, number, told);
        let is_buy = seen.shape.side.is_buy();
        let opposite = &self.instruments[seen.instrument as usize].sides[side_index(!is_buy)];
        let meets = opposite.within(opposite.rank(seen.tick)).is_some();
        if meets || seen.shape.time_in_force == TimeInForce::ImmediateOrCancel {
            let order = seen.order(self.seq, header.session, body);
            self.run_plain(now, header, order, sink);
        } else {
            let (seq, priority) = (self.seq, self.events.0 + 1);
            let make = || Order { priority, ..seen.order(seq, header.session, body) };
            let slot = self.orders.insert(make);
            self.stand(slot);
            let mut out = Out::new(sink, self.events);
            out.emit(&self.event);
            self.events = out.events();
        }
        true
    }

    /// Says that an order is accepted, and matches it.
    #[inline(never)]
    fn run_plain<S: Sink>(
        &mut self,
        now: Nanos,
        header: &CommandHeader,
        mut order: Order,
        sink: &mut S,
    ) {
        let cx = Context::new(self.seq, now, header);
        let mut out = Out::new(sink, self.events);
        out.emit(&self.event);
        self.run(&cx, &mut order, Nanos(0), &mut out);
        self.finish(&cx, out);
    }

    /// Every check of a plain order but those of its session, and what it becomes.
    #[inline(always)]
    fn look(&self, now: Nanos, session: SessionId, body: &NewOrder) -> Option<Seen> {
        let shape = shape(body)?;
        self.check_moments(now, body.sending_time, body.valid_until).ok()?;
        let account = self.check_account(session, body.account).ok()?;
        let instrument = self.check_open(session, account, body.instrument, || false).ok()?;
        let holder = &self.accounts[account as usize];
        let traded = &self.instruments[instrument as usize];
        // What most have not: each bit is a rule that only the long way knows.
        let bits = holder.watch | self.watch | traded.extras & NOT_PLAIN;
        if bits != 0 || traded.state != Some(TradingState::Continuous) {
            return None;
        }
        let is_old =
            self.past_orders > 0 && self.orders.by_cl_ord_id(session.0, body.cl_ord_id.0).is_some();
        let position = self.position_slot(holder, account, instrument);
        if is_old || position == NONE || (body.stp_group != 0 && body.stp_group != holder.group) {
            return None;
        }
        let tick = traded.check_px(body.px).ok()?;
        let priced = traded.check_value(tick, traded.check_qty(body.qty).ok()?).ok()?;
        let parties = Parties {
            firm: &self.firms[holder.firm as usize],
            account: holder,
            instrument: traded,
            position: Some(self.positions.at(position)),
        };
        let increase = whole(account, instrument, position, shape.side, session, &priced);
        parties.check_limits(&increase).ok()?;
        self.check_capacity(&increase, shape.time_in_force, tick).ok()?;
        parties.check_headroom(priced.qty, self.fees_in(traded)).ok()?;
        let stp_mode = shape.stp_mode.unwrap_or(holder.stp_mode);
        let group = holder.group;
        Some(Seen { shape, stp_mode, group, account, instrument, position, tick })
    }
}

/// A plain order that passed every check.
#[derive(Clone, Copy)]
struct Seen {
    shape: Shape,
    stp_mode: StpMode,
    group: u32,
    account: u32,
    instrument: u32,
    position: u32,
    tick: i64,
}

impl Seen {
    /// The order that it is.
    #[inline(always)]
    fn order(&self, seq: Seq, session: SessionId, body: &NewOrder) -> Order {
        Order {
            leaves: body.qty.0,
            qty: body.qty.0,
            tick: self.tick,
            position: self.position,
            instrument: self.instrument,
            account: self.account,
            group: self.group,
            session: session.0,
            traits: Traits {
                side: self.shape.side,
                ord_type: OrdType::Limit,
                time_in_force: self.shape.time_in_force,
                stp_mode: self.stp_mode,
                cod: body.cod,
                flags: body.flags,
                exec_inst: body.exec_inst,
                rare: 0,
            },
            cl_ord_id: body.cl_ord_id.0,
            order_id: seq.0,
            user_data: body.user_data,
            ..Order::FREE
        }
    }
}
