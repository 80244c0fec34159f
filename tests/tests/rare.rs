//! Orders with wishes that few have, so that the lives the engine is held against cannot become
//! tame unseen.
#![forbid(unsafe_code)]

use std::collections::{BTreeMap, BTreeSet};

use pinion_tests::model::Model;
use pinion_tests::random::Stream;
use pinion_tests::venue::Venue;
use pinion_types::command::{NewOrderExtra, order_flags};
use pinion_types::{
    CancelReason, Command, CommandRef, Event, EventRef, Liquidity, OrdStatus, OrdType, RejectCode,
    Seq, TimeInForce,
};

/// How often something happened.
#[derive(Debug, Default)]
struct Seen {
    counts: BTreeMap<&'static str, usize>,
    /// Orders of this life that are not shown.
    hidden: BTreeSet<u64>,
    /// Those that only reduce, and their quantities.
    reducing: BTreeMap<u64, u64>,
    /// Those of auctions, and whether of the opening.
    auctions: BTreeMap<u64, bool>,
}

impl Seen {
    fn note(&mut self, what: &'static str, happened: bool) {
        *self.counts.entry(what).or_insert(0) += usize::from(happened);
    }

    fn see(&mut self, command: &Command, events: &[Event]) {
        self.see_order(command, events);
        for event in events {
            match event.view() {
                Some(EventRef::Accepted(it)) if it.flags & order_flags::HIDDEN != 0 => {
                    self.hidden.insert(it.order_id.0);
                }
                Some(EventRef::Trade(it)) if self.hidden.contains(&it.order_id.0) => {
                    let liquidity = it.liquidity.get();
                    self.note("hidden makers", liquidity == Some(Liquidity::Added));
                    self.note("hidden takers", liquidity == Some(Liquidity::Removed));
                    self.note("hidden in auctions", liquidity == Some(Liquidity::Auction));
                }
                Some(EventRef::Replaced(it)) if self.hidden.contains(&it.order_id.0) => {
                    self.note("hidden orders changed in their place", it.priority_lost == 0);
                    self.note("hidden orders moved", it.priority_lost == 1);
                }
                _ => {}
            }
            self.see_auctions(event);
            self.see_reducing(event);
        }
    }

    fn see_reducing(&mut self, event: &Event) {
        match event.view() {
            Some(EventRef::Accepted(it)) if it.flags & order_flags::REDUCE_ONLY != 0 => {
                self.reducing.insert(it.order_id.0, it.qty.0);
                self.note("orders that only reduce", true);
                let waits = it.ord_status == OrdStatus::Suspended.into();
                self.note("orders that only reduce and wait", waits);
            }
            Some(EventRef::Trade(it)) if self.reducing.contains_key(&it.order_id.0) => {
                let liquidity = it.liquidity.get();
                self.note("makers that only reduce", liquidity == Some(Liquidity::Added));
                self.note("takers that only reduce", liquidity == Some(Liquidity::Removed));
                self.note("reducing in auctions", liquidity == Some(Liquidity::Auction));
            }
            Some(EventRef::Replaced(it)) => {
                if let Some(qty) = self.reducing.get_mut(&it.order_id.0) {
                    let shrunk = it.restated == 1 && it.qty.0 < *qty;
                    *qty = it.qty.0;
                    self.note("orders cut to what still reduces", shrunk);
                    self.note("replaces of orders that only reduce", it.restated == 0);
                }
            }
            Some(EventRef::Canceled(it)) if self.reducing.contains_key(&it.order_id.0) => {
                let ended = it.reason == CancelReason::CloseOnly.into();
                self.note("orders that do not reduce any more", ended);
            }
            Some(EventRef::CancelRejected(it)) => {
                let grows = it.code.get() == Some(RejectCode::ReduceOnly);
                self.note("replaces that would not reduce", grows);
            }
            Some(EventRef::Rejected(it)) => {
                let code = it.code.get();
                self.note("orders that would not reduce", code == Some(RejectCode::ReduceOnly));
            }
            _ => {}
        }
    }

    fn see_auctions(&mut self, event: &Event) {
        let of_auction = [TimeInForce::AtTheOpening, TimeInForce::AtTheClose].map(Some);
        match event.view() {
            Some(EventRef::Accepted(it)) if of_auction.contains(&it.time_in_force.get()) => {
                let opening = it.time_in_force == TimeInForce::AtTheOpening.into();
                let waits = it.ord_status == OrdStatus::Suspended.into();
                self.auctions.insert(it.order_id.0, opening);
                self.note("opening orders", opening);
                self.note("closing orders that wait", waits);
                self.note("closing orders in their auction", !opening && !waits);
                self.note("market orders of auctions", it.ord_type == OrdType::Market.into());
            }
            Some(EventRef::Replaced(it)) if self.auctions.contains_key(&it.order_id.0) => {
                let waits = it.ord_status == OrdStatus::Suspended.into();
                self.note("closing orders that joined", it.restated == 1);
                self.note("closing orders changed while they wait", waits);
                self.note("orders of auctions changed there", it.restated == 0 && !waits);
            }
            Some(EventRef::Trade(it)) => {
                let opening = self.auctions.get(&it.order_id.0).copied();
                self.note("trades of opening orders", opening == Some(true));
                self.note("trades of closing orders", opening == Some(false));
            }
            Some(EventRef::Canceled(it)) if it.reason == CancelReason::Expired.into() => {
                let opening = self.auctions.get(&it.order_id.0).copied();
                self.note("opening orders that ended", opening == Some(true));
                self.note("closing orders that ended", opening == Some(false));
            }
            Some(EventRef::Canceled(it)) if it.reason == CancelReason::RiskAtElection.into() => {
                let joined = self.auctions.contains_key(&it.order_id.0);
                self.note("closing orders without a level", joined);
            }
            _ => {}
        }
    }

    fn see_order(&mut self, command: &Command, events: &[Event]) {
        let (order, extra) = match command.view() {
            Some(CommandRef::NewOrder(order)) => (order, NewOrderExtra::default()),
            Some(CommandRef::NewOrderWide(body)) => (&body.order, body.extra),
            _ => return,
        };
        let mut first = events.iter().filter_map(Event::view);
        match first.next() {
            Some(EventRef::Rejected(it)) => {
                let code = it.code.get();
                self.note("too late", code == Some(RejectCode::TooLateToEnter));
                self.note("minimum quantities that do not fit", code == Some(RejectCode::MinQty));
            }
            Some(EventRef::Accepted(_)) if extra.min_qty.0 > 0 => {
                let next = first.next();
                let alone = order.time_in_force != TimeInForce::FillOrKill.into();
                let unfilled = matches!(next, Some(EventRef::Canceled(it))
                    if it.reason == CancelReason::FokUnfilled.into() && alone);
                self.note("minimum quantities that nobody could fill", unfilled);
                let trades = matches!(next, Some(EventRef::Trade(_)));
                self.note("minimum quantities that were filled", trades);
            }
            _ => {}
        }
    }
}

#[test]
fn lives_are_full_of_rare_wishes() {
    let mut seen = Seen::default();
    for seed in 0..1_000 {
        println!("SEED={seed}");
        for mut stream in [Stream::new(seed), Stream::busy(seed)] {
            let mut model = Model::new(&stream.genesis);
            seen.hidden.clear();
            seen.auctions.clear();
            seen.reducing.clear();
            for seq in 2..1_500 {
                let (now, command) = stream.command();
                let events = model.apply(Seq(seq), now, &command).to_vec();
                seen.see(&command, &events);
                stream.see(&command, &events);
            }
        }
    }
    println!("{:#?}", seen.counts);
    for (what, least) in [
        ("minimum quantities that do not fit", 30),
        ("minimum quantities that nobody could fill", 200),
        ("minimum quantities that were filled", 100),
        ("hidden makers", 100),
        ("hidden takers", 50),
        ("hidden in auctions", 10),
        ("hidden orders changed in their place", 50),
        ("hidden orders moved", 50),
        ("opening orders", 50),
        ("too late", 50),
        ("closing orders that wait", 200),
        ("closing orders that joined", 30),
        ("closing orders in their auction", 30),
        ("market orders of auctions", 50),
        ("closing orders changed while they wait", 50),
        ("orders of auctions changed there", 10),
        ("trades of opening orders", 10),
        ("trades of closing orders", 10),
        ("opening orders that ended", 10),
        ("closing orders that ended", 30),
        ("closing orders without a level", 1),
        ("orders that only reduce", 300),
        ("orders that only reduce and wait", 30),
        ("makers that only reduce", 50),
        ("takers that only reduce", 50),
        ("reducing in auctions", 10),
        ("orders cut to what still reduces", 20),
        ("orders that do not reduce any more", 50),
        ("replaces of orders that only reduce", 20),
        ("orders that would not reduce", 100),
        ("replaces that would not reduce", 5),
    ] {
        let count = seen.counts.get(what).copied().unwrap_or(0);
        assert!(count >= least, "only {count} {what}");
    }
}
