//! Orders that follow prices, so that the lives the engine is held against cannot become tame
//! unseen.
#![forbid(unsafe_code)]

use std::collections::{BTreeMap, BTreeSet};

use pinion_tests::live::Live;
use pinion_tests::model::Model;
use pinion_tests::random::Stream;
use pinion_tests::venue::{self, Client, START, Venue};
use pinion_types::command::{NewOrder, NewOrderExtra, NewOrderWide};
use pinion_types::{
    CancelReason, ClOrdId, Command, CommandRef, Event, EventRef, OrdStatus, OrdType, Px, Qty,
    RejectCode, Seq, Side, TimeInForce,
};

/// How often something happened.
#[derive(Debug, Default)]
struct Seen {
    counts: BTreeMap<&'static str, u64>,
    /// Stops of this life that trail, or did.
    trailing: BTreeSet<u64>,
    /// Pegs of this life that float.
    pegs: BTreeSet<u64>,
}

impl Seen {
    fn note(&mut self, what: &'static str, happened: bool) {
        *self.counts.entry(what).or_insert(0) += u64::from(happened);
    }

    fn see(&mut self, command: &Command, events: &[Event]) {
        for event in events {
            match event.view() {
                Some(EventRef::Replaced(it)) if self.trailing.contains(&it.order_id.0) => {
                    let waits = it.ord_status == OrdStatus::Suspended.into();
                    self.note("trailing stops replaced", it.restated == 0 && waits);
                }
                Some(EventRef::Replaced(it)) if self.pegs.contains(&it.order_id.0) => {
                    self.note("floating pegs replaced", it.restated == 0);
                }
                Some(EventRef::Trade(it)) => {
                    self.note("trades of floating pegs", self.pegs.contains(&it.order_id.0));
                }
                _ => {}
            }
        }
        let Some(CommandRef::NewOrderWide(body)) = command.view() else { return };
        let mut first = events.iter().filter_map(Event::view);
        let pegged = body.order.ord_type == OrdType::Pegged.into();
        match first.next() {
            Some(EventRef::Accepted(_)) if pegged && body.extra.peg_move == 1 => {
                let trades = matches!(first.next(), Some(EventRef::Trade(_)));
                self.note("fixed pegs", true);
                self.note("fixed pegs that trade at once", trades);
            }
            Some(EventRef::Accepted(it)) if pegged => {
                let waits = it.ord_status == OrdStatus::Suspended.into();
                self.note("floating pegs", true);
                self.note("floating pegs that wait when they come", waits);
                self.pegs.insert(it.order_id.0);
            }
            Some(EventRef::Rejected(it)) if pegged => {
                let code = it.code.get();
                self.note("pegs that nothing leads", code == Some(RejectCode::NoReferencePx));
                self.note("pegs beyond the collar", code == Some(RejectCode::Collar));
                self.note("caps off the tick", code == Some(RejectCode::BadTick));
                let early = code == Some(RejectCode::IllegalTypeAndTif);
                self.note("pegs in a call, or with a wish that none has", early);
            }
            Some(EventRef::Accepted(it)) if [8, 9].contains(&body.extra.offset_kind) => {
                self.note("trailing stops", true);
                self.note("trailing stops without a trigger yet", it.stop_px.0 == 0);
                self.trailing.insert(it.order_id.0);
            }
            _ => {}
        }
        let unfit = |event: &Event| match event.view() {
            Some(EventRef::Rejected(it)) => it.code.get() == Some(RejectCode::PegOrTrail),
            _ => false,
        };
        self.note("offsets that do not fit", events.iter().any(unfit));
    }
}

#[test]
fn lives_are_full_of_orders_that_follow() {
    let mut seen = Seen::default();
    for seed in 0..200 {
        println!("SEED={seed}");
        let mut stream = Stream::following(seed);
        seen.trailing.clear();
        seen.pegs.clear();
        let mut model = Model::new(&stream.genesis);
        for seq in 2..1_500 {
            let (now, command) = stream.command();
            let events = model.apply(Seq(seq), now, &command).to_vec();
            seen.see(&command, &events);
            stream.see(&command, &events);
        }
        for (what, count) in model.followed() {
            *seen.counts.entry(what).or_insert(0) += count;
        }
    }
    println!("{:#?}", seen.counts);
    for (what, least) in [
        ("fixed pegs", 250),
        ("fixed pegs that trade at once", 40),
        ("pegs that nothing leads", 100),
        ("pegs beyond the collar", 10),
        ("caps off the tick", 10),
        ("pegs in a call, or with a wish that none has", 100),
        ("offsets that do not fit", 100),
        ("trailing stops", 500),
        ("trailing stops without a trigger yet", 100),
        ("trailing stops replaced", 30),
        ("activated", 50),
        ("moved triggers", 200),
        ("elected", 100),
        ("elected by an auction", 5),
        ("floating pegs", 500),
        ("floating pegs that wait when they come", 200),
        ("floating pegs replaced", 50),
        ("trades of floating pegs", 100),
        ("pegs moved", 200),
        ("pegs parked", 50),
        ("pegs brought back", 50),
        ("pegs parked by a change of state", 20),
        ("pegs refused where they would move", 10),
    ] {
        let count = seen.counts.get(what).copied().unwrap_or(0);
        assert!(count >= least, "only {count} {what}");
    }
}

/// Engine and model after the same commands of one client.
struct Both {
    live: Live,
    model: Model,
    client: Client,
    seq: u64,
}

impl Both {
    fn new() -> Self {
        let genesis = venue::genesis();
        let (live, model) = (Live::new(&genesis), Model::new(&genesis));
        let mut both = Both { live, model, client: Client::new(1), seq: 1 };
        let instrument = venue::instrument(1, Px(100_000_000), Qty(1));
        let mut commands = venue::setup(&[instrument], 1);
        commands.extend(both.client.logon(1, START));
        commands.iter().for_each(|command| drop(both.apply(command)));
        both
    }

    fn apply(&mut self, command: &Command) -> Vec<Event> {
        self.seq += 1;
        let wanted = self.model.apply(Seq(self.seq), START, command).to_vec();
        let found = self.live.apply(Seq(self.seq), START, command).to_vec();
        assert_eq!(wanted, found, "command {}", self.seq);
        self.live.engine.check().expect("sound");
        found
    }

    /// An order for one at a price; gives its id and what followed.
    fn buy(&mut self, ticks: i64) -> (ClOrdId, Vec<Event>) {
        let px = Px(ticks * 100_000_000);
        let order = self.client.limit(Side::Buy, px, Qty(1), TimeInForce::Day);
        let command = self.client.message(&order);
        (order.cl_ord_id, self.apply(&command))
    }

    fn follow(&mut self, ord_type: OrdType, px: Px, extra: NewOrderExtra) -> Vec<Event> {
        let order = self.client.limit(Side::Buy, px, Qty(1), TimeInForce::Day);
        let order = NewOrder { ord_type: ord_type.into(), ..order };
        let command = self.client.message(&NewOrderWide { order, extra });
        self.apply(&command)
    }
}

fn code(events: &[Event]) -> Option<RejectCode> {
    match events.first().and_then(Event::view) {
        Some(EventRef::Rejected(it)) => it.code.get(),
        _ => None,
    }
}

#[test]
fn an_instrument_has_room_for_a_thousand_that_follow() {
    let mut both = Both::new();
    let px = Px(50 * 100_000_000);
    let trail = NewOrderExtra { offset_kind: 8, offset_ticks: 5, ..NewOrderExtra::default() };
    for _ in 0..1_000 {
        assert_eq!(code(&both.follow(OrdType::StopLimit, px, trail)), None);
    }
    let more = both.follow(OrdType::StopLimit, px, trail);
    assert_eq!(code(&more), Some(RejectCode::OrderCapacity));
    // Who follows nothing has room.
    assert_eq!(code(&both.buy(40).1), None);
}

#[test]
fn a_peg_moves_ten_thousand_times() {
    let mut both = Both::new();
    both.buy(90);
    let peg = NewOrderExtra { offset_kind: 5, ..NewOrderExtra::default() };
    assert_eq!(code(&both.follow(OrdType::Pegged, Px(0), peg)), None);
    for _ in 0..5_000 {
        let (id, moved) = both.buy(91);
        assert!(matches!(moved[1].view(), Some(EventRef::Replaced(it)) if it.restated == 1));
        let cancel = both.client.cancel(id, Side::Buy);
        let command = both.client.message(&cancel);
        let moved = both.apply(&command);
        assert!(matches!(moved[1].view(), Some(EventRef::Replaced(it)) if it.restated == 1));
    }
    let (_, ended) = both.buy(91);
    let throttled = |it: &Event| match it.view() {
        Some(EventRef::Canceled(it)) => it.reason == CancelReason::Throttle.into(),
        _ => false,
    };
    assert!(throttled(&ended[1]), "{ended:?}");
}
