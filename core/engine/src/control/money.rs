//! Cash that comes and goes, and prices from outside.

use pinion_types::command::{CashMove, Mark};
use pinion_types::{MarkKind, RejectCode};

use crate::book::NONE;
use crate::engine::{Context, Engine};
use crate::tables::Instrument;

/// Largest amount of one movement and of what was moved in all, in 1e-8.
const CASH_MAX: i128 = 1 << 120;

impl Engine {
    /// Cash into or out of an account; it may go below zero, which is for other rules to forbid.
    pub(super) fn move_cash(&mut self, body: &CashMove) -> Result<(), RejectCode> {
        let amount = body.amount.get();
        let index = body.account.0.wrapping_sub(1) as usize;
        let place = self.accounts.get_mut(index).filter(|it| it.is_defined);
        let account = place.ok_or(RejectCode::UnknownTarget)?;
        if amount == 0 || body.currency.as_str().is_empty() {
            return Err(RejectCode::BadValue);
        }
        let currency = self.cash.currency(body.currency).ok_or(RejectCode::UnknownTarget)?;
        let known = self.cash.find(account.cash, currency);
        let had = known.map_or(0, |slot| self.cash.at(slot).amount);
        let moved = self.cash.currency_mut(currency).moved;
        let fits = |sum: i128| {
            sum.checked_add(amount).is_some_and(|sum| sum.unsigned_abs() <= CASH_MAX.unsigned_abs())
        };
        if !fits(0) || !fits(had) || !fits(moved) {
            return Err(RejectCode::ArithmeticOverflow);
        }
        // Every position that is still to come may need an amount of its own.
        let has_room = self.cash.room() > self.positions.room();
        let slot = known
            .or_else(|| match has_room {
                true => self.cash.insert(&mut account.cash, index as u32, currency),
                false => None,
            })
            .ok_or(RejectCode::TableFull)?;
        let cash = self.cash.at_mut(slot);
        let mut hash = self.hash.wrapping_sub(cash.hash());
        cash.amount += amount;
        hash = hash.wrapping_add(cash.hash());
        let sums = self.cash.currency_mut(currency);
        hash = hash.wrapping_sub(sums.hash());
        sums.moved += amount;
        self.hash = hash.wrapping_add(sums.hash());
        self.renew_far(index);
        // What is paid in or out is neither won nor lost.
        if self.ledgers[index].is_watched() {
            self.change_ledger(index as u32, |it| {
                it.start = it.start.saturating_add(amount);
                it.peak = it.peak.saturating_add(amount);
            });
            self.touch(index as u32);
        }
        Ok(())
    }

    /// A price from outside: values positions, or is the collar's last resort.
    pub(super) fn mark(&mut self, cx: &Context, body: &Mark) -> Result<(), RejectCode> {
        let kind = body.kind.get().ok_or(RejectCode::BadValue)?;
        if body.spare != [0; 3] {
            return Err(RejectCode::BadValue);
        }
        if !self.is_instrument(body.instrument) {
            return Err(RejectCode::UnknownTarget);
        }
        let index = body.instrument.0 as usize - 1;
        let instrument = &mut self.instruments[index];
        let tick = instrument.tick_of(body.px).ok_or(RejectCode::BadValue)?;
        let hash = |it: &Instrument| it.reference_hash().wrapping_add(it.mark_hash());
        let before = hash(instrument);
        match kind {
            MarkKind::Mark => (instrument.mark, instrument.mark_time) = (Some(tick), cx.now),
            MarkKind::Settlement => instrument.settlement = Some(tick),
        }
        instrument.renew_collar();
        let moved = hash(instrument).wrapping_sub(before);
        self.hash = self.hash.wrapping_add(moved);
        self.note_book(index as u32);
        if kind == MarkKind::Mark || self.instruments[index].has_margin() {
            let mut slot = self.instruments[index].positions;
            while slot != NONE {
                self.renew_gross(slot);
                slot = self.positions.at(slot).next_of_instrument;
            }
        }
        Ok(())
    }
}
