//! Steps 12 to 17: the collar, the limits of every level, and what the venue can hold.

use std::collections::BTreeSet;

use pinion_types::RejectCode;
use pinion_types::codes::{LimitId, Scope, TimeInForce};
use pinion_types::command::{LimitsSet, UNLIMITED, UNLIMITED_32};

use super::Model;
use super::refusal::{Checked, MONEY, Refusal, money_down, money_up, refuse_if};
use super::tables::Order;

/// The most that one position counts in gross values, in 1e-8.
pub(super) const GROSS_MAX: i128 = 1 << 96;

/// Money of this size either way, in 1e-8, may not grow any more.
const MONEY_MAX: i128 = 1 << 120;

/// A level whose limits hold for an order.
struct Level {
    scope: Scope,
    id: u32,
    limits: LimitsSet,
    /// Which account and instrument count; `None` is any.
    accounts: BTreeSet<u32>,
    instrument: Option<u32>,
    /// Whose session entered it; `None` is any.
    session: Option<u32>,
}

impl Level {
    fn has(&self, order: &Order) -> bool {
        self.accounts.contains(&order.account)
            && self.instrument.is_none_or(|id| id == order.instrument)
            && self.session.is_none_or(|id| id == order.session)
    }

    /// The order that a replace changes, where it counts here already.
    fn before<'a>(&self, new: &Order, old: Option<&'a Order>) -> Option<&'a Order> {
        let stays = matches!(self.scope, Scope::Global | Scope::Session);
        old.filter(|old| stays || old.account == new.account)
    }
}

/// A limit that does not hold.
struct Breach {
    headroom: i128,
    refusal: Refusal,
}

impl Model {
    /// Step 12: the narrowest collar binds.
    pub(super) fn check_collar(&self, order: &Order) -> Checked {
        let instrument = &self.instruments[&order.instrument];
        let Some(reference) = instrument.collar_reference() else { return Ok(()) };
        // In whole ticks, rounded toward the reference.
        let tick = i128::from(instrument.def.tick.0);
        let of_bps =
            |bps: u32| i128::from(reference).abs() / tick * i128::from(bps) / 10_000 * tick;
        let (ticks, bps) = (instrument.def.collar_ticks, instrument.def.collar_bps);
        let own = (ticks > 0 || bps > 0).then(|| {
            let width = (tick * i128::from(ticks)).max(of_bps(bps));
            (width, Scope::Instrument, order.instrument)
        });
        // Of the levels the smallest percentage, of equal ones the higher level.
        let levels = self.levels(order);
        let set = levels.iter().filter(|level| level.limits.collar_bps != UNLIMITED_32);
        let tightest = set.min_by_key(|level| level.limits.collar_bps);
        let tightest =
            tightest.map(|level| (of_bps(level.limits.collar_bps), level.scope, level.id));
        // The instrument's own, unless a level's is narrower.
        let binding = own.into_iter().chain(tightest).min_by_key(|(width, ..)| *width);
        let Some((width, scope, id)) = binding else { return Ok(()) };
        let (px, reference) = (i128::from(order.px), i128::from(reference));
        let buys = order.side.is_buy();
        let bound = if buys { reference + width } else { reference - width };
        if if buys { px > bound } else { px < bound } {
            let refusal = Refusal::from(RejectCode::Collar);
            return Err(refusal.limit(LimitId::Collar, bound, reference, px).scope(scope, id));
        }
        Ok(())
    }

    /// Steps 13 and 14. For a replace `old` is the order as it stands in the book.
    pub(super) fn check_risk(&self, new: &Order, old: Option<&Order>) -> Checked {
        let moves = old.is_some_and(|old| old.account != new.account);
        let instrument = &self.instruments[&new.instrument];
        let value = |order: &Order| instrument.value(order.px, order.qty).abs();
        if moves || old.is_none_or(|old| new.qty > old.qty) {
            let (code, id) = (RejectCode::OrderQtyLimit, LimitId::OrderQty);
            self.check_limit(new, code, id, 1, |level| {
                Some((i128::from(level.limits.order_qty_max), 0, i128::from(new.qty)))
            })?;
        }
        if moves || old.is_none_or(|old| value(new) > value(old)) {
            let (code, id) = (RejectCode::OrderNotionalLimit, LimitId::OrderNotional);
            self.check_limit(new, code, id, MONEY, |level| {
                Some((i128::from(level.limits.order_notional_max), 0, value(new)))
            })?;
        }
        self.check_open_orders(new, old)?;
        self.check_open_value(new, old)?;
        // What a replace at the same account has working already is not counted twice.
        let old = old.filter(|_| !moves);
        self.check_position(new, old)?;
        self.check_gross(new, old)?;
        self.check_funds(new, old)?;
        self.check_close_only(new, old)
    }

    pub(super) fn check_open_orders(&self, new: &Order, old: Option<&Order>) -> Checked {
        let (code, id) = (RejectCode::OpenOrdersLimit, LimitId::OpenOrders);
        self.check_limit(new, code, id, 1, |level| {
            let count = self.orders.iter().filter(|order| level.has(order)).count() as i128;
            let limit = match level.limits.open_orders_max {
                UNLIMITED_32 => i128::from(UNLIMITED),
                some => i128::from(some),
            };
            level.before(new, old).is_none().then_some((limit, count, count + 1))
        })
    }

    fn check_open_value(&self, new: &Order, old: Option<&Order>) -> Checked {
        let (code, id) = (RejectCode::OpenNotionalLimit, LimitId::OpenNotional);
        self.check_limit(new, code, id, MONEY, |level| {
            let more = self.more_value(new, level.before(new, old));
            let current = self.working_value(level);
            let limit = i128::from(level.limits.open_notional_max);
            (more > 0).then_some((limit, current, current + more))
        })
    }

    fn check_position(&self, new: &Order, old: Option<&Order>) -> Checked {
        let buys = new.side.is_buy();
        let worst = self.worst(new.account, new.instrument, buys);
        let would_be = worst + self.more_qty(new, old);
        if would_be <= worst {
            return Ok(());
        }
        let (code, id) = match buys {
            true => (RejectCode::LongLimit, LimitId::Long),
            false => (RejectCode::ShortLimit, LimitId::Short),
        };
        self.check_limit(new, code, id, 1, |level| {
            let limit = if buys { level.limits.long_max } else { level.limits.short_max };
            Some((i128::from(limit), worst, would_be))
        })
    }

    fn check_gross(&self, new: &Order, old: Option<&Order>) -> Checked {
        let more = self.more_value(new, old);
        let worst = self.worst(new.account, new.instrument, new.side.is_buy());
        if more == 0 || worst + self.more_qty(new, old) <= 0 {
            return Ok(());
        }
        self.check_limit(new, RejectCode::GrossLimit, LimitId::Gross, MONEY, |level| {
            let current = self.positions_value(level) + self.working_value(level);
            let limit = i128::from(level.limits.gross_max);
            level.instrument.is_none().then_some((limit, current, current + more))
        })
    }

    /// What the order adds to the working quantity; never less than nothing.
    pub(super) fn more_qty(&self, new: &Order, old: Option<&Order>) -> i128 {
        (i128::from(new.counted()) - i128::from(old.map_or(0, Order::counted))).max(0)
    }

    /// What the order adds to the working value; never less than nothing.
    fn more_value(&self, new: &Order, old: Option<&Order>) -> i128 {
        (self.open_value(new) - old.map_or(0, |old| self.open_value(old))).max(0)
    }

    /// Finds the limit with the least headroom; `count` gives limit, current and would-be, in
    /// units of which `unit` are one unit of the limit.
    fn check_limit(
        &self,
        order: &Order,
        code: RejectCode,
        id: LimitId,
        unit: i128,
        count: impl Fn(&Level) -> Option<(i128, i128, i128)>,
    ) -> Checked {
        let mut found: Option<Breach> = None;
        for level in self.levels(order) {
            let Some((limit, current, would_be)) = count(&level) else { continue };
            if limit == i128::from(UNLIMITED) {
                continue;
            }
            let headroom = limit * unit - would_be;
            if headroom < 0 && found.as_ref().is_none_or(|found| headroom < found.headroom) {
                let (current, would_be) = match unit {
                    MONEY => (money_down(current), money_up(would_be)),
                    _ => (current, would_be),
                };
                let refusal = Refusal::from(code)
                    .limit(id, limit, current, would_be)
                    .scope(level.scope, level.id);
                found = Some(Breach { headroom, refusal });
            }
        }
        found.map_or(Ok(()), |breach| Err(breach.refusal))
    }

    /// The levels of an order's account, highest first.
    fn levels(&self, order: &Order) -> Vec<Level> {
        let account = &self.accounts[&order.account];
        let firm = account.def.firm.0;
        let of_firm =
            self.accounts.iter().filter(|(_, it)| it.def.firm.0 == firm).map(|(&id, _)| id);
        let all: BTreeSet<u32> = self.accounts.keys().copied().collect();
        let mut levels = Vec::new();
        if let Some(limits) = self.limits {
            let (scope, accounts) = (Scope::Global, all.clone());
            levels.push(Level { scope, id: 0, limits, accounts, instrument: None, session: None });
        }
        if let Some(limits) = self.firms[&firm].limits {
            levels.push(Level {
                scope: Scope::Firm,
                id: firm,
                limits,
                accounts: of_firm.collect(),
                instrument: None,
                session: None,
            });
        }
        let own = BTreeSet::from([order.account]);
        let wide = Level {
            scope: Scope::Account,
            id: order.account,
            limits: account.limits,
            accounts: own.clone(),
            instrument: None,
            session: None,
        };
        levels.push(wide);
        if let Some(&limits) = self.narrow.get(&(order.account, order.instrument)) {
            let instrument = Some(order.instrument);
            let (scope, id) = (Scope::Account, order.account);
            levels.push(Level { scope, id, limits, accounts: own, instrument, session: None });
        }
        let session = Some(order.session);
        if let Some(limits) = self.sessions.get(&order.session).and_then(|it| it.limits) {
            let (scope, id, accounts) = (Scope::Session, order.session, all);
            levels.push(Level { scope, id, limits, accounts, instrument: None, session });
        }
        levels
    }

    /// P + B for a buy, -P + S for a sell.
    pub(super) fn worst(&self, account: u32, instrument: u32, buys: bool) -> i128 {
        let position = self.positions.get(&(account, instrument)).map_or(0, |it| it.qty);
        let working: u64 = self.working(account, instrument, buys);
        i128::from(working) + if buys { position } else { -position }
    }

    /// Working quantity of one side.
    pub(super) fn working(&self, account: u32, instrument: u32, buys: bool) -> u64 {
        let orders = self.orders.iter().filter(|order| {
            order.account == account
                && order.instrument == instrument
                && order.side.is_buy() == buys
        });
        orders.map(Order::counted).sum()
    }

    fn open_value(&self, order: &Order) -> i128 {
        self.instruments[&order.instrument].value(order.px, order.counted()).abs()
    }

    fn working_value(&self, level: &Level) -> i128 {
        let orders = self.orders.iter().filter(|order| level.has(order));
        orders.map(|order| self.open_value(order)).sum()
    }

    /// Positions at mark, without a mark at cost.
    fn positions_value(&self, level: &Level) -> i128 {
        let held =
            self.positions.iter().filter(|((account, _), _)| level.accounts.contains(account));
        held.map(|((_, instrument), position)| {
            let of = &self.instruments[instrument];
            let qty = u64::try_from(position.qty.abs()).expect("sums keep headroom");
            of.mark.map_or(position.open_cost, |mark| of.value(mark, qty)).abs().min(GROSS_MAX)
        })
        .sum()
    }

    /// Step 17: slots, positions, pages of levels, headroom of sums.
    pub(super) fn check_capacity(&self, new: &Order, old: Option<&Order>) -> Checked {
        let at_once = [TimeInForce::ImmediateOrCancel, TimeInForce::FillOrKill];
        let rests = !at_once.contains(&new.tif);
        let full = self.orders.len() >= self.genesis.orders_max as usize;
        let capacity = |code: RejectCode, id: LimitId, max: u32| {
            let max = i128::from(max);
            Err(Refusal::from(code).limit(id, max, max, max + 1).scope(Scope::Global, 0))
        };
        if old.is_none() && rests && full {
            return capacity(
                RejectCode::OrderCapacity,
                LimitId::OrdersMax,
                self.genesis.orders_max,
            );
        }
        if old.is_none() && new.follows() && self.is_full_of_followers(new.instrument) {
            let (code, id) = (RejectCode::OrderCapacity, LimitId::OrdersMax);
            let refusal = Refusal::from(code).limit(id, 1_000, 1_000, 1_001);
            return Err(refusal.scope(Scope::Instrument, new.instrument));
        }
        if !self.has_position_room((new.account, new.instrument)) {
            let max = self.genesis.positions_max;
            return capacity(RejectCode::PositionCapacity, LimitId::PositionsMax, max);
        }
        let stays = old.is_some_and(|old| old.px == new.px && !old.is_suspended);
        // Who waits has no level.
        if rests && !stays && !new.is_suspended && !self.has_page(new) {
            let max = self.genesis.pages_max * 64;
            return capacity(RejectCode::LevelCapacity, LimitId::LevelsMax, max);
        }
        let old = old.filter(|old| old.account == new.account);
        self.check_headroom(new.account, new.instrument, self.more_qty(new, old))
    }

    /// True where the position exists or there is room for one more.
    pub(super) fn has_position_room(&self, key: (u32, u32)) -> bool {
        self.positions.contains_key(&key)
            || self.positions.len() < self.genesis.positions_max as usize
    }

    /// Step 17, the sums: none may come near the end of its range by so much more of a quantity.
    pub(super) fn check_headroom(&self, account: u32, instrument: u32, more: i128) -> Checked {
        let key = (account, instrument);
        let far = |amount: i128| !(-MONEY_MAX..MONEY_MAX).contains(&amount);
        let firm = self.accounts[&account].def.firm;
        let of_firm = |it: &&Order| self.accounts[&it.account].def.firm == firm;
        let working: i128 = self.orders.iter().filter(of_firm).map(|it| self.open_value(it)).sum();
        let currency = self.instruments[&instrument].def.currency.0;
        let earned = self.fees.get(&currency).copied().unwrap_or(0);
        let mut own = self.cash.iter().filter(|((of, _), _)| *of == account);
        refuse_if(
            far(working) || far(earned) || own.any(|(_, amount)| far(*amount)),
            RejectCode::ArithmeticOverflow,
        )?;
        let Some(position) = self.positions.get(&key) else { return Ok(()) };
        refuse_if(far(position.realized) || far(position.fees), RejectCode::ArithmeticOverflow)?;
        let working = [true, false].map(|buys| i128::from(self.working(key.0, key.1, buys)));
        let sum = position.qty.abs() + working[0] + working[1] + more;
        let bound = self.instruments[&instrument].quantity_max();
        refuse_if(sum > bound, RejectCode::ArithmeticOverflow)
    }

    /// True where the order's page of 64 levels exists or there is room for one more.
    pub(super) fn has_page(&self, new: &Order) -> bool {
        let page = |order: &Order| {
            let tick = self.instruments[&order.instrument].def.tick.0;
            (order.instrument, order.side.is_buy(), (order.px / tick).div_euclid(64))
        };
        let working = self.orders.iter().filter(|order| !order.is_suspended);
        let pages: BTreeSet<_> = working.map(page).collect();
        pages.contains(&page(new)) || pages.len() < self.genesis.pages_max as usize
    }
}
