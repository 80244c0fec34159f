//! Linked orders, so that the lives the engine is held against cannot become tame unseen.
#![forbid(unsafe_code)]

use std::collections::{BTreeMap, BTreeSet};

use pinion_tests::model::Model;
use pinion_tests::random::Stream;
use pinion_tests::venue::Venue;
use pinion_types::event::{Canceled, Replaced};
use pinion_types::{
    CancelReason, Command, CommandRef, Event, EventRef, Liquidity, OrdStatus, RejectCode, Seq,
};

/// Kind of a group, and the leg.
type Leg = (u8, u8);

/// The limit order of a pair, its stop.
const FIRST: Leg = (1, 1);
const SECOND: Leg = (1, 2);
/// The entry of a bracket, what takes its profit, what stops its loss.
const ENTRY: Leg = (2, 1);
const PROFIT: Leg = (2, 2);
const LOSS: Leg = (2, 3);

/// How often something happened.
#[derive(Debug, Default)]
struct Seen {
    counts: BTreeMap<&'static str, usize>,
    /// What orders of this life were when they came, and their quantities.
    legs: BTreeMap<u64, (Leg, u64)>,
    /// Exits that have started.
    started: BTreeSet<u64>,
}

impl Seen {
    fn note(&mut self, what: &'static str, happened: bool) {
        *self.counts.entry(what).or_insert(0) += usize::from(happened);
    }

    fn leg(&self, id: u64) -> Option<Leg> {
        self.legs.get(&id).map(|it| it.0)
    }

    fn see(&mut self, command: &Command, events: &[Event]) {
        self.see_order(command, events);
        let mut before: Option<&Event> = None;
        for event in events {
            match event.view() {
                Some(EventRef::Canceled(it)) => self.see_end(it, before),
                Some(EventRef::Replaced(it)) => self.see_change(it),
                Some(EventRef::Trade(it)) => {
                    let auction = it.liquidity == Liquidity::Auction.into();
                    let leg = self.leg(it.order_id.0);
                    self.note("trades of first legs", leg == Some(FIRST));
                    self.note("trades of first legs in auctions", leg == Some(FIRST) && auction);
                    self.note("trades of elected stops", leg == Some(SECOND));
                    self.note("trades of entries", leg == Some(ENTRY));
                    self.note("trades of entries in auctions", leg == Some(ENTRY) && auction);
                    self.note("profits taken", leg == Some(PROFIT));
                    self.note("losses stopped", leg == Some(LOSS));
                }
                Some(EventRef::CancelRejected(it)) => {
                    let code = it.code.get();
                    let apart = code == Some(RejectCode::LinkMismatch);
                    self.note("replaces that do not fit a group", apart);
                }
                _ => {}
            }
            before = Some(event);
        }
    }

    fn see_order(&mut self, command: &Command, events: &[Event]) {
        let Some(CommandRef::NewOrderWide(body)) = command.view() else { return };
        let extra = &body.extra;
        let leg = (extra.link_kind, extra.link_leg);
        match events.iter().find_map(Event::view) {
            Some(EventRef::Accepted(it)) if extra.link_id != 0 => {
                self.legs.insert(it.order_id.0, (leg, it.qty.0));
                self.note("pairs begun", leg == FIRST);
                self.note("pairs whole", leg == SECOND);
                self.note("exits that wait", matches!(leg, PROFIT | LOSS));
                self.note("entries", leg == ENTRY);
            }
            Some(EventRef::Rejected(it)) => {
                let code = it.code.get();
                self.note("groups not open", code == Some(RejectCode::LinkGone));
                self.note("legs that do not fit", code == Some(RejectCode::LinkMismatch));
                let faulty = extra.link_id != 0 && code == Some(RejectCode::IllegalTypeAndTif);
                self.note("words that no linked order may have", faulty);
            }
            _ => {}
        }
    }

    fn see_end(&mut self, it: &Canceled, before: Option<&Event>) {
        let Some(leg) = self.leg(it.order_id.0) else { return };
        let linked = it.reason == CancelReason::LinkedOrder.into();
        let exit = matches!(leg, PROFIT | LOSS);
        let waits = exit && !self.started.contains(&it.order_id.0);
        let by_end = matches!(before.and_then(Event::view), Some(EventRef::Canceled(_)));
        let pair = matches!(leg, FIRST | SECOND) && linked;
        self.note("stops ended by a trade of their mate", leg == SECOND && linked && !by_end);
        self.note("limit orders ended by an election", leg == FIRST && linked && !by_end);
        self.note("mates that ended with another", pair && by_end);
        self.note("exits ended without a start", waits && linked);
        self.note("exits ended by their mate", exit && !waits && linked);
        self.note("exits ended while they wait", waits && !linked);
        let refused = it.reason == CancelReason::RiskAtElection.into();
        self.note("profits that risk refuses", leg == PROFIT && refused);
        self.note("losses that risk refuses", leg == LOSS && refused);
        for (what, reason) in [
            ("linked orders that expire", CancelReason::Expired),
            ("linked orders mass canceled", CancelReason::MassCancel),
            ("linked orders killed", CancelReason::KillSwitch),
            ("linked orders of lost sessions", CancelReason::CancelOnDisconnect),
            ("linked orders ended by self-trade prevention", CancelReason::SelfTrade),
            ("linked orders of closed accounts", CancelReason::CloseOnly),
        ] {
            self.note(what, it.reason == reason.into());
        }
    }

    fn see_change(&mut self, it: &Replaced) {
        let Some(&(leg, qty)) = self.legs.get(&it.order_id.0) else { return };
        let waits = it.ord_status == OrdStatus::Suspended.into();
        if it.restated == 0 {
            self.note("exits changed while they wait", matches!(leg, PROFIT | LOSS) && waits);
            return self.note("linked orders changed", true);
        }
        let is_first = self.started.insert(it.order_id.0);
        self.note("stops elected", leg == SECOND && !waits);
        self.note("profits started", leg == PROFIT);
        self.note("losses started", leg == LOSS && waits);
        self.note("losses elected as they start", leg == LOSS && !waits && is_first);
        self.note("losses elected later", leg == LOSS && !waits && !is_first);
        self.note("exits cut", matches!(leg, PROFIT | LOSS) && it.qty.0 < qty);
    }
}

#[test]
fn lives_are_full_of_linked_orders() {
    let mut seen = Seen::default();
    for seed in 0..100 {
        println!("SEED={seed}");
        for mut stream in [Stream::linked(seed), Stream::new(seed)] {
            let mut model = Model::new(&stream.genesis);
            (seen.legs, seen.started) = Default::default();
            for seq in 2..1_500 {
                let (now, command) = stream.command();
                let events = model.apply(Seq(seq), now, &command).to_vec();
                seen.see(&command, &events);
                stream.see(&command, &events);
            }
        }
    }
    println!("{:#?}", seen.counts);
    let rare: Vec<_> = LEAST
        .iter()
        .map(|(what, least)| (*what, seen.counts.get(what).copied().unwrap_or(0), *least))
        .filter(|(_, count, least)| count < least)
        .collect();
    assert!(rare.is_empty(), "too rare (what, how often, at least): {rare:?}");
    assert_eq!(seen.counts.len(), LEAST.len(), "each of these has its least");
}

/// What has to occur, and how often.
const LEAST: &[(&str, usize)] = &[
    ("entries", 310),
    ("exits changed while they wait", 560),
    ("exits cut", 20),
    ("exits ended by their mate", 22),
    ("exits ended while they wait", 940),
    ("exits ended without a start", 250),
    ("exits that wait", 1390),
    ("groups not open", 340),
    ("legs that do not fit", 390),
    ("limit orders ended by an election", 23),
    ("linked orders changed", 720),
    ("linked orders ended by self-trade prevention", 20),
    ("linked orders killed", 1),
    ("linked orders mass canceled", 20),
    ("linked orders of closed accounts", 70),
    ("linked orders of lost sessions", 14),
    ("linked orders that expire", 320),
    ("losses elected as they start", 26),
    ("losses elected later", 5),
    ("losses started", 30),
    ("losses stopped", 16),
    ("losses that risk refuses", 5),
    ("mates that ended with another", 140),
    ("pairs begun", 290),
    ("pairs whole", 190),
    ("profits started", 40),
    ("profits taken", 28),
    ("profits that risk refuses", 4),
    ("replaces that do not fit a group", 150),
    ("stops elected", 20),
    ("stops ended by a trade of their mate", 20),
    ("trades of elected stops", 27),
    ("trades of entries", 140),
    ("trades of entries in auctions", 22),
    ("trades of first legs", 90),
    ("trades of first legs in auctions", 13),
    ("words that no linked order may have", 500),
];
