//! The naive model by itself: whatever a random life does, nothing is made or lost.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;

use pinion_tests::model::Model;
use pinion_tests::random::Stream;
use pinion_tests::venue::Venue;
use pinion_types::{CancelReason, CommandKind, Event, EventRef, Liquidity, Qty, RejectCode, Seq};

/// Signed positions by account and instrument, as trades report them.
#[derive(Default)]
struct Books {
    positions: BTreeMap<(u32, u32), i64>,
    trades: u64,
}

impl Books {
    fn see(&mut self, event: &Event) {
        match event.view() {
            Some(EventRef::Trade(it)) => {
                let buys = it.side.get().expect("a side").is_buy();
                self.fill((it.account.0, it.instrument.0), buys, it.last_qty, it.position);
                self.trades += 1;
            }
            Some(EventRef::TradeCorrected(it)) => {
                // One that stands at another price moves no position.
                let qty = if it.is_adjusted == 1 { Qty(0) } else { it.qty };
                let buys = it.side.get().expect("a side").is_buy();
                self.fill((it.account.0, it.instrument.0), !buys, qty, it.position);
            }
            _ => {}
        }
    }

    fn fill(&mut self, key: (u32, u32), buys: bool, Qty(qty): Qty, told: i64) {
        let held = self.positions.entry(key).or_default();
        let qty = i64::try_from(qty).expect("a quantity");
        *held += if buys { qty } else { -qty };
        assert_eq!(*held, told, "a trade reports the position after it");
    }
}

#[test]
fn positions_of_an_instrument_sum_to_zero() {
    let mut trades = 0;
    for seed in 0..90 {
        println!("SEED={seed}");
        let mut stream = Stream::new(seed);
        let mut model = Model::new(&stream.genesis);
        let mut books = Books::default();
        for seq in 2..1_500 {
            let (now, command) = stream.command();
            let events = model.apply(Seq(seq), now, &command).to_vec();
            events.iter().for_each(|event| books.see(event));
            stream.see(&command, &events);
            let mut sums = BTreeMap::new();
            for ((_, instrument), held) in &books.positions {
                *sums.entry(instrument).or_insert(0) += held;
            }
            assert!(sums.values().all(|sum| *sum == 0), "command {seq}: {sums:?}");
        }
        trades += books.trades;
    }
    assert!(trades > 1_000, "only {trades} sides of trades: the lives are too quiet");
}

/// What happened to orders that wait or hide.
#[derive(Debug, Default)]
struct Rare {
    waiting: u64,
    elected: u64,
    cascades: u64,
    longest: u64,
    canceled: u64,
    halts: u64,
    hiding: u64,
    changed: u64,
    refused: BTreeMap<RejectCode, u64>,
}

impl Rare {
    fn see(&mut self, events: &[Event]) {
        let mut elected = 0;
        for event in events {
            match event.view() {
                Some(EventRef::Accepted(it)) => {
                    self.waiting += u64::from(it.stop_px.0 != 0);
                    self.hiding += u64::from(it.display_qty.0 != 0);
                }
                Some(EventRef::Replaced(it)) => {
                    elected += u64::from(it.restated == 1 && it.stop_px.0 != 0);
                    let changes = it.stop_px.0 != 0 || it.display_qty.0 != 0;
                    self.changed += u64::from(it.restated == 0 && changes);
                }
                Some(EventRef::Canceled(it)) => {
                    let fails = it.reason.get() == Some(CancelReason::RiskAtElection);
                    self.canceled += u64::from(fails);
                }
                Some(EventRef::StateChanged(it)) => {
                    self.halts += u64::from(it.reason.as_str() == "election limit");
                }
                Some(EventRef::Rejected(it)) => {
                    *self.refused.entry(it.code.get().expect("a code")).or_default() += 1;
                }
                _ => {}
            }
        }
        self.elected += elected;
        self.cascades += u64::from(elected > 1);
        self.longest = self.longest.max(elected);
    }
}

/// So that the lives the engine is held against cannot become tame unseen.
#[test]
fn lives_are_full_of_stops_and_icebergs() {
    let mut rare = Rare::default();
    for seed in 0..60 {
        for mut stream in [Stream::new(seed), Stream::busy(seed)] {
            let mut model = Model::new(&stream.genesis);
            for seq in 2..1_500 {
                let (now, command) = stream.command();
                let events = model.apply(Seq(seq), now, &command).to_vec();
                rare.see(&events);
                stream.see(&command, &events);
            }
        }
    }
    println!("{rare:#?}");
    for (what, count, least) in [
        ("stops", rare.waiting, 800),
        ("elections", rare.elected, 150),
        ("cascades", rare.cascades, 20),
        ("elections of one command", rare.longest, 3),
        ("failed elections", rare.canceled, 5),
        ("halts", rare.halts, 3),
        ("icebergs", rare.hiding, 500),
        ("changes of stops and icebergs", rare.changed, 200),
    ] {
        assert!(count >= least, "only {count} {what}");
    }
}

/// What the random lives are to be rich in, so that they cannot become tame unseen.
#[test]
fn auctions_happen_in_many_ways() {
    let (mut told, mut sides, mut scheduled, mut states) = (0, 0, 0, BTreeMap::new());
    let (mut elected, mut broken) = (0, 0);
    for seed in 0..250 {
        println!("SEED={seed}");
        let mut stream = Stream::new(seed);
        let mut model = Model::new(&stream.genesis);
        for seq in 2..1_500 {
            let (now, command) = stream.command();
            let events = model.apply(Seq(seq), now, &command).to_vec();
            let by_time = command.kind() == Some(CommandKind::Timer);
            let steers = matches!(
                command.kind(),
                Some(CommandKind::Timer | CommandKind::StateChange | CommandKind::Schedule)
            );
            for event in &events {
                match event.view() {
                    Some(EventRef::Replaced(it)) => {
                        elected += usize::from(steers && it.restated == 1);
                    }
                    Some(EventRef::AuctionIndicative(it)) => told += usize::from(it.volume.0 > 0),
                    Some(EventRef::Trade(it)) => {
                        sides += usize::from(it.liquidity == Liquidity::Auction.into());
                    }
                    Some(EventRef::StateChanged(it)) => {
                        scheduled += usize::from(by_time);
                        broken += usize::from(it.reason.as_str() == "volatility" && !by_time);
                        *states.entry((it.from.0, it.to.0)).or_insert(0) += 1;
                    }
                    _ => {}
                }
            }
            stream.see(&command, &events);
        }
    }
    let count = states.len();
    println!("told {told}, traded {sides}, by time {scheduled}, pairs {count}");
    println!("elected by auctions {elected}, broken ranges {broken}");
    assert!(told > 300, "indications of a trade: {told}");
    assert!(sides > 200, "sides of auction trades: {sides}");
    assert!(scheduled > 200, "changes that time brought: {scheduled}");
    assert!(elected > 10, "stops that auctions elected: {elected}");
    assert!(broken > 30, "auctions that a range began: {broken}");
    assert!(count > 30, "pairs of states: {states:?}");
}
