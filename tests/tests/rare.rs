//! Orders with wishes that few have, so that the lives the engine is held against cannot become
//! tame unseen.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;

use pinion_tests::model::Model;
use pinion_tests::random::Stream;
use pinion_tests::venue::Venue;
use pinion_types::command::NewOrderExtra;
use pinion_types::{
    CancelReason, Command, CommandRef, Event, EventRef, RejectCode, Seq, TimeInForce,
};

/// How often something happened.
#[derive(Debug, Default)]
struct Seen(BTreeMap<&'static str, usize>);

impl Seen {
    fn note(&mut self, what: &'static str, happened: bool) {
        *self.0.entry(what).or_insert(0) += usize::from(happened);
    }

    fn see(&mut self, command: &Command, events: &[Event]) {
        let (order, extra) = match command.view() {
            Some(CommandRef::NewOrder(order)) => (order, NewOrderExtra::default()),
            Some(CommandRef::NewOrderWide(body)) => (&body.order, body.extra),
            _ => return,
        };
        let mut first = events.iter().filter_map(Event::view);
        match first.next() {
            Some(EventRef::Rejected(it)) => {
                let code = it.code.get();
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
    for seed in 0..60 {
        println!("SEED={seed}");
        for mut stream in [Stream::new(seed), Stream::busy(seed)] {
            let mut model = Model::new(&stream.genesis);
            for seq in 2..1_500 {
                let (now, command) = stream.command();
                let events = model.apply(Seq(seq), now, &command).to_vec();
                seen.see(&command, &events);
                stream.see(&command, &events);
            }
        }
    }
    println!("{:#?}", seen.0);
    for (what, least) in [
        ("minimum quantities that do not fit", 30),
        ("minimum quantities that nobody could fill", 200),
        ("minimum quantities that were filled", 100),
    ] {
        let count = seen.0.get(what).copied().unwrap_or(0);
        assert!(count >= least, "only {count} {what}");
    }
}
