//! The naive model by itself: whatever a random life does, nothing is made or lost.
#![forbid(unsafe_code)]

use std::collections::BTreeMap;

use pinion_tests::model::Model;
use pinion_tests::random::Stream;
use pinion_tests::venue::Venue;
use pinion_types::{CommandKind, Event, EventRef, Liquidity, Seq};

/// Signed positions by account and instrument, as trades report them.
#[derive(Default)]
struct Books {
    positions: BTreeMap<(u32, u32), i64>,
    trades: u64,
}

impl Books {
    fn see(&mut self, event: &Event) {
        let Some(EventRef::Trade(trade)) = event.view() else { return };
        let key = (trade.account.0, trade.instrument.0);
        let held = self.positions.entry(key).or_default();
        let qty = i64::try_from(trade.last_qty.0).expect("a quantity");
        *held += if trade.side.get().expect("a side").is_buy() { qty } else { -qty };
        assert_eq!(*held, trade.position, "a trade reports the position after it");
        self.trades += 1;
    }
}

#[test]
fn positions_of_an_instrument_sum_to_zero() {
    let mut trades = 0;
    for seed in 0..60 {
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

/// What the random lives are to be rich in, so that they cannot become tame unseen.
#[test]
fn auctions_happen_in_many_ways() {
    let (mut told, mut sides, mut scheduled, mut states) = (0, 0, 0, BTreeMap::new());
    for seed in 0..60 {
        println!("SEED={seed}");
        let mut stream = Stream::new(seed);
        let mut model = Model::new(&stream.genesis);
        for seq in 2..1_500 {
            let (now, command) = stream.command();
            let events = model.apply(Seq(seq), now, &command).to_vec();
            let by_time = command.kind() == Some(CommandKind::Timer);
            for event in &events {
                match event.view() {
                    Some(EventRef::AuctionIndicative(it)) => told += usize::from(it.volume.0 > 0),
                    Some(EventRef::Trade(it)) => {
                        sides += usize::from(it.liquidity == Liquidity::Auction.into());
                    }
                    Some(EventRef::StateChanged(it)) => {
                        scheduled += usize::from(by_time);
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
    assert!(told > 300, "indications of a trade: {told}");
    assert!(sides > 200, "sides of auction trades: {sides}");
    assert!(scheduled > 200, "changes that time brought: {scheduled}");
    assert!(count > 30, "pairs of states: {states:?}");
}
