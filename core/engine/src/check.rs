//! Everything that must hold after every command, checked from scratch.

use core::fmt;

use pinion_types::TradingState;

use crate::arith::is_far;
use crate::book::NONE;
use crate::engine::Engine;
use crate::states::is_auction;
use crate::tables::{Caps, Instrument, side_index};

/// A rule that does not hold: a bug of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule, as it should be.
    pub rule: &'static str,
    /// Where: an order's, instrument's, account's id; 0 where it is the whole venue.
    pub id: u64,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "broken: {} (id {})", self.rule, self.id)
    }
}

impl core::error::Error for Violation {}

/// `Err` with the rule where it does not hold.
pub(crate) fn hold(holds: bool, rule: &'static str, id: impl Into<u64>) -> Result<(), Violation> {
    if holds { Ok(()) } else { Err(Violation { rule, id: id.into() }) }
}

impl Engine {
    /// Checks quantities, books, lists, positions, cash, sums and the state hash; O(everything).
    ///
    /// # Errors
    /// The first rule that does not hold.
    pub fn check(&self) -> Result<(), Violation> {
        self.check_orders()?;
        self.check_books()?;
        self.check_positions()?;
        self.check_accounts()?;
        self.check_money()?;
        self.check_holds()?;
        self.check_shares()?;
        self.check_reducing_all()?;
        let sound = self.corrected.is_sound(self.day_events, self.events.0);
        hold(sound, "a trade of the day is corrected once", 0_u32)?;
        self.check_links()?;
        self.check_followers()?;
        self.sessions.check().map_err(|rule| Violation { rule, id: 0 })?;
        hold(self.state_hash() == self.full_state_hash(), "the hash is that of the state", 0_u32)
    }

    fn check_orders(&self) -> Result<(), Violation> {
        hold(self.orders.is_sound(), "orders are found by both ids", 0_u32)?;
        for (_, order) in self.orders.iter() {
            let whole = order.cum + order.leaves <= order.qty;
            hold(whole, "cum + leaves + prevented = quantity", order.order_id)?;
            let hashed = order.hash == order.fresh_hash();
            hold(hashed, "an order's hash is that of its state", order.order_id)?;
            hold(order.leaves > 0, "a working order has something left", order.order_id)?;
            let position = self.positions.at(order.position);
            let at_home =
                position.account == order.account && position.instrument == order.instrument;
            hold(at_home, "an order counts in its own position", order.order_id)?;
        }
        self.check_rare()?;
        for (slot, order) in self.orders.iter() {
            let ends = self.expiries.of(slot).is_some();
            hold(ends == order.is_dated(), "a dated order and no other ends", order.order_id)?;
        }
        let count = self.orders.iter().filter(|(_, order)| order.is_dated()).count();
        hold(self.timetable.is_sound(), "the first change of state is the earliest", 0_u32)?;
        let sound = self.expiries.is_sound() && self.expiries.count() == count;
        hold(sound, "the first end is the earliest", 0_u32)?;
        let past = self.orders.iter().filter(|(_, order)| order.order_id < self.day_seq).count();
        hold(past == self.past_orders as usize, "orders of other days are counted", 0_u32)?;
        let mut count = 0;
        for (session, &head) in (0_u32..).zip(&self.session_orders) {
            let (mut slot, mut prev) = (head, NONE);
            while slot != NONE {
                let order = self.orders.at(slot);
                let linked = order.session == session && order.session_prev == prev;
                hold(linked, "a session's list has its orders", order.order_id)?;
                (prev, slot, count) = (slot, order.session_next, count + 1);
            }
        }
        hold(count == self.orders.count(), "every order is in its session's list", 0_u32)
    }

    fn check_books(&self) -> Result<(), Violation> {
        let (mut pages, mut count) = (0, 0);
        for instrument in &self.instruments {
            let (id, mut uncommon) = (u64::from(instrument.id().0), 0);
            for side in [true, false] {
                let ladder = &instrument.sides[side_index(side)];
                hold(ladder.is_sound(&self.pages, &mut pages), "the best price is the best", id)?;
                let [stand, rare] = self.check_side(instrument, side)?;
                (count, uncommon) = (count + stand, uncommon + rare);
            }
            self.check_of_auctions(instrument)?;
            hold(uncommon == instrument.uncommon, "an instrument knows who is uncommon", id)?;
            let [bids, offers] = &instrument.sides;
            let crossed = match (bids.best_tick(), offers.best_tick()) {
                (Some(bid), Some(offer)) => bid >= offer,
                _ => false,
            };
            let matches = instrument.state == Some(TradingState::Continuous);
            hold(!(crossed && matches), "a book that matches is never crossed", id)?;
            self.check_auction(instrument)?;
        }
        let waiting = self.orders.iter().filter(|(_, order)| order.waits()).count();
        let stands = count as usize + waiting == self.orders.count() as usize;
        hold(stands, "every order stands in a book, or waits", 0_u32)?;
        let free = self.pages.empty_count();
        hold(pages + free == self.pages.count(), "a page is free or used", 0_u32)
    }

    /// An auction's word is what its book would trade; outside of auctions there is none.
    fn check_auction(&self, instrument: &Instrument) -> Result<(), Violation> {
        let id = instrument.id().0;
        let Some(state) = instrument.state else { return Ok(()) };
        let now = if is_auction(state) { self.crossing(id - 1) } else { None };
        hold(instrument.indicative == now, "an auction tells what would trade", id)?;
        let mut fresh = *instrument;
        fresh.renew_extras();
        hold(fresh.extras == instrument.extras, "an instrument knows its extras", id)?;
        fresh.renew_collar();
        let collar = (fresh.collar_low, fresh.collar_high);
        let holds = collar == (instrument.collar_low, instrument.collar_high);
        hold(holds, "a collar stands around its reference", id)?;
        let ends = self.timetable.end_of(id - 1).is_some();
        let opens = state == TradingState::OpeningAuction;
        hold(opens || !ends, "a volatility auction ends once", id)
    }

    /// One side: prices, sums, links and priority; gives how many orders it has, and
    /// how many of them are uncommon.
    fn check_side(&self, instrument: &Instrument, is_buy: bool) -> Result<[u32; 2], Violation> {
        let ladder = &instrument.sides[side_index(is_buy)];
        let (mut count, mut uncommon, mut last_rank) = (0, 0, None);
        for (tick, level) in ladder.levels(&self.pages) {
            let id = u64::from(instrument.id().0);
            let rank = ladder.rank(tick);
            hold(last_rank.is_none_or(|last| rank > last), "levels stand in order", id)?;
            last_rank = Some(rank);
            let (mut slot, mut prev, mut quantity, mut priority) =
                (level.head, NONE, 0, (false, 0));
            let (mut hidden, mut first_hidden) = (0, None);
            while slot != NONE {
                let order = self.orders.at(slot);
                let at_home = order.tick == tick
                    && order.is_buy() == is_buy
                    && order.instrument + 1 == instrument.id().0;
                hold(at_home, "an order stands at its price", order.order_id)?;
                hold(order.prev == prev, "links go both ways", order.order_id)?;
                let place = (order.is_hidden(), order.priority);
                hold(
                    place > priority,
                    "who shows, then who is older stands first",
                    order.order_id,
                )?;
                if order.is_hidden() {
                    first_hidden = first_hidden.or(Some(slot));
                }
                uncommon += u32::from(order.is_hidden() || order.reduces());
                quantity += order.leaves;
                hidden += self.hidden_of(slot);
                priority = place;
                (prev, slot, count) = (slot, order.next, count + 1);
            }
            hold(prev == level.tail, "a level ends with its tail", id)?;
            hold(quantity == level.quantity && quantity > 0, "a level knows its quantity", id)?;
            let index = self.orders.at(level.head).level;
            let own = self.tranches.hidden(index);
            hold(hidden == own, "a level knows what it hides", id)?;
            let begins = self.hidden.first(index) == first_hidden;
            hold(begins, "a level knows where its hidden orders begin", id)?;
        }
        Ok([count, uncommon])
    }

    fn check_positions(&self) -> Result<(), Violation> {
        let mut listed_orders = 0;
        for (slot, position) in self.positions.iter() {
            let id = u64::from(position.account + 1);
            let (mut buys, mut sells, mut count, mut notional) = (0, 0, 0, 0);
            let (mut order_slot, mut prev) = (position.load.first, NONE);
            while order_slot != NONE {
                let order = self.orders.at(order_slot);
                hold(order.position == slot, "a position's list has its orders", order.order_id)?;
                hold(order.position_prev == prev, "links go both ways", order.order_id)?;
                *(if order.is_buy() { &mut buys } else { &mut sells }) += order.counted();
                notional += self.open_notional(order, order.counted());
                count += 1;
                (prev, order_slot) = (order_slot, order.position_next);
            }
            listed_orders += count;
            let listed = position.buys == buys && position.sells == sells;
            hold(listed, "B and S are what the orders have left", id)?;
            hold(position.load.open_orders == count, "open orders are those that work", id)?;
            hold(position.load.open_notional == notional, "open value is the orders'", id)?;
            let found = self.positions.find(position.account, position.instrument);
            hold(found == Some(slot), "a position is found", id)?;
            let account = &self.accounts[position.account as usize];
            let firm = &self.firms[account.firm as usize];
            let caps = Caps::tightest([&firm.limits, &account.limits, &position.limits]);
            hold(caps == position.caps, "the tightest limits hold", id)?;
            let flat = position.quantity == 0 && position.open_cost != 0;
            hold(!flat, "what is closed costs nothing", id)?;
            let far = position.load.is_far == position.is_far();
            hold(far, "a position knows that its money is near the end of its range", id)?;
        }
        let all = listed_orders == self.orders.count();
        hold(all, "every order is in its position's list", 0_u32)?;
        for instrument in self.instruments.iter().filter(|it| it.is_defined()) {
            let (mut slot, mut sum) = (instrument.positions, 0_i128);
            while slot != NONE {
                let position = self.positions.at(slot);
                sum += i128::from(position.quantity);
                slot = position.next_of_instrument;
            }
            hold(sum == 0, "positions sum to zero", instrument.id().0)?;
        }
        Ok(())
    }

    fn check_accounts(&self) -> Result<(), Violation> {
        for (index, account) in (0_u32..).zip(&self.accounts) {
            let (mut slot, mut count, mut notional, mut gross) = (account.positions, 0, 0, 0);
            while slot != NONE {
                let position = self.positions.at(slot);
                hold(position.account == index, "an account's list has its positions", index)?;
                count += position.load.open_orders;
                notional += position.load.open_notional;
                let instrument = &self.instruments[position.instrument as usize];
                let value = instrument.gross(position.quantity, position.open_cost);
                hold(value == position.gross, "a position counts at its mark", index)?;
                gross += value;
                slot = position.next_of_account;
            }
            let load = &account.load;
            hold(load.open_orders == count, "an account's orders are its positions'", index)?;
            hold(load.open_notional == notional, "an account's open value is theirs", index)?;
            hold(account.gross == gross, "an account's gross value is theirs", index)?;
            let far = self.cash.of(account.cash).any(|slot| is_far(self.cash.at(slot).amount));
            let knows = load.is_far == far;
            hold(knows, "an account knows that its cash is near the end of its range", index)?;
        }
        for (index, firm) in (0_u32..).zip(&self.firms) {
            let own = || self.accounts.iter().filter(|it| it.is_defined && it.firm == index);
            let orders: u32 = own().map(|it| it.load.open_orders).sum();
            let notional: i128 = own().map(|it| it.load.open_notional).sum();
            let gross: i128 = own().map(|it| it.gross).sum();
            hold(firm.load.open_orders == orders, "a firm's orders are its accounts'", index)?;
            hold(firm.load.open_notional == notional, "a firm's open value is theirs", index)?;
            hold(firm.gross == gross, "a firm's gross value is theirs", index)?;
        }
        Ok(())
    }

    fn check_money(&self) -> Result<(), Violation> {
        for (index, currency) in (0_u32..).zip(self.cash.all_currencies()) {
            let own = self.cash.iter().filter(|it| it.currency == index);
            // Sums over everybody may leave 128 bits on their way; equal they are all the same.
            let cash = own.map(|it| it.amount).fold(0, i128::wrapping_add);
            let conserved = cash.wrapping_add(currency.fees) == currency.moved;
            hold(conserved, "cash and fees are what was paid in", index)?;
            let of_currency =
                |instrument: u32| self.instruments[instrument as usize].currency == index;
            let traded = self.positions.iter().filter(|(_, it)| of_currency(it.instrument));
            let gained = traded.map(|(_, it)| it.realized - it.open_cost - it.fees);
            let gained = gained.fold(currency.fees, i128::wrapping_add);
            hold(gained == 0, "what one gains another loses", index)?;
        }
        Ok(())
    }
}
