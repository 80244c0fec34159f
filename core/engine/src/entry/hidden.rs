//! Hidden orders (rule O12): at their price behind everyone who shows, then by age.

use crate::book::{Ladder, NONE};
use crate::engine::Engine;
use crate::orders::rare;
use crate::tables::{extras, side_index};

/// What an order is that an instrument counts as uncommon.
const UNCOMMON: u8 = rare::HIDDEN | rare::REDUCES;

impl Engine {
    /// Puts an order into its level: behind all where it is hidden, else behind all that show.
    pub(super) fn line_up(&mut self, slot: u32) {
        let order = self.orders.at(slot);
        let (instrument, is_hidden) = (order.instrument as usize, order.is_hidden());
        let side = &mut self.instruments[instrument].sides[side_index(order.is_buy())];
        side.append(&mut self.pages, &mut self.orders, slot);
        let level = self.orders.at(slot).level;
        match self.hidden.first(level) {
            Some(first) if !is_hidden => {
                Ladder::advance(&mut self.pages, &mut self.orders, slot, first);
            }
            None if is_hidden => self.hidden.begin(level, Some(slot)),
            _ => {}
        }
    }

    /// Takes an order out of its level.
    pub(super) fn step_out(&mut self, slot: u32) {
        let order = *self.orders.at(slot);
        if self.hidden.first(order.level) == Some(slot) {
            let next = Some(order.next).filter(|&next| next != NONE);
            self.hidden.begin(order.level, next);
        }
        let side = &mut self.instruments[order.instrument as usize].sides;
        let side = &mut side[side_index(order.is_buy())];
        side.unlink(&mut self.pages, &mut self.orders, slot);
    }

    /// An order joined a book, or left it: whoever looks at the book in short asks for those that
    /// are not as most are.
    pub(super) fn count_uncommon(&mut self, slot: u32, more: i32) {
        let order = self.orders.at(slot);
        if order.traits.rare & UNCOMMON == 0 {
            return;
        }
        let instrument = &mut self.instruments[order.instrument as usize];
        instrument.uncommon = instrument.uncommon.wrapping_add_signed(more);
        if instrument.uncommon == 0 {
            instrument.extras &= !extras::UNCOMMON;
        } else {
            instrument.extras |= extras::UNCOMMON;
        }
    }

    /// What the hidden orders of a level have left.
    pub(crate) fn hidden_qty(&self, level: u32) -> u64 {
        let slots = core::iter::successors(self.hidden.first(level), |&slot| {
            Some(self.orders.at(slot).next).filter(|&next| next != NONE)
        });
        slots.map(|slot| self.orders.at(slot).leaves).sum()
    }
}
