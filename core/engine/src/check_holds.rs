//! What accounts hold, checked from scratch: cash, margin, worth, and the counts of sessions.

use crate::check::{Violation, hold};
use crate::engine::Engine;
use crate::tables::watch;

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
        for session in 0..self.levels.len() {
            let [venue, own] = self.levels.of(session);
            let level = if session == 0 { venue } else { own };
            let orders = || {
                let orders = self.orders.iter().map(|(_, order)| order);
                orders.filter(|order| counts && (session == 0 || order.session == session))
            };
            let count = level.load.open_orders as usize == orders().count();
            hold(count, "a level's orders are those that work", session)?;
            let notional: i128 = orders().map(|it| self.open_notional(it, it.leaves)).sum();
            hold(level.load.open_notional == notional, "a level's value is theirs", session)?;
        }
        Ok(())
    }
}
