//! Orders that follow the market, checked from scratch.

use pinion_types::TradingState;

use crate::check::{Violation, hold};
use crate::engine::Engine;
use crate::orders::{FOLLOWERS_MAX, Follower, Order, Peg, Special, Trail};

impl Engine {
    /// Who follows is listed once, and where it belongs.
    pub(crate) fn check_followers(&self) -> Result<(), Violation> {
        let mut listed = 0;
        for (index, instrument) in (0_u32..).zip(&self.instruments) {
            let mut own = 0;
            for kind in [Follower::Trail, Follower::Peg] {
                for slot in self.followers.iter(index, kind) {
                    let order = self.orders.at(slot);
                    let at_home = order.instrument == index
                        && order.is_special()
                        && self.specials.at(slot).follower() == Some(kind);
                    hold(at_home, "who follows is listed where it belongs", order.order_id)?;
                    self.check_one_follower(slot, order)?;
                    own += 1;
                }
            }
            let id = instrument.id().0;
            hold(own == self.followers.count(index), "an instrument knows who follows", id)?;
            hold(own <= FOLLOWERS_MAX, "not too many follow", id)?;
            let pegs = self.followers.iter(index, Follower::Peg).count();
            hold(pegs == instrument.pegs as usize, "an instrument knows its pegs", id)?;
            if instrument.floats() && !self.is_short {
                let seen = self.aftermath.seen(index) == Some(self.quotes(index));
                hold(seen, "pegs have followed the best prices", id)?;
            }
            listed += own as usize;
        }
        let follows = |(slot, order): &(u32, &Order)| {
            order.is_special() && self.specials.at(*slot).follower().is_some()
        };
        let all = self.orders.iter().filter(follows).count();
        hold(all == listed, "who follows is listed", 0_u32)
    }

    fn check_one_follower(&self, slot: u32, order: &Order) -> Result<(), Violation> {
        match self.specials.at(slot) {
            Special::Trailing(trail) => self.check_trail_of(order, &trail),
            Special::Floating(peg) => self.check_peg_of(order, &peg),
            Special::None | Special::Linked(_) => Ok(()),
        }
    }

    /// A floating peg stands no worse than its cap, and in a book that trades as it comes.
    fn check_peg_of(&self, order: &Order, peg: &Peg) -> Result<(), Violation> {
        let id = order.order_id;
        hold(order.floats() && !order.is_suspended(), "a floating peg is pegged", id)?;
        let trades = self.is_in(order.instrument, TradingState::Continuous);
        hold(trades || order.waits(), "pegs float where orders match as they come", id)?;
        let is_worse = |cap| if order.is_buy() { order.tick > cap } else { order.tick < cap };
        let kept = order.waits() || !peg.cap.is_some_and(is_worse);
        hold(kept, "a peg stands no worse than its cap", id)
    }

    /// A trailing stop waits behind the best trade there was.
    fn check_trail_of(&self, order: &Order, trail: &Trail) -> Result<(), Violation> {
        let id = order.order_id;
        hold(order.is_suspended(), "a trailing stop waits", id)?;
        let last = self.instruments[order.instrument as usize].last;
        let Some(last) = last else {
            return hold(trail.extreme.is_none(), "nothing is trailed before a trade", id);
        };
        let seen = trail.after(order.is_buy(), last, last);
        hold(seen == trail.extreme, "no trade escapes who trails", id)
    }
}
