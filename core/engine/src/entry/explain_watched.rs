//! The numbers behind refusals that few orders meet: rates, stale marks, cash, margin, losses.

use pinion_types::{LimitId, Nanos, RejectCode, Scope};

use super::refusal::{Refusal, count, money_down, money_up};
use super::risk::Increase;
use crate::engine::Engine;

impl Engine {
    pub(super) fn name_rate(&self, account: u32) -> Refusal {
        let rate = self.ledgers.get(account as usize).and_then(|it| it.order_rate());
        let burst = rate.map_or(0, |rate| i64::from(rate.burst));
        Refusal::new(RejectCode::AccountThrottled, LimitId::Rate, [burst, burst, burst + 1])
            .at(Scope::Account, account.wrapping_add(1))
    }

    pub(super) fn name_mark_age(&self, now: Nanos, instrument: u32) -> Refusal {
        let place = &self.instruments[instrument as usize];
        let age = count(place.mark_age(now));
        let limit = count(place.mark_age_max().unwrap_or(u64::MAX));
        Refusal::new(RejectCode::StaleMark, LimitId::Time, [limit, age, age])
            .at(Scope::Instrument, place.id().0)
    }

    pub(super) fn name_cash(&self, increase: &Increase) -> Refusal {
        let (cash, held) = self.cash_held(&self.parties(increase));
        let would_be = held + self.more_held(increase);
        let numbers = [money_down(cash), money_down(held), money_up(would_be)];
        Refusal::new(RejectCode::BuyingPower, LimitId::BuyingPower, numbers)
            .at(Scope::Account, increase.account + 1)
    }

    /// Too little to sell, or enough of it to need no short mark.
    pub(super) fn name_holding(&self, code: RejectCode, increase: &Increase) -> Refusal {
        let position = self.position_at(increase.position);
        let (quantity, sells) = position.map_or((0, 0), |it| (it.quantity, it.sells));
        let numbers = [quantity, count(sells), count(sells + increase.qty)];
        Refusal::new(code, LimitId::Holding, numbers).at(Scope::Account, increase.account + 1)
    }

    pub(super) fn name_margin(&self, increase: &Increase) -> Refusal {
        let [now, after] = self.parties(increase).margins(increase);
        let sum = self.ledgers[increase.account as usize].margin;
        let equity = self.equity(increase.account);
        let numbers = [money_down(equity), money_down(sum), money_up(sum - now + after)];
        Refusal::new(RejectCode::Margin, LimitId::Margin, numbers)
            .at(Scope::Account, increase.account + 1)
    }

    pub(super) fn name_loss(&self, account: u32) -> Refusal {
        let code = RejectCode::CloseOnly;
        let Some(loss) = self.closing_loss(account) else { return code.into() };
        let ledger = &self.ledgers[account as usize];
        let lost = money_up(ledger.lost(loss, self.equity(account)));
        Refusal::new(code, loss.limit_id(), [money_down(ledger.limit(loss)), lost, lost])
            .at(Scope::Account, account + 1)
    }
}
