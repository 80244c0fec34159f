//! Orders that may only reduce a position: what they may ask for, trade and keep.

use pinion_types::RejectCode;
use pinion_types::codes::CancelReason;
use pinion_types::event::Replaced;

use super::Model;
use super::book::replaced;
use super::refusal::{Checked, refuse_if};
use super::tables::Order;

impl Model {
    /// How much of the position buys, or sells, could close.
    fn closable(&self, account: u32, instrument: u32, buys: bool) -> u64 {
        let position = self.positions.get(&(account, instrument)).map_or(0, |it| it.qty);
        u64::try_from(if buys { -position } else { position }).unwrap_or(0)
    }

    /// Last of step 16: beside the others it still reduces. Asked where the order grows, and not
    /// again when it is elected.
    pub(super) fn check_reduce_only(&self, new: &Order, old: Option<&Order>) -> Checked {
        let old = old.filter(|old| old.account == new.account);
        if !new.is_reduce_only || self.more_qty(new, old) == 0 {
            return Ok(());
        }
        let buys = new.side.is_buy();
        let others = self.orders.iter().filter(|it| {
            (it.account, it.instrument) == (new.account, new.instrument)
                && it.side.is_buy() == buys
                && it.is_reduce_only
                && it.id != new.id
        });
        let others: u64 = others.map(Order::leaves).sum();
        let most = self.closable(new.account, new.instrument, buys);
        refuse_if(new.leaves() + others > most, RejectCode::ReduceOnly)
    }

    /// The most that an order may trade now.
    pub(super) fn allowed(&self, order: &Order) -> u64 {
        match order.is_reduce_only {
            true => self.closable(order.account, order.instrument, order.side.is_buy()),
            false => u64::MAX,
        }
    }

    /// Trades with a maker, `most` at most; who may nothing any more ends. Gives why the taker
    /// does.
    pub(super) fn meet(
        &mut self,
        taker: &mut Order,
        index: usize,
        most: u64,
    ) -> Option<CancelReason> {
        let (own, other) = (self.allowed(taker), self.allowed(&self.orders[index]));
        if own == 0 {
            return Some(CancelReason::CloseOnly);
        }
        if other == 0 {
            let maker = self.orders.remove(index);
            self.gone(maker, CancelReason::CloseOnly, None);
            return None;
        }
        let qty = taker.leaves().min(self.orders[index].showing());
        self.trade(taker, index, qty.min(most).min(own).min(other));
        None
    }

    /// What of a maker is sure to be there for whoever wants all or nothing.
    pub(super) fn sure(&self, maker: &Order) -> u64 {
        let buys = maker.side.is_buy();
        let works = self.working(maker.account, maker.instrument, buys);
        if works > self.allowed(maker) { 0 } else { maker.leaves() }
    }

    /// Takes from orders that may only reduce what does not reduce any more: in each position the
    /// oldest first, each keeps what fits beside the older ones.
    pub(super) fn trim(&mut self) {
        let keys: Vec<(u32, u32)> = self.positions.keys().copied().collect();
        for key in keys {
            let of = |it: &&Order| it.is_reduce_only && (it.account, it.instrument) == key;
            let ids: Vec<u64> = self.orders.iter().filter(of).map(|it| it.id).collect();
            let mut kept = 0;
            for id in ids {
                kept += self.trim_one(id, kept);
            }
        }
    }

    /// Gives what the order keeps beside `kept` of older ones.
    fn trim_one(&mut self, id: u64, kept: u64) -> u64 {
        let index = self.orders.iter().position(|it| it.id == id).expect("it works");
        let room = self.allowed(&self.orders[index]).saturating_sub(kept);
        if room == 0 {
            let order = self.orders.remove(index);
            self.gone(order, CancelReason::CloseOnly, None);
            return 0;
        }
        let order = &mut self.orders[index];
        if order.leaves() > room {
            order.qty = order.cum + order.prevented + room;
            order.shown = order.shown.min(room);
            let order = order.clone();
            self.tell(order.session, &Replaced { restated: 1, ..replaced(&order) });
        }
        self.orders[index].leaves()
    }
}
