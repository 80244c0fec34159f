//! What accounts hold, checked from scratch: cash, margin, worth, and the counts of sessions.

use crate::book::NONE;
use crate::check::{Violation, hold};
use crate::engine::Engine;
use crate::tables::{Load, watch};

impl Engine {
    pub(crate) fn check_holds(&self) -> Result<(), Violation> {
        for (index, account) in (0_u32..).zip(&self.accounts) {
            let ledger = &self.ledgers[index as usize];
            let (mut worth, mut margin, mut posts) = (0, 0, false);
            for slot in self.positions_of(index) {
                let position = self.positions.at(slot);
                let instrument = &self.instruments[position.instrument as usize];
                worth += instrument.worth(position);
                posts |= instrument.has_margin() && !account.is_cash();
                let own = if account.is_cash() {
                    0
                } else {
                    instrument.margin(position.largest(true, 0))
                };
                margin += own;
                hold(position.margin == own, "a position has the margin of its worst case", index)?;
            }
            let is_worth_kept = posts || ledger.is_watched();
            let kept = if is_worth_kept { worth } else { 0 };
            hold(ledger.worth == kept, "an account's worth is its positions'", index)?;
            hold(ledger.margin == margin, "an account's margin is its positions'", index)?;
            hold(!ledger.is_touched, "who lost was judged", index)?;
            self.check_watch(index, posts)?;
        }
        for cash in self.cash.iter() {
            let account = &self.accounts[cash.account as usize];
            let own = self.positions_of(cash.account).filter(|&slot| {
                let instrument = self.positions.at(slot).instrument;
                self.instruments[instrument as usize].currency == cash.currency
            });
            let held: i128 = own.map(|slot| self.fresh_hold(slot)).sum();
            let held = if account.is_cash() { held } else { 0 };
            hold(cash.held == held, "working orders hold what they may cost", cash.account)?;
        }
        self.check_levels()
    }

    /// The bits that the way of an order asks say what the tables say.
    fn check_watch(&self, index: u32, posts: bool) -> Result<(), Violation> {
        let (account, ledger) = (&self.accounts[index as usize], &self.ledgers[index as usize]);
        let is_cash = account.is_defined && account.is_cash();
        let has_permits =
            self.positions_of(index).any(|slot| self.positions.at(slot).permit.is_some());
        hold(ledger.has_permits == has_permits, "permissions are noted", index)?;
        let has_rates = ledger.order_rate().is_some() || ledger.cancel_rate().is_some();
        let wanted = [
            (watch::CHECKED, is_cash || ledger.close_only != 0),
            (watch::HELD, is_cash || posts),
            (watch::WORTH, posts || ledger.is_watched()),
            (watch::REDUCES, ledger.reducing != 0),
            (watch::LINKED, ledger.linked != 0),
            (watch::ASKED, has_rates || has_permits || ledger.permit.is_some()),
        ];
        for (bit, is_set) in wanted {
            hold(
                (account.watch & bit != 0) == is_set,
                "an account is watched for a reason",
                index,
            )?;
        }
        Ok(())
    }

    fn check_levels(&self) -> Result<(), Violation> {
        let counts = self.levels.has_any();
        hold(counts == (self.watch != 0), "the venue counts where a level has a limit", 0_u32)?;
        let mut all = (0, 0);
        for (session, &head) in (0_u32..).zip(&self.session_orders) {
            let mut own = (0, 0);
            let mut slot = if counts { head } else { NONE };
            while slot != NONE {
                let order = self.orders.at(slot);
                own = (own.0 + 1, own.1 + self.open_notional(order, order.counted()));
                slot = order.session_next;
            }
            all = (all.0 + own.0, all.1 + own.1);
            if session != 0 {
                let [_, level] = self.levels.of(session);
                hold_load(&level.load, own, session)?;
            }
        }
        let [venue, _] = self.levels.of(0);
        hold_load(&venue.load, all, 0)
    }
}

/// A level counts so many orders, worth so much together.
fn hold_load(load: &Load, (orders, notional): (u32, i128), level: u32) -> Result<(), Violation> {
    hold(load.open_orders == orders, "a level's orders are those that work", level)?;
    hold(load.open_notional == notional, "a level's value is theirs", level)
}
