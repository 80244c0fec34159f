//! Reduce-only orders (rule O12): what is asked of them, how much of them trades, and what the end
//! of a command leaves of them.

use pinion_types::{CancelReason, RejectCode};

use super::risk::{Increase, Parties};
use crate::book::{Ladder, NONE};
use crate::emit::{Out, Sink};
use crate::engine::Engine;
use crate::orders::{Order, Traits, rare};
use crate::tables::{side_index, watch};

impl Engine {
    /// Last of step 16: what an order that may only reduce adds fits the position beside the others
    /// of its kind.
    #[inline(always)]
    pub(crate) fn check_reducing(
        &self,
        traits: &Traits,
        parties: &Parties<'_>,
        increase: &Increase,
    ) -> Result<(), RejectCode> {
        if traits.rare & rare::REDUCES == 0 || increase.qty == 0 {
            return Ok(());
        }
        self.check_room(parties, increase)
    }

    #[cold]
    fn check_room(&self, parties: &Parties<'_>, increase: &Increase) -> Result<(), RejectCode> {
        let is_buy = increase.is_buy;
        let (room, working) = parties
            .position
            .map_or((0, 0), |it| (it.room(is_buy), it.reducing[side_index(is_buy)]));
        let own = match increase.replaced {
            NONE => 0,
            slot => {
                let order = self.orders.at(slot);
                if order.account == increase.account { order.leaves } else { 0 }
            }
        };
        let fits = working - own + increase.leaves <= room;
        if fits { Ok(()) } else { Err(RejectCode::ReduceOnly) }
    }

    /// How much of an order may trade now.
    pub(crate) fn room_of(&self, order: &Order) -> u64 {
        if order.reduces() {
            self.positions.at(order.position).room(order.is_buy())
        } else {
            u64::MAX
        }
    }

    /// What a maker would surely give to whoever comes: nothing where its account has more working
    /// than it could close.
    pub(super) fn sure_of(&self, maker: &Order) -> u64 {
        let position = self.positions.at(maker.position);
        let is_buy = maker.is_buy();
        if maker.reduces() && position.working(is_buy) > position.room(is_buy) {
            0
        } else {
            maker.leaves
        }
    }

    /// A maker and a taker meet of whom one may only reduce: as much trades as both may, and `most`
    /// at most. Who may not trade at all is canceled, the taker first; gives why it stops, if it
    /// does.
    #[cold]
    #[inline(never)]
    pub(super) fn meet_reducing<S: Sink>(
        &mut self,
        slot: u32,
        taker: &mut Order,
        most: u64,
        out: &mut Out<'_, S>,
    ) -> Option<CancelReason> {
        let rooms = [self.room_of(taker), self.room_of(self.orders.at(slot))];
        match rooms {
            [0, _] => return Some(CancelReason::CloseOnly),
            [_, 0] => self.cancel_alone(slot, CancelReason::CloseOnly, None, out),
            [own, other] if self.orders.at(slot).is_iceberg() => {
                self.trade_tranche(slot, taker, own.min(other).min(most), out);
            }
            [own, other] if self.orders.at(slot).is_special() => {
                self.trade_special(slot, taker, own.min(other).min(most), out);
            }
            [own, other] => self.trade_up_to(slot, taker, own.min(other).min(most), out),
        }
        None
    }

    /// An order that may only reduce works.
    pub(super) fn begin_reducing(&mut self, slot: u32) {
        let order = self.orders.at(slot);
        if !order.reduces() {
            return;
        }
        let (account, position) = (order.account as usize, order.position);
        self.positions.at_mut(position).reducing[side_index(order.is_buy())] += order.leaves;
        self.ledgers[account].reducing += 1;
        self.accounts[account].watch |= watch::REDUCES;
        self.note_moved(position);
    }

    /// So much less of an order works, and so many orders less, where its account is watched for
    /// that.
    #[cold]
    #[inline(never)]
    pub(super) fn release_watched(&mut self, order: &Order, qty: u64, orders: u32) {
        let account = order.account as usize;
        if order.reduces() {
            let side = side_index(order.is_buy());
            self.positions.at_mut(order.position).reducing[side] -= qty;
            self.ledgers[account].reducing -= orders;
            if self.ledgers[account].reducing == 0 {
                self.accounts[account].watch &= !watch::REDUCES;
            }
        }
        if (self.accounts[account].watch | self.watch) & watch::HELD != 0 {
            // One order at most.
            self.move_hold(order, order.leaves, order.leaves - qty, -(orders as i32));
        }
    }

    /// A position moved, or what may only reduce it grew: whether all of that still fits is asked
    /// when the command is done.
    pub(super) fn note_moved(&mut self, slot: u32) {
        let position = self.positions.at_mut(slot);
        if position.reducing != [0; 2] && !position.is_moved {
            position.is_moved = true;
            position.next_moved = core::mem::replace(&mut self.moved, slot);
            self.aftermath.note_positions();
        }
    }

    /// Shrinks and cancels what may only reduce and would do more: of positions by account, then by
    /// instrument, of each the oldest orders keep what fits.
    pub(crate) fn trim_reducing<S: Sink>(&mut self, out: &mut Out<'_, S>) {
        let mut count = 0;
        while self.moved != NONE {
            let slot = self.moved;
            let position = self.positions.at_mut(slot);
            self.moved = core::mem::replace(&mut position.next_moved, NONE);
            position.is_moved = false;
            if !position.fits_reducing() {
                let key = u64::from(position.account) << 32 | u64::from(position.instrument);
                self.scratch[count] = (key, slot);
                count += 1;
            }
        }
        self.scratch[..count].sort_unstable();
        // What is gathered of each needs the same room: they are chained as they were.
        let mut first = NONE;
        for place in (0..count).rev() {
            let (_, slot) = self.scratch[place];
            self.positions.at_mut(slot).next_moved = core::mem::replace(&mut first, slot);
        }
        while first != NONE {
            let slot = first;
            first = core::mem::replace(&mut self.positions.at_mut(slot).next_moved, NONE);
            self.trim_position(slot, out);
        }
    }

    fn trim_position<S: Sink>(&mut self, position: u32, out: &mut Out<'_, S>) {
        let count = self.gather_reducing(position);
        let rooms = [true, false].map(|is_buy| self.positions.at(position).room(is_buy));
        let mut rooms = rooms;
        for place in 0..count {
            let (_, slot) = self.scratch[place];
            let order = self.orders.at(slot);
            let room = &mut rooms[side_index(order.is_buy())];
            let keeps = order.leaves.min(*room);
            *room -= keeps;
            if keeps == 0 {
                self.cancel_working(slot, CancelReason::CloseOnly, None, out);
            } else if keeps < order.leaves {
                self.cut(slot, keeps, out);
            }
        }
    }

    /// Leaves so much of a working order, which keeps its place, and says so.
    fn cut<S: Sink>(&mut self, slot: u32, keeps: u64, out: &mut Out<'_, S>) {
        let order = *self.orders.at(slot);
        let (gone, hidden) = (order.leaves - keeps, self.hidden_of(slot));
        self.hash = self.hash.wrapping_sub(order.hash);
        self.release(&order, gone, 0);
        if !order.waits() {
            Ladder::shrink(&mut self.pages, order.level, gone);
        }
        let place = self.orders.at_mut(slot);
        (place.leaves, place.qty) = (keeps, order.qty - gone);
        place.hash = place.fresh_hash();
        self.hash = self.hash.wrapping_add(place.hash);
        if order.is_iceberg() {
            let shown = self.tranches.at(slot).shown.min(keeps);
            self.show(slot, hidden, shown);
        }
        self.note_book(order.instrument);
        let order = *self.orders.at(slot);
        self.report_restated(&order, out);
    }
}
