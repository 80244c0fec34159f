//! What can be known of every order from the reports alone, as a careful client would keep it:
//! prices, what is filled and left, and who came first.

use std::collections::BTreeMap;

use pinion_tests::random::Stream;
use pinion_types::codes::{Liquidity, OrdStatus, Side, StpMode, TimeInForce};
use pinion_types::command::{AccountDef, NewOrder, NewOrderWide, order_flags};
use pinion_types::event::{Accepted, Canceled, Replaced, Trade};
use pinion_types::{Command, Event, EventRef, Px};

use crate::lives::{Life, Turn, seeds};

/// One order, as its reports tell it.
#[derive(Clone, Copy, Debug)]
pub struct Slip {
    pub order_id: u64,
    pub account: u32,
    pub instrument: u32,
    pub side: Side,
    pub tif: TimeInForce,
    pub is_post_only: bool,
    pub stp_mode: StpMode,
    /// The group it named; 0 where it named none.
    pub group: u32,
    /// Whether its account is the one it was entered for.
    pub is_as_entered: bool,
    pub px: Px,
    pub qty: u64,
    pub cum: u64,
    pub leaves: u64,
    pub prevented: u64,
    pub display: u64,
    pub shown: u64,
    pub is_hidden: bool,
    /// Whether it waits for a trigger.
    pub waits: bool,
    /// When it came to the back of its level.
    pub age: u64,
}

impl Slip {
    /// Its turn among those of its side: the least trades first.
    fn turn(&self) -> (i64, bool, u64) {
        let px = if self.side.is_buy() { self.px.0.saturating_neg() } else { self.px.0 };
        (px, self.is_hidden, self.age)
    }

    fn show_anew(&mut self) {
        self.shown = if self.display > 0 { self.display.min(self.leaves) } else { self.leaves };
    }

    /// Filled, left and prevented are what was ordered.
    #[track_caller]
    fn adds_up(&self, canceled: u64) {
        let all = self.cum + self.leaves + self.prevented + canceled;
        assert_eq!(all, self.qty, "filled, left, prevented and canceled of {self:?}");
    }
}

/// Something the ledger took in, for whoever asks more of it.
pub enum Entry<'a> {
    /// An order came.
    Came(&'a Slip),
    /// An order traded; it is given as it was before.
    Traded(&'a Slip, &'a Trade),
    /// An order is gone, as it was last.
    Gone(&'a Slip),
    /// The command is done.
    Done,
}

/// Every order that works, by OrderID.
#[derive(Clone, Debug, Default)]
pub struct Ledger {
    pub slips: BTreeMap<u64, Slip>,
    moment: u64,
    last_canceled: u64,
}

impl Ledger {
    /// Takes in what one command caused; `see` is shown each entry and the ledger before it.
    pub fn turn(
        &mut self,
        command: &Command,
        events: &[Event],
        see: &mut dyn FnMut(&Ledger, Entry<'_>),
    ) {
        self.last_canceled = 0;
        // Whose account is defined anew stays in the group it was entered with.
        if let Some(body) = command.body::<AccountDef>() {
            let own = self.slips.values_mut().filter(|it| it.account == body.account.0);
            own.for_each(|it| it.is_as_entered = false);
        }
        for event in events {
            match event.view() {
                Some(EventRef::Accepted(it)) => {
                    let slip = self.slip(command, it);
                    see(self, Entry::Came(&slip));
                    self.slips.insert(slip.order_id, slip);
                }
                Some(EventRef::Trade(it)) => self.trade(it, see),
                Some(EventRef::Replaced(it)) => self.replace(it, see),
                Some(EventRef::Canceled(it)) => self.cancel(it, see),
                _ => {}
            }
        }
        see(self, Entry::Done);
    }

    /// The order that would have to trade before this one, if any.
    pub fn who_is_before(&self, slip: &Slip) -> Option<&Slip> {
        self.slips.values().find(|it| {
            it.instrument == slip.instrument
                && it.side.is_buy() == slip.side.is_buy()
                && !it.waits
                && it.turn() < slip.turn()
        })
    }

    fn moment(&mut self) -> u64 {
        self.moment += 1;
        self.moment
    }

    fn slip(&mut self, command: &Command, it: &Accepted) -> Slip {
        let entered =
            command.body::<NewOrder>().or(command.body::<NewOrderWide>().map(|it| &it.order));
        let own = entered.filter(|order| order.cl_ord_id == it.cl_ord_id);
        let mut slip = Slip {
            order_id: it.order_id.0,
            account: it.account.0,
            instrument: it.instrument.0,
            side: it.side.get().expect("a side"),
            tif: it.time_in_force.get().expect("a time in force"),
            is_post_only: it.exec_inst.0 != 0,
            stp_mode: it.stp_mode.get().expect("a mode"),
            group: own.map_or(0, |order| order.stp_group),
            is_as_entered: true,
            px: it.px,
            qty: it.qty.0,
            cum: 0,
            leaves: it.qty.0,
            prevented: 0,
            display: it.display_qty.0,
            shown: 0,
            is_hidden: it.flags & order_flags::HIDDEN != 0,
            waits: it.ord_status == OrdStatus::Suspended.into(),
            age: self.moment(),
        };
        slip.show_anew();
        slip
    }

    #[track_caller]
    fn at(&self, order_id: u64) -> Slip {
        *self
            .slips
            .get(&order_id)
            .unwrap_or_else(|| panic!("a report of {order_id}, which is none"))
    }

    fn put(&mut self, slip: Slip, see: &mut dyn FnMut(&Ledger, Entry<'_>)) {
        if slip.leaves == 0 {
            slip.adds_up(0);
            self.slips.remove(&slip.order_id);
            see(self, Entry::Gone(&slip));
        } else {
            self.slips.insert(slip.order_id, slip);
        }
    }

    fn trade(&mut self, it: &Trade, see: &mut dyn FnMut(&Ledger, Entry<'_>)) {
        let mut slip = self.at(it.order_id.0);
        see(self, Entry::Traded(&slip, it));
        let qty = it.last_qty.0;
        assert!(qty > 0 && qty <= slip.leaves, "{qty} traded of {slip:?}");
        slip.cum += qty;
        slip.leaves -= qty;
        assert_eq!((it.cum_qty.0, it.leaves_qty.0), (slip.cum, slip.leaves), "told of {slip:?}");
        if it.liquidity != Liquidity::Added.into() {
            // All of a taker trades, and all of whoever stands in an auction.
            slip.show_anew();
        } else {
            assert!(qty <= slip.shown, "{qty} traded of what {slip:?} shows");
            slip.shown -= qty;
            if slip.shown == 0 && slip.leaves > 0 {
                slip.age = self.moment();
                slip.show_anew();
            }
        }
        slip.adds_up(0);
        self.put(slip, see);
    }

    fn replace(&mut self, it: &Replaced, see: &mut dyn FnMut(&Ledger, Entry<'_>)) {
        let mut slip = self.at(it.order_id.0);
        let is_elected = slip.waits && it.ord_status != OrdStatus::Suspended.into();
        assert_eq!(it.cum_qty.0, slip.cum, "a replace fills nothing of {slip:?}");
        slip.is_as_entered &= slip.account == it.account.0;
        slip.account = it.account.0;
        slip.tif = it.time_in_force.get().expect("a time in force");
        (slip.px, slip.qty, slip.leaves) = (it.px, it.qty.0, it.leaves_qty.0);
        (slip.prevented, slip.display) = (it.prevented_qty.0, it.display_qty.0);
        slip.waits = it.ord_status == OrdStatus::Suspended.into();
        if it.priority_lost == 1 || is_elected {
            slip.age = self.moment();
            slip.show_anew();
        } else if slip.display == 0 {
            slip.show_anew();
        } else {
            slip.shown = slip.shown.min(slip.leaves);
        }
        slip.adds_up(0);
        self.put(slip, see);
    }

    fn cancel(&mut self, it: &Canceled, see: &mut dyn FnMut(&Ledger, Entry<'_>)) {
        if !self.slips.contains_key(&it.order_id.0) && self.last_canceled == it.order_id.0 {
            // Who asks for another session's order is told beside the one who entered it.
            return;
        }
        self.last_canceled = it.order_id.0;
        let mut slip = self.at(it.order_id.0);
        assert_eq!(it.cum_qty.0, slip.cum, "a cancel fills nothing of {slip:?}");
        // Who was decremented to nothing is told as canceled, with what prevention took.
        (slip.prevented, slip.leaves) = (it.prevented_qty.0, 0);
        slip.adds_up(it.canceled_qty.0);
        self.slips.remove(&slip.order_id);
        see(self, Entry::Gone(&slip));
    }
}

/// Puts a sentence about single reports to the lives that [`all_lives`](crate::lives::all_lives)
/// has.
pub fn all_entries(count: u64, commands: u64, see: &mut dyn FnMut(&Turn<'_>, &Ledger, Entry<'_>)) {
    for seed in seeds(count) {
        for stream in [Stream::new(seed), Stream::busy(seed)] {
            let (mut life, mut ledger) = (Life::new(stream), Ledger::default());
            for _ in 0..commands {
                life.step(&mut |turn| {
                    ledger.turn(turn.command, turn.events, &mut |ledger, entry| {
                        see(turn, ledger, entry);
                    });
                });
            }
        }
    }
}
