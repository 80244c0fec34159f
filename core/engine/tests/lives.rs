//! Random lives of a venue: everything holds after every command, and a second venue that hears the
//! same says and is the same.

mod support;

use pinion_engine::Engine;
use pinion_types::{CancelReason, Command, Event, EventRef, Liquidity, Nanos, Seq};
use support::dice::Dice;
use support::{Desk, Log, genesis, risk_dice, shares};

/// A life: what was said, when, and what followed.
struct Life {
    commands: Vec<(Nanos, Command)>,
    events: Vec<Event>,
    hashes: Vec<u64>,
}

/// Lives `count` commands, checking everything after each.
fn live(seed: u64, count: usize) -> Life {
    live_by(seed, count, Dice::command)
}

fn live_by(seed: u64, count: usize, next: fn(&mut Dice, &mut Desk) -> Command) -> Life {
    println!("SEED={seed}");
    let mut desk = Desk::recording(&genesis());
    let mut dice = Dice::new(seed);
    for _ in 0..count {
        desk.now.0 += dice.below(1_000_000);
        let command = next(&mut dice, &mut desk);
        desk.apply(&command);
    }
    let (commands, events, hashes) = desk.record();
    Life { commands, events, hashes }
}

#[test]
fn everything_holds_after_every_command() {
    let mut kinds = std::collections::BTreeSet::new();
    let (mut auctions, mut broken, mut trimmed, mut restated) = (0, 0, 0, 0);
    for seed in 1..=60 {
        let life = live(seed, 1_500);
        kinds.extend(life.events.iter().map(|event| event.header().kind));
        for event in &life.events {
            match event.view() {
                Some(EventRef::Trade(it)) => {
                    auctions += u32::from(it.liquidity == Liquidity::Auction.into());
                }
                Some(EventRef::Canceled(it)) => {
                    broken += u32::from(it.reason == CancelReason::ExecutionRange.into());
                    trimmed += u32::from(it.reason == CancelReason::CloseOnly.into());
                }
                // Shrunk to what reduces, or joined to an auction.
                Some(EventRef::Replaced(it)) => {
                    restated += u32::from(it.restated == 1 && it.prevented_qty.0 == 0);
                }
                _ => {}
            }
        }
    }
    // Accepted to PositionReport, ControlDone, StateChanged, AuctionIndicative: every kind these
    // commands can give.
    let wanted = [1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 64, 65, 68];
    assert!(wanted.iter().all(|kind| kinds.contains(kind)), "{kinds:?}");
    assert!(auctions > 300 && broken > 50, "{auctions} fills in auctions, {broken} ranges broken");
    assert!(trimmed > 20 && restated > 50, "{trimmed} may not reduce, {restated} shrunk or joined");
}

#[test]
fn the_same_commands_give_the_same_events_and_the_same_hash() {
    let shared = live_by(97, 4_000, shares::command);
    for life in [live(99, 4_000), live_by(98, 4_000, risk_dice::command), shared] {
        let mut engine = Engine::new(&genesis()).expect("the capacities are in range");
        let mut log = Log::default();
        for (index, (now, command)) in life.commands.iter().enumerate() {
            engine.apply(Seq(index as u64 + 1), *now, command, &mut log);
            assert_eq!(engine.state_hash(), life.hashes[index], "after command {index}");
        }
        assert_eq!(engine.full_state_hash(), engine.state_hash());
        assert!(log.0 == life.events, "the same events in the same order");
    }
}

/// Cash, margins, losses, rates and levels bind, and what they hold is what they should.
#[test]
fn everything_holds_where_risk_is_tight() {
    let mut codes = std::collections::BTreeMap::new();
    let (mut alerts, mut closed, mut own) = (0, 0, 0);
    for seed in 1..=30 {
        let life = live_by(seed, 2_000, risk_dice::command);
        for event in &life.events {
            match event.view() {
                Some(EventRef::Rejected(it)) => *codes.entry(it.code.0).or_insert(0) += 1,
                Some(EventRef::AccountAlert(_)) => alerts += 1,
                Some(EventRef::Canceled(it)) if it.reason == CancelReason::CloseOnly.into() => {
                    closed += 1;
                }
                Some(EventRef::Trade(it)) if it.order_id.0 >> 63 == 1 => own += 1,
                _ => {}
            }
        }
    }
    for code in [302, 603, 1201, 1203, 1301, 1303, 1304, 1501, 1502, 1503, 1504, 1601] {
        assert!(codes.contains_key(&code), "{code} of {codes:?}");
    }
    assert!(alerts > 0 && closed > 0 && own > 0, "{alerts} {closed} {own}");
}

/// Prices are shared by every algorithm, and change it while orders work.
#[test]
fn everything_holds_where_prices_are_shared() {
    let (mut several, mut jumped) = (0, 0);
    for seed in 1..=30 {
        let life = live_by(seed, 2_000, shares::command);
        let trades = |event: &Event| match event.view() {
            Some(EventRef::Trade(it)) if it.liquidity == Liquidity::Added.into() => Some(*it),
            _ => None,
        };
        let made: Vec<_> = life.events.iter().filter_map(trades).collect();
        for pair in made.windows(2) {
            // By time nobody is left where the next is reached.
            let is_next = pair[0].trade_id.0 + 2 == pair[1].trade_id.0;
            several += u32::from(is_next && pair[0].leaves_qty.0 > 0);
            jumped += u32::from(is_next && pair[0].order_id > pair[1].order_id);
        }
    }
    assert!(several > 500 && jumped > 100, "{several} {jumped}");
}

#[test]
fn the_hash_knows_every_change() {
    let life = live(7, 1_500);
    let mut seen = std::collections::BTreeSet::new();
    let repeated = life.hashes.iter().filter(|hash| !seen.insert(**hash)).count();
    // Only a command that changes nothing leaves the hash as it was: a control that says what was
    // so before. Every message of a session moves its numbers.
    assert!(repeated * 10 < life.hashes.len(), "{repeated} of {}", life.hashes.len());
}
