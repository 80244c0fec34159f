//! Looking at a venue without changing it: for tools, tests and snapshots, never for the hot path.

use pinion_types::command::{AccountDef, AccountRisk, Genesis, InstrumentDef, InstrumentRules};
use pinion_types::text::Chars;
use pinion_types::{
    AccountId, ClOrdId, FirmId, InstrumentId, Nanos, OrdStatus, OrdType, OrderId, Px, Qty, Scope,
    Seq, SessionId, Side, TimeInForce, TradingState,
};

use crate::book::NONE;
use crate::engine::Engine;
use crate::session::{Session, Sessions};
use crate::tables::{Position, side_index};

/// The best prices of a book; price and quantity 0 where a side is empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TopOfBook {
    /// Best bid.
    pub bid_px: Px,
    /// What all orders at the best bid show.
    pub bid_qty: Qty,
    /// Best offer.
    pub ask_px: Px,
    /// What all orders at the best offer show.
    pub ask_qty: Qty,
}

/// A working order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OrderView {
    /// Who entered it.
    pub session: SessionId,
    /// Its id at the client.
    pub cl_ord_id: ClOrdId,
    /// Its id at the venue.
    pub order_id: OrderId,
    /// Its account.
    pub account: AccountId,
    /// Its instrument.
    pub instrument: InstrumentId,
    /// Its side.
    pub side: Side,
    /// Its type.
    pub ord_type: OrdType,
    /// Its time in force.
    pub time_in_force: TimeInForce,
    /// Its state.
    pub ord_status: OrdStatus,
    /// Its price.
    pub px: Px,
    /// Its quantity.
    pub qty: Qty,
    /// What is left of it: quantity less filled less prevented.
    pub leaves: Qty,
    /// What is filled.
    pub cum: Qty,
    /// What self-trade prevention took away.
    pub prevented: Qty,
    /// The last event before it went to the back of its level.
    pub priority: Seq,
    /// Quantity that shows at a time; 0 for all.
    pub display: Qty,
    /// What shows now.
    pub shown: Qty,
    /// The trigger that it waits for; 0 where it waits for none.
    pub stop_px: Px,
    /// Echoed in reports.
    pub user_data: u64,
    /// Its flags, as they were sent: [`order_flags`](pinion_types::command::order_flags).
    pub flags: u8,
    /// The group it is linked in; 0 where it is in none.
    pub link_id: u64,
    /// How the orders of its group depend on each other now (FIX 1385); 0 where it is in none.
    pub link_kind: u8,
    /// Its part in its group; 0 where it is in none.
    pub link_leg: u8,
}

/// What an account has and wants in one instrument.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PositionView {
    /// The account.
    pub account: AccountId,
    /// The instrument.
    pub instrument: InstrumentId,
    /// Signed quantity.
    pub quantity: i64,
    /// What its buys have left.
    pub buys: Qty,
    /// What its sells have left.
    pub sells: Qty,
    /// Working orders.
    pub open_orders: u32,
    /// Their value, in 1e-8.
    pub open_notional: i128,
    /// What the open quantity cost, signed like it, in 1e-8.
    pub open_cost: i128,
    /// Realized profit, in 1e-8, fees not counted.
    pub realized: i128,
    /// Fees paid, in 1e-8.
    pub fees: i128,
}

/// An account as it is defined, and its sums.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AccountView {
    /// Its definition.
    pub definition: AccountDef,
    /// True where it is blocked.
    pub is_blocked: bool,
    /// Working orders.
    pub open_orders: u32,
    /// Their value, in 1e-8.
    pub open_notional: i128,
    /// Value of its positions, in 1e-8.
    pub gross: i128,
    /// Its loss limits and rates, as they were set; all zero until then.
    pub risk: AccountRisk,
    /// Its cash in all currencies, as numbers, and its positions at their marks, in 1e-8.
    pub equity: i128,
    /// What equity was when the day began, in 1e-8, and what was paid in since; 0 where no loss has
    /// a limit.
    pub start: i128,
    /// The most it was since then, in 1e-8.
    pub peak: i128,
    /// Initial margin of its positions, in 1e-8.
    pub margin: i128,
    /// True where a loss reached its limit: it may only reduce.
    pub is_close_only: bool,
    /// Cancels over their rate.
    pub cancels_over: u64,
}

/// An instrument as it is defined, and its prices.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct InstrumentView {
    /// Its definition.
    pub definition: InstrumentDef,
    /// Its trading state.
    pub state: TradingState,
    /// True where it is blocked.
    pub is_blocked: bool,
    /// Price of the last trade.
    pub last: Option<Px>,
    /// Settlement.
    pub settlement: Option<Px>,
    /// Mark.
    pub mark: Option<Px>,
    /// What the collar refers to.
    pub reference: Option<Px>,
    /// Its guards and margins, as they were set; all zero until then.
    pub rules: InstrumentRules,
}

/// A change of state that waits for its moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ScheduleView {
    /// When it is due, with what chance added.
    pub due: Nanos,
    /// The instrument.
    pub instrument: InstrumentId,
    /// To which state.
    pub state: TradingState,
}

impl Engine {
    /// The venue's first command.
    #[must_use]
    pub const fn genesis(&self) -> &Genesis {
        &self.genesis
    }

    /// The day of the last DayRoll, in days since the epoch; 0 before the first.
    #[must_use]
    pub const fn day(&self) -> u32 {
        self.day
    }

    /// Every session.
    #[must_use]
    pub const fn sessions(&self) -> &Sessions {
        &self.sessions
    }

    /// One session.
    #[must_use]
    pub fn session(&self, session: SessionId) -> Option<&Session> {
        self.sessions.get(session)
    }

    /// Whether a scope is blocked (rule R20); `id` is 0 for global.
    #[must_use]
    pub fn is_blocked(&self, scope: Scope, id: u32) -> bool {
        let index = id.wrapping_sub(1) as usize;
        match scope {
            Scope::Global => self.is_blocked,
            Scope::Firm => self.firms.get(index).is_some_and(|it| it.is_blocked),
            Scope::Account => self.accounts.get(index).is_some_and(|it| it.is_blocked),
            Scope::Session => self.session_is_blocked(SessionId(id)),
            Scope::Instrument => self.instruments.get(index).is_some_and(|it| it.is_blocked),
        }
    }

    /// Whether the logs are short of room, so that only what cancels goes on.
    #[must_use]
    pub const fn is_short(&self) -> bool {
        self.is_short
    }

    /// One instrument.
    #[must_use]
    pub fn instrument(&self, instrument: InstrumentId) -> Option<InstrumentView> {
        let place = self.instruments.get(instrument.0.wrapping_sub(1) as usize)?;
        let px = |tick: Option<i64>| tick.map(|tick| place.px(tick));
        Some(InstrumentView {
            definition: place.definition,
            state: place.state?,
            is_blocked: place.is_blocked,
            last: px(place.last),
            settlement: px(place.settlement),
            mark: px(place.mark),
            reference: px(place.reference()),
            rules: place.guards.rules,
        })
    }

    /// Bands of an instrument's ticks, the lowest first: from which price on, and the tick.
    pub fn tick_bands(&self, instrument: InstrumentId) -> impl Iterator<Item = (Px, Px)> + '_ {
        let place = self.instruments.get(instrument.0.wrapping_sub(1) as usize);
        place.into_iter().flat_map(|place| {
            // A price that a command gave, and a multiple of the tick, fit.
            let px = |ticks: u64| place.px(i64::try_from(ticks).unwrap_or(i64::MAX));
            place.guards.bands().iter().map(move |band| (px(band.from), px(band.step)))
        })
    }

    /// Ids of every instrument that is defined, rising.
    pub fn instruments(&self) -> impl Iterator<Item = InstrumentId> + '_ {
        self.instruments.iter().filter(|it| it.is_defined()).map(|it| it.id())
    }

    /// Scheduled changes of state, in no order that means anything.
    pub fn schedule(&self) -> impl Iterator<Item = ScheduleView> + '_ {
        self.timetable.iter().map(|(due, planned)| ScheduleView {
            due,
            instrument: InstrumentId(planned.instrument + 1),
            state: planned.state,
        })
    }

    /// When the auction ends that a fill outside the execution range began.
    #[must_use]
    pub fn volatility_end(&self, instrument: InstrumentId) -> Option<Nanos> {
        let index = instrument.0.checked_sub(1)?;
        ((index as usize) < self.instruments.len()).then(|| self.timetable.end_of(index))?
    }

    /// One account.
    #[must_use]
    pub fn account(&self, account: AccountId) -> Option<AccountView> {
        let index = account.0.wrapping_sub(1);
        let place = self.accounts.get(index as usize)?;
        let ledger = self.ledgers.get(index as usize)?;
        place.is_defined.then(|| AccountView {
            definition: place.definition,
            is_blocked: place.is_blocked,
            open_orders: place.load.open_orders,
            open_notional: place.load.open_notional,
            gross: place.gross,
            risk: ledger.risk,
            equity: self.equity(index),
            start: ledger.start,
            peak: ledger.peak,
            margin: ledger.margin,
            is_close_only: ledger.close_only != 0,
            cancels_over: ledger.cancels_over,
        })
    }

    /// Ids of every account that is defined, rising.
    pub fn accounts(&self) -> impl Iterator<Item = AccountId> + '_ {
        self.accounts.iter().filter(|it| it.is_defined).map(|it| it.definition.account)
    }

    /// Ids of every firm that is defined, rising.
    pub fn firms(&self) -> impl Iterator<Item = FirmId> + '_ {
        self.firms.iter().filter(|it| it.is_defined).map(|it| it.definition.firm)
    }

    /// Best prices; `None` where the instrument is not defined.
    #[must_use]
    pub fn top_of_book(&self, instrument: InstrumentId) -> Option<TopOfBook> {
        let mut top = TopOfBook::default();
        if !self.is_instrument(instrument) {
            return None;
        }
        if let Some((px, qty)) = self.depth(instrument, Side::Buy).next() {
            (top.bid_px, top.bid_qty) = (px, qty);
        }
        if let Some((px, qty)) = self.depth(instrument, Side::Sell).next() {
            (top.ask_px, top.ask_qty) = (px, qty);
        }
        Some(top)
    }

    /// Prices of one side and what their orders show, best first; none where nobody shows.
    pub fn depth(
        &self,
        instrument: InstrumentId,
        side: Side,
    ) -> impl Iterator<Item = (Px, Qty)> + '_ {
        let place = self.instruments.get(instrument.0.wrapping_sub(1) as usize);
        place.into_iter().flat_map(move |place| {
            let levels = place.sides[side_index(side.is_buy())].levels(&self.pages);
            levels.filter_map(|(tick, level)| {
                let index = self.orders.at(level.head).level;
                let hidden = self.tranches.hidden(index) + self.hidden_qty(index);
                let shown = level.quantity - hidden;
                (shown > 0).then_some((place.px(tick), Qty(shown)))
            })
        })
    }

    /// Orders of one side in the order in which they would trade.
    pub fn book(
        &self,
        instrument: InstrumentId,
        side: Side,
    ) -> impl Iterator<Item = OrderView> + '_ {
        let place = self.instruments.get(instrument.0.wrapping_sub(1) as usize);
        place.into_iter().flat_map(move |place| {
            let levels = place.sides[side_index(side.is_buy())].levels(&self.pages);
            levels.flat_map(|(_, level)| {
                let first = Some(level.head).filter(|&slot| slot != NONE);
                core::iter::successors(first, |&slot| {
                    Some(self.orders.at(slot).next).filter(|&next| next != NONE)
                })
                .map(|slot| self.view(slot))
            })
        })
    }

    /// Stops that wait for their trigger, buys first, the lowest trigger first, then the oldest.
    pub fn stops(&self, instrument: InstrumentId) -> impl Iterator<Item = OrderView> + '_ {
        let index = instrument.0.wrapping_sub(1);
        let place = self.instruments.get(index as usize);
        place.into_iter().flat_map(move |_| {
            let slots = (0..2).flat_map(move |side| self.stops.iter(index, side));
            slots.map(|slot| self.view(slot))
        })
    }

    /// Every working order, in no order that means anything.
    pub fn orders(&self) -> impl Iterator<Item = OrderView> + '_ {
        self.orders.iter().map(|(slot, _)| self.view(slot))
    }

    /// Working orders.
    #[must_use]
    pub const fn order_count(&self) -> u32 {
        self.orders.count()
    }

    fn view(&self, slot: u32) -> OrderView {
        let (order, rare) = (self.orders.at(slot), self.rare_of(slot));
        let link = rare.special.link();
        OrderView {
            session: SessionId(order.session),
            cl_ord_id: ClOrdId(order.cl_ord_id),
            order_id: OrderId(order.order_id),
            account: AccountId(order.account + 1),
            instrument: InstrumentId(order.instrument + 1),
            side: order.traits.side,
            ord_type: order.traits.ord_type,
            time_in_force: order.traits.time_in_force,
            ord_status: order.whole_status(),
            px: self.px(order.instrument, order.tick),
            qty: Qty(order.qty),
            leaves: Qty(order.leaves),
            cum: Qty(order.cum),
            prevented: Qty(order.prevented()),
            priority: Seq(order.priority),
            display: Qty(rare.display),
            shown: Qty(if order.is_hidden() { 0 } else { order.leaves - self.hidden_of(slot) }),
            stop_px: self.stop_px(order, &rare),
            user_data: order.user_data,
            flags: order.traits.flags,
            link_id: link.map_or(0, |link| link.id),
            link_kind: link.map_or(0, |link| link.kind as u8),
            link_leg: link.map_or(0, |link| link.leg),
        }
    }

    /// Every position, in order of their making.
    pub fn positions(&self) -> impl Iterator<Item = PositionView> + '_ {
        self.positions.iter().map(|(_, position)| view_position(position))
    }

    /// The position of an account in an instrument; `None` where they never met.
    #[must_use]
    pub fn position(&self, account: AccountId, instrument: InstrumentId) -> Option<PositionView> {
        let (account, instrument) = (account.0.checked_sub(1)?, instrument.0.checked_sub(1)?);
        let slot = self.positions.find(account, instrument)?;
        Some(view_position(self.positions.at(slot)))
    }

    /// Cash of every account in every currency it has, in 1e-8.
    pub fn cash(&self) -> impl Iterator<Item = (AccountId, Chars<4>, i128)> + '_ {
        self.cash.iter().map(|cash| {
            let name = self.cash.all_currencies()[cash.currency as usize].name;
            (AccountId(cash.account + 1), name, cash.amount)
        })
    }

    /// What working buys of a cash account hold of its cash in one currency, in 1e-8.
    #[must_use]
    pub fn held_of(&self, account: AccountId, currency: Chars<4>) -> i128 {
        self.cash_slot(account, currency).map_or(0, |slot| self.cash.at(slot).held)
    }

    /// Cash of one account in one currency, in 1e-8.
    #[must_use]
    pub fn cash_of(&self, account: AccountId, currency: Chars<4>) -> i128 {
        self.cash_slot(account, currency).map_or(0, |slot| self.cash.at(slot).amount)
    }

    fn cash_slot(&self, account: AccountId, currency: Chars<4>) -> Option<u32> {
        let place = self.accounts.get(account.0.wrapping_sub(1) as usize)?;
        self.cash.find(place.cash, self.cash.currency(currency)?)
    }

    /// Every currency: its name, the fees the venue has, what was paid in less what was paid out.
    pub fn currencies(&self) -> impl Iterator<Item = (Chars<4>, i128, i128)> + '_ {
        self.cash.all_currencies().iter().map(|it| (it.name, it.fees, it.moved))
    }

    /// Pages of price levels in use.
    #[must_use]
    pub fn pages_used(&self) -> u32 {
        self.pages.count() - self.pages.empty_count()
    }
}

fn view_position(position: &Position) -> PositionView {
    PositionView {
        account: AccountId(position.account + 1),
        instrument: InstrumentId(position.instrument + 1),
        quantity: position.quantity,
        buys: Qty(position.buys),
        sells: Qty(position.sells),
        open_orders: position.load.open_orders,
        open_notional: position.load.open_notional,
        open_cost: position.open_cost,
        realized: position.realized,
        fees: position.fees,
    }
}
