//! What the random lives are to be rich in of risk, so that they cannot become tame unseen.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;

use pinion_tests::model::Model;
use pinion_tests::random::Stream;
use pinion_tests::venue::Venue;
use pinion_types::codes::{CancelReason, Scope};
use pinion_types::{Event, EventRef, RejectCode, Seq};

/// How often something was said.
#[derive(Default)]
struct Seen(BTreeMap<String, usize>);

impl Seen {
    fn note(&mut self, what: String) {
        *self.0.entry(what).or_insert(0) += 1;
    }

    fn see(&mut self, event: &Event) {
        match event.view() {
            Some(EventRef::Rejected(it)) => {
                self.note(format!("{} of an order", it.code.0));
                if let Some(scope @ (Scope::Session | Scope::Global)) = it.scope.get() {
                    self.note(format!("{} at {scope}", it.code.0));
                }
            }
            Some(EventRef::CancelRejected(it)) => self.note(format!("{} of a replace", it.code.0)),
            Some(EventRef::Canceled(it)) => {
                if it.reason == CancelReason::CloseOnly.into() {
                    self.note("orders of who may only reduce".to_owned());
                }
                if event.header().session.0 == 0 {
                    self.note("rests of the venue's own orders".to_owned());
                }
            }
            Some(EventRef::Trade(_)) if event.header().session.0 == 0 => {
                self.note("trades of the venue's own orders".to_owned());
            }
            Some(EventRef::Trade(_)) => self.note("sides of trades".to_owned()),
            Some(EventRef::AccountAlert(it)) => {
                let kind = it.limit_id.get().expect("a limit");
                self.note(format!("{} % of {kind}", it.percent));
            }
            _ => {}
        }
    }

    #[track_caller]
    fn at_least(&self, count: usize, what: &str) {
        let is = self.0.get(what).copied().unwrap_or(0);
        assert!(is >= count, "{what}: {is}, of all {:#?}", self.0);
    }
}

#[test]
fn risk_is_met_in_many_ways() {
    let mut seen = Seen::default();
    for seed in 0..90 {
        println!("SEED={seed}");
        for mut stream in [Stream::new(seed), Stream::busy(seed)] {
            let mut model = Model::new(&stream.genesis);
            for seq in 2..1_500 {
                let (now, command) = stream.command();
                let events = model.apply(Seq(seq), now, &command).to_vec();
                events.iter().for_each(|event| seen.see(event));
                stream.see(&command, &events);
            }
        }
    }
    println!("{:#?}", seen.0);
    for code in [
        RejectCode::AccountThrottled,
        RejectCode::PermissionForbids,
        RejectCode::StaleMark,
        RejectCode::BuyingPower,
        RejectCode::Holding,
        RejectCode::Margin,
        RejectCode::ShortMark,
        RejectCode::CloseOnly,
    ] {
        seen.at_least(30, &format!("{} of an order", code.code()));
        seen.at_least(1, &format!("{} of a replace", code.code()));
    }
    for code in [
        RejectCode::OrderQtyLimit,
        RejectCode::OrderNotionalLimit,
        RejectCode::OpenOrdersLimit,
        RejectCode::OpenNotionalLimit,
    ] {
        let at = |scope: Scope| seen.0.get(&format!("{} at {scope}", code.code()));
        assert!(at(Scope::Session).is_some() || at(Scope::Global).is_some(), "{code:?}");
    }
    for percent in [70, 80, 100] {
        seen.at_least(20, &format!("{percent} % of daily-loss"));
        seen.at_least(20, &format!("{percent} % of drawdown"));
    }
    seen.at_least(50, "orders of who may only reduce");
    seen.at_least(20, "trades of the venue's own orders");
    seen.at_least(10, "rests of the venue's own orders");
    seen.at_least(5_000, "sides of trades");
}
