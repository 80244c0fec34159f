//! Matching: price, then shown before hidden, then turn, order by order; self-trade prevention as
//! makers are reached.

use pinion_types::codes::{CancelReason, Liquidity, OrdStatus, OrdType, StpMode, TimeInForce};
use pinion_types::event::{Canceled, Replaced, Trade};
use pinion_types::{AccountId, Amount, ClOrdId, InstrumentId, Nanos, OrderId, Px, Qty, TradeId};

use super::Model;
use super::states::is_collecting;
use super::tables::{Order, StpKey};

/// Who asked for a cancel: the request's id, and when the gateway read it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Asked {
    pub session: u32,
    pub cl_ord_id: u64,
    pub received_time: Nanos,
}

impl Model {
    /// Lets a new or replaced order trade, rests or cancels what is left, and elects stops.
    pub(super) fn incoming(&mut self, taker: Order) {
        self.enter(taker);
        self.elections();
    }

    /// Lets an order trade, and rests or cancels what is left; then ends what has to end with who
    /// traded or ended.
    pub(super) fn enter(&mut self, taker: Order) {
        self.is_matching = true;
        self.run(taker);
        self.is_matching = false;
        self.end_mates();
    }

    fn run(&mut self, mut taker: Order) {
        let instrument = &self.instruments[&taker.instrument];
        if is_collecting(instrument.state) {
            return self.rest(taker);
        }
        let range = instrument.range(self.now);
        let kills = taker.tif == TimeInForce::FillOrKill;
        let least = if kills { taker.leaves() } else { taker.min_qty };
        if self.fillable(&taker, range) < least {
            return self.gone(taker, CancelReason::FokUnfilled, None);
        }
        let mut ended = None;
        while taker.leaves() > 0 && ended.is_none() {
            let Some(index) = self.best_maker(&taker) else { break };
            let instrument = &self.instruments[&taker.instrument];
            if !instrument.is_within(range, self.orders[index].px) {
                self.break_range(taker.instrument);
                return self.gone(taker, CancelReason::ExecutionRange, None);
            }
            ended = if !self.is_by_time(taker.instrument) {
                self.meet_level(&mut taker, self.orders[index].px)
            } else if taker.stp_mode != StpMode::None && taker.stp_key == self.orders[index].stp_key
            {
                self.prevent(&mut taker, index).then_some(CancelReason::SelfTrade)
            } else {
                self.meet(&mut taker, index, u64::MAX)
            };
        }
        if let Some(reason) = ended {
            return self.gone(taker, reason, None);
        }
        if taker.leaves() == 0 {
            return self.forget(&taker);
        }
        let rests = self.instruments[&taker.instrument].def.flags
            & pinion_types::command::instrument_flags::MARKET_RESTS
            != 0;
        match (taker.ord_type, taker.tif) {
            (_, TimeInForce::ImmediateOrCancel) => {
                self.gone(taker, CancelReason::IocRemainder, None);
            }
            (OrdType::Market | OrdType::Stop, _) if !rests => {
                self.gone(taker, CancelReason::MarketRemainder, None);
            }
            _ => self.rest(taker),
        }
    }

    /// Ends the dated orders whose time has come: the earliest first, of equal ones the oldest.
    pub(super) fn expiries(&mut self, until: u64) {
        let due = |order: &&Order| order.expire_time > 0 && order.expire_time <= until;
        while let Some(first) =
            self.orders.iter().filter(due).min_by_key(|order| (order.expire_time, order.id))
        {
            let id = first.id;
            self.cancel_where(CancelReason::Expired, |order| order.id == id);
        }
    }

    /// Puts an order at the back of its price.
    pub(super) fn rest(&mut self, mut order: Order) {
        self.turns += 1;
        order.turn = self.turns;
        self.note_top(&order, order.turn);
        order.shown = order.display.min(order.leaves());
        self.orders.push(order);
        self.orders.sort_by_key(|order| order.id);
    }

    /// Index of the first order that the taker's price reaches.
    fn best_maker(&self, taker: &Order) -> Option<usize> {
        self.reached(taker).first().copied()
    }

    /// Indices of every order the taker's price reaches, best price first, then in their places.
    fn reached(&self, taker: &Order) -> Vec<usize> {
        let buys = taker.side.is_buy();
        let mut reached: Vec<usize> = (0..self.orders.len())
            .filter(|&index| {
                let maker = &self.orders[index];
                let crosses = if buys { maker.px <= taker.px } else { maker.px >= taker.px };
                let opposite = maker.instrument == taker.instrument && maker.side.is_buy() != buys;
                opposite && !maker.is_suspended && crosses
            })
            .collect();
        reached.sort_by_key(|&index| {
            let maker = &self.orders[index];
            (if buys { i128::from(maker.px) } else { -i128::from(maker.px) }, maker.place())
        });
        reached
    }

    /// One side of a book in the order in which it would trade.
    pub(super) fn queue(&self, instrument: u32, buys: bool) -> Vec<&Order> {
        let side = |it: &&Order| {
            it.instrument == instrument && it.side.is_buy() == buys && !it.is_suspended
        };
        let mut queue: Vec<&Order> = self.orders.iter().filter(side).collect();
        queue.sort_by_key(|order| {
            let px = i128::from(order.px);
            (if buys { -px } else { px }, order.place())
        });
        queue
    }

    /// Best price of a side.
    pub(super) fn best_px(&self, instrument: u32, buys: bool) -> Option<i64> {
        self.queue(instrument, buys).first().map(|order| order.px)
    }

    /// How much an order would get at once.
    fn fillable(&self, taker: &Order, range: Option<i128>) -> u64 {
        let mut sum = 0;
        let instrument = &self.instruments[&taker.instrument];
        let reached = self.reached(taker);
        for &index in &reached {
            let maker = &self.orders[index];
            match taker.stp_mode {
                _ if !instrument.is_within(range, maker.px) => break,
                _ if self.ends_at(taker, &reached, maker.px) => break,
                StpMode::None => sum += self.sure(maker),
                _ if taker.stp_key != maker.stp_key => sum += self.sure(maker),
                StpMode::CancelOldest => {}
                StpMode::CancelNewest | StpMode::CancelBoth | StpMode::Decrement => break,
            }
        }
        sum
    }

    /// True where all of a price takes part, and one of the taker's own among them ends it before
    /// anybody trades there.
    fn ends_at(&self, taker: &Order, reached: &[usize], px: i64) -> bool {
        let ends = [StpMode::CancelNewest, StpMode::CancelBoth, StpMode::Decrement];
        let mut there = reached.iter().map(|&index| &self.orders[index]);
        let has_own = there.any(|it| it.px == px && it.stp_key == taker.stp_key);
        has_own && ends.contains(&taker.stp_mode) && !self.is_by_time(taker.instrument)
    }

    /// The order's group of its firm, else its account's, else the account itself.
    ///
    /// What the account's was when the order was entered: a new definition is for new orders.
    pub(super) fn stp_key(&self, account: u32, group: u32) -> StpKey {
        let def = &self.accounts[&account].def;
        match (group, def.stp_group) {
            (0, 0) => StpKey::Account(account),
            (0, group) | (group, _) => StpKey::Group(def.firm.0, group),
        }
    }

    /// Keeps a taker from its own maker; true where the taker's rest is to be canceled.
    pub(super) fn prevent(&mut self, taker: &mut Order, index: usize) -> bool {
        match taker.stp_mode {
            StpMode::None => panic!("nothing is prevented"),
            StpMode::CancelNewest => true,
            StpMode::CancelOldest | StpMode::CancelBoth => {
                let maker = self.orders.remove(index);
                self.gone(maker, CancelReason::SelfTrade, None);
                taker.stp_mode == StpMode::CancelBoth
            }
            StpMode::Decrement => {
                let smaller = taker.leaves().min(self.orders[index].leaves());
                self.orders[index].prevented += smaller;
                taker.prevented += smaller;
                if self.orders[index].leaves() == 0 {
                    let maker = self.orders.remove(index);
                    self.gone(maker, CancelReason::SelfTrade, None);
                } else {
                    let maker = &mut self.orders[index];
                    maker.shown = maker.shown.min(maker.leaves());
                    let maker = maker.clone();
                    self.restated(&maker);
                }
                if taker.leaves() > 0 {
                    self.restated(taker);
                }
                taker.leaves() == 0
            }
        }
    }

    /// Says that self-trade prevention made an order smaller.
    fn restated(&mut self, order: &Order) {
        self.tell(order.session, &Replaced { restated: 1, ..replaced(order) });
    }

    pub(super) fn trade(&mut self, taker: &mut Order, index: usize, qty: u64) {
        let px = self.orders[index].px;
        self.take(index, qty);
        taker.cum += qty;
        let maker = self.orders[index].clone();
        if maker.leaves() == 0 {
            self.orders.remove(index);
            self.forget(&maker);
        }
        self.note_trade(maker.instrument, px);
        let trade_id = self.events + 1;
        self.traded(&maker, trade_id, (px, qty), Liquidity::Added);
        self.traded(taker, trade_id, (px, qty), Liquidity::Removed);
    }

    /// Books and reports one side of a trade. An auction has makers alone.
    pub(super) fn traded(
        &mut self,
        order: &Order,
        trade_id: u64,
        (px, qty): (i64, u64),
        liquidity: Liquidity,
    ) {
        let buys = order.side.is_buy();
        let maker = liquidity != Liquidity::Removed;
        let (fee, position) =
            self.book_trade(order.account, order.instrument, buys, (px, qty), maker);
        let trade = Trade {
            cl_ord_id: ClOrdId(order.cl_ord_id),
            order_id: OrderId(order.id),
            trade_id: TradeId(trade_id),
            user_data: order.user_data,
            last_px: Px(px),
            last_qty: Qty(qty),
            cum_qty: Qty(order.cum),
            leaves_qty: Qty(order.leaves()),
            fee: Amount::from(fee),
            position,
            instrument: InstrumentId(order.instrument),
            account: AccountId(order.account),
            side: order.side.into(),
            ord_status: status(order).into(),
            liquidity: liquidity.into(),
            ..Trade::default()
        };
        self.tell(order.session, &trade);
        self.note_link(order, order.leaves() == 0);
    }

    /// Reports an order, already out of the book, as canceled.
    pub(super) fn gone(&mut self, order: Order, reason: CancelReason, asked: Option<Asked>) {
        self.forget(&order);
        let expired = reason == CancelReason::Expired;
        let status = if expired { OrdStatus::Expired } else { OrdStatus::Canceled };
        let canceled = Canceled {
            cl_ord_id: ClOrdId(order.cl_ord_id),
            orig_cl_ord_id: ClOrdId(order.cl_ord_id),
            order_id: OrderId(order.id),
            user_data: order.user_data,
            cum_qty: Qty(order.cum),
            canceled_qty: Qty(order.leaves()),
            prevented_qty: Qty(order.prevented),
            instrument: InstrumentId(order.instrument),
            account: AccountId(order.account),
            side: order.side.into(),
            reason: reason.into(),
            ord_status: status.into(),
            ..Canceled::default()
        };
        // Who asked is answered; whose order it was hears of it as of any cancel.
        if asked.is_none_or(|asked| asked.session != order.session) {
            self.tell(order.session, &canceled);
        }
        if let Some(asked) = asked {
            let (cl_ord_id, received_time) = (ClOrdId(asked.cl_ord_id), asked.received_time);
            self.tell(asked.session, &Canceled { cl_ord_id, received_time, ..canceled });
        }
        self.note_link(&order, true);
    }

    /// Remembers an order that is done, for "too late".
    pub(super) fn forget(&mut self, order: &Order) {
        self.closed.push((order.session, order.cl_ord_id, order.id, order.account));
    }

    /// Cancels every working order that `wanted` picks, oldest first, each with what ends with it;
    /// gives how many were picked.
    pub(super) fn cancel_where(
        &mut self,
        reason: CancelReason,
        wanted: impl Fn(&Order) -> bool,
    ) -> u64 {
        self.cancel_asked(reason, None, wanted)
    }

    /// The same on someone's request; what another session entered is reported to that one alone.
    pub(super) fn cancel_asked(
        &mut self,
        reason: CancelReason,
        asked: Option<Asked>,
        wanted: impl Fn(&Order) -> bool,
    ) -> u64 {
        let picked = self.orders.iter().filter(|order| wanted(order));
        let picked: Vec<u64> = picked.map(|order| order.id).collect();
        for id in &picked {
            // One that ended with another has been told.
            if let Some(index) = self.orders.iter().position(|order| order.id == *id) {
                let order = self.orders.remove(index);
                let own = asked.filter(|asked| asked.session == order.session);
                self.gone(order, reason, own);
            }
        }
        picked.len() as u64
    }
}

/// State of an order that works or is filled.
pub(super) fn status(order: &Order) -> OrdStatus {
    match (order.leaves(), order.cum) {
        _ if order.is_suspended => OrdStatus::Suspended,
        (0, _) => OrdStatus::Filled,
        (_, 0) => OrdStatus::New,
        _ => OrdStatus::PartiallyFilled,
    }
}

/// An order as Replaced tells it.
pub(super) fn replaced(order: &Order) -> Replaced {
    Replaced {
        cl_ord_id: ClOrdId(order.cl_ord_id),
        orig_cl_ord_id: ClOrdId(order.cl_ord_id),
        order_id: OrderId(order.id),
        user_data: order.user_data,
        px: Px(order.px),
        qty: Qty(order.qty),
        leaves_qty: Qty(order.leaves()),
        cum_qty: Qty(order.cum),
        display_qty: Qty(order.display),
        stop_px: Px(order.stop_px),
        prevented_qty: Qty(order.prevented),
        instrument: InstrumentId(order.instrument),
        account: AccountId(order.account),
        side: order.side.into(),
        ord_status: status(order).into(),
        time_in_force: order.tif.into(),
        ..Replaced::default()
    }
}
