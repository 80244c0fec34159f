//! The numbers behind a refusal: found again, because only who is refused pays for them.
//!
//! A refusal has changed nothing but the session's ClOrdID, so what was checked still stands as it
//! stood. Of several levels the one with the least headroom is named.

use core::array;

use pinion_types::{LimitId, Nanos, Px, Qty, RejectCode, Scope};

use super::refusal::{Refusal, count, money_down, money_up};
use super::risk::Increase;
use crate::engine::{Context, Engine};
use crate::orders::FOLLOWERS_MAX;
use crate::tables::{Instrument, Limits, Load, bps_of};

/// What was asked for, as far as it was read.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Case {
    pub(crate) cl_ord_id: u64,
    pub(crate) sending_time: Nanos,
    pub(crate) valid_until: Nanos,
    /// Index of the account, where it came that far.
    pub(crate) account: u32,
    /// Index of the instrument, where there is one.
    pub(crate) instrument: Option<u32>,
    pub(crate) px: Px,
    pub(crate) qty: Qty,
    /// Value of the whole order, in 1e-8.
    pub(crate) notional: i128,
    /// What would have been added, where it came that far.
    pub(crate) increase: Option<Increase>,
}

impl Engine {
    /// The refusal with this code.
    #[cold]
    pub(crate) fn explain(&self, cx: &Context, code: RejectCode, case: &Case) -> Refusal {
        use RejectCode as Code;
        match (code, case.increase, case.instrument) {
            (Code::SendingTimeAhead | Code::SendingTimeStale | Code::ValidUntilPassed, ..) => {
                self.explain_times(cx, code, case)
            }
            (Code::DuplicateClOrdId, ..) => {
                let last = self.sessions.get(cx.session).map_or(0, |it| it.last_cl_ord_id().0);
                let numbers = [count(last), count(last), count(case.cl_ord_id)];
                Refusal::new(code, LimitId::ClOrdId, numbers).at(Scope::Session, cx.session.0)
            }
            (Code::AccountThrottled, ..) => self.name_rate(case.account),
            (Code::OrderCapacity, _, Some(instrument)) if !self.orders.is_full() => {
                let id = self.instruments[instrument as usize].id().0;
                full(code, LimitId::OrdersMax, FOLLOWERS_MAX).at(Scope::Instrument, id)
            }
            (Code::OrderCapacity, ..) => full(code, LimitId::OrdersMax, self.genesis.orders_max),
            (Code::PositionCapacity, ..) => {
                full(code, LimitId::PositionsMax, self.genesis.positions_max)
            }
            (Code::LevelCapacity, ..) => {
                full(code, LimitId::LevelsMax, self.genesis.pages_max.saturating_mul(64))
            }
            (Code::Collar, Some(increase), _) => self.name_collar(&increase),
            (Code::StaleMark, _, Some(instrument)) => self.name_mark_age(cx.now, instrument),
            (Code::BuyingPower, Some(increase), _) => self.name_cash(&increase),
            (Code::Holding | Code::ShortMark, Some(increase), _) => {
                self.name_holding(code, &increase)
            }
            (Code::Margin, Some(increase), _) => self.name_margin(&increase),
            (Code::CloseOnly, Some(increase), _) => self.name_loss(increase.account),
            (Code::OrderQtyLimit, Some(increase), _) => self.name_order_qty(&increase),
            (Code::OrderNotionalLimit, Some(increase), _) => self.name_order_notional(&increase),
            (Code::OpenOrdersLimit, Some(increase), _) => self.name_open_orders(&increase),
            (Code::OpenNotionalLimit, Some(increase), _) => self.name_open_notional(&increase),
            (Code::LongLimit | Code::ShortLimit, Some(increase), _) => {
                self.name_position(&increase)
            }
            (Code::GrossLimit, Some(increase), _) => self.name_gross(&increase),
            (_, _, Some(instrument)) => self.instruments[instrument as usize].explain(code, case),
            _ => code.into(),
        }
    }

    fn explain_times(&self, cx: &Context, code: RejectCode, case: &Case) -> Refusal {
        let (now, sent) = (cx.now.0, case.sending_time.0);
        let (limit, is) = match code {
            RejectCode::SendingTimeAhead => {
                (self.genesis.sending_time_ahead_ns, sent.saturating_sub(now))
            }
            RejectCode::SendingTimeStale => {
                (self.genesis.sending_time_window_ns, now.saturating_sub(sent))
            }
            _ => (case.valid_until.0, now),
        };
        Refusal::new(code, LimitId::Time, [count(limit), count(is), count(is)])
    }

    /// Level 0 is the venue, 1 the firm, 2 the account, 3 the account in the instrument, 4 the
    /// session.
    fn at_level(&self, refusal: Refusal, increase: &Increase, level: usize) -> Refusal {
        let account = &self.accounts[increase.account as usize];
        match level {
            0 => refusal.at(Scope::Global, 0),
            1 => refusal.at(Scope::Firm, account.firm + 1),
            4 => refusal.at(Scope::Session, increase.session.0),
            _ => refusal.at(Scope::Account, increase.account + 1),
        }
    }

    /// The limits of the levels; none where there is no position.
    fn limits(&self, increase: &Increase) -> [Limits; 5] {
        let account = &self.accounts[increase.account as usize];
        let own = self.position_at(increase.position).map_or(Limits::NONE, |it| it.limits);
        let [venue, session] = self.levels.of(increase.session.0).map(|it| it.limits);
        [venue, self.firms[account.firm as usize].limits, account.limits, own, session]
    }

    /// What counts at the levels.
    fn loads(&self, increase: &Increase) -> [Load; 5] {
        let [firm, account, own] = self.parties(increase).loads().map(|it| *it);
        let [venue, session] = self.levels.of(increase.session.0).map(|it| it.load);
        [venue, firm, account, own, session]
    }

    fn name_collar(&self, increase: &Increase) -> Refusal {
        let tick = increase.collar_tick.unwrap_or(0);
        let instrument = &self.instruments[increase.instrument as usize];
        let reference = instrument.reference().unwrap_or(0);
        let bound = |width: u64| {
            if increase.is_buy {
                reference.saturating_add_unsigned(width)
            } else {
                reference.saturating_sub_unsigned(width)
            }
        };
        let refuse = |bound: i64| {
            let numbers = [bound, reference, tick].map(|tick| instrument.px(tick).0);
            Refusal::new(RejectCode::Collar, LimitId::Collar, numbers)
        };
        let own = if increase.is_buy { instrument.collar_high } else { instrument.collar_low };
        let widths = self.limits(increase).map(|it| it.collar_bps);
        let (level, &bps) =
            widths.iter().enumerate().min_by_key(|&(_, bps)| *bps).unwrap_or((0, &u32::MAX));
        let other = bound(bps_of(reference, bps));
        let is_tighter = if increase.is_buy { other < own } else { other > own };
        if bps != u32::MAX && is_tighter {
            return self.at_level(refuse(other), increase, level);
        }
        refuse(own).at(Scope::Instrument, instrument.id().0)
    }

    fn name_order_qty(&self, increase: &Increase) -> Refusal {
        let (level, limit) = least(self.limits(increase).map(|it| it.order_qty));
        let numbers = [count(limit), 0, count(increase.order_qty)];
        let refusal = Refusal::new(RejectCode::OrderQtyLimit, LimitId::OrderQty, numbers);
        self.at_level(refusal, increase, level)
    }

    fn name_order_notional(&self, increase: &Increase) -> Refusal {
        let (level, limit) = least(self.limits(increase).map(|it| it.order_notional));
        let numbers = [count(limit), 0, money_up(increase.order_notional)];
        let refusal = Refusal::new(RejectCode::OrderNotionalLimit, LimitId::OrderNotional, numbers);
        self.at_level(refusal, increase, level)
    }

    fn name_open_orders(&self, increase: &Increase) -> Refusal {
        let loads = self.loads(increase);
        let common = self.counted(increase).orders;
        let more = |level| if is_common(level) { common } else { increase.orders };
        // By what would be: a level that nothing is added to may have no room and not bind.
        let room = array::from_fn(|level| {
            let load = &loads[level];
            i64::from(load.open_orders_max) - i64::from(load.open_orders + more(level))
        });
        let (level, _) = least(room);
        let (load, orders) = (loads[level], more(level));
        let numbers = [
            i64::from(load.open_orders_max),
            i64::from(load.open_orders),
            i64::from(load.open_orders + orders),
        ];
        let refusal = Refusal::new(RejectCode::OpenOrdersLimit, LimitId::OpenOrders, numbers);
        self.at_level(refusal, increase, level)
    }

    fn name_open_notional(&self, increase: &Increase) -> Refusal {
        let loads = self.loads(increase);
        let common = self.counted(increase).notional;
        let more = |level| if is_common(level) { common } else { increase.notional };
        let headroom = array::from_fn(|level| {
            let load = &loads[level];
            load.open_notional_max.saturating_sub(load.open_notional + more(level))
        });
        let (level, _) = least(headroom);
        let (load, more) = (loads[level], more(level));
        let numbers = [
            money_down(load.open_notional_max),
            money_down(load.open_notional),
            money_up(load.open_notional + more),
        ];
        let refusal = Refusal::new(RejectCode::OpenNotionalLimit, LimitId::OpenNotional, numbers);
        self.at_level(refusal, increase, level)
    }

    fn name_gross(&self, increase: &Increase) -> Refusal {
        let account = &self.accounts[increase.account as usize];
        let firm = &self.firms[account.firm as usize];
        let levels = [
            (firm.gross_max, firm.gross + firm.load.open_notional),
            (account.gross_max, account.gross + account.load.open_notional),
        ];
        let headroom = levels.map(|(max, sum)| max.saturating_sub(sum));
        let level = usize::from(headroom[1] < headroom[0]);
        let (max, sum) = levels[level];
        let numbers = [money_down(max), money_down(sum), money_up(sum + increase.notional)];
        let refusal = Refusal::new(RejectCode::GrossLimit, LimitId::Gross, numbers);
        self.at_level(refusal, increase, level + 1)
    }

    fn name_position(&self, increase: &Increase) -> Refusal {
        let limits = self.limits(increase);
        let (code, id, limits) = if increase.is_buy {
            (RejectCode::LongLimit, LimitId::Long, limits.map(|it| it.long))
        } else {
            (RejectCode::ShortLimit, LimitId::Short, limits.map(|it| it.short))
        };
        let (level, limit) = least(limits);
        let worst = |more| self.parties(increase).worst(increase.is_buy, more);
        let refusal = Refusal::new(code, id, [count(limit), worst(0), worst(increase.qty)]);
        self.at_level(refusal, increase, level)
    }
}

/// Whether a level is that of the session or the venue, for whom a replace counts otherwise.
const fn is_common(level: usize) -> bool {
    level == 0 || level == 4
}

/// The least of the levels, the first where they are equal.
fn least<T: Ord + Copy>(levels: [T; 5]) -> (usize, T) {
    let mut level = 0;
    for other in 1..5 {
        if levels[other] < levels[level] {
            level = other;
        }
    }
    (level, levels[level])
}

impl Instrument {
    /// The tick of a price's band, in ticks; for one that is no multiple of any the instrument's.
    fn step_at(&self, px: Px) -> i64 {
        let tick = self.tick.exact_signed(px.0);
        let step = tick.map_or(1, |tick| self.guards.step_of(tick.unsigned_abs()));
        step.try_into().unwrap_or(i64::MAX)
    }

    /// Refusals of step 11.
    fn explain(&self, code: RejectCode, case: &Case) -> Refusal {
        let px = |limit: i64| [limit, case.px.0, case.px.0];
        let qty = |limit: u64| [count(limit), count(case.qty.0), count(case.qty.0)];
        let value =
            |limit: i128| [money_up(limit), money_up(case.notional), money_up(case.notional)];
        let (id, numbers) = match code {
            RejectCode::BadTick => (LimitId::Tick, px(self.px(self.step_at(case.px)).0)),
            RejectCode::PxBelowMin => (LimitId::PxMin, px(self.px(self.tick_min).0)),
            RejectCode::PxAboveMax => (LimitId::PxMax, px(self.px(self.tick_max).0)),
            RejectCode::BadLot => (LimitId::Lot, qty(self.lot.divisor())),
            RejectCode::QtyBelowMin => (LimitId::QtyMin, qty(self.qty_min)),
            RejectCode::QtyAboveMax => (LimitId::QtyMax, qty(self.qty_max)),
            RejectCode::NotionalBelowMin => (LimitId::NotionalMin, value(self.notional_min)),
            RejectCode::NotionalAboveMax => (LimitId::NotionalMax, value(self.notional_max)),
            _ => return code.into(),
        };
        Refusal::new(code, id, numbers).at(Scope::Instrument, self.id().0)
    }
}

fn full(code: RejectCode, id: LimitId, max: u32) -> Refusal {
    let max = i64::from(max);
    Refusal::new(code, id, [max, max, max + 1]).at(Scope::Global, 0)
}
